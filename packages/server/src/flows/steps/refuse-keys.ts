import { Refusal } from '../../base/errors.ts'
import type { Session } from '../../core/sessions/session.ts'

/**
 * Neither a personal access token nor an administrator who acts for a user changes how the account's owner signs in,
 * however far either reaches (S104, S108). @throws Refusal `insufficient_scope`
 */
export function refuseKeys({ accessKeyId, actorId }: Pick<Session, 'accessKeyId' | 'actorId'>): void {
  if (accessKeyId !== null || actorId !== null) throw new Refusal('insufficient_scope')
}
