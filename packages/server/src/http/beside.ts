import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { hasOneHost } from './host-field.ts'

/** Another protocol that shares the port, below a path of its own. */
export interface Beside {
  /** What the paths that are its own begin with: `/name/`. */
  readonly path: string
  request(incoming: IncomingMessage, outgoing: ServerResponse): void
  upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Ends what is under way. */
  close(): Promise<void>
}

/** The protocol a request belongs to, where it is not the application's. */
export function besideOf(besides: readonly Beside[], incoming: IncomingMessage): Beside | undefined {
  return besides.find(({ path }) => incoming.url?.startsWith(path))
}

/**
 * Hands upgrades to whom they belong. An upgrade that nobody here offers is ignored and the request is answered as it would
 * be without it (RFC 9110 §7.8): some clients offer HTTP/2 with their first request, whatever it is.
 */
export function handOverUpgrades(server: Server, besides: readonly Beside[]): void {
  if (besides.length === 0) return
  server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    const owner = besideOf(besides, incoming)
    // What names two hosts is refused where requests are.
    if (owner !== undefined && hasOneHost(incoming)) owner.upgrade(incoming, socket, head)
    else beginAnew(server, incoming, socket, head)
  })
}

const upgradeFields: ReadonlySet<string> = new Set(['upgrade', 'http2-settings', 'connection'])

/** Gives the connection back to the server, as if it had just come, with the same request less its upgrade. */
function beginAnew(
  server: Server,
  { method, url, rawHeaders, headers }: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  const lines = [`${method} ${url} HTTP/1.1`]
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    if (!upgradeFields.has(name.toLowerCase())) lines.push(`${name}: ${rawHeaders[at + 1]}`)
  }
  const kept = (headers.connection ?? '').split(',').filter((option) => !upgradeFields.has(option.trim().toLowerCase()))
  if (kept.length > 0) lines.push(`Connection: ${kept.join(',')}`)
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]))
  server.emit('connection', socket)
}
