import { Refusal } from '../../base/errors.ts'
import type { Session } from '../../core/sessions/session.ts'

/** A personal access token never changes how its owner signs in, however far it reaches (S104). @throws Refusal `insufficient_scope` */
export function refuseKeys({ accessKeyId }: Pick<Session, 'accessKeyId'>): void {
  if (accessKeyId !== null) throw new Refusal('insufficient_scope')
}
