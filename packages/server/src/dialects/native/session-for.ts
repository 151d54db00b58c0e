import type { Session } from '../../core/sessions/session.ts'
import type { SignedIn } from '../../gate/bearer.ts'
import { signedInOf } from './gates.ts'
import type { Call } from './operation.ts'

/**
 * Who is signed in, where something that was begun in a session goes on; any other attempt does not look at the bearer.
 * @throws Refusal `no_authorization`, `bad_jwt`, `session_not_found`, `user_banned`
 */
export function signedInFor(
  { native, exchange }: Pick<Call, 'native' | 'exchange'>,
  sessionId: string | null,
): Promise<SignedIn | undefined> {
  return sessionId === null ? Promise.resolve(undefined) : signedInOf(native, exchange)
}

/** As {@link signedInFor}, the session alone. */
export async function sessionFor(
  call: Pick<Call, 'native' | 'exchange'>,
  sessionId: string | null,
): Promise<Session | undefined> {
  return (await signedInFor(call, sessionId))?.session
}
