import type { Documented } from '../../../world/documented-provider.ts'

export const bitbucket: Documented = {
  id: 'bitbucket',
  authorize: { path: '/site/oauth2/authorize', scope: 'account email' },
  token: {
    path: '/site/oauth2/access_token',
    auth: 'post',
    answer: () => ({ scopes: 'account email', expires_in: 7200, refresh_token: 'r', state: 'authorization_code' }),
  },
  reads: {
    'GET /2.0/user': {
      answer: () => ({
        type: 'user',
        uuid: '{a54f16da-24e9-4d7f-a3a7-b1ba2cd98aa3}',
        account_id: '557058:c0b72ad0',
        display_name: 'Emma Example',
        nickname: 'emmap1',
        links: { avatar: { href: 'https://bitbucket.test/emma.png' } },
      }),
    },
    'GET /2.0/user/emails': {
      answer: ({ email }) => ({
        page: 1,
        values: [
          { type: 'email', email: 'other@example.test', is_primary: false, is_confirmed: true },
          { type: 'email', email, is_primary: true, is_confirmed: true },
        ],
      }),
    },
  },
  profile: {
    subject: '{a54f16da-24e9-4d7f-a3a7-b1ba2cd98aa3}',
    email: 'verified',
    name: 'Emma Example',
    username: 'emmap1',
    avatarUrl: 'https://bitbucket.test/emma.png',
  },
}
