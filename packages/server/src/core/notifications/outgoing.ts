import type { MessageValues } from './message-values.ts'
import type { RenderedMessage } from './render-message.ts'
import type { TemplateName } from './templates/template-names.ts'

/** The ways a message gets to a person. */
export type MessageChannel = 'email' | TextChannel

/** `hook`: to the application itself, which is told of an event. */
export type Channel = MessageChannel | 'hook'

/** What an application is told of. Nothing is rendered for it. */
export type EventName = 'after_user_created' | 'after_event'

/** The ways a text gets to a telephone. */
export type TextChannel = 'sms' | 'whatsapp'

/** Header fields by name. */
export type MailHeaders = Readonly<Record<string, string>>

/** A message somebody is to get, as flows hand it in. */
export interface OutboxMessage {
  readonly channel: Channel
  /** One e-mail address, or one phone number in E.164. */
  readonly to: string
  /** `nothing` is written like any other message and goes nowhere, so that silence costs what speaking does. */
  readonly template: TemplateName | EventName | 'nothing'
  /** The person's wish (BCP 47). */
  readonly locale?: string
  readonly values: MessageValues
  /** Whose message it is, so that it goes when they go. */
  readonly userId?: string
  /** The request that caused it; travels as `X-Request-Id`. */
  readonly requestId?: string
  /** Further headers of a mail. Their values may hold secrets, and what people have typed. */
  readonly headers?: MailHeaders
  /** When there is no point in sending it any more: the end of its code and link. */
  readonly expiresAt?: Date
}

/** What a row keeps sealed. */
export interface Letter {
  readonly to: string
  readonly locale?: string
  readonly values: MessageValues
  readonly requestId?: string
  readonly headers?: MailHeaders
  readonly expiresAt?: string
  /** The finished message, where development keeps it. */
  readonly rendered?: RenderedMessage
}

/** A row this process has taken to send. */
export interface ClaimedMessage {
  readonly id: string
  readonly channel: Channel
  readonly template: TemplateName | EventName
  /** Tries so far, this one included. Also the token that proves that the row is still ours. */
  readonly attempts: number
  readonly createdAt: Date
  readonly userId: string | undefined
  /** Undefined when the row cannot be opened: its key is missing, or it was changed. */
  readonly letter: Letter | undefined
}

/** A finished message, as senders get it. */
export interface OutgoingMessage {
  readonly id: string
  readonly channel: Channel
  readonly to: string
  readonly template: TemplateName | EventName
  /** The language it is written in. */
  readonly locale: string
  readonly values: MessageValues
  readonly rendered: RenderedMessage
  readonly userId: string | undefined
  readonly requestId: string | undefined
  readonly headers?: MailHeaders | undefined
}

/** One way out: an SMTP server, an SMS gateway, a hook, the development inbox. */
export interface Sender {
  /**
   * Resolves when the message is in other hands.
   * @param signal aborts when the time for one message is over
   * @throws DeliveryFailure saying what to do next; any other error counts as `temporary`
   */
  send(message: OutgoingMessage, signal: AbortSignal): Promise<void>
  /** Lets go of connections. */
  close?(): Promise<void>
}

/**
 * What a failure means: `permanent`: this message will never be taken. `temporary`: this message, later. `unreachable`:
 * nobody was there to take any message. `refused`: somebody is there and takes nothing from us as we are set up.
 */
export type FailureKind = 'permanent' | 'temporary' | 'unreachable' | 'refused'

/** A message could not be handed over. */
export class DeliveryFailure extends Error {
  override readonly name = 'DeliveryFailure'
  readonly kind: FailureKind
  /** A short machine word, stored and logged: never text from outside, which may quote addresses and codes. */
  readonly reason: string

  constructor(kind: FailureKind, reason: string, cause?: unknown) {
    super(`${kind}: ${reason}`, cause === undefined ? undefined : { cause })
    this.kind = kind
    this.reason = reason.replace(/[^\w.:-]+/g, '_').slice(0, 80)
  }
}
