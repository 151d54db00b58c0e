import type { Core } from '../../core/core.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { removeUser } from '../steps/remove-user.ts'
import { type FreshProof, requireProof } from './proof.ts'

/** Deletes one's own account for good. @throws Refusal `reauthentication_needed` */
export async function removeOwnAccount(
  core: Core,
  caller: Caller,
  input: { readonly user: User; readonly session: Session; readonly proof: FreshProof },
): Promise<void> {
  await requireProof(core, caller, input)
  await removeUser(core, caller, { id: input.user.id, mode: 'hard', actor: { type: 'user', id: input.user.id } })
}
