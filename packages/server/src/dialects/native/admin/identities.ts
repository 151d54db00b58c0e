import { Refusal } from '../../../base/errors.ts'
import { unlinkIdentity } from '../../../flows/account/unlink-identity.ts'
import { attachIdentity } from '../../../flows/admin/attach-identity.ts'
import { idOf } from '../input.ts'
import type { Call } from '../operation.ts'
import { presentIdentity } from '../present.ts'
import { actorOf } from './actor.ts'
import type { identityBody } from './bodies.ts'

/** POST /admin/users/:id/identities */
export async function attachUserIdentity({ core, caller, exchange, body }: Call<typeof identityBody>) {
  const { provider, subject, email } = body
  const input = { userId: idOf(exchange, 'id'), provider, subject, email, actor: actorOf(exchange) }
  return presentIdentity(await attachIdentity(core, caller, input))
}

/** DELETE /admin/users/:id/identities/:identityId */
export async function dropUserIdentity({ core, caller, exchange }: Call) {
  const user = await core.users.find(idOf(exchange, 'id'))
  if (user === undefined) throw new Refusal('not_found')
  await unlinkIdentity(core, caller, { user, identityId: idOf(exchange, 'identityId'), actor: actorOf(exchange) })
}
