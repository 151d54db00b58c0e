import { Refusal } from '../../base/errors.ts'
import { limited } from '../../gate/limited.ts'
import { roomToHash } from '../../gate/room-to-hash.ts'
import { sameOriginOrListed } from '../../http/csrf.ts'
import type { Gate, Handler, Method, Route } from '../../http/route.ts'
import { getSessions, getUser, postChangeAddress, postChangePassword, postSignOut, postSignOutAll } from './account.ts'
import { solves } from './captcha.ts'
import { opens } from './channel.ts'
import { hasClientKey } from './client-key.ts'
import type { Altogic } from './dialect.ts'
import { postResend, postSendReset, postSendSignIn } from './messages.ts'
import { postObjectDelete, postObjectGet, postObjectUpdate } from './own-record.ts'
import { getGrant, postResetByCode, postResetByToken, postSignInCode, postVerifyPhone } from './proofs.ts'
import { refusal } from './refuse.ts'
import { holderAtReach, holdsSession } from './session-token.ts'
import { postSignIn, postSignUp } from './sign-up.ts'
import { getVerify, postVerify } from './verify.ts'

const line = (method: Method, path: string, gates: readonly Gate[], handle: Handler): Route => ({
  method,
  path,
  gates,
  handle,
  ...(method === 'GET' ? {} : { body: 'json' as const }),
})

/** What there is no such thing of. A page of another origin reads an error only where its preflight was answered. */
export function unknown({ core }: Altogic): readonly Route[] {
  const gates = [limited(core, 'public')]
  const handle = () => {
    throw new Refusal('not_found')
  }
  return (['GET', 'POST', 'PUT', 'DELETE'] as const).map((method) => line(method, '/*', gates, handle))
}

/** The routes below `/_api/rest/v1/realtime`: channels are not an authentication server's, and whoever asks is told so. */
export function channelRoutes(at: Altogic): readonly Route[] {
  const members = line('POST', '/get-members', [limited(at.core, 'public')], () => {
    throw refusal('channels_not_supported')
  })
  return [members, ...unknown(at)]
}

/** The routes below `/_api/rest/v1/db`, for apps that keep what they know of somebody in their user record. */
export function recordRoutes(at: Altogic, allowsOrigin: (origin: string) => boolean): readonly Route[] {
  const { core } = at
  const holder = [limited(core, 'public'), hasClientKey(core), holdsSession(at, allowsOrigin), holderAtReach]
  return [
    line('POST', '/object/get', holder, postObjectGet),
    line('POST', '/object/update', holder, postObjectUpdate(at)),
    line('POST', '/object/delete', holder, postObjectDelete(at)),
    ...unknown(at),
  ]
}

/** The routes below `/_api/rest/v1/auth`. A session header on a public one counts for nothing: clients send stale ones. */
export function altogicRoutes(at: Altogic, allowsOrigin: (origin: string) => boolean): readonly Route[] {
  const { core } = at
  const key = hasClientKey(core)
  const everybody = [limited(core, 'public'), key]
  const signUp = [limited(core, 'signUp'), key, ...solves(at, 'sign_up')]
  const withPassword = [roomToHash(core, limited(core, 'public')), key, ...solves(at, 'sign_in')]
  const send = [...everybody, ...solves(at, 'send')]
  const answers = [limited(core, 'answerNetwork'), key]
  const [byEmail, byPhone] = [opens(at, 'email'), opens(at, 'phone')]
  const door = [limited(core, 'public'), key, holdsSession(at, allowsOrigin)]
  const holder = [...door, holderAtReach]
  const ownPage = sameOriginOrListed((origin) => origin === core.settings.publicUrl)
  return [
    line('POST', '/signup-email', [...signUp, ...byEmail], postSignUp(at, 'email')),
    line('POST', '/signup-phone', [...signUp, ...byPhone], postSignUp(at, 'phone')),
    line('POST', '/signin-email', [...withPassword, ...byEmail], postSignIn(at, 'email')),
    line('POST', '/signin-phone', [...withPassword, ...byPhone], postSignIn(at, 'phone')),
    line('POST', '/signin-code', [...answers, ...byPhone], postSignInCode(at)),
    line('GET', '/grant', answers, getGrant(at)),
    line('POST', '/resend', [...send, ...byEmail], postResend(at, 'email')),
    line('POST', '/resend-code', [...send, ...byPhone], postResend(at, 'phone')),
    line('POST', '/send-magic', [...send, ...byEmail], postSendSignIn(at, 'email')),
    line('POST', '/send-reset', send, postSendReset(at, 'either')),
    line('POST', '/send-reset-code', [...send, ...byPhone], postSendReset(at, 'phone')),
    line('POST', '/send-code', [...send, ...byPhone], postSendSignIn(at, 'phone')),
    line('POST', '/reset-pwd', answers, postResetByToken(at)),
    line('POST', '/reset-pwd-code', [...answers, ...byPhone], postResetByCode(at)),
    line('POST', '/verify-phone', [...answers, ...byPhone], postVerifyPhone(at)),
    { method: 'GET', path: '/user', safe: true, gates: door, handle: getUser },
    { method: 'GET', path: '/sessions', safe: true, gates: holder, handle: getSessions(at) },
    line('POST', '/signout', door, postSignOut(at)),
    line('POST', '/signout-all', door, postSignOutAll(at, 'all')),
    line('POST', '/signout-all-except', door, postSignOutAll(at, 'others')),
    line('POST', '/change-pwd', holder, postChangePassword(at)),
    line('POST', '/change-email', [...holder, ...byEmail], postChangeAddress(at, 'email')),
    line('POST', '/change-phone', [...holder, ...byPhone], postChangeAddress(at, 'phone')),
    line('GET', '/verify', [limited(core, 'answerNetwork')], getVerify(at)),
    {
      method: 'POST',
      path: '/verify',
      body: 'form',
      gates: [ownPage, limited(core, 'answerNetwork')],
      handle: postVerify(at),
    },
    ...unknown(at),
  ]
}
