import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeStream } from 'node:stream/web'
import type { Log } from '../base/runtime.ts'
import { silentLog } from '../base/runtime.ts'
import type { App } from './app.ts'
import { nodeArrival } from './node-arrival.ts'
import type { SentAnswer } from './sent-answer.ts'

/** Bytes of an unwanted body that are read away so that the client comes to see the answer. */
const discardable = 4_194_304

function discardRest(incoming: IncomingMessage): void {
  if (incoming.complete || incoming.destroyed) return
  let size = 0
  incoming.on('error', () => {})
  incoming.on('data', (chunk: Buffer) => {
    size += chunk.byteLength
    if (size > discardable) incoming.destroy()
  })
  incoming.resume()
}

async function write(sent: SentAnswer, outgoing: ServerResponse): Promise<void> {
  const { status, headers, body } = sent
  outgoing.writeHead(status, headers)
  if (body === null) outgoing.end()
  else if (typeof body === 'string' || body instanceof Uint8Array) outgoing.end(body)
  else {
    outgoing.flushHeaders()
    await pipeline(Readable.fromWeb(body as NodeStream), outgoing)
  }
}

export interface NodeHandlerSettings {
  /** Where failures while sending go; default nowhere. */
  readonly log?: Log
  /** Whether connections should end after the answer, as during a shutdown. Default never. */
  ending?(): boolean
}

/** Handles one request of node:http; with `next` (Express) paths outside all mounts are passed on. */
export type NodeHandler = (incoming: IncomingMessage, outgoing: ServerResponse, next?: () => void) => void

/** The application as a handler for node:http, Express and their like. Mount it ahead of body parsers. */
export function nodeHandler(app: Pick<App, 'answer' | 'claims'>, settings: NodeHandlerSettings = {}): NodeHandler {
  const log = settings.log ?? silentLog
  const respond = async (
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    target: ReturnType<typeof nodeArrival>,
  ) => {
    const sent = await app.answer(target)
    if (outgoing.destroyed || outgoing.headersSent) {
      // Whoever asked is gone: what would have gone on sending must hear of it.
      if (sent.body instanceof ReadableStream) await sent.body.cancel()
      return
    }
    if (settings.ending?.()) sent.headers['connection'] = 'close'
    try {
      await write(sent, outgoing)
      // It was promised to be kept open before anybody knew of the end, as with answers that go on for long.
      if (settings.ending?.()) incoming.socket.end()
    } catch (err) {
      // Clients that leave early are everyday; the rest is a stream that failed.
      log.debug({ requestId: sent.headers['x-request-id'], err }, 'an answer was not sent to its end')
      outgoing.destroy()
    }
    discardRest(incoming)
  }
  return (incoming, outgoing, next) => {
    const arrival = nodeArrival(incoming)
    if (next && !app.claims(arrival.target.split('?', 1)[0] ?? '/')) {
      next()
      return
    }
    outgoing.removeHeader('x-powered-by')
    respond(incoming, outgoing, arrival).catch((err: unknown) => {
      log.error({ err }, 'a request could not be answered')
      outgoing.destroy()
    })
  }
}
