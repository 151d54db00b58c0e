import { Refusal } from '../../base/errors.ts'
import type { Factor } from '../../core/users/factor.ts'
import { answerWithRecoveryCode } from '../../flows/factor/challenge.ts'
import { makeRecoveryCodes, type RecoveryCodes } from '../../flows/factor/recovery-codes.ts'
import { removeFactor } from '../../flows/factor/remove.ts'
import { type SignedIn, signedInKey } from '../../gate/bearer.ts'
import { type Answer, json } from '../../http/answer.ts'
import type { Handler } from '../../http/route.ts'
import type { Supabase } from './dialect.ts'
import { nameOf } from './factors.ts'
import { readBody } from './parse.ts'
import { presentSession } from './present.ts'
import { fault } from './refuse.ts'

function setOf({ user }: SignedIn): Factor {
  const found = user.factors.find(({ type }) => type === 'recovery_code')
  if (found === undefined) throw new Refusal('not_found')
  return found
}

/** GET /factors/recovery-codes: how many are left. */
export function getRecoveryCodes(): Handler {
  return (exchange) => {
    const { id, type, total, remaining } = setOf(exchange.need(signedInKey))
    return json(200, { id, type, total, remaining })
  }
}

/** POST /factors/recovery-codes: the first set, shown once. */
export function postRecoveryCodes(at: Supabase): Handler {
  return async (exchange) => {
    const name = nameOf(await readBody(exchange, { empty: 'accept' })).trim() || undefined
    const input = { ...exchange.need(signedInKey), name, mode: 'first' } as const
    return present(await makeRecoveryCodes(at.core, at.callerOf(exchange), input))
  }
}

/** POST /factors/recovery-codes/regenerate: a new set; the old one is dead. */
export function postRegenerate(at: Supabase): Handler {
  return async (exchange) => {
    await readBody(exchange, { empty: 'accept' })
    const input = { ...exchange.need(signedInKey), mode: 'again' } as const
    return present(await makeRecoveryCodes(at.core, at.callerOf(exchange), input))
  }
}

function present({ factor, codes }: RecoveryCodes): Answer {
  const { id, type, name, total } = factor
  return json(200, { id, type, friendly_name: name, total, codes })
}

/** POST /factors/recovery-codes/verify: no set, a wrong code and a used one look the same. */
export function postVerifyRecoveryCode(at: Supabase): Handler {
  const { core } = at
  return async (exchange) => {
    const code = (await readBody(exchange)).text('code')
    if (code === undefined) throw fault('Code needs to be non-empty')
    const input = { ...exchange.need(signedInKey), code }
    const done = await answerWithRecoveryCode(core, at.callerOf(exchange), input).catch((error: unknown) => {
      if (error instanceof Refusal && error.code === 'not_found')
        throw new Refusal('mfa_verification_failed', { details: { type: 'recovery_code' } })
      throw error
    })
    return presentSession(done, core.settings)
  }
}

/** DELETE /factors/recovery-codes */
export function deleteRecoveryCodes(at: Supabase): Handler {
  return async (exchange) => {
    const signedIn = exchange.need(signedInKey)
    const { id } = await removeFactor(at.core, at.callerOf(exchange), { ...signedIn, factorId: setOf(signedIn).id })
    return json(200, { id })
  }
}
