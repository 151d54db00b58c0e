import type { Actor } from '../../core/audit/audit.ts'
import type { Core } from '../../core/core.ts'
import type { Caller } from '../caller.ts'
import { auditOf } from '../steps/audit-of.ts'

/** Ends one session of a user, or all. @returns how many ended */
export async function signOutUser(
  core: Core,
  caller: Caller,
  actor: Actor,
  input: { readonly userId: string; readonly sessionId?: string },
): Promise<number> {
  const { userId, sessionId } = input
  return core.transaction(async (tx) => {
    const ended =
      sessionId === undefined ? await tx.sessions.endAll(userId) : Number(await tx.sessions.end(sessionId, userId))
    await tx.audit.record({
      ...auditOf(caller, userId, actor),
      action: 'session.ended',
      result: 'ok',
      sessionId: sessionId ?? null,
      details: { scope: sessionId === undefined ? 'all' : 'one' },
    })
    return ended
  })
}
