import { at, record, subject, text } from '../facts.ts'
import type { Provider } from '../provider.ts'

const version = { 'notion-version': '2022-06-28' }

/** https://developers.notion.com/docs/authorization */
export const notion: Provider = {
  id: 'notion',
  name: 'Notion',
  kind: 'oauth2',
  scopes: [],
  // It tells an address and not whether it was ever proved (S36).
  verifiesEmail: false,
  endpoints: ({ url = 'https://api.notion.com' }) => ({
    authorization: `${url}/v1/oauth/authorize`,
    token: `${url}/v1/oauth/token`,
    userinfo: `${url}/v1/users/me`,
  }),
  // A token is a bot's; the person is who owns it.
  source: async ({ endpoints, read }) =>
    record(at(record(await read(endpoints.userinfo ?? '', { headers: version })), 'bot.owner.user')),
  profile: (user) => ({
    subject: subject(user, 'id'),
    email: text(user, 'person.email'),
    emailVerified: false,
    name: text(user, 'name'),
    avatarUrl: text(user, 'avatar_url'),
  }),
  quirks: {
    clientAuth: 'basic',
    params: { owner: 'user' },
    callerScopes: 'ignore',
    pkce: false,
    tokenHeaders: version,
  },
}
