import { Refusal } from '../../base/errors.ts'
import type { Actor } from '../../core/audit/audit.ts'
import type { Core } from '../../core/core.ts'
import { nameIdFormats } from '../../core/sso/saml-names.ts'
import type { AttributeMapping, SsoProvider } from '../../core/sso/sso-provider.ts'
import type { NewSsoProvider, SsoStored } from '../../core/sso/sso-providers.ts'
import type { Caller } from '../caller.ts'
import { auditOf } from '../steps/audit-of.ts'

const mostProviders = 1_000
const mostDomains = 100
const mostClaims = 100

/** What an administrator says about a provider. What is absent stays as it is, or is what nobody asked for. */
export interface SsoInput {
  /** One of the two describes the provider; a description by address is read again when it is due. */
  readonly metadataXml?: string | undefined
  readonly metadataUrl?: string | undefined
  readonly domains?: readonly string[] | undefined
  readonly attributeMapping?: AttributeMapping | undefined
  readonly nameIdFormat?: string | null | undefined
  readonly resourceId?: string | null | undefined
  readonly enabled?: boolean | undefined
  readonly allowUnsolicited?: boolean | undefined
}

/** Every provider, oldest first. */
export function ssoProviders({ ssoProviders }: Pick<Core, 'ssoProviders'>): Promise<SsoProvider[]> {
  return ssoProviders.list()
}

/** @throws Refusal `sso_provider_not_found` */
export async function ssoProviderBy(
  core: Pick<Core, 'ssoProviders'>,
  by: { readonly id: string } | { readonly resourceId: string },
): Promise<SsoProvider> {
  const found = await core.ssoProviders.find(by)
  if (found === undefined) throw new Refusal('sso_provider_not_found')
  return found
}

/**
 * Adds an organisation's identity provider. Its metadata is read first, outside of any transaction.
 * @throws Refusal `validation_failed`, `limit_reached`, `conflict` with `details.reason` `entity`, `domain` or `resource`
 */
export async function addSsoProvider(
  core: Core,
  caller: Caller,
  { input, actor }: { readonly input: SsoInput; readonly actor: Actor },
): Promise<SsoProvider> {
  const described = await describe(core, input)
  if (described === undefined) throw fault('metadata_missing', 'Either metadata_xml or metadata_url must be set')
  if ((await core.ssoProviders.count()) >= mostProviders)
    throw new Refusal('limit_reached', { details: { limit: mostProviders } })
  const fresh = { resourceId: null, attributeMapping: {}, nameIdFormat: null, enabled: true, allowUnsolicited: false }
  const wanted = checked({ ...fresh, domains: [], ...described, ...given(input) })
  return core.transaction(async (tx) => {
    const provider = storedOr(await tx.ssoProviders.create(wanted), wanted)
    await tx.audit.record(entry(caller, actor, 'sso_provider.created', provider))
    return provider
  })
}

/** @throws Refusal as {@link addSsoProvider}, `sso_provider_not_found`; `validation_failed` with `details.reason` `entity_mismatch` */
export async function changeSsoProvider(
  core: Core,
  caller: Caller,
  { before, input, actor }: { readonly before: SsoProvider; readonly input: SsoInput; readonly actor: Actor },
): Promise<SsoProvider> {
  const described = await describe(core, input)
  if (described !== undefined && described.entityId !== before.entityId)
    throw fault('entity_mismatch', `The EntityID of the SAML Metadata must stay ${before.entityId}`)
  const wanted = checked({ ...before, ...described, ...given(input) })
  return core.transaction(async (tx) => {
    const outcome = await tx.ssoProviders.update(before.id, wanted)
    if (outcome === undefined) throw new Refusal('sso_provider_not_found')
    const provider = storedOr(outcome, wanted)
    await tx.audit.record(entry(caller, actor, 'sso_provider.updated', provider))
    return provider
  })
}

