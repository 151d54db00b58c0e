import type { z } from 'zod'
import type { UserEvent } from '../../../core/events/user-event.ts'
import { signedInKey } from '../../../gate/bearer.ts'
import { createEventStream, eventStreamHeaders } from '../../../http/event-stream.ts'
import { describeDevice } from '../device.ts'
import { type Call, Raw } from '../operation.ts'
import { timeOf } from '../present.ts'
import type { userEvent } from '../schemas/event.ts'

const beatMs = 25_000

/** GET /me/events: what happens to the caller's account from now on, or since the event they saw last. */
export async function streamMyEvents({ core, exchange }: Call) {
  const { user, session } = exchange.need(signedInKey)
  const leaving: { leave?: () => void } = {}
  const stream = createEventStream({ beatMs, onEnd: () => leaving.leave?.() })
  const { leave, from } = await core.feed
    .watch({
      userId: user.id,
      sessionId: session.id,
      after: exchange.header('last-event-id'),
      tell: (event) => stream.send({ id: event.id, event: event.type, data: presentUserEvent(event) }),
      end: stream.close,
    })
    .catch((error: unknown) => {
      stream.close()
      throw error
    })
  leaving.leave = leave
  if (from !== undefined) stream.mark(from)
  return new Raw({ status: 200, stream: stream.stream, headers: eventStreamHeaders })
}

function presentUserEvent({ id, at, userId, sessionId, type, data }: UserEvent): z.input<typeof userEvent> {
  return { id, at: timeOf(at), userId, sessionId, type, data: dataOf(type, data) }
}

function dataOf(type: UserEvent['type'], data: UserEvent['data']): Record<string, unknown> {
  if (type !== 'session.opened' && type !== 'session.ended') return data
  const { dialect, userAgent } = data
  return { dialect, device: describeDevice(typeof userAgent === 'string' ? userAgent : null) }
}
