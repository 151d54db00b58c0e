import type { JsonObject } from '../../users/user.ts'
import { isTrue, keep, subject, text } from '../facts.ts'
import type { Provider } from '../provider.ts'

/** https://discord.com/developers/docs/topics/oauth2 */
export const discord: Provider = {
  id: 'discord',
  name: 'Discord',
  kind: 'oauth2',
  scopes: ['identify', 'email'],
  verifiesEmail: true,
  endpoints: ({ url = 'https://discord.com' }) => ({
    authorization: `${url}/api/oauth2/authorize`,
    token: `${url}/api/oauth2/token`,
    userinfo: `${url}/api/users/@me`,
  }),
  profile: (user) => ({
    subject: subject(user, 'id'),
    email: text(user, 'email'),
    // One flag for the account, and the account has this one address.
    emailVerified: isTrue(user, 'verified'),
    name: text(user, 'global_name') ?? text(user, 'username'),
    username: text(user, 'username'),
    avatarUrl: avatarOf(user),
    more: keep(user, ['locale']),
  }),
}

/** https://discord.com/developers/docs/reference#image-formatting */
function avatarOf(user: JsonObject): string | null {
  const [id, hash] = [text(user, 'id'), text(user, 'avatar')]
  if (id === null || hash === null || !/^\w+$/.test(hash)) return null
  return `https://cdn.discordapp.com/avatars/${id}/${hash}.${hash.startsWith('a_') ? 'gif' : 'png'}`
}
