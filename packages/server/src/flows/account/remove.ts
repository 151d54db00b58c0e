import type { Core } from '../../core/core.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { removeUser } from '../steps/remove-user.ts'
import { type FreshProof, requireProof } from './proof.ts'

/** Deletes one's own account for good. @throws Refusal `reauthentication_needed`, `session_not_found` */
export async function removeOwnAccount(
  core: Core,
  caller: Caller,
  input: { readonly user: User; readonly session: Session; readonly proof: FreshProof },
): Promise<void> {
  await requireProof(core, caller, input)
  const { user, session } = input
  await removeUser(core, caller, { id: user.id, mode: 'hard', actor: { type: 'user', id: user.id }, session })
}
