import { Refusal } from '../../base/errors.ts'
import type { Database } from '../../storage/database.ts'
import { identifier, json, sql } from '../../storage/sql.ts'
import type { HookCall, HookJson, HookPlace } from './hook.ts'
import { hookSeconds, unavailable } from './hook-failure.ts'
import { readAnswer } from './read-answer.ts'

/**
 * Asks a hook that is a function of the database, `jsonb` in and out. It runs in a transaction of its own that is taken
 * back where it fails or takes too long.
 * @throws Refusal `hook_rejected` (nothing it wrote is lost: it may count), `hook_unavailable`
 */
export async function askPostgres(
  { database, now }: { readonly database: Pick<Database, 'transaction'>; readonly now: () => Date },
  place: Extract<HookPlace, { kind: 'postgres' }>,
  { input }: HookCall,
  seconds: number = hookSeconds.postgres,
): Promise<HookJson> {
  const answer = await database
    .transaction(async (on) => {
      const ms = String(seconds * 1_000)
      await on.query(sql`select set_config('statement_timeout', ${ms}, true)`)
      const begun = now().getTime()
      const [row] = await on.query<{ answer: string | null }>(
        sql`select ${identifier(place.schema)}.${identifier(place.name)}(${json(input)}::jsonb)::text as answer`,
      )
      // The embedded database does not interrupt itself.
      if (now().getTime() - begun > seconds * 1_000) throw unavailable('timeout', { seconds })
      return row?.answer ?? null
    })
    .catch((error: unknown) => {
      throw failureOf(error, seconds)
    })
  if (answer === null) throw unavailable('answer')
  return readAnswer(answer)
}

const cancelled = '57014'

function failureOf(error: unknown, seconds: number): unknown {
  if (!(error instanceof Refusal)) return unavailable('fault', { cause: error })
  if (error.code === 'hook_unavailable') return error
  const { code: outcome } = (error.cause ?? {}) as { readonly code?: unknown }
  return outcome === cancelled
    ? unavailable('timeout', { seconds, cause: error })
    : unavailable('fault', { cause: error })
}
