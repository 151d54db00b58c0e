import { signedIn } from '../../gate/bearer.ts'
import { limited } from '../../gate/limited.ts'
import { roomToHash } from '../../gate/room-to-hash.ts'
import { sameOriginOrListed } from '../../http/csrf.ts'
import type { Gate, Route } from '../../http/route.ts'
import { solves } from './captcha.ts'
import type { Nhost } from './dialect.ts'
import { postElevateCode, postElevateCodeVerify, postElevateTotp } from './elevate-codes.ts'
import {
  elevated as elevatedClaim,
  elevatedUnlessFirst,
  getElevate,
  postElevate,
  postElevateVerify,
} from './elevation.ts'
import { noGuests } from './guests.ts'
import { postIdToken, postLinkIdToken } from './id-token.ts'
import { postLinkProvider } from './link-provider.ts'
import { getTotp, postMfa, postSignInTotp } from './mfa.ts'
import { postPat, postSignInPat } from './pat.ts'
import { postDeanonymizeSms, postPhoneChange, postPhoneChangeVerify } from './phone-change.ts'
import { postTextedCode, postTextedSignIn } from './phones.ts'
import { elevatedScheme } from './present-error.ts'
import { getProvider, getProviderCallback, postConnect, postProviderCallback } from './provider.ts'
import { getProviderTokens, postProviderToken } from './provider-tokens.ts'
import { recently } from './recently.ts'
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
import {
  postAddKey,
  postSignUpWebauthn,
  postSignUpWebauthnVerify,
  postVerifyKey,
  postWebauthn,
  postWebauthnVerify,
} from './webauthn.ts'

const callback = '/signin/provider/:provider/callback'

/** Whoever is signed in, also before the second factor, and programs. */
const whoever = (core: Nhost['core']): Gate => signedIn(core, { level: 'door', scope: 'me:read' })

/** The routes below `/nhost/v1`. Clients attach the token they have to every request; where it is not asked for it counts for nothing. */
export function nhostRoutes(at: Nhost): readonly Route[] {
  const { core } = at
  const everybody = [limited(core, 'public')]
  const answers = [limited(core, 'answerNetwork')]
  const signUp = [limited(core, 'signUp'), ...solves(at, 'sign_up')]
  const signIn = [roomToHash(core, limited(core, 'public')), ...solves(at, 'sign_in')]
  const send = [...everybody, ...solves(at, 'send')]
  const user = [signedIn(core)]
  const change = [...user, limited(core, 'change')]
  const elevated = [elevatedScheme, ...change, elevatedClaim(at)]
  const ownPage = sameOriginOrListed((origin) => origin === at.origin)
  return [
    { method: 'GET', path: '/healthz', safe: true, handle: getHealth() },
    { method: 'GET', path: '/version', safe: true, handle: getVersion(at) },
    { method: 'GET', path: '/.well-known/jwks.json', safe: true, gates: everybody, handle: getJwks(at) },

    { method: 'POST', path: '/signup/email-password', gates: signUp, handle: postSignUpPassword(at) },
    {
      method: 'POST',
      path: '/signup/passwordless/email',
      gates: signUp,
      handle: postMailedSignIn(at, 'newcomers', 'link'),
    },
    { method: 'POST', path: '/signup/otp/email', gates: signUp, handle: postMailedSignIn(at, 'newcomers', 'code') },

    { method: 'POST', path: '/signin/email-password', gates: signIn, handle: postSignInPassword(at) },
    { method: 'POST', path: '/signin/anonymous', gates: signUp, handle: postAnonymous(at) },
    {
      method: 'POST',
      path: '/signin/passwordless/email',
      gates: send,
      handle: postMailedSignIn(at, 'anybody', 'link'),
    },
    { method: 'POST', path: '/signin/otp/email', gates: send, handle: postMailedSignIn(at, 'anybody', 'code') },
    { method: 'POST', path: '/signin/otp/email/verify', gates: answers, handle: postVerifyCode(at) },

    ...factors(at, { everybody, answers, signUp, change, elevated }),
    ...elevations(at, { user, change }),
    ...accountsElsewhere(at, { send, answers, signUp, user, elevated, ownPage }),

    { method: 'POST', path: '/token', gates: [limited(core, 'tokenNetwork')], handle: postToken(at) },
    { method: 'POST', path: '/token/exchange', gates: answers, handle: postExchange(at) },
    { method: 'POST', path: '/token/verify', gates: everybody, handle: postVerifyToken(at) },
    { method: 'POST', path: '/signout', gates: everybody, handle: postSignOut(at) },
    { method: 'GET', path: '/verify', gates: answers, handle: getVerify(at) },
    { method: 'POST', path: '/verify/confirm', body: 'form', gates: [ownPage, ...answers], handle: postConfirm(at) },

    ...ownAccount(at, { everybody, send, answers, change, elevated }),
  ]
}

interface Gates {
  readonly everybody: readonly Gate[]
  readonly send: readonly Gate[]
  readonly answers: readonly Gate[]
  readonly signUp: readonly Gate[]
  readonly user: readonly Gate[]
  readonly change: readonly Gate[]
  readonly elevated: readonly Gate[]
  readonly ownPage: Gate
}

