import type { Core } from '../../core/core.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { auditOf } from '../steps/audit-of.ts'
import { putAddressIdentity } from '../steps/create-account.ts'
import { asSomebody } from '../steps/hold-newcomer.ts'

export interface Confirmation {
  readonly user: User
  readonly channel: 'email' | 'phone'
  /** Whether the password was set by whoever answers now. */
  readonly keepPassword: boolean
  /** Whether what is written about the person comes from them or from an administrator. Default: with the password. */
  readonly keepMetadata?: boolean
  /** An identity that came with this proof. */
  readonly keepIdentity?: string | undefined
}

/**
 * Marks an address as proved. The first proof of an account also ends what an earlier holder may have left on it:
 * sessions, tickets, second factors, identities nobody vouched for, and a password that did not come with this proof.
 */
export async function confirmAddress(tx: Core, caller: Caller, input: Confirmation): Promise<User> {
  const { user, channel, keepPassword, keepMetadata = keepPassword, keepIdentity } = input
  const already = channel === 'email' ? user.emailConfirmedAt : user.phoneConfirmedAt
  if (already !== null) return user
  const now = tx.runtime.now()
  const isFirst = user.emailConfirmedAt === null && user.phoneConfirmedAt === null
  if (isFirst) await sweep(tx, user, { provider: channel, id: keepIdentity })
  if (isFirst && !keepMetadata) await forgetWords(tx, user, channel)
  if (channel === 'email' && user.email !== null) await tx.identities.markEmailVerified(user.id, user.email)
  if (channel === 'phone') await tx.identities.markPhoneVerified(user.id)
  const updated = await tx.users.update(user.id, {
    ...(channel === 'email' ? { emailConfirmedAt: now } : { phoneConfirmedAt: now }),
    ...(isFirst && !keepPassword && user.hasPassword ? { passwordHash: null } : {}),
    ...(isFirst && !keepMetadata ? { metadata: {}, displayName: '', avatarUrl: null } : {}),
    ...asSomebody(tx, user),
  })
  await tx.audit.record({ ...auditOf(caller, user.id), action: `${channel}.confirmed`, result: 'ok' })
  return updated ?? user
}

/** What was said at the sign-up stands beside the address too, which apps show as the name of its owner. */
async function forgetWords(tx: Core, user: User, channel: 'email' | 'phone'): Promise<void> {
  const said = { userId: user.id, verified: true, metadata: {} }
  const { email, phone } = user
  if (channel === 'email' && email !== null) await putAddressIdentity(tx, { ...said, address: { email } })
  if (channel === 'phone' && phone !== null) await putAddressIdentity(tx, { ...said, address: { phone } })
}

async function sweep(
  tx: Core,
  user: User,
  kept: { readonly provider: 'email' | 'phone'; readonly id: string | undefined },
): Promise<void> {
  await tx.sessions.endAll(user.id)
  await tx.accessKeys.revokeAll(user.id)
  await tx.consents.removeAll(user.id)
  await tx.tickets.killAll(user.id)
  if (user.factors.length > 0) await tx.factors.removeAll(user.id)
  if (user.identities.some((identity) => identity.provider !== kept.provider))
    await tx.identities.removeAll(user.id, kept)
}
