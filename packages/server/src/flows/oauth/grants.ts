import { Refusal } from '../../base/errors.ts'
import type { Consent } from '../../core/clients/consents.ts'
import type { Core } from '../../core/core.ts'
import type { Caller } from '../caller.ts'
import { auditOf } from '../steps/audit-of.ts'

/** What somebody has allowed, newest first. */
export async function grantsOf(core: Core, userId: string): Promise<readonly Consent[]> {
  return core.consents.list(userId)
}

/**
 * Takes back what somebody has allowed an application: its sessions end, and so does what it was about to get.
 * @throws Refusal `not_found` where nothing was allowed
 */
export async function revokeGrant(
  core: Core,
  caller: Caller,
  input: { readonly userId: string; readonly clientId: string },
): Promise<void> {
  const { userId, clientId } = input
  const found = await core.transaction(async (tx) => {
    // Locked as by everything that opens a session, so that none is opened beside this.
    await tx.users.update(userId, {})
    if (!(await tx.consents.remove(userId, clientId))) return false
    await tx.sessions.endOfClient(userId, clientId)
    await tx.authorizations.kill(userId, clientId)
    await tx.audit.record({
      ...auditOf(caller, userId),
      action: 'consent.revoked',
      result: 'ok',
      target: { type: 'oauth_client', id: clientId },
    })
    return true
  })
  if (!found) throw new Refusal('not_found')
}
