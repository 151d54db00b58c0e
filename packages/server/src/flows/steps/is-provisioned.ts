import type { User } from '../../core/users/user.ts'

const ways: ReadonlySet<string> = new Set(['admin', 'import', 'invite', 'link'])

/**
 * Whether an administrator made this account: what is written and set on it then comes from them, and is nothing that a
 * stranger may have left on an address they never proved.
 */
export function isProvisioned(user: Pick<User, 'createdBy'>): boolean {
  return ways.has(user.createdBy.way)
}
