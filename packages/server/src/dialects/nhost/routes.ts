import { signedIn } from '../../gate/bearer.ts'
import { limited } from '../../gate/limited.ts'
import { sameOriginOrListed } from '../../http/csrf.ts'
import type { Route } from '../../http/route.ts'
import type { Nhost } from './dialect.ts'
import { elevatedScheme } from './present-error.ts'
import { getHealth, getJwks, getVersion } from './service.ts'
import { postMailedSignIn, postSignInPassword, postVerifyCode } from './sign-in.ts'
import { postAnonymous, postSignUpPassword } from './sign-up.ts'
import { postExchange, postSignOut, postToken, postVerifyToken } from './token.ts'
import {
  getUser,
  postDeanonymize,
  postEmailChange,
  postPassword,
  postPasswordReset,
  postVerificationEmail,
} from './user.ts'
import { getVerify, postConfirm } from './verify.ts'

/** The routes below `/nhost/v1`. Clients attach the token they have to every request; where it is not asked for it counts for nothing. */
export function nhostRoutes(at: Nhost): readonly Route[] {
  const { core } = at
  const everybody = [limited(core, 'public')]
  const answers = [limited(core, 'answerNetwork')]
  const signUp = [limited(core, 'signUp')]
  const door = [signedIn(core, { level: 'door' })]
  const user = [signedIn(core)]
  const change = [...user, limited(core, 'change')]
  const elevated = [elevatedScheme, ...change]
  const ownPage = sameOriginOrListed((origin) => origin === core.settings.publicUrl)
  return [
    { method: 'GET', path: '/healthz', safe: true, handle: getHealth() },
    { method: 'GET', path: '/version', safe: true, handle: getVersion(at) },
    { method: 'GET', path: '/.well-known/jwks.json', safe: true, gates: everybody, handle: getJwks(at) },

    { method: 'POST', path: '/signup/email-password', gates: signUp, handle: postSignUpPassword(at) },
    { method: 'POST', path: '/signup/passwordless/email', gates: signUp, handle: postMailedSignIn(at, 'newcomers') },
    { method: 'POST', path: '/signup/otp/email', gates: signUp, handle: postMailedSignIn(at, 'newcomers') },

    { method: 'POST', path: '/signin/email-password', gates: everybody, handle: postSignInPassword(at) },
    { method: 'POST', path: '/signin/anonymous', gates: signUp, handle: postAnonymous(at) },
    { method: 'POST', path: '/signin/passwordless/email', gates: everybody, handle: postMailedSignIn(at, 'anybody') },
    { method: 'POST', path: '/signin/otp/email', gates: everybody, handle: postMailedSignIn(at, 'anybody') },
    { method: 'POST', path: '/signin/otp/email/verify', gates: answers, handle: postVerifyCode(at) },

    { method: 'POST', path: '/token', gates: [limited(core, 'tokenNetwork')], handle: postToken(at) },
    { method: 'POST', path: '/token/exchange', gates: answers, handle: postExchange(at) },
    { method: 'POST', path: '/token/verify', gates: everybody, handle: postVerifyToken(at) },
    { method: 'POST', path: '/signout', gates: everybody, handle: postSignOut(at) },
    { method: 'GET', path: '/verify', gates: answers, handle: getVerify(at) },
    { method: 'POST', path: '/verify/confirm', body: 'form', gates: [ownPage, ...answers], handle: postConfirm(at) },

    { method: 'GET', path: '/user', safe: true, gates: door, handle: getUser(at) },
    { method: 'POST', path: '/user/deanonymize', gates: change, handle: postDeanonymize(at) },
    { method: 'POST', path: '/user/email/change', gates: elevated, handle: postEmailChange(at) },
    {
      method: 'POST',
      path: '/user/email/send-verification-email',
      gates: everybody,
      handle: postVerificationEmail(at),
    },
    { method: 'POST', path: '/user/password', gates: [elevatedScheme, ...answers], handle: postPassword(at) },
    { method: 'POST', path: '/user/password/reset', gates: everybody, handle: postPasswordReset(at) },
  ]
}
