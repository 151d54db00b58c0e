import type { Core } from '../../core/core.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { User } from '../../core/users/user.ts'
import { continueSession, type Grant, grant } from './open.ts'

/**
 * New tokens for a session after an address was put in place without having to be proved: a guest is none any more.
 * @throws Refusal `session_not_found` when it ended meanwhile
 */
export async function renewSession(
  core: Core,
  { user, session }: { readonly user: User; readonly session: Session },
): Promise<Grant> {
  const { method, provider } = session.amr[0] ?? { method: 'anonymous', provider: null }
  const proof = { method, provider }
  return grant(core, await core.transaction((tx) => continueSession(tx, { user, session, proof })))
}
