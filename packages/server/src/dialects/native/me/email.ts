import { invalid } from '../../../base/errors.ts'
import { changeEmail } from '../../../flows/account/change-email.ts'
import { beginElevation } from '../../../flows/account/elevate.ts'
import { removeAddress } from '../../../flows/account/remove-address.ts'
import { renewSession } from '../../../flows/session/renew.ts'
import { signedInKey } from '../../../gate/bearer.ts'
import { returnOf } from '../input.ts'
import type { Call } from '../operation.ts'
import { presentUser } from '../present.ts'
import { presentPending, presentSignedIn } from '../present-outcome.ts'
import type { elevationBody, emailBody } from './bodies.ts'

/** POST /me/email: the new address proves itself, then the old one agrees. */
export async function changeMyEmail(call: Call<typeof emailBody>) {
  const { core, caller, exchange, body } = call
  const { user, session } = exchange.need(signedInKey)
  const { email, password } = body
  const back = returnOf(core, body)
  const done = await changeEmail(core, caller, { user, session, email, password, back, proof: {} })
  if (done.kind === 'same') throw invalid('email', 'is the present one')
  if (done.kind === 'sent') return presentPending(core, done.sent)
  return presentSignedIn(call, await renewSession(core, { user: done.user, session }))
}

/** DELETE /me/email */
export async function dropEmail({ core, caller, exchange }: Call) {
  return presentUser(await removeAddress(core, caller, { channel: 'email', ...exchange.need(signedInKey), proof: {} }))
}

/** POST /me/elevation */
export async function elevateMe({ core, exchange, body }: Call<typeof elevationBody>) {
  const { level } = body
  return presentPending(core, await beginElevation(core, { ...exchange.need(signedInKey), level }))
}
