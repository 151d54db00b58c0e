import { subject, text } from '../facts.ts'
import type { Provider } from '../provider.ts'

const asked = 'include_email=true&include_entities=false&skip_status=true'

/** https://docs.x.com/fundamentals/authentication/oauth-1-0a: client id and secret are the consumer key and its secret. */
export const twitter: Provider = {
  id: 'twitter',
  name: 'Twitter',
  kind: 'oauth2',
  scopes: [],
  verifiesEmail: true,
  endpoints: ({ url = 'https://api.twitter.com' }) => ({
    temporary: `${url}/oauth/request_token`,
    authorization: `${url}/oauth/authenticate`,
    token: `${url}/oauth/access_token`,
    userinfo: `${url}/1.1/account/verify_credentials.json?${asked}`,
  }),
  profile: (user) => ({
    // The number beside it has more digits than a JSON number holds.
    subject: subject(user, 'id_str'),
    // By its reference null where there is none or it is not verified.
    email: text(user, 'email'),
    emailVerified: text(user, 'email') !== null,
    name: text(user, 'name'),
    username: text(user, 'screen_name'),
    avatarUrl: text(user, 'profile_image_url_https'),
  }),
  quirks: { callerScopes: 'ignore' },
}
