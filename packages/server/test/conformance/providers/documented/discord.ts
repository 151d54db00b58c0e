import type { Documented } from '../../../world/documented-provider.ts'

export const discord: Documented = {
  id: 'discord',
  authorize: { path: '/api/oauth2/authorize', scope: 'identify email' },
  token: {
    path: '/api/oauth2/token',
    auth: 'post',
    answer: () => ({ expires_in: 604_800, refresh_token: 'r', scope: 'identify email' }),
  },
  reads: {
    'GET /api/users/@me': {
      answer: ({ email }) => ({
        id: '80351110224678912',
        username: 'nelly',
        discriminator: '0',
        global_name: 'Nelly',
        avatar: '8342729096ea3675442027381ff50dfe',
        verified: true,
        email,
        locale: 'en-US',
        flags: 64,
      }),
    },
  },
  profile: {
    subject: '80351110224678912',
    email: 'verified',
    name: 'Nelly',
    username: 'nelly',
    avatarUrl: 'https://cdn.discordapp.com/avatars/80351110224678912/8342729096ea3675442027381ff50dfe.png',
  },
}
