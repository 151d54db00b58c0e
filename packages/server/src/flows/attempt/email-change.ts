import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import { awaitsApproval } from '../../core/users/approval.ts'
import type { User } from '../../core/users/user.ts'
import { takenField } from '../../core/users/users.ts'
import type { Caller } from '../caller.ts'
import { auditOf } from '../steps/audit-of.ts'
import { putAddressIdentity } from '../steps/create-account.ts'
import { endElsewhere } from '../steps/end-elsewhere.ts'
import { asSomebody } from '../steps/hold-newcomer.ts'
import { notify } from '../steps/notice.ts'
import { isKeyOf } from './addresses.ts'

export type EmailChangeOutcome = { readonly kind: 'half' } | { readonly kind: 'changed'; readonly user: User }

/**
 * One address of a change has agreed, and its ticket is spent. When both have, the address changes: every other session
 * and every outstanding ticket dies, and the old address is told.
 * @throws Refusal `otp_expired` when the change was dropped, `user_already_exists` when somebody else has the address now
 */
export async function applyEmailChange(
  tx: Core,
  caller: Caller,
  input: { readonly ticket: Ticket; readonly user: User; readonly keepSession?: string | undefined },
): Promise<EmailChangeOutcome> {
  const { ticket, user } = input
  if (user.pendingEmail === null) throw new Refusal('otp_expired')
  const isNew = ticket.purpose === 'email_change'
  // Issued for another change than the one that waits, it proves nothing about that.
  const asked = isNew ? user.pendingEmail : user.email
  if (ticket.addressKey === null || !isKeyOf(tx, ticket.addressKey, { email: asked, phone: null }))
    throw new Refusal('otp_expired')
  const other = await tx.tickets.findBySubject(user.id, isNew ? 'email_change_current' : 'email_change')
  if (other !== undefined) {
    await tx.tickets.patch(other.id, { otherAgreed: true })
    return { kind: 'half' }
  }
  // Where both were asked and one ran out, the other alone changes nothing.
  if (ticket.payload['bothAgree'] === true && ticket.payload['otherAgreed'] !== true) throw new Refusal('otp_expired')
  return {
    kind: 'changed',
    user: await change(tx, caller, { user, email: user.pendingEmail, keepSession: input.keepSession }),
  }
}

/** Puts the new address in place. Also for administrators, and where no confirmation is asked. */
export async function change(
  tx: Core,
  caller: Caller,
  input: { readonly user: User; readonly email: string; readonly keepSession?: string | undefined },
): Promise<User> {
  const { user, email } = input
  const changed = await tx.users
    .update(user.id, { email, pendingEmail: null, emailConfirmedAt: tx.runtime.now(), ...asSomebody(tx, user) })
    .catch((error: unknown) => {
      throw takenField(error) === undefined
        ? error
        : new Refusal('user_already_exists', { details: { field: 'email' } })
    })
  if (changed === undefined) throw new Refusal('otp_expired')
  await putAddressIdentity(tx, { userId: user.id, address: { email }, verified: true })
  await endElsewhere(tx, user, { keep: awaitsApproval(changed) ? undefined : input.keepSession })
  await tx.audit.record({
    ...auditOf(caller, user.id),
    action: 'email.changed',
    result: 'ok',
    sessionId: input.keepSession ?? null,
  })
  if (user.email !== null)
    await notify(tx, caller, {
      user,
      template: 'email_changed',
      to: user.email,
      values: { oldEmail: user.email, newEmail: email },
    })
  return (await tx.users.find(user.id)) ?? changed
}
