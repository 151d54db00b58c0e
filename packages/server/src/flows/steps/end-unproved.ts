import type { Core } from '../../core/core.ts'
import type { Session } from '../../core/sessions/session.ts'

/**
 * Nobody who was in before a second factor was set up is in after it (S90): sessions without one end, and so does what
 * applications were allowed before and have not fetched yet, in the acting session too.
 */
export async function endUnproved(tx: Core, { id, userId }: Pick<Session, 'id' | 'userId'>): Promise<void> {
  await tx.sessions.endWithoutFactor(userId, id)
  await tx.authorizations.killAllowed(userId)
}
