import type { Sql } from '../../storage/database.ts'
import { join, type Statement, sql } from '../../storage/sql.ts'
import { toUser, type User, type UserRow, userColumns } from './user.ts'

/** Which users; all conditions hold together. */
export interface UserFilter {
  /** Prefix of e-mail, phone or name, or a whole id. */
  readonly q?: string
  /** Literal part of the e-mail address or of `metadata.full_name`. */
  readonly contains?: string
  readonly email?: string
  readonly phone?: string
  readonly provider?: string
  readonly role?: string
  readonly status?: 'active' | 'unconfirmed' | 'banned' | 'deleted' | 'anonymous'
  readonly createdAfter?: Date
  readonly createdBefore?: Date
  readonly signedInAfter?: Date
  readonly signedInBefore?: Date
}

export type UserOrder = 'createdAt' | '-createdAt' | 'lastSignInAt' | '-lastSignInAt' | 'email' | '-email'

/** Where a page ended: the value it was ordered by and the id. */
export interface UserPosition {
  readonly value: string | null
  readonly id: string
}

/** Reading many users: part of the room that owns `auth.users`. */
export interface UserSearch {
  page(
    filter: UserFilter,
    order: UserOrder,
    page: { readonly limit: number; readonly after?: UserPosition; readonly offset?: number },
  ): Promise<User[]>
  /** Counts them; for the dialects whose clients show a total. */
  count(filter: UserFilter): Promise<number>
  /** An estimate from the planner's statistics; never scans. */
  estimate(): Promise<number>
}

/** @param on the database or the transaction this store speaks to */
export function createUserSearch(on: Sql, runtime: { now(): Date }): UserSearch {
  return {
    async page(filter, order, { limit, after, offset }) {
      const { by, direction, compare } = ordering(order)
      const beyond = after === undefined ? [] : [compare(after)]
      const rows = await on.query<UserRow>(sql`select ${userColumns} from auth.users u
        where ${join([...conditions(filter, runtime.now()), ...beyond], ' and ')}
        order by ${by} ${direction}, u.id ${direction} limit ${limit} offset ${offset ?? 0}`)
      return rows.map(toUser)
    },
    async count(filter) {
      const [row] = await on.query<{ count: number }>(
        sql`select count(*)::int as count from auth.users u where ${join(conditions(filter, runtime.now()), ' and ')}`,
      )
      return row?.count ?? 0
    },
    async estimate() {
      const [row] = await on.query<{ count: number }>(
        sql`select greatest(reltuples, 0)::float8 as count from pg_class where oid = 'auth.users'::regclass`,
      )
      return row?.count ?? 0
    },
  }
}

/** What a page is ordered by; the same text is the position a following page starts after. */
export function positionOf(user: User, order: UserOrder): UserPosition {
  const value = order.endsWith('email')
    ? (user.email ?? '')
    : (order.endsWith('createdAt') ? user.createdAt : user.lastSignInAt)?.toISOString()
  return { value: value ?? null, id: user.id }
}

function ordering(order: UserOrder): {
  by: Statement
  direction: Statement
  compare: (after: UserPosition) => Statement
} {
  const down = order.startsWith('-')
  const direction = down ? sql`desc` : sql`asc`
  const than = down ? sql`<` : sql`>`
  const field = order.replace('-', '')
  const compareBy = (by: Statement, cast: Statement) => (after: UserPosition) =>
    sql`(${by}, u.id) ${than} (${after.value ?? ''}${cast}, ${after.id}::uuid)`
  if (field === 'email')
    return { by: sql`coalesce(u.email, '')`, direction, compare: compareBy(sql`coalesce(u.email, '')`, sql`::text`) }
  if (field === 'createdAt')
    return { by: sql`u.created_at`, direction, compare: compareBy(sql`u.created_at`, sql`::timestamptz`) }
  const never = sql`coalesce(u.last_sign_in_at, '-infinity'::timestamptz)`
  return {
    by: never,
    direction,
    compare: (after) => sql`(${never}, u.id) ${than} (${after.value ?? '-infinity'}::timestamptz, ${after.id}::uuid)`,
  }
}

const escapeLike = (text: string) => text.replace(/[\\%_]/g, '\\$&')

function conditions(filter: UserFilter, now: Date): Statement[] {
  const q = filter.q === undefined ? undefined : `${escapeLike(filter.q.toLowerCase())}%`
  const part = filter.contains === undefined ? undefined : `%${escapeLike(filter.contains.toLowerCase())}%`
  const all: (Statement | undefined)[] = [
    filter.status === 'deleted' ? sql`u.deleted_at is not null` : sql`true`,
    q === undefined
      ? undefined
      : sql`(u.email like ${q} or u.phone like ${q} or lower(u.display_name) like ${q} or u.id::text = ${filter.q})`,
    part === undefined ? undefined : sql`(u.email like ${part} or lower(u.metadata ->> 'full_name') like ${part})`,
    filter.email === undefined ? undefined : sql`u.email = ${filter.email}`,
    filter.phone === undefined ? undefined : sql`u.phone = ${filter.phone}`,
    filter.provider === undefined
      ? undefined
      : sql`exists (select from auth.identities i where i.user_id = u.id and i.provider = ${filter.provider})`,
    filter.role === undefined ? undefined : sql`${filter.role} = any(u.roles)`,
    filter.status === undefined ? undefined : withStatus(filter.status, now),
    filter.createdAfter === undefined ? undefined : sql`u.created_at > ${filter.createdAfter}`,
    filter.createdBefore === undefined ? undefined : sql`u.created_at < ${filter.createdBefore}`,
    filter.signedInAfter === undefined ? undefined : sql`u.last_sign_in_at > ${filter.signedInAfter}`,
    filter.signedInBefore === undefined ? undefined : sql`u.last_sign_in_at < ${filter.signedInBefore}`,
  ]
  return all.filter((each) => each !== undefined)
}

function withStatus(status: NonNullable<UserFilter['status']>, now: Date): Statement {
  if (status === 'deleted') return sql`u.deleted_at is not null`
  if (status === 'banned') return sql`u.banned_until > ${now}`
  if (status === 'anonymous') return sql`u.is_anonymous`
  const confirmed = sql`coalesce(u.email_confirmed_at, u.phone_confirmed_at)`
  return status === 'unconfirmed'
    ? sql`${confirmed} is null and not u.is_anonymous`
    : sql`${confirmed} is not null and u.deleted_at is null`
}
