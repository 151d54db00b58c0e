import type { Core } from '../../core/core.ts'
import type { Caller, Manners } from '../../flows/caller.ts'
import { callerOf } from '../../gate/caller.ts'
import type { Exchange } from '../../http/exchange.ts'
import { supabaseManners } from './manners.ts'

/** What every handler of this dialect works with. */
export interface Supabase {
  readonly core: Core
  readonly manners: Manners
  /** Public address of the mount: `https://auth.example.test/auth/v1`. */
  readonly url: string
  /** Whether asking for a code without creating a user may tell that there is none. */
  readonly tellsUnknown: boolean
  callerOf(exchange: Exchange): Caller
}

export interface SupabaseOptions {
  /** Where it is mounted: `/auth/v1`. */
  readonly path: string
  /** Default true: clients that ask not to create users are told when there is none (`otp_disabled`). */
  readonly tellsUnknown?: boolean
}

export function createSupabase(core: Core, { path, tellsUnknown = true }: SupabaseOptions): Supabase {
  const url = core.settings.publicUrl + path
  const manners = supabaseManners({ url, siteUrl: core.settings.siteUrl })
  return { core, manners, url, tellsUnknown, callerOf: (exchange) => callerOf(exchange, manners) }
}
