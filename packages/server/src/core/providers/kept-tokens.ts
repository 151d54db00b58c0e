import type { Runtime } from '../../base/runtime.ts'
import type { Sql } from '../../storage/database.ts'
import { sql } from '../../storage/sql.ts'
import type { Vault } from '../vault/vault.ts'
import type { ProviderTokens } from './provider.ts'

/** Tokens as they were kept, with the identity they came with. */
export interface KeptTokens {
  readonly identityId: string
  readonly tokens: ProviderTokens
}

/** Providers' tokens of people, sealed: owner of `auth.provider_tokens`. */
export interface ProviderTokenStore {
  /** Puts the newest in place. A provider that sends its refresh token once alone does not take it back. */
  keep(identityId: string, tokens: ProviderTokens): Promise<void>
  /** The newest that a user has of a provider. */
  find(userId: string, provider: string): Promise<KeptTokens | undefined>
  remove(identityId: string): Promise<void>
}

interface Row {
  readonly identityId: string
  readonly accessToken: Uint8Array
  readonly refreshToken: Uint8Array | null
  readonly scopes: readonly string[]
  readonly expiresAt: Date | null
}

const contextOf = (column: string, identityId: string) => `provider_tokens.${column} ${identityId}`

/** @param on the database or the transaction this store speaks to */
export function createProviderTokenStore(
  on: Sql,
  deps: { readonly runtime: Pick<Runtime, 'now'>; readonly vault: Vault },
): ProviderTokenStore {
  const { runtime, vault } = deps
  return {
    async keep(identityId, { accessToken, refreshToken, scopes, expiresAt }) {
      const now = runtime.now()
      const sealed = refreshToken === null ? null : vault.seal(refreshToken, contextOf('refresh_token', identityId))
      await on.query(sql`insert into auth.provider_tokens as t (identity_id, access_token, refresh_token, scopes, expires_at, created_at, updated_at)
        values (${identityId}, ${vault.seal(accessToken, contextOf('access_token', identityId))}, ${sealed}, ${scopes}::text[], ${expiresAt}, ${now}, ${now})
        on conflict (identity_id) do update set access_token = excluded.access_token,
          refresh_token = coalesce(excluded.refresh_token, t.refresh_token),
          scopes = excluded.scopes, expires_at = excluded.expires_at, updated_at = excluded.updated_at`)
    },
    async find(userId, provider) {
      const [row] = await on.query<Row>(sql`
        select t.identity_id as "identityId", t.access_token as "accessToken", t.refresh_token as "refreshToken", t.scopes,
          t.expires_at as "expiresAt"
        from auth.provider_tokens t join auth.identities i on i.id = t.identity_id
        where i.user_id = ${userId} and i.provider = ${provider} order by t.updated_at desc limit 1`)
      if (row === undefined) return undefined
      const { identityId } = row
      const open = (column: string, value: Uint8Array) =>
        vault.open(value, contextOf(column, identityId)).toString('utf8')
      return {
        identityId,
        tokens: {
          accessToken: open('access_token', row.accessToken),
          refreshToken: row.refreshToken === null ? null : open('refresh_token', row.refreshToken),
          idToken: null,
          scopes: row.scopes,
          expiresAt: row.expiresAt,
        },
      }
    },
    async remove(identityId) {
      await on.query(sql`delete from auth.provider_tokens where identity_id = ${identityId}`)
    },
  }
}
