import type { Actor } from '../../core/audit/audit.ts'
import type { Core } from '../../core/core.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { Caller } from '../caller.ts'
import { refuseEnded } from '../session/open.ts'
import { auditOf } from './audit-of.ts'
import { notify } from './notice.ts'

export interface Removal {
  readonly id: string
  /** `hard`: the row and all that hangs on it goes. `soft`: the row stays without personal facts, so that references hold. */
  readonly mode: 'hard' | 'soft'
  readonly actor: Actor
  /** The session that asks for it, which must not have ended meanwhile. Default: none does. */
  readonly session?: Pick<Session, 'id' | 'userId'>
}

/**
 * Deletes an account. The address is free again; the audit log keeps the id alone.
 * @returns false when there is no such account
 * @throws Refusal `session_not_found`
 */
export async function removeUser(core: Core, caller: Caller, { id, mode, actor, session }: Removal): Promise<boolean> {
  const removed = await core.transaction(async (tx) => {
    // Of several at once one gets past its lock on the row: the others find the account gone, and tell nobody again.
    const user = await tx.users.update(id, {})
    if (user === undefined) return false
    if (session !== undefined) await refuseEnded(tx, session)
    if (user.deletedAt !== null && mode === 'soft') return true
    // Told one by one, before they would go with the account.
    await tx.sessions.endAll(id)
    if (mode === 'soft') await strip(tx, id)
    else if (!(await tx.users.remove(id))) return false
    await tx.outboxAdmin.forget(id)
    if (user.deletedAt === null) await notify(tx, caller, { user, template: 'account_deleted' })
    await tx.audit.record({ ...auditOf(caller, id, actor), action: 'user.deleted', result: 'ok', details: { mode } })
    await tx.audit.forget(id)
    await tx.events.forget(id)
    return true
  })
  core.wakeOutbox()
  return removed
}

async function strip(tx: Core, id: string): Promise<void> {
  await tx.tickets.killAll(id)
  await tx.identities.removeAll(id)
  await tx.factors.removeAll(id)
  await tx.accessKeys.revokeAll(id)
  await tx.consents.removeAll(id)
  await tx.users.update(id, {
    email: null,
    phone: null,
    pendingEmail: null,
    pendingPhone: null,
    emailConfirmedAt: null,
    phoneConfirmedAt: null,
    passwordHash: null,
    displayName: '',
    avatarUrl: null,
    metadata: {},
    appMetadata: {},
    deletedAt: tx.runtime.now(),
  })
}
