import { randomBytes } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { Webhook } from 'standardwebhooks'

/** JSON that a test reaches into. */
interface Body {
  readonly [field: string]: Body & string
}

/** A call as the application got it. */
export interface HookRequest {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** The body, once its signature was verified. */
  readonly body: Body
  readonly signed: boolean
}

/** JSON with status 200, a whole answer, or whatever is done with the socket. */
export type HookReply =
  | { readonly json: unknown }
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | { readonly raw: (response: ServerResponse) => void }

type Replying = (request: HookRequest) => HookReply | Promise<HookReply>

/** An application with hooks on this machine, which refuses whatever is not signed. */
export interface HookServer {
  readonly url: string
  /** As settings take it. */
  readonly secret: string
  readonly requests: HookRequest[]
  /** What a path answers from now on; default an empty object. */
  answer(path: string, reply: HookReply | Replying): void
  /** The settings of a hook at a path. */
  at(path: string): { readonly uri: string; readonly secrets: string }
  /** The calls of one path, in their order. */
  calls(path: string): HookRequest[]
  close(): Promise<void>
}

/** Starts it on a free port. */
export async function startHookServer(): Promise<HookServer> {
  const key = `whsec_${randomBytes(32).toString('base64')}`
  const requests: HookRequest[] = []
  const replies = new Map<string, Replying>()
  const server = createServer((incoming, response) => {
    const parts: Buffer[] = []
    incoming.on('error', () => undefined)
    incoming.on('data', (part: Buffer) => parts.push(part))
    incoming.on('end', async () => {
      const text = Buffer.concat(parts).toString()
      const { url: path = '', headers } = incoming
      const request = { path, headers, text, ...verified(key, text, headers) }
      requests.push(request)
      const reply = request.signed ? await (replies.get(path) ?? (() => ({ json: {} })))(request) : { status: 401 }
      if ('raw' in reply) reply.raw(response)
      else if ('json' in reply)
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(reply.json))
      else response.writeHead(reply.status, reply.headers).end(reply.body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the hooks have no port')
  const url = `http://127.0.0.1:${address.port}`
  return {
    url,
    secret: `v1,${key}`,
    requests,
    answer(path, reply) {
      replies.set(path, typeof reply === 'function' ? reply : () => reply)
    },
    at: (path) => ({ uri: `${url}${path}`, secrets: `v1,${key}` }),
    calls: (path) => requests.filter((request) => request.path === path),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function verified(secret: string, text: string, headers: IncomingHttpHeaders): Pick<HookRequest, 'body' | 'signed'> {
  try {
    const body = new Webhook(secret).verify(text, headers as Record<string, string>) as HookRequest['body']
    return { body, signed: true }
  } catch {
    return { body: {}, signed: false }
  }
}
