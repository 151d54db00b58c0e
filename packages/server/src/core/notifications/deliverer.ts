import type { Runtime } from '../../base/runtime.ts'
import { createLane, type LaneState } from './delivery-lane.ts'
import type { Templates } from './load-templates.ts'
import type { Outbox } from './outbox.ts'
import type { Channel, ClaimedMessage, Sender } from './outgoing.ts'

/** What a deliverer works with. */
export interface DelivererNeeds {
  readonly outbox: Pick<Outbox, 'claim' | 'markSent' | 'markFailed'>
  /** A channel without a sender waits in the outbox until it has one. */
  readonly senders: Readonly<Partial<Record<Channel, Sender>>>
  readonly templates: Templates
  readonly runtime: Pick<Runtime, 'now' | 'log'>
  /** Told of each message that left. What it throws is logged and goes no further. */
  readonly onSent?: (message: ClaimedMessage) => Promise<void>
  /** Milliseconds between two looks at the outbox, for what other processes put in. Default 5,000. */
  readonly pollMs?: number
  /** Messages of one channel on their way at one time. Default 4. */
  readonly concurrency?: number
  /** Milliseconds one message may take. Default 55,000: with the time to note it down less than its lease. */
  readonly sendTimeoutMs?: number
}

/** How the deliverer is doing, for health checks and metrics. */
export interface DelivererState {
  readonly running: boolean
  readonly channels: readonly LaneState[]
}

/** Carries messages from the outbox to the senders, in the background. Any number of processes may run one. */
export interface Deliverer {
  start(): void
  /** Looks soon: something was put in and is committed. The answer to whoever caused it goes out first. */
  wake(): void
  /** Resolves when nothing is due any more and nothing is on its way. Also works without {@link start}. */
  drain(): Promise<void>
  /** Takes no more, waits for what is on its way, closes the senders. */
  close(): Promise<void>
  state(): DelivererState
}

/** While a sender or the database is away, looks are closer together, so that its return is noticed soon. */
const pollWhenDown = 2_000

/** Long enough for an answer to leave: otherwise its time would tell whether there was anything to send. */
const wakeMs = 20
/** Where one thing after another is put in, the first waits no longer than this. */
const wakeAtMostMs = 250

/** A deliverer that does nothing until it is started or drained. */
export function createDeliverer(needs: DelivererNeeds): Deliverer {
  const { senders, pollMs = 5_000, concurrency = 4, sendTimeoutMs = 55_000 } = needs
  const stop = new AbortController()
  const { signal } = stop
  const known = Object.entries(senders) as [Channel, Sender | undefined][]
  const lanes = known.flatMap(([channel, sender]) =>
    sender === undefined ? [] : [createLane({ ...needs, channel, sender, concurrency, sendTimeoutMs, stop: signal })],
  )
  let started = false
  let timer: NodeJS.Timeout | undefined
  let soon: NodeJS.Timeout | undefined
  let latest: NodeJS.Timeout | undefined

  const lookAll = () => Promise.all(lanes.map((lane) => lane.look()))
  const healthy = () => lanes.every((lane) => lane.state().databaseReachable && lane.state().senderReachable)

  const schedule = (): void => {
    timer = setTimeout(round, healthy() ? pollMs : Math.min(pollMs, pollWhenDown))
    timer.unref()
  }

  /** The next round does not wait for this one's end: a lane that is busy just goes round again. */
  const round = (): void => {
    void lookAll()
    schedule()
  }

  const lookSoon = (): void => {
    clearTimeout(soon)
    clearTimeout(latest)
    latest = undefined
    if (!signal.aborted) void lookAll()
  }

  return {
    start() {
      if (started || signal.aborted) return
      started = true
      round()
    },
    wake() {
      if (!started || signal.aborted) return
      clearTimeout(soon)
      soon = setTimeout(lookSoon, wakeMs).unref()
      latest ??= setTimeout(lookSoon, wakeAtMostMs).unref()
    },
    async drain() {
      for (let taken = 1; taken > 0 && !signal.aborted; ) {
        await Promise.all(lanes.map((lane) => lane.settled()))
        taken = (await lookAll()).reduce((sum, one) => sum + one, 0)
        await Promise.all(lanes.map((lane) => lane.settled()))
      }
    },
    async close() {
      stop.abort()
      clearTimeout(timer)
      clearTimeout(soon)
      clearTimeout(latest)
      await Promise.all(lanes.map((lane) => lane.settled()))
      await Promise.all(known.map(([, sender]) => sender?.close?.()))
    },
    state: () => ({ running: started && !signal.aborted, channels: lanes.map((lane) => lane.state()) }),
  }
}
