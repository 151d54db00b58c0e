import type { Core } from '../../core/core.ts'
import type { TextChannel } from '../../core/notifications/outgoing.ts'
import type { User } from '../../core/users/user.ts'
import type { Address } from '../../core/users/users.ts'
import { addressKey, nobody } from '../attempt/addresses.ts'
import { issueFor, messageOf, type Return, type Sent } from '../attempt/send.ts'
import type { Caller } from '../caller.ts'
import { auditOf } from '../steps/audit-of.ts'

/** What a sign-up says of where its message goes. */
export interface TakenAddress {
  readonly address: Address
  readonly channel?: TextChannel | undefined
  readonly back: Return
  readonly owner: User | undefined
  /** Whether a message may leave. */
  readonly allowed: boolean
}

/** "You already have an account": a ticket that no answer fits, and a mail without a secret. */
export async function tellOwner(tx: Core, caller: Caller, input: TakenAddress): Promise<Sent> {
  const { address, channel, back, owner, allowed } = input
  if (!allowed) {
    const joined = await tx.tickets.joinAttempt(nobody(addressKey(tx, address)), 'sign_up')
    if (joined !== undefined) return { ...joined, held: true }
  }
  const issued = await issueFor(tx, caller, {
    purpose: 'sign_up',
    address,
    channel,
    user: undefined,
    back,
    carries: { link: 'email' in address, code: true },
    payload: owner === undefined ? {} : { account: owner.id },
  })
  const template = allowed && 'email' in address && owner !== undefined ? 'already_registered' : 'nothing'
  const message = { purpose: 'sign_up' as const, address, channel, user: owner, template, back } as const
  await tx.outbox.enqueue([messageOf(tx, caller, message, { code: undefined, link: undefined })])
  await tx.audit.record({
    ...auditOf(caller, owner?.id ?? null, { type: 'nobody', id: null }),
    action: 'user.signed_up_again',
    result: 'refused',
  })
  return { ...issued, held: !allowed }
}
