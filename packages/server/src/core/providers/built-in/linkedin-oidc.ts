import { isTrueAsText, standardProfile } from '../facts.ts'
import type { Provider } from '../provider.ts'

/** https://learn.microsoft.com/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2 */
export const linkedinOidc: Provider = {
  id: 'linkedin_oidc',
  name: 'LinkedIn',
  kind: 'oidc',
  scopes: ['openid', 'profile', 'email'],
  verifiesEmail: true,
  endpoints: ({ url }) => ({
    issuer: `${url ?? 'https://www.linkedin.com'}/oauth`,
    authorization: `${url ?? 'https://www.linkedin.com'}/oauth/v2/authorization`,
    token: `${url ?? 'https://www.linkedin.com'}/oauth/v2/accessToken`,
    userinfo: `${url ?? 'https://api.linkedin.com'}/v2/userinfo`,
    jwks: `${url ?? 'https://www.linkedin.com'}/oauth/openid/jwks`,
  }),
  profile: (claims) => ({ ...standardProfile(claims), emailVerified: isTrueAsText(claims, 'email_verified') }),
  // It refuses a verifier and returns no nonce.
  quirks: { pkce: false, nonce: false },
  idTokens: {
    // Its documentation shows the one, its documents name the other.
    isIssuer: (issuer, _claims, { url = 'https://www.linkedin.com' }) => issuer === url || issuer === `${url}/oauth`,
    // Without a nonce one is good for whoever holds it.
    handed: false,
  },
}
