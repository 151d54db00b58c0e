import type { Documented } from '../../../world/documented-provider.ts'

import { clientId } from '../../../world/documented-provider.ts'

export const twitch: Documented = {
  id: 'twitch',
  authorize: { path: '/oauth2/authorize', scope: 'user:read:email' },
  token: {
    path: '/oauth2/token',
    auth: 'post',
    answer: () => ({ expires_in: 14_124, refresh_token: 'r', scope: ['user:read:email'], token_type: 'bearer' }),
  },
  reads: {
    'GET /helix/users': {
      headers: { 'client-id': clientId },
      answer: ({ email }) => ({
        data: [
          {
            id: '141981764',
            login: 'twitchdev',
            display_name: 'TwitchDev',
            type: '',
            profile_image_url: 'https://static.twitch.test/p.png',
            email,
            created_at: '2016-12-14T20:32:28Z',
          },
        ],
      }),
    },
  },
  profile: {
    subject: '141981764',
    email: 'verified',
    name: 'TwitchDev',
    username: 'twitchdev',
    avatarUrl: 'https://static.twitch.test/p.png',
  },
}
