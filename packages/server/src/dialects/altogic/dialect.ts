import type { Core } from '../../core/core.ts'
import type { Caller, Manners } from '../../flows/caller.ts'
import { callerOf } from '../../gate/caller.ts'
import type { Exchange } from '../../http/exchange.ts'
import { altogicManners } from './manners.ts'

/** What every handler of this dialect works with. */
export interface Altogic {
  readonly core: Core
  readonly manners: Manners
  readonly options: Required<AltogicOptions> & { readonly redirectUrl: string }
  callerOf(exchange: Exchange): Caller
}

export interface AltogicOptions {
  /** Where it is mounted; clients append {@link authBase} to whatever they are given, so it ends in that. `/e:<id>` may stand before it. */
  readonly path: string
  /** Where mailed links lead in the end. Default the site. */
  readonly redirectUrl?: string | undefined
  /** Whether a sign-up with an address that somebody has is told so; otherwise it looks like any other. Default true. */
  readonly tellsTaken?: boolean
  /** Whether a sign-up may say of its own address that it is verified. Whoever knows the client key can then claim any address. Default false. */
  readonly trustsVerified?: boolean
  /** Whether e-mail addresses are a way in for these clients. Default true. */
  readonly emails?: boolean
  /** Whether codes sent to phones sign in. Default true. */
  readonly smsCodes?: boolean
  /** Whether a captcha is asked for here where one is asked for at all. Default true. */
  readonly captcha?: boolean
}

/** Where clients look for whatever a server may have. */
export const restBase = '/_api/rest/v1'
/** What clients append to the address they are given. */
export const authBase = `${restBase}/auth`
/** Where clients look for records of a database, of which there is one here: the caller's own. */
export const recordBase = `${restBase}/db`
/** Where clients ask for the members of a channel. */
export const channelBase = `${restBase}/realtime`

export function createAltogic(core: Core, options: AltogicOptions): Altogic {
  const manners = altogicManners(core.settings.publicUrl + options.path)
  const { tellsTaken = true, trustsVerified = false, emails = true, smsCodes = true, captcha = true } = options
  const redirectUrl = options.redirectUrl ?? core.settings.siteUrl
  return {
    core,
    manners,
    options: { path: options.path, redirectUrl, tellsTaken, trustsVerified, emails, smsCodes, captcha },
    callerOf: (exchange) => callerOf(exchange, manners),
  }
}
