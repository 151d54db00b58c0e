import type { Documented } from '../../../world/documented-provider.ts'

export const spotify: Documented = {
  id: 'spotify',
  authorize: { path: '/authorize', scope: 'user-read-email' },
  token: {
    path: '/api/token',
    auth: 'basic',
    answer: () => ({ scope: 'user-read-email', refresh_token: 'r' }),
  },
  reads: {
    'GET /v1/me': {
      answer: ({ email }) => ({
        display_name: 'Wizzler',
        email,
        id: 'wizzler',
        images: [{ url: 'https://i.spotify.test/a', height: 300, width: 300 }],
        product: 'premium',
        type: 'user',
      }),
    },
  },
  profile: { subject: 'wizzler', email: 'unverified', name: 'Wizzler', avatarUrl: 'https://i.spotify.test/a' },
}
