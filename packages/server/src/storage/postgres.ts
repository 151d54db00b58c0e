import pg from 'pg'
import type { Log } from '../base/runtime.ts'
import { type Database, type Sql, schemaRewriter } from './database.ts'
import { translateFailure } from './failures.ts'
import type { Statement } from './sql.ts'

export interface PostgresOptions {
  /** `postgres://` URL. */
  readonly url: string
  readonly schema: string
  /** Connections this process may hold. Default 10. */
  readonly poolSize?: number
  /** Milliseconds one statement may take. Default 5,000. */
  readonly statementTimeout?: number
  /** Whether statements are prepared by name. Off behind a pooler in transaction mode. Default true. */
  readonly prepared?: boolean
  readonly log: Log
}

/** Milliseconds a script may take: an index on a large table, or the wait for another process that migrates. */
const scriptTimeout = 24 * 3_600_000

/** Opens a pool on a PostgreSQL server (14 or later); connections are made when first needed and replaced when lost. */
export function openPostgres(options: PostgresOptions): Database {
  const { prepared = true, statementTimeout = 5_000 } = options
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize ?? 10,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    query_timeout: statementTimeout + 1_000,
    // A pooler in transaction mode refuses start-up parameters it does not know.
    ...(prepared ? { statement_timeout: statementTimeout, application_name: 'watchword' } : {}),
  })
  // Without a listener a connection that dies while idle would end the process.
  pool.on('error', (error) => options.log.warn({ reason: error.message }, 'a database connection was lost'))
  const rewrite = schemaRewriter(options.schema)

  const ask = async <Row>(on: pg.Pool | pg.PoolClient, statement: Statement): Promise<Row[]> => {
    try {
      const text = rewrite(statement.text)
      const values = statement.values as unknown[]
      const result = await on.query<Row & pg.QueryResultRow>(
        prepared ? { name: statement.name, text, values } : { text, values },
      )
      return result.rows
    } catch (error) {
      throw translateFailure(error)
    }
  }

  const transaction = async <T>(work: (sql: Sql) => Promise<T>): Promise<T> => {
    const client = await pool.connect().catch((error: unknown) => {
      throw translateFailure(error)
    })
    const broken: { error?: Error } = {}
    const notice = (error: Error) => {
      broken.error = error
    }
    client.on('error', notice)
    try {
      await client.query('begin')
      const answer = await work({ query: (statement) => ask(client, statement) })
      await client.query('commit')
      return answer
    } catch (error) {
      await client.query('rollback').catch(notice)
      throw translateFailure(error)
    } finally {
      client.off('error', notice)
      client.release(broken.error)
    }
  }

  return {
    kind: 'postgres',
    query: (statement) => ask(pool, statement),
    transaction,
    async script(text) {
      const client = await pool.connect().catch((error: unknown) => {
        throw translateFailure(error)
      })
      // A connection that is lost says so twice: to the statement, and as an event that ends the process unheard.
      const unheard = () => undefined
      client.on('error', unheard)
      try {
        const whole = `begin; set local statement_timeout = 0; ${rewrite(text)}; commit`
        // The types do not know that a query may have a time-out of its own.
        await client.query({ text: whole, query_timeout: scriptTimeout } as pg.QueryConfig)
        client.off('error', unheard)
        client.release()
      } catch (error) {
        // The transaction goes with its connection, whatever state both are in.
        client.release(true)
        throw translateFailure(error)
      }
    },
    pool: () => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    close: () => pool.end(),
  }
}
