import type { Core } from '../../core/core.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { Caller } from '../caller.ts'
import { auditOf } from '../steps/audit-of.ts'
import { refuseKeys } from '../steps/refuse-keys.ts'

export type SignOutScope = 'this' | 'others' | 'all'

/**
 * Ends sessions of a user. Doing it twice is as good as once. A program and an administrator who acts for the user end their
 * own session and no other (S104, S108).
 * @throws Refusal `insufficient_scope`
 */
export async function signOut(
  core: Core,
  caller: Caller,
  input: {
    readonly session: Pick<Session, 'id' | 'userId' | 'accessKeyId' | 'actorId'>
    readonly scope: SignOutScope
  },
): Promise<void> {
  const { session, scope } = input
  if (scope !== 'this') refuseKeys(session)
  await core.transaction(async (tx) => {
    if (scope === 'this') await tx.sessions.end(session.id, session.userId)
    else await tx.sessions.endAll(session.userId, scope === 'others' ? session.id : undefined)
    await tx.audit.record({
      ...auditOf(caller, session.userId),
      action: 'session.ended',
      result: 'ok',
      sessionId: session.id,
      details: { scope },
    })
  })
}

/** Ends the session a refresh token belongs to. A token that nobody knows has been signed out already. */
export async function signOutByToken(core: Core, caller: Caller, token: string): Promise<void> {
  const found = await core.sessions.findByToken(token)
  if (found !== undefined) await signOut(core, caller, { session: found.session, scope: 'this' })
}

/** Ends one session by id, if it is the user's own. */
export async function endSession(
  core: Core,
  caller: Caller,
  input: { readonly userId: string; readonly sessionId: string },
): Promise<boolean> {
  return core.transaction(async (tx) => {
    const ended = await tx.sessions.end(input.sessionId, input.userId)
    if (ended) {
      await tx.audit.record({
        ...auditOf(caller, input.userId),
        action: 'session.ended',
        result: 'ok',
        sessionId: input.sessionId,
        details: { scope: 'one' },
      })
    }
    return ended
  })
}
