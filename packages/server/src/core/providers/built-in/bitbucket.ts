import { isTrue, record, records, subject, text } from '../facts.ts'
import type { Provider } from '../provider.ts'

/** https://developer.atlassian.com/cloud/bitbucket/oauth-2 */
export const bitbucket: Provider = {
  id: 'bitbucket',
  name: 'Bitbucket',
  kind: 'oauth2',
  scopes: ['account', 'email'],
  verifiesEmail: true,
  endpoints: ({ url }) => ({
    authorization: `${url ?? 'https://bitbucket.org'}/site/oauth2/authorize`,
    token: `${url ?? 'https://bitbucket.org'}/site/oauth2/access_token`,
    userinfo: `${url ?? 'https://api.bitbucket.org'}/2.0/user`,
  }),
  // Names can be changed and taken by somebody else; the address is in a list of its own.
  async profile(user, { endpoints, read }) {
    const emails = records(record(await read(`${endpoints.userinfo}/emails`))['values'])
    const primary =
      emails.find((one) => isTrue(one, 'is_primary')) ?? emails.find((one) => isTrue(one, 'is_confirmed')) ?? {}
    return {
      subject: subject(user, 'uuid'),
      email: text(primary, 'email'),
      emailVerified: isTrue(primary, 'is_confirmed'),
      name: text(user, 'display_name'),
      username: text(user, 'nickname'),
      avatarUrl: text(user, 'links.avatar.href'),
    }
  },
  quirks: { callerScopes: 'ignore' },
}
