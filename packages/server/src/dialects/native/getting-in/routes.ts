import { hooked } from '../hooked.ts'
import { get, type Operation, post } from '../operation.ts'
import { complete, outcome, pending } from '../schemas/outcome.ts'
import {
  accessKeyBody,
  anonymousBody,
  codeBody,
  idTokenBody,
  linkBody,
  passkeyBody,
  passwordBody,
  recoveryBody,
  signUpBody,
  signUpPasskeyBody,
  walletBody,
} from './bodies.ts'
import { signInByIdToken } from './id-token.ts'
import { showLink, useLink } from './links.ts'
import { providerParameters } from './parameters.ts'
import { answerCallback, startProvider, takePosted } from './provider.ts'
import {
  recoverAccount,
  signInByAccessKey,
  signInByCode,
  signInByPasskey,
  signInByPassword,
  signInByWallet,
} from './sign-in.ts'
import { signUp, signUpAsGuest, signUpByPasskey } from './sign-up.ts'

const byPhone = ['phone_number_invalid', 'provider_disabled'] as const
const byText = [...byPhone, 'identifier_not_allowed', 'feature_disabled', 'over_sms_send_rate_limit'] as const
const newAccount = ['signup_disabled', 'email_address_invalid', ...byText] as const

/** A factor that cannot be asked for, since it is the phone that signs in; one that was set up in this moment. */
const secondFactor = ['insufficient_aal', 'conflict'] as const

export const gettingInRoutes: readonly Operation[] = [
  post(
    '/sign-up/password',
    {
      about:
        'Signs up with an address and a password. While addresses are confirmed a code is sent first, and a taken address gets the same answer.',
      who: 'public',
      bucket: 'signUp',
      body: signUpBody,
      captcha: 'sign_up',
      answer: outcome,
      codes: [...newAccount, 'weak_password', 'user_already_exists', 'redirect_not_allowed', ...hooked],
    },
    signUp,
  ),
  post(
    '/sign-up/passkey',
    {
      about:
        'Begins to sign up with a passkey; the browser answers at `/attempts/answer`. While addresses are confirmed a code is asked for next, and a taken address gets the same answer.',
      who: 'public',
      bucket: 'signUp',
      body: signUpPasskeyBody,
      captcha: 'sign_up',
      answer: pending,
      codes: [...newAccount, 'redirect_not_allowed'],
    },
    signUpByPasskey,
  ),
  post(
    '/sign-up/anonymous',
    {
      about: 'Signs a guest in: an account without an address, which may become a full one later and keeps its id.',
      who: 'public',
      body: anonymousBody,
      captcha: 'sign_up',
      answer: outcome,
      codes: ['signup_disabled', ...hooked],
    },
    signUpAsGuest,
  ),
  post(
    '/sign-in/password',
    {
      about: 'Signs in with a password. An address that was never proved gets a code first.',
      who: 'public',
      hashes: true,
      body: passwordBody,
      captcha: 'sign_in',
      answer: outcome,
      codes: [
        'invalid_credentials',
        'user_banned',
        ...secondFactor,
        'over_attempt_limit',
        'email_address_invalid',
        ...byPhone,
        ...hooked,
      ],
    },
    signInByPassword,
  ),
  post(
    '/sign-in/code',
    {
      about: 'Mails a code, and a link where a challenge is given, or texts a code. Looks the same for every address.',
      who: 'public',
      body: codeBody,
      captcha: 'send',
      answer: pending,
      codes: ['email_address_invalid', 'redirect_not_allowed', ...byText],
    },
    signInByCode,
  ),
  post(
    '/sign-in/passkey',
    {
      about: 'Begins to sign in with any passkey of this site; the browser answers at `/attempts/answer`.',
      who: 'public',
      bucket: 'start',
      body: passkeyBody,
      captcha: 'start',
      answer: pending,
      codes: ['feature_disabled'],
    },
    signInByPasskey,
  ),
  get(
    '/sign-in/provider/:provider',
    {
      about:
        'Sends the browser to sign in with an account elsewhere. It comes back with `code` and `state`, or with `error`.',
      opensWith: providerParameters,
      who: 'public',
      bucket: 'start',
      type: 'text/html',
      leavesTrace: true,
      navigation: true,
      also: [{ status: 303, about: 'To the provider, or back with `error`, `error_description` and `request_id`.' }],
    },
    startProvider,
  ),
  get(
    '/callback/:provider',
    {
      about: 'Where providers send browsers back to. Register this address there.',
      who: 'public',
      bucket: 'start',
      type: 'text/html',
      leavesTrace: true,
      navigation: true,
      also: [{ status: 303, about: 'To `redirectTo?code=&state=`, or with `error`.' }],
    },
    answerCallback,
  ),
  post(
    '/callback/:provider',
    {
      about: 'The same for providers that post their answer.',
      who: 'public',
      bucket: 'start',
      type: 'text/html',
      takesForm: true,
      navigation: true,
      also: [{ status: 303, about: 'To the address above, where the cookie of this browser comes along.' }],
    },
    takePosted,
  ),
  post(
    '/sign-in/id-token',
    {
      about: 'Signs in with an ID token that an app got from a provider by itself. It counts once.',
      who: 'public',
      bucket: 'signInNetwork',
      body: idTokenBody,
      captcha: 'sign_in',
      answer: outcome,
      codes: [
        'id_token_invalid',
        'provider_disabled',
        'provider_failed',
        'signup_disabled',
        'identifier_not_allowed',
        'email_not_confirmed',
        'user_banned',
        ...secondFactor,
        ...hooked,
      ],
    },
    signInByIdToken,
  ),
  post(
    '/sign-in/wallet',
    {
      about:
        'Writes the message that a wallet signs, for five minutes; its signature is the answer at `/attempts/answer`.',
      who: 'public',
      bucket: 'start',
      body: walletBody,
      captcha: 'start',
      answer: pending,
      codes: ['provider_disabled', 'redirect_not_allowed'],
    },
    signInByWallet,
  ),
  post(
    '/sign-in/access-key',
    {
      about: 'Opens a session with a personal access token: at aal1, with its scopes, without a refresh token.',
      who: 'public',
      bucket: 'signInNetwork',
      body: accessKeyBody,
      answer: complete,
      codes: ['access_key_invalid', 'user_banned', ...hooked],
    },
    signInByAccessKey,
  ),
  post(
    '/recovery',
    {
      about: 'Mails or texts a code that opens a session for setting a new password. Looks the same for every address.',
      who: 'public',
      body: recoveryBody,
      captcha: 'send',
      answer: pending,
      codes: ['email_address_invalid', 'redirect_not_allowed', ...byText],
    },
    recoverAccount,
  ),
  get(
    '/links',
    {
      about: 'The page a mailed link opens: one button. Looking at it changes nothing.',
      who: 'public',
      opensWith: [['token', 'The link’s own secret, `wwl_…`.', 'needed']],
      type: 'text/html',
      also: [{ status: 403, about: 'The link is used or too old.' }],
    },
    showLink,
  ),
  post(
    '/links',
    {
      about:
        'The click on that button leads back to the app with a code. An app that catches the link itself sends JSON.',
      who: 'public',
      bucket: 'answerNetwork',
      body: linkBody,
      takesForm: true,
      answer: outcome,
      also: [
        { status: 303, about: 'The form leads to `redirectTo?code=&state=`.' },
        { status: 403, about: 'A page: the link is used or too old.' },
      ],
      codes: ['otp_expired', 'bad_code_verifier', 'user_banned', ...secondFactor, ...hooked],
    },
    useLink,
  ),
]
