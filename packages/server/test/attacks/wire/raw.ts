import { connect, type Socket } from 'node:net'

/** An answer as it stood on the wire. */
export interface RawAnswer {
  /** 0 where the connection ended without one. */
  readonly status: number
  readonly head: string
  readonly body: string
  /** Everything that came, further answers included. */
  readonly all: string
}

export interface RawOptions {
  /** The address to come from, such as `127.0.0.2`. */
  readonly localAddress?: string
  /**
   * Milliseconds of silence after which what has come is taken for everything. Default 1,500, and much more before
   * anything has come: a busy server takes its time.
   */
  readonly quietMs?: number
}

/** How long an answer may be waited for. */
export const patienceMs = 30_000

/** Opens a connection without saying anything. */
export function dial(url: string, localAddress?: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: hostname,
      port: Number(port),
      ...(localAddress === undefined ? {} : { localAddress }),
    })
    socket.once('connect', () => resolve(socket))
    socket.once('error', reject)
  })
}

/** Sends bytes exactly as given, which no HTTP client would, and reads until the server closes or falls silent. */
export async function raw(url: string, bytes: string | Uint8Array, options: RawOptions = {}): Promise<RawAnswer> {
  const socket = await dial(url, options.localAddress)
  socket.write(bytes)
  const { quietMs } = options
  const all = await (quietMs === undefined ? untilQuiet(socket, 1_500, patienceMs) : untilQuiet(socket, quietMs))
  return parse(all)
}

/**
 * Reads what comes until the connection ends, a whole answer has come, or nothing has for a while.
 * @param firstMs how long the first of it is waited for
 */
export function untilQuiet(socket: Socket, quietMs: number, firstMs = quietMs): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const text = () => Buffer.concat(chunks).toString('latin1')
    const done = () => {
      clearTimeout(timer)
      socket.destroy()
      resolve(text())
    }
    let timer = setTimeout(done, firstMs)
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      clearTimeout(timer)
      timer = setTimeout(done, isWhole(text()) ? 40 : quietMs)
    })
    socket.once('close', done)
    socket.on('error', () => {})
  })
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1]
  return end !== -1 && length !== undefined && text.length >= end + 4 + Number(length)
}

function parse(all: string): RawAnswer {
  const end = all.indexOf('\r\n\r\n')
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(all)?.[1] ?? 0),
    head: end === -1 ? all : all.slice(0, end),
    body: end === -1 ? '' : all.slice(end + 4),
    all,
  }
}

/** One request as text. The body's length is given unless the headers say something about it. */
export function requestText(
  method: string,
  target: string,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): string {
  const names = Object.keys(headers).map((name) => name.toLowerCase())
  const says = names.includes('content-length') || names.includes('transfer-encoding')
  const lines = [
    `${method} ${target} HTTP/1.1`,
    ...(names.includes('host') ? [] : ['Host: 127.0.0.1']),
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(body !== '' && !says ? [`Content-Length: ${Buffer.byteLength(body)}`] : []),
  ]
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}
