import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { ReadableStream as NodeStream } from 'node:stream/web'
import { Refusal } from '../base/errors.ts'
import type { Arrival } from './arrival.ts'
import type { BodyLimits } from './body.ts'
import { tooLarge } from './body.ts'

const none = new Uint8Array(0)

/** Of these node:http keeps the first field only; two of them must be seen to be refused (S65). */
const singles = new Set(['authorization', 'content-type', 'user-agent', 'referer'])

function everyField(incoming: IncomingMessage, name: string): string | undefined {
  const { rawHeaders } = incoming
  const found: string[] = []
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.length === name.length && rawHeaders[at]?.toLowerCase() === name)
      found.push(rawHeaders[at + 1] ?? '')
  }
  return found.length === 0 ? undefined : found.join(', ')
}

function hasBody(incoming: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': coding } = incoming.headers
  return coding !== undefined || (length !== undefined && length !== '0')
}

function gone(): Refusal {
  return new Refusal('request_timeout', { message: 'The connection ended before the body was complete.' })
}

// Not `for await`: leaving such a loop early destroys the socket, and the refusal with it.
function readBody(incoming: IncomingMessage, limits: BodyLimits): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const kept: Buffer[] = []
    let size = 0
    const take = (chunk: Buffer) => {
      size += chunk.byteLength
      kept.push(chunk)
      if (size <= limits.bytes) return
      incoming.off('data', take)
      kept.length = 0
      reject(tooLarge(limits))
    }
    // The others stay: a promise settles once, and taking them off costs as much as parsing a small body.
    const fail = () => {
      if (!incoming.readableEnded) reject(gone())
    }
    incoming.on('data', take).on('error', fail).on('close', fail)
    incoming.on('end', () => resolve(kept.length === 1 ? (kept[0] ?? none) : Buffer.concat(kept)))
  })
}

async function bodyOf(incoming: IncomingMessage, limits: BodyLimits): Promise<Uint8Array> {
  if (!hasBody(incoming)) return none
  if (incoming.readableEnded) throw new Error('the body was read before: mount this handler ahead of body parsers')
  if (incoming.destroyed) throw gone()
  return readBody(incoming, limits)
}

function headersOf(incoming: IncomingMessage): Headers {
  const headers = new Headers()
  for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
    headers.append(incoming.rawHeaders[at] ?? '', incoming.rawHeaders[at + 1] ?? '')
  }
  return headers
}

function requestOf(incoming: IncomingMessage, url: URL): Request {
  const init: RequestInit = { method: incoming.method ?? 'GET', headers: headersOf(incoming) }
  if (hasBody(incoming)) Object.assign(init, { body: Readable.toWeb(incoming) as NodeStream, duplex: 'half' })
  return new Request(url, init)
}

/** RFC 9112 §3.2.2: a proxy may send the whole URL. Its authority is not looked at, as Host is not. */
function targetOf(url: string): string {
  if (url.startsWith('/') || !/^https?:\/\//i.test(url)) return url
  const start = url.indexOf('/', url.indexOf('://') + 3)
  return start === -1 ? '/' : url.slice(start)
}

/** A request of node:http as an arrival. */
export function nodeArrival(incoming: IncomingMessage): Arrival {
  return {
    method: incoming.method ?? 'GET',
    target: targetOf(incoming.url ?? '/'),
    peerAddress: incoming.socket.remoteAddress,
    get isGone() {
      return incoming.socket.destroyed
    },
    header(name) {
      const value = incoming.headers[name]
      if (value === undefined) return undefined
      if (singles.has(name)) return everyField(incoming, name)
      return typeof value === 'string' ? value : value.join(', ')
    },
    body: (limits) => bodyOf(incoming, limits),
    request: (url) => requestOf(incoming, url),
  }
}
