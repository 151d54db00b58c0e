import { createServer, type IncomingMessage } from 'node:http'
import { Server, type Socket } from 'socket.io'
import { Refusal } from '../../../base/errors.ts'
import { refuseOver } from '../../../core/limits/limits.ts'
import type { Beside } from '../../../http/beside.ts'
import type { Altogic } from '../dialect.ts'
import { errorsOf, wireOf } from '../present-error.ts'
import { refusal } from '../refuse.ts'
import type { RealtimeOptions } from './realtime.ts'
import { tellUser } from './tell-user.ts'
import { visitorOf } from './visitor.ts'

/** Bytes of one message; what clients send here is an offer to speak and little else. */
const mostBytes = 16_384
/** Messages of one socket in ten seconds. */
const mostMessages = 100
/** Sockets of one network that belong to nobody. */
const mostNameless = 100

type Parts = Pick<Beside, 'request' | 'upgrade' | 'close'>

/** The server of socket.io 4 (Engine.IO protocol 4) with one namespace, whose sockets are told what happens to their user. */
export function createSockets(
  at: Altogic,
  { path, allowsOrigin, clientOf }: RealtimeOptions & { readonly path: string },
): Parts {
  const { core } = at
  // Never listens: it is what the library attaches to, and what we hand its requests to.
  const gate = createServer()
  const io = new Server(gate, {
    path,
    serveClient: false,
    cookie: false,
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: mostBytes,
    connectTimeout: 10_000,
    upgradeTimeout: 10_000,
    destroyUpgradeTimeout: 1_000,
    cors: { origin: (origin, answer) => answer(null, origin === undefined || allowsOrigin(origin)) },
    allowRequest: (incoming, answer) => {
      admit(incoming).then(
        (isAdmitted) => answer(null, isAdmitted),
        () => answer(null, false),
      )
    },
  })

  const admit = async (incoming: IncomingMessage): Promise<boolean> => {
    const { origin } = incoming.headers
    if (origin !== undefined && !allowsOrigin(origin)) return false
    const key = `public:${clientOf(incoming).network}`
    refuseOver(await core.limits.take([{ key, rate: core.settings.limits.public }]), 'over_request_rate_limit')
    return true
  }

  const nameless = new Map<string, number>()
  const countNameless = (socket: Socket, network: string): void => {
    const count = (nameless.get(network) ?? 0) + 1
    nameless.set(network, count)
    socket.once('disconnect', () => {
      const left = (nameless.get(network) ?? 1) - 1
      if (left === 0) nameless.delete(network)
      else nameless.set(network, left)
    })
    if (count > mostNameless) socket.disconnect(true)
  }

  io.engine.on('headers', (headers: Record<string, string>) => {
    headers['cache-control'] = 'no-store'
    headers['x-content-type-options'] = 'nosniff'
  })
  // From its first word on, and not from when it is let in.
  io.engine.on('connection', (connection: Socket['conn']) => endFloods(connection, () => core.runtime.now()))
  io.use((socket, next) => {
    const { auth, headers } = socket.handshake
    const client = clientOf(socket.request)
    const knock = { auth, client, origin: headers.origin, userAgent: headers['user-agent'] }
    const admitVisitor = async (): Promise<void> => {
      const visitor = await visitorOf(core, knock)
      const begin = visitor === undefined ? undefined : await tellUser(core, socket, visitor)
      socket.data = { begin, network: client.network }
    }
    admitVisitor().then(
      () => next(),
      (error: unknown) => refuse(socket, next, error),
    )
  })
  io.on('connection', (socket) => {
    const { begin, network } = socket.data
    refuseMessages(socket)
    if (begin === undefined) countNameless(socket, network)
    else begin()
  })

  return {
    request: (incoming, outgoing) => void gate.emit('request', incoming, outgoing),
    upgrade: (incoming, socket, head) => void gate.emit('upgrade', incoming, socket, head),
    close: () => io.close().catch(() => undefined),
  }
}

/** A client that says much is cut off: nothing of what it says is listened to. */
function endFloods(connection: Socket['conn'], now: () => Date): void {
  const window = { from: now().getTime(), count: 0 }
  connection.on('packet', () => {
    const at = now().getTime()
    if (Math.abs(at - window.from) > 10_000) Object.assign(window, { from: at, count: 0 })
    window.count += 1
    if (window.count > mostMessages) connection.close()
  })
}

/** A client that was refused never tries again; one that lost its connection does. So it loses it while nobody can be asked. */
function refuse(socket: Socket, next: (error: Error) => void, error: unknown): void {
  if (!(error instanceof Refusal) || error.code === 'unavailable') return void socket.conn.close()
  next(Object.assign(new Error(wireOf(error).code), { data: errorsOf(error) }))
}

/** Whoever speaks is told that nobody listens, and goes on being told what happens. */
function refuseMessages(socket: Socket): void {
  socket.onAny((...said: readonly unknown[]) => {
    const answer = errorsOf(refusal('channels_not_supported'))
    const acknowledge = said.at(-1)
    if (typeof acknowledge === 'function') acknowledge(answer)
    else socket.emit('error', answer)
  })
}
