import type { ConfigInput } from '#src/config/schema.ts'
import { type Config, loadConfig } from '#src/config.ts'
import type { Core } from '#src/core/core.ts'
import { startServer } from '#src/server.ts'
import type { Database } from '#src/storage/database.ts'
import { openEmbedded } from '#src/storage/pglite.ts'
import { openPostgres } from '#src/storage/postgres.ts'
import type { Watchword } from '#src/watchword.ts'
import { freePort } from '../set-up/free-port.ts'
import { freshDatabase } from '../set-up/postgres.ts'
import { type Clock, type LogLine, movableRuntime } from './clock.ts'
import { temporaryFolder } from './folders.ts'
import { createInbox, type Inbox } from './inbox.ts'
import { snapshot } from './snapshot.ts'

export interface WorldOptions {
  /** Default: embedded, in memory. */
  readonly database?: 'embedded' | 'postgres'
  /** Settings over the development defaults; rate limits are off unless set here. */
  readonly config?: ConfigInput
  /** Variables of the deployment. Default none. */
  readonly env?: Readonly<Record<string, string>>
}

/** A started server, and everything around it that a test may look at. */
export interface World {
  readonly url: string
  readonly publishableKey: string
  readonly secretKey: string
  readonly config: Config
  readonly core: Core
  readonly watchword: Watchword
  readonly database: Database
  readonly clock: Clock
  readonly log: LogLine[]
  readonly inbox: Inbox
  close(): Promise<void>
}

/** Starts a real server on a free port. Close it in `afterAll`. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const { folder, remove } = await temporaryFolder()
  return startIn(folder, remove, options).catch(async (error: unknown) => {
    await remove()
    throw error
  })
}

async function startIn(
  folder: string,
  remove: () => Promise<void>,
  { database: kind = 'embedded', config: input = {}, env = {} }: WorldOptions,
): Promise<World> {
  const port = await freePort()
  const limits = { enabled: false, ...input.limits }
  const config = await loadConfig({ input: { port, dataDir: folder, ...input, limits }, cwd: folder, env })
  const { runtime, clock, log } = movableRuntime()
  const { database, drop } = await openDatabase(kind, runtime.log)
  const server = await startServer(config, runtime, { database }).catch(async (error: unknown) => {
    await drop()
    throw error
  })
  const { core } = server.watchword
  return {
    url: server.url,
    publishableKey: config.deployment.secrets.publishableKey,
    secretKey: config.deployment.secrets.secretKey,
    config,
    core,
    watchword: server.watchword,
    database,
    clock,
    log,
    inbox: createInbox(server.url, database),
    async close() {
      await server.close()
      await drop()
      await remove()
    },
  }
}

async function openDatabase(
  kind: 'embedded' | 'postgres',
  log: Parameters<typeof openPostgres>[0]['log'],
): Promise<{ database: Database; drop: () => Promise<void> }> {
  if (kind === 'embedded')
    return { database: await openEmbedded({ folder: undefined, schema: 'auth', snapshot }), drop: async () => {} }
  const { url, drop } = await freshDatabase()
  return { database: openPostgres({ url, schema: 'auth', log }), drop }
}
