import type { Documented } from '../../../world/documented-provider.ts'

/** The same product under its two names. */
export const slack = (id: 'slack' | 'slack_oidc'): Documented => ({
  id,
  authorize: { path: '/openid/connect/authorize', scope: 'openid profile email' },
  token: { path: '/api/openid.connect.token', auth: 'post', pkce: false, answer: () => ({ ok: true }) },
  idToken: {
    keys: '/openid/connect/keys',
    nonce: true,
    claims: ({ email, base }) => ({
      iss: base,
      sub: 'U0R7JM',
      'https://slack.com/user_id': 'U0R7JM',
      'https://slack.com/team_id': 'T0R7GR',
      email,
      email_verified: true,
      date_email_verified: 1_622_128_723,
      locale: 'en-US',
      name: 'krane',
      picture: 'https://secure.gravatar.test/k.jpg',
      given_name: '',
      family_name: '',
    }),
  },
  profile: { subject: 'U0R7JM', email: 'verified', name: 'krane', avatarUrl: 'https://secure.gravatar.test/k.jpg' },
})
