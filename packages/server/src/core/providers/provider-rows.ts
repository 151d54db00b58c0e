import { newId } from '../../base/id.ts'
import type { Runtime } from '../../base/runtime.ts'
import type { Sql } from '../../storage/database.ts'
import { json, sql } from '../../storage/sql.ts'
import type { JsonObject } from '../users/user.ts'
import type { Vault } from '../vault/vault.ts'

/** What an administrator has stored about a provider: one of their own, or what differs for a built-in one. */
export interface ProviderRow {
  readonly id: string
  readonly name: string
  readonly kind: 'built_in' | 'oidc' | 'oauth2'
  /** Everything but the secret; read by those who know the kind. */
  readonly settings: JsonObject
  readonly clientSecret: string | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** A row to write. The secret stays as it is where it is absent. */
export interface NewProviderRow {
  readonly name: string
  readonly kind: ProviderRow['kind']
  readonly settings: JsonObject
  readonly clientSecret?: string | null
}

/** Providers as administrators have set them: owner of `auth.providers`. */
export interface ProviderRows {
  find(name: string): Promise<ProviderRow | undefined>
  list(): Promise<ProviderRow[]>
  /** @returns undefined where the name is taken */
  create(input: NewProviderRow): Promise<ProviderRow | undefined>
  /** @returns undefined where there is none of that name */
  update(input: NewProviderRow): Promise<ProviderRow | undefined>
  remove(name: string): Promise<boolean>
}

type Stored = Omit<ProviderRow, 'clientSecret'> & { readonly sealed: Uint8Array | null }

const columns = sql`p.id, p.name, p.kind, p.settings, p.client_secret as sealed, p.created_at as "createdAt", p.updated_at as "updatedAt"`
const contextOf = (name: string) => `providers.client_secret ${name}`

/** @param on the database or the transaction this store speaks to */
export function createProviderRows(
  on: Sql,
  deps: { readonly runtime: Pick<Runtime, 'now' | 'randomBytes'>; readonly vault: Vault },
): ProviderRows {
  const { runtime, vault } = deps
  const seal = (name: string, secret: string | null) => (secret === null ? null : vault.seal(secret, contextOf(name)))
  const read = ({ sealed, ...row }: Stored): ProviderRow => ({
    ...row,
    clientSecret: sealed === null ? null : vault.open(sealed, contextOf(row.name)).toString('utf8'),
  })
  const first = (rows: readonly Stored[]) => (rows[0] === undefined ? undefined : read(rows[0]))
  return {
    find: async (name) =>
      first(await on.query<Stored>(sql`select ${columns} from auth.providers p where p.name = ${name}`)),
    list: async () =>
      (await on.query<Stored>(sql`select ${columns} from auth.providers p order by p.created_at, p.id`)).map(read),
    async create({ name, kind, settings, clientSecret = null }) {
      const now = runtime.now()
      return first(
        await on.query<Stored>(sql`insert into auth.providers as p (id, name, kind, settings, client_secret, created_at, updated_at)
          values (${newId(runtime)}, ${name}, ${kind}, ${json(settings)}::jsonb, ${seal(name, clientSecret)}, ${now}, ${now})
          on conflict (name) do nothing returning ${columns}`),
      )
    },
    async update({ name, kind, settings, clientSecret }) {
      const keeps = clientSecret === undefined
      const secret = seal(name, clientSecret ?? null)
      return first(
        await on.query<Stored>(sql`update auth.providers p set kind = ${kind}, settings = ${json(settings)}::jsonb,
          client_secret = case when ${keeps}::boolean then p.client_secret else ${secret}::bytea end, updated_at = ${runtime.now()}
          where p.name = ${name} returning ${columns}`),
      )
    },
    async remove(name) {
      return (await on.query(sql`delete from auth.providers where name = ${name} returning id`)).length > 0
    },
  }
}
