import type { Core } from '../../core/core.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { User } from '../../core/users/user.ts'
import { continueSession, type Grant, grant } from './open.ts'

/**
 * New tokens for a guest's session after the guest became a user without having to prove anything.
 * @throws Refusal `session_not_found` when it ended meanwhile
 */
export async function renewSession(
  core: Core,
  { user, session }: { readonly user: User; readonly session: Session },
): Promise<Grant> {
  const proof = { method: 'anonymous', provider: null }
  return grant(core, await core.transaction((tx) => continueSession(tx, { user, session, proof })))
}
