import type { Documented } from '../../../world/documented-provider.ts'

const scope = 'https://auth.snapchat.com/oauth2/api/user'

export const snapchat: Documented = {
  id: 'snapchat',
  authorize: {
    path: '/accounts/oauth2/auth',
    scope: `${scope}.external_id ${scope}.display_name ${scope}.bitmoji.avatar`,
  },
  token: { path: '/accounts/oauth2/token', auth: 'basic', answer: () => ({ refresh_token: 'r' }) },
  reads: {
    'POST /v1/me': {
      headers: { 'content-type': 'application/json' },
      body: (body) => /^\{me\{.*externalId.*\}\}$/.test((JSON.parse(body) as { query: string }).query),
      answer: ({ email }) => ({
        data: {
          me: {
            externalId: 'CAESIPiRBp0e5gLDq7VVurQ3rVdmdbqxpOJWynjyBL',
            displayName: 'Ghost',
            bitmoji: { avatar: 'https://sdk.bitmoji.test/a' },
            email,
          },
        },
        errors: [],
      }),
    },
  },
  profile: {
    subject: 'CAESIPiRBp0e5gLDq7VVurQ3rVdmdbqxpOJWynjyBL',
    email: 'unverified',
    name: 'Ghost',
    avatarUrl: 'https://sdk.bitmoji.test/a',
  },
}
