import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Core } from '../../../core/core.ts'
import type { Beside } from '../../../http/beside.ts'
import type { Client } from '../../../http/client-address.ts'
import { type AltogicOptions, createAltogic } from '../dialect.ts'
import { originRule } from '../mount.ts'

/** Where the sockets come from. */
export interface RealtimeOptions {
  allowsOrigin(origin: string): boolean
  clientOf(incoming: IncomingMessage): Client
}

/** Clients cannot be told another one. */
const path = '/socket.io/'

/** Live events for Altogic's clients: socket.io, which is loaded when the first of them connects. */
export function altogicRealtime(core: Core, options: AltogicOptions, clientOf: RealtimeOptions['clientOf']): Beside {
  const at = createAltogic(core, options)
  const held: { sockets?: Promise<Omit<Beside, 'path'>>; isClosed: boolean } = { isClosed: false }
  const sockets = () => {
    held.sockets ??= import('./sockets.ts').then(({ createSockets }) =>
      createSockets(at, { path, clientOf, allowsOrigin: originRule(core) }),
    )
    return held.sockets
  }
  return {
    path,
    request(incoming: IncomingMessage, outgoing: ServerResponse) {
      if (held.isClosed) return void outgoing.writeHead(503, { connection: 'close' }).end()
      sockets().then(
        (each) => each.request(incoming, outgoing),
        () => outgoing.writeHead(503).end(),
      )
    },
    upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer) {
      if (held.isClosed) return void socket.destroy()
      sockets().then(
        (each) => each.upgrade(incoming, socket, head),
        () => socket.destroy(),
      )
    },
    async close() {
      held.isClosed = true
      await (await held.sockets)?.close()
    },
  }
}
