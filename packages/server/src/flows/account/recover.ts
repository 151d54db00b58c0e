import type { Core } from '../../core/core.ts'
import type { Address } from '../../core/users/users.ts'
import { type Return, type Sent, send } from '../attempt/send.ts'
import type { Caller } from '../caller.ts'
import { auditOf } from '../steps/audit-of.ts'
import { evenly } from '../steps/even-time.ts'
import { mayReceive } from '../steps/may-receive.ts'

/**
 * Mails a link and a code, or texts a code, that open a session for setting a new password.
 * Looks and costs the same for every address.
 * @throws Refusal `over_request_rate_limit`
 */
export function recover(
  core: Core,
  caller: Caller,
  input: { readonly address: Address; readonly back: Return },
): Promise<Sent> {
  return evenly(core, (held) => sendRecovery(held, caller, input))
}

async function sendRecovery(
  core: Core,
  caller: Caller,
  input: { readonly address: Address; readonly back: Return },
): Promise<Sent> {
  const { address, back } = input
  const owner = await core.users.findByAddress(address)
  const isMail = 'email' in address
  const reachable = owner !== undefined && mayReceive(owner, core.runtime.now())
  return send(core, caller, {
    purpose: 'recovery',
    address,
    user: owner,
    template: reachable ? (isMail ? 'recovery' : 'sms_code') : 'nothing',
    back,
    carries: { link: isMail, code: true },
    record: {
      ...auditOf(caller, owner?.id ?? null, { type: 'nobody', id: null }),
      action: 'recovery.requested',
      result: 'ok',
    },
  })
}
