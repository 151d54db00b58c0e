import type { Documented } from '../../../world/documented-provider.ts'

export const strava: Documented = {
  id: 'strava',
  authorize: { path: '/oauth/authorize', scope: 'profile:read_all' },
  token: {
    path: '/api/v3/oauth/token',
    auth: 'post',
    pkce: false,
    answer: () => ({
      expires_at: 1_568_775_134,
      expires_in: 21_600,
      refresh_token: 'r',
      athlete: {
        id: 227_615,
        username: 'marianne_v',
        resource_state: 2,
        firstname: 'Marianne',
        lastname: 'V.',
        profile: 'https://xxxxxx.cloudfront.test/large.jpg',
      },
    }),
  },
  profile: {
    subject: '227615',
    email: 'none',
    name: 'Marianne V.',
    username: 'marianne_v',
    avatarUrl: 'https://xxxxxx.cloudfront.test/large.jpg',
  },
}
