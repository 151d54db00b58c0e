import { type Statement, sql } from '../../storage/sql.ts'

/** How sure we are who it is: one proof, or two of different kinds (NIST SP 800-63B). */
export type Aal = 'aal1' | 'aal2'

/** One thing a person proved, and when. Newest first in a session. */
export interface Proof {
  /** `password`, `code`, `link`, `recovery`, `sign_up`, `email_change`, `invite`, `anonymous` … */
  readonly method: string
  /** ISO 8601. */
  readonly at: string
  readonly provider: string | null
  /** What the ticket was for, where a ticket was the proof. */
  readonly purpose?: string
  /** `sms`: the proof went through the user's phone, which is then no second one. */
  readonly channel?: 'sms'
  /** The second factor that was proved. */
  readonly factor?: string
  /** A mailed link came back to the browser that had asked for it, which left a challenge (RFC 7636). */
  readonly exchanged?: true
}

/**
 * What kind of access token an application is given. `account`: the deployment's own, narrowed to the scopes, for policies
 * that know the account; `client`: one that names the application as its audience and says little else.
 */
export type TokenKind = 'account' | 'client'

/** The application that holds a session, and how far it reaches there. */
export interface SessionClient {
  readonly id: string
  readonly scopes: readonly string[]
  readonly tokens: TokenKind
}

/** One signed-in device, or an application that somebody lets act for them. */
export interface Session {
  readonly id: string
  readonly userId: string
  readonly dialect: string
  readonly aal: Aal
  readonly amr: readonly Proof[]
  /** The last proof; refreshing does not move it. */
  readonly provedAt: Date
  /** When a proof last renewed its tokens. */
  readonly steppedAt: Date | null
  readonly createdAt: Date
  readonly lastUsedAt: Date
  /** The absolute end; refreshing does not move it. */
  readonly endsAt: Date
  readonly userAgent: string | null
  readonly ip: string | null
  readonly actorId: string | null
  /** `null` for the person's own sessions. Any other opens nothing but what applications may have. */
  readonly client: SessionClient | null
  /** The personal access token that opened it; it ends with it. */
  readonly accessKeyId: string | null
  /** What such a session is good for; `null`: for all but the account's credentials. */
  readonly scopes: readonly string[] | null
}

/** Proofs that a session remembers; the oldest go first. */
export const mostProofs = 10

/** What a session takes over from the personal access token that opens it. */
export interface SessionKey {
  readonly id: string
  readonly scopes: readonly string[] | null
  /** The session ends then at the latest. */
  readonly endsAt: Date
}

/** What a session is opened with. */
export interface NewSession {
  /** Default: a new UUIDv7. */
  readonly id?: string
  readonly userId: string
  readonly dialect: string
  readonly aal: Aal
  readonly amr: readonly Proof[]
  readonly userAgent: string | null
  readonly ip: string | null
  readonly actorId?: string | null
  /** The application it is for. Default: none, it is the person's own. */
  readonly client?: SessionClient
  /** What was proved in the session in which an application was allowed: it ends with that. */
  readonly restsOn?: readonly Proof[]
  /** The personal access token that opens it. */
  readonly key?: SessionKey | undefined
  /** When it ends at the latest; default when the policy says. */
  readonly notAfter?: Date | undefined
}

/** What is remembered of the device that asks. */
export interface Device {
  readonly userAgent: string | null
  readonly ip: string | null
}

/** The select list of a {@link Session} from `auth.sessions s`, nested so that it can stand beside a user's. */
export const sessionColumns: Statement = sql`s.id as "sessionId", s.user_id as "sessionUserId", s.dialect as "sessionDialect",
  s.aal, s.amr, s.proved_at as "provedAt", s.stepped_at as "steppedAt", s.created_at as "sessionCreatedAt", s.last_used_at as "lastUsedAt",
  s.ends_at as "endsAt", s.user_agent as "userAgent", s.ip, s.actor_id as "actorId",
  s.client_id as "clientId", s.client_scopes as "clientScopes", s.client_tokens as "clientTokens",
  s.access_key_id as "accessKeyId", s.scopes as "sessionScopes"`

/** A session as {@link sessionColumns} names it. */
export interface SessionRow {
  readonly sessionId: string
  readonly sessionUserId: string
  readonly sessionDialect: string
  readonly aal: Aal
  readonly amr: readonly Proof[]
  readonly provedAt: Date
  readonly steppedAt: Date | null
  readonly sessionCreatedAt: Date
  readonly lastUsedAt: Date
  readonly endsAt: Date
  readonly userAgent: string | null
  readonly ip: string | null
  readonly actorId: string | null
  readonly clientId: string | null
  readonly clientScopes: readonly string[] | null
  readonly clientTokens: TokenKind | null
  readonly accessKeyId: string | null
  readonly sessionScopes: readonly string[] | null
}

/** A row selected with {@link sessionColumns}. */
export function toSession(row: SessionRow): Session {
  return {
    id: row.sessionId,
    userId: row.sessionUserId,
    dialect: row.sessionDialect,
    aal: row.aal,
    amr: row.amr,
    provedAt: row.provedAt,
    steppedAt: row.steppedAt,
    createdAt: row.sessionCreatedAt,
    lastUsedAt: row.lastUsedAt,
    endsAt: row.endsAt,
    userAgent: row.userAgent,
    ip: row.ip,
    actorId: row.actorId,
    client:
      row.clientId === null
        ? null
        : { id: row.clientId, scopes: row.clientScopes ?? [], tokens: row.clientTokens ?? 'client' },
    accessKeyId: row.accessKeyId,
    scopes: row.sessionScopes,
  }
}
