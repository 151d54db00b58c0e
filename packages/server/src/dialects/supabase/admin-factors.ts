import { Refusal } from '../../base/errors.ts'
import { changeUserFactor, removeUserFactors } from '../../flows/admin/manage-factors.ts'
import { adminKey } from '../../gate/admin.ts'
import { json, noContent } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Handler } from '../../http/route.ts'
import { userNamed } from './admin-users.ts'
import type { Supabase } from './dialect.ts'
import { factorIdOf, nameOf } from './factors.ts'
import { readBody } from './parse.ts'
import { passkeysOf, presentPasskey } from './passkeys.ts'
import { presentFactor, secondFactorsOf } from './present.ts'
import { refusal } from './refuse.ts'

/** GET /admin/users/:id/factors */
export function getAdminFactors(at: Supabase): Handler {
  return async (exchange) => json(200, secondFactorsOf(await userNamed(at, exchange)).map(presentFactor))
}

/** Which second factor of whom the path names. @throws Refusal `user_not_found`, `not_found`, and for what is no UUID */
async function factorNamed(at: Supabase, exchange: Exchange) {
  const user = await userNamed(at, exchange)
  const factorId = factorIdOf(exchange, 'factorId')
  if (!secondFactorsOf(user).some(({ id }) => id === factorId)) throw new Refusal('not_found')
  return { userId: user.id, factorId }
}

/** PUT /admin/users/:id/factors/:factorId */
export function putAdminFactor(at: Supabase): Handler {
  return async (exchange) => {
    const named = await factorNamed(at, exchange)
    const body = await readBody(exchange)
    const phone = body.phone()
    const input = {
      ...named,
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
    const input = await factorNamed(at, exchange)
    const [factor] = await removeUserFactors(at.core, at.callerOf(exchange), exchange.need(adminKey).actor, input)
    if (factor === undefined) throw new Refusal('not_found')
    return json(200, presentFactor(factor))
  }
}

/** GET /admin/users/:id/passkeys */
export function getAdminPasskeys(at: Supabase): Handler {
  return async (exchange) => json(200, passkeysOf(await userNamed(at, exchange)).map(presentPasskey))
}

/** DELETE /admin/users/:id/passkeys/:passkeyId */
export function deleteAdminPasskey(at: Supabase): Handler {
  return async (exchange) => {
    const user = await userNamed(at, exchange)
    const passkey = passkeysOf(user).find(({ id }) => id === exchange.param('passkeyId').toLowerCase())
    if (passkey === undefined) throw refusal('passkey_not_found')
    const input = { userId: user.id, factorId: passkey.id }
    await removeUserFactors(at.core, at.callerOf(exchange), exchange.need(adminKey).actor, input)
    return noContent()
  }
}
