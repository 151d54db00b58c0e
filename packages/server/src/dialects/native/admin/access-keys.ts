import { Refusal } from '../../../base/errors.ts'
import { revokeAccessKeyOf } from '../../../flows/account/access-keys.ts'
import { fromTimePosition, pageOf, type TimePosition } from '../cursor.ts'
import { idOf } from '../input.ts'
import type { Call } from '../operation.ts'
import { presentAccessKey, timeOf } from '../present.ts'
import { actorOf, callerIdOf } from './actor.ts'
import type { adminPageQuery, dropAccessKeyQuery } from './bodies.ts'

/** GET /admin/users/:id/access-keys */
export async function listUserAccessKeys({ core, exchange, query }: Call<undefined, typeof adminPageQuery>) {
  const userId = idOf(exchange, 'id')
  if ((await core.users.find(userId)) === undefined) throw new Refusal('not_found')
  return pageOf(core, { caller: callerIdOf(exchange), list: `access-keys ${userId}`, filter: {} }, query, {
    read: ({ limit, after }: { limit: number; after?: TimePosition }) =>
      core.accessKeys.list(userId, { limit, ...fromTimePosition(after) }),
    positionOf: ({ createdAt, id }) => ({ at: timeOf(createdAt), id }),
    present: (each) => presentAccessKey(each),
  })
}

/** DELETE /admin/users/:id/access-keys/:keyId */
export async function dropUserAccessKey(call: Call<undefined, typeof dropAccessKeyQuery>) {
  const { core, caller, exchange, query } = call
  const meant = { userId: idOf(exchange, 'id'), keyId: idOf(exchange, 'keyId') }
  await revokeAccessKeyOf(core, caller, { ...meant, actor: actorOf(exchange), reason: query.reason })
}
