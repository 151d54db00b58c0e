import { Refusal } from '../../../base/errors.ts'
import { signInWithIdToken } from '../../../flows/sign-in/with-id-token.ts'
import { aboutOf } from '../input.ts'
import type { Call } from '../operation.ts'
import { presentOutcome } from '../present-outcome.ts'
import type { idTokenBody } from './bodies.ts'

/** POST /sign-in/id-token */
export async function signInByIdToken(call: Call<typeof idTokenBody>) {
  const { core, caller, body } = call
  const { provider, idToken, nonce, accessToken, createUser } = body
  const handed = { provider, idToken, nonce, accessToken, createUser, about: aboutOf(body), back: {} }
  const done = await signInWithIdToken(core, caller, handed)
  if (done.kind === 'waiting') throw new Refusal('email_not_confirmed')
  return presentOutcome(call, done)
}
