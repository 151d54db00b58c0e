import type { z } from 'zod'
import type { Consent } from '../../../core/clients/consents.ts'
import { grantsOf, revokeGrant } from '../../../flows/oauth/grants.ts'
import { signedInKey } from '../../../gate/bearer.ts'
import { presentAsker } from '../oauth/requests.ts'
import { requireOAuthServer } from '../oauth-on.ts'
import type { Call } from '../operation.ts'
import { timeOf } from '../present.ts'
import type { consent } from '../schemas/oauth-client.ts'

/** GET /me/grants */
export async function listGrants({ core, exchange }: Call) {
  requireOAuthServer(core)
  const grants = await grantsOf(core, exchange.need(signedInKey).user.id)
  return { items: grants.map(presentGrant), nextCursor: null }
}

/** What somebody has allowed an application. */
export function presentGrant({ client, scopes, grantedAt }: Consent): z.input<typeof consent> {
  return { client: presentAsker(client), scopes: [...scopes], grantedAt: timeOf(grantedAt) }
}

/** DELETE /me/grants/:clientId */
export async function dropGrant({ core, caller, exchange }: Call) {
  requireOAuthServer(core)
  const { user } = exchange.need(signedInKey)
  await revokeGrant(core, caller, { userId: user.id, clientId: exchange.param('clientId') })
}
