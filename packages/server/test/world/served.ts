import { createServer, type IncomingMessage, type RequestListener } from 'node:http'

/** Something that listens on 127.0.0.1. */
export interface Served {
  readonly port: number
  /** Ends it, and whatever is still connected. */
  close(): Promise<void>
}

/** @param port default: a free one */
export async function serve(answer: RequestListener, port = 0): Promise<Served> {
  const server = createServer(answer)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** A page as it is answered, with further headers. */
export interface Page {
  readonly html: string
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * An app of one page, which is at every path, and of one script at `/app.js`.
 * @param page the page, or what makes it for a request
 */
export function servePage(
  page: string | ((request: IncomingMessage) => Page),
  script: string | Uint8Array,
  port?: number,
): Promise<Served> {
  return serve((request, response) => {
    if (request.url === '/app.js') {
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(script)
      return
    }
    const { html, headers } = typeof page === 'string' ? { html: page, headers: {} } : page(request)
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers }).end(html)
  }, port)
}
