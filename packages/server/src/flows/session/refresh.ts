import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { RotationOutcome, Showing } from '../../core/sessions/exchange.ts'
import type { Caller } from '../caller.ts'
import { auditOf } from '../steps/audit-of.ts'
import { notify } from '../steps/notice.ts'
import { type Grant, grant } from './open.ts'

/**
 * Renews a session with its refresh token.
 * @throws Refusal `refresh_token_not_found`, `refresh_token_already_used` (the session is ended), `session_expired`
 * (`details.reason` `idle` or `absolute`), `user_banned`; `refresh_token_overtaken` to those alone who may have a newer one
 */
export async function refresh(
  core: Core,
  caller: Caller,
  token: string,
  showing?: Pick<Showing, 'mayBeOlder'>,
): Promise<Grant> {
  return grant(core, { ...(await rotateSession(core, caller, token, showing)), isNewUser: false, cause: 'refresh' })
}

/**
 * Exchanges a refresh token; who may sign what for it is the caller's business.
 * @throws Refusal as {@link refresh}
 */
export async function rotateSession(
  core: Core,
  caller: Caller,
  token: string,
  showing?: Showing,
): Promise<Extract<RotationOutcome, { kind: 'rotated' }>> {
  const outcome = await core.sessions.rotate(token, { userAgent: caller.userAgent, ip: caller.ip }, showing)
  if (outcome.kind === 'rotated') return outcome
  if (outcome.kind === 'unknown') throw new Refusal('refresh_token_not_found')
  if (outcome.reason === 'replayed') await endReplayed(core, caller, outcome)
  throw refusalOf(outcome)
}

type Refused = Extract<RotationOutcome, { kind: 'refused' }>

/** Two hold the same secret and nobody knows who is who: the session ends, and that is written down before the refusal. */
async function endReplayed(core: Core, caller: Caller, { session, user }: Refused): Promise<void> {
  await core.transaction(async (tx) => {
    await tx.sessions.end(session.id)
    await tx.audit.record({
      ...auditOf(caller, user.id, { type: 'nobody', id: null }),
      action: 'session.replayed',
      result: 'refused',
      code: 'refresh_token_already_used',
      sessionId: session.id,
    })
    await notify(tx, caller, { user, template: 'session_replayed' })
  })
  core.wakeOutbox()
}

function refusalOf({ reason, user, session }: Refused): Refusal {
  switch (reason) {
    case 'foreign':
      return new Refusal('refresh_token_not_found', {
        details: { reason, of: session.client ? 'application' : 'person' },
      })
    case 'outlived':
      return new Refusal('refresh_token_overtaken')
    case 'replayed':
      return new Refusal('refresh_token_already_used')
    case 'ended':
      return new Refusal('session_expired', { details: { reason: 'absolute' } })
    case 'idle':
      return new Refusal('session_expired', { details: { reason: 'idle' } })
    case 'banned':
      return new Refusal('user_banned', { details: { until: user.bannedUntil?.toISOString() } })
  }
}
