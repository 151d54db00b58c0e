import { z } from 'zod'
import { Refusal } from '../../base/errors.ts'
import { saysElevated } from '../../core/tokens/claims.ts'
import type { User } from '../../core/users/user.ts'
import { codeWays } from '../../flows/account/elevate-by-code.ts'
import { beginKeyElevation, elevateByKey } from '../../flows/account/elevate-by-key.ts'
import { hasApp } from '../../flows/factor/switch-app.ts'
import { type SignedIn, signedInKey } from '../../gate/bearer.ts'
import { json } from '../../http/answer.ts'
import type { Gate, Handler } from '../../http/route.ts'
import { proved } from './credentials.ts'
import type { Nhost } from './dialect.ts'
import { somebody } from './guests.ts'
import { field, readAside, readBody } from './parse.ts'
import { presentSession } from './present.ts'
import { refusal } from './refuse.ts'

const hasKey = ({ factors }: User): boolean => factors.some(({ credential }) => credential !== null)

/** A way to elevate a session, as clients call it. */
type Method = 'webauthn' | 'totp' | 'otp-email' | 'otp-sms'

/** The ways that somebody has. An app that protects the account counts also where no new ones are set up. */
function methodsOf({ core }: Pick<Nhost, 'core'>, user: User): readonly Method[] {
  const sent = codeWays(core, user)
  return [
    ...(core.settings.passkeys.enabled && hasKey(user) ? (['webauthn'] as const) : []),
    ...(hasApp(user) ? (['totp'] as const) : []),
    ...(sent.includes('email') ? (['otp-email'] as const) : []),
    ...(sent.includes('phone') ? (['otp-sms'] as const) : []),
  ]
}

/** GET /elevate: the ways that the bearer has; guests have none. */
export function getElevate(at: Nhost): Handler {
  return (exchange) => json(200, { methods: methodsOf(at, exchange.need(signedInKey).user) })
}

type Where = Pick<Nhost, 'core' | 'options'>

/** Whether somebody could elevate, as far as the rule looks. */
const couldElevate = (at: Where, user: User): boolean =>
  at.options.elevationBy === 'keys' ? hasKey(user) : methodsOf(at, user).length > 0

/** Whether a bearer may change what an elevation guards. */
export function isElevatedEnough(at: Where, bearer: SignedIn): boolean {
  const { elevation } = at.options
  if (elevation === 'disabled' || (elevation === 'recommended' && !couldElevate(at, bearer.user))) return true
  return saysElevated(bearer.claims, at.core.settings)
}

/** Asks for the claim of an elevation, where there is such a rule. @throws Refusal `reauthentication_needed` */
export function elevated(at: Nhost): Gate {
  return (exchange) => {
    if (!isElevatedEnough(at, exchange.need(signedInKey))) throw new Refusal('reauthentication_needed')
  }
}

/** As {@link elevated}; somebody who has nothing to elevate by may add the first that could. */
export function elevatedUnlessFirst(at: Nhost): Gate {
  const gate = elevated(at)
  return (exchange) => (couldElevate(at, exchange.need(signedInKey).user) ? gate(exchange) : undefined)
}

const failures = new Set(['webauthn_verification_failed', 'attempt_expired'])

function asFailed(error: unknown): never {
  throw error instanceof Refusal && failures.has(error.code) ? refusal('invalid-request') : error
}

/** POST /elevate/webauthn: asks for one of the bearer's keys. */
export function postElevate({ core }: Nhost): Handler {
  return async (exchange) => {
    if (!core.settings.passkeys.enabled) throw refusal('disabled-endpoint')
    const { user, session } = somebody(exchange)
    if (!hasKey(user)) throw refusal('invalid-request')
    return json(200, await beginKeyElevation(core, { user, session }))
  }
}

const elevateBody = z.strictObject({
  credential: proved,
  email: field.email.optional(),
})

/** POST /elevate/webauthn/verify: a session whose access token carries the claim until it is renewed. */
export function postElevateVerify(at: Nhost): Handler {
  return async (exchange) => {
    const { credential, ...aside } = await readBody(exchange, elevateBody)
    readAside(aside)
    if (!at.core.settings.passkeys.enabled) throw refusal('disabled-endpoint')
    const { user, session } = somebody(exchange)
    const grant = await elevateByKey(at.core, at.callerOf(exchange), { user, session, credential }).catch(asFailed)
    return json(200, { session: presentSession(grant, at.options) })
  }
}
