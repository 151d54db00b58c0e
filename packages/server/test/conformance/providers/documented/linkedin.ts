import type { Documented } from '../../../world/documented-provider.ts'

/** The same product under its two names. */
export const linkedin = (id: 'linkedin' | 'linkedin_oidc'): Documented => ({
  id,
  authorize: { path: '/oauth/v2/authorization', scope: 'openid profile email' },
  token: {
    path: '/oauth/v2/accessToken',
    auth: 'post',
    pkce: false,
    answer: () => ({ scope: 'email,openid,profile' }),
  },
  idToken: {
    keys: '/oauth/openid/jwks',
    nonce: false,
    claims: ({ email, base }) => ({
      iss: `${base}/oauth`,
      sub: '782bbtaQ',
      name: 'John Doe',
      given_name: 'John',
      family_name: 'Doe',
      picture: 'https://media.licdn.test/p.jpg',
      locale: 'en_US',
      email,
      email_verified: 'true',
    }),
  },
  profile: { subject: '782bbtaQ', email: 'verified', name: 'John Doe', avatarUrl: 'https://media.licdn.test/p.jpg' },
})
