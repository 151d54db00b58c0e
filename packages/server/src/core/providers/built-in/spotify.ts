import { at, records, subject, text } from '../facts.ts'
import type { Provider } from '../provider.ts'

/** https://developer.spotify.com/documentation/web-api/tutorials/code-flow */
export const spotify: Provider = {
  id: 'spotify',
  name: 'Spotify',
  kind: 'oauth2',
  scopes: ['user-read-email'],
  // Its documentation warns that there is no proof that the address belongs to the user (S36).
  verifiesEmail: false,
  endpoints: ({ url }) => ({
    authorization: `${url ?? 'https://accounts.spotify.com'}/authorize`,
    token: `${url ?? 'https://accounts.spotify.com'}/api/token`,
    userinfo: `${url ?? 'https://api.spotify.com'}/v1/me`,
  }),
  profile: (user) => ({
    subject: subject(user, 'id'),
    email: text(user, 'email'),
    emailVerified: false,
    name: text(user, 'display_name'),
    avatarUrl: text(records(at(user, 'images'))[0] ?? {}, 'url'),
  }),
  quirks: { clientAuth: 'basic' },
}
