import { type CookieJar, cookieIn, cookieLine } from './cookie-jar.ts'

/** The cookies of a web-standard request, and what its answer must carry. */
export interface RequestCookies extends CookieJar {
  /** `Set-Cookie` and `Cache-Control`; empty where nothing changed. */
  readonly headers: Headers
  /**
   * The answer, with those headers.
   * @example
   * const response = cookies.respond(Response.json({ hello: 'there' }))
   */
  respond(response: Response): Response
  /**
   * The request's headers with the cookies as they are by now: what a middleware hands on to the page behind it.
   * @example
   * const answer = await fetch(request, { headers: cookies.forward() })
   */
  forward(): Headers
}

/**
 * Remix, Bun, Deno, edge functions, Astro: a `Request` in, headers out.
 * @example
 * const cookies = requestCookies(request)
 * const auth = server.client(cookies)
 * const response = cookies.respond(new Response('hello'))
 */
export function requestCookies(request: Request): RequestCookies {
  const headers = new Headers()
  const written = new Map<string, string>()
  return {
    headers,
    get: (name) => written.get(name) ?? cookieIn(request.headers.get('cookie'), name),
    set(name, value, options) {
      written.set(name, value)
      headers.append('set-cookie', cookieLine(name, value, options))
    },
    noStore: () => headers.set('cache-control', 'no-store'),
    respond(response) {
      const answer = new Response(response.body, response)
      for (const line of headers.getSetCookie()) answer.headers.append('set-cookie', line)
      if (headers.has('cache-control')) answer.headers.set('cache-control', 'no-store')
      return answer
    },
    forward() {
      const forwarded = new Headers(request.headers)
      const line = cookiesAfter(request.headers.get('cookie'), written)
      if (line === '') forwarded.delete('cookie')
      else forwarded.set('cookie', line)
      return forwarded
    },
  }
}

/** A `Cookie` header with what was written since; what is empty by now is gone. */
function cookiesAfter(header: string | null, written: ReadonlyMap<string, string>): string {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim())
  const kept = pairs.filter((pair) => pair !== '' && !written.has(pair.split('=', 1)[0]?.trim() ?? ''))
  const changed = [...written].filter(([, value]) => value !== '').map(([name, value]) => `${name}=${value}`)
  return [...kept, ...changed].join('; ')
}

/** What is used of Express, Fastify's raw objects and `node:http`. */
export interface NodeRequest {
  readonly headers: { readonly cookie?: string | undefined }
}
/** See {@link NodeRequest}. */
export interface NodeResponse {
  appendHeader(name: string, value: string): unknown
  setHeader(name: string, value: string): unknown
}

/**
 * Express and `node:http`.
 * @example
 * app.get('/', async (req, res) => {
 *   const auth = server.client(expressCookies(req, res))
 *   const { data } = await auth.getUser()
 *   res.json({ user: data?.user.id ?? null })
 * })
 */
export function expressCookies(request: NodeRequest, response: NodeResponse): CookieJar {
  const written = new Map<string, string>()
  return {
    get: (name) => written.get(name) ?? cookieIn(request.headers.cookie, name),
    set(name, value, options) {
      written.set(name, value)
      response.appendHeader('Set-Cookie', cookieLine(name, value, options))
    },
    noStore: () => void response.setHeader('Cache-Control', 'no-store'),
  }
}

/** What is used of Hono's context. */
export interface HonoContext {
  readonly req: { readonly raw: Request }
  header(name: string, value: string, options?: { append?: boolean }): void
}

/**
 * Hono.
 * @example
 * app.get('/', async (c) => {
 *   const auth = server.client(honoCookies(c))
 *   const { data } = await auth.getUser()
 *   return c.json({ user: data?.user.id ?? null })
 * })
 */
export function honoCookies(context: HonoContext): CookieJar {
  const written = new Map<string, string>()
  return {
    get: (name) => written.get(name) ?? cookieIn(context.req.raw.headers.get('cookie'), name),
    set(name, value, options) {
      written.set(name, value)
      context.header('Set-Cookie', cookieLine(name, value, options), { append: true })
    },
    noStore: () => context.header('Cache-Control', 'no-store'),
  }
}

/** What is used of the store that `await cookies()` of Next.js gives. */
export interface NextCookieStore {
  get(name: string): { readonly value: string } | undefined
  set(name: string, value: string, options: object): unknown
}

/**
 * Next.js, for pages and server actions. Pages cannot set cookies, so nothing is renewed there for longer than the request:
 * let the proxy (once called middleware) do it with {@link requestCookies}, which is for route handlers too, since this
 * store cannot say that an answer is for nobody else.
 * @example
 * const auth = server.client(nextCookies(await cookies()))
 * const { data } = await auth.getUser()
 */
export function nextCookies(store: NextCookieStore): CookieJar {
  return {
    // The store decodes what it reads and encodes what it sets; a request brings, and takes, what is encoded once.
    get(name) {
      const found = store.get(name)
      return found && encodeURIComponent(found.value)
    },
    set: (name, value, options) => store.set(name, decodeURIComponent(value), options),
  }
}

/** What is used of SvelteKit's event. */
export interface SvelteEvent {
  readonly cookies: {
    get(name: string, options: { decode(text: string): string }): string | undefined
    set(name: string, value: string, options: object): void
  }
  setHeaders(headers: Record<string, string>): void
}

const asItIs = (text: string) => text

/**
 * SvelteKit.
 * @example
 * const load = async (event: SvelteEvent) => {
 *   const auth = server.client(svelteCookies(event))
 *   const { data } = await auth.getUser()
 *   return { user: data?.user ?? null }
 * }
 */
export function svelteCookies(event: SvelteEvent): CookieJar {
  const said = { noStore: false }
  return {
    get: (name) => event.cookies.get(name, { decode: asItIs }),
    set: (name, value, options) => event.cookies.set(name, value, { ...options, encode: asItIs }),
    noStore() {
      // A header may be set once only.
      if (!said.noStore) event.setHeaders({ 'cache-control': 'no-store' })
      said.noStore = true
    },
  }
}
