import type { Purpose } from '../../core/tickets/ticket.ts'
import type { MailLink, Manners } from '../../flows/caller.ts'

/** What `type` a mailed link of each purpose carries. */
const linkTypes: Readonly<Partial<Record<Purpose, string>>> = {
  sign_up: 'signup',
  sign_in: 'magiclink',
  recovery: 'recovery',
  invite: 'invite',
  email_change: 'email_change',
  email_change_current: 'email_change',
}

/** Marks the hash of a link whose requester left a challenge. */
const pkcePrefix = 'pkce_'

const tokenHash = ({ token, pkce }: Pick<MailLink, 'token' | 'pkce'>): string => (pkce ? pkcePrefix + token : token)

/** The token within a hash as mailed. */
export function tokenOfHash(hash: string): string {
  return hash.startsWith(pkcePrefix) ? hash.slice(pkcePrefix.length) : hash
}

/** Whether a hash says that its requester left a challenge. */
export function isPkceHash(hash: string): boolean {
  return hash.startsWith(pkcePrefix)
}

/** As upstream, what needs no escape in a query (RFC 3986 §3.4) has none. */
function asValue(redirectTo: string): string {
  return /^[\w:/?.~@!$'()*,;-]*$/.test(redirectTo) ? redirectTo : encodeURIComponent(redirectTo)
}

/** How this dialect's mails look. @param place.url public address of the mount */
export function supabaseManners(place: { readonly url: string; readonly siteUrl: string }): Manners {
  return {
    name: 'supabase',
    secondFactor: 'step_up',
    mailLink(link) {
      const redirect = asValue(link.redirectTo ?? place.siteUrl)
      return `${place.url}/verify?token=${tokenHash(link)}&type=${linkTypes[link.purpose] ?? link.purpose}&redirect_to=${redirect}`
    },
    tokenHash,
  }
}
