import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { User } from '../../core/users/user.ts'
import { refuseManaged } from '../attempt/begin-email-change.ts'
import type { Caller } from '../caller.ts'
import { refuseEnded } from '../session/open.ts'
import { auditOf } from '../steps/audit-of.ts'
import { notify } from '../steps/notice.ts'
import { type FreshProof, requireProof } from './proof.ts'

const ownAddresses = new Set(['email', 'phone'])

/**
 * Takes the e-mail address off an account that has another way in, and drops a change of it that waits. Every other
 * session ends, every code and link dies, and the address that went is told.
 * @throws Refusal `single_identity_not_deletable`, `reauthentication_needed`, `user_sso_managed`, `session_not_found`
 */
export async function removeEmail(
  core: Core,
  caller: Caller,
  input: { readonly user: User; readonly session: Session; readonly proof: FreshProof },
): Promise<User> {
  const { user, session } = input
  refuseManaged(user)
  await requireProof(core, caller, input)
  const removed = await core.transaction(async (tx) => {
    const before = await tx.users.update(user.id, { pendingEmail: null })
    if (before === undefined) throw new Refusal('session_not_found')
    await refuseEnded(tx, session)
    await tx.tickets.killAll(user.id, ['email_change', 'email_change_current'])
    if (before.email === null) return before
    if (!hasOtherWayIn(before)) throw new Refusal('single_identity_not_deletable')
    await tx.users.update(user.id, { email: null, emailConfirmedAt: null })
    const own = before.identities.find(({ provider }) => provider === 'email')
    if (own !== undefined) await tx.identities.remove(user.id, own.id)
    await tx.tickets.killAll(user.id)
    await tx.sessions.endAll(user.id, session.id)
    await tx.audit.record({
      ...auditOf(caller, user.id),
      action: 'email.removed',
      result: 'ok',
      sessionId: session.id,
    })
    if (before.emailConfirmedAt !== null)
      await notify(tx, caller, {
        user: before,
        template: 'identity_unlinked',
        to: before.email,
        values: { provider: 'email' },
      })
    return (await tx.users.find(user.id)) ?? before
  })
  core.wakeOutbox()
  return removed
}

/** A passkey may be taken away like any other factor, so it is no way in to count on. */
function hasOtherWayIn({ phone, phoneConfirmedAt, identities }: User): boolean {
  return (phone !== null && phoneConfirmedAt !== null) || identities.some(({ provider }) => !ownAddresses.has(provider))
}
