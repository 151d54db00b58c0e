import { joined, record, subject, text } from '../facts.ts'
import type { Provider } from '../provider.ts'

/** https://developers.strava.com/docs/authentication */
export const strava: Provider = {
  id: 'strava',
  name: 'Strava',
  kind: 'oauth2',
  scopes: ['profile:read_all'],
  verifiesEmail: false,
  tellsNoEmail: true,
  endpoints: ({ url = 'https://www.strava.com' }) => ({
    authorization: `${url}/oauth/authorize`,
    token: `${url}/api/v3/oauth/token`,
    userinfo: `${url}/api/v3/athlete`,
  }),
  source: async ({ answer, endpoints, read }) => record(answer['athlete'] ?? (await read(endpoints.userinfo ?? ''))),
  profile: (athlete) => ({
    subject: subject(athlete, 'id'),
    email: null,
    emailVerified: false,
    name: joined(text(athlete, 'firstname'), text(athlete, 'lastname')),
    username: text(athlete, 'username'),
    avatarUrl: text(athlete, 'profile'),
  }),
  quirks: { scopeSeparator: ',', pkce: false },
}
