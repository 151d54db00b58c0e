import { Refusal } from '../../../base/errors.ts'
import type { Session } from '../../../core/sessions/session.ts'
import { comeBack, sessionOfReturn } from '../../../flows/attempt/come-back.ts'
import { refresh } from '../../../flows/session/refresh.ts'
import { signOut } from '../../../flows/session/sign-out.ts'
import { bearerToken } from '../../../gate/bearer.ts'
import { clearSessionCookies, isCookieMode, refreshCookie } from '../cookie-mode.ts'
import { signedInOf } from '../gates.ts'
import type { Call } from '../operation.ts'
import { presentOutcome, presentSignedIn } from '../present-outcome.ts'
import { sessionFor } from '../session-for.ts'
import type { exchangeBody, refreshBody, signOutBody } from './bodies.ts'

/** POST /sessions/exchange */
export async function exchange(call: Call<typeof exchangeBody>) {
  const { core, caller, body } = call
  const session = await sessionFor(call, await sessionOfReturn(core, body.code))
  return presentOutcome(call, await comeBack(core, caller, { code: body.code, verifier: body.codeVerifier, session }))
}

/** POST /sessions/refresh */
export async function refreshSession(call: Call<typeof refreshBody>) {
  const token = call.body.refreshToken ?? cookieToken(call)
  if (token === undefined) throw new Refusal('refresh_token_not_found')
  return presentSignedIn(call, await refresh(call.core, call.caller, token, { mayBeOlder: call.body.mayBeOlder }))
}

const cookieToken = ({ exchange: sent }: Pick<Call, 'exchange'>): string | undefined =>
  isCookieMode(sent) ? sent.cookies().own(refreshCookie) : undefined

/** POST /sign-out: an access token that has run out, a refresh token or the cookie is enough, and twice is as good as once. */
export async function leave(call: Call<typeof signOutBody>) {
  const { core, caller, body } = call
  const session = await sessionToEnd(call)
  if (session !== undefined) await signOut(core, caller, { session, scope: body.scope ?? 'this' })
  if (isCookieMode(call.exchange) && body.scope !== 'others') clearSessionCookies(call.exchange)
}

const gone = new Set(['session_not_found', 'user_banned'])

async function sessionToEnd(call: Call<typeof signOutBody>): Promise<Session | undefined> {
  const { core, native, exchange: sent, body } = call
  const token = body.refreshToken ?? cookieToken(call)
  if (token !== undefined && bearerToken(sent) === undefined) return (await core.sessions.findByToken(token))?.session
  const found = await signedInOf(native, sent, { expired: 'accepted', scope: 'any' }).catch((error: unknown) => {
    if (error instanceof Refusal && gone.has(error.code)) return undefined
    throw error
  })
  return found?.session
}
