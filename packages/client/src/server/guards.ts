import type { AuthError } from '../base/auth-error.ts'
import type { VerifiedToken } from '../verify/verified-token.ts'
import type { ServerAuth } from './server-auth.ts'

/** Who may pass. */
export interface GuardOptions {
  /** One of these roles of the app is needed. Default: any. */
  readonly roles?: readonly string[]
  /** `aal2`: with a second factor. Default `aal1`. */
  readonly aal?: 'aal1' | 'aal2'
  /** Whether guests may pass. Default true. */
  readonly guests?: boolean
  /**
   * What a token has to name that reaches no further than its scopes: that of a program with a personal access token, or of
   * an application that somebody has allowed. Default: none of these passes.
   */
  readonly scope?: string
}

interface Denial {
  readonly status: number
  readonly body: { readonly code: string; readonly message: string }
}

type Verdict = { readonly who: VerifiedToken } | { readonly denial: Denial }

const deny = (status: number, code: string, message: string): Verdict => ({
  denial: { status, body: { code, message } },
})

async function judge(auth: ServerAuth, headers: Headers, options: GuardOptions): Promise<Verdict> {
  const { data, error } = await auth.authenticate({ headers })
  if (error !== null) return refused(error)
  const { roles, aal = 'aal1', guests = true, scope } = options
  const { scope: reach } = data.claims
  if (reach !== undefined && (scope === undefined || !String(reach).split(' ').includes(scope)))
    return deny(403, 'insufficient_scope', 'This token does not reach so far.')
  if (!guests && data.user.isAnonymous) return deny(403, 'anonymous_not_allowed', 'Guests cannot do this.')
  if (aal === 'aal2' && data.aal !== 'aal2') return deny(403, 'insufficient_aal', 'A second factor is needed.')
  if (roles !== undefined && !roles.some((role) => data.user.roles.includes(role)))
    return deny(403, 'insufficient_scope', 'You may not do this.')
  return { who: data }
}

/** Where the keys cannot be had nobody is let in, and nobody is told that their token is bad. */
function refused(error: AuthError): Verdict {
  if (error.status === 401 || error.status === 403) return deny(error.status, error.code, error.message)
  return deny(503, 'unavailable', 'The service is busy. Please try again.')
}

/** What is used of Express. */
export interface ExpressRequest {
  readonly headers: { readonly authorization?: string | undefined; readonly cookie?: string | undefined }
}
/** See {@link ExpressRequest}. */
export interface ExpressResponse {
  // Express takes what handlers beside a guard may send from this: anything.
  status(code: number): { json(body: unknown): unknown }
}

/** Whoever passed a guard of Express. */
export type Guarded<T> = T & { readonly auth: VerifiedToken }

/**
 * Express: lets through whoever is signed in, and leaves who it is in `req.auth`.
 * @example
 * import type { Guarded } from '@watchword/client/server'
 *
 * app.use('/things', expressGuard(server, { roles: ['user'] }))
 * app.get('/things', (req, res) => {
 *   const { user } = (req as Guarded<typeof req>).auth // in JavaScript `req.auth`
 *   res.json({ owner: user.id })
 * })
 */
export function expressGuard(auth: ServerAuth, options: GuardOptions = {}) {
  return async (request: ExpressRequest, response: ExpressResponse, next: (error?: unknown) => void): Promise<void> => {
    const { authorization, cookie } = request.headers
    const headers = new Headers()
    if (authorization !== undefined) headers.set('authorization', authorization)
    if (cookie !== undefined) headers.set('cookie', cookie)
    try {
      const verdict = await judge(auth, headers, options)
      if ('denial' in verdict) return void response.status(verdict.denial.status).json(verdict.denial.body)
      Object.assign(request, { auth: verdict.who })
    } catch (error) {
      return next(error)
    }
    next()
  }
}

/** What is used of Hono's context. */
export interface HonoGuardContext {
  readonly req: { readonly raw: Request }
  set(name: string, value: unknown): void
  json(body: object, status: number): Response
}

/**
 * Hono: leaves who it is under `auth`, for `c.get('auth')`.
 * @example
 * import type { VerifiedToken } from '@watchword/client/server'
 *
 * // const app = new Hono<{ Variables: { auth: VerifiedToken } }>()
 * app.use('/things', honoGuard(server))
 * app.get('/things', (c) => c.json({ owner: c.get('auth').user.id }))
 */
export function honoGuard(auth: ServerAuth, options: GuardOptions = {}) {
  return async (context: HonoGuardContext, next: () => Promise<void>): Promise<Response | undefined> => {
    const verdict = await judge(auth, context.req.raw.headers, options)
    if ('denial' in verdict) return context.json(verdict.denial.body, verdict.denial.status)
    context.set('auth', verdict.who)
    await next()
    return undefined
  }
}

/**
 * Anything that speaks web-standard requests: wraps a handler, which also gets who is asking.
 * @example
 * const handle = guarded(server, (request, who) => Response.json({ owner: who.user.id }))
 */
export function guarded<Rest extends readonly unknown[]>(
  auth: ServerAuth,
  handle: (request: Request, who: VerifiedToken, ...rest: Rest) => Response | Promise<Response>,
  options: GuardOptions = {},
) {
  return async (request: Request, ...rest: Rest): Promise<Response> => {
    const verdict = await judge(auth, request.headers, options)
    if ('denial' in verdict) return Response.json(verdict.denial.body, { status: verdict.denial.status })
    return handle(request, verdict.who, ...rest)
  }
}
