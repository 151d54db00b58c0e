import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Session } from '../../core/sessions/session.ts'
import { isProtected } from '../../core/users/factor.ts'
import type { User } from '../../core/users/user.ts'
import { isRecent } from '../steps/is-recent.ts'
import { refuseKeys } from '../steps/refuse-keys.ts'

/**
 * Second factors are changed by whoever has proved them all the way, and lately: with a factor at `aal2`, without one by
 * any fresh proof.
 * @throws Refusal `insufficient_aal`, `reauthentication_needed`, `anonymous_not_allowed`, `user_sso_managed`,
 * `email_not_confirmed`
 */
export function refuseUnproved(core: Pick<Core, 'settings' | 'runtime'>, user: User, session: Session): void {
  if (user.isAnonymous) throw new Refusal('anonymous_not_allowed')
  if (user.isSso) throw new Refusal('user_sso_managed')
  if (hasOnlyUnproved(user)) throw new Refusal('email_not_confirmed')
  refuseStale(core, user, session)
}

/**
 * What is set up on an address that nobody proved might be somebody else's trap for its owner. An account without any, as
 * a wallet or a passkey opens, has nobody to trap.
 */
function hasOnlyUnproved({ email, emailConfirmedAt, phone, phoneConfirmedAt }: User): boolean {
  return (email !== null || phone !== null) && emailConfirmedAt === null && phoneConfirmedAt === null
}

/** The same for what an account with a factor has already. @throws Refusal `insufficient_aal`, `reauthentication_needed` */
export function refuseStale(core: Pick<Core, 'settings' | 'runtime'>, user: User, session: Session): void {
  refuseKeys(session)
  if (isProtected(user) && session.aal === 'aal1') throw new Refusal('insufficient_aal', { details: { level: 'aal2' } })
  if (!isRecent(core, session))
    throw new Refusal('reauthentication_needed', { details: { level: isProtected(user) ? 'aal2' : 'recent' } })
}
