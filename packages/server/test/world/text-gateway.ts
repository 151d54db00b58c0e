import { createServer } from 'node:http'
import { createOutbound } from '#src/base/outbound.ts'
import type { OutgoingMessage } from '#src/core/notifications/outgoing.ts'
import type { TextGateway, TextSender } from '#src/core/notifications/senders/text-gateway.ts'

/** A request as the gateway got it. */
export interface GatewayRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
  /** The body as a form. */
  readonly form: Readonly<Record<string, string>>
}

/** How it answers: a status and JSON. `hangs`: not at all. */
export type GatewayAnswer = { readonly status: number; readonly json: unknown } | 'hangs up'

/** A gateway on this machine. */
export interface LocalGateway {
  readonly url: string
  readonly requests: GatewayRequest[]
  /** What it answers from now on. */
  answer(next: GatewayAnswer | ((request: GatewayRequest) => GatewayAnswer)): void
  close(): Promise<void>
}

/** Starts a gateway that takes everything until it is told otherwise. */
export async function startGateway(): Promise<LocalGateway> {
  const requests: GatewayRequest[] = []
  const state: { answer: (request: GatewayRequest) => GatewayAnswer } = { answer: () => ({ status: 201, json: {} }) }
  const server = createServer((incoming, response) => {
    const parts: Buffer[] = []
    incoming.on('data', (part: Buffer) => parts.push(part))
    incoming.on('end', () => {
      const body = Buffer.concat(parts).toString()
      const { method = '', url: path = '', headers } = incoming
      const request = { method, path, headers, body, form: Object.fromEntries(new URLSearchParams(body)) }
      requests.push(request)
      const answer = state.answer(request)
      if (answer === 'hangs up') return void incoming.socket.destroy()
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.json))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the gateway has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    answer(next) {
      state.answer = typeof next === 'function' ? next : () => next
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** A sender that speaks to the gateway on this machine. */
export function senderTo(gateway: TextGateway, url: string, options: Readonly<Record<string, string>>): TextSender {
  return gateway.create({ options, url, outbound: createOutbound({ allow: ['127.0.0.1'] }) })
}

/** A finished text. */
export function aText(change: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    id: '0190f2b4-0000-7000-8000-000000000001',
    channel: 'sms',
    to: '+4915112345678',
    template: 'sms_code',
    locale: 'en',
    values: { code: '123456' },
    rendered: { subject: '', html: '', text: '123456 is your code for Acme. Give it to nobody.' },
    userId: undefined,
    requestId: undefined,
    ...change,
  }
}

/** Sends, and tells how it went: `sent`, or kind and reason of the failure. */
export async function fateOf(sender: TextSender, message = aText()): Promise<string> {
  return sender.send(message, new AbortController().signal).then(
    () => 'sent',
    (error: { kind?: string; reason?: string }) => `${error.kind} ${error.reason}`,
  )
}
