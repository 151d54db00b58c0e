import type { Core } from '../../core/core.ts'
import type { Caller, Manners } from '../../flows/caller.ts'
import type { AuthorizationServer } from '../../flows/oauth/server.ts'
import { callerOf } from '../../gate/caller.ts'
import type { Exchange } from '../../http/exchange.ts'
import { nhostManners } from './manners.ts'
import { nhostServer } from './oauth-server.ts'

/** What every handler of this dialect works with. */
export interface Nhost {
  readonly core: Core
  readonly manners: Manners
  readonly options: Required<Omit<NhostOptions, 'url' | 'loginUrl' | 'mailHeaders'>> & { readonly loginUrl: string }
  /** What `GET /version` says. */
  readonly version: string
  /** The origin it is reached at. */
  readonly origin: string
  /** How it stands towards applications. */
  readonly server: AuthorizationServer
  callerOf(exchange: Exchange): Caller
}

export interface NhostOptions {
  /** Where it is mounted: `/nhost/v1`. Clients know the refresh route by its end, `/v1/token`. */
  readonly path: string
  /** The origin it is reached at. Default the server's. */
  readonly url?: string | undefined
  /** What a sign-up with a taken address is told; `classic` is `email-already-in-use`, `current` is `user-already-exists`. Default `classic`. */
  readonly takenEmail?: 'classic' | 'current'
  /** Tells `invalid-request` in place of everything that says something about an account. Default false. */
  readonly concealErrors?: boolean
  /** Whether signing in by code or link makes an account for an address that nobody has. Default true. */
  readonly autoSignUp?: boolean
  /** Whether accounts without a picture are shown with their Gravatar. Default true. */
  readonly gravatar?: boolean
  /** What Gravatar shows of an address that it has no picture for; one of its own words. Default `blank`. */
  readonly gravatarDefault?: string
  /** Up to which of Gravatar's ratings. Default `g`. */
  readonly gravatarRating?: string
  /** Whether mails say in their headers what they carry. Default true. */
  readonly mailHeaders?: boolean
  /** Whether changes to an account need the claim of an elevation: never, of whoever has a security key, or always. Default never. */
  readonly elevation?: 'disabled' | 'recommended' | 'required'
  /** What counts as having a way to elevate: security keys alone, or every way that `GET /elevate` lists. Default keys. */
  readonly elevationBy?: 'keys' | 'any'
  /** The app's page that asks whether an application may act for somebody. Default `/oauth2/login` of the site. */
  readonly loginUrl?: string | undefined
}

export function createNhost(core: Core, options: NhostOptions, version: string): Nhost {
  const origin = options.url ?? core.settings.publicUrl
  const { mailHeaders = true } = options
  const manners = nhostManners({ url: origin + options.path, siteUrl: core.settings.siteUrl, mailHeaders })
  const { takenEmail = 'classic', concealErrors = false, autoSignUp = true } = options
  const { gravatar = true, gravatarDefault = 'blank', gravatarRating = 'g' } = options
  const { elevation = 'disabled', elevationBy = 'keys' } = options
  const { loginUrl = `${core.settings.siteUrl}/oauth2/login` } = options
  const picturing = { gravatar, gravatarDefault, gravatarRating }
  return {
    core,
    manners,
    version,
    origin,
    server: nhostServer(origin + options.path, picturing),
    options: {
      path: options.path,
      ...{ takenEmail, concealErrors, autoSignUp, elevation, elevationBy, loginUrl },
      ...picturing,
    },
    callerOf: (exchange) => callerOf(exchange, manners),
  }
}
