import { Refusal } from '../../base/errors.ts'
import { type CustomProvider, customPrefix } from '../../core/providers/custom.ts'
import { noSettings } from '../../core/providers/provider-settings.ts'
import { discoveryUrl } from '../../core/providers/server-metadata.ts'
import type { JsonObject } from '../../core/users/user.ts'
import {
  addProvider,
  changeProvider,
  customProviderNamed,
  customProviders,
  removeProvider,
  type StoredProvider,
} from '../../flows/admin/manage-providers.ts'
import { adminKey } from '../../gate/admin.ts'
import { json, noContent } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Handler } from '../../http/route.ts'
import type { Supabase } from './dialect.ts'
import { type Body, readBody } from './parse.ts'
import { fault, refusal } from './refuse.ts'

/** GET /admin/custom-providers */
export function getCustomProviders({ core }: Supabase): Handler {
  return async ({ query }) => {
    const type = query.one('type') || undefined
    if (type !== undefined && type !== 'oauth2' && type !== 'oidc')
      throw fault("type must be either 'oauth2' or 'oidc'")
    const all = await customProviders(core)
    return json(200, { providers: all.filter(({ custom }) => type === undefined || custom.kind === type).map(present) })
  }
}

/** POST /admin/custom-providers */
export function postCustomProvider(at: Supabase): Handler {
  return async (exchange) => {
    const custom = readNew(await readBody(exchange))
    const { actor } = exchange.need(adminKey)
    return json(
      201,
      present(await addProvider(at.core, at.callerOf(exchange), { custom, actor }).catch(asTold(custom))),
    )
  }
}

/** GET /admin/custom-providers/:id */
export function getCustomProvider({ core }: Supabase): Handler {
  return async (exchange) => json(200, present(await customProviderNamed(core, nameIn(exchange)).catch(asTold())))
}

/** PUT /admin/custom-providers/:id: what is absent stays as it is. */
export function putCustomProvider(at: Supabase): Handler {
  return async (exchange) => {
    const name = nameIn(exchange)
    const body = await readBody(exchange)
    const { custom: before } = await customProviderNamed(at.core, name).catch(asTold())
    const input = {
      custom: changed(before, body),
      clientSecret: body.text('client_secret'),
      actor: exchange.need(adminKey).actor,
    }
    return json(200, present(await changeProvider(at.core, at.callerOf(exchange), input).catch(asTold(input.custom))))
  }
}

/** DELETE /admin/custom-providers/:id */
export function deleteCustomProvider(at: Supabase): Handler {
  return async (exchange) => {
    const name = nameIn(exchange)
    const { actor } = exchange.need(adminKey)
    await removeProvider(at.core, at.callerOf(exchange), { name, actor }).catch(asTold())
    return noContent()
  }
}

const nameIn = (exchange: Exchange): string => prefixed(exchange.param('id'))

function prefixed(id: string): string {
  if (id.startsWith(customPrefix)) return id
  throw fault(`identifier must start with '${customPrefix}' prefix, e.g. '${customPrefix}${id.slice(0, 64)}'`)
}

/** Refusals of the flow in this dialect's words. */
function asTold(custom?: CustomProvider): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof Refusal)) throw error
    if (error.code === 'not_found') throw refusal('custom_provider_not_found')
    if (error.details.reason === 'moved') throw fault(error.message)
    if (error.code === 'conflict') throw refusal('custom_provider_conflict')
    if (error.code === 'limit_reached') throw refusal('custom_provider_quota')
    const misnamed = error.details.fields?.find(({ path }) => path === 'id')
    if (misnamed !== undefined) throw fault(`identifier ${misnamed.rule}`)
    if (error.code !== 'provider_failed' || custom === undefined) throw error
    const from = discoveryUrl(custom.endpoints)
    throw fault(`OIDC discovery from "${from}" failed: ${error.details.reason ?? 'it cannot be read'}`)
  }
}

