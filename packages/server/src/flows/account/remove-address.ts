import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Session } from '../../core/sessions/session.ts'
import { accountsElsewhere } from '../../core/users/accounts-elsewhere.ts'
import type { User } from '../../core/users/user.ts'
import { refuseManaged } from '../attempt/begin-email-change.ts'
import { tellPhoneChanged } from '../attempt/phone-change.ts'
import type { Caller } from '../caller.ts'
import { refuseEnded } from '../session/open.ts'
import { auditOf } from '../steps/audit-of.ts'
import { endElsewhere } from '../steps/end-elsewhere.ts'
import { notify } from '../steps/notice.ts'
import { type FreshProof, requireProof } from './proof.ts'

type Channel = 'email' | 'phone'

const changes = {
  email: ['email_change', 'email_change_current'],
  phone: ['phone_change'],
} as const

const gone = {
  email: { email: null, emailConfirmedAt: null, pendingEmail: null },
  phone: { phone: null, phoneConfirmedAt: null, pendingPhone: null },
} as const

/**
 * Takes the e-mail address or the phone number off an account that has another way in, and drops a change of it that waits.
 * Every other session ends, every code and link dies, and the owner is told.
 * @throws Refusal `single_identity_not_deletable`, `reauthentication_needed`, `user_sso_managed`, `session_not_found`
 */
export async function removeAddress(
  core: Core,
  caller: Caller,
  input: { readonly channel: Channel; readonly user: User; readonly session: Session; readonly proof: FreshProof },
): Promise<User> {
  const { channel, user, session } = input
  refuseManaged(user)
  await requireProof(core, caller, input)
  const removed = await core.transaction(async (tx) => {
    // Another way in may have gone meanwhile.
    const before = await tx.users.lock(user.id)
    if (before === undefined) throw new Refusal('session_not_found')
    await refuseEnded(tx, session)
    await tx.tickets.killAll(user.id, changes[channel])
    if (before[channel] !== null) await takeOff(tx, caller, { channel, before, session })
    return (await tx.users.update(user.id, gone[channel])) ?? before
  })
  core.wakeOutbox()
  return removed
}

async function takeOff(
  tx: Core,
  caller: Caller,
  { channel, before, session }: { readonly channel: Channel; readonly before: User; readonly session: Session },
): Promise<void> {
  const { id } = before
  if (!hasOtherWayIn(before, channel)) throw new Refusal('single_identity_not_deletable')
  const own = before.identities.find(({ provider }) => provider === channel)
  if (own !== undefined) await tx.identities.remove(id, own.id)
  await endElsewhere(tx, before, { keep: session.id })
  await tx.audit.record({
    ...auditOf(caller, id),
    action: `${channel}.removed`,
    result: 'ok',
    sessionId: session.id,
  })
  if (channel === 'phone') return tellPhoneChanged(tx, caller, before)
  if (before.emailConfirmedAt === null) return
  const told = { template: 'identity_unlinked', to: before.email, values: { provider: 'email' } } as const
  await notify(tx, caller, { user: before, ...told })
}

/** A passkey may be taken away like any other factor, so it is no way in to count on. */
function hasOtherWayIn(user: User, without: Channel): boolean {
  const { email, emailConfirmedAt, phone, phoneConfirmedAt } = user
  const other =
    without === 'email' ? phone !== null && phoneConfirmedAt !== null : email !== null && emailConfirmedAt !== null
  return other || accountsElsewhere(user).length > 0
}
