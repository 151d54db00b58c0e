import { sha256 } from '../../base/digest.ts'
import { day, later } from '../../base/duration.ts'
import { uuidShape } from '../../base/encoding.ts'
import { newId } from '../../base/id.ts'
import type { Runtime } from '../../base/runtime.ts'
import type { Sql } from '../../storage/database.ts'
import { type Statement, sql } from '../../storage/sql.ts'
import type { TokenKind } from '../sessions/session.ts'

/** What an application asks a person for (RFC 6749 §4.1.1), checked. */
export interface AuthorizationFacts {
  readonly clientId: string
  readonly tokens: TokenKind
  /** The `iss` of the answer (RFC 9207). */
  readonly issuer: string
  /** As it was sent, and as the answer is sent to. */
  readonly redirectUri: string
  readonly scopes: readonly string[]
  readonly state: string | null
  readonly nonce: string | null
  readonly resource: string | null
  readonly prompt: string | null
  /** S256 (RFC 7636 §4.2). */
  readonly codeChallenge: string
}

/** A request as it is stored, through all of its life: asked, looked at, answered, exchanged. */
export interface Authorization extends Omit<AuthorizationFacts, 'issuer'> {
  readonly id: string
  /** Null in requests from before it was kept. */
  readonly issuer: string | null
  /** The first person who looked at it. */
  readonly userId: string | null
  readonly answeredAt: Date | null
  /** The session in which it was allowed, until the code is exchanged. */
  readonly sessionId: string | null
  /** When whoever allowed it had proved who they are. */
  readonly provedAt: Date | null
  readonly codeExpiresAt: Date | null
  readonly spentAt: Date | null
  readonly openedSession: string | null
  readonly expiresAt: Date
}

/** What the handle in the browser looks like. */
export type HandleForm = 'uuid' | 'base32'

/** Requests of applications and the codes that come of them: owner of `auth.oauth_requests`. Of both only digests are kept. */
export interface Authorizations {
  /** @returns the handle, which the person's browser carries to the page that asks */
  begin(facts: AuthorizationFacts, more: { readonly seconds: number; readonly form: HandleForm }): Promise<string>
  /** The request behind a handle, answered or not, while it lives. */
  find(handle: string): Promise<Authorization | undefined>
  /** Makes it this person's to answer; undefined when it is somebody else's, answered or over. */
  bind(id: string, userId: string): Promise<Authorization | undefined>
  /** Allows it, once. @returns the code, which dies with the session until it is exchanged */
  approve(
    id: string,
    by: {
      readonly userId: string
      readonly sessionId: string
      readonly provedAt: Date
      readonly seconds: number
      /** Those of the asked ones that are allowed. */
      readonly scopes: readonly string[]
    },
  ): Promise<string | undefined>
  /** Declines it, once. */
  deny(id: string, userId: string): Promise<boolean>
  findByCode(code: string): Promise<Authorization | undefined>
  /** The request as it stands now, for seeing what a code opened that another request spent. */
  findById(id: string): Promise<Authorization | undefined>
  /** Uses the code up; undefined when it was, or has expired. */
  spend(id: string): Promise<Authorization | undefined>
  opened(id: string, sessionId: string): Promise<void>
  /** Takes away what is not exchanged yet of what somebody was asked by an application. */
  kill(userId: string, clientId: string): Promise<void>
  /** Takes away the codes of somebody that are not exchanged yet, whichever applications they are for. */
  killAllowed(userId: string): Promise<void>
  /** Takes away those of everybody that began before a moment and are not exchanged yet, so many at a time. @returns how many it were */
  killOlder(before: Date, limit: number): Promise<number>
  purge(limit: number): Promise<number>
}

const columns: Statement = sql`a.id, a.client_id as "clientId", a.tokens, a.issuer, a.redirect_uri as "redirectUri", a.scopes, a.state, a.nonce,
  a.resource, a.prompt, a.code_challenge as "codeChallenge", a.user_id as "userId", a.answered_at as "answeredAt", a.session_id as "sessionId",
  a.proved_at as "provedAt", a.code_expires_at as "codeExpiresAt", a.spent_at as "spentAt", a.opened_session as "openedSession",
  a.expires_at as "expiresAt"`

/** Anything longer is none of ours. */
const longest = 128
const letters = 'abcdefghijklmnopqrstuvwxyz234567'

