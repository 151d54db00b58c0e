import type { Core } from '../../core/core.ts'
import type { TextChannel } from '../../core/notifications/outgoing.ts'
import type { Address } from '../../core/users/users.ts'
import { type Return, type Sent, send } from '../attempt/send.ts'
import { refuseChannel, refusePhoneOff } from '../attempt/texts.ts'
import type { Caller } from '../caller.ts'
import { auditOf } from '../steps/audit-of.ts'
import { evenly } from '../steps/even-time.ts'
import { mayReceive } from '../steps/may-receive.ts'

export interface Recovery {
  readonly address: Address
  /** How a text leaves. */
  readonly channel?: TextChannel | undefined
  readonly back: Return
}

/**
 * Mails a link and a code, or texts a code, that open a session for setting a new password.
 * Looks and costs the same for every address.
 * @throws Refusal `over_request_rate_limit`, `over_sms_send_rate_limit`, `identifier_not_allowed`, `provider_disabled`,
 * `feature_disabled` for a channel that is not there
 */
export async function recover(core: Core, caller: Caller, input: Recovery): Promise<Sent> {
  refusePhoneOff(core, input.address)
  refuseChannel(core, input.channel)
  return evenly(core, (held) => sendRecovery(held, caller, input))
}

async function sendRecovery(core: Core, caller: Caller, input: Recovery): Promise<Sent> {
  const { address, channel, back } = input
  const owner = await core.users.findByAddress(address)
  const isMail = 'email' in address
  const reachable = owner !== undefined && mayReceive(owner, core.runtime.now())
  return send(core, caller, {
    purpose: 'recovery',
    address,
    channel,
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
