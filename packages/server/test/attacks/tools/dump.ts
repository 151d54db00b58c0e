import { createHash } from 'node:crypto'
import type { Database } from '#src/storage/database.ts'
import { sql } from '#src/storage/sql.ts'

/** What a thief of the database holds: every row of every table as text. */
export async function dumpDatabase(database: Database): Promise<string> {
  const tables = await database.query<{ name: string }>(sql`
    select table_name as name from information_schema.tables where table_schema = 'auth' and table_type = 'BASE TABLE'`)
  const texts: string[] = []
  for (const { name } of tables) texts.push(`${name}: ${JSON.stringify(await rowsOf(database, name))}`)
  return texts.join('\n')
}

/** All rows of one table, each value as text, bytes as hex. */
export function rowsOf(database: Database, table: string): Promise<Record<string, string | null>[]> {
  const text = `select row_to_json(t.*)::text as row from auth.${table} t`
  return database
    .query<{ row: string }>({ text, values: [], name: `dump-${table}` })
    .then((rows) => rows.map(({ row }) => asText(JSON.parse(row))))
}

function asText(row: Record<string, unknown>): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value === null ? null : typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  )
}

const digests = ['sha1', 'sha224', 'sha256', 'sha512'] as const

/** Whether a secret can be found in stored text: as it is, in base64 or hex, or as a plain digest with any of the salts. */
export function opens(stored: string, secret: string, salts: readonly string[]): boolean {
  const plain = [secret, Buffer.from(secret).toString('base64'), Buffer.from(secret).toString('hex')]
  if (plain.some((form) => stored.includes(form))) return true
  return digests.some((digest) =>
    ['', ...salts].some((salt) =>
      [salt + secret, secret + salt, `${salt}:${secret}`].some((text) => {
        const made = createHash(digest).update(text).digest()
        return stored.includes(made.toString('hex')) || stored.includes(made.toString('base64'))
      }),
    ),
  )
}
