import type { Database, Sql } from '#src/storage/database.ts'
import { type Statement, sql } from '#src/storage/sql.ts'

/** Locks an account as long as a transaction lasts, without changing it. */
export const accountRow = (userId: string): Statement => sql`select id from auth.users where id = ${userId} for update`

/**
 * Forces pieces of work into an order at a row they all lock. Each is let go as far as the row before the next one begins,
 * so whatever it reads before that it reads as things stood at the start; then the row is theirs, one after the other, as
 * they came: PostgreSQL lets those who wait for a row have it in turn. Work that never asks for the row is waited for, and
 * done then. Only a real PostgreSQL has several at once.
 * @param hold locks the row, in a transaction that is taken back when all of them wait
 */
export async function inOrder(
  database: Database,
  hold: Statement,
  works: readonly (() => Promise<unknown>)[],
): Promise<readonly PromiseSettledResult<unknown>[]> {
  const begun: Promise<PromiseSettledResult<unknown>>[] = []
  const over = new Error('all of them wait')
  const held = database.transaction(async (tx) => {
    await tx.query(hold)
    for (const work of works) {
      const before = await waiting(tx)
      const state = { over: false }
      const outcome = Promise.allSettled([work()]).then(([only]) => {
        state.over = true
        return only
      })
      begun.push(outcome)
      while (!state.over && (await waiting(tx)) <= before) await moment()
    }
    // Whatever was done to have the row is taken back.
    throw over
  })
  await held.catch((error: unknown) => {
    if (error !== over) throw error
  })
  return Promise.all(begun)
}

/** How many of this database wait for a lock. What PostgreSQL tells of locks is told anew even inside a transaction. */
async function waiting(tx: Sql): Promise<number> {
  const [row] = await tx.query<{ count: number }>(sql`select count(distinct w.pid)::int as count from pg_locks w
    where not w.granted and exists (select from pg_locks h where h.pid = w.pid and h.granted and h.locktype = 'relation'
      and h.database = (select oid from pg_database where datname = current_database()))`)
  return row?.count ?? 0
}

const moment = () => new Promise((resolve) => setTimeout(resolve, 5))

/** What came of a piece of work: what it answered, or the code of its refusal. @throws what is no refusal */
export function outcomeOf(settled: PromiseSettledResult<unknown> | undefined): unknown {
  if (settled === undefined) throw new Error('no such piece of work')
  if (settled.status === 'fulfilled') return settled.value
  const code = (settled.reason as { readonly code?: unknown }).code
  if (typeof code !== 'string') throw settled.reason
  return { refused: code }
}
