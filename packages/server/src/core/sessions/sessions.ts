import { sha256 } from '../../base/digest.ts'
import { later, minute } from '../../base/duration.ts'
import { uuidShape } from '../../base/encoding.ts'
import { newId } from '../../base/id.ts'
import type { Runtime } from '../../base/runtime.ts'
import { type RefreshToken, secret } from '../../base/secrets.ts'
import type { Sql } from '../../storage/database.ts'
import { json, type Statement, sql } from '../../storage/sql.ts'
import type { JsonObject, User } from '../users/user.ts'
import type { Vault } from '../vault/vault.ts'
import { createExchange, type RotationOutcome, type Showing } from './exchange.ts'
import { type Holder, heldBy } from './holder.ts'
import {
  type Aal,
  type Device,
  type NewSession,
  type Proof,
  type Session,
  type SessionRow,
  sessionColumns,
  toSession,
} from './session.ts'
import { createSuccessors } from './successors.ts'

/** Signed-in devices and the secrets that renew them: owner of `auth.sessions` and `auth.refresh_tokens`. */
export interface Sessions {
  open(input: NewSession): Promise<{ session: Session; refreshToken: RefreshToken }>
  /** Exchanges a refresh token; refusals are outcomes, so that what must be written with them can be. */
  rotate(token: string, device: Device, showing?: Showing): Promise<RotationOutcome>
  /** The session and its user, if the session stands and is theirs. */
  findLive(id: string, userId: string): Promise<{ session: Session; user: User } | undefined>
  /** The session a refresh token belongs to, whatever the token's state. For signing out. */
  findByToken(token: string, holder?: Holder): Promise<{ session: Session; user: User } | undefined>
  /**
   * The standing session of a refresh token that was never exchanged, and its user. For clients that show one token with
   * every request and never change it; that it was used is noted every ten minutes at most.
   */
  findByUnchanged(token: string, device: Device): Promise<{ session: Session; user: User } | undefined>
  /** The standing session of an application's refresh token that could be exchanged now, and its user. */
  findHeld(token: string, holder: Holder): Promise<{ session: Session; user: User } | undefined>
  /** A session that stepped up, for clients that cannot be handed new tokens there: the old ones go on. */
  raise(
    id: string,
    change: { readonly aal?: Aal; readonly amr: readonly Proof[] },
  ): Promise<{ session: Session } | undefined>
  /**
   * A new refresh token for a session that stepped up. Every older one is dead. Two statements: for a transaction.
   * @param change.aal what it rises to
   * @param change.atMost where it does not rise: the level of whoever steps up, which may be less than the session's
   * @param change.older `fall`: where the living one may be on its way to the browser, it and those that lead to it lead back
   * to the session as it was, for as long as the new one is not used. Default `die`.
   */
  renew(
    id: string,
    change: {
      readonly aal?: Aal
      readonly atMost?: Aal
      readonly amr: readonly Proof[]
      readonly older?: 'die' | 'fall'
    },
  ): Promise<{ session: Session; refreshToken: RefreshToken } | undefined>
  list(
    userId: string,
    page: { readonly limit: number; readonly after?: { readonly at: Date; readonly id: string } },
  ): Promise<Session[]>
  count(userId: string): Promise<number>
  end(id: string, userId?: string): Promise<boolean>
  endAll(userId: string, except?: string): Promise<number>
  /** Ends those of everybody that were opened before a moment, so many at a time. @returns how many it were */
  endOlder(before: Date, limit: number): Promise<number>
  /** Ends those that an application holds for a user. */
  endOfClient(userId: string, clientId: string): Promise<number>
  /** Ends those that a personal access token of a user has opened, or any of theirs. */
  endOfKeys(userId: string, keyId?: string): Promise<number>
  /** Ends those in which somebody acts for a user, whoever that is. @param actorId who acts */
  endOfActor(actorId: string): Promise<number>
  /** Ends those in which no second factor was proved. */
  endWithoutFactor(userId: string, except: string): Promise<number>
  /** Ends those in which a factor was proved and nothing else, and those of applications that were allowed in such. */
  endOfFactor(userId: string, factorId: string, except?: string): Promise<number>
  /** Ends those that rest on accounts at a provider and on nothing else, and those of applications that were allowed in such. */
  endOfProvider(userId: string, provider: string, except?: string): Promise<number>
  /** Takes what a second factor gave from the sessions of a user: their next tokens say `aal1`. */
  lower(userId: string, except?: string): Promise<void>
  purge(limit: number): Promise<number>
  /** Those of some sessions that stand and whose users are welcome. */
  liveAmong(ids: readonly string[]): Promise<ReadonlySet<string>>
}

