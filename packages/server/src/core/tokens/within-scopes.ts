import type { User } from '../users/user.ts'

/** Scopes every deployment knows (OpenID Connect Core 1.0 §5.4, §11). */
export const standardScopes = ['openid', 'profile', 'email', 'phone', 'offline_access'] as const

/** The scope that lets an application ask the database as the person: without it tokens carry no roles for that. */
export const dataScope = 'graphql'

/**
 * A user as far as an application may know them: addresses, name and picture by scope, and never what identities and
 * second factors there are. What administrators wrote stays, since policies decide by it.
 */
export function withinScopes(user: User, scopes: readonly string[]): User {
  const may = new Set(scopes)
  return {
    ...user,
    ...(may.has('email') ? {} : { email: null, emailConfirmedAt: null, confirmationSentAt: null }),
    ...(may.has('phone') ? {} : { phone: null, phoneConfirmedAt: null }),
    ...(may.has('profile') ? {} : { displayName: '', avatarUrl: null, metadata: {} }),
    pendingEmail: null,
    pendingPhone: null,
    invitedAt: null,
    recoverySentAt: null,
    emailChangeSentAt: null,
    phoneChangeSentAt: null,
    reauthenticationSentAt: null,
    lastSignInAt: null,
    hasPassword: false,
    passwordChangedAt: null,
    identities: [],
    factors: [],
  }
}
