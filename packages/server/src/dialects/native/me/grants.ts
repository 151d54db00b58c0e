import { grantsOf, revokeGrant } from '../../../flows/oauth/grants.ts'
import { signedInKey } from '../../../gate/bearer.ts'
import { presentAsker } from '../oauth/requests.ts'
import { requireOAuthServer } from '../oauth-on.ts'
import type { Call } from '../operation.ts'
import { timeOf } from '../present.ts'

/** GET /me/grants */
export async function listGrants({ core, exchange }: Call) {
  requireOAuthServer(core)
  const grants = await grantsOf(core, exchange.need(signedInKey).user.id)
  const items = grants.map(({ client, scopes, grantedAt }) => ({
    client: presentAsker(client),
    scopes: [...scopes],
    grantedAt: timeOf(grantedAt),
  }))
  return { items, nextCursor: null }
}

/** DELETE /me/grants/:clientId */
export async function dropGrant({ core, caller, exchange }: Call) {
  requireOAuthServer(core)
  const { user } = exchange.need(signedInKey)
  await revokeGrant(core, caller, { userId: user.id, clientId: exchange.param('clientId') })
}
