import { Refusal } from '../../base/errors.ts'
import { changeUserFactor, removeUserFactors } from '../../flows/admin/manage-factors.ts'
import { adminKey } from '../../gate/admin.ts'
import { json, noContent } from '../../http/answer.ts'
import type { Handler } from '../../http/route.ts'
import { userIdOf } from './admin-users.ts'
import type { Supabase } from './dialect.ts'
import { factorIdOf, nameOf } from './factors.ts'
import { readBody } from './parse.ts'
import { passkeysOf, presentPasskey } from './passkeys.ts'
import { presentFactor, secondFactorsOf } from './present.ts'
import { refusal } from './refuse.ts'

/** GET /admin/users/:id/factors */
export function getAdminFactors({ core }: Supabase): Handler {
  return async (exchange) => {
    const user = await core.users.find(userIdOf(exchange))
    if (user === undefined) throw new Refusal('user_not_found')
    return json(200, secondFactorsOf(user).map(presentFactor))
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

/** GET /admin/users/:id/passkeys */
export function getAdminPasskeys({ core }: Supabase): Handler {
  return async (exchange) => {
    const user = await core.users.find(userIdOf(exchange))
    if (user === undefined) throw new Refusal('user_not_found')
    return json(200, passkeysOf(user).map(presentPasskey))
  }
}

/** DELETE /admin/users/:id/passkeys/:passkeyId */
export function deleteAdminPasskey(at: Supabase): Handler {
  return async (exchange) => {
    const userId = userIdOf(exchange)
    const user = await at.core.users.find(userId)
    const passkey = user && passkeysOf(user).find(({ id }) => id === exchange.param('passkeyId').toLowerCase())
    if (passkey === undefined) throw refusal('passkey_not_found')
    const input = { userId, factorId: passkey.id }
    await removeUserFactors(at.core, at.callerOf(exchange), exchange.need(adminKey).actor, input)
    return noContent()
  }
}
