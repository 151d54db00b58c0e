import { isUuid } from '../../base/encoding.ts'
import { Refusal } from '../../base/errors.ts'
import { nameIdFormats } from '../../core/sso/saml-names.ts'
import type { AttributeMapping, SsoProvider } from '../../core/sso/sso-provider.ts'
import type { JsonObject } from '../../core/users/user.ts'
import {
  addSsoProvider,
  changeSsoProvider,
  removeSsoProvider,
  type SsoInput,
  ssoProviderBy,
  ssoProviders,
} from '../../flows/admin/manage-sso.ts'
import { adminKey } from '../../gate/admin.ts'
import { json } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Handler } from '../../http/route.ts'
import type { Supabase } from './dialect.ts'
import { type Body, readBody } from './parse.ts'
import { fault, refusal } from './refuse.ts'
import { storeFault } from './sso-faults.ts'

/** GET /admin/sso/providers */
export function getSsoProviders({ core }: Supabase): Handler {
  return async ({ query }) => {
    const [exact, prefix] = [query.one('resource_id') || undefined, query.one('resource_id_prefix') || undefined]
    const fits = ({ resourceId }: SsoProvider) =>
      (exact === undefined || resourceId === exact) && (prefix === undefined || resourceId?.startsWith(prefix) === true)
    const items = (await ssoProviders(core)).filter(fits).map((provider) => present(provider, { isListed: true }))
    return json(200, { items })
  }
}

/** POST /admin/sso/providers */
export function postSsoProvider(at: Supabase): Handler {
  return async (exchange) => {
    const body = await readBody(exchange)
    if (body.text('type') !== 'saml') throw fault("Only 'saml' supported for SSO provider type")
    const input = { ...inputOf(body), nameIdFormat: nameIdFormatIn(body) }
    const { actor } = exchange.need(adminKey)
    const added = await addSsoProvider(at.core, at.callerOf(exchange), { input, actor }).catch(storeFault('create'))
    return json(201, present(added))
  }
}

/** GET /admin/sso/providers/:id */
export function getSsoProvider(at: Supabase): Handler {
  return async (exchange) => json(200, present(await named(at, exchange)))
}

/** PUT /admin/sso/providers/:id: what is absent stays, but for the form of NameID. */
export function putSsoProvider(at: Supabase): Handler {
  return async (exchange) => {
    const before = await named(at, exchange)
    const body = await readBody(exchange)
    if (body.has('type') && body.text('type') !== 'saml') throw fault("Only 'saml' supported for SSO provider type")
    const input = { ...inputOf(body), nameIdFormat: nameIdFormatIn(body) }
    const { actor } = exchange.need(adminKey)
    const change = { before, input, actor }
    const changed = await changeSsoProvider(at.core, at.callerOf(exchange), change).catch(storeFault('update'))
    return json(200, present(changed))
  }
}

/** DELETE /admin/sso/providers/:id */
export function deleteSsoProvider(at: Supabase): Handler {
  return async (exchange) => {
    const provider = await named(at, exchange)
    const { actor } = exchange.need(adminKey)
    await removeSsoProvider(at.core, at.callerOf(exchange), { provider, actor }).catch(storeFault('update'))
    return json(200, present(provider))
  }
}

const byResource = 'resource_'

async function named({ core }: Supabase, exchange: Exchange): Promise<SsoProvider> {
  const id = exchange.param('id')
  if (id.startsWith(byResource))
    return ssoProviderBy(core, { resourceId: id.slice(byResource.length) }).catch(storeFault('update'))
  if (!isUuid(id)) throw refusal('sso_unknown')
  return ssoProviderBy(core, { id }).catch(storeFault('update'))
}

function inputOf(body: Body): SsoInput {
  const mapping = body.object('attribute_mapping')
  const disabled = body.flag('disabled')
  return {
    metadataXml: body.text('metadata_xml'),
    metadataUrl: body.text('metadata_url'),
    domains: body.texts('domains'),
    resourceId: body.text('resource_id'),
    ...(mapping === undefined ? {} : { attributeMapping: mappingOf(mapping) }),
    ...(disabled === undefined ? {} : { enabled: !disabled }),
  }
}

const { persistent, email, transient, unspecified } = nameIdFormats

function nameIdFormatIn(body: Body): string | null {
  const format = body.text('name_id_format') ?? null
  const known = [persistent, email, transient, unspecified]
  if (format === null || known.some((each) => each === format)) return format
  throw fault(`name_id_format must be unspecified or one of ${known.join(', ')}`)
}

function mappingOf(mapping: JsonObject): AttributeMapping {
  const keys = mapping['keys'] ?? {}
  if (typeof keys !== 'object' || Array.isArray(keys)) throw wrongType('attribute_mapping.keys')
  return Object.fromEntries(Object.entries(keys as JsonObject).map(([key, source]) => [key, sourceOf(source)]))
}

function sourceOf(source: unknown): AttributeMapping[string] {
  if (typeof source !== 'object' || source === null || Array.isArray(source)) throw wrongType('attribute_mapping.keys')
  const { name, names, default: otherwise, array } = source as JsonObject
  const isText = name === undefined || name === null || typeof name === 'string'
  const isTexts = names === undefined || names === null || (Array.isArray(names) && names.every(isString))
  const isFlag = array === undefined || array === null || typeof array === 'boolean'
  if (!isText || !isTexts || !isFlag) throw wrongType('attribute_mapping.keys')
  return {
    ...(isString(name) ? { name } : {}),
    ...(Array.isArray(names) ? { names: names.filter(isString) } : {}),
    ...(otherwise === undefined ? {} : { default: otherwise }),
    ...(array === true ? { array } : {}),
  }
}

const isString = (value: unknown): value is string => typeof value === 'string'

function wrongType(name: string): Refusal {
  return new Refusal('bad_json', { message: `${name} has an unexpected type`, details: { reason: 'type' } })
}

function present(provider: SsoProvider, { isListed }: { readonly isListed: boolean } = { isListed: false }) {
  const { attributeMapping, metadataUrl, nameIdFormat, resourceId } = provider
  return {
    id: provider.id,
    ...(resourceId === null ? {} : { resource_id: resourceId }),
    disabled: !provider.enabled,
    saml: {
      entity_id: provider.entityId,
      ...(isListed ? {} : { metadata_xml: provider.metadataXml }),
      ...(metadataUrl === null ? {} : { metadata_url: metadataUrl }),
      attribute_mapping: Object.keys(attributeMapping).length === 0 ? {} : { keys: attributeMapping },
      ...(nameIdFormat === null ? {} : { name_id_format: nameIdFormat }),
    },
    domains: provider.domains.map((domain) => ({ domain })),
    created_at: provider.createdAt.toISOString(),
    updated_at: provider.updatedAt.toISOString(),
  }
}
