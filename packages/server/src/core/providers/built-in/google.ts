import { Refusal } from '../../../base/errors.ts'
import { keep, standardProfile, text } from '../facts.ts'
import type { Provider } from '../provider.ts'

/** https://developers.google.com/identity/openid-connect/openid-connect */
export const google: Provider = {
  id: 'google',
  name: 'Google',
  kind: 'oidc',
  scopes: ['openid', 'email', 'profile'],
  verifiesEmail: true,
  endpoints: ({ url }) => ({ issuer: url ?? 'https://accounts.google.com' }),
  profile(claims, { settings }) {
    refuseOtherDomains(text(claims, 'hd'), settings.options['hostedDomains'])
    const { more, ...profile } = standardProfile(claims)
    return { ...profile, more: { ...more, ...keep(claims, ['hd']) } }
  },
  options: {
    hostedDomains: {
      about: 'Google: Workspace domains people must belong to, as a comma list; read from the ID token.',
    },
  },
  idTokens: {
    // Tokens of Google's older libraries name themselves without a scheme.
    isIssuer: (issuer, _claims, { url }) =>
      url === undefined ? ['https://accounts.google.com', 'accounts.google.com'].includes(issuer) : issuer === url,
  },
}

/** What a request asks for with `hd` is a hint; whether somebody belongs to a domain is said by the token alone (S72). */
function refuseOtherDomains(hd: string | null, allowed: string | undefined): void {
  if (allowed === undefined) return
  const domains = allowed.split(',').map((domain) => domain.trim().toLowerCase())
  if (hd === null || !domains.includes(hd.toLowerCase()))
    throw new Refusal('access_denied', {
      details: { reason: 'domain', error: 'access_denied', description: 'This account is of another organisation.' },
    })
}
