import type { Sql } from '../../storage/database.ts'
import { sql } from '../../storage/sql.ts'

/** Second factors: owner of `auth.factors`. Reading goes with the user; see `userColumns`. */
export interface Factors {
  /** Whether somebody must prove more than the way in, as it stands at this moment. */
  protects(userId: string): Promise<boolean>
  removeAll(userId: string): Promise<void>
}

/** @param on the database or the transaction this store speaks to */
export function createFactors(on: Sql): Factors {
  return {
    async protects(userId) {
      const rows = await on.query(sql`select 1 as one from auth.factors
        where user_id = ${userId} and status = 'verified' and type <> 'recovery_code' limit 1`)
      return rows.length > 0
    },
    async removeAll(userId) {
      await on.query(sql`delete from auth.factors where user_id = ${userId}`)
    },
  }
}
