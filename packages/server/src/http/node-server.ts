import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ErrorCode } from '../base/errors.ts'
import { sentenceOf } from '../base/errors.ts'
import { newId } from '../base/id.ts'
import type { Runtime } from '../base/runtime.ts'
import type { App } from './app.ts'
import { type Beside, besideOf, handOverUpgrades } from './beside.ts'
import { createClientAddresses } from './client-address.ts'
import { hasOneHost } from './host-field.ts'
import { nodeHandler } from './node-handler.ts'

/** What one connection may take (S114). */
export interface ConnectionLimits {
  /** Milliseconds until all headers are there; default 10 s. */
  readonly headerMs: number
  /** Milliseconds until the whole request is there; default 30 s. */
  readonly requestMs: number
  /** Milliseconds an idle connection is kept; default 65 s. */
  readonly keepAliveMs: number
  /** Bytes of all headers together; default 16 KiB. */
  readonly maxHeaderBytes: number
  /** Open connections from one network (an IPv4 address, an IPv6 /64); default 1,000. */
  readonly maxConnectionsPerAddress: number
}

export const defaultConnectionLimits: ConnectionLimits = {
  headerMs: 10_000,
  requestMs: 30_000,
  keepAliveMs: 65_000,
  maxHeaderBytes: 16_384,
  maxConnectionsPerAddress: 1000,
}

export interface ServeSettings {
  readonly host: string
  /** 0 for any free one. */
  readonly port: number
  readonly limits?: Partial<ConnectionLimits>
  readonly runtime: Runtime
  /** Proxies, by address and CIDR range, are not counted by `maxConnectionsPerAddress`: they bring everybody. */
  readonly proxies?: readonly string[]
  /** Other protocols on the same port. Closed with the server, before it. */
  readonly besides?: readonly Beside[]
}

export interface RunningServer {
  readonly url: string
  readonly port: number
  /** For those who need upgrades, such as WebSocket. */
  readonly server: Server
  /** Takes no more connections, lets running requests finish, and cuts off what is left after `graceMs`. */
  close(graceMs: number): Promise<void>
}

const parserFaults: Readonly<Record<string, readonly [status: number, code: ErrorCode]>> = {
  HPE_HEADER_OVERFLOW: [431, 'payload_too_large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'request_timeout'],
  HPE_INVALID_METHOD: [405, 'method_not_allowed'],
}

interface FaultAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The answer to what is no request. @param what says it, where no code does */
function faultAnswer(
  runtime: Runtime,
  [status, code]: readonly [number, ErrorCode],
  what = 'The request is not valid HTTP.',
): FaultAnswer {
  const requestId = newId(runtime)
  const message = code === 'validation_failed' ? what : sentenceOf(code)
  const body = JSON.stringify({ code, message, requestId })
  const headers = {
    connection: 'close',
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': requestId,
    ...(status === 405 ? { allow: 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS' } : {}),
  }
  return { status, headers, body }
}

function rawAnswer(runtime: Runtime, fault: string): string {
  const { status, headers, body } = faultAnswer(runtime, parserFaults[fault] ?? [400, 'validation_failed'])
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...fields, '', body].join('\r\n')
}

/** Node takes the first of two hosts, and any text for one. */
function refuseHost(incoming: IncomingMessage, outgoing: ServerResponse, runtime: Runtime): void {
  const refusal = faultAnswer(runtime, [400, 'validation_failed'], 'The request must name one host.')
  outgoing.writeHead(refusal.status, refusal.headers).end(incoming.method === 'HEAD' ? undefined : refusal.body)
  incoming.resume()
}

/** Milliseconds a refused connection is kept half open, so that the refusal is read before the reset. */
const lingerMs = 1000

function answerParserFaults(server: Server, runtime: Runtime): void {
  const running = new WeakMap<Duplex, ServerResponse>()
  const refused = new WeakSet<Duplex>()
  // A connection that rests would otherwise hold its last request with all that belongs to it.
  function forget(this: ServerResponse): void {
    const { socket } = this.req
    if (running.get(socket) === this) running.delete(socket)
  }
  server.prependListener('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    running.set(incoming.socket, outgoing)
    outgoing.on('close', forget)
  })
  const refuse = (socket: Duplex, fault: string): void => {
    if (refused.has(socket)) return
    refused.add(socket)
    const current = running.get(socket)
    const midAnswer = current?.headersSent && !current.writableFinished
    // Two answers on one connection must not run into each other (S144).
    if (!socket.writable || midAnswer || fault === 'ECONNRESET') {
      socket.destroy()
      return
    }
    socket.on('error', () => {})
    socket.end(rawAnswer(runtime, fault))
    setTimeout(() => socket.destroy(), lingerMs).unref()
  }
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuse(socket, error.code ?? ''))
  server.on('connect', (_request, socket) => refuse(socket, 'HPE_INVALID_METHOD'))
}

