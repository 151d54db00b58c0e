import type { Documented } from '../../../world/documented-provider.ts'

export const figma: Documented = {
  id: 'figma',
  authorize: { path: '/oauth', scope: 'current_user:read' },
  token: {
    path: '/v1/oauth/token',
    auth: 'basic',
    answer: () => ({ user_id_string: '1234567890', expires_in: 7_776_000, refresh_token: 'r' }),
  },
  reads: {
    'GET /v1/me': {
      answer: ({ email }) => ({ id: '1234567890', email, handle: 'Dylan', img_url: 'https://figma.test/d.png' }),
    },
  },
  profile: { subject: '1234567890', email: 'unverified', name: 'Dylan', avatarUrl: 'https://figma.test/d.png' },
}
