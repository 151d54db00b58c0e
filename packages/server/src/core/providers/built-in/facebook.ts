import { createHmac } from 'node:crypto'
import { record, standardProfile, subject, text } from '../facts.ts'
import type { Facts, Provider } from '../provider.ts'

const graph = 'https://graph.facebook.com/v21.0'

/** https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow */
export const facebook: Provider = {
  id: 'facebook',
  name: 'Facebook',
  kind: 'oauth2',
  scopes: ['email'],
  // It tells an address and not whether it was ever proved (S36).
  verifiesEmail: false,
  endpoints: () => ({
    issuer: 'https://www.facebook.com',
    authorization: 'https://www.facebook.com/v21.0/dialog/oauth',
    token: `${graph}/oauth/access_token`,
    userinfo: `${graph}/me?fields=id,email,name,picture`,
    jwks: 'https://www.facebook.com/.well-known/oauth/openid/jwks/',
  }),
  source: async (facts) => record(await facts.read(`${facts.endpoints.userinfo}&appsecret_proof=${proofOf(facts)}`)),
  profile: (user) => ({
    subject: subject(user, 'id'),
    email: text(user, 'email'),
    emailVerified: false,
    name: text(user, 'name'),
    avatarUrl: text(user, 'picture.data.url'),
  }),
  quirks: { scopeSeparator: ',' },
  // Its SDKs put a nonce of their own into the token where the app has none.
  idTokens: { skipsNonce: true, profile: (claims) => ({ ...standardProfile(claims), emailVerified: false }) },
}

/** Shows that a server which knows the app's secret is asking, not somebody who found a token. */
function proofOf({ settings, accessToken }: Facts): string {
  return createHmac('sha256', settings.clientSecret ?? '')
    .update(accessToken)
    .digest('hex')
}
