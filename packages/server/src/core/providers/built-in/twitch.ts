import { at, record, records, subject, text } from '../facts.ts'
import type { Provider } from '../provider.ts'

/** https://dev.twitch.tv/docs/authentication/getting-tokens-oauth */
export const twitch: Provider = {
  id: 'twitch',
  name: 'Twitch',
  kind: 'oauth2',
  scopes: ['user:read:email'],
  verifiesEmail: true,
  endpoints: ({ url }) => ({
    authorization: `${url ?? 'https://id.twitch.tv'}/oauth2/authorize`,
    token: `${url ?? 'https://id.twitch.tv'}/oauth2/token`,
    userinfo: `${url ?? 'https://api.twitch.tv'}/helix/users`,
  }),
  // Its interface wants to know who asks, besides for whom.
  async source({ endpoints, settings, read }) {
    const headers = { 'client-id': settings.clientIds[0] ?? '' }
    return records(at(record(await read(endpoints.userinfo ?? '', { headers })), 'data'))[0] ?? {}
  },
  profile: (user) => ({
    subject: subject(user, 'id'),
    email: text(user, 'email'),
    // By its reference the field is "the user's verified email address", and missing where there is none.
    emailVerified: text(user, 'email') !== null,
    name: text(user, 'display_name'),
    username: text(user, 'login'),
    avatarUrl: text(user, 'profile_image_url'),
  }),
}
