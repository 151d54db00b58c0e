import { z } from 'zod'
import { Refusal } from '../../base/errors.ts'
import { beginPasskey, finishPasskey } from '../../flows/factor/passkey.ts'
import { beginPasskeySignIn, signInWithPasskey } from '../../flows/sign-in/with-passkey.ts'
import { ceremonyAnswered } from '../../flows/steps/ceremony.ts'
import { signedInKey } from '../../gate/bearer.ts'
import { json } from '../../http/answer.ts'
import type { Handler } from '../../http/route.ts'
import type { Nhost } from './dialect.ts'
import { field, readBody, readOptionalBody } from './parse.ts'
import { presentProgress } from './present.ts'
import { refusal } from './refuse.ts'

const failures = new Set(['webauthn_verification_failed', 'attempt_expired', 'conflict', 'limit_reached'])

/** Whatever is wrong with a ceremony, it has one name here. */
function asFailed(error: unknown): never {
  throw error instanceof Refusal && failures.has(error.code) ? refusal('invalid-request') : error
}

const askBody = z.strictObject({ email: field.email.optional() })

/** POST /signin/webauthn: any passkey of the site will do; an address names nobody, so that it tells nothing. */
export function postWebauthn(at: Nhost): Handler {
  return async (exchange) => {
    await readOptionalBody(exchange, askBody)
    return json(200, (await beginPasskeySignIn(at.core)).options)
  }
}

const credential = z.record(z.string(), z.unknown())
const signInBody = z.strictObject({ credential, email: field.email.optional() })

/** POST /signin/webauthn/verify */
export function postWebauthnVerify(at: Nhost): Handler {
  return async (exchange) => {
    const body = await readBody(exchange, signInBody)
    const ticket = await ceremonyAnswered(at.core, body.credential, 'sign_in')
    const input = { ticket, credential: body.credential }
    const progress = await signInWithPasskey(at.core, at.callerOf(exchange), input).catch(asFailed)
    return json(200, presentProgress(progress, at.options))
  }
}

/** POST /user/webauthn/add: what the browser makes a key with. */
export function postAddKey(at: Nhost): Handler {
  return async (exchange) => {
    const use = { protects: false, signsIn: true }
    const begun = await beginPasskey(at.core, { ...exchange.need(signedInKey), use }).catch(asFailed)
    return json(200, begun.options)
  }
}

const addBody = z.strictObject({ credential, nickname: z.string().max(64).optional() })

/** POST /user/webauthn/verify: the key that was made, under the name its owner gives it. */
export function postVerifyKey(at: Nhost): Handler {
  return async (exchange) => {
    const { user, session } = exchange.need(signedInKey)
    const body = await readBody(exchange, addBody)
    const ticket = await at.core.tickets.findBySubject(`${user.id}:registration`, 'ceremony')
    const made = { user, session, ticket, credential: body.credential, name: body.nickname }
    const { id } = await finishPasskey(at.core, at.callerOf(exchange), made).catch(asFailed)
    return json(200, { id, ...(body.nickname === undefined ? {} : { nickname: body.nickname }) })
  }
}
