import type { Complete, User } from '../api/types.ts'
import { AuthError, isAuthError } from '../base/auth-error.ts'
import { readJson } from '../base/encoding.ts'
import { facing, type Reply } from '../base/result.ts'
import { type Runtime, systemRuntime } from '../base/runtime.ts'
import { serverAddress } from '../base/server-address.ts'
import type { Client } from '../client.ts'
import { createClientOn } from '../create-client.ts'
import { createSend } from '../request/request.ts'
import { createTokenVerifier } from '../verify/token-verifier.ts'
import { toVerifiedToken, type VerifiedToken } from '../verify/verified-token.ts'
import { type CookieJar, cookieIn } from './cookie-jar.ts'
import { cookieNames, createCookieSession } from './cookie-session.ts'
import { createOneRefresh } from './one-refresh.ts'
import { createServerClock } from './server-clock.ts'

/** How a server speaks to Watchword. */
export interface ServerOptions {
  /** Where Watchword is reached. */
  readonly url: string
  /** The publishable key, `wwp_…`. Needed only where Watchword asks for it. */
  readonly key?: string
  /** `iss` of access tokens. Default: what the discovery document says. */
  readonly issuer?: string
  /** `aud` of access tokens. Default `authenticated`. */
  readonly audience?: string
  /** The claim that holds roles, as `tokens.hasura.namespace` of the server. Default `https://hasura.io/jwt/claims`. */
  readonly hasuraNamespace?: string
  /** Whether scripts are kept from reading the cookies. Default true. */
  readonly httpOnly?: boolean
  /** Where mailed links lead back to, unless a call says otherwise. */
  readonly redirectTo?: string
  /** In place of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch
}

/** What somebody's cookie says and nobody has checked. */
export interface UnverifiedSession {
  readonly unverified: true
  readonly accessToken: string
}

/**
 * A client for one request: its session lives in that request's cookies. Who it is says `getUser` alone, which checks; there
 * is no snapshot to be believed.
 */
export interface ServerClient extends Omit<Client, 'state' | 'onChange' | 'getSession' | 'ready' | 'dispose'> {
  /**
   * The access token from the cookie, unchecked. For a decision about anything, ask `getUser`.
   * @example
   * const held = await server.client(cookies).unverifiedSession()
   * if (held === null) show('Nobody is here, or somebody without a cookie.')
   */
  unverifiedSession(): Promise<UnverifiedSession | null>
}

/** Watchword, as a server sees it. */
export interface ServerAuth {
  /**
   * Checks an access token: here with the public keys, or at Watchword where it signs with a shared secret.
   * @example
   * const { data, error } = await server.verifyToken(token)
   * if (error === null) show(data.user.id)
   */
  verifyToken(token: string): Reply<VerifiedToken>
  /**
   * Checks whoever sent a request: by its bearer, else by its cookie. Renews nothing.
   * @example
   * const { data } = await server.authenticate(request)
   * if (data?.aal === 'aal2') show(data.user.id)
   */
  authenticate(request: { readonly headers: Headers }): Reply<VerifiedToken>
  /**
   * A client that acts as whoever sent a request.
   * @example
   * const auth = server.client(requestCookies(request))
   * await auth.me.update({ displayName: 'Ada' })
   */
  client(cookies: CookieJar): ServerClient
}

/**
 * Makes what a backend needs to know who is asking.
 * @throws TypeError when the address is none
 * @example
 * const server = createServerAuth({ url })
 * const { data } = await server.authenticate(request)
 */
export function createServerAuth(options: ServerOptions): ServerAuth {
  return createServerAuthOn(systemRuntime(options.fetch), options)
}

/**
 * A client for one request. Where there is a place for one, make {@link createServerAuth} once and ask it for clients:
 * requests that come at the same time then renew a session once.
 * @example
 * const auth = createServerClient({ url, cookies: requestCookies(request) })
 * const { data } = await auth.getUser()
 */
export function createServerClient(options: ServerOptions & { readonly cookies: CookieJar }): ServerClient {
  return createServerAuth(options).client(options.cookies)
}

/** As {@link createServerAuth}, on a runtime of one's own. */
export function createServerAuthOn(given: Runtime, options: ServerOptions): ServerAuth {
  const runtime = { ...given, page: undefined, channel: () => undefined }
  const clock = createServerClock(runtime)
  const { origin, host } = serverAddress(options.url)
  const { issuer, audience, hasuraNamespace, key: publishable } = options
  const verifier = createTokenVerifier({
    runtime: { ...runtime, now: () => clock.runtime().now() },
    origin,
    issuer,
    audience,
    hasuraNamespace,
  })
  const send = createSend({ runtime, origin, key: publishable, inCookies: false })
  const oneRefresh = createOneRefresh<Complete>(runtime)
  const once: typeof oneRefresh = (token, work) => oneRefresh(token, () => clock.reading(work))

  /** Watchword looks at signature and session itself; only then do the claims count. */
  const verifyThere = async (token: string): Promise<VerifiedToken> => {
    const user = await send<User>({ method: 'GET', path: '/me', bearer: token })
    const claims = readJson(token.split('.')[1] ?? '') ?? {}
    if (claims['sub'] !== user.id) throw new AuthError('bad_jwt', { status: 401 })
    return toVerifiedToken(claims, hasuraNamespace)
  }
  const verifyToken = async (token: string): Promise<VerifiedToken> =>
    (await verifier.verify(token)) ?? verifyThere(token)

  const inner = {
    verifyToken,
    authenticate: async ({ headers }: { readonly headers: Headers }): Promise<VerifiedToken> => {
      const bearer = /^bearer +([^\s,]+)$/i.exec(headers.get('authorization') ?? '')?.[1]
      const token = bearer ?? cookieIn(headers.get('cookie'), cookieNames.access)
      if (token === undefined)
        throw new AuthError('no_authorization', { status: 401, message: 'Please sign in first.' })
      return verifyToken(token)
    },
  }

  const client = (jar: CookieJar): ServerClient => {
    const own = clock.runtime()
    const storage = createCookieSession({
      runtime: own,
      jar,
      key: `watchword:${host}`,
      httpOnly: options.httpOnly ?? true,
    })
    const { url, redirectTo } = options
    const whole = createClientOn(
      own,
      {
        url,
        storage,
        ...(publishable === undefined ? {} : { key: publishable }),
        ...(issuer === undefined ? {} : { issuer }),
        ...(audience === undefined ? {} : { audience }),
        ...(hasuraNamespace === undefined ? {} : { hasuraNamespace }),
        ...(redirectTo === undefined ? {} : { redirectTo }),
      },
      once,
    )
    const { getSession: _, ...acts } = whole
    return Object.defineProperties(acts as unknown as ServerClient, {
      state: { value: undefined },
      attempt: { get: () => whole.attempt },
      fetch: { value: whole.fetch },
      signOut: {
        value: async (input?: { scope?: 'this' | 'others' | 'all' }) => {
          const result = await whole.signOut(input)
          if (input?.scope !== 'others') await storage.clear()
          return result
        },
      },
      getUser: { value: (input?: { fresh?: boolean }) => orNobody(whole.getUser(input)) },
      unverifiedSession: {
        value: async (): Promise<UnverifiedSession | null> => {
          const accessToken = await jar.get(cookieNames.access)
          return accessToken === undefined ? null : { unverified: true, accessToken }
        },
      },
    })
  }
  return { ...facing<Omit<ServerAuth, 'client'>>(inner, false), client }
}

const nobody = new Set([
  'bad_jwt',
  'not_signed_in',
  'session_not_found',
  'refresh_token_not_found',
  'refresh_token_overtaken',
])
const ended = new Set(['refresh_token_already_used', 'session_expired', 'user_banned'])

/** A cookie that proves nothing is nobody's. */
async function orNobody<T>(reply: Reply<T | null>): Reply<T | null> {
  const result = await reply
  const { error } = result
  const isNobody = isAuthError(error) && (nobody.has(error.code) || ended.has(error.code))
  return isNobody ? { data: null, error: null } : result
}
