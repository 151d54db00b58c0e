import { sameText } from '../../base/digest.ts'
import { isUuid } from '../../base/encoding.ts'
import type { JsonObject, User } from '../../core/users/user.ts'
import type { Address } from '../../core/users/users.ts'
import { changeEmail } from '../../flows/account/change-email.ts'
import { changePassword } from '../../flows/account/change-password.ts'
import { changePhone } from '../../flows/account/change-phone.ts'
import type { FreshProof } from '../../flows/account/proof.ts'
import { endSession, signOut } from '../../flows/session/sign-out.ts'
import { type Answer, json, noContent } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Handler } from '../../http/route.ts'
import type { Altogic } from './dialect.ts'
import { judging, readBody, readEmail, readPhone, textOf } from './parse.ts'
import { isElsewhere, presentSession, presentUser } from './present.ts'
import { refusal } from './refuse.ts'
import { clearSessionCookie, type Holder, holderKey } from './session-token.ts'
import { naming } from './taken.ts'

/** GET /user: who holds the session. */
export const getUser: Handler = (exchange) => json(200, presentUser(exchange.need(holderKey).user))

const mostSessions = 200

/** GET /sessions: every device. Only the caller's own token is known; another device is named by its id, which signs it out as well. */
export function getSessions({ core }: Altogic): Handler {
  return async (exchange) => {
    const { user, session, token } = exchange.need(holderKey)
    const sessions = await core.sessions.list(user.id, { limit: mostSessions })
    return json(
      200,
      sessions.map((each) => presentSession(each, each.id === session.id ? token : each.id)),
    )
  }
}

/** POST /signout: the own session, or another of the caller's by its token or its name in the list. */
export function postSignOut(at: Altogic): Handler {
  return async (exchange) => {
    const { session, token } = exchange.need(holderKey)
    const body = await readBody(exchange)
    // Some clients say null or nothing of what they leave out.
    const other = [undefined, null, ''].some((none) => body['token'] === none) ? undefined : textOf(body, 'token')
    if (other !== undefined && !sameText(other, token) && other !== session.id) return signOutOther(at, exchange, other)
    await signOut(at.core, at.callerOf(exchange), { session, scope: 'this' })
    clearSessionCookie(exchange)
    return noContent()
  }
}

async function signOutOther(at: Altogic, exchange: Exchange, token: string): Promise<Answer> {
  const { user } = exchange.need(holderKey)
  const named = token.length > 256 ? undefined : (await at.core.sessions.findByToken(token))?.session
  if (named !== undefined && named.userId !== user.id) throw refusal('not_your_session')
  const id = named?.id ?? token
  if (isUuid(id)) await endSession(at.core, at.callerOf(exchange), { userId: user.id, sessionId: id })
  return noContent()
}

/** POST /signout-all and /signout-all-except. */
export function postSignOutAll(at: Altogic, scope: 'all' | 'others'): Handler {
  return async (exchange) => {
    const { session } = exchange.need(holderKey)
    await signOut(at.core, at.callerOf(exchange), { session, scope })
    if (scope === 'all') clearSessionCookie(exchange)
    return noContent()
  }
}

/** POST /change-pwd: with the old password. */
export function postChangePassword(at: Altogic): Handler {
  return async (exchange) => {
    const { user, session } = exchange.need(holderKey)
    const body = await readBody(exchange)
    const password = textOf(body, 'newPassword')
    const proof = { currentPassword: textOf(body, 'oldPassword') }
    refuseElsewhere(user)
    const input = { user, session, password, proof }
    await judging('newPassword', changePassword(at.core, at.callerOf(exchange), input))
    return noContent()
  }
}

/** Where the account is another server's, there is no password here. Told to whoever is signed in, and to nobody else (S10). */
function refuseElsewhere(user: User): void {
  if (isElsewhere(user)) throw refusal('invalid_provider')
}

const readNew = {
  email: (body: JsonObject): Address => ({ email: readEmail(textOf(body, 'newEmail'), 'newEmail') }),
  phone: (body: JsonObject): Address => ({ phone: readPhone(textOf(body, 'newPhone'), 'newPhone') }),
} as const

/** POST /change-email and /change-phone: with the current password. What is not proved yet changes nothing. */
export function postChangeAddress(at: Altogic, channel: 'email' | 'phone'): Handler {
  return async (exchange) => {
    const { user, session } = exchange.need(holderKey)
    const body = await readBody(exchange)
    const proof = { currentPassword: textOf(body, 'currentPassword') }
    const address = readNew[channel](body)
    refuseElsewhere(user)
    const answer = await naming(address, begin(at, exchange, { user, session, proof, address }))
    return json(200, wrapped(exchange, answer.kind === 'same' ? user : answer.user))
  }
}

function begin(
  at: Altogic,
  exchange: Exchange,
  input: Pick<Holder, 'user' | 'session'> & { readonly proof: FreshProof; readonly address: Address },
) {
  const { address, ...more } = input
  const caller = at.callerOf(exchange)
  if ('phone' in address) return changePhone(at.core, caller, { ...more, ...address })
  const back = { redirectTo: at.options.redirectUrl }
  return changeEmail(at.core, caller, { ...more, ...address, back, unproved: 'everybody' })
}

/** The Dart library looks for a member where the JavaScript one takes the whole. */
function wrapped(exchange: Exchange, user: User): unknown {
  const shown = presentUser(user)
  return exchange.header('x-client') === 'altogic-dart' ? { user: shown } : shown
}