/** @param on the database or the transaction this store speaks to */
export function createAuthorizations(on: Sql, runtime: Pick<Runtime, 'now' | 'randomBytes'>): Authorizations {
  const mint = (form: HandleForm): string =>
    form === 'uuid'
      ? uuidShape(runtime.randomBytes(16))
      : Array.from(runtime.randomBytes(32), (byte) => letters[byte & 31]).join('')
  const findOne = async (where: Statement): Promise<Authorization | undefined> => {
    const [row] = await on.query<Authorization>(sql`select ${columns} from auth.oauth_requests a where ${where}`)
    return row
  }
  return {
    async begin(facts, { seconds, form }) {
      const now = runtime.now()
      const handle = mint(form)
      await on.query(sql`insert into auth.oauth_requests (id, handle_digest, client_id, tokens, issuer, redirect_uri, scopes, state, nonce,
          resource, prompt, code_challenge, created_at, expires_at)
        values (${newId(runtime)}, ${sha256(handle)}, ${facts.clientId}, ${facts.tokens}, ${facts.issuer}, ${facts.redirectUri},
          ${facts.scopes}, ${facts.state}, ${facts.nonce}, ${facts.resource}, ${facts.prompt}, ${facts.codeChallenge}, ${now}, ${later(now, seconds)})`)
      return handle
    },
    async find(handle) {
      if (handle.length > longest) return undefined
      return findOne(sql`a.handle_digest = ${sha256(handle)} and a.expires_at > ${runtime.now()}`)
    },
    async bind(id, userId) {
      const [row] = await on.query<Authorization>(sql`update auth.oauth_requests as a set user_id = ${userId}
        where a.id = ${id} and a.answered_at is null and a.expires_at > ${runtime.now()}
          and (a.user_id is null or a.user_id = ${userId}) returning ${columns}`)
      return row
    },
    async approve(id, { userId, sessionId, provedAt, seconds, scopes }) {
      const now = runtime.now()
      const code = uuidShape(runtime.randomBytes(16))
      const rows = await on.query(sql`
        with s as (select id from auth.sessions where id = ${sessionId} and user_id = ${userId} for key share)
        update auth.oauth_requests a set answered_at = ${now}, session_id = s.id, proved_at = ${provedAt},
          code_digest = ${sha256(code)}, code_expires_at = ${later(now, seconds)}, scopes = ${scopes}
        from s where a.id = ${id} and a.user_id = ${userId} and a.answered_at is null and a.expires_at > ${now} returning a.id`)
      return rows.length === 0 ? undefined : code
    },
    async deny(id, userId) {
      const now = runtime.now()
      const rows = await on.query(sql`update auth.oauth_requests set answered_at = ${now}
        where id = ${id} and user_id = ${userId} and answered_at is null and expires_at > ${now} returning id`)
      return rows.length > 0
    },
    async findByCode(code) {
      return code.length > longest ? undefined : findOne(sql`a.code_digest = ${sha256(code)}`)
    },
    findById: (id) => findOne(sql`a.id = ${id}`),
    async spend(id) {
      const now = runtime.now()
      const [row] =
        await on.query<Authorization>(sql`update auth.oauth_requests as a set spent_at = ${now}, session_id = null
        where a.id = ${id} and a.spent_at is null and a.code_expires_at > ${now} returning ${columns}`)
      return row
    },
    async opened(id, sessionId) {
      await on.query(sql`update auth.oauth_requests set opened_session = ${sessionId} where id = ${id}`)
    },
    async kill(userId, clientId) {
      await on.query(
        sql`delete from auth.oauth_requests where user_id = ${userId} and client_id = ${clientId} and spent_at is null`,
      )
    },
    async killAllowed(userId) {
      await on.query(
        sql`delete from auth.oauth_requests where user_id = ${userId} and code_digest is not null and spent_at is null`,
      )
    },
    async killOlder(before, limit) {
      const rows = await on.query(sql`delete from auth.oauth_requests where id in (
        select id from auth.oauth_requests where created_at < ${before} and spent_at is null limit ${limit}) returning id`)
      return rows.length
    },
    async purge(limit) {
      // Kept for a while beyond its end, so that a code that comes late a second time still ends what it opened.
      const rows = await on.query(sql`delete from auth.oauth_requests where id in (
        select id from auth.oauth_requests where expires_at < ${later(runtime.now(), -day)} limit ${limit}) returning id`)
      return rows.length
    },
  }
}
