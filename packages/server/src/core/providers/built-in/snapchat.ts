import { at, record, standardProfile, subject, text } from '../facts.ts'
import type { Provider } from '../provider.ts'

const scope = 'https://auth.snapchat.com/oauth2/api/user'

/** https://developers.snap.com/snap-kit/login-kit */
export const snapchat: Provider = {
  id: 'snapchat',
  name: 'Snapchat',
  kind: 'oauth2',
  scopes: [`${scope}.external_id`, `${scope}.display_name`, `${scope}.bitmoji.avatar`],
  // Most apps are told no address, and none whether it was ever proved (S36).
  verifiesEmail: false,
  endpoints: ({ url }) => ({
    issuer: `${url ?? 'https://accounts.snapchat.com'}/accounts/oauth2/token`,
    authorization: `${url ?? 'https://accounts.snapchat.com'}/accounts/oauth2/auth`,
    token: `${url ?? 'https://accounts.snapchat.com'}/accounts/oauth2/token`,
    userinfo: `${url ?? 'https://kit.snapchat.com'}/v1/me`,
  }),
  async source({ endpoints, read }) {
    const json = { query: '{me{externalId displayName bitmoji{avatar} email}}' }
    return record(at(record(await read(endpoints.userinfo ?? '', { json })), 'data.me'))
  },
  profile: (me) => ({
    subject: subject(me, 'externalId'),
    email: text(me, 'email'),
    emailVerified: false,
    name: text(me, 'displayName'),
    avatarUrl: text(me, 'bitmoji.avatar'),
  }),
  quirks: { clientAuth: 'basic' },
  idTokens: { profile: (claims) => ({ ...standardProfile(claims), emailVerified: false }) },
}
