import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { User } from '../../core/users/user.ts'
import { refuseManaged } from '../attempt/begin-email-change.ts'
import { tellPhoneChanged } from '../attempt/phone-change.ts'
import type { Caller } from '../caller.ts'
import { refuseEnded } from '../session/open.ts'
import { auditOf } from '../steps/audit-of.ts'
import { type FreshProof, requireProof } from './proof.ts'

const ownAddresses = new Set(['email', 'phone'])

/**
 * Takes the phone number off an account that has another way in, and drops a change of it that waits. Every other session
 * ends, and the owner is told.
 * @throws Refusal `single_identity_not_deletable`, `reauthentication_needed`, `user_sso_managed`, `session_not_found`
 */
export async function removePhone(
  core: Core,
  caller: Caller,
  input: { readonly user: User; readonly session: Session; readonly proof: FreshProof },
): Promise<User> {
  const { user, session } = input
  refuseManaged(user)
  await requireProof(core, caller, input)
  const removed = await core.transaction(async (tx) => {
    await tx.users.update(user.id, { pendingPhone: null })
    // Seen once it is locked: another way in may have gone meanwhile.
    const before = await tx.users.find(user.id)
    if (before === undefined) throw new Refusal('session_not_found')
    await refuseEnded(tx, session)
    await tx.tickets.killAll(user.id, ['phone_change'])
    if (before.phone === null) return before
    if (!hasOtherWayIn(before)) throw new Refusal('single_identity_not_deletable')
    await tx.users.update(user.id, { phone: null, phoneConfirmedAt: null })
    const own = before.identities.find(({ provider }) => provider === 'phone')
    if (own !== undefined) await tx.identities.remove(user.id, own.id)
    await tx.tickets.killAll(user.id)
    await tx.sessions.endAll(user.id, session.id)
    await tx.audit.record({
      ...auditOf(caller, user.id),
      action: 'phone.removed',
      result: 'ok',
      sessionId: session.id,
    })
    await tellPhoneChanged(tx, caller, before)
    return (await tx.users.find(user.id)) ?? before
  })
  core.wakeOutbox()
  return removed
}

function hasOtherWayIn({ email, emailConfirmedAt, identities }: User): boolean {
  return (email !== null && emailConfirmedAt !== null) || identities.some(({ provider }) => !ownAddresses.has(provider))
}
