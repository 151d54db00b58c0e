import type { Identity, User } from './user.ts'

const ownAddresses: ReadonlySet<string> = new Set(['email', 'phone'])

/** The identities that are accounts elsewhere; the others stand for the account's own addresses. */
export function accountsElsewhere({ identities }: Pick<User, 'identities'>): readonly Identity[] {
  return identities.filter(({ provider }) => !ownAddresses.has(provider))
}
