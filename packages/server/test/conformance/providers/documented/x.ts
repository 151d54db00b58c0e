import type { Documented } from '../../../world/documented-provider.ts'

export const x: Documented = {
  id: 'x',
  authorize: { path: '/i/oauth2/authorize', scope: 'users.email tweet.read users.read offline.access' },
  token: {
    path: '/2/oauth2/token',
    auth: 'basic',
    answer: () => ({
      token_type: 'bearer',
      expires_in: 7200,
      refresh_token: 'r',
      scope: 'users.email users.read tweet.read offline.access',
    }),
  },
  reads: {
    'GET /2/users/me?user.fields=confirmed_email,profile_image_url': {
      answer: ({ email }) => ({
        data: {
          id: '2244994945',
          name: 'X Dev',
          username: 'TwitterDev',
          confirmed_email: email,
          profile_image_url: 'https://pbs.twimg.test/p.jpg',
        },
      }),
    },
  },
  profile: {
    subject: '2244994945',
    email: 'verified',
    name: 'X Dev',
    username: 'TwitterDev',
    avatarUrl: 'https://pbs.twimg.test/p.jpg',
  },
}
