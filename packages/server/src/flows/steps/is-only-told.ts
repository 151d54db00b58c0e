import { catalogue } from '../../core/providers/catalogue.ts'
import type { Identity, User } from '../../core/users/user.ts'
import type { Arrival } from './arrival.ts'

const counting: ReadonlySet<string> = new Set([
  ...['email', 'phone'],
  ...catalogue.filter(({ verifiesEmail }) => verifiesEmail).map(({ id }) => id),
])

/**
 * Whether an account has its address only because a provider said so whose word about addresses finds no account: nobody
 * has answered a mail for it, and nobody who is believed has said the same. Good enough for the person who came with it,
 * and no proof to somebody else who has the address (S37).
 */
export function isOnlyTold(user: Pick<User, 'email' | 'identities'>): boolean {
  const telling = tellingOf(user)
  return telling.length > 0 && telling.every(({ provider }) => !counting.has(provider))
}

/** The identities that say of the account's address that it is verified. */
export function tellingOf({ email, identities }: Pick<User, 'email' | 'identities'>): readonly Identity[] {
  return email === null
    ? []
    : identities.filter(({ email: told, data }) => told === email && data['email_verified'] === true)
}

/**
 * An arrival as it is kept with its identity. The one that an address rests on alone keeps telling it, whatever it tells
 * by now: without it nobody would know that the address was never proved. So does one that is not believed any more.
 */
export function asToldBefore(user: Pick<User, 'email' | 'identities'>, arrival: Arrival): Arrival {
  const { provider, profile } = arrival
  const { email } = user
  const before = user.identities.find((each) => each.provider === provider && each.subject === profile.subject)
  if (email === null || before?.email !== email || before.data['email_verified'] !== true) return arrival
  if (arrival.trustsEmail !== false && !isOnlyTold(user)) return arrival
  return { ...arrival, profile: { ...profile, email, data: { ...profile.data, email, email_verified: true } } }
}
