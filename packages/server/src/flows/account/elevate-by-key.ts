import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { JsonObject, User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import type { Grant } from '../session/open.ts'
import { askElevationKey, elevate, elevationSubject, issueElevation } from './elevate.ts'

interface Whose {
  readonly user: User
  readonly session: Session
}

/**
 * Begins an elevation that one of the person's keys answers, for clients that send the browser's answer alone.
 * @returns what the browser is handed
 * @throws Refusal `attempt_expired` for somebody without a key
 */
export async function beginKeyElevation(core: Core, { user, session }: Whose): Promise<JsonObject> {
  const { ticket } = await issueElevation(core, { user, session }, ['passkey'])
  return (await askElevationKey(core, { ticket, user })).payload['publicKey'] as JsonObject
}

/**
 * Takes the answer to {@link beginKeyElevation}: this session's own challenge, and a key of this very person.
 * @throws Refusal `webauthn_verification_failed`, `over_attempt_limit`, `attempt_expired`
 */
export async function elevateByKey(
  core: Core,
  caller: Caller,
  { user, session, credential }: Whose & { readonly credential: JsonObject },
): Promise<Grant> {
  const ticket = await core.tickets.findBySubject(elevationSubject({ user, session }), 'elevation')
  if (ticket === undefined || ticket.payload['chosen'] !== 'passkey') throw new Refusal('attempt_expired')
  return elevate(core, caller, { ticket, user, session, answer: { credential } })
}
