import { z } from 'zod'
import { Refusal } from '../../base/errors.ts'
import { revokeAccessKey, revokeAccessKeys } from '../../flows/account/access-keys.ts'
import { exchangeCode } from '../../flows/session/exchange-code.ts'
import { refresh } from '../../flows/session/refresh.ts'
import { signOut, signOutByToken } from '../../flows/session/sign-out.ts'
import { authenticate, bearerToken } from '../../gate/bearer.ts'
import { json } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Handler } from '../../http/route.ts'
import type { Nhost } from './dialect.ts'
import { refuseGuest } from './guests.ts'
import { field, readBody, readOptionalBody } from './parse.ts'
import { presentProgress, presentSession } from './present.ts'
import { refusal } from './refuse.ts'

const refreshBody = z.strictObject({ refreshToken: field.uuid })

/** POST /token: renews a session; the answer is the session itself. */
export function postToken(at: Nhost): Handler {
  return async (exchange) => {
    const { refreshToken } = await readBody(exchange, refreshBody)
    return json(200, presentSession(await refresh(at.core, at.callerOf(exchange), refreshToken), at.options))
  }
}

const exchangeBody = z.strictObject({ code: z.string().max(512), codeVerifier: z.string().min(43).max(128) })

/** POST /token/exchange: a return code and its verifier (RFC 7636 §4.5) for a session. */
export function postExchange(at: Nhost): Handler {
  return async (exchange) => {
    const { code, codeVerifier } = await readBody(exchange, exchangeBody)
    const verified = await exchangeCode(at.core, at.callerOf(exchange), { code, verifier: codeVerifier })
    if (verified.kind === 'half') throw refusal('invalid-request')
    return json(200, presentProgress(verified, at.options))
  }
}

const verifyBody = z.strictObject({ token: z.string().max(16_384).optional() })

/** What is the matter with the account of a good token. */
const ofAccount: ReadonlySet<string> = new Set(['user_banned', 'user_not_found'])

/** POST /token/verify: whether a token is good. One in the body wins over the header's, which is also asked whose it is. */
export function postVerifyToken(at: Nhost): Handler {
  return async (exchange) => {
    const { token } = await readOptionalBody(exchange, verifyBody)
    const given = token === undefined ? bearerToken(exchange) : token.replace(/^Bearer /, '')
    if (given === undefined) throw refusal('invalid-request')
    const { user } = await authenticate(at.core, given, { level: 'door', scope: 'any' }).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error
      throw token === undefined && ofAccount.has(error.code) ? error : refusal('invalid-request')
    })
    if (token === undefined) refuseGuest(user)
    return json(200, 'OK')
  }
}

const signOutBody = z.object({ refreshToken: z.string().max(512).optional(), all: z.boolean().optional() })

/** POST /signout: ends the session of a refresh token, or all of the bearer's. A token nobody knows is signed out already. */
export function postSignOut(at: Nhost): Handler {
  return async (exchange) => {
    const { refreshToken, all } = await readBody(exchange, signOutBody)
    if (all === true) await signOutEverywhere(at, exchange)
    else if (refreshToken === undefined) throw refusal('invalid-request')
    else if ((await revokeAccessKey(at.core, at.callerOf(exchange), refreshToken)) === undefined)
      await signOutByToken(at.core, at.callerOf(exchange), refreshToken)
    return json(200, 'OK')
  }
}

async function signOutEverywhere(at: Nhost, exchange: Exchange): Promise<void> {
  const token = bearerToken(exchange)
  const who = token === undefined ? undefined : await authenticate(at.core, token, { level: 'door' }).catch(notSignedIn)
  if (who === undefined) throw refusal('invalid-request')
  await signOut(at.core, at.callerOf(exchange), { session: who.session, scope: 'all' })
  await revokeAccessKeys(at.core, at.callerOf(exchange), who.user.id)
}

function notSignedIn(error: unknown): undefined {
  if (!(error instanceof Refusal)) throw error
}
