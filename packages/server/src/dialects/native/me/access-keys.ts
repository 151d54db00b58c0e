import { createAccessKey, revokeAccessKeyOf } from '../../../flows/account/access-keys.ts'
import { signedInKey } from '../../../gate/bearer.ts'
import { fromTimePosition, pageOf, type TimePosition } from '../cursor.ts'
import { idOf } from '../input.ts'
import type { Call } from '../operation.ts'
import { presentAccessKey, timeOf } from '../present.ts'
import type { accessKeyBody, pageQuery } from './bodies.ts'

/** GET /me/access-keys */
export function listAccessKeys({ core, exchange, query }: Call<undefined, typeof pageQuery>) {
  const { user } = exchange.need(signedInKey)
  return pageOf(core, { caller: user.id, list: 'access-keys', filter: {} }, query, {
    read: ({ limit, after }: { limit: number; after?: TimePosition }) =>
      core.accessKeys.list(user.id, { limit, ...fromTimePosition(after) }),
    positionOf: ({ createdAt, id }) => ({ at: timeOf(createdAt), id }),
    present: (each) => presentAccessKey(each),
  })
}

/** POST /me/access-keys */
export async function addAccessKey({ core, caller, exchange, body }: Call<typeof accessKeyBody>) {
  const { name, expiresAt, metadata = {} } = body
  const scopes = [...new Set(body.scopes)]
  const asked = { ...exchange.need(signedInKey), name, scopes, expiresAt, metadata, form: 'prefixed' as const }
  const { key, text } = await createAccessKey(core, caller, asked)
  return presentAccessKey(key, text)
}

/** DELETE /me/access-keys/:id */
export async function dropAccessKey({ core, caller, exchange }: Call) {
  const userId = exchange.need(signedInKey).user.id
  await revokeAccessKeyOf(core, caller, { userId, keyId: idOf(exchange, 'id') })
}
