import { Refusal } from '../../base/errors.ts'
import type { Runtime } from '../../base/runtime.ts'
import type { Templates } from './load-templates.ts'
import type { Outbox } from './outbox.ts'
import {
  type ClaimedMessage,
  DeliveryFailure,
  type EventName,
  type FailureKind,
  type OutgoingMessage,
  type Sender,
} from './outgoing.ts'
import { renderMessage } from './render-message.ts'

/** What it takes to send one message. */
export interface DeliveryNeeds {
  readonly outbox: Pick<Outbox, 'markSent' | 'markFailed'>
  readonly sender: Sender
  readonly templates: Templates
  readonly runtime: Pick<Runtime, 'now' | 'log'>
  /** Milliseconds one message may take. */
  readonly sendTimeoutMs: number
  readonly onSent?: ((message: ClaimedMessage) => Promise<void>) | undefined
  /** Aborts when the process goes down. */
  readonly stop: AbortSignal
}

/** Renders and sends one message and records how it went. Answers `sent` or what failed. */
export async function deliverMessage(needs: DeliveryNeeds, message: ClaimedMessage): Promise<'sent' | FailureKind> {
  const { outbox, runtime, stop } = needs
  const { id, channel, template, attempts } = message
  try {
    await send(needs, finish(needs, message))
  } catch (error) {
    const { kind, reason } = error instanceof DeliveryFailure ? error : faultOf(error)
    const state = await persist(() => outbox.markFailed(message, { kind, reason }), stop)
    const facts = { id, channel, template, attempts, kind, reason }
    if (state === 'failed') runtime.log.error(facts, 'a message was given up')
    else runtime.log.warn(facts, 'a message could not be sent yet')
    return kind
  }
  await persist(() => outbox.markSent(message), stop)
  runtime.log.info({ id, channel, template, attempts }, 'a message was sent')
  await needs
    .onSent?.(message)
    .catch((error: unknown) =>
      runtime.log.warn({ id, reason: faultName(error) }, 'what follows a message was not done'),
    )
  return 'sent'
}

function finish({ templates, runtime }: DeliveryNeeds, message: ClaimedMessage): OutgoingMessage {
  const { id, channel, template, letter, userId } = message
  // The key may be back after the next start.
  if (letter === undefined) throw new DeliveryFailure('temporary', 'payload_unreadable')
  const { to, locale, values, requestId, headers, expiresAt } = letter
  if (expiresAt !== undefined && new Date(expiresAt) <= runtime.now()) throw new DeliveryFailure('permanent', 'expired')
  const rendered = isEvent(template) ? nothing : renderMessage({ templates, template, locale, to, values })
  const about = { id, channel, template, userId, requestId, headers }
  return { ...about, to, locale: templates.localeFor(locale), values, rendered }
}

const nothing = { subject: '', html: '', text: '' }
const events: ReadonlySet<string> = new Set<EventName>(['after_user_created', 'after_event'])
const isEvent = (template: ClaimedMessage['template']): template is EventName => events.has(template)

async function send({ sender, sendTimeoutMs }: DeliveryNeeds, message: OutgoingMessage): Promise<void> {
  const limit = new AbortController()
  // A sender that ignores its signal must not hold a place for ever.
  const tooLong = new Promise<never>((_, reject) => {
    limit.signal.addEventListener('abort', () => reject(new DeliveryFailure('temporary', 'timeout')))
  })
  const timer = setTimeout(() => limit.abort(), sendTimeoutMs)
  try {
    await Promise.race([sender.send(message, limit.signal), tooLong])
  } finally {
    clearTimeout(timer)
  }
}

function faultOf(error: unknown): DeliveryFailure {
  return new DeliveryFailure('temporary', `fault:${faultName(error)}`)
}

/** The code or class of an error. Its message stays out of logs and tables: it may quote addresses. */
export function faultName(error: unknown): string {
  if (error instanceof Refusal) return error.code
  return error instanceof Error ? error.name : 'unknown'
}

// Together with the longest send this stays under the lease, or another process would send the message again.
const patience = [200, 1_000, 2_000, 5_000, 10_000, 20_000, 20_000] as const

/** Writes down what happened even if the database is away for a moment: a sent message that nobody noted is sent twice. */
async function persist<T>(write: () => Promise<T>, stop: AbortSignal): Promise<T> {
  for (const wait of patience) {
    try {
      return await write()
    } catch (error) {
      if (stop.aborted) throw error
    }
    await pause(wait, stop)
  }
  return write()
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      stop.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    stop.addEventListener('abort', done)
  })
}
