import { lookup } from 'node:dns/promises'
import { type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import { isIP } from 'node:net'
import { isPublicAddress, isWithin } from './public-address.ts'

/** What is asked of an address that somebody else has chosen. */
export interface OutboundRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Asks servers elsewhere. Whatever comes back, 3xx included, is a whole `Response`; nothing is followed. */
export type Outbound = (url: string | URL, request?: OutboundRequest) => Promise<Response>

/** Why nothing came back. Not for the eyes of whoever chose the address: it tells open doors from closed ones. */
export class OutboundError extends Error {
  override readonly name = 'OutboundError'
  readonly reason: 'not_allowed' | 'unreachable' | 'too_slow' | 'too_large'

  constructor(reason: OutboundError['reason'], cause?: unknown) {
    super(`an outbound request failed: ${reason}`, cause === undefined ? undefined : { cause })
    this.reason = reason
  }
}

/** What may be asked, and for how long. */
export interface OutboundPolicy {
  /** Host names, addresses and networks that may be asked although they are private, and over plain http. Default none. */
  readonly allow?: readonly string[]
  /** Milliseconds until a connection stands (default 2,000) and until everything has come (default 5,000). */
  readonly connectMs?: number
  readonly totalMs?: number
  /** Largest answer; default 1 MiB. */
  readonly bytes?: number
  /** Finds the addresses of a name; default the system's way. */
  readonly resolve?: (host: string) => Promise<readonly string[]>
}

interface Target {
  readonly url: URL
  readonly address: string
}

const systemResolve = async (host: string): Promise<string[]> =>
  (await lookup(host, { all: true })).map(({ address }) => address)

/**
 * Guards what this server asks of others (S117): https alone, a name is resolved once and every address of it must be
 * public, the connection goes to the address that was checked, redirects are not followed, time and size are bounded.
 */
export function createOutbound(policy: OutboundPolicy = {}): Outbound {
  const { allow = [], resolve = systemResolve, connectMs = 2_000, totalMs = 5_000, bytes = 1_048_576 } = policy
  return async (to, request = {}) => {
    const deadline = AbortSignal.timeout(totalMs)
    const url = parse(to)
    const found = await beforeDeadline(addressOf(url, allow, resolve), deadline)
    return beforeDeadline(send({ url, address: found }, request, { connectMs, bytes, deadline }), deadline)
  }
}

function parse(to: string | URL): URL {
  const text = String(to)
  if (!URL.canParse(text)) throw new OutboundError('not_allowed')
  const url = new URL(text)
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  // Below 1024 other services listen, which must not be spoken to in their own tongue.
  const isWeb = /^https?:$/.test(url.protocol) && (port >= 1024 || port === 443 || port === 80)
  if (!isWeb || url.username !== '' || url.password !== '') throw new OutboundError('not_allowed')
  return url
}

async function addressOf(
  url: URL,
  allow: readonly string[],
  resolve: (host: string) => Promise<readonly string[]>,
): Promise<string> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
  const named = allow.includes(host)
  const found =
    isIP(host) === 0
      ? await resolve(host).catch((error: unknown) => Promise.reject(new OutboundError('unreachable', error)))
      : [host]
  const isAllowed = (address: string) => named || allow.some((network) => isWithin(address, network))
  const fits = (address: string) => isAllowed(address) || (url.protocol === 'https:' && isPublicAddress(address))
  const [first] = found
  if (first === undefined || !found.every(fits)) throw new OutboundError('not_allowed')
  return first
}

/** Why an address that somebody wants to configure would never be asked. */
export type AddressFault = 'not_https' | 'loopback' | 'unresolvable' | 'private'

/**
 * Judges an address before it is stored, without asking anybody but the name service. Every request is judged anew.
 * @returns undefined where it may be asked as things stand
 */
export async function judgeAddress(to: string, policy: OutboundPolicy = {}): Promise<AddressFault | undefined> {
  const { allow = [], resolve = systemResolve, totalMs = 5_000 } = policy
  if (!URL.canParse(to)) return 'not_https'
  const url = new URL(to)
  try {
    await beforeDeadline(addressOf(parse(url), allow, resolve), AbortSignal.timeout(totalMs))
    return undefined
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error
    if (url.protocol !== 'https:') return 'not_https'
    if (/(^|\.)localhost\.?$|^127\.|^\[::1\]$/.test(url.hostname)) return 'loopback'
    return error.reason === 'unreachable' || error.reason === 'too_slow' ? 'unresolvable' : 'private'
  }
}

async function beforeDeadline<T>(work: Promise<T>, deadline: AbortSignal): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    deadline.addEventListener('abort', () => reject(new OutboundError('too_slow')), { once: true })
  })
  return Promise.race([work, late])
}

function send(
  { url, address }: Target,
  { method = 'GET', headers = {}, body }: OutboundRequest,
  limits: { readonly connectMs: number; readonly bytes: number; readonly deadline: AbortSignal },
): Promise<Response> {
  const request = url.protocol === 'https:' ? secureRequest : plainRequest
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method,
      agent: false,
      signal: limits.deadline,
      headers: {
        'user-agent': 'watchword',
        ...headers,
        'accept-encoding': 'identity',
        ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      },
      lookup: (_host, options, answer) => {
        const family = isIP(address)
        if (options.all === true) answer(null, [{ address, family }])
        else answer(null, address, family)
      },
    })
    const fail = (error: unknown) =>
      reject(error instanceof OutboundError ? error : new OutboundError(reasonOf(limits.deadline), error))
    refuseSlowConnection(sent, limits.connectMs, url.protocol)
    sent.on('error', fail)
    // Whoever would rather speak something else has no answer; without this nobody would hear that.
    sent.on('upgrade', (_response, socket) => {
      socket.destroy()
      fail(undefined)
    })
    sent.on('response', (response) => {
      collect(response, limits.bytes)
        .then((bytes) => answerOf(response, bytes))
        .then(resolve, fail)
    })
    sent.end(body)
  })
}

const reasonOf = (deadline: AbortSignal) => (deadline.aborted ? 'too_slow' : 'unreachable')

function refuseSlowConnection(sent: ClientRequest, ms: number, protocol: string): void {
  const timer = setTimeout(() => sent.destroy(new OutboundError('too_slow')), ms)
  sent.on('socket', (socket) =>
    socket.once(protocol === 'https:' ? 'secureConnect' : 'connect', () => clearTimeout(timer)),
  )
  sent.on('close', () => clearTimeout(timer))
}

async function collect(response: IncomingMessage, most: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length
    if (size > most) {
      response.destroy()
      throw new OutboundError('too_large')
    }
    parts.push(part)
  }
  return Buffer.concat(parts)
}

const withoutBody = new Set([204, 205, 304])

function answerOf({ statusCode = 502, headers }: IncomingMessage, bytes: Buffer): Response {
  const kept = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
  )
  const status = statusCode >= 200 && statusCode <= 599 ? statusCode : 502
  return new Response(withoutBody.has(status) ? null : new Uint8Array(bytes), { status, headers: kept })
}
