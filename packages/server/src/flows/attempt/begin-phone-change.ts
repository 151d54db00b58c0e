import type { Core } from '../../core/core.ts'
import type { TextChannel } from '../../core/notifications/outgoing.ts'
import type { JsonObject, User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { refuseEnded } from '../session/open.ts'
import { auditOf } from '../steps/audit-of.ts'
import { mistakable } from './mixed-up.ts'
import { maySend, refuseFrequent, type Sent, sendNow } from './send.ts'

export interface PhoneChange {
  readonly user: User
  readonly phone: string
  readonly channel?: TextChannel | undefined
  readonly sessionId?: string
  /** Further facts for the ticket. */
  readonly payload?: JsonObject
  /** What happens when a text is held back by a limit: the person is told, or nothing is said. */
  readonly held: 'refuse' | 'silently'
}

/**
 * Begins a change of phone number: a code to the new one. A newer change replaces an older one. A number that somebody
 * else has gets a text that goes nowhere.
 * @throws Refusal `over_sms_send_rate_limit`, `identifier_not_allowed`, `session_not_found` when the session behind it
 * ended meanwhile
 */
export async function changeOfPhone(core: Core, caller: Caller, input: PhoneChange): Promise<Sent | undefined> {
  const { user, phone, channel, sessionId } = input
  const address = { phone }
  if (input.held === 'refuse') await refuseFrequent(core, caller, 'phone_change', address)
  else if (!(await maySend(core, caller, 'phone_change', address))) return undefined
  const taken = (await core.users.findByAddress(address)) !== undefined
  const sent = await core.transaction(async (tx) => {
    const changes = { pendingPhone: phone, phoneChangeSentAt: tx.runtime.now() }
    const updated = (await tx.users.update(user.id, changes)) ?? user
    if (sessionId !== undefined) await refuseEnded(tx, { id: sessionId, userId: user.id })
    await tx.tickets.killAll(user.id, ['phone_change'])
    const begun = await sendNow(tx, caller, {
      purpose: 'phone_change',
      address,
      channel,
      user: updated,
      template: taken ? 'nothing' : 'sms_code',
      back: {},
      carries: { link: false, code: true },
      payload: { ...input.payload, ...(user.isAnonymous ? await mistakable(tx, address) : {}) },
      ...(sessionId === undefined ? {} : { sessionId }),
      values: { newPhone: phone },
    })
    await tx.audit.record({ ...auditOf(caller, user.id), action: 'phone.change_requested', result: 'ok' })
    return begun
  })
  core.wakeOutbox()
  return sent
}
