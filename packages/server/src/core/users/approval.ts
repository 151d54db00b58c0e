import type { User } from './user.ts'

/** Later than any ban that somebody would name. */
const never = '9999-12-31T23:59:59.000Z'

/** Until when an account is closed that waits for an administrator: until one lifts it, like other bans. */
export const untilApproved = (): Date => new Date(never)

/** Whether nobody has let an account in yet that was made while new ones wait for an administrator. */
export function awaitsApproval({ bannedUntil }: Pick<User, 'bannedUntil'>): boolean {
  return bannedUntil?.toISOString() === never
}
