import { recover } from '../../../flows/account/recover.ts'
import { confirmFirst } from '../../../flows/attempt/confirm-first.ts'
import { sendSignInCode } from '../../../flows/sign-in/with-code.ts'
import { signInWithPassword } from '../../../flows/sign-in/with-password.ts'
import { aboutOf, returnOf } from '../input.ts'
import type { Call } from '../operation.ts'
import { presentOutcome, presentPending } from '../present-outcome.ts'
import type { codeBody, passwordBody, recoveryBody } from './bodies.ts'

/** POST /sign-in/password: a right password on an unproved address proves the address first. */
export async function signInByPassword(call: Call<typeof passwordBody>) {
  const { core, caller, body } = call
  const { email, password } = body
  const done = await signInWithPassword(core, caller, { address: { email }, password })
  return presentOutcome(call, done.kind === 'unconfirmed' ? await confirmFirst(core, caller, done) : done)
}

/** POST /sign-in/code */
export async function signInByCode({ core, caller, body }: Call<typeof codeBody>) {
  const { email, createUser = true } = body
  const back = returnOf(core, body)
  const { sent } = await sendSignInCode(core, caller, { address: { email }, createUser, about: aboutOf(body), back })
  return presentPending(core, sent)
}

/** POST /recovery */
export async function recoverAccount({ core, caller, body }: Call<typeof recoveryBody>) {
  return presentPending(
    core,
    await recover(core, caller, { address: { email: body.email }, back: returnOf(core, body) }),
  )
}
