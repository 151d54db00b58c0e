import { sha256 } from '../../base/digest.ts'
import type { Runtime } from '../../base/runtime.ts'
import type { Sql } from '../../storage/database.ts'
import { sql } from '../../storage/sql.ts'

/** Solutions that were used, for as long as they could be used again: owner of `auth.spent_solutions`. */
export interface SpentSolutions {
  /** Uses a solution up. @returns false when it was used before, by however many requests at once */
  spend(solution: string, until: Date): Promise<boolean>
  purge(limit: number): Promise<number>
}

/** @param on the database: what a transaction takes back would be good again */
export function createSpentSolutions(on: Sql, runtime: Pick<Runtime, 'now'>): SpentSolutions {
  return {
    async spend(solution, until) {
      const rows = await on.query(sql`insert into auth.spent_solutions (digest, ends_at)
        values (${sha256(solution)}, ${until}) on conflict do nothing returning ends_at`)
      return rows.length > 0
    },
    async purge(limit) {
      const rows = await on.query(sql`delete from auth.spent_solutions where digest in (
        select digest from auth.spent_solutions where ends_at < ${runtime.now()} limit ${limit}) returning ends_at`)
      return rows.length
    },
  }
}
