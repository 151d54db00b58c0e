import { type Outbound, OutboundError } from '../../../base/outbound.ts'
import { DeliveryFailure, type OutgoingMessage, type Sender, type TextChannel } from '../outgoing.ts'

/** What a gateway has to be told about the operator's account there. */
export interface GatewayOption {
  /** One line for the reference page. */
  readonly about: string
  readonly secret?: true
  /** Whether it may be missing. Default: it is needed. */
  readonly optional?: true
}

/** What a gateway works with. */
export interface GatewayNeeds {
  /** The values of its options. */
  readonly options: Readonly<Record<string, string>>
  /** Where its interface is; default its public address. No slash at the end. */
  readonly url?: string | undefined
  readonly outbound: Outbound
}

/** A sender of texts. */
export interface TextSender extends Sender {
  /**
   * Asks the gateway whether a code is the one it made up and sent. Only where it keeps the codes.
   * @throws DeliveryFailure when there is no answer
   */
  check?(to: string, code: string): Promise<boolean>
}

/** A company that sends texts: what it is called, what it needs, and how it is spoken to. To add one, write one such file. */
export interface TextGateway<Id extends string = string> {
  /** The value of `sms.provider`. */
  readonly id: Id
  readonly name: string
  readonly channels: readonly TextChannel[]
  readonly options: Readonly<Record<string, GatewayOption>>
  create(needs: GatewayNeeds): TextSender
}

/** One call of a gateway's interface. */
export interface GatewayCall {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as `application/x-www-form-urlencoded`; what is undefined is left out. */
  readonly form?: Readonly<Record<string, string | undefined>>
  readonly json?: unknown
}

/** What came back. */
export interface GatewayReply {
  readonly status: number
  /** The JSON of the answer; undefined where it is none. */
  readonly body: unknown
}

/**
 * Posts to a gateway. What means the same everywhere is told here: nobody there, wrong credentials, too much, broken.
 * @throws DeliveryFailure
 */
export async function callGateway(outbound: Outbound, call: GatewayCall): Promise<GatewayReply> {
  const { url, headers = {}, form, json } = call
  const fields = Object.entries(form ?? {}).filter((field): field is [string, string] => field[1] !== undefined)
  const response = await outbound(url, {
    method: 'POST',
    headers: {
      accept: 'application/json',
      'content-type': json === undefined ? 'application/x-www-form-urlencoded' : 'application/json',
      ...headers,
    },
    body: json === undefined ? new URLSearchParams(fields).toString() : JSON.stringify(json),
  }).catch((error: unknown) => {
    throw unanswered(error)
  })
  const { status } = response
  const failure = kindOf(status)
  if (failure !== undefined) throw new DeliveryFailure(failure, `http_${status}`)
  return { status, body: readJson(await response.text()) }
}

function unanswered(error: unknown): DeliveryFailure {
  if (!(error instanceof OutboundError)) return new DeliveryFailure('temporary', 'fault', error)
  // It may have been taken all the same, so no haste.
  if (error.reason === 'too_slow' || error.reason === 'too_large')
    return new DeliveryFailure('temporary', error.reason, error)
  return new DeliveryFailure(error.reason === 'not_allowed' ? 'refused' : 'unreachable', error.reason, error)
}

function kindOf(status: number): DeliveryFailure['kind'] | undefined {
  if (status === 401 || status === 402 || (status >= 300 && status < 400)) return 'refused'
  if (status === 408 || status === 429 || status >= 500) return 'temporary'
  return undefined
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A field of an answer, or undefined where there is none. */
export function fieldOf(body: unknown, name: string | number): unknown {
  return typeof body === 'object' && body !== null && Object.hasOwn(body, name)
    ? (body as Record<string | number, unknown>)[name]
    : undefined
}

/** Whether an answer says that the message was taken. */
export const isTaken = ({ status }: GatewayReply): boolean => status >= 200 && status < 300

/** `Authorization` by name and password (RFC 7617). */
export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

/** The number without its plus. */
export const digitsOf = ({ to }: Pick<OutgoingMessage, 'to'>): string => to.replace('+', '')

/** Whether a text needs the alphabet that halves what fits into one message. */
export function isUnicode(text: string): boolean {
  return /[^\n\r\u0020-\u007e]/.test(text)
}
