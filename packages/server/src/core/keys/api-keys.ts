import { sameText, sha256 } from '../../base/digest.ts'
import { base64url } from '../../base/encoding.ts'
import { newId } from '../../base/id.ts'
import type { Runtime } from '../../base/runtime.ts'
import type { Sql } from '../../storage/database.ts'
import { sql } from '../../storage/sql.ts'

export type AdminScope = 'admin' | 'users:read' | 'users:write' | 'audit:read' | 'settings:write' | 'keys:write'
export const adminScopes: readonly AdminScope[] = [
  'admin',
  'users:read',
  'users:write',
  'audit:read',
  'settings:write',
  'keys:write',
]

/** A key of an application: publishable ones name it, secret ones administer. */
export interface ApiKey {
  readonly id: string
  readonly kind: 'publishable' | 'secret'
  readonly name: string
  /** The last characters, enough to recognise it. */
  readonly hint: string
  readonly scopes: readonly AdminScope[]
  readonly origins: readonly string[]
  /** Of a publishable key: whether a connection that may be anybody's is for people who are signed in alone. */
  readonly needsSession: boolean
  readonly expiresAt: Date | null
  readonly revokedAt: Date | null
  readonly createdAt: Date
}

/** A key that comes from the configuration instead of the table. */
export interface ConfiguredKey {
  readonly kind: ApiKey['kind']
  readonly key: string
}

/** Keys of applications: owner of `auth.api_keys`. */
export interface ApiKeys {
  /** The living key with this text. */
  find(key: string): Promise<ApiKey | undefined>
  /** The living key with this id; in a transaction it lives until the commit. Keys from the configuration are not in the table. */
  hold(id: string): Promise<ApiKey | undefined>
  /** Whether a key with this text was one until its time was over. */
  isExpired(key: string): Promise<boolean>
  create(
    input: Pick<ApiKey, 'kind' | 'name' | 'scopes' | 'origins' | 'expiresAt'> & Partial<Pick<ApiKey, 'needsSession'>>,
  ): Promise<ApiKey & { readonly key: string }>
  list(page: { readonly limit: number; readonly after?: { readonly at: Date; readonly id: string } }): Promise<ApiKey[]>
  revoke(id: string): Promise<boolean>
}

const columns = sql`id, kind, name, hint, scopes, origins, needs_session as "needsSession", expires_at as "expiresAt", revoked_at as "revokedAt", created_at as "createdAt"`

const shape = /^(wwp|wws|sb_publishable|sb_secret)_/

/** @param configured keys that work without a row, with every scope of their kind */
export function createApiKeys(
  on: Sql,
  runtime: Pick<Runtime, 'now' | 'randomBytes'>,
  configured: readonly ConfiguredKey[],
): ApiKeys {
  return {
    async find(key) {
      if (key.length > 256) return undefined
      const match = configured.find((each) => sameText(each.key, key))
      if (match !== undefined) return configuredKey(match)
      if (!shape.test(key)) return undefined
      const now = runtime.now()
      const [row] = await on.query<ApiKey>(sql`select ${columns} from auth.api_keys
        where digest = ${sha256(key)} and revoked_at is null and (expires_at is null or expires_at > ${now})`)
      return row
    },
    async hold(id) {
      const now = runtime.now()
      const [row] = await on.query<ApiKey>(sql`select ${columns} from auth.api_keys
        where id = ${id} and revoked_at is null and (expires_at is null or expires_at > ${now}) for share`)
      return row
    },
    async isExpired(key) {
      if (key.length > 256 || !shape.test(key)) return false
      const rows = await on.query(sql`select 1 from auth.api_keys
        where digest = ${sha256(key)} and revoked_at is null and expires_at <= ${runtime.now()}`)
      return rows.length > 0
    },
    async create(input) {
      const key = `${input.kind === 'secret' ? 'wws' : 'wwp'}_${base64url(runtime.randomBytes(32))}`
      const [row] =
        await on.query<ApiKey>(sql`insert into auth.api_keys (id, kind, name, hint, digest, scopes, origins, needs_session, expires_at, created_at)
        values (${newId(runtime)}, ${input.kind}, ${input.name}, ${key.slice(-4)}, ${sha256(key)}, ${input.scopes}::text[],
          ${input.origins}::text[], ${input.needsSession ?? false}, ${input.expiresAt}, ${runtime.now()}) returning ${columns}`)
      if (row === undefined) throw new Error('an API key was inserted and not returned')
      return { ...row, key }
    },
    list(page) {
      const after =
        page.after === undefined ? sql`true` : sql`(created_at, id) < (${page.after.at}, ${page.after.id}::uuid)`
      return on.query<ApiKey>(
        sql`select ${columns} from auth.api_keys where ${after} order by created_at desc, id desc limit ${page.limit}`,
      )
    },
    async revoke(id) {
      const rows = await on.query(
        sql`update auth.api_keys set revoked_at = ${runtime.now()} where id = ${id} and revoked_at is null returning id`,
      )
      return rows.length > 0
    },
  }
}

function configuredKey({ kind, key }: ConfiguredKey): ApiKey {
  const scopes: readonly AdminScope[] = kind === 'secret' ? adminScopes : []
  return {
    id: `configured-${kind}`,
    kind,
    name: 'configured',
    hint: key.slice(-4),
    scopes,
    origins: [],
    needsSession: false,
    expiresAt: null,
    revokedAt: null,
    createdAt: new Date(0),
  }
}
