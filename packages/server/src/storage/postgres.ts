import pg from 'pg'
import type { Log } from '../base/runtime.ts'
import { type Database, type Sql, schemaRewriter } from './database.ts'
import { isTakenBack, translateFailure } from './failures.ts'
import { listenOn } from './postgres-listener.ts'
import { PreparedQuery } from './prepared-query.ts'
import { createSharedConnections } from './shared-connections.ts'
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
  const { prepared = true, statementTimeout = 5_000, poolSize = 10 } = options
  const pool = new pg.Pool({
    connectionString: options.url,
    max: poolSize,
    pipeline: prepared,
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

  const start = <Row>(client: pg.PoolClient, statement: Statement): Promise<Row[]> => {
    const text = rewrite(statement.text)
    if (!prepared) return client.query(text, statement.values as unknown[]).then(({ rows }) => rows as Row[])
    return new Promise((resolve, reject) => {
      const settle = (error: Error | null, result?: { readonly rows: readonly object[] }) =>
        error === null ? resolve((result?.rows ?? []) as Row[]) : reject(error)
      client.query(new PreparedQuery(statement, text, settle) as unknown as pg.Submittable)
    })
  }
  const ask = <Row>(client: pg.PoolClient, statement: Statement): Promise<Row[]> =>
    start<Row>(client, statement).catch((error: unknown) => {
      throw translateFailure(error)
    })

  const share = createSharedConnections(pool, poolSize)
  const askShared = <Row>(statement: Statement): Promise<Row[]> =>
    new Promise((resolve, reject) => {
      const fail = (error: unknown) => reject(translateFailure(error))
      share({ start: (client) => start<Row>(client, statement).then(resolve, fail), fail })
    })

  const askAlone = <Row>(statement: Statement): Promise<Row[]> =>
    pool.query(rewrite(statement.text), statement.values as unknown[]).then(
      ({ rows }) => rows as Row[],
      (error: unknown) => {
        throw translateFailure(error)
      },
    )

  const attempt = async <T>(work: (sql: Sql) => Promise<T>): Promise<T> => {
    const client = await pool.connect().catch((error: unknown) => {
      throw translateFailure(error)
    })
    const broken: { error?: Error } = {}
    const notice = (error: Error) => {
      broken.error = error
    }
    client.on('error', notice)
    try {
      const begun = begin(client)
      if (!prepared) await begun
      const answer = await work({ query: prepared ? atOnce(client, ask) : inTurn(client, ask) })
      await begun
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

  // Behind a pooler a connection is for one statement at a time.
  const askOnce = prepared ? askShared : askAlone
  return {
    kind: 'postgres',
    query: <Row>(statement: Statement) => untilThrough(() => askOnce<Row>(statement)),
    transaction: (work) => untilThrough(() => attempt(work)),
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
    // Behind a pooler no connection stays with whoever listens on it.
    ...(prepared ? { listen: (channel, hear) => listenOn({ url: options.url, log: options.log }, channel, hear) } : {}),
    pool: () => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    close: () => pool.end(),
  }
}

/** Does again what the database took back, a few times. */
async function untilThrough<T>(work: () => Promise<T>): Promise<T> {
  for (let left = 3; ; left -= 1) {
    try {
      return await work()
    } catch (error) {
      if (left === 0 || !isTakenBack(error)) throw error
    }
  }
}

type Ask = <Row>(client: pg.PoolClient, statement: Statement) => Promise<Row[]>

/** What is sent in this turn of the event loop leaves in one packet. */
function gather(client: pg.PoolClient): void {
  const { stream } = (client as unknown as { readonly connection: pg.Connection }).connection
  stream.cork()
  process.nextTick(() => stream.uncork())
}

/** Begins a transaction. Where statements may follow without its answer they leave with it, and save a round trip. */
function begin(client: pg.PoolClient): Promise<unknown> {
  gather(client)
  const begun = client.query('begin')
  // Whoever waits for it hears of it; until then its failure is nobody's.
  begun.catch(() => undefined)
  return begun
}

/** Sends statements as they come; those of one turn of the event loop leave in one packet. */
function atOnce(client: pg.PoolClient, ask: Ask): Sql['query'] {
  return (statement) => {
    gather(client)
    return ask(client, statement)
  }
}

/** Sends a statement when the one before it has been answered, for connections that take one at a time. */
function inTurn(client: pg.PoolClient, ask: Ask): Sql['query'] {
  const last: { answer: Promise<unknown> } = { answer: Promise.resolve() }
  return <Row>(statement: Statement): Promise<Row[]> => {
    const answer = last.answer.then(() => ask<Row>(client, statement))
    last.answer = answer.catch(() => undefined)
    return answer
  }
}
