import { at, joined, subject, text } from '../facts.ts'
import type { Provider } from '../provider.ts'

/** https://developers.zoom.us/docs/integrations/oauth */
export const zoom: Provider = {
  id: 'zoom',
  name: 'Zoom',
  kind: 'oauth2',
  // An app's scopes are set there, not asked for.
  scopes: [],
  verifiesEmail: true,
  endpoints: ({ url }) => ({
    authorization: `${url ?? 'https://zoom.us'}/oauth/authorize`,
    token: `${url ?? 'https://zoom.us'}/oauth/token`,
    userinfo: `${url ?? 'https://api.zoom.us'}/v2/users/me`,
  }),
  profile: (user) => ({
    subject: subject(user, 'id'),
    email: text(user, 'email'),
    // A number by its reference, and 1 only where the mail to that address was answered.
    emailVerified: at(user, 'verified') === 1,
    name: text(user, 'display_name') ?? joined(text(user, 'first_name'), text(user, 'last_name')),
    avatarUrl: text(user, 'pic_url'),
  }),
  quirks: { clientAuth: 'basic', callerScopes: 'ignore' },
}
