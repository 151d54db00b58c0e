import { Refusal } from '../../base/errors.ts'
import { newId } from '../../base/id.ts'
import type { JsonObject } from '../../core/users/user.ts'
import type { Address } from '../../core/users/users.ts'
import { grantOf } from '../../flows/session/enter.ts'
import type { Grant } from '../../flows/session/open.ts'
import { signInWithPassword } from '../../flows/sign-in/with-password.ts'
import { signUpWithPassword } from '../../flows/sign-up/with-password.ts'
import { awaitingApproval } from '../../flows/steps/hold-newcomer.ts'
import { json } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Handler } from '../../http/route.ts'
import type { Altogic } from './dialect.ts'
import { aboutOf, judging, readBody, readEmail, readPhone, textOf } from './parse.ts'
import { presentSession, presentUser } from './present.ts'
import { setSessionCookie } from './session-token.ts'
import { naming, taken } from './taken.ts'

/** What a session that was opened is answered with. */
export function opened(at: Altogic, exchange: Exchange, grant: Grant) {
  setSessionCookie(at, exchange, grant)
  return json(200, { user: presentUser(grant.user), session: presentSession(grant.session, grant.refreshToken) })
}

const addressOf = {
  email: (body: JsonObject): Address => ({ email: readEmail(textOf(body, 'email')) }),
  phone: (body: JsonObject): Address => ({ phone: readPhone(textOf(body, 'phone')) }),
} as const

/** POST /signup-email and /signup-phone: the user, with a session where nothing needs to be confirmed first. */
export function postSignUp(at: Altogic, by: 'email' | 'phone'): Handler {
  const { core, options } = at
  return async (exchange) => {
    const body = await readBody(exchange)
    const address = addressOf[by](body)
    const { about, claimsVerified } = aboutOf(body, by === 'email' ? 'emailVerified' : 'phoneVerified')
    const input = { address, password: textOf(body, 'password'), about, back: { redirectTo: options.redirectUrl } }
    const isTaken = options.tellsTaken && (await core.users.findByAddress(address)) !== undefined
    const verified = claimsVerified && options.trustsVerified
    const signingUp = signUpWithPassword(core, at.callerOf(exchange), { ...input, verified })
    const outcome = await judging('password', naming(address, signingUp))
    // Told after the flow, which has treated it as any other: whoever has the address gets a mail.
    if (isTaken) throw taken(address)
    if (outcome.kind === 'held') throw awaitingApproval()
    if (outcome.kind === 'complete') return opened(at, exchange, asFirst(outcome.grant))
    // Where a taken address is not told, a waiting one looks like it: of two answers the second would tell them apart.
    const isShown = outcome.kind === 'confirm' && options.tellsTaken
    const id = outcome.kind === 'concealed' ? outcome.userId : newId(core.runtime)
    const user = isShown ? presentUser(outcome.user) : concealed(at, id, address, about)
    return json(200, { user, session: null })
  }
}

/** Apps know a first session by two times that are one. */
function asFirst(grant: Grant): Grant {
  const { user } = grant
  return { ...grant, user: { ...user, lastSignInAt: user.createdAt } }
}

/** What a new account would look like, for an address that somebody may have. */
function concealed({ core }: Altogic, id: string, address: Address, about: ReturnType<typeof aboutOf>['about']) {
  const now = core.runtime.now().toISOString()
  const { displayName, avatarUrl } = about
  return {
    ...about.metadata,
    _id: id,
    provider: 'altogic',
    providerUserId: id,
    ...('email' in address
      ? { email: address.email, emailVerified: false }
      : { phone: address.phone, phoneVerified: false }),
    ...(displayName === undefined || displayName === '' ? {} : { name: displayName }),
    ...(avatarUrl === undefined ? {} : { profilePicture: avatarUrl }),
    signUpAt: now,
    lastLoginAt: now,
  }
}

/** POST /signin-email and /signin-phone. What state an account is in is told only to whoever knows its password. */
export function postSignIn(at: Altogic, by: 'email' | 'phone'): Handler {
  return async (exchange) => {
    const body = await readBody(exchange)
    const input = { address: addressOf[by](body), password: textOf(body, 'password') }
    const outcome = await signInWithPassword(at.core, at.callerOf(exchange), input)
    if (outcome.kind === 'unconfirmed')
      throw new Refusal(by === 'email' ? 'email_not_confirmed' : 'phone_not_confirmed')
    return opened(at, exchange, grantOf(outcome))
  }
}
