import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { atExit } from './at-exit.ts'
import { type Cluster, createCluster, removeCluster, type StopMode, startCluster, stopCluster } from './cluster.ts'
import type {} from './global.ts'
import { findProgram } from './programs.ts'

/** An empty database that is nobody else's. */
export interface FreshDatabase {
  readonly url: string
  /** Deletes it, closing whatever is still connected. */
  drop(): Promise<void>
}

/** A server that is nobody else's, for tests that kill it. */
export interface OwnPostgres {
  /** Connects as superuser to the maintenance database. */
  readonly url: string
  freshDatabase(): Promise<FreshDatabase>
  /** Takes it down; `immediate` (the default) is a crash. */
  stop(mode?: StopMode): Promise<void>
  /** Brings it up again on the same port with the same data. */
  start(): Promise<void>
  /** Ends it for good. */
  remove(): void
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

async function freshDatabaseOn(adminUrl: string): Promise<FreshDatabase> {
  const name = `watchword_test_${randomBytes(8).toString('hex')}`
  await execute(adminUrl, `create database ${name} template template0`)
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => execute(adminUrl, `drop database if exists ${name} with (force)`) }
}

/** Whether this run has a PostgreSQL server at all. */
export function hasPostgres(): boolean {
  return Boolean(inject('postgresUrl'))
}

/** Superuser address of the run's server, for tests that look at the server itself. */
export function postgresUrl(): string {
  const url = inject('postgresUrl')
  if (!url) throw new Error('There is no PostgreSQL server for this test; the notice at the start of the run says why.')
  return url
}

/** Creates an empty database on the run's server. Takes about a tenth of a second. */
export function freshDatabase(): Promise<FreshDatabase> {
  return freshDatabaseOn(postgresUrl())
}

function sharedCluster(): Cluster {
  const cluster = inject('postgresCluster')
  if (!cluster) throw new Error('This run did not start its PostgreSQL server and cannot restart it.')
  return cluster
}

/**
 * Stops the run's server and starts it again. Every file that runs at the same time notices: a test that wants the
 * database gone for a while takes {@link ownPostgres} instead.
 */
export async function restartPostgres(mode: StopMode = 'immediate'): Promise<void> {
  await stopCluster(sharedCluster(), mode)
  await startCluster(sharedCluster())
}

/** Starts a server for one test alone. Takes about a second; call `remove` in `afterAll`. */
export async function ownPostgres(): Promise<OwnPostgres> {
  const programs = findProgram('postgres')
  if (!programs) throw new Error('There is no PostgreSQL on this machine to start a server with.')
  const cluster = await createCluster(programs)
  const remove = () => removeCluster(cluster)
  const forget = atExit(remove)
  return {
    url: cluster.url,
    freshDatabase: () => freshDatabaseOn(cluster.url),
    stop: (mode = 'immediate') => stopCluster(cluster, mode),
    start: () => startCluster(cluster),
    remove() {
      remove()
      forget()
    },
  }
}