function readNew(body: Body): CustomProvider {
  const kind = body.text('provider_type')
  if (kind !== 'oauth2' && kind !== 'oidc') throw fault("provider_type must be either 'oauth2' or 'oidc'")
  const id = prefixed(needed(body, 'identifier'))
  const settings = { ...noSettings, enabled: true, linking: 'never' as const }
  const empty: CustomProvider = {
    id,
    kind,
    name: needed(body, 'name'),
    endpoints: {},
    settings,
    pkce: true,
    params: {},
    mapping: {},
    keptClaims: [],
  }
  needed(body, 'client_id')
  const clientSecret = needed(body, 'client_secret')
  if (kind === 'oidc' && !body.has('issuer')) throw fault('issuer is required for OIDC providers')
  if (kind === 'oauth2')
    for (const name of ['authorization_url', 'token_url', 'userinfo_url'])
      if (!body.has(name)) throw fault(`${name} is required for OAuth2 providers`)
  const custom = changed(empty, body)
  return { ...custom, settings: { ...custom.settings, clientSecret } }
}

function needed(body: Body, name: string): string {
  const value = body.text(name)
  if (value === undefined) throw fault(`${name} is required`)
  return value
}

/** What the body says over what was there. */
function changed(before: CustomProvider, body: Body): CustomProvider {
  const { settings } = before
  const clientId = body.text('client_id') ?? settings.clientIds[0]
  const others = body.texts('acceptable_client_ids') ?? settings.clientIds.slice(1)
  return {
    ...before,
    name: body.text('name') ?? before.name,
    endpoints: endpointsOf(before, body),
    pkce: body.flag('pkce_enabled') ?? before.pkce,
    params: textsIn(body.object('authorization_params')) ?? before.params,
    mapping: mappingIn(body.object('attribute_mapping')) ?? before.mapping,
    keptClaims: keptIn(body.texts('custom_claims_allowlist')) ?? before.keptClaims,
    settings: {
      ...settings,
      enabled: body.flag('enabled') ?? settings.enabled,
      clientIds: [...new Set([...(clientId === undefined ? [] : [clientId]), ...others])],
      scopes: body.texts('scopes') ?? settings.scopes,
      emailOptional: body.flag('email_optional') ?? settings.emailOptional,
      skipNonceCheck: body.flag('skip_nonce_check') ?? settings.skipNonceCheck,
    },
  }
}

const addresses = {
  oidc: { issuer: 'issuer', discovery: 'discovery_url' },
  oauth2: { authorization: 'authorization_url', token: 'token_url', userinfo: 'userinfo_url', jwks: 'jwks_uri' },
} as const

function endpointsOf({ kind, endpoints }: CustomProvider, body: Body): CustomProvider['endpoints'] {
  const said = Object.entries(addresses[kind]).flatMap(([name, field]) => {
    const url = body.text(field)
    return url === undefined ? [] : [[name, url]]
  })
  return { ...endpoints, ...Object.fromEntries(said) }
}

function textsIn(params: JsonObject | undefined): Record<string, string> | undefined {
  if (params === undefined) return undefined
  const odd = Object.entries(params).find(([, value]) => typeof value !== 'string')
  if (odd !== undefined) throw fault(`Authorization parameter "${odd[0]}" must be a string`)
  return params as Record<string, string>
}

function mappingIn(mapping: JsonObject | undefined): Record<string, string> | undefined {
  const odd = Object.entries(mapping ?? {}).find(([, value]) => typeof value !== 'string')
  if (odd !== undefined) throw fault(`Attribute mapping "${odd[0]}" must be a string`)
  return mapping as Record<string, string> | undefined
}

function keptIn(claims: readonly string[] | undefined): readonly string[] | undefined {
  if (claims?.some((claim) => claim.trim() === '') === true)
    throw fault('custom_claims_allowlist entries must be non-empty strings')
  return claims
}

/** Everything but the secret. */
function present({ id, custom, createdAt, updatedAt }: StoredProvider): JsonObject {
  const { settings, endpoints, kind } = custom
  const [clientId = '', ...others] = settings.clientIds
  const own = Object.entries(addresses[kind]).flatMap(([name, field]) => {
    const url = endpoints[name as keyof typeof endpoints]
    return url === undefined ? [] : [[field, url]]
  })
  return {
    id,
    provider_type: kind,
    identifier: custom.id,
    name: custom.name,
    client_id: clientId,
    acceptable_client_ids: others,
    scopes: settings.scopes,
    pkce_enabled: custom.pkce,
    attribute_mapping: custom.mapping,
    custom_claims_allowlist: custom.keptClaims,
    authorization_params: custom.params,
    enabled: settings.enabled,
    email_optional: settings.emailOptional,
    skip_nonce_check: settings.skipNonceCheck,
    ...Object.fromEntries(own),
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
  }
}
