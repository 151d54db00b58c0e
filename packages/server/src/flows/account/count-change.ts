import type { Core } from '../../core/core.ts'
import { refuseOver } from '../../core/limits/limits.ts'
import type { User } from '../../core/users/user.ts'
import { addressChangeTake, refuseOwned } from '../attempt/addresses.ts'

/** Counts a change of one's own address, whatever becomes of it. @throws Refusal `over_request_rate_limit` */
export async function countChange(core: Core, user: Pick<User, 'id'>): Promise<void> {
  refuseOver(await core.limits.take([addressChangeTake(core, user.id)]), 'over_request_rate_limit')
}

/**
 * Counts the changes that are asked for, and tells at once whose address is somebody else's: all of them before any
 * change is begun.
 * @throws Refusal `over_request_rate_limit`, `user_already_exists` with `details.field`
 */
export async function countAndTell(
  core: Core,
  {
    user,
    email,
    phone,
  }: { readonly user: User; readonly email: string | undefined; readonly phone: string | undefined },
): Promise<void> {
  if (email !== undefined) {
    await countChange(core, user)
    await refuseOwned(core, { email })
  }
  if (phone === undefined) return
  await countChange(core, user)
  await refuseOwned(core, { phone })
}
