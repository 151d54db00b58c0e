import type { Core } from '../../core/core.ts'
import type { Address } from '../../core/users/users.ts'
import type { Caller } from '../caller.ts'
import { evenly } from '../steps/even-time.ts'
import { mayReceive } from '../steps/may-receive.ts'
import { addressKey, nobody } from './addresses.ts'
import { changeOfEmail } from './begin-email-change.ts'
import { type Return, send } from './send.ts'

export interface Resend {
  readonly kind: 'sign_up' | 'email_change' | 'phone_change' | 'sms'
  readonly address: Address
  readonly back: Return
}

/**
 * Sends the message of a flow that waits for an answer once more, with a new code and link; the old ones die.
 * Does nothing, and says nothing, where no such flow waits.
 * @throws Refusal `over_request_rate_limit`
 */
export function resend(core: Core, caller: Caller, input: Resend): Promise<void> {
  return evenly(core, (held) => sendOnceMore(held, caller, input))
}

async function sendOnceMore(core: Core, caller: Caller, input: Resend): Promise<void> {
  const { address, back, kind } = input
  const owner = await core.users.findByAddress(address)
  if (kind === 'email_change') {
    if (owner?.pendingEmail != null)
      await changeOfEmail(core, caller, { user: owner, email: owner.pendingEmail, back, held: 'silently' })
    return
  }
  const isMail = 'email' in address
  const confirmed = isMail ? owner?.emailConfirmedAt : owner?.phoneConfirmedAt
  const waits = owner !== undefined && confirmed === null && mayReceive(owner, core.runtime.now())
  // Looked for whether or not anybody is there: the answer must not come sooner where nobody is.
  const found = await core.tickets.findBySubject(waits ? owner.id : nobody(addressKey(core, address)), 'sign_up')
  const waiting = waits ? found : undefined
  await send(core, caller, {
    purpose: 'sign_up',
    address,
    user: waits ? owner : undefined,
    template: waits ? (isMail ? 'sign_up' : 'sms_code') : 'nothing',
    back,
    carries: { link: isMail, code: true },
    // The password of the account is the one of its newest sign-up, whose mail this is again.
    payload: {
      withPassword: waiting === undefined ? (owner?.hasPassword ?? false) : waiting.payload['withPassword'] === true,
      ...(waiting?.payload['contested'] === true ? { contested: true } : {}),
    },
  })
}
