import { later } from '../../base/duration.ts'
import { newId } from '../../base/id.ts'
import type { Runtime } from '../../base/runtime.ts'
import type { Database } from '../../storage/database.ts'
import type { Audience } from './audience.ts'
import type { Events } from './events.ts'

/** What a lookout needs. */
export interface LookoutDeps {
  readonly events: Pick<Events, 'since' | 'listening' | 'notListening'>
  /** Those of some sessions that stand. */
  liveAmong(sessionIds: readonly string[]): Promise<ReadonlySet<string>>
  readonly listen: Database['listen'] | undefined
  readonly runtime: Runtime
  /** Milliseconds between two looks where nobody says that something is new. */
  readonly pollMs: number
}

/** Seconds that may lie between the writing of an event and its commit, and between the clocks of two processes. */
export const overlapSeconds = 60

const channel = 'watchword_events'
/** Of so many looks one is at everybody, even while every event announces itself. */
const everybodyEvery = 8
/** Looks at everybody after it began to listen: a transaction from before does not know of it yet. */
const firstLooks = 12
/** How long a process counts as listening, and after how many looks it says so again. */
const listeningSeconds = 90
const renewEvery = 40
/** Looks without anybody in the audience before it rests. */
const restAfter = 60

/** Looks for new events and tells the audience. @returns how to stop it */
export function startLookout(deps: LookoutDeps, audience: Audience, onRest: () => void): () => Promise<void> {
  const { events, runtime, pollMs } = deps
  const processId = newId(runtime)
  const fresh = new Set<string>()
  const state = { looks: 0, atOnce: firstLooks, empty: 0, isBusy: false, everybody: false, isOver: false }
  let readUntil = runtime.now()

  const read = async (everybody: boolean, some: readonly string[]): Promise<void> => {
    const now = runtime.now()
    const from = later(now < readUntil ? now : readUntil, -overlapSeconds)
    const found = await events.since(everybody ? audience.userIds() : some, from)
    for (const userId of new Set(found.map((event) => event.userId)))
      for (const watcher of audience.of(userId)) watcher.hear(found.filter((event) => event.userId === userId))
    if (!everybody) return
    readUntil = now
    for (const watcher of audience.all()) watcher.forget(later(now, -3 * overlapSeconds))
  }

  /** One reading at a time; what comes meanwhile is for the next one. */
  const look = async (): Promise<void> => {
    if (state.isBusy) return
    state.isBusy = true
    while (!state.isOver && (state.everybody || fresh.size > 0)) {
      const { everybody } = state
      const some = [...fresh]
      state.everybody = false
      fresh.clear()
      try {
        await read(everybody, some)
      } catch (err) {
        runtime.log.debug({ err }, 'events could not be read')
        // The next look reads them all: nothing was marked as read.
        state.atOnce = Math.max(state.atOnce, 2)
        break
      }
    }
    state.isBusy = false
  }

  /** Says that this process listens, and sends off whoever's session is over without anybody having said so. */
  const renew = async (): Promise<void> => {
    await events.listening(processId, listeningSeconds)
    const watchers = audience.all()
    const live = await deps.liveAmong([...new Set(watchers.map(({ watch }) => watch.sessionId))])
    for (const watcher of watchers) if (!live.has(watcher.watch.sessionId)) watcher.end('session')
  }

  const listening = deps.listen?.(channel, {
    message(userId) {
      if (!audience.has(userId)) return
      fresh.add(userId)
      void look()
    },
    ready() {
      state.atOnce = firstLooks
    },
  })

  const tick = (): void => {
    state.empty = audience.userIds().length === 0 ? state.empty + 1 : 0
    if (state.empty > restAfter) return void stop()
    if (state.looks % renewEvery === 0 && state.empty === 0)
      renew().catch((err: unknown) => runtime.log.debug({ err }, 'streams could not be checked'))
    state.looks += 1
    const isHearing = listening?.isLive() === true && state.atOnce <= 0
    state.atOnce -= 1
    if (state.empty === 0 && (!isHearing || state.looks % everybodyEvery === 0)) state.everybody = true
    void look()
  }
  const timer = setInterval(tick, pollMs)
  timer.unref()
  tick()

  const stop = async (): Promise<void> => {
    if (state.isOver) return
    state.isOver = true
    clearInterval(timer)
    onRest()
    await listening?.stop()
    await events.notListening(processId).catch(() => undefined)
  }
  return stop
}
