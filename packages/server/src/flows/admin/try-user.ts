import type { Actor } from '../../core/audit/audit.ts'
import type { Core } from '../../core/core.ts'
import type { Caller } from '../caller.ts'
import { type AdminCreate, insertUser, refusePassword } from './create-user.ts'

/**
 * Says whether `createUser` would make a user, and makes none: all is done but the hashing of a password, and taken back.
 * @throws Refusal as `createUser` does
 */
export async function tryUser(core: Core, caller: Caller, actor: Actor, input: AdminCreate): Promise<void> {
  await refusePassword(core, input)
  const enough = new Error('tried, and taken back')
  const tried = core.transaction(async (tx) => {
    await insertUser(tx, caller, actor, { ...input, storedHash: input.passwordHash ?? null })
    throw enough
  })
  await tried.catch((thrown: unknown) => {
    if (thrown !== enough) throw thrown
  })
}
