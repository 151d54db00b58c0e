import { subject, text } from '../facts.ts'
import type { Provider } from '../provider.ts'

/** https://docs.gitlab.com/api/oauth2 */
export const gitlab: Provider = {
  id: 'gitlab',
  name: 'GitLab',
  kind: 'oauth2',
  scopes: ['read_user'],
  verifiesEmail: true,
  endpoints: ({ url = 'https://gitlab.com' }) => ({
    authorization: `${url}/oauth/authorize`,
    token: `${url}/oauth/token`,
    userinfo: `${url}/api/v4/user`,
  }),
  profile: (user) => ({
    subject: subject(user, 'id'),
    // A new address takes the place of this one only once it is confirmed.
    email: text(user, 'email'),
    emailVerified: text(user, 'confirmed_at') !== null,
    name: text(user, 'name'),
    username: text(user, 'username'),
    avatarUrl: text(user, 'avatar_url'),
  }),
}
