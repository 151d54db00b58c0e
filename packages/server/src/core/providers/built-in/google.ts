import { keep, standardProfile } from '../facts.ts'
import type { Provider } from '../provider.ts'

/** https://developers.google.com/identity/openid-connect/openid-connect */
export const google: Provider = {
  id: 'google',
  name: 'Google',
  kind: 'oidc',
  scopes: ['openid', 'email', 'profile'],
  verifiesEmail: true,
  endpoints: ({ url }) => ({ issuer: url ?? 'https://accounts.google.com' }),
  profile(claims) {
    const { more, ...profile } = standardProfile(claims)
    return { ...profile, more: { ...more, ...keep(claims, ['hd']) } }
  },
  idTokens: {
    // Tokens of Google's older libraries name themselves without a scheme.
    isIssuer: (issuer, _claims, { url }) =>
      url === undefined ? ['https://accounts.google.com', 'accounts.google.com'].includes(issuer) : issuer === url,
  },
}
