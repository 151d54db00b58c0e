import { z } from 'zod'
import { Refusal } from '../../base/errors.ts'
import { saysElevated } from '../../core/tokens/claims.ts'
import type { User } from '../../core/users/user.ts'
import { beginKeyElevation, elevateByKey } from '../../flows/account/elevate-by-key.ts'
import { type SignedIn, signedInKey } from '../../gate/bearer.ts'
import { json } from '../../http/answer.ts'
import type { Gate, Handler } from '../../http/route.ts'
import { proved } from './credentials.ts'
import type { Nhost } from './dialect.ts'
import { field, readAside, readBody } from './parse.ts'
import { presentSession } from './present.ts'
import { refusal } from './refuse.ts'

const hasKey = ({ factors }: User): boolean => factors.some(({ credential }) => credential !== null)

/** Whether a bearer may change what an elevation guards. */
export function isElevatedEnough({ core, options }: Pick<Nhost, 'core' | 'options'>, bearer: SignedIn): boolean {
  const { elevation } = options
  if (elevation === 'disabled' || (elevation === 'recommended' && !hasKey(bearer.user))) return true
  return saysElevated(bearer.claims, core.settings)
}

/** Asks for the claim of an elevation, where there is such a rule. @throws Refusal `reauthentication_needed` */
export function elevated(at: Nhost): Gate {
  return (exchange) => {
    if (!isElevatedEnough(at, exchange.need(signedInKey))) throw new Refusal('reauthentication_needed')
  }
}

/** As {@link elevated}; somebody without a key may add the first, which nothing could elevate for. */
export function elevatedUnlessFirst(at: Nhost): Gate {
  const gate = elevated(at)
  return (exchange) => (hasKey(exchange.need(signedInKey).user) ? gate(exchange) : undefined)
}

const failures = new Set(['webauthn_verification_failed', 'attempt_expired'])

function asFailed(error: unknown): never {
  throw error instanceof Refusal && failures.has(error.code) ? refusal('invalid-request') : error
}

/** POST /elevate/webauthn: asks for one of the bearer's keys. */
export function postElevate({ core }: Nhost): Handler {
  return async (exchange) => {
    const { user, session } = exchange.need(signedInKey)
    if (!core.settings.passkeys.enabled) throw refusal('disabled-endpoint')
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
    const { user, session } = exchange.need(signedInKey)
    const { credential, ...aside } = await readBody(exchange, elevateBody)
    readAside(aside)
    if (!at.core.settings.passkeys.enabled) throw refusal('disabled-endpoint')
    const grant = await elevateByKey(at.core, at.callerOf(exchange), { user, session, credential }).catch(asFailed)
    return json(200, { session: presentSession(grant, at.options) })
  }
}
