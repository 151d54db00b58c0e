import { Refusal } from '../../base/errors.ts'
import type { Actor } from '../../core/audit/audit.ts'
import type { Core } from '../../core/core.ts'
import type { Caller } from '../caller.ts'
import { removeUser } from '../steps/remove-user.ts'

/** Deletes a user, for good or leaving an empty row. @throws Refusal `user_not_found` */
export async function deleteUser(
  core: Core,
  caller: Caller,
  actor: Actor,
  input: { readonly id: string; readonly mode: 'hard' | 'soft' },
): Promise<void> {
  if (!(await removeUser(core, caller, { ...input, actor }))) throw new Refusal('user_not_found')
}
