import type { Documented } from '../../../world/documented-provider.ts'

export const gitlab: Documented = {
  id: 'gitlab',
  authorize: { path: '/oauth/authorize', scope: 'read_user' },
  token: {
    path: '/oauth/token',
    auth: 'post',
    answer: () => ({ expires_in: 7200, refresh_token: 'r', created_at: 1_607_635_748 }),
  },
  reads: {
    'GET /api/v4/user': {
      answer: ({ email }) => ({
        id: 1,
        username: 'john_smith',
        email,
        name: 'John Smith',
        state: 'active',
        avatar_url: 'https://gitlab.test/1.jpg',
        confirmed_at: '2012-05-23T09:05:22Z',
        commit_email: 'admin@example.test',
      }),
    },
  },
  profile: {
    subject: '1',
    email: 'verified',
    name: 'John Smith',
    username: 'john_smith',
    avatarUrl: 'https://gitlab.test/1.jpg',
  },
}
