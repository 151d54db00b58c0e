import { later } from '../../base/duration.ts'
import { Refusal } from '../../base/errors.ts'
import { createAudience } from './audience.ts'
import type { Events } from './events.ts'
import { type LookoutDeps, overlapSeconds, startLookout } from './lookout.ts'
import type { Watch } from './watcher.ts'

/** Tells the streams of this process what happens to their users, whichever process it happens in. */
export interface EventFeed {
  /**
   * Begins to tell. What happened since `after` comes first; without it, or where that event is unknown, only what happens
   * from now on. An event may come twice, never not at all; its id tells.
   * @returns how to leave, and where it begins: what to say as `after` should the first event never come; absent where it
   * went on from `after`
   * @throws Refusal `limit_reached` when the user has as many streams as allowed, `unavailable` while stopping
   */
  watch(watch: Watch): Promise<{ leave(): void; readonly from?: string }>
  /** Streams under way. */
  count(): number
  /** Ends every stream and listens no more. */
  close(): Promise<void>
}

/** What a feed is made of. `pollMs` is 500 by default. */
export interface FeedDeps extends Omit<LookoutDeps, 'events' | 'pollMs'>, Partial<Pick<LookoutDeps, 'pollMs'>> {
  readonly events: Pick<Events, 'since' | 'after' | 'newest' | 'listening' | 'notListening'>
  /** Streams one user may have in this process. */
  readonly streamsPerUser: number
}

/** A feed that costs nothing until somebody watches: no connection, no timer, no statement. */
export function createEventFeed(deps: FeedDeps): EventFeed {
  const { events, runtime, pollMs = 500 } = deps
  const audience = createAudience(deps.streamsPerUser)
  const state: { stop?: () => Promise<void>; isClosed: boolean } = { isClosed: false }
  return {
    async watch(watch) {
      if (state.isClosed) throw new Refusal('unavailable', { retryAfter: 1 })
      const watcher = audience.join(watch)
      try {
        state.stop ??= startLookout({ ...deps, pollMs }, audience, () => {
          delete state.stop
        })
        const { userId, after } = watch
        // In this order: what is committed between two of them is told once more rather than not at all.
        const newest = await events.newest(userId)
        const past = await events.since([userId], later(runtime.now(), -overlapSeconds))
        const missed = after === undefined ? undefined : await events.after(userId, after)
        watcher.catchUp(past, missed ?? [])
        return { leave: () => watcher.end('left'), ...(missed === undefined ? { from: newest } : {}) }
      } catch (error) {
        watcher.end('left')
        throw error
      }
    },
    count: () => audience.all().length,
    async close() {
      state.isClosed = true
      audience.endAll('stopping')
      await state.stop?.()
    },
  }
}
