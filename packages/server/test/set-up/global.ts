import type { TestProject } from 'vitest/node'
import { type Cluster, createCluster, removeCluster, removeOrphans } from './cluster.ts'
import { findProgram, installPrograms, missing, type Program } from './programs.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Superuser address of the PostgreSQL server of this run; `null` where there is none. */
    postgresUrl: string | null
    /** The server itself, when this run started it; `null` when it was given by address. */
    postgresCluster: Cluster | null
  }
}

interface World {
  readonly url: string | null
  readonly cluster: Cluster | null
}

/** Each suite calls the set-up, all in one process; the first one makes the world and the others share it. */
const shared = globalThis as { [key: symbol]: { world: Promise<World>; users: number } | undefined }
const key = Symbol.for('watchword.test.world')

const advice: Record<Program, string> = {
  postgres: 'Install PostgreSQL 14 or later, or set WATCHWORD_TEST_DATABASE_URL to a server that tests may fill.',
  chromium: 'Install Chromium or Chrome, or set WATCHWORD_TEST_CHROMIUM to its command.',
  pgbouncer: 'Install PgBouncer and have it on the PATH.',
}
const titles: Record<Program, string> = { postgres: 'PostgreSQL', chromium: 'Chromium', pgbouncer: 'PgBouncer' }

async function provision(given: string | undefined): Promise<void> {
  const wanted: readonly Program[] = given ? ['chromium', 'pgbouncer'] : ['postgres', 'chromium', 'pgbouncer']
  await installPrograms(wanted.filter((program) => !findProgram(program)))
  for (const program of wanted) if (!findProgram(program)) missing(titles[program], advice[program])
}

function removeAtExit(cluster: Cluster): void {
  process.once('exit', () => removeCluster(cluster))
  // Vitest ends a run in order on SIGINT; for these two nobody else does.
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))
}

async function makeWorld(): Promise<World> {
  const given = process.env['WATCHWORD_TEST_DATABASE_URL']
  await provision(given)
  if (given) return { url: given, cluster: null }
  const programs = findProgram('postgres')
  if (!programs) return { url: null, cluster: null }
  removeOrphans(programs)
  const cluster = await createCluster(programs)
  removeAtExit(cluster)
  return { url: cluster.url, cluster }
}

/** Vitest's global set-up of the suites. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared[key] ??= { world: makeWorld(), users: 0 }
  const mine = shared[key]
  mine.users += 1
  const world = await mine.world
  project.provide('postgresUrl', world.url)
  project.provide('postgresCluster', world.cluster)
  return async () => {
    mine.users -= 1
    if (mine.users > 0) return
    shared[key] = undefined
    if (world.cluster) removeCluster(world.cluster)
  }
}
