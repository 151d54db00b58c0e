import { invalid } from '../../../base/errors.ts'
import { changePhone } from '../../../flows/account/change-phone.ts'
import { removeAddress } from '../../../flows/account/remove-address.ts'
import { renewSession } from '../../../flows/session/renew.ts'
import { signedInKey } from '../../../gate/bearer.ts'
import type { Call } from '../operation.ts'
import { presentUser } from '../present.ts'
import { presentPending, presentSignedIn } from '../present-outcome.ts'
import type { phoneBody } from './bodies.ts'

/** POST /me/phone: the new number proves itself. */
export async function changeMyPhone(call: Call<typeof phoneBody>) {
  const { core, caller, exchange, body } = call
  const { user, session } = exchange.need(signedInKey)
  const done = await changePhone(core, caller, { user, session, ...body, proof: {} })
  if (done.kind === 'same') throw invalid('phone', 'is the present one')
  if (done.kind === 'sent') return presentPending(core, done.sent)
  return presentSignedIn(call, await renewSession(core, { user: done.user, session }))
}

/** DELETE /me/phone */
export async function dropPhone({ core, caller, exchange }: Call) {
  return presentUser(await removeAddress(core, caller, { channel: 'phone', ...exchange.need(signedInKey), proof: {} }))
}
