import type { BodyLimits } from './body.ts'
import { gather } from './body.ts'

/** A request as a server hands it over, before anything is looked at. */
export interface Arrival {
  readonly method: string
  /** Path and query as they were sent. */
  readonly target: string
  /** The other end of the connection; `undefined` when the host does not tell. */
  readonly peerAddress: string | undefined
  /** Whether whoever asked has hung up by now. */
  readonly isGone: boolean
  /** A header by its lower-case name; several fields of one name joined by a comma. */
  header(name: string): string | undefined
  /** The whole body. @throws `payload_too_large` */
  body(limits: BodyLimits): Promise<Uint8Array>
  /** The same as a web-standard request, under this URL. Its body can be read only if {@link body} was not. */
  request(url: URL): Request
}

/** What a host may know about a request beside the `Request`. */
export interface Peer {
  /** The address of the socket's other end. */
  readonly address?: string
  /** Path and query as sent, where the host still has them: `Request` has already resolved dots and backslashes. */
  readonly target?: string
}

function targetOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('://') + 3)
  const end = url.indexOf('#')
  return start === -1 ? '/' : url.slice(start, end === -1 ? undefined : end)
}

/** A web-standard request as an arrival. */
export function arrivalOf(request: Request, peer: Peer = {}): Arrival {
  return {
    method: request.method,
    target: peer.target ?? targetOf(request.url),
    peerAddress: peer.address,
    get isGone() {
      return request.signal.aborted
    },
    header: (name) => request.headers.get(name) ?? undefined,
    body: (limits) => gather(request.body ?? undefined, limits),
    request: () => request,
  }
}
