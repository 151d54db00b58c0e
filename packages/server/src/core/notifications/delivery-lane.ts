import { later } from '../../base/duration.ts'
import { type DeliveryNeeds, deliverMessage, faultName } from './deliver-message.ts'
import { knockEvery } from './next-try.ts'
import type { Outbox } from './outbox.ts'
import type { Channel, ClaimedMessage } from './outgoing.ts'

/** What a lane works with. */
export interface LaneNeeds extends Omit<DeliveryNeeds, 'outbox'> {
  readonly outbox: Pick<Outbox, 'claim' | 'markSent' | 'markFailed'>
  readonly channel: Channel
  /** Messages on their way at one time. */
  readonly concurrency: number
}

/** How one channel is doing. */
export interface LaneState {
  readonly channel: Channel
  readonly inFlight: number
  readonly sent: number
  readonly failed: number
  /** Whether the last look at the outbox worked. */
  readonly databaseReachable: boolean
  /** Whether the sender took part in the last try. */
  readonly senderReachable: boolean
}

/** Carries the messages of one channel. A channel whose sender is down holds up no other. */
export interface Lane {
  /** Takes what is due until nothing is, as places become free. Never rejects. Answers how many it took. */
  look(): Promise<number>
  /** Resolves when nothing is being taken and nothing is on its way. */
  settled(): Promise<void>
  state(): LaneState
}

/** A lane that takes nothing until it is asked to look. */
export function createLane(needs: LaneNeeds): Lane {
  const { outbox, channel, concurrency, runtime, stop } = needs
  const gate = createGate(needs)
  const inFlight = new Set<Promise<void>>()
  const counts = { sent: 0, failed: 0 }
  let databaseReachable = true
  let current: Promise<number> | undefined
  let wanted = false

  const carry = (message: ClaimedMessage): void => {
    const trip = deliverMessage(needs, message)
      .then((outcome) => {
        counts[outcome === 'sent' ? 'sent' : 'failed'] += 1
        // Somebody is there again: all that waited may go.
        if (gate.heard(outcome)) void look()
      })
      .catch((error: unknown) =>
        runtime.log.error({ id: message.id, reason: faultName(error) }, 'a send was not noted'),
      )
      .finally(() => inFlight.delete(trip))
    inFlight.add(trip)
  }

  const take = async (): Promise<number> => {
    if (inFlight.size >= concurrency) await Promise.race(inFlight)
    if (stop.aborted) return 0
    const messages = await outbox.claim({ limit: gate.room(concurrency - inFlight.size), channels: [channel] })
    messages.forEach(carry)
    return messages.length
  }

  const work = async (): Promise<number> => {
    let total = 0
    while (wanted && !stop.aborted) {
      wanted = false
      for (let taken = await take(); taken > 0; taken = await take()) total += taken
    }
    return total
  }

  const note = (reachable: boolean, reason?: string): void => {
    if (databaseReachable && !reachable)
      runtime.log.warn({ channel, reason }, 'the outbox cannot be read; trying again')
    if (!databaseReachable && reachable) runtime.log.info({ channel }, 'the outbox can be read again')
    databaseReachable = reachable
  }

  const attempt = async (): Promise<number> => {
    try {
      const total = await work()
      note(true)
      return total
    } catch (error) {
      wanted = false
      note(false, faultName(error))
      return 0
    }
  }

  /** One look at a time; a look asked for meanwhile makes the running one go round again. */
  const look = (): Promise<number> => {
    wanted = true
    current ??= attempt().finally(() => {
      current = undefined
      if (wanted && !stop.aborted) void look()
    })
    return current
  }

  return {
    look,
    async settled() {
      while (current !== undefined || inFlight.size > 0) await Promise.all([current, ...inFlight])
    },
    state: () => ({
      channel,
      inFlight: inFlight.size,
      ...counts,
      databaseReachable,
      senderReachable: !gate.closed(),
    }),
  }
}

type Outcome = Awaited<ReturnType<typeof deliverMessage>>

/** Holds a channel back while its sender takes nothing: then one message at a time knocks, for all the others. */
function createGate({ runtime }: Pick<LaneNeeds, 'runtime'>) {
  let nextKnock: Date | undefined
  return {
    closed: () => nextKnock !== undefined,
    /** How many of the free places may be filled now. */
    room(free: number): number {
      const now = runtime.now()
      if (nextKnock === undefined || free < 1) return free
      if (now < nextKnock) return 0
      nextKnock = later(now, knockEvery.unreachable)
      return 1
    },
    /** Takes in how a message fared; answers whether that opened the gate. */
    heard(outcome: Outcome): boolean {
      if (outcome === 'unreachable' || outcome === 'refused') {
        nextKnock = later(runtime.now(), knockEvery[outcome])
        return false
      }
      const opened = nextKnock !== undefined
      nextKnock = undefined
      return opened
    },
  }
}
