import { readdir, readFile } from 'node:fs/promises'
import { sameText, sha256 } from '../base/digest.ts'
import { hex } from '../base/encoding.ts'
import { OperatorError } from '../base/operator-error.ts'
import type { Database } from './database.ts'
import { sql } from './sql.ts'

export interface Migration {
  /** The number in its file name. */
  readonly version: number
  readonly name: string
  readonly text: string
  readonly digest: string
}

const folder = new URL('./migrations/', import.meta.url)

/** The migrations that travel with this release, in order. */
export async function knownMigrations(): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((file) => /^\d{4}_[a-z0-9_]+\.sql$/.test(file)).sort()
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(new URL(file, folder), 'utf8')
      return { version: Number(file.slice(0, 4)), name: file.slice(5, -4), text, digest: hex(sha256(text)) }
    }),
  )
}

/**
 * Brings the schema up to this release: numbered, forward only, each in a transaction of its own, one process at a time.
 * @returns the migrations that were applied now
 * @throws OperatorError when PostgreSQL is older than 14, the database is newer than this release, an applied migration was edited, or the role that is
 * connected may not alter the schema
 */
export async function migrate(database: Database): Promise<Migration[]> {
  const migrations = await knownMigrations()
  // Most starts find nothing to do; they need no lock and no rights to alter the schema.
  if (pending(migrations, await applied(database)).length === 0) return []
  await refuseOldServer(database)
  await database.script(ledger).catch(notAllowed)
  const done: Migration[] = []
  for (const migration of pending(migrations, await applied(database))) {
    if (await apply(database, migration)) done.push(migration)
  }
  return done
}

async function refuseOldServer(database: Database): Promise<void> {
  const [server] = await database.query<{ version: number }>(
    sql`select current_setting('server_version_num')::int as version`,
  )
  const version = Math.floor((server?.version ?? 0) / 10_000)
  if (version < 14)
    throw new OperatorError(
      `PostgreSQL 14 or later is needed, and this is ${version}. Move the database to a newer one.`,
    )
}

/** The migrations that {@link migrate} would apply now. Reads only. */
export async function pendingMigrations(database: Database): Promise<Migration[]> {
  return pending(await knownMigrations(), await applied(database))
}

/** Two processes that start together both come here: the second finds the row and skips. */
async function apply(database: Database, migration: Migration): Promise<boolean> {
  const mark = `insert into auth.migrations (version, name, digest) values (${migration.version}, '${migration.name}', '${migration.digest}')`
  try {
    await database.script(`select pg_advisory_xact_lock(779245318); ${mark}; ${migration.text}`)
    return true
  } catch (error) {
    const rows = await applied(database)
    if (rows.some((row) => row.version === migration.version)) return false
    return notAllowed(error)
  }
}

/** SQLSTATE 42501: whoever is connected may not do this. */
function notAllowed(error: unknown): never {
  if (!(error instanceof Error) || (error as { code?: unknown }).code !== '42501') throw error
  throw new OperatorError(
    `The database must be migrated, and its role may not do that (${error.message}). Run \`watchword migrate\` with the address of the schema’s owner first.`,
    { cause: error },
  )
}

const ledger = `
  select pg_advisory_xact_lock(779245318);
  create schema if not exists auth;
  create table if not exists auth.migrations (
    version integer primary key, name text not null, digest text not null, applied_at timestamptz not null default now()
  )`

interface Applied {
  readonly version: number
  readonly digest: string
}

async function applied(database: Database): Promise<Applied[]> {
  const [found] = await database.query<{ known: boolean }>(
    sql`select to_regclass('auth.migrations') is not null as known`,
  )
  if (found?.known !== true) return []
  return database.query<Applied>(sql`select version, digest from auth.migrations order by version`)
}

function pending(migrations: readonly Migration[], done: readonly Applied[]): Migration[] {
  const newest = migrations.at(-1)?.version ?? 0
  for (const row of done) {
    if (row.version > newest) {
      throw new OperatorError(
        `The database is at migration ${row.version}, newer than this release. Start the release that migrated it, or a later one.`,
      )
    }
    const known = migrations.find((migration) => migration.version === row.version)
    if (known !== undefined && !sameText(known.digest, row.digest)) {
      throw new OperatorError(
        `Migration ${row.version} in the database is not the one of this release. Start the release that made this database, or a later one.`,
      )
    }
  }
  return migrations.filter((migration) => !done.some((row) => row.version === migration.version))
}