interface Policy {
  readonly idle: number
  readonly absolute: number
  readonly grace: number
}

/** What is written besides, in the statement that opens or ends sessions; `rows` is what it calls them. */
type Tell = (type: 'session.opened' | 'session.ended', rows: Statement, now: Date) => Statement

/** What a session was opened by: one of an application by what its person had proved. */
const grounds: Statement = sql`coalesce(s.rests_on, s.amr)`

/**
 * @param on the database or the transaction this store speaks to
 * @param user how a user is selected beside a session: columns from `auth.users u`, and the row's reader
 */
export function createSessions(
  on: Sql,
  deps: {
    readonly runtime: Runtime
    readonly vault: Vault
    readonly policy: Policy
    readonly user: { readonly columns: Statement; readonly read: (row: never) => User }
    readonly tell: Tell
  },
): Sessions {
  const { runtime, vault, policy, tell } = deps
  const idleSince = (now: Date) => later(now, -policy.idle)
  const readUser = (row: object) => deps.user.read(row as never)
  const digest = (token: string) => sha256(token)
  const mint = (): RefreshToken => secret(uuidShape(runtime.randomBytes(16)))
  const rotate = createExchange(on, { ...deps, successors: createSuccessors(vault, runtime) })

  const findOne = async (where: Statement): Promise<{ session: Session; user: User } | undefined> => {
    const [row] = await on.query<SessionRow>(
      sql`select ${sessionColumns}, ${deps.user.columns} from auth.sessions s join auth.users u on u.id = s.user_id where ${where}`,
    )
    return row === undefined ? undefined : { session: toSession(row), user: readUser(row) }
  }

  /** Takes sessions away and tells of it. @param where which, of `auth.sessions s` */
  const remove = async (where: Statement): Promise<number> => {
    const rows = await on.query(sql`with gone as (delete from auth.sessions s where ${where} returning s.*),
      told as (${tell('session.ended', sql`gone`, runtime.now())}) select id from gone`)
    return rows.length
  }

  /**
   * Nothing leads back to what sessions were before they stepped up, nor will when they step up again: it may rest on what
   * their user no longer has, or owe what they have since.
   * @param where which, of `auth.sessions s`
   */
  const settle = async (where: Statement): Promise<void> => {
    await on.query(sql`
      with own as (select s.id from auth.sessions s where ${where} for no key update), forgotten as (
        update auth.refresh_tokens m set stepped_from = null
        from own where m.session_id = own.id and m.stepped_from is not null and m.used_at is null and not m.void
      )
      delete from auth.refresh_tokens t using own, auth.refresh_tokens m
      where t.session_id = own.id and m.session_id = own.id and m.stepped_from is not null and t.successor = m.digest`)
  }

  return {
    async open(input) {
      const now = runtime.now()
      const refreshToken = mint()
      const { key } = input
      const ends = [later(now, policy.absolute), key?.endsAt, input.notAfter].flatMap((end) => end?.getTime() ?? [])
      const endsAt = new Date(Math.min(...ends))
      const [row] = await on.query<SessionRow>(sql`
        with s as (
          insert into auth.sessions (id, user_id, dialect, aal, amr, proved_at, created_at, last_used_at, ends_at, user_agent, ip,
            actor_id, client_id, client_scopes, client_tokens, rests_on, access_key_id, scopes)
          values (${input.id ?? newId(runtime)}, ${input.userId}, ${input.dialect}, ${input.aal}, ${json(input.amr)}::jsonb, ${now}, ${now}, ${now},
            ${endsAt}, ${input.userAgent}, ${input.ip}, ${input.actorId ?? null},
            ${input.client?.id ?? null}, ${input.client?.scopes ?? null}, ${input.client?.tokens ?? null},
            ${input.restsOn === undefined ? null : json(input.restsOn)}::jsonb,
            ${key?.id ?? null}::uuid, ${key?.scopes ?? null}::text[])
          returning *
        ), first as (
          insert into auth.refresh_tokens (digest, session_id, created_at) select ${digest(refreshToken)}::bytea, id, created_at from s
        ), told as (${tell('session.opened', sql`s`, now)})
        select ${sessionColumns} from s`)
      if (row === undefined) throw new Error('a session was inserted and not returned')
      return { session: toSession(row), refreshToken }
    },
    rotate,
    findLive(id, userId) {
      const now = runtime.now()
      return findOne(sql`s.id = ${id} and s.user_id = ${userId} and s.ends_at > ${now} and u.deleted_at is null`)
    },
    findByToken: (token, holder) =>
      findOne(sql`s.id = (select t.session_id from auth.refresh_tokens t where t.digest = ${digest(token)})
        and ${heldBy(holder)}`),
    async findByUnchanged(token, device) {
      const now = runtime.now()
      const found = await findOne(sql`s.id = (select t.session_id from auth.refresh_tokens t
          where t.digest = ${digest(token)} and t.used_at is null and not t.void)
        and ${heldBy(undefined)}
        and s.ends_at > ${now} and s.last_used_at > ${idleSince(now)} and u.deleted_at is null`)
      if (found !== undefined && found.session.lastUsedAt < later(now, -10 * minute))
        await on.query(sql`update auth.sessions set last_used_at = ${now}, user_agent = ${device.userAgent}, ip = ${device.ip}
          where id = ${found.session.id}`)
      return found
    },
    findHeld(token, holder) {
      const now = runtime.now()
      return findOne(sql`s.id = (select t.session_id from auth.refresh_tokens t
          where t.digest = ${digest(token)} and t.used_at is null and not t.void)
        and ${heldBy(holder)}
        and s.ends_at > ${now} and s.last_used_at > ${idleSince(now)} and u.deleted_at is null`)
    },
    async raise(id, change) {
      const now = runtime.now()
      await settle(sql`s.id = ${id}`)
      const [row] = await on.query<SessionRow>(sql`
        update auth.sessions s set aal = coalesce(${change.aal ?? null}, aal), amr = ${json(change.amr)}::jsonb, proved_at = ${now}
        where s.id = ${id} returning ${sessionColumns}`)
      return row === undefined ? undefined : { session: toSession(row) }
    },
    async renew(id, change) {
      const now = runtime.now()
      const refreshToken = mint()
      const [row] = await on.query<SessionRow & { former: JsonObject }>(sql`
        with former as (select id, aal, amr, proved_at from auth.sessions where id = ${id} for no key update)
        update auth.sessions s set aal = coalesce(${change.aal ?? null}, least(s.aal, ${change.atMost ?? null})), amr = ${json(change.amr)}::jsonb,
          proved_at = ${now}, stepped_at = ${now}, last_used_at = ${now}
        from former where s.id = former.id returning ${sessionColumns},
          jsonb_build_object('aal', former.aal, 'amr', former.amr, 'provedAt', former.proved_at) as former`)
      if (row === undefined) return undefined
      const isFalling = change.older === 'fall'
      // A statement of its own, so that it sees what an exchange left that was under way when the session was locked.
      // Whoever steps up has had the answer to their sign-in: its own token is not on its way.
      await on.query(sql`
        with living as (
          select digest, stepped_from,
            ${isFalling} and parent is not null and coalesce(given_at, created_at) >= ${later(now, -policy.grace)} as stays
          from auth.refresh_tokens where session_id = ${id} and used_at is null and not void
        ), overtaken as (
          update auth.refresh_tokens t set used_at = ${now}, successor = ${digest(refreshToken)}, successor_salt = null
          from living where stays and t.session_id = ${id} and not t.void and living.digest in (t.digest, t.successor)
        ), dead as (
          delete from auth.refresh_tokens where session_id = ${id} and not exists (select from living where stays)
        )
        insert into auth.refresh_tokens (digest, session_id, parent, created_at, stepped_from)
        values (${digest(refreshToken)}, ${id}, (select digest from living), ${now},
          (select coalesce(stepped_from, ${json(row.former)}::jsonb) from living where stays))`)
      return { session: toSession(row), refreshToken }
    },
    async list(userId, page) {
      const before =
        page.after === undefined ? sql`true` : sql`(s.last_used_at, s.id) < (${page.after.at}, ${page.after.id}::uuid)`
      const now = runtime.now()
      const rows = await on.query<SessionRow>(sql`select ${sessionColumns} from auth.sessions s
        where s.user_id = ${userId} and s.ends_at > ${now} and s.last_used_at > ${idleSince(now)} and ${before}
        order by s.last_used_at desc, s.id desc limit ${page.limit}`)
      return rows.map(toSession)
    },
    async count(userId) {
      const now = runtime.now()
      const [row] = await on.query<{ count: number }>(sql`select count(*)::int as count from auth.sessions
        where user_id = ${userId} and ends_at > ${now} and last_used_at > ${idleSince(now)}`)
      return row?.count ?? 0
    },
    end: async (id, userId) =>
      (await remove(sql`s.id = ${id} and s.user_id = coalesce(${userId ?? null}::uuid, s.user_id)`)) > 0,
    endAll: (userId, except) => remove(sql`s.user_id = ${userId} and s.id is distinct from ${except ?? null}::uuid`),
    endOlder: (before, limit) =>
      remove(sql`s.id in (select id from auth.sessions where created_at < ${before} limit ${limit})`),
    endOfClient: (userId, clientId) => remove(sql`s.user_id = ${userId} and s.client_id = ${clientId}`),
    endOfKeys: (userId, keyId) =>
      remove(
        sql`s.user_id = ${userId} and s.access_key_id is not null and s.access_key_id = coalesce(${keyId ?? null}::uuid, s.access_key_id)`,
      ),
    endOfActor: (actorId) => remove(sql`s.actor_id = ${actorId}`),
    async endWithoutFactor(userId, except) {
      await settle(sql`s.user_id = ${userId} and s.id <> ${except}`)
      return remove(sql`s.user_id = ${userId} and s.aal = 'aal1' and s.id <> ${except}`)
    },
    async endOfFactor(userId, factorId, except) {
      await settle(sql`s.user_id = ${userId}`)
      return remove(sql`s.user_id = ${userId} and s.id is distinct from ${except ?? null}::uuid and ${grounds} <> '[]' and not exists (
        select from jsonb_array_elements(${grounds}) as p where p ->> 'factor' is distinct from ${factorId})`)
    },
    async endOfProvider(userId, provider, except) {
      await settle(sql`s.user_id = ${userId}`)
      return remove(sql`s.user_id = ${userId} and s.id is distinct from ${except ?? null}::uuid and ${grounds} <> '[]' and not exists (
        select from jsonb_array_elements(${grounds}) as p where p ->> 'provider' is distinct from ${provider})`)
    },
    async lower(userId, except) {
      await settle(sql`s.user_id = ${userId}`)
      // A passkey is a way in as well, and what was proved lately with something else is no proof any more.
      await on.query(sql`
        with left_over as (
          select s.id, coalesce(jsonb_agg(p order by n) filter (where n is not null), '[]') as amr,
            coalesce(max((p ->> 'at')::timestamptz), s.created_at) as proved_at
          from auth.sessions s left join jsonb_array_elements(s.amr) with ordinality as e (p, n)
            on not p ? 'factor' or p ->> 'method' = 'passkey'
          where s.user_id = ${userId} and s.aal <> 'aal1' and s.id is distinct from ${except ?? null}::uuid
          group by s.id
        )
        update auth.sessions s set aal = 'aal1', amr = o.amr, proved_at = least(s.proved_at, o.proved_at)
        from left_over o where s.id = o.id`)
    },
    purge(limit) {
      const now = runtime.now()
      return remove(sql`s.id in (
        select id from auth.sessions where ends_at < ${now} or last_used_at < ${idleSince(now)} limit ${limit})`)
    },
    async liveAmong(ids) {
      const now = runtime.now()
      const rows = await on.query<{
        id: string
      }>(sql`select s.id from auth.sessions s join auth.users u on u.id = s.user_id
        where s.id = any(${ids}::uuid[]) and s.ends_at > ${now} and s.last_used_at > ${idleSince(now)}
          and u.deleted_at is null and (u.banned_until is null or u.banned_until <= ${now})`)
      return new Set(rows.map(({ id }) => id))
    },
  }
}
