import type { Core } from '../../core/core.ts'
import type { Caller, Manners } from '../../flows/caller.ts'
import type { AuthorizationServer } from '../../flows/oauth/server.ts'
import { callerOf } from '../../gate/caller.ts'
import type { Exchange } from '../../http/exchange.ts'
import { supabaseManners } from './manners.ts'
import { supabaseServer } from './oauth-server.ts'

/** What every handler of this dialect works with. */
export interface Supabase {
  readonly core: Core
  readonly manners: Manners
  /** Public address of the mount: `https://auth.example.test/auth/v1`. */
  readonly url: string
  /** Whether asking for a code without creating a user may tell that there is none. */
  readonly tellsUnknown: boolean
  /** How it stands towards applications. */
  readonly server: AuthorizationServer
  /** The app's page that asks whether an application may act for somebody. */
  readonly consentUrl: string
  callerOf(exchange: Exchange): Caller
}

export interface SupabaseOptions {
  /** Where it is mounted: `/auth/v1`. */
  readonly path: string
  /** Default false: the same routes at the root as well, for clients that are given the bare origin. */
  readonly root?: boolean
  /** Default true: clients that ask not to create users are told when there is none (`otp_disabled`). */
  readonly tellsUnknown?: boolean
  /** Default: `/oauth/consent` of the site. */
  readonly consentUrl?: string | undefined
  /** Headers that pages may send beside those of the clients. Default none. */
  readonly requestHeaders?: readonly string[]
  /** Default true: `/rest/v1/users` beside the path takes what `altan-auth` inserts there. */
  readonly usersTable?: boolean
}

export function createSupabase(core: Core, options: SupabaseOptions): Supabase {
  const { siteUrl, publicUrl } = core.settings
  const { path, tellsUnknown = true, consentUrl = `${siteUrl}/oauth/consent` } = options
  const url = publicUrl + path
  const manners = supabaseManners({ url, siteUrl })
  return {
    core,
    manners,
    url,
    tellsUnknown,
    server: supabaseServer(core),
    consentUrl,
    callerOf: (exchange) => callerOf(exchange, manners),
  }
}
