import { isUuid } from '../../base/encoding.ts'
import { Refusal } from '../../base/errors.ts'
import { grantsOf, revokeGrant } from '../../flows/oauth/grants.ts'
import { signedInKey } from '../../gate/bearer.ts'
import { json, noContent } from '../../http/answer.ts'
import type { Handler } from '../../http/route.ts'
import type { Supabase } from './dialect.ts'
import { presentAsker } from './oauth-authorize.ts'
import { fault, refusal } from './refuse.ts'

/** GET /user/oauth/grants: what the bearer has allowed. */
export function getGrants({ core }: Supabase): Handler {
  return async (exchange) => {
    const grants = await grantsOf(core, exchange.need(signedInKey).user.id)
    return json(
      200,
      grants.map(({ client, scopes, grantedAt }) => ({
        client: presentAsker(client),
        scopes,
        granted_at: grantedAt.toISOString(),
      })),
    )
  }
}

/** DELETE /user/oauth/grants?client_id=: takes it back, and ends the application's sessions. */
export function deleteGrant(at: Supabase): Handler {
  return async (exchange) => {
    const clientId = exchange.query.one('client_id') || undefined
    if (clientId === undefined) throw fault('client_id query parameter is required')
    if (!isUuid(clientId)) throw fault('invalid client_id format')
    const { user } = exchange.need(signedInKey)
    await revokeGrant(at.core, at.callerOf(exchange), { userId: user.id, clientId }).catch((error: unknown) => {
      throw error instanceof Refusal && error.code === 'not_found' ? refusal('oauth_consent_not_found') : error
    })
    return noContent()
  }
}
