import { once } from 'node:events'
import { connect } from 'node:net'

/** One keep-alive connection that carries one request at a time: as little work per request as a driver can do. */
export class Connection {
  #socket
  #waiting = undefined
  #kept = undefined

  #port

  constructor(port) {
    this.#port = port
    this.#socket = this.#open()
  }

  #open() {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true })
    // What comes unasked says that the server has waited long enough for a request.
    socket.on('data', (chunk) => (this.#waiting === undefined ? socket.destroy() : this.#take(chunk)))
    const fail = (error) => socket === this.#socket && this.#fail(error)
    socket.on('error', fail)
    socket.on('close', () => fail(new Error('the connection was closed')))
    return socket
  }

  /** Resolves when it stands. */
  async ready() {
    if (this.#socket.connecting) await once(this.#socket, 'connect')
  }

  /** Sends a request that is written out already; resolves with its status and body. */
  send(text) {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      if (this.#socket.destroyed || !this.#socket.writable) this.#socket = this.#open()
      this.#socket.write(text)
    })
  }

  close() {
    this.#socket.destroy()
  }

  #take(chunk) {
    const bytes = this.#kept === undefined ? chunk : Buffer.concat([this.#kept, chunk])
    const end = bytes.indexOf('\r\n\r\n')
    const head = end === -1 ? undefined : bytes.latin1Slice(0, end)
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head ?? '')?.[1] ?? 0)
    if (head === undefined || bytes.length < end + 4 + length) {
      this.#kept = bytes
      return
    }
    this.#kept = undefined
    const { resolve } = this.#waiting
    this.#waiting = undefined
    resolve({ status: Number(head.slice(9, 12)), body: bytes.subarray(end + 4, end + 4 + length) })
  }

  #fail(error) {
    this.#waiting?.reject(error)
    this.#waiting = undefined
  }
}

/** A request as it goes over the wire. */
export function written({ method, path, headers = {}, body }) {
  const lines = [`${method} ${path} HTTP/1.1`, 'host: 127.0.0.1', 'accept: */*', 'user-agent: bench/1']
  for (const name in headers) lines.push(`${name}: ${headers[name]}`)
  if (body === undefined) return `${lines.join('\r\n')}\r\n\r\n`
  const text = JSON.stringify(body)
  lines.push('content-type: application/json', `content-length: ${Buffer.byteLength(text)}`)
  return `${lines.join('\r\n')}\r\n\r\n${text}`
}
