import type { Core } from '../../core/core.ts'
import { isProtected } from '../../core/users/factor.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { auditOf } from '../steps/audit-of.ts'
import { clearLocks } from '../steps/guesses.ts'
import { notify } from '../steps/notice.ts'

/** What a way in brings about besides a session, once nothing is missing any more. */
export interface Effects {
  /** The account was recovered: whoever else is in goes out. */
  readonly recovery: boolean
  /** Stored hash of a password that was chosen on the way. */
  readonly passwordHash?: string
}

/**
 * Ends what was open on the account and puts the chosen password in place.
 * @param input.proved `factor`: a second factor was passed too, so that wrong tries at factors are forgiven as well
 */
export async function applyEffects(
  tx: Core,
  caller: Caller,
  input: { readonly user: User; readonly effects: Effects; readonly proved: 'way in' | 'factor' },
): Promise<User> {
  const { user, effects } = input
  const { recovery, passwordHash } = effects
  await tx.sessions.endAll(user.id)
  await tx.accessKeys.revokeAll(user.id)
  await tx.consents.removeAll(user.id)
  await tx.tickets.killAll(user.id)
  await clearLocks(tx, user, { codes: input.proved === 'factor' || !isProtected(user) })
  const updated = await tx.users.update(user.id, {
    pendingEmail: null,
    pendingPhone: null,
    ...(passwordHash === undefined ? {} : { passwordHash }),
  })
  await tx.audit.record({
    ...auditOf(caller, user.id),
    action: recovery ? 'recovery.completed' : 'password.changed',
    result: 'ok',
    events: passwordHash === undefined ? [] : ['password.changed'],
  })
  if (recovery && passwordHash !== undefined)
    await notify(tx, caller, { user: updated ?? user, template: 'recovery_finished' })
  return updated ?? user
}
