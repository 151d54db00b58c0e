import type { SsoInfo } from '../api/types.ts'
import { facing, type Reply } from '../base/result.ts'
import type { Client } from '../client.ts'
import { insideOf } from '../inside.ts'
import { type Organisation, ssoAddress } from './sso-address.ts'

/** How to go there. */
export interface SsoSignIn {
  /** `redirect` leaves this page; `url` only tells where to go. Default `redirect`. */
  readonly mode?: 'redirect' | 'url'
  /** Where to come back to; must be on the server's list. Default: the client's, else this page without its query. */
  readonly redirectTo?: string
}

/** Signing in at one's own organisation (SAML 2.0). */
export interface Sso<Throws extends boolean = false> {
  /**
   * Whose domain it is: for a form that asks for an address first. `sso_provider_not_found` where it is nobody's.
   * @example
   * const { data } = await sso.find('acme.com')
   */
  find(domain: string): Reply<SsoInfo, Throws>
  /**
   * Goes to the organisation. The page that people come back to needs no more than to make the client.
   * @throws TypeError for an address without a domain
   * @example
   * await sso.signIn({ email: 'ada@acme.com' })
   */
  signIn(organisation: Organisation, input?: SsoSignIn): Reply<{ readonly url: string }, Throws>
}

/**
 * Organisations of a client.
 * @throws TypeError for what is no client of this package
 * @example
 * const sso = createSso(auth)
 */
export function createSso<Throws extends boolean>(client: Client<Throws>): Sso<Throws> {
  const within = insideOf(client)
  const { send, runtime, throws } = within
  return facing<Sso<Throws>>(
    {
      find: (domain: string) => send<SsoInfo>({ method: 'GET', path: '/sso', query: { domain } }),
      async signIn(organisation: Organisation, { mode = 'redirect', ...input }: SsoSignIn = {}) {
        const url = await ssoAddress(within, organisation, input)
        if (mode === 'redirect') runtime.page?.leave(url)
        return { url }
      },
    },
    throws,
  )
}
