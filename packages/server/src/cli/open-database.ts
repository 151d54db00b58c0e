import type { Log } from '../base/runtime.ts'
import type { Deployment } from '../config/deployment.ts'
import type { Database } from '../storage/database.ts'

/**
 * Opens the configured database: for commands that work on it without a server.
 * @throws Error with a sentence for the operator when another process holds the embedded one
 */
export async function openDatabase({ database, schema }: Deployment, log: Log): Promise<Database> {
  if (database.kind === 'postgres') {
    const { openPostgres } = await import('../storage/postgres.ts')
    return openPostgres({ ...database, schema, poolSize: Math.min(2, database.poolSize), log })
  }
  const [{ openEmbedded }, { snapshotFile }] = await Promise.all([
    import('../storage/pglite.ts'),
    import('../storage/prepare-snapshot.ts'),
  ])
  return openEmbedded({ folder: database.folder, schema, snapshot: snapshotFile })
}
