import { subject, text } from '../facts.ts'
import type { Provider } from '../provider.ts'

/** https://fly.io/docs/reference/extensions_api/#single-sign-on-flow */
export const fly: Provider = {
  id: 'fly',
  name: 'Fly.io',
  kind: 'oauth2',
  scopes: ['read'],
  // It tells an address and not whether it was ever proved (S36).
  verifiesEmail: false,
  endpoints: ({ url = 'https://api.fly.io' }) => ({
    authorization: `${url}/oauth/authorize`,
    token: `${url}/oauth/token`,
    userinfo: `${url}/oauth/token/info`,
  }),
  profile: (info) => ({
    subject: subject(info, 'user_id'),
    email: text(info, 'email'),
    emailVerified: false,
    name: text(info, 'user_name'),
  }),
}
