import type { Documented } from '../../../world/documented-provider.ts'

const version = { 'notion-version': '2022-06-28' }
const user = (email: string) => ({
  object: 'user',
  id: 'd40e767c-d7af-4b18-a86d-55c61f1e39a4',
  type: 'person',
  person: { email },
  name: 'Avocado Lovelace',
  avatar_url: 'https://notion.test/a.jpg',
})

export const notion: Documented = {
  id: 'notion',
  authorize: { path: '/v1/oauth/authorize', scope: null, params: { owner: 'user' } },
  token: {
    path: '/v1/oauth/token',
    auth: 'basic',
    pkce: false,
    headers: version,
    answer: ({ email }) => ({
      bot_id: 'b3414d65',
      expires_in: null,
      workspace_id: 'j565j4d7',
      owner: { type: 'user', user: user(email) },
      token_type: 'bearer',
    }),
  },
  reads: {
    'GET /v1/users/me': {
      headers: version,
      answer: ({ email }) => ({
        object: 'user',
        id: 'b3414d65',
        type: 'bot',
        name: 'The app',
        bot: { owner: { type: 'user', user: user(email) } },
      }),
    },
  },
  profile: {
    subject: 'd40e767c-d7af-4b18-a86d-55c61f1e39a4',
    email: 'unverified',
    name: 'Avocado Lovelace',
    avatarUrl: 'https://notion.test/a.jpg',
  },
}
