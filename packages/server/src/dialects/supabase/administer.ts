import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { AdminScope } from '../../core/keys/api-keys.ts'
import { admin } from '../../gate/admin.ts'
import { bearerToken } from '../../gate/bearer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Gate } from '../../http/route.ts'

/** Clients with a secret key send it as bearer; some send it as `apikey` alone. */
const secretOf = (exchange: Exchange): string | undefined => bearerToken(exchange) ?? exchange.header('apikey')

/**
 * Lets administrators through. Whoever else is known is told that this is not for them; what is neither a key nor a
 * genuine token is told so.
 * @throws Refusal `no_authorization`, `not_admin`, `bad_jwt`, `insufficient_scope`
 */
export function administrator(core: Core, scope: AdminScope): Gate {
  const gate = admin(core, secretOf, scope)
  return async (exchange) => {
    try {
      await gate(exchange)
    } catch (error) {
      if (error instanceof Refusal && error.code === 'not_admin') await refuseUnknown(core, secretOf(exchange) ?? '')
      throw error
    }
  }
}

/** @throws Refusal `bad_jwt` */
async function refuseUnknown(core: Core, secret: string): Promise<void> {
  if ((await core.apiKeys.find(secret)) !== undefined) return
  if ((await core.accessTokens.verifyRoleKey(secret)) !== undefined) return
  await core.accessTokens.verify(secret)
}
