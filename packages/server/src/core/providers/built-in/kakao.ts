import { isTrue, subject, text } from '../facts.ts'
import type { Provider } from '../provider.ts'

/** https://developers.kakao.com/docs/latest/en/kakaologin/rest-api */
export const kakao: Provider = {
  id: 'kakao',
  name: 'Kakao',
  kind: 'oauth2',
  scopes: ['account_email', 'profile_image', 'profile_nickname'],
  verifiesEmail: true,
  endpoints: () => ({
    issuer: 'https://kauth.kakao.com',
    authorization: 'https://kauth.kakao.com/oauth/authorize',
    token: 'https://kauth.kakao.com/oauth/token',
    userinfo: 'https://kapi.kakao.com/v2/user/me',
    jwks: 'https://kauth.kakao.com/.well-known/jwks.json',
  }),
  profile: (user) => ({
    subject: subject(user, 'id'),
    email: text(user, 'kakao_account.email'),
    // An address that was proved once and belongs to somebody else since is no longer valid.
    emailVerified: isTrue(user, 'kakao_account.is_email_valid') && isTrue(user, 'kakao_account.is_email_verified'),
    name: text(user, 'kakao_account.profile.nickname'),
    avatarUrl: text(user, 'kakao_account.profile.profile_image_url')?.replace(/^http:/, 'https:') ?? null,
  }),
  idTokens: {},
}
