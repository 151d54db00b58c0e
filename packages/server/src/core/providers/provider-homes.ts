import type { Runtime } from '../../base/runtime.ts'
import type { Sql } from '../../storage/database.ts'
import { sql } from '../../storage/sql.ts'
import type { Provider, ProviderSettings } from './provider.ts'

/** Within what the subjects under a provider's name are unique. */
export interface ProviderHome {
  /** The provider's id. */
  readonly provider: string
  readonly home: string
}

/**
 * A subject is unique within its issuer and nowhere else (OpenID Connect Core §5.7). A built-in provider has one home, unless
 * its settings put it on another host.
 */
export function homeOf({
  provider,
  settings,
}: {
  readonly provider: Provider
  readonly settings: ProviderSettings
}): ProviderHome {
  const url = settings.url?.replace(/\/+$/, '')
  const isUsual = url === undefined || sameAddresses(provider, { ...settings, url })
  return { provider: provider.id, home: provider.home?.(settings) ?? (isUsual ? provider.id : url) }
}

/** A setting that says what holds without it moves nothing. */
function sameAddresses(provider: Provider, settings: ProviderSettings): boolean {
  const usual = provider.endpoints({ ...settings, url: undefined })
  return provider.needsUrl !== true && JSON.stringify(provider.endpoints(settings)) === JSON.stringify(usual)
}

/** Where the accounts under each provider's name come from: owner of `auth.provider_homes`. */
export interface ProviderHomes {
  list(): Promise<ProviderHome[]>
  /** Writes homes down where none is known. */
  note(homes: readonly ProviderHome[]): Promise<void>
  /** Makes sure of a home until the end of the transaction. @returns whether it is that one */
  hold(home: ProviderHome): Promise<boolean>
  /** Keeps everybody out who {@link hold}s, until the end of the transaction. @returns the home as it is */
  lock(provider: string): Promise<string | undefined>
  /** Call with the {@link lock}. */
  move(home: ProviderHome): Promise<void>
}

/** @param on the database or the transaction this store speaks to */
export function createProviderHomes(on: Sql, runtime: Pick<Runtime, 'now'>): ProviderHomes {
  return {
    list: () => on.query<ProviderHome>(sql`select provider, home from auth.provider_homes`),
    async note(homes) {
      const now = runtime.now()
      const [providers, places] = [homes.map(({ provider }) => provider), homes.map(({ home }) => home)]
      await on.query(sql`insert into auth.provider_homes (provider, home, created_at, updated_at)
        select provider, home, ${now}::timestamptz, ${now}::timestamptz
        from unnest(${providers}::text[], ${places}::text[]) as h (provider, home) order by provider
        on conflict (provider) do nothing`)
    },
    async hold({ provider, home }) {
      const rows = await on.query(
        sql`select provider from auth.provider_homes where provider = ${provider} and home = ${home} for key share`,
      )
      return rows.length > 0
    },
    async lock(provider) {
      const [row] = await on.query<{ home: string }>(
        sql`select home from auth.provider_homes where provider = ${provider} for update`,
      )
      return row?.home
    },
    async move({ provider, home }) {
      await on.query(
        sql`update auth.provider_homes set home = ${home}, updated_at = ${runtime.now()} where provider = ${provider}`,
      )
    },
  }
}
