export type { TokenUser, VerifiedToken } from '../verify/verified-token.ts'
export type { CookieJar, CookieOptions } from './cookie-jar.ts'
export {
  type ExpressRequest,
  type ExpressResponse,
  expressGuard,
  type Guarded,
  type GuardOptions,
  guarded,
  type HonoGuardContext,
  honoGuard,
} from './guards.ts'
export {
  expressCookies,
  type HonoContext,
  honoCookies,
  type NextCookieStore,
  type NodeRequest,
  type NodeResponse,
  nextCookies,
  type RequestCookies,
  requestCookies,
  type SvelteEvent,
  svelteCookies,
} from './jars.ts'
export {
  createServerAuth,
  createServerClient,
  type ServerAuth,
  type ServerClient,
  type ServerOptions,
  type UnverifiedSession,
} from './server-auth.ts'
