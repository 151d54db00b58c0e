import { z } from 'zod'
import { Refusal } from '../../base/errors.ts'
import { signUpAnonymously } from '../../flows/sign-up/anonymously.ts'
import { signUpWithPassword } from '../../flows/sign-up/with-password.ts'
import { json } from '../../http/answer.ts'
import type { Handler } from '../../http/route.ts'
import type { Nhost } from './dialect.ts'
import { aboutOf, backOf } from './options.ts'
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
    const outcome = await signUpWithPassword(core, at.callerOf(exchange), {
      address: { email: emailOf(body) },
      password: body.password,
      about: aboutOf(at, body.options),
      back: backOf(at, body.options, body.codeChallenge),
    }).catch((error: unknown) => {
      throw error instanceof Refusal && error.code === 'user_already_exists' ? takenAddress(at) : error
    })
    if (outcome.kind === 'complete') return json(200, { session: presentSession(outcome.grant, options) })
    if (outcome.kind === 'concealed' && !options.concealErrors) throw takenAddress(at)
    return json(200, {})
  }
}

/** An address that somebody has already: which of two words it is told with is a setting. */
export function takenAddress({ options }: Pick<Nhost, 'options'>): Error {
  return refusal(options.takenEmail === 'classic' ? 'email-already-in-use' : 'user-already-exists')
}

/** POST /signin/anonymous: a guest's session. */
export function postAnonymous(at: Nhost): Handler {
  return async (exchange) => {
    const about = await readOptionalBody(exchange, guestOptions)
    return json(200, {
      session: presentSession(await signUpAnonymously(at.core, at.callerOf(exchange), about), at.options),
    })
  }
}
