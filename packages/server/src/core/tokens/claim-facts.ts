import type { User } from '../users/user.ts'

/** What the paths of declared claims lead into: the user, and whether the addresses are proved. */
export type ClaimFacts = User & { readonly emailVerified: boolean; readonly phoneVerified: boolean }

/** The user as declared claims see them. */
export function claimFacts(user: User): ClaimFacts {
  return { ...user, emailVerified: user.emailConfirmedAt !== null, phoneVerified: user.phoneConfirmedAt !== null }
}

const known: Readonly<Record<keyof ClaimFacts, true>> = {
  id: true,
  email: true,
  emailVerified: true,
  emailConfirmedAt: true,
  pendingEmail: true,
  phone: true,
  phoneVerified: true,
  phoneConfirmedAt: true,
  pendingPhone: true,
  hasPassword: true,
  passwordChangedAt: true,
  role: true,
  roles: true,
  defaultRole: true,
  displayName: true,
  avatarUrl: true,
  locale: true,
  metadata: true,
  appMetadata: true,
  isAnonymous: true,
  isSso: true,
  bannedUntil: true,
  deletedAt: true,
  invitedAt: true,
  confirmationSentAt: true,
  recoverySentAt: true,
  emailChangeSentAt: true,
  phoneChangeSentAt: true,
  reauthenticationSentAt: true,
  lastSignInAt: true,
  createdBy: true,
  createdAt: true,
  updatedAt: true,
  identities: true,
  factors: true,
}

/** Whether an account has a member of this name, whatever is in it. */
export const isClaimFact = (name: string): boolean => Object.hasOwn(known, name)
