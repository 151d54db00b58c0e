import { recover } from '../../../flows/account/recover.ts'
import { confirmFirst } from '../../../flows/attempt/confirm-first.ts'
import { askWallet } from '../../../flows/sign-in/ask-wallet.ts'
import { signInWithAccessKey } from '../../../flows/sign-in/with-access-key.ts'
import { sendSignInCode } from '../../../flows/sign-in/with-code.ts'
import { beginPasskeySignIn } from '../../../flows/sign-in/with-passkey.ts'
import { signInWithPassword } from '../../../flows/sign-in/with-password.ts'
import { aboutOf, addressOf, returnOf } from '../input.ts'
import type { Call } from '../operation.ts'
import { presentOutcome, presentPending, presentSignedIn } from '../present-outcome.ts'
import type { accessKeyBody, codeBody, passkeyBody, passwordBody, recoveryBody, walletBody } from './bodies.ts'

/** POST /sign-in/password: a right password on an unproved address proves the address first. */
export async function signInByPassword(call: Call<typeof passwordBody>) {
  const { core, caller, body } = call
  const done = await signInWithPassword(core, caller, { address: addressOf(body), password: body.password })
  return presentOutcome(call, done.kind === 'unconfirmed' ? await confirmFirst(core, caller, done) : done)
}

/** POST /sign-in/code */
export async function signInByCode({ core, caller, body }: Call<typeof codeBody>) {
  const { createUser = true, channel } = body
  const asked = { address: addressOf(body), channel, createUser, about: aboutOf(body), back: returnOf(core, body) }
  const { sent } = await sendSignInCode(core, caller, asked)
  return presentPending(core, sent)
}

/** POST /sign-in/passkey */
export async function signInByPasskey({ core }: Call<typeof passkeyBody>) {
  return presentPending(core, await beginPasskeySignIn(core))
}

/** POST /sign-in/wallet */
export async function signInByWallet({ core, body }: Call<typeof walletBody>) {
  const { chain, address, uri, createUser } = body
  return presentPending(core, await askWallet(core, { chain, address, uri, createUser, about: aboutOf(body) }))
}

/** POST /sign-in/access-key */
export async function signInByAccessKey(call: Call<typeof accessKeyBody>) {
  const { core, caller, body } = call
  const grant = await signInWithAccessKey(core, caller, { text: body.key, renews: false })
  return presentSignedIn(call, grant)
}

/** POST /recovery */
export async function recoverAccount({ core, caller, body }: Call<typeof recoveryBody>) {
  const asked = { address: addressOf(body), channel: body.channel, back: returnOf(core, body) }
  return presentPending(core, await recover(core, caller, asked))
}