/** Who the bearer is, and what they change about that. */
function ownAccount(
  at: Nhost,
  gates: Pick<Gates, 'everybody' | 'send' | 'answers' | 'change' | 'elevated'>,
): readonly Route[] {
  const { everybody, send, answers, change, elevated } = gates
  return [
    { method: 'GET', path: '/user', safe: true, gates: [whoever(at.core), noGuests], handle: getUser(at) },
    { method: 'POST', path: '/user/deanonymize', gates: change, handle: postDeanonymize(at) },
    { method: 'POST', path: '/user/deanonymize/sms', gates: change, handle: postDeanonymizeSms(at) },
    { method: 'POST', path: '/user/phone-number/change', gates: elevated, handle: postPhoneChange(at) },
    { method: 'POST', path: '/user/phone-number/change/verify', gates: elevated, handle: postPhoneChangeVerify(at) },
    { method: 'POST', path: '/user/email/change', gates: elevated, handle: postEmailChange(at) },
    {
      method: 'POST',
      path: '/user/email/send-verification-email',
      gates: everybody,
      handle: postVerificationEmail(at),
    },
    { method: 'POST', path: '/user/password', gates: [elevatedScheme, ...answers], handle: postPassword(at) },
    { method: 'POST', path: '/user/password/reset', gates: send, handle: postPasswordReset(at) },
  ]
}

/** Ways in by telephone, by ID token and by way of a provider. */
function accountsElsewhere(at: Nhost, gates: Omit<Gates, 'change' | 'everybody'>): readonly Route[] {
  const { send, answers, signUp, user, elevated, ownPage } = gates
  const starts = [limited(at.core, 'start')]
  return [
    { method: 'POST', path: '/signin/passwordless/sms', gates: send, handle: postTextedSignIn(at, 'anybody') },
    { method: 'POST', path: '/signup/passwordless/sms', gates: signUp, handle: postTextedSignIn(at, 'newcomers') },
    { method: 'POST', path: '/signin/passwordless/sms/otp', gates: answers, handle: postTextedCode(at) },
    { method: 'POST', path: '/signin/idtoken', gates: starts, handle: postIdToken(at, 'anybody') },
    { method: 'POST', path: '/signup/idtoken', gates: signUp, handle: postIdToken(at, 'newcomers') },
    { method: 'POST', path: '/link/idtoken', gates: [...elevated, recently(at)], handle: postLinkIdToken(at) },
    {
      method: 'POST',
      path: '/link/provider/:provider',
      gates: [...elevated, recently(at)],
      handle: postLinkProvider(at),
    },

    { method: 'GET', path: '/signin/provider/:provider', gates: starts, handle: getProvider(at, 'anybody') },
    { method: 'GET', path: '/signup/provider/:provider', gates: starts, handle: getProvider(at, 'newcomers') },
    { method: 'GET', path: callback, gates: starts, handle: getProviderCallback(at) },
    { method: 'POST', path: callback, body: 'form', gates: starts, handle: postProviderCallback(at) },
    {
      method: 'POST',
      path: `${callback}/confirm`,
      body: 'form',
      gates: [ownPage, ...answers],
      handle: postConnect(at),
    },
    { method: 'GET', path: `${callback}/tokens`, gates: user, handle: getProviderTokens(at) },
    { method: 'POST', path: '/token/provider/:provider', gates: [...user, ...starts], handle: postProviderToken(at) },
  ]
}

/** Second factors and passkeys. */
function factors(
  at: Nhost,
  gates: Pick<Gates, 'everybody' | 'answers' | 'signUp' | 'change' | 'elevated'>,
): readonly Route[] {
  const { everybody, answers, signUp, change, elevated } = gates
  const first = [elevatedScheme, ...change, elevatedUnlessFirst(at)]
  const prepares = at.options.elevationBy === 'any' ? first : change
  return [
    { method: 'POST', path: '/signup/webauthn', gates: signUp, handle: postSignUpWebauthn(at) },
    { method: 'POST', path: '/signup/webauthn/verify', gates: answers, handle: postSignUpWebauthnVerify(at) },
    { method: 'POST', path: '/signin/mfa/totp', gates: answers, handle: postSignInTotp(at) },
    { method: 'GET', path: '/mfa/totp/generate', gates: prepares, handle: getTotp(at) },
    { method: 'POST', path: '/user/mfa', gates: change, handle: postMfa(at) },
    {
      method: 'POST',
      path: '/signin/webauthn',
      gates: [...everybody, ...solves(at, 'start')],
      handle: postWebauthn(at),
    },
    { method: 'POST', path: '/signin/webauthn/verify', gates: answers, handle: postWebauthnVerify(at) },
    { method: 'POST', path: '/pat', gates: elevated, handle: postPat(at) },
    { method: 'POST', path: '/signin/pat', gates: everybody, handle: postSignInPat(at) },
    { method: 'POST', path: '/user/webauthn/add', body: 'none', gates: first, handle: postAddKey(at) },
    { method: 'POST', path: '/user/webauthn/verify', gates: first, handle: postVerifyKey(at) },
  ]
}

/** Proving once more who it is, inside a session. */
function elevations(at: Nhost, { user, change: gates }: Pick<Gates, 'user' | 'change'>): readonly Route[] {
  return [
    { method: 'GET', path: '/elevate', safe: true, gates: [...user, limited(at.core, 'me')], handle: getElevate(at) },
    { method: 'POST', path: '/elevate/webauthn', body: 'none', gates, handle: postElevate(at) },
    { method: 'POST', path: '/elevate/webauthn/verify', gates, handle: postElevateVerify(at) },
    { method: 'POST', path: '/elevate/totp', gates, handle: postElevateTotp(at) },
    { method: 'POST', path: '/elevate/otp/email', body: 'none', gates, handle: postElevateCode(at, 'email') },
    { method: 'POST', path: '/elevate/otp/email/verify', gates, handle: postElevateCodeVerify(at, 'email') },
    { method: 'POST', path: '/elevate/otp/sms', body: 'none', gates, handle: postElevateCode(at, 'phone') },
    { method: 'POST', path: '/elevate/otp/sms/verify', gates, handle: postElevateCodeVerify(at, 'phone') },
  ]
}