/** Takes a provider away. Its people keep their accounts and cannot come in by it any more. @throws Refusal `sso_provider_not_found` */
export async function removeSsoProvider(
  core: Core,
  caller: Caller,
  { provider, actor }: { readonly provider: SsoProvider; readonly actor: Actor },
): Promise<void> {
  await core.transaction(async (tx) => {
    if (!(await tx.ssoProviders.remove(provider.id))) throw new Refusal('sso_provider_not_found')
    await tx.audit.record(entry(caller, actor, 'sso_provider.deleted', provider))
  })
}

function fault(reason: string, message: string): Refusal {
  return new Refusal('validation_failed', { message, details: { reason } })
}

type Described = Pick<NewSsoProvider, 'entityId' | 'metadataXml' | 'metadataUrl'>

async function describe(core: Core, { metadataXml, metadataUrl }: SsoInput): Promise<Described | undefined> {
  if (metadataXml === undefined && metadataUrl === undefined) return undefined
  if (metadataXml !== undefined && metadataUrl !== undefined)
    throw fault('metadata_twice', 'Only one of metadata_xml or metadata_url needs to be set')
  if (metadataUrl !== undefined) refuseAddress(core, metadataUrl)
  const xml = metadataXml ?? (await core.sso.fetchMetadata(String(metadataUrl)))
  const { entityId } = await core.sso.readMetadata(xml)
  if (entityId === core.settings.sso.entityId) throw fault('own_entity', 'This is the SAML Metadata of this server')
  return { entityId, metadataXml: xml, metadataUrl: metadataUrl ?? null }
}

function refuseAddress({ settings }: Core, address: string): void {
  const url = URL.canParse(address) && address.length <= 2_048 ? new URL(address) : undefined
  if (url === undefined) throw fault('metadata_url', 'metadata_url is not a valid URL')
  if (url.protocol !== 'https:' && !settings.outbound.allow.includes(url.hostname))
    throw fault('metadata_url', 'metadata_url is not a HTTPS URL')
}

function given(input: SsoInput): Partial<NewSsoProvider> {
  const { metadataXml: _, metadataUrl: __, ...rest } = input
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
}

/** A provider that may be stored. */
function checked(wanted: NewSsoProvider): NewSsoProvider {
  const { nameIdFormat, resourceId, attributeMapping } = wanted
  const formats: readonly string[] = Object.values(nameIdFormats)
  if (nameIdFormat !== null && !formats.includes(nameIdFormat))
    throw fault('name_id_format', `name_id_format must be unset or one of ${formats.join(', ')}`)
  if (resourceId !== null && !/^[\x21-\x7e]{1,128}$/.test(resourceId))
    throw fault('resource_id', 'resource_id must be up to 128 visible characters')
  const claims = Object.keys(attributeMapping)
  if (claims.length > mostClaims || claims.some((claim) => claim.length > 128 || claim === '__proto__'))
    throw fault('attribute_mapping', `attribute_mapping may have ${mostClaims} keys of up to 128 characters`)
  return { ...wanted, domains: domainsOf(wanted.domains) }
}

const domainName = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/

function domainsOf(given: readonly string[]): string[] {
  const domains = [...new Set(given.map((domain) => domain.trim().toLowerCase()))]
  const wrong = domains.find((domain) => !domainName.test(domain))
  if (wrong !== undefined) throw fault('domain', `'${wrong.slice(0, 64)}' is not a domain name`)
  if (domains.length > mostDomains) throw fault('domain', `A provider may have ${mostDomains} domains`)
  return domains
}

function storedOr(outcome: SsoStored, { entityId }: NewSsoProvider): SsoProvider {
  if (outcome.kind === 'stored') return outcome.provider
  const { kind, ...facts } = outcome
  throw new Refusal('conflict', { message: taken[kind], details: { reason: kind, entityId, ...facts } })
}

const taken: Readonly<Record<Exclude<SsoStored['kind'], 'stored'>, string>> = {
  entity: 'There is a provider with this entity ID already. Change that one, or remove it first.',
  domain: 'One of these domains belongs to another provider.',
  resource: 'Another provider has this resource ID.',
}

function entry(caller: Caller, actor: Actor, action: string, { id, entityId }: SsoProvider) {
  return { ...auditOf(caller, null, actor), action, result: 'ok' as const, details: { provider: id, entityId } }
}
