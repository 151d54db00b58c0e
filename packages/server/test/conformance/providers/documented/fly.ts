import type { Documented } from '../../../world/documented-provider.ts'

export const fly: Documented = {
  id: 'fly',
  authorize: { path: '/oauth/authorize', scope: 'read' },
  token: {
    path: '/oauth/token',
    auth: 'post',
    answer: () => ({ expires_in: 7200, refresh_token: 'r', scope: 'read', created_at: 1_687_539_024 }),
  },
  reads: {
    'GET /oauth/token/info': {
      answer: ({ email }) => ({
        resource_owner_id: 'lgwzr9r9wj',
        scope: ['read'],
        expires_in: 7200,
        application: { uid: 'W2jk' },
        created_at: 1_687_539_024,
        user_id: 'yzgejpo7lg3mwnx8',
        user_name: 'Annie',
        email,
        organizations: [{ id: 'lyoe7xw1', role: 'admin' }],
      }),
    },
  },
  profile: { subject: 'yzgejpo7lg3mwnx8', email: 'unverified', name: 'Annie' },
}
