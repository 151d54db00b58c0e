import { minute } from '../../base/duration.ts'
import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { type Grant, grant } from '../session/open.ts'
import { refuseKeys } from '../steps/refuse-keys.ts'
import { passFactor } from './pass.ts'
import { proveFactor } from './prove.ts'
import { appOf } from './switch-app.ts'

/**
 * Raises a session by a code of the authenticator app, which nothing asks for first. The session goes on with new tokens,
 * the first of which says that it was raised. An elevation by mail or text that is under way goes on waiting.
 * @throws Refusal `not_found` where no app protects the account, `mfa_verification_failed`, `attempt_expired` where another
 * was faster, `over_attempt_limit`, `insufficient_scope`
 */
export async function elevateByApp(
  core: Core,
  caller: Caller,
  input: { readonly user: User; readonly session: Session; readonly code: string },
): Promise<Grant> {
  const { user, session, code } = input
  refuseKeys(session)
  const factor = appOf(user)
  if (factor === undefined) throw new Refusal('not_found')
  const { ticket } = await core.tickets.issue({
    purpose: 'elevation',
    subject: `${factor.id}:${session.id}`,
    userId: user.id,
    sessionId: session.id,
    seconds: minute,
    payload: { factor: factor.id },
  })
  const entered = await proveFactor(core, caller, { ticket, factor, user, said: { code } }, (tx, proved) =>
    passFactor(tx, caller, { ...proved, ticket, session }),
  )
  if (entered.kind !== 'opened') throw new Refusal('insufficient_aal')
  return grant(core, entered.opened)
}
