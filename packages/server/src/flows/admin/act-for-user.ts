import { later, minute } from '../../base/duration.ts'
import { isUuid } from '../../base/encoding.ts'
import { Refusal } from '../../base/errors.ts'
import type { Actor } from '../../core/audit/audit.ts'
import type { Core } from '../../core/core.ts'
import type { Caller } from '../caller.ts'
import { type Grant, grant, openSession } from '../session/open.ts'
import { auditOf } from '../steps/audit-of.ts'

/** Minutes that somebody acts for a user at most (S108). */
export const mostMinutes = 60

export interface ActingFor {
  readonly userId: string
  /** Why; it stands in the audit log. */
  readonly reason: string
  /** From 1 to {@link mostMinutes}. */
  readonly minutes: number
}

/**
 * Opens a session in which an administrator acts for a user. It is marked with who that is, its owner sees it among their
 * own, nothing renews it, it ends with their key, and it opens neither passwords nor factors, addresses, connected accounts, access tokens or the end
 * of the account. A second factor of the user is not asked for: its tokens say `aal1`.
 * @throws Refusal `not_found`, `user_banned`, `key_invalid` where their key has ended meanwhile, and as {@link grant}
 */
export async function actForUser(core: Core, caller: Caller, actor: Actor, input: ActingFor): Promise<Grant> {
  const { userId, reason, minutes } = input
  if (actor.id === null) throw new Error('somebody without an id cannot act for anybody')
  const opened = await core.transaction(async (tx) => {
    const keyEnds = await keyEnd(tx, actor.id)
    const user = await tx.users.find(userId)
    if (user === undefined || user.deletedAt !== null) throw new Refusal('not_found')
    const session = await openSession(tx, caller, {
      user,
      amr: [{ method: 'impersonation', provider: null }],
      actor,
      notAfter: endOf(keyEnds, later(tx.runtime.now(), Math.min(minutes, mostMinutes) * minute)),
    })
    await tx.audit.record({
      ...auditOf(caller, userId, actor),
      action: 'user.acted_for',
      result: 'ok',
      sessionId: session.session.id,
      details: { reason, minutes },
    })
    return session
  })
  return grant(core, opened)
}

/** When the key ends that somebody acts with, if ever; it is not taken back before the commit. @throws Refusal `key_invalid` */
async function keyEnd(tx: Core, actorId: string | null): Promise<Date | null> {
  // What comes from the configuration, or was signed elsewhere, has a name and no row.
  if (actorId === null || !isUuid(actorId)) return null
  const key = await tx.apiKeys.hold(actorId)
  if (key === undefined) throw new Refusal('key_invalid')
  return key.expiresAt
}

const endOf = (keyEnds: Date | null, ends: Date): Date => (keyEnds !== null && keyEnds < ends ? keyEnds : ends)
