import { z } from 'zod'
import { Refusal } from '../../base/errors.ts'
import { beginPasskey, finishPasskey } from '../../flows/factor/passkey.ts'
import { beginPasskeySignIn, signInWithPasskey } from '../../flows/sign-in/with-passkey.ts'
import { beginPasskeySignUp, signUpWithPasskey } from '../../flows/sign-up/with-passkey.ts'
import { ceremonyAnswered } from '../../flows/steps/ceremony.ts'
import { awaitingApproval } from '../../flows/steps/hold-newcomer.ts'
import { json } from '../../http/answer.ts'
import type { Handler } from '../../http/route.ts'
import { made, presentCreation, proved } from './credentials.ts'
import type { Nhost } from './dialect.ts'
import { somebody } from './guests.ts'
import { aboutOf, backOf, refuseSignUpOff } from './options.ts'
import { emailOf, field, readAside, readBody, readOptionalBody, signUpOptions } from './parse.ts'
import { presentProgress, presentSession } from './present.ts'
import { refusal } from './refuse.ts'
import { isKnownTaken } from './sign-up.ts'

const failures = new Set(['webauthn_verification_failed', 'attempt_expired', 'conflict', 'limit_reached'])

/** Whatever is wrong with a ceremony, it has one name here. */
function asFailed(error: unknown): never {
  throw error instanceof Refusal && failures.has(error.code) ? refusal('invalid-request') : error
}

const askBody = z.strictObject({ email: field.email.optional() })

/** POST /signin/webauthn: any passkey of the site will do; an address names nobody, so that it tells nothing. */
export function postWebauthn(at: Nhost): Handler {
  return async (exchange) => {
    readAside(await readOptionalBody(exchange, askBody))
    return json(200, (await beginPasskeySignIn(at.core)).options)
  }
}

const signUpBody = z.strictObject({ email: field.email, options: signUpOptions.optional() })

/** POST /signup/webauthn: what the browser makes the first key of an account with. Whether the address is taken is not told yet. */
export function postSignUpWebauthn(at: Nhost): Handler {
  return async (exchange) => {
    const body = await readBody(exchange, signUpBody)
    const address = { email: emailOf(body) }
    if (!at.core.settings.passkeys.enabled) throw refusal('disabled-endpoint')
    refuseSignUpOff(at)
    const back = backOf(at, body.options)
    const begun = await beginPasskeySignUp(at.core, { address, back, about: aboutOf(at, body.options) })
    return json(200, presentCreation(begun.options))
  }
}

const signInBody = z.strictObject({ credential: proved, email: field.email.optional() })

/** POST /signin/webauthn/verify */
export function postWebauthnVerify(at: Nhost): Handler {
  return async (exchange) => {
    const body = await readBody(exchange, signInBody)
    readAside(body)
    const ticket = await ceremonyAnswered(at.core, body.credential, 'sign_in')
    const input = { ticket, credential: body.credential }
    const progress = await signInWithPasskey(at.core, at.callerOf(exchange), input).catch(asFailed)
    return json(200, presentProgress(progress, at.options))
  }
}

/** POST /user/webauthn/add: what the browser makes a key with. */
export function postAddKey(at: Nhost): Handler {
  return async (exchange) => {
    if (!at.core.settings.passkeys.enabled) throw refusal('disabled-endpoint')
    const use = { protects: false, signsIn: true }
    const begun = await beginPasskey(at.core, { ...somebody(exchange), use }).catch(asFailed)
    return json(200, presentCreation(begun.options))
  }
}

const addBody = z.strictObject({ credential: made, nickname: z.string().max(64).optional() })

/** POST /user/webauthn/verify: the key that was made, under the name its owner gives it. */
export function postVerifyKey(at: Nhost): Handler {
  return async (exchange) => {
    const body = await readBody(exchange, addBody)
    if (!at.core.settings.passkeys.enabled) throw refusal('disabled-endpoint')
    const { user, session } = somebody(exchange)
    const ticket = await at.core.tickets.findBySubject(`${user.id}:registration`, 'ceremony')
    const answered = { user, session, ticket, credential: body.credential, name: body.nickname }
    const { id } = await finishPasskey(at.core, at.callerOf(exchange), answered).catch(asFailed)
    return json(200, { id, ...(body.nickname === undefined ? {} : { nickname: body.nickname }) })
  }
}

const keyName = z.string().max(64)

const madeBody = z.strictObject({
  credential: made,
  // Clients before nhost-js 4 name the key there.
  options: signUpOptions.extend({ nickname: keyName.optional() }).optional(),
  nickname: keyName.optional(),
  codeChallenge: field.challenge.optional(),
})

/** POST /signup/webauthn/verify: a session, or an empty answer while the address waits for its proof. What is said here replaces what was said before. */
export function postSignUpWebauthnVerify(at: Nhost): Handler {
  return async (exchange) => {
    const { credential, options, codeChallenge, nickname = options?.nickname } = await readBody(exchange, madeBody)
    if (!at.core.settings.passkeys.enabled) throw refusal('disabled-endpoint')
    refuseSignUpOff(at)
    const ticket = await ceremonyAnswered(at.core, credential, 'sign_up')
    const back = { ...(options?.redirectTo === undefined ? {} : backOf(at, options)), ...defined({ codeChallenge }) }
    const about = defined(aboutOf(at, options))
    const answered = { ticket, credential, name: nickname, about, back }
    const outcome = await signUpWithPasskey(at.core, at.callerOf(exchange), answered).catch(asFailed)
    if (outcome.kind === 'complete') return json(200, { session: presentSession(outcome.grant, at.options) })
    if (isKnownTaken(outcome) && !at.options.concealErrors) throw new Refusal('user_already_exists')
    if (outcome.kind === 'held') throw awaitingApproval()
    return json(200, {})
  }
}

/** What is there of it. */
function defined<T extends object>(facts: T): Partial<T> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Partial<T>
}
