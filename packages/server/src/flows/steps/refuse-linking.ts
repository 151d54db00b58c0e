import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { User } from '../../core/users/user.ts'
import { isRecent } from './is-recent.ts'
import { refuseKeys } from './refuse-keys.ts'
import { refuseLinkingOff } from './refuse-linking-off.ts'

/**
 * Accounts elsewhere are ways in: they are connected and taken away by whoever has proved lately who they are (S40, S57).
 * Guests pass, since they have nothing to prove.
 * @throws Refusal `insufficient_scope`, `feature_disabled`, `reauthentication_needed`
 */
export function refuseLinking(
  core: Pick<Core, 'settings' | 'runtime'>,
  { user, session }: { readonly user: Pick<User, 'isAnonymous'>; readonly session: Session },
): void {
  refuseKeys(session)
  refuseLinkingOff(core)
  if (!user.isAnonymous && !isRecent(core, session))
    throw new Refusal('reauthentication_needed', { details: { level: 'recent' } })
}
