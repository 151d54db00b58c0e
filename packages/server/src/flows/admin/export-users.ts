import type { Actor } from '../../core/audit/audit.ts'
import type { Core } from '../../core/core.ts'
import type { User } from '../../core/users/user.ts'
import { positionOf, type UserFilter } from '../../core/users/user-search.ts'
import type { Caller } from '../caller.ts'
import { auditOf } from '../steps/audit-of.ts'

const pageSize = 500

/** Writes down that users were taken out, and hands them over page by page, oldest first. Never a secret. */
export async function exportUsers(
  core: Core,
  caller: Caller,
  actor: Actor,
  filter: UserFilter,
): Promise<AsyncGenerator<User[]>> {
  await core.audit.record({ ...auditOf(caller, null, actor), action: 'users.exported', result: 'ok' })
  return pages(core, filter)
}

async function* pages(core: Core, filter: UserFilter): AsyncGenerator<User[]> {
  let after: ReturnType<typeof positionOf> | undefined
  for (;;) {
    const page = await core.userSearch.page(filter, 'createdAt', {
      limit: pageSize,
      ...(after === undefined ? {} : { after }),
    })
    if (page.length > 0) yield page
    const last = page.at(-1)
    if (last === undefined || page.length < pageSize) return
    after = positionOf(last, 'createdAt')
  }
}
