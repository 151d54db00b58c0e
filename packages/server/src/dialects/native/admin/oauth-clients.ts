import type { z } from 'zod'
import { invalid } from '../../../base/errors.ts'
import type { OAuthClient } from '../../../core/clients/client.ts'
import type { MadeClient } from '../../../core/clients/clients.ts'
import {
  addClient,
  changeClient,
  clientNamed,
  removeClient,
  renewClientSecret,
} from '../../../flows/oauth/manage-clients.ts'
import { fromTimePosition, pageOf, type TimePosition } from '../cursor.ts'
import { requireOAuthServer } from '../oauth-on.ts'
import type { Call } from '../operation.ts'
import { timeOf } from '../present.ts'
import type { createClientBody, madeOAuthClient, oauthClient, updateClientBody } from '../schemas/oauth-client.ts'
import { actorOf, callerIdOf } from './actor.ts'
import type { adminPageQuery } from './bodies.ts'

/** GET /admin/oauth-clients */
export function listOAuthClients({ core, exchange, query }: Call<undefined, typeof adminPageQuery>) {
  requireOAuthServer(core)
  return pageOf(core, { caller: callerIdOf(exchange), list: 'oauth-clients', filter: {} }, query, {
    read: async ({ limit, after }: { limit: number; after?: TimePosition }) => [
      ...(await core.clients.list({ limit, ...fromTimePosition(after) })),
    ],
    positionOf: ({ createdAt, id }) => ({ at: timeOf(createdAt), id }),
    present,
  })
}

/** POST /admin/oauth-clients */
export async function createOAuthClient({ core, caller, exchange, body }: Call<typeof createClientBody>) {
  requireOAuthServer(core)
  return presentMade(await addClient(core, caller, { said: body, actor: actorOf(exchange) }))
}

/** GET /admin/oauth-clients/:id */
export async function readOAuthClient({ core, exchange }: Call) {
  requireOAuthServer(core)
  return present(await clientNamed(core, exchange.param('id')))
}

/** PATCH /admin/oauth-clients/:id */
export async function updateOAuthClient({ core, caller, exchange, body }: Call<typeof updateClientBody>) {
  requireOAuthServer(core)
  if (Object.keys(body).length === 0) throw invalid('body', 'must change something')
  const input = { id: exchange.param('id'), said: body, actor: actorOf(exchange) }
  return present(await changeClient(core, caller, input))
}

/** DELETE /admin/oauth-clients/:id */
export async function dropOAuthClient({ core, caller, exchange }: Call) {
  requireOAuthServer(core)
  await removeClient(core, caller, { id: exchange.param('id'), actor: actorOf(exchange) })
}

/** POST /admin/oauth-clients/:id/secret */
export async function renewOAuthSecret({ core, caller, exchange }: Call) {
  requireOAuthServer(core)
  const input = { id: exchange.param('id'), actor: actorOf(exchange) }
  return presentMade(await renewClientSecret(core, caller, input))
}

function present(client: OAuthClient): z.input<typeof oauthClient> {
  const { createdAt, updatedAt, redirectUris, grants, scopes, ...rest } = client
  return {
    ...rest,
    redirectUris: [...redirectUris],
    grants: [...grants],
    scopes: [...scopes],
    createdAt: timeOf(createdAt),
    updatedAt: timeOf(updatedAt),
  }
}

function presentMade({ client, secret }: MadeClient): z.input<typeof madeOAuthClient> {
  return { client: present(client), secret: secret ?? null }
}
