import { createHash } from 'node:crypto'
import { type Database, isSchemaName } from '#src/storage/database.ts'
import type { Statement } from '#src/storage/sql.ts'
import { sql } from '#src/storage/sql.ts'

/** A statement whose text is put together here; for tests that look at or hurt tables. */
export function statement(text: string, values: readonly unknown[] = []): Statement {
  return { text, values, name: `t${createHash('sha1').update(text).digest('base64url')}` }
}

/** Every row of every table of the server, as text; bytes are hexadecimal. By table. */
export async function dump(database: Database): Promise<Map<string, string>> {
  const tables = await database.query<{ name: string }>(
    sql`select table_name as name from information_schema.tables where table_schema = 'auth' and table_type = 'BASE TABLE' order by 1`,
  )
  const rows = new Map<string, string>()
  for (const { name } of tables) {
    if (!isSchemaName(name)) continue
    const found = await database.query<{ row: string }>(
      statement(`select row_to_json(t)::text as row from auth.${name} t`),
    )
    rows.set(name, found.map(({ row }) => row).join('\n'))
  }
  return rows
}

/** Rows of a table under a condition. */
export async function countRows(database: Database, table: string, where = 'true', values: readonly unknown[] = []) {
  const [row] = await database.query<{ count: number }>(
    statement(`select count(*)::int as count from auth.${table} where ${where}`, values),
  )
  return row?.count ?? 0
}
