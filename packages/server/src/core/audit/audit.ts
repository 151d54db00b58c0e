import { newId } from '../../base/id.ts'
import type { Runtime } from '../../base/runtime.ts'
import type { Sql } from '../../storage/database.ts'
import { join, json, type Statement, sql } from '../../storage/sql.ts'
import type { UserEventType } from '../events/user-event.ts'
import type { JsonObject } from '../users/user.ts'

/** Who did it. */
export interface Actor {
  readonly type: 'user' | 'admin' | 'key' | 'system' | 'nobody'
  readonly id: string | null
}

/** What happened, to whom, from where. Ids and facts; never an address, a name or a secret. */
export interface AuditEntry {
  /** `noun.past`, such as `session.opened`. */
  readonly action: string
  readonly result: 'ok' | 'refused'
  readonly code?: string | null
  readonly requestId: string | null
  readonly userId: string | null
  readonly sessionId?: string | null
  readonly actor: Actor
  readonly target?: { readonly type: string; readonly id: string } | null
  readonly dialect: string | null
  readonly ip: string | null
  readonly userAgent: string | null
  readonly details?: JsonObject
  /** What the owners of the account are told live, where the action alone does not say it. */
  readonly events?: readonly UserEventType[]
}

/** One event as it was written. */
export interface AuditEvent {
  readonly id: string
  readonly at: Date
  readonly action: string
  readonly result: 'ok' | 'refused'
  readonly code: string | null
  readonly requestId: string | null
  readonly userId: string | null
  readonly sessionId: string | null
  readonly actorType: Actor['type']
  readonly actorId: string | null
  readonly targetType: string | null
  readonly targetId: string | null
  readonly dialect: string | null
  readonly ip: string | null
  readonly userAgent: string | null
  readonly details: JsonObject
}

/** Which events; all conditions hold together. */
export interface AuditFilter {
  readonly userId?: string
  readonly actorId?: string
  readonly sessionId?: string
  readonly requestId?: string
  /** A prefix. */
  readonly action?: string
  readonly actions?: readonly string[]
  readonly result?: 'ok' | 'refused'
  readonly ip?: string
  readonly after?: Date
  readonly before?: Date
}

/** The record of what happened: owner of `auth.audit_events`, which only grows. */
export interface Audit {
  /** Written in the transaction of the change it records. */
  record(entry: AuditEntry): Promise<void>
  list(
    filter: AuditFilter,
    page: {
      readonly limit: number
      readonly after?: { readonly at: Date; readonly id: string }
      readonly offset?: number
    },
  ): Promise<AuditEvent[]>
  count(filter: AuditFilter): Promise<number>
  /** Takes addresses and devices out of the events of a deleted account. */
  forget(userId: string): Promise<void>
}

/**
 * @param on the database or the transaction this store speaks to
 * @param deps.tell what is written besides, in the same statement: the part that tells those who listen
 */
export function createAudit(
  on: Sql,
  deps: {
    readonly runtime: Pick<Runtime, 'now' | 'randomBytes'>
    readonly tell: (entry: AuditEntry, now: Date) => Statement | undefined
  },
): Audit {
  const { runtime, tell } = deps
  return {
    async record(entry) {
      const now = runtime.now()
      const told = tell(entry, now)
      await on.query(sql`${told === undefined ? sql`` : sql`with told as (${told}) `}insert into auth.audit_events (id, at, action, result, code, request_id, user_id, session_id, actor_type,
          actor_id, target_type, target_id, dialect, ip, user_agent, details)
        values (${newId(runtime)}, ${now}, ${entry.action}, ${entry.result}, ${entry.code ?? null}, ${entry.requestId},
          ${entry.userId}, ${entry.sessionId ?? null}, ${entry.actor.type}, ${entry.actor.id}, ${entry.target?.type ?? null},
          ${entry.target?.id ?? null}, ${entry.dialect}, ${entry.ip}, ${entry.userAgent}, ${json(entry.details ?? {})}::jsonb)`)
    },
    async list(filter, page) {
      const after = page.after === undefined ? [] : [sql`(e.at, e.id) < (${page.after.at}, ${page.after.id}::uuid)`]
      return on.query<AuditEvent>(sql`select e.id, e.at, e.action, e.result, e.code, e.request_id as "requestId", e.user_id as "userId",
          e.session_id as "sessionId", e.actor_type as "actorType", e.actor_id as "actorId", e.target_type as "targetType",
          e.target_id as "targetId", e.dialect, e.ip, e.user_agent as "userAgent", e.details
        from auth.audit_events e where ${join([...conditions(filter), ...after], ' and ')}
        order by e.at desc, e.id desc limit ${page.limit} offset ${page.offset ?? 0}`)
    },
    async count(filter) {
      const [row] = await on.query<{ count: number }>(
        sql`select count(*)::int as count from auth.audit_events e where ${join(conditions(filter), ' and ')}`,
      )
      return row?.count ?? 0
    },
    async forget(userId) {
      await on.query(sql`with allowed as (select set_config('watchword.forget', 'on', true) as on)
        update auth.audit_events e set ip = null from allowed where allowed.on = 'on' and e.user_id = ${userId}`)
      await on.query(sql`select set_config('watchword.forget', 'off', true)`)
    },
  }
}

function conditions(filter: AuditFilter): Statement[] {
  const all: (Statement | undefined)[] = [
    sql`true`,
    filter.userId === undefined ? undefined : sql`e.user_id = ${filter.userId}::uuid`,
    filter.actorId === undefined ? undefined : sql`e.actor_id = ${filter.actorId}`,
    filter.sessionId === undefined ? undefined : sql`e.session_id = ${filter.sessionId}::uuid`,
    filter.requestId === undefined ? undefined : sql`e.request_id = ${filter.requestId}::uuid`,
    filter.action === undefined ? undefined : sql`starts_with(e.action, ${filter.action})`,
    filter.actions === undefined ? undefined : sql`e.action = any(${filter.actions}::text[])`,
    filter.result === undefined ? undefined : sql`e.result = ${filter.result}`,
    filter.ip === undefined ? undefined : sql`e.ip = ${filter.ip}`,
    filter.after === undefined ? undefined : sql`e.at > ${filter.after}`,
    filter.before === undefined ? undefined : sql`e.at < ${filter.before}`,
  ]
  return all.filter((each) => each !== undefined)
}
