import { Refusal } from '../../base/errors.ts'
import { createWatcher, type EndReason, type Watch, type Watcher } from './watcher.ts'

/** Everybody who watches in this process, by user. */
export interface Audience {
  /** @throws Refusal `limit_reached` when the user has as many streams as allowed */
  join(watch: Watch): Watcher
  has(userId: string): boolean
  of(userId: string): readonly Watcher[]
  all(): readonly Watcher[]
  userIds(): readonly string[]
  endAll(why: EndReason): void
}

/** @param streamsPerUser how many streams one user may have */
export function createAudience(streamsPerUser: number): Audience {
  const byUser = new Map<string, Set<Watcher>>()
  const all = () => [...byUser.values()].flatMap((own) => [...own])
  return {
    join(watch) {
      const { userId } = watch
      const own = byUser.get(userId) ?? new Set<Watcher>()
      if (own.size >= streamsPerUser) throw new Refusal('limit_reached')
      const watcher = createWatcher(watch, (over) => {
        own.delete(over)
        if (own.size === 0) byUser.delete(userId)
      })
      byUser.set(userId, own.add(watcher))
      return watcher
    },
    has: (userId) => byUser.has(userId),
    of: (userId) => [...(byUser.get(userId) ?? [])],
    all,
    userIds: () => [...byUser.keys()],
    endAll(why) {
      for (const watcher of all()) watcher.end(why)
    },
  }
}
