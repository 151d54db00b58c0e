import { isUuid } from '../../base/encoding.ts'
import type { Runtime } from '../../base/runtime.ts'
import type { Sql } from '../../storage/database.ts'
import { type Statement, sql } from '../../storage/sql.ts'
import type { UserEvent } from './user-event.ts'

/** Events that are kept for those who listen: owner of `auth.user_events` and `auth.event_listeners`. */
export interface Events {
  /** Events of some users since a time, in the order in which they were written. */
  since(userIds: readonly string[], at: Date): Promise<UserEvent[]>
  /**
   * Events of a user after one that they have seen: those written later, and those written earlier whose transactions were
   * still under way at that moment.
   * @param eventId {@link beforeAll} for everything that is kept
   * @returns undefined when that event is not theirs, or no longer kept
   */
  after(userId: string, eventId: string): Promise<UserEvent[] | undefined>
  /** The newest event of a user, or {@link beforeAll}: what comes is after it. */
  newest(userId: string): Promise<string>
  /** Says that a process has somebody to tell, for so many seconds. */
  listening(processId: string, seconds: number): Promise<void>
  notListening(processId: string): Promise<void>
  /** Keeps of a deleted account only that it is gone, and its sessions; no device is named any more. */
  forget(userId: string): Promise<void>
  purge(before: Date, limit: number): Promise<number>
}

/** Stands before every event. */
export const beforeAll = '00000000-0000-0000-0000-000000000000'

/** Events that one answer may hold; whoever missed more reads the account anew. */
const most = 1_000

const columns: Statement = sql`e.id, e.at, e.user_id as "userId", e.session_id as "sessionId", e.type, e.data`

/** @param on the database or the transaction this store speaks to */
export function createEvents(on: Sql, runtime: Pick<Runtime, 'now'>): Events {
  return {
    since: (userIds, at) =>
      on.query<UserEvent>(sql`select ${columns} from auth.user_events e
        where e.user_id = any(${userIds}::uuid[]) and e.at > ${at} order by e.seq`),
    async after(userId, eventId) {
      if (!isUuid(eventId)) return undefined
      if (eventId === beforeAll)
        return on.query<UserEvent>(sql`select ${columns} from auth.user_events e
        where e.user_id = ${userId} order by e.seq limit ${most}`)
      const [seen] = await on.query<{ seq: string; horizon: string }>(sql`select e.seq::text, e.horizon::text
        from auth.user_events e where e.user_id = ${userId} and e.id = ${eventId}`)
      if (seen === undefined) return undefined
      return on.query<UserEvent>(sql`select ${columns} from auth.user_events e
        where e.user_id = ${userId} and e.id <> ${eventId} and (e.seq > ${seen.seq}::bigint or e.tx >= ${seen.horizon}::bigint)
        order by e.seq limit ${most}`)
    },
    async newest(userId) {
      const [row] = await on.query<{ id: string }>(
        sql`select e.id from auth.user_events e where e.user_id = ${userId} order by e.at desc, e.seq desc limit 1`,
      )
      return row?.id ?? beforeAll
    },
    async listening(processId, seconds) {
      await on.query(sql`insert into auth.event_listeners (id, until)
        values (${processId}, now() + make_interval(secs => ${seconds}::int))
        on conflict (id) do update set until = excluded.until`)
    },
    async notListening(processId) {
      await on.query(sql`delete from auth.event_listeners where id = ${processId}`)
    },
    async forget(userId) {
      await on.query(sql`with gone as (delete from auth.user_events
          where user_id = ${userId} and type not in ('session.ended', 'user.deleted'))
        update auth.user_events set data = data - 'userAgent'
        where user_id = ${userId} and type in ('session.ended', 'user.deleted')`)
    },
    async purge(before, limit) {
      // Rows lie in the order they were written, which is that of their time but for seconds.
      const rows = await on.query(sql`with gone as (delete from auth.user_events where seq in (
          select old.seq from (select seq, at from auth.user_events order by seq limit ${limit}) old where old.at < ${before})
        returning 1), silent as (delete from auth.event_listeners where until < ${runtime.now()} and until < now())
        select 1 from gone`)
      return rows.length
    },
  }
}
