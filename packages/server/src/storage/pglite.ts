import { readFile } from 'node:fs/promises'
import { PGlite } from '@electric-sql/pglite'
import { OperatorError } from '../base/operator-error.ts'
import { type Database, type Hearing, type Listening, type Sql, schemaRewriter } from './database.ts'
import { translateFailure } from './failures.ts'
import { lockFolder } from './folder-lock.ts'
import type { Statement } from './sql.ts'

export interface EmbeddedOptions {
  /** Folder the database lives in, or undefined for one in memory that ends with the process. */
  readonly folder: string | undefined
  readonly schema: string
  /** A prepared data directory (gzipped tar) that a new folder starts from, so that the first start is quick. */
  readonly snapshot?: URL
  /** Milliseconds one statement may take. Default 5,000. */
  readonly statementTimeout?: number
}

/**
 * Opens PostgreSQL inside this process. One process at a time may hold a folder.
 * @throws OperatorError when another process holds it, or it cannot be written to or opened
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<Database> {
  const unlock = options.folder === undefined ? async () => {} : await lockFolder(options.folder)
  const engine = await openEngine(options).catch(async (error: unknown) => {
    await unlock()
    if (options.folder === undefined || !(error instanceof Error)) throw error
    throw new OperatorError(
      `The embedded database in ${options.folder} cannot be opened (${error.message}). This user must be allowed to write to all of it; where it is damaged, restore a backup.`,
      { cause: error },
    )
  })
  const rewrite = schemaRewriter(options.schema)
  await engine.exec(`set statement_timeout = ${options.statementTimeout ?? 5_000}; set timezone = 'UTC'`)

  const ask = async <Row>(on: Pick<PGlite, 'query'>, statement: Statement): Promise<Row[]> => {
    try {
      const result = await on.query<Row>(rewrite(statement.text), statement.values as unknown[])
      return result.rows
    } catch (error) {
      throw translateFailure(error)
    }
  }

  return {
    kind: 'embedded',
    query: (statement) => ask(engine, statement),
    transaction: <T>(work: (sql: Sql) => Promise<T>) =>
      engine.transaction((inner) => work({ query: (statement) => ask(inner, statement) })) as Promise<T>,
    async script(text) {
      await engine.exec(`begin; ${rewrite(text)}; commit`).catch(async (error: unknown) => {
        await engine.exec('rollback').catch(() => undefined)
        throw translateFailure(error)
      })
    },
    listen: (channel, hear) => listenInside(engine, channel, hear),
    async close() {
      await engine.close()
      await unlock()
    },
  }
}

function listenInside(engine: PGlite, channel: string, hear: Hearing): Listening {
  const state = { isLive: false }
  const begun = engine.listen(channel, (payload) => hear.message(payload))
  begun.then(
    () => {
      state.isLive = true
      hear.ready()
    },
    // Whoever asks whether it listens hears that it does not.
    () => undefined,
  )
  return {
    isLive: () => state.isLive,
    async stop() {
      state.isLive = false
      await begun.then((stop) => stop()).catch(() => undefined)
    },
  }
}

async function openEngine({ folder, snapshot }: EmbeddedOptions): Promise<PGlite> {
  const isNew = folder === undefined || !(await hasDatabase(folder))
  const packed = isNew && snapshot !== undefined ? await readFile(snapshot).catch(() => undefined) : undefined
  return PGlite.create({
    ...(folder === undefined ? {} : { dataDir: folder }),
    ...(packed === undefined ? {} : { loadDataDir: new Blob([new Uint8Array(packed)]) }),
  })
}

async function hasDatabase(folder: string): Promise<boolean> {
  return readFile(`${folder}/PG_VERSION`).then(
    () => true,
    () => false,
  )
}
