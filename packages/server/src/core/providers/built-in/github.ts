import { isTrue, records, subject, text } from '../facts.ts'
import type { Provider } from '../provider.ts'

/** https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps */
export const github: Provider = {
  id: 'github',
  name: 'GitHub',
  kind: 'oauth2',
  scopes: ['user:email'],
  verifiesEmail: true,
  endpoints({ url }) {
    const host = url ?? 'https://github.com'
    const api = url === undefined ? 'https://api.github.com' : `${url}/api/v3`
    return {
      issuer: `${host}/login/oauth`,
      authorization: `${host}/login/oauth/authorize`,
      token: `${host}/login/oauth/access_token`,
      userinfo: `${api}/user`,
    }
  },
  // The public profile shows any address or none; which of them are proved, only the list says.
  async profile(user, { endpoints, read }) {
    const emails = records(await read(`${endpoints.userinfo}/emails`))
    const primary = emails.find((one) => isTrue(one, 'primary')) ?? emails.find((one) => isTrue(one, 'verified')) ?? {}
    return {
      subject: subject(user, 'id'),
      email: text(primary, 'email'),
      emailVerified: isTrue(primary, 'verified'),
      name: text(user, 'name'),
      username: text(user, 'login'),
      avatarUrl: text(user, 'avatar_url'),
    }
  },
}
