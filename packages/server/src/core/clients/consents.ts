import type { Runtime } from '../../base/runtime.ts'
import type { Sql } from '../../storage/database.ts'
import { sql } from '../../storage/sql.ts'
import type { TokenKind } from '../sessions/session.ts'
import { clientColumns, type OAuthClient } from './client.ts'

/** What somebody has allowed an application, until they take it back. */
export interface Consent {
  readonly client: OAuthClient
  readonly scopes: readonly string[]
  readonly tokens: TokenKind
  readonly grantedAt: Date
}

/** What people have allowed: owner of `auth.oauth_consents`. One for each person and application. */
export interface Consents {
  /** Puts this in place of what was allowed before. */
  put(input: {
    readonly userId: string
    readonly clientId: string
    readonly scopes: readonly string[]
    readonly tokens: TokenKind
  }): Promise<void>
  find(userId: string, clientId: string): Promise<Consent | undefined>
  /** Newest first. */
  list(userId: string): Promise<readonly Consent[]>
  remove(userId: string, clientId: string): Promise<boolean>
  removeAll(userId: string): Promise<void>
}

interface Row extends OAuthClient {
  readonly consentScopes: readonly string[]
  readonly tokens: TokenKind
  readonly grantedAt: Date
}

const mostListed = 1_000

/** @param on the database or the transaction this store speaks to */
export function createConsents(on: Sql, runtime: Pick<Runtime, 'now'>): Consents {
  const columns = sql`${clientColumns}, o.scopes as "consentScopes", o.tokens, o.granted_at as "grantedAt"`
  return {
    async put({ userId, clientId, scopes, tokens }) {
      await on.query(sql`insert into auth.oauth_consents (user_id, client_id, scopes, tokens, granted_at)
        values (${userId}, ${clientId}, ${scopes}, ${tokens}, ${runtime.now()})
        on conflict (user_id, client_id) do update
          set scopes = excluded.scopes, tokens = excluded.tokens, granted_at = excluded.granted_at`)
    },
    async find(userId, clientId) {
      const [row] = await on.query<Row>(sql`select ${columns}
        from auth.oauth_consents o join auth.oauth_clients c on c.id = o.client_id
        where o.user_id = ${userId} and o.client_id = ${clientId}`)
      return row === undefined ? undefined : toConsent(row)
    },
    async list(userId) {
      const rows = await on.query<Row>(sql`select ${columns}
        from auth.oauth_consents o join auth.oauth_clients c on c.id = o.client_id
        where o.user_id = ${userId} order by o.granted_at desc, c.id limit ${mostListed}`)
      return rows.map(toConsent)
    },
    async remove(userId, clientId) {
      const rows = await on.query(
        sql`delete from auth.oauth_consents where user_id = ${userId} and client_id = ${clientId} returning client_id`,
      )
      return rows.length > 0
    },
    async removeAll(userId) {
      await on.query(sql`delete from auth.oauth_consents where user_id = ${userId}`)
    },
  }
}

function toConsent({ consentScopes: scopes, tokens, grantedAt, ...client }: Row): Consent {
  return { client, scopes, tokens, grantedAt }
}
