import { z } from 'zod'
import { Refusal } from '../../base/errors.ts'
import { signUpAnonymously } from '../../flows/sign-up/anonymously.ts'
import type { PasskeySignUpOutcome } from '../../flows/sign-up/with-passkey.ts'
import { type SignUpOutcome, signUpWithPassword } from '../../flows/sign-up/with-password.ts'
import { awaitingApproval } from '../../flows/steps/hold-newcomer.ts'
import { json } from '../../http/answer.ts'
import type { Handler } from '../../http/route.ts'
import type { Nhost } from './dialect.ts'
import { aboutOf, backOf, refuseSignUpOff } from './options.ts'
import { emailOf, field, guestOptions, readBody, readOptionalBody, signUpOptions } from './parse.ts'
import { presentSession } from './present.ts'
import { refusal } from './refuse.ts'

const passwordBody = z.strictObject({
  email: field.email,
  password: field.password,
  options: signUpOptions.optional(),
  codeChallenge: field.challenge.optional(),
})

/** POST /signup/email-password: a session, or an empty answer while the address waits for its proof. */
export function postSignUpPassword(at: Nhost): Handler {
  const { core, options } = at
  return async (exchange) => {
    const body = await readBody(exchange, passwordBody)
    const address = { email: emailOf(body) }
    refuseSignUpOff(at)
    const outcome = await signUpWithPassword(core, at.callerOf(exchange), {
      address,
      password: body.password,
      back: backOf(at, body.options, body.codeChallenge),
      about: aboutOf(at, body.options),
    })
    if (outcome.kind === 'complete') return json(200, { session: presentSession(outcome.grant, options) })
    if (isKnownTaken(outcome) && !options.concealErrors) throw new Refusal('user_already_exists')
    if (outcome.kind === 'held') throw awaitingApproval()
    return json(200, {})
  }
}

/** Whether the address was taken, which clients here are told. */
export const isKnownTaken = (outcome: SignUpOutcome | PasskeySignUpOutcome): boolean =>
  outcome.kind === 'concealed' || (outcome.kind === 'held' && outcome.isTaken)

/** POST /signin/anonymous: a guest's session. */
export function postAnonymous(at: Nhost): Handler {
  return async (exchange) => {
    const about = await readOptionalBody(exchange, guestOptions)
    refuseSignUpOff(at)
    if (!at.core.settings.signUp.anonymous) throw refusal('disabled-endpoint')
    return json(200, {
      session: presentSession(await signUpAnonymously(at.core, at.callerOf(exchange), about), at.options),
    })
  }
}
