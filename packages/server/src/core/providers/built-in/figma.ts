import { subject, text } from '../facts.ts'
import type { Provider } from '../provider.ts'

/** https://developers.figma.com/docs/rest-api/authentication */
export const figma: Provider = {
  id: 'figma',
  name: 'Figma',
  kind: 'oauth2',
  scopes: ['current_user:read'],
  // It tells an address and not whether it was ever proved (S36).
  verifiesEmail: false,
  endpoints: ({ url }) => ({
    authorization: `${url ?? 'https://www.figma.com'}/oauth`,
    token: `${url ?? 'https://api.figma.com'}/v1/oauth/token`,
    userinfo: `${url ?? 'https://api.figma.com'}/v1/me`,
  }),
  profile: (user) => ({
    subject: subject(user, 'id'),
    email: text(user, 'email'),
    emailVerified: false,
    name: text(user, 'handle'),
    avatarUrl: text(user, 'img_url'),
  }),
  quirks: { clientAuth: 'basic' },
}
