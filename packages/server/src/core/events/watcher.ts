import { later } from '../../base/duration.ts'
import type { UserEvent } from './user-event.ts'

/** Why nothing more will be told: the session has ended, or the process stops. */
export type EndReason = 'session' | 'stopping'

/** What a stream wants to hear. */
export interface Watch {
  readonly userId: string
  /** It hears until this session ends. */
  readonly sessionId: string
  /** The last event it has seen, when it was here before. */
  readonly after?: string | undefined
  /** Called with each event, in about the order in which they happened. */
  tell(event: UserEvent): void
  /** Called once when nothing more will come, unless it left by itself. */
  end(why: EndReason): void
}

/** One stream: what it was told already, and whether it goes on. */
export interface Watcher {
  readonly watch: Watch
  /** Tells what is new among some events, and ends with the end of its session. Deaf until it has caught up. */
  hear(events: readonly UserEvent[]): void
  /** It hears from here on. @param past events that count as told @param missed events it is told first */
  catchUp(past: readonly UserEvent[], missed: readonly UserEvent[]): void
  /** Forgets which events of before a time it was told; they will not be read again. */
  forget(before: Date): void
  end(why: EndReason | 'left'): void
}

/** What ended a session is written beside its end, before or after it, and is still told. */
const causeSeconds = 1

/** @param onEnd called once when the watcher is over, whoever ended it */
export function createWatcher(watch: Watch, onEnd: (watcher: Watcher) => void): Watcher {
  const told = new Map<string, Date>()
  const state = { hears: false, isOver: false }
  const finish = (why: EndReason | 'left'): void => {
    if (state.isOver) return
    state.isOver = true
    onEnd(watcher)
    if (why !== 'left') watch.end(why)
  }
  const ends = ({ type, sessionId }: UserEvent) => type === 'session.ended' && sessionId === watch.sessionId
  const watcher: Watcher = {
    watch,
    hear(events) {
      if (!state.hears || state.isOver) return
      const fresh = events.filter(({ id, userId }) => userId === watch.userId && !told.has(id))
      const last = fresh.find(ends)
      for (const event of fresh) {
        told.set(event.id, event.at)
        if (event !== last && !(last !== undefined && event.at > later(last.at, causeSeconds))) watch.tell(event)
      }
      if (last === undefined) return
      watch.tell(last)
      finish('session')
    },
    catchUp(past, missed) {
      state.hears = true
      watcher.hear(missed)
      for (const event of past) told.set(event.id, event.at)
      if (past.some(ends)) finish('session')
    },
    forget(before) {
      for (const [id, at] of told) if (at < before) told.delete(id)
    },
    end: finish,
  }
  return watcher
}
