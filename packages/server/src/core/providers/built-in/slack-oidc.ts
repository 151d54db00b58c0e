import { standardProfile } from '../facts.ts'
import type { Provider } from '../provider.ts'

const team = 'https://slack.com/team_id'

/** https://docs.slack.dev/authentication/sign-in-with-slack */
export const slackOidc: Provider = {
  id: 'slack_oidc',
  name: 'Slack',
  kind: 'oidc',
  scopes: ['openid', 'profile', 'email'],
  verifiesEmail: true,
  endpoints: ({ url = 'https://slack.com' }) => ({
    issuer: url,
    authorization: `${url}/openid/connect/authorize`,
    token: `${url}/api/openid.connect.token`,
    userinfo: `${url}/api/openid.connect.userInfo`,
    jwks: `${url}/openid/connect/keys`,
  }),
  profile(claims) {
    const { more, ...profile } = standardProfile(claims)
    return { ...profile, more: { ...more, ...(typeof claims[team] === 'string' ? { [team]: claims[team] } : {}) } }
  },
  // An app there has to opt in to it.
  quirks: { pkce: false },
}
