import { Refusal } from '../../base/errors.ts'
import type { Actor } from '../../core/audit/audit.ts'
import type { Core } from '../../core/core.ts'
import type { UserEventType } from '../../core/events/user-event.ts'
import type { User } from '../../core/users/user.ts'
import type { UserChanges } from '../../core/users/users.ts'
import type { Caller } from '../caller.ts'
import { refuseLarge } from '../steps/account-policy.ts'
import { auditOf } from '../steps/audit-of.ts'
import { putAddressIdentity } from '../steps/create-account.ts'
import { notify } from '../steps/notice.ts'
import { type AdminUserInput, hashFor, refuseTaken } from './create-user.ts'

/**
 * Changes a user. Metadata is merged by key. A new password, a new address or a ban ends every session and kills every
 * outstanding code and link; a new address counts at once, without a mail to prove it.
 * @throws Refusal `user_not_found`, `user_already_exists`, `weak_password`, `hash_not_supported`, `payload_too_large`
 */
export async function updateUser(
  core: Core,
  caller: Caller,
  actor: Actor,
  input: { readonly id: string; readonly change: AdminUserInput },
): Promise<User> {
  const { id, change } = input
  const storedHash = await hashFor(core, change)
  const updated = await core.transaction(async (tx) => {
    const before = await tx.users.lock(id)
    if (before === undefined || before.deletedAt !== null) throw new Refusal('user_not_found')
    const user = await tx.users.update(id, changesOf(tx, before, change, storedHash)).catch(refuseTaken)
    if (user === undefined) throw new Refusal('user_not_found')
    refuseLarge(tx, user.metadata)
    refuseLarge(tx, user.appMetadata)
    await followAddresses(tx, before, user, change)
    if (endsSessions(tx, before, user, storedHash)) {
      await tx.sessions.endAll(id)
      await tx.tickets.killAll(id)
    }
    await tx.audit.record({
      ...auditOf(caller, id, actor),
      action: 'user.changed_by_admin',
      result: 'ok',
      details: { fields: Object.keys(change).filter((name) => change[name as keyof AdminUserInput] !== undefined) },
      events: eventsOf(tx, before, user, storedHash),
    })
    await tellOwner(tx, caller, before, user, storedHash)
    return (await tx.users.find(id)) ?? user
  })
  core.wakeOutbox()
  return updated
}

function changesOf(tx: Core, before: User, change: AdminUserInput, storedHash: string | null): UserChanges {
  const now = tx.runtime.now()
  const {
    email,
    phone,
    metadata,
    appMetadata,
    emailConfirmed,
    phoneConfirmed,
    password: _,
    passwordHash: __,
    ...plain
  } = change
  const given = Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined)) as UserChanges
  return {
    ...given,
    ...(email === undefined ? {} : { email, pendingEmail: null }),
    ...(phone === undefined ? {} : { phone, pendingPhone: null }),
    ...(emailConfirmed === true && before.emailConfirmedAt === null
      ? { emailConfirmedAt: now, isAnonymous: false }
      : {}),
    ...(phoneConfirmed === true && before.phoneConfirmedAt === null
      ? { phoneConfirmedAt: now, isAnonymous: false }
      : {}),
    ...(metadata === undefined ? {} : { metadataPatch: metadata }),
    ...(appMetadata === undefined ? {} : { appMetadataPatch: appMetadata }),
    ...(storedHash === null ? {} : { passwordHash: storedHash }),
  }
}

async function followAddresses(tx: Core, before: User, user: User, change: AdminUserInput): Promise<void> {
  const emailMoved = user.email !== null && user.email !== before.email
  const phoneMoved = user.phone !== null && user.phone !== before.phone
  if (emailMoved || (change.emailConfirmed === true && user.email !== null)) {
    await putAddressIdentity(tx, {
      userId: user.id,
      address: { email: user.email ?? '' },
      verified: user.emailConfirmedAt !== null,
    })
  }
  if (phoneMoved || (change.phoneConfirmed === true && user.phone !== null)) {
    await putAddressIdentity(tx, {
      userId: user.id,
      address: { phone: user.phone ?? '' },
      verified: user.phoneConfirmedAt !== null,
    })
  }
}

function endsSessions(tx: Core, before: User, user: User, storedHash: string | null): boolean {
  const banned = isBannedAt(user, tx.runtime.now())
  return storedHash !== null || banned || user.email !== before.email || user.phone !== before.phone
}

/** What the owner's devices are told; that something changed where it is nothing with a name of its own. */
function eventsOf(tx: Core, before: User, user: User, storedHash: string | null): readonly UserEventType[] {
  const isBanned = isBannedAt(user, tx.runtime.now()) && user.bannedUntil?.getTime() !== before.bannedUntil?.getTime()
  const events: readonly (UserEventType | false)[] = [
    storedHash !== null && 'password.changed',
    user.email !== before.email && 'email.changed',
    user.phone !== before.phone && 'phone.changed',
    isBanned && 'user.banned',
  ]
  const named = events.filter((event) => event !== false)
  return named.length === 0 ? ['user.updated'] : named
}

const isBannedAt = ({ bannedUntil }: User, now: Date): boolean => bannedUntil !== null && bannedUntil > now

async function tellOwner(tx: Core, caller: Caller, before: User, user: User, storedHash: string | null): Promise<void> {
  if (storedHash !== null) await notify(tx, caller, { user, template: 'password_changed' })
  if (before.email !== null && before.email !== user.email && before.emailConfirmedAt !== null) {
    await notify(tx, caller, {
      user,
      template: 'email_changed',
      to: before.email,
      values: { oldEmail: before.email, newEmail: user.email ?? '' },
    })
  }
}
