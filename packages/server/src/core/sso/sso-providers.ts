import { newId } from '../../base/id.ts'
import type { Runtime } from '../../base/runtime.ts'
import { Duplicate, type Sql } from '../../storage/database.ts'
import { json, type Statement, sql } from '../../storage/sql.ts'
import type { SsoProvider } from './sso-provider.ts'

/** A provider to be, or to be as. */
export type NewSsoProvider = Omit<SsoProvider, 'id' | 'metadataCheckedAt' | 'createdAt' | 'updatedAt'>

/** Why a provider cannot be stored. */
export type SsoConflict =
  | { readonly kind: 'entity' }
  | { readonly kind: 'resource' }
  | { readonly kind: 'domain'; readonly domain: string; readonly providerId: string }

export type SsoStored = { readonly kind: 'stored'; readonly provider: SsoProvider } | SsoConflict

/** Organisations' identity providers and their domains: owner of `auth.sso_providers` and `auth.sso_domains`. */
export interface SsoProviders {
  find(
    by:
      | { readonly id: string }
      | { readonly domain: string }
      | { readonly entityId: string }
      | { readonly resourceId: string },
  ): Promise<SsoProvider | undefined>
  /** Oldest first. */
  list(): Promise<SsoProvider[]>
  count(): Promise<number>
  /** For a transaction: what is not stored whole has to be taken back. */
  create(input: NewSsoProvider): Promise<SsoStored>
  /** For a transaction. @returns undefined where there is none of that id */
  update(id: string, input: NewSsoProvider): Promise<SsoStored | undefined>
  /**
   * Notes that its metadata was asked for, and what it says now where it came. An administrator who described it anew
   * meanwhile has the last word.
   * @param asked as it stood when that began
   */
  checked(asked: Pick<SsoProvider, 'id' | 'metadataUrl' | 'metadataCheckedAt'>, metadataXml?: string): Promise<void>
  remove(id: string): Promise<boolean>
}

const columns = sql`p.id, p.resource_id as "resourceId", p.entity_id as "entityId", p.metadata_xml as "metadataXml",
  p.metadata_url as "metadataUrl", p.attribute_mapping as "attributeMapping", p.name_id_format as "nameIdFormat", p.enabled,
  p.allow_unsolicited as "allowUnsolicited", p.metadata_checked_at as "metadataCheckedAt", p.created_at as "createdAt",
  p.updated_at as "updatedAt",
  array(select d.domain from auth.sso_domains d where d.provider_id = p.id order by d.created_at, d.domain) as domains`

/** @param on the database or the transaction this store speaks to */
export function createSsoProviders(on: Sql, runtime: Pick<Runtime, 'now' | 'randomBytes'>): SsoProviders {
  const select = (where: Statement) =>
    on.query<SsoProvider>(sql`select ${columns} from auth.sso_providers p where ${where} order by p.created_at, p.id`)
  const one = async (where: Statement) => (await select(where))[0]

  /** The domains of a provider become these. Answers the first that is somebody else's. */
  const putDomains = async (id: string, domains: readonly string[]): Promise<SsoConflict | undefined> => {
    await on.query(
      sql`delete from auth.sso_domains where provider_id = ${id} and not (domain = any(${domains}::text[]))`,
    )
    for (const domain of domains) {
      const [row] = await on.query<{ providerId: string }>(sql`
        insert into auth.sso_domains as d (domain, provider_id, created_at) values (${domain}, ${id}, ${runtime.now()})
        on conflict (domain) do update set created_at = d.created_at returning provider_id as "providerId"`)
      if (row !== undefined && row.providerId !== id) return { kind: 'domain', domain, providerId: row.providerId }
    }
    return undefined
  }
  const stored = async (id: string, domains: readonly string[]): Promise<SsoStored | undefined> => {
    const taken = await putDomains(id, domains)
    if (taken !== undefined) return taken
    const provider = await one(sql`p.id = ${id}`)
    return provider === undefined ? undefined : { kind: 'stored', provider }
  }

  return {
    find(by) {
      if ('id' in by) return one(sql`p.id = ${by.id}::uuid`)
      if ('entityId' in by) return one(sql`p.entity_id = ${by.entityId}`)
      if ('resourceId' in by) return one(sql`p.resource_id = ${by.resourceId}`)
      return one(sql`p.id = (select d.provider_id from auth.sso_domains d where d.domain = ${by.domain})`)
    },
    list: () => select(sql`true`),
    async count() {
      const [row] = await on.query<{ count: number }>(sql`select count(*)::int as count from auth.sso_providers`)
      return row?.count ?? 0
    },
    async create(input) {
      const now = runtime.now()
      const id = newId(runtime)
      const rows =
        await on.query(sql`insert into auth.sso_providers (id, resource_id, entity_id, metadata_xml, metadata_url,
          attribute_mapping, name_id_format, enabled, allow_unsolicited, metadata_checked_at, created_at, updated_at)
        values (${id}, ${input.resourceId}, ${input.entityId}, ${input.metadataXml}, ${input.metadataUrl},
          ${json(input.attributeMapping)}::jsonb, ${input.nameIdFormat}, ${input.enabled}, ${input.allowUnsolicited},
          ${now}, ${now}, ${now})
        on conflict do nothing returning id`)
      if (rows.length === 0) return (await one(sql`p.entity_id = ${input.entityId}`)) ? entity : resource
      return (await stored(id, input.domains)) ?? entity
    },
    async update(id, input) {
      const now = runtime.now()
      try {
        const rows = await on.query(sql`update auth.sso_providers set resource_id = ${input.resourceId},
            metadata_xml = ${input.metadataXml}, metadata_url = ${input.metadataUrl},
            attribute_mapping = ${json(input.attributeMapping)}::jsonb, name_id_format = ${input.nameIdFormat},
            enabled = ${input.enabled}, allow_unsolicited = ${input.allowUnsolicited}, metadata_checked_at = ${now},
            updated_at = ${now}
          where id = ${id} returning id`)
        return rows.length === 0 ? undefined : await stored(id, input.domains)
      } catch (error) {
        if (error instanceof Duplicate) return resource
        throw error
      }
    },
    async checked({ id, metadataUrl, metadataCheckedAt }, metadataXml) {
      await on.query(sql`update auth.sso_providers set metadata_checked_at = ${runtime.now()},
        metadata_xml = coalesce(${metadataXml ?? null}::text, metadata_xml)
        where id = ${id} and metadata_url = ${metadataUrl} and date_trunc('milliseconds', metadata_checked_at) = ${metadataCheckedAt}::timestamptz`)
    },
    async remove(id) {
      return (await on.query(sql`delete from auth.sso_providers where id = ${id} returning id`)).length > 0
    },
  }
}

const entity: SsoConflict = { kind: 'entity' }
const resource: SsoConflict = { kind: 'resource' }
