import { signUpAnonymously } from '../../../flows/sign-up/anonymously.ts'
import { beginPasskeySignUp } from '../../../flows/sign-up/with-passkey.ts'
import { signUpWithPassword } from '../../../flows/sign-up/with-password.ts'
import { awaitingApproval } from '../../../flows/steps/hold-newcomer.ts'
import { aboutOf, addressOf, returnOf } from '../input.ts'
import type { Call } from '../operation.ts'
import { presentPending, presentSignedIn } from '../present-outcome.ts'
import type { anonymousBody, signUpBody, signUpPasskeyBody } from './bodies.ts'

/** POST /sign-up/password: a taken address and a free one get the same answer. */
export async function signUp(call: Call<typeof signUpBody>) {
  const { core, caller, body } = call
  const { password, channel } = body
  const asked = { address: addressOf(body), password, channel, about: aboutOf(body), back: returnOf(core, body) }
  const done = await signUpWithPassword(core, caller, asked)
  if (done.kind === 'held') throw awaitingApproval()
  return done.kind === 'complete' ? presentSignedIn(call, done.grant) : presentPending(core, done.sent)
}

/** POST /sign-up/anonymous */
export async function signUpAsGuest(call: Call<typeof anonymousBody>) {
  const grant = await signUpAnonymously(call.core, call.caller, aboutOf(call.body))
  return presentSignedIn(call, grant)
}

/** POST /sign-up/passkey */
export async function signUpByPasskey({ core, body }: Call<typeof signUpPasskeyBody>) {
  const address = body.email === undefined && body.phone === undefined ? undefined : addressOf(body)
  const begun = await beginPasskeySignUp(core, { address, about: aboutOf(body), back: returnOf(core, body) })
  return presentPending(core, begun)
}
