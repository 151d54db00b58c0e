import { secondsUntil } from '../../base/duration.ts'
import { Refusal } from '../../base/errors.ts'
import type { Runtime } from '../../base/runtime.ts'
import type { Sql } from '../../storage/database.ts'
import { type Statement, sql } from '../../storage/sql.ts'
import type { Rate } from '../settings/settings.ts'

/** One counter and how far it may go. */
export interface Take {
  /** What is counted; holds no address in the clear. */
  readonly key: string
  readonly rate: Rate
  /** Counts in a row: each one below the limit starts the window anew, so that the last one closes it for all its length. */
  readonly inARow?: boolean
}

/** How a counter stands. */
export interface Taken {
  readonly key: string
  readonly limit: number
  readonly remaining: number
  /** Seconds until the window ends. */
  readonly resetIn: number
  readonly over: boolean
}

/** Counts in fixed windows, in the database, so that all processes share them and parallel takes are exact. */
export interface Counters {
  /** Counts one for each key and says how each stands. One statement. */
  take(takes: readonly Take[]): Promise<Taken[]>
  /** How each stands, counting nothing. */
  look(takes: readonly Take[]): Promise<Taken[]>
  clear(keys: readonly string[]): Promise<void>
  /** Clears a key and all that begin with it and a colon. */
  clearBelow(key: string): Promise<void>
  /** Takes back what turned out not to count. */
  refund(keys: readonly string[]): Promise<void>
  purge(limit: number): Promise<number>
}

interface CounterRow {
  readonly key: string
  readonly count: number
  readonly windowEndsAt: Date
}

/**
 * @param table `rate_counters` for requests, `guess_counters` for guesses, which survive a crash
 * @param enabled whether anything is ever over; switched off, nothing is counted
 */
export function createCounters(
  on: Sql,
  deps: {
    readonly runtime: Pick<Runtime, 'now'>
    readonly table: 'rate_counters' | 'guess_counters'
    readonly enabled: boolean
  },
): Counters {
  const { runtime, table, enabled } = deps
  const name = table === 'rate_counters' ? sql`auth.rate_counters` : sql`auth.guess_counters`
  const judge = (takes: readonly Take[], rows: readonly CounterRow[], now: Date): Taken[] =>
    takes.map(({ key, rate }) => {
      const row = rows.find((each) => each.key === key)
      const count = row === undefined || row.windowEndsAt <= now ? 0 : row.count
      const resetIn = row === undefined || count === 0 ? rate.seconds : secondsUntil(now, row.windowEndsAt)
      return { key, limit: rate.limit, remaining: Math.max(0, rate.limit - count), resetIn, over: count > rate.limit }
    })

  // In the order in which they are taken: two requests must not wait for each other's rows.
  const locked = (keys: readonly string[]): Statement =>
    sql`select key from ${name} where key = any(${keys}::text[]) order by key collate "C" for update`

  return {
    async take(takes) {
      if (!enabled || takes.length === 0) return []
      const now = runtime.now()
      // Always in the same order, so that two requests cannot wait for each other's rows.
      const ordered = [...takes].sort((a, b) => (a.key < b.key ? -1 : 1))
      const row = ordered.filter((take) => take.inARow === true)
      const rows = await on.query<CounterRow>(sql`
        insert into ${name} as c (key, count, window_ends_at)
        select t.key, 1, ${now}::timestamptz + make_interval(secs => t.seconds)
        from unnest(${ordered.map((take) => take.key)}::text[], ${ordered.map((take) => take.rate.seconds)}::int[]) as t (key, seconds)
        on conflict (key) do update set
          count = case when c.window_ends_at <= ${now} then 1 else c.count + 1 end,
          window_ends_at = case
            when c.window_ends_at <= ${now} then excluded.window_ends_at
            when c.count < (select r.most from unnest(${row.map((take) => take.key)}::text[], ${row.map((take) => take.rate.limit)}::int[]) as r (key, most)
              where r.key = c.key) then excluded.window_ends_at
            else c.window_ends_at end
        returning key, count, window_ends_at as "windowEndsAt"`)
      return judge(takes, rows, now)
    },
    async look(takes) {
      if (!enabled || takes.length === 0) return []
      const rows = await on.query<CounterRow>(
        sql`select key, count, window_ends_at as "windowEndsAt" from ${name} where key = any(${takes.map((take) => take.key)}::text[])`,
      )
      return judge(takes, rows, runtime.now())
    },
    async clear(keys) {
      if (enabled && keys.length > 0)
        await on.query(sql`with mine as (${locked(keys)}) delete from ${name} where key in (select key from mine)`)
    },
    async clearBelow(key) {
      if (enabled) await on.query(sql`delete from ${name} where key = ${key} or starts_with(key, ${`${key}:`})`)
    },
    async refund(keys) {
      if (enabled && keys.length > 0) {
        await on.query(sql`with mine as (${locked(keys)})
          update ${name} set count = greatest(0, count - 1) where key in (select key from mine)`)
      }
    },
    async purge(limit) {
      const rows = await on.query(sql`delete from ${name} where key in (
        select key from ${name} where window_ends_at < ${runtime.now()} limit ${limit}) returning key`)
      return rows.length
    },
  }
}

/** Refuses when one of the counters is over, naming the longest wait. */
export function refuseOver(
  taken: readonly Taken[],
  code: 'over_request_rate_limit' | 'over_email_send_rate_limit' | 'over_sms_send_rate_limit' | 'over_attempt_limit',
): void {
  const over = taken.filter((each) => each.over)
  if (over.length > 0) throw new Refusal(code, { retryAfter: Math.max(1, ...over.map((each) => each.resetIn)) })
}
