import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'

/** What the range interface was asked. */
export interface RangeRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** A range interface on this machine, with the leaked passwords it was told. */
export interface LocalLeaks {
  readonly url: string
  readonly requests: RangeRequest[]
  leak(...passwords: string[]): void
  /** How it answers from now on: as it should, with a status, or never. */
  behave(as: 'right' | number | 'hangs' | 'hangs up'): void
  close(): Promise<void>
}

const sha1 = (text: string) => createHash('sha1').update(text).digest('hex').toUpperCase()

/** Starts one that answers in the documented form: suffixes with counts, padded with made-up ones that were seen nought times. */
export async function startLeaks(): Promise<LocalLeaks> {
  const requests: RangeRequest[] = []
  const leaked = new Set<string>()
  const state: { as: 'right' | number | 'hangs' | 'hangs up' } = { as: 'right' }
  const server = createServer((incoming, response) => {
    const { method = '', url: path = '', headers } = incoming
    requests.push({ method, path, headers })
    if (state.as === 'hangs') return
    if (state.as === 'hangs up') return void incoming.socket.destroy()
    if (state.as !== 'right') return void response.writeHead(state.as, { 'content-type': 'text/plain' }).end('no')
    const [, prefix] = /^\/range\/([0-9A-F]{5})$/.exec(path) ?? []
    if (prefix === undefined || method !== 'GET')
      return void response.writeHead(400).end('The hash prefix was not valid')
    const own = [...leaked].filter((hash) => hash.startsWith(prefix)).map((hash) => `${hash.slice(5)}:17`)
    const padding = Array.from({ length: 30 }, () => `${randomBytes(18).toString('hex').slice(0, 35).toUpperCase()}:0`)
    response.writeHead(200, { 'content-type': 'text/plain' }).end([...padding, ...own, ...padding].join('\r\n'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the range interface has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    leak(...passwords) {
      for (const password of passwords) leaked.add(sha1(password))
    },
    behave(as) {
      state.as = as
    },
    close() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
