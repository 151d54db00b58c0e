import type { Core } from '../../core/core.ts'
import type { User } from '../../core/users/user.ts'
import type { Address } from '../../core/users/users.ts'
import type { Caller } from '../caller.ts'
import { mayReceive } from '../steps/may-receive.ts'
import { mistakable } from './mixed-up.ts'
import type { Progress } from './progress.ts'
import { send } from './send.ts'
import { refusePhoneOff } from './texts.ts'

/**
 * A right password on an address that was never proved: a code goes there first. Because it is typed into the attempt
 * of whoever knew the password, the password stays.
 * @throws Refusal `over_request_rate_limit`
 */
export async function confirmFirst(
  core: Core,
  caller: Caller,
  input: { readonly user: User; readonly address: Address },
): Promise<Progress> {
  const { user, address } = input
  refusePhoneOff(core, address)
  const isMail = 'email' in address
  const { ticket, attempt } = await send(core, caller, {
    purpose: 'sign_up',
    address,
    user,
    template: mayReceive(user, core.runtime.now()) ? (isMail ? 'sign_up' : 'sms_code') : 'nothing',
    back: {},
    carries: { link: isMail, code: true },
    payload: { withPassword: true, ...(await mistakable(core, address)) },
    remember: { confirmationSentAt: core.runtime.now() },
  })
  return { kind: 'pending', ticket, attempt }
}
