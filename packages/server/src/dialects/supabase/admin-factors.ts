import { Refusal } from '../../base/errors.ts'
import { changeUserFactor, removeUserFactors } from '../../flows/admin/manage-factors.ts'
import { adminKey } from '../../gate/admin.ts'
import { json } from '../../http/answer.ts'
import type { Handler } from '../../http/route.ts'
import { userIdOf } from './admin-users.ts'
import type { Supabase } from './dialect.ts'
import { factorIdOf, nameOf } from './factors.ts'
import { readBody } from './parse.ts'
import { presentFactor } from './present.ts'

/** GET /admin/users/:id/factors */
export function getAdminFactors({ core }: Supabase): Handler {
  return async (exchange) => {
    const user = await core.users.find(userIdOf(exchange))
    if (user === undefined) throw new Refusal('user_not_found')
    return json(200, user.factors.map(presentFactor))
  }
}

/** PUT /admin/users/:id/factors/:factorId */
export function putAdminFactor(at: Supabase): Handler {
  return async (exchange) => {
    const body = await readBody(exchange)
    const phone = body.phone()
    const input = {
      userId: userIdOf(exchange),
      factorId: factorIdOf(exchange, 'factorId'),
      ...(body.has('friendly_name') ? { name: nameOf(body) } : {}),
      ...(phone === undefined ? {} : { phone }),
    }
    return json(
      200,
      presentFactor(await changeUserFactor(at.core, at.callerOf(exchange), exchange.need(adminKey).actor, input)),
    )
  }
}

/** DELETE /admin/users/:id/factors/:factorId */
export function deleteAdminFactor(at: Supabase): Handler {
  return async (exchange) => {
    const input = { userId: userIdOf(exchange), factorId: factorIdOf(exchange, 'factorId') }
    const [factor] = await removeUserFactors(at.core, at.callerOf(exchange), exchange.need(adminKey).actor, input)
    if (factor === undefined) throw new Refusal('not_found')
    return json(200, presentFactor(factor))
  }
}
