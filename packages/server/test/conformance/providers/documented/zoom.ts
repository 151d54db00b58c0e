import type { Documented } from '../../../world/documented-provider.ts'

export const zoom: Documented = {
  id: 'zoom',
  authorize: { path: '/oauth/authorize', scope: null },
  token: {
    path: '/oauth/token',
    auth: 'basic',
    answer: () => ({ refresh_token: 'r', expires_in: 3599, scope: 'user:read:user' }),
  },
  reads: {
    'GET /v2/users/me': {
      answer: ({ email }) => ({
        id: 'KDcuGIm1QgePTO8WbOqwIQ',
        first_name: 'Jill',
        last_name: 'Chill',
        display_name: 'Jill Chill',
        email,
        type: 2,
        verified: 1,
        login_types: [100],
        pic_url: 'https://zoom.test/p/abc',
      }),
    },
  },
  profile: {
    subject: 'KDcuGIm1QgePTO8WbOqwIQ',
    email: 'verified',
    name: 'Jill Chill',
    avatarUrl: 'https://zoom.test/p/abc',
  },
}
