import type { Database } from '#src/storage/database.ts'
import type { Statement } from '#src/storage/sql.ts'

export interface DumpedTable {
  readonly table: string
  /** Each row as one text: every column as text, and bytes also read as text. */
  readonly rows: readonly string[]
}

const asked = (text: string): Statement => ({ text, values: [], name: `dump_${text.length}_${text}`.slice(0, 60) })

/** Everything in the database, as a thief would read it. @param without columns that are left out */
export async function dump(database: Database, without: readonly string[] = []): Promise<DumpedTable[]> {
  const tables = await database.query<{ table: string; columns: { name: string; bytes: boolean }[] }>(
    asked(`select c.table_name as table, json_agg(json_build_object('name', c.column_name, 'bytes', c.data_type = 'bytea')) as columns
      from information_schema.columns c where c.table_schema = 'auth' group by 1 order by 1`),
  )
  const all: DumpedTable[] = []
  for (const { table, columns } of tables) {
    const parts = columns
      .filter(({ name }) => !without.includes(name))
      .flatMap(({ name, bytes }) => [
        `coalesce("${name}"::text, '')`,
        ...(bytes ? [`coalesce(encode("${name}", 'escape'), '')`, `coalesce(encode("${name}", 'base64'), '')`] : []),
      ])
    const rows = await database.query<{ row: string }>(
      asked(`select concat_ws(E'\\n', ${parts.join(', ')}) as row from auth."${table}"`),
    )
    all.push({ table, rows: rows.map(({ row }) => row) })
  }
  return all
}
