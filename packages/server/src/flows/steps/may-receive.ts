import type { User } from '../../core/users/user.ts'

/** Nothing is sent to whom nothing would open. */
export function mayReceive(user: User, now: Date): boolean {
  return user.deletedAt === null && !user.isSso && (user.bannedUntil === null || user.bannedUntil <= now)
}
