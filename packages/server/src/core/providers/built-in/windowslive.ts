import { subject, text } from '../facts.ts'
import type { Provider } from '../provider.ts'

/** https://learn.microsoft.com/onedrive/developer/rest-api/getting-started/msa-oauth */
export const windowslive: Provider = {
  id: 'windowslive',
  name: 'Windows Live',
  kind: 'oauth2',
  scopes: ['wl.basic', 'wl.emails'],
  // It tells addresses and not whether they were ever proved (S36).
  verifiesEmail: false,
  endpoints: ({ url }) => ({
    authorization: `${url ?? 'https://login.live.com'}/oauth20_authorize.srf`,
    token: `${url ?? 'https://login.live.com'}/oauth20_token.srf`,
    userinfo: `${url ?? 'https://apis.live.net'}/v5.0/me`,
  }),
  profile: (user) => ({
    subject: subject(user, 'id'),
    email: text(user, 'emails.preferred') ?? text(user, 'emails.account'),
    emailVerified: false,
    name: text(user, 'name'),
  }),
}
