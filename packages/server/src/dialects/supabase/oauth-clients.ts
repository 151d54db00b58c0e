import { unixSeconds } from '../../base/duration.ts'
import { isUuid } from '../../base/encoding.ts'
import { Refusal } from '../../base/errors.ts'
import type { OAuthClient } from '../../core/clients/client.ts'
import type { MadeClient } from '../../core/clients/clients.ts'
import type { JsonObject } from '../../core/users/user.ts'
import type { ClientInput } from '../../flows/oauth/client-input.ts'
import {
  addClient,
  changeClient,
  clientNamed,
  clientsOf,
  registerClient,
  removeClient,
  renewClientSecret,
} from '../../flows/oauth/manage-clients.ts'
import { readScopes } from '../../flows/oauth/server.ts'
import { adminKey } from '../../gate/admin.ts'
import { json, noContent } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Handler } from '../../http/route.ts'
import type { Supabase } from './dialect.ts'
import { pageHeaders, readPage } from './page.ts'
import { type Body, readBody } from './parse.ts'
import { fault, refusal } from './refuse.ts'

/** GET /admin/oauth/clients */
export function getClients({ core }: Supabase): Handler {
  return async ({ query }) => {
    const page = readPage(query)
    const { clients, total } = await clientsOf(core, { limit: page.size, offset: (page.number - 1) * page.size })
    const body = { clients: clients.map((client) => present({ client, secret: undefined })) }
    return json(200, body, pageHeaders('/admin/oauth/clients', page, total))
  }
}

/** POST /admin/oauth/clients */
export function postClient(at: Supabase): Handler {
  return async (exchange) => {
    const said = readNew(await readBody(exchange))
    const { actor } = exchange.need(adminKey)
    return json(201, present(await addClient(at.core, at.callerOf(exchange), { said, actor })))
  }
}

/** POST /oauth/clients/register (RFC 7591 §3). */
export function postRegister(at: Supabase): Handler {
  return async (exchange) => {
    if (!at.core.settings.oauthServer.registration) throw refusal('oauth_registration')
    const made = await registerClient(at.core, at.callerOf(exchange), readNew(await readBody(exchange)))
    const issued = { client_id_issued_at: unixSeconds(made.client.createdAt) }
    const lasting = made.secret === undefined ? {} : { client_secret_expires_at: 0 }
    return json(201, { ...present(made), ...issued, ...lasting }, { 'cache-control': 'no-store' })
  }
}

/** GET /admin/oauth/clients/:id */
export function getClient({ core }: Supabase): Handler {
  return async (exchange) => {
    const client = await clientNamed(core, idIn(exchange)).catch(unknown)
    return json(200, present({ client, secret: undefined }))
  }
}

/** PUT /admin/oauth/clients/:id: what is absent stays as it is. */
export function putClient(at: Supabase): Handler {
  return async (exchange) => {
    const { id } = await clientNamed(at.core, idIn(exchange)).catch(unknown)
    const said = readSaid(await readBody(exchange))
    if (Object.keys(said).length === 0) throw fault('No fields provided for update')
    const { actor } = exchange.need(adminKey)
    const client = await changeClient(at.core, at.callerOf(exchange), { id, said, actor }).catch(unknown)
    return json(200, present({ client, secret: undefined }))
  }
}

/** DELETE /admin/oauth/clients/:id */
export function deleteClient(at: Supabase): Handler {
  return async (exchange) => {
    const { actor } = exchange.need(adminKey)
    await removeClient(at.core, at.callerOf(exchange), { id: idIn(exchange), actor }).catch(unknown)
    return noContent()
  }
}

/** POST /admin/oauth/clients/:id/regenerate_secret */
export function postRegenerateSecret(at: Supabase): Handler {
  return async (exchange) => {
    const { actor } = exchange.need(adminKey)
    const input = { id: idIn(exchange), actor }
    return json(200, present(await renewClientSecret(at.core, at.callerOf(exchange), input).catch(unknown)))
  }
}

function idIn(exchange: Exchange): string {
  const id = exchange.param('id')
  if (!isUuid(id)) throw fault('invalid client_id format')
  return id
}

function unknown(error: unknown): never {
  throw error instanceof Refusal && error.code === 'not_found' ? refusal('oauth_client_not_found') : error
}

function readNew(body: Body): ClientInput {
  const said = readSaid(body)
  if (said.redirectUris === undefined || said.redirectUris.length === 0) throw fault('redirect_uris is required')
  const type = body.text('client_type') ?? (said.authMethod === 'none' ? 'public' : 'confidential')
  if (type !== 'public' && type !== 'confidential') throw fault("client_type must be 'public' or 'confidential'")
  const authMethod = said.authMethod ?? (type === 'public' ? 'none' : 'client_secret_basic')
  const expected = authMethod === 'none' ? 'public' : 'confidential'
  if (type !== expected)
    throw fault(
      `client_type '${type}' is inconsistent with token_endpoint_auth_method '${authMethod.slice(0, 64)}' (expected client_type '${expected}')`,
    )
  return { ...said, authMethod }
}

/** The members of RFC 7591 §2 that mean something here; the others are ignored, as it asks. */
function readSaid(body: Body): ClientInput {
  const types = body.texts('response_types')
  if (types?.some((type) => type !== 'code')) throw fault("response_types must be ['code']")
  const scope = body.text('scope')
  const said = {
    name: body.exactText('client_name'),
    homeUrl: body.exactText('client_uri'),
    logoUrl: body.exactText('logo_uri'),
    authMethod: body.text('token_endpoint_auth_method'),
    redirectUris: body.texts('redirect_uris'),
    grants: body.texts('grant_types'),
    scopes: scope === undefined ? undefined : readScopes(scope),
  }
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))
}

function present({ client, secret }: MadeClient): JsonObject {
  return {
    client_id: client.id,
    ...(secret === undefined ? {} : { client_secret: secret }),
    client_type: typeOf(client),
    redirect_uris: client.redirectUris,
    token_endpoint_auth_method: client.authMethod,
    grant_types: client.grants,
    response_types: ['code'],
    ...(client.name === '' ? {} : { client_name: client.name }),
    ...(client.homeUrl === null ? {} : { client_uri: client.homeUrl }),
    ...(client.logoUrl === null ? {} : { logo_uri: client.logoUrl }),
    scope: client.scopes.join(' '),
    registration_type: client.registration,
    created_at: client.createdAt.toISOString(),
    updated_at: client.updatedAt.toISOString(),
  }
}

const typeOf = ({ authMethod }: OAuthClient) => (authMethod === 'none' ? 'public' : 'confidential')
