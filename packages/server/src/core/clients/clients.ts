import { sameBytes, sha256 } from '../../base/digest.ts'
import { base64url, uuidShape } from '../../base/encoding.ts'
import type { Runtime } from '../../base/runtime.ts'
import type { Sql } from '../../storage/database.ts'
import { sql } from '../../storage/sql.ts'
import { type ClientFacts, clientColumns, type OAuthClient } from './client.ts'

/** A client and, where it was made in this moment, its secret, which nobody sees again. */
export interface MadeClient {
  readonly client: OAuthClient
  readonly secret: string | undefined
}

/** Applications that people may let act for them: owner of `auth.oauth_clients`. Of secrets only digests are kept. */
export interface Clients {
  /** A confidential client gets a secret of 256 bits. */
  add(facts: ClientFacts, registration: OAuthClient['registration']): Promise<MadeClient>
  find(id: string): Promise<OAuthClient | undefined>
  /**
   * Whether it is there, and stays until the commit. Before anything of its requests and sessions is touched: whoever takes
   * it away locks in that order.
   */
  hold(id: string): Promise<boolean>
  /** The client and whether the secret is its own; a public one has none that fits. Costs the same for an unknown one. */
  identify(id: string, secret: string): Promise<{ client: OAuthClient | undefined; fits: boolean }>
  /** Newest first. @param page.after where the page before ended */
  list(page: {
    readonly limit: number
    readonly offset?: number
    readonly after?: { readonly at: Date; readonly id: string }
  }): Promise<readonly OAuthClient[]>
  count(): Promise<number>
  change(id: string, facts: Partial<ClientFacts>): Promise<OAuthClient | undefined>
  /** A new secret; the old one is dead. For a public client: none, and nothing is changed. */
  renewSecret(id: string): Promise<MadeClient | undefined>
  /** Its sessions, consents and requests go with it. */
  remove(id: string): Promise<OAuthClient | undefined>
  /** Takes those away that registered themselves before a moment and that nobody has ever let in. */
  purgeUnused(before: Date, limit: number): Promise<number>
}

interface Row extends OAuthClient {
  readonly secretDigest: Uint8Array | null
}

/** Compared with where there is nothing to compare with. */
const nobody = sha256('no client has this secret')

/** @param on the database or the transaction this store speaks to */
export function createClients(on: Sql, runtime: Pick<Runtime, 'now' | 'randomBytes'>): Clients {
  const mint = () => base64url(runtime.randomBytes(32))
  return {
    async add(facts, registration) {
      const now = runtime.now()
      const secret = facts.authMethod === 'none' ? undefined : mint()
      const [client] = await on.query<OAuthClient>(sql`
        insert into auth.oauth_clients as c (id, name, home_url, logo_url, auth_method, secret_digest, redirect_uris, grants, scopes,
          registration, created_at, updated_at)
        values (${uuidShape(versionFour(runtime.randomBytes(16)))}, ${facts.name}, ${facts.homeUrl}, ${facts.logoUrl}, ${facts.authMethod},
          ${secret === undefined ? null : sha256(secret)}, ${facts.redirectUris}, ${facts.grants}, ${facts.scopes}, ${registration},
          ${now}, ${now})
        returning ${clientColumns}`)
      if (client === undefined) throw new Error('a client was inserted and not returned')
      return { client, secret }
    },
    async find(id) {
      const [client] = await on.query<OAuthClient>(
        sql`select ${clientColumns} from auth.oauth_clients c where c.id = ${id}`,
      )
      return client
    },
    async hold(id) {
      const rows = await on.query(sql`select 1 as one from auth.oauth_clients where id = ${id} for key share`)
      return rows.length > 0
    },
    async identify(id, secret) {
      const [row] = await on.query<Row>(
        sql`select ${clientColumns}, c.secret_digest as "secretDigest" from auth.oauth_clients c where c.id = ${id}`,
      )
      const digest = row?.secretDigest ?? null
      const same = sameBytes(sha256(secret), digest ?? nobody)
      if (row === undefined) return { client: undefined, fits: false }
      const { secretDigest: _, ...client } = row
      return { client, fits: same && digest !== null }
    },
    async list({ limit, offset = 0, after }) {
      const rest = after === undefined ? sql`true` : sql`(c.created_at, c.id) < (${after.at}, ${after.id}::text)`
      return on.query<OAuthClient>(sql`select ${clientColumns} from auth.oauth_clients c where ${rest}
        order by c.created_at desc, c.id desc limit ${limit} offset ${offset}`)
    },
    async count() {
      const [row] = await on.query<{ count: number }>(sql`select count(*)::int as count from auth.oauth_clients`)
      return row?.count ?? 0
    },
    async change(id, facts) {
      const keep = <K extends keyof ClientFacts>(name: K) => facts[name] === undefined
      const [client] = await on.query<OAuthClient>(sql`
        update auth.oauth_clients as c set updated_at = ${runtime.now()},
          name = coalesce(${facts.name ?? null}, c.name),
          home_url = case when ${keep('homeUrl')} then c.home_url else ${facts.homeUrl ?? null} end,
          logo_url = case when ${keep('logoUrl')} then c.logo_url else ${facts.logoUrl ?? null} end,
          auth_method = coalesce(${facts.authMethod ?? null}, c.auth_method),
          redirect_uris = coalesce(${facts.redirectUris ?? null}::text[], c.redirect_uris),
          grants = coalesce(${facts.grants ?? null}::text[], c.grants),
          scopes = coalesce(${facts.scopes ?? null}::text[], c.scopes)
        where c.id = ${id} returning ${clientColumns}`)
      return client
    },
    async renewSecret(id) {
      const secret = mint()
      const [client] = await on.query<OAuthClient>(sql`
        update auth.oauth_clients as c set secret_digest = ${sha256(secret)}, updated_at = ${runtime.now()}
        where c.id = ${id} and c.auth_method <> 'none' returning ${clientColumns}`)
      if (client !== undefined) return { client, secret }
      const found = await this.find(id)
      return found === undefined ? undefined : { client: found, secret: undefined }
    },
    async remove(id) {
      const [client] = await on.query<OAuthClient>(
        sql`delete from auth.oauth_clients as c where c.id = ${id} returning ${clientColumns}`,
      )
      return client
    },
    async purgeUnused(before, limit) {
      const rows = await on.query(sql`delete from auth.oauth_clients where id in (
        select c.id from auth.oauth_clients c where c.registration = 'dynamic' and c.created_at < ${before}
          and not exists (select 1 from auth.oauth_consents o where o.client_id = c.id)
          and not exists (select 1 from auth.sessions s where s.client_id = c.id)
        limit ${limit}) returning id`)
      return rows.length
    },
  }
}

/** Clients of some dialects check that ids are version 4 (RFC 9562 §5.4). */
function versionFour(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, at) => (at === 6 ? 0x40 | (byte & 0x0f) : at === 8 ? 0x80 | (byte & 0x3f) : byte))
}