function capConnections(server: Server, most: number, proxies: readonly string[]): void {
  const open = new Map<string, number>()
  const addresses = createClientAddresses(proxies)
  const counted = new WeakSet<Socket>()
  server.on('connection', (socket: Socket) => {
    const peer = socket.remoteAddress
    if (peer === undefined || addresses.isProxy(peer) || counted.has(socket)) return
    counted.add(socket)
    const { network } = addresses.clientOf(peer, undefined)
    const count = (open.get(network) ?? 0) + 1
    if (count > most) {
      socket.destroy()
      return
    }
    open.set(network, count)
    socket.once('close', () => {
      const left = (open.get(network) ?? 1) - 1
      if (left === 0) open.delete(network)
      else open.set(network, left)
    })
  })
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    })
  })
}

/** Connections that brought no request yet. Node takes them for busy: they would hold a shutdown for as long as it may last. */
function watchSilent(server: Server): ReadonlySet<Socket> {
  const silent = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    silent.add(socket)
    socket.once('close', () => silent.delete(socket))
  })
  server.on('request', ({ socket }: IncomingMessage) => silent.delete(socket))
  return silent
}

/** Milliseconds in which a request that is on its way still arrives at a server that stops. */
const arrivingMs = 1000

function shutDown(server: Server, silent: ReadonlySet<Socket>, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs)
    const hush = setTimeout(
      () => {
        for (const socket of silent) socket.destroy()
      },
      Math.min(arrivingMs, graceMs),
    )
    server.close(() => {
      clearTimeout(cut)
      clearTimeout(hush)
      resolve()
    })
    server.closeIdleConnections()
  })
}

/** Serves the application over HTTP/1.1 with a strict parser. @throws the error of `listen`, such as EADDRINUSE. */
export async function serve(app: Pick<App, 'answer' | 'claims'>, settings: ServeSettings): Promise<RunningServer> {
  const { runtime, host } = settings
  const limits = { ...defaultConnectionLimits, ...settings.limits }
  let closing: Promise<void> | undefined
  const handler = nodeHandler(app, { log: runtime.log, ending: () => closing !== undefined })
  const server = createServer({
    headersTimeout: Math.min(limits.headerMs, limits.requestMs),
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    maxHeaderSize: limits.maxHeaderBytes,
    connectionsCheckingInterval: Math.min(1000, Math.ceil(limits.headerMs / 4)),
    insecureHTTPParser: false,
    noDelay: true,
  })
  const besides = settings.besides ?? []
  server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    if (!hasOneHost(incoming)) return refuseHost(incoming, outgoing, runtime)
    const owner = besideOf(besides, incoming)
    if (owner === undefined) handler(incoming, outgoing)
    else owner.request(incoming, outgoing)
  })
  handOverUpgrades(server, besides)
  const silent = watchSilent(server)
  answerParserFaults(server, runtime)
  capConnections(server, limits.maxConnectionsPerAddress, settings.proxies ?? [])
  const port = await listen(server, host, settings.port)
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    server,
    close(graceMs) {
      closing ??= Promise.all([...besides.map((each) => each.close()), shutDown(server, silent, graceMs)]).then(
        () => undefined,
      )
      return closing
    },
  }
}
