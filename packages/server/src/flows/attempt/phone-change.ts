import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import { awaitsApproval } from '../../core/users/approval.ts'
import type { User } from '../../core/users/user.ts'
import { takenField } from '../../core/users/users.ts'
import type { Caller } from '../caller.ts'
import { auditOf } from '../steps/audit-of.ts'
import { putAddressIdentity } from '../steps/create-account.ts'
import { endElsewhere } from '../steps/end-elsewhere.ts'
import { asSomebody } from '../steps/hold-newcomer.ts'
import { notify, siteValues } from '../steps/notice.ts'
import { blockOf, takesNotices, textTakes } from './texts.ts'

interface Changing {
  readonly user: User
  readonly keepSession?: string | undefined
}

/**
 * The new number of a change is proved, and its ticket is spent.
 * @throws Refusal `otp_expired` when the change was dropped, `user_already_exists` when somebody else has the number now
 */
export function applyPhoneChange(tx: Core, caller: Caller, { user, keepSession }: Changing): Promise<User> {
  if (user.pendingPhone === null) throw new Refusal('otp_expired')
  return movePhone(tx, caller, { user, phone: user.pendingPhone, keepSession })
}

/** Puts the new number in place: every other session and every outstanding ticket dies, and the owner is told. */
export async function movePhone(tx: Core, caller: Caller, input: Changing & { readonly phone: string }): Promise<User> {
  const { user, phone, keepSession } = input
  const changed = await tx.users
    .update(user.id, { phone, pendingPhone: null, phoneConfirmedAt: tx.runtime.now(), ...asSomebody(tx, user) })
    .catch((error: unknown) => {
      throw takenField(error) === undefined
        ? error
        : new Refusal('user_already_exists', { details: { field: 'phone' } })
    })
  if (changed === undefined) throw new Refusal('otp_expired')
  await putAddressIdentity(tx, { userId: user.id, address: { phone }, verified: true })
  await endElsewhere(tx, user, { keep: awaitsApproval(changed) ? undefined : keepSession })
  await tx.audit.record({
    ...auditOf(caller, user.id),
    action: 'phone.changed',
    result: 'ok',
    sessionId: keepSession ?? null,
  })
  await tellPhoneChanged(tx, caller, user)
  return (await tx.users.find(user.id)) ?? changed
}

/**
 * By mail, and by a text to the number that was, which counts like any other and does not leave beyond their limits.
 * @param before the account before its number changed or went
 */
export async function tellPhoneChanged(tx: Core, caller: Caller, before: User): Promise<void> {
  if (before.phone === null) return
  await notify(tx, caller, { user: before, template: 'phone_changed' })
  if (before.phoneConfirmedAt === null || !takesNotices(tx, before.phone)) return
  const block = blockOf(tx, { phone: before.phone })
  const taken = block === undefined ? [] : await tx.limits.take(textTakes(tx, caller, block))
  if (taken.some(({ over }) => over)) return
  await tx.outbox.enqueue([
    {
      channel: 'sms',
      to: before.phone,
      template: 'sms_phone_changed',
      locale: before.locale,
      userId: before.id,
      values: siteValues(tx, caller),
    },
  ])
}
