import type { Log } from './base/runtime.ts'
import type { Deployment } from './config/deployment.ts'
import type { Database } from './storage/database.ts'

/**
 * Opens the configured database. The engine that is not used is not even loaded.
 * @param atMost connections a short command may hold. Default: as configured.
 * @throws Error with a sentence for the operator when another process holds the embedded one
 */
export async function openDatabase(
  { database, schema }: Deployment,
  log: Log,
  atMost = Number.POSITIVE_INFINITY,
): Promise<Database> {
  if (database.kind === 'postgres') {
    const { openPostgres } = await import('./storage/postgres.ts')
    return openPostgres({ ...database, schema, poolSize: Math.min(atMost, database.poolSize), log })
  }
  const [{ openEmbedded }, { snapshotFile }] = await Promise.all([
    import('./storage/pglite.ts'),
    import('./storage/prepare-snapshot.ts'),
  ])
  return openEmbedded({ folder: database.folder, schema, snapshot: snapshotFile })
}
