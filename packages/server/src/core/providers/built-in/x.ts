import { at, record, subject, text } from '../facts.ts'
import type { Provider } from '../provider.ts'

const fields = 'confirmed_email,profile_image_url'

/** https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code */
export const x: Provider = {
  id: 'x',
  name: 'X',
  kind: 'oauth2',
  // Who reads a user must be able to read posts, says its reference.
  scopes: ['users.email', 'tweet.read', 'users.read', 'offline.access'],
  verifiesEmail: true,
  endpoints: ({ url }) => ({
    authorization: `${url ?? 'https://x.com'}/i/oauth2/authorize`,
    token: `${url ?? 'https://api.x.com'}/2/oauth2/token`,
    userinfo: `${url ?? 'https://api.x.com'}/2/users/me?user.fields=${fields}`,
  }),
  source: async ({ endpoints, read }) => record(at(record(await read(endpoints.userinfo ?? '')), 'data')),
  profile: (user) => ({
    subject: subject(user, 'id'),
    // Shown once it is confirmed, and not before.
    email: text(user, 'confirmed_email'),
    emailVerified: text(user, 'confirmed_email') !== null,
    name: text(user, 'name'),
    username: text(user, 'username'),
    avatarUrl: text(user, 'profile_image_url'),
  }),
  quirks: { clientAuth: 'basic' },
}
