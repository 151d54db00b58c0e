import type { Core } from '../../core/core.ts'
import { ssoPrefix } from '../../core/sso/sso-provider.ts'
import type { User } from '../../core/users/user.ts'
import { tellingOf } from './is-only-told.ts'

type Addressed = Pick<User, 'email' | 'emailConfirmedAt' | 'identities'>

/**
 * Whether an account has its address only on the word of providers that are not believed, or not any more. It is written
 * down as confirmed, and yet nobody has proved it (S34, S36).
 */
export async function isDisbelieved(core: Core, user: Addressed): Promise<boolean> {
  if (user.emailConfirmedAt === null) return false
  const tellers = [...new Set(tellingOf(user).map(({ provider }) => provider))]
  if (tellers.length === 0 || tellers.some(isOurs)) return false
  for (const teller of tellers) if (await isBelieved(core, teller)) return false
  return true
}

const isOurs = (provider: string): boolean =>
  provider === 'email' || provider === 'phone' || provider.startsWith(ssoPrefix)

/** Whether what a provider says of addresses counts. The word of one that was taken away went with it. */
export async function isBelieved(core: Core, provider: string): Promise<boolean> {
  if (isOurs(provider)) return true
  const at = await core.providers.find(provider)
  if (at !== undefined) return at.settings.trustEmail
  // One that never stood here, as of imported accounts, was believed by whoever knew it.
  return !(await core.providerHomes.list()).some((home) => home.provider === provider)
}

/**
 * Takes back what was taken for a proof, and the phone of whoever prepared the account: its first proof is still to come,
 * and sweeps the rest.
 */
export async function disown(tx: Core, user: User): Promise<User> {
  const unproved = {
    emailConfirmedAt: null,
    phone: null,
    phoneConfirmedAt: null,
    pendingEmail: null,
    pendingPhone: null,
  }
  return (await tx.users.update(user.id, unproved)) ?? user
}

/** The address was proved by whoever holds the accounts that told it: it no longer rests on their word. */
export async function restOnMail(tx: Core, user: User): Promise<User> {
  for (const { provider, subject, email, data, lastSignInAt } of tellingOf(user))
    await tx.identities.put({
      ...{ userId: user.id, provider, subject, email, lastSignInAt },
      data: { ...data, email_verified: false },
    })
  return (await tx.users.update(user.id, { emailConfirmedAt: tx.runtime.now() })) ?? user
}
