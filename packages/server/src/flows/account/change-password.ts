import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { Purpose } from '../../core/tickets/ticket.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { refuseEnded } from '../session/open.ts'
import { namesOf, refuseWeak } from '../steps/account-policy.ts'
import { auditOf } from '../steps/audit-of.ts'
import { endElsewhere } from '../steps/end-elsewhere.ts'
import { notify } from '../steps/notice.ts'
import { type FreshProof, requireProof } from './proof.ts'

export interface PasswordChange {
  readonly user: User
  readonly session: Session
  readonly password: string
  readonly proof: FreshProof
}

/** Proofs that were just given instead of a password, which may be forgotten. */
const withoutPassword = new Set(['code', 'link', 'recovery', 'invite'])

/**
 * Sets a password. Every other session ends, every outstanding ticket dies, and the owner is told.
 * @throws Refusal `weak_password`, `same_password`, `reauthentication_needed`, `current_password_required`,
 * `current_password_invalid`, `user_sso_managed`, `anonymous_not_allowed`
 */
export async function changePassword(core: Core, caller: Caller, input: PasswordChange): Promise<User> {
  await refusePassword(core, input)
  await requireProof(core, caller, input)
  const changed = await putPassword(core, caller, { ...input, passwordHash: await hashNew(core, input) })
  core.wakeOutbox()
  return changed
}

/**
 * What can be said against a new password before anything is proved.
 * @param input.newAddress an address that a guest gets together with the password
 * @throws Refusal `weak_password`, `current_password_required`, `user_sso_managed`, `anonymous_not_allowed`
 */
export async function refusePassword(
  core: Core,
  input: PasswordChange & { readonly newAddress?: string | undefined },
): Promise<void> {
  const { user, password, newAddress } = input
  await refuseWeak(core, password, [user.email, user.phone, ...namesOf(user), newAddress])
  if (user.isAnonymous && user.email === null && user.phone === null && newAddress === undefined)
    throw new Refusal('anonymous_not_allowed')
  if (user.isSso) throw new Refusal('user_sso_managed')
  refuseMissing(core, input)
}

/** The stored hash of a new password. @throws Refusal `same_password` when it is the old one */
export async function hashNew(
  core: Core,
  { user, password }: Pick<PasswordChange, 'user' | 'password'>,
): Promise<string> {
  const record = await core.users.findForSignIn({ id: user.id })
  if (record?.passwordHash != null && (await core.hasher.verify(record.passwordHash, password)).ok)
    throw new Refusal('same_password')
  return core.hasher.hash(password)
}

/**
 * Puts a password in place that was judged, and whose owner has proved who they are.
 * @param input.spare changes of address that were begun together with this live on
 */
export function putPassword(
  core: Core,
  caller: Caller,
  input: Pick<PasswordChange, 'user' | 'session'> & {
    readonly passwordHash: string
    readonly spare?: readonly Purpose[] | undefined
  },
): Promise<User> {
  const { user, session, passwordHash, spare = [] } = input
  return core.transaction(async (tx) => {
    const updated = await tx.users.update(user.id, {
      passwordHash,
      ...(spare.includes('email_change') ? {} : { pendingEmail: null }),
      ...(spare.includes('phone_change') ? {} : { pendingPhone: null }),
    })
    if (updated === undefined) throw new Refusal('session_not_found')
    await refuseEnded(tx, session)
    await endElsewhere(tx, user, { keep: session.id, spare })
    await tx.audit.record({
      ...auditOf(caller, user.id),
      action: 'password.changed',
      result: 'ok',
      sessionId: session.id,
    })
    await notify(tx, caller, {
      user: updated,
      template: session.amr[0]?.method === 'recovery' ? 'recovery_finished' : 'password_changed',
    })
    return updated
  })
}

function refuseMissing(core: Core, { user, session, proof }: PasswordChange): void {
  const forgotten = session.amr.some((each) => withoutPassword.has(each.method))
  if (core.settings.password.requireCurrent && user.hasPassword && !forgotten && proof.currentPassword === undefined) {
    throw new Refusal('current_password_required')
  }
}

/**
 * Removes a password from an account that has another way in.
 * @throws Refusal `single_identity_not_deletable`, `reauthentication_needed`
 */
export async function removePassword(
  core: Core,
  caller: Caller,
  input: Omit<PasswordChange, 'password'>,
): Promise<User> {
  const { user, session, proof } = input
  await requireProof(core, caller, { session, user, proof })
  const changed = await core.transaction(async (tx) => {
    const now = await tx.users.lock(user.id)
    if (now !== undefined && now.emailConfirmedAt === null && now.phoneConfirmedAt === null)
      throw new Refusal('single_identity_not_deletable')
    const updated = await tx.users.update(user.id, { passwordHash: null, pendingEmail: null, pendingPhone: null })
    if (updated === undefined) throw new Refusal('session_not_found')
    await refuseEnded(tx, session)
    await endElsewhere(tx, user, { keep: session.id })
    await tx.audit.record({
      ...auditOf(caller, user.id),
      action: 'password.removed',
      result: 'ok',
      sessionId: session.id,
    })
    await notify(tx, caller, { user: updated, template: 'password_changed' })
    return updated
  })
  core.wakeOutbox()
  return changed
}
