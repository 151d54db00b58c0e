import { randomBytes } from 'node:crypto'
import { type Core, createCore } from '#src/core/core.ts'
import type { HookPlaces } from '#src/core/hooks/hook.ts'
import { createCommonPasswords } from '#src/core/passwords/common-passwords.ts'
import { createHasher } from '#src/core/passwords/hasher.ts'
import { defaultSettings } from '#src/core/settings/defaults.ts'
import type { Settings } from '#src/core/settings/settings.ts'
import type { Caller } from '#src/flows/caller.ts'
import type { Database } from '#src/storage/database.ts'
import { migrate } from '#src/storage/migrate.ts'
import { openEmbedded } from '#src/storage/pglite.ts'
import { openPostgres } from '#src/storage/postgres.ts'
import { freshDatabase } from '../set-up/postgres.ts'
import { type Clock, movableRuntime } from './clock.ts'
import { snapshot } from './snapshot.ts'

/** A core on a database of its own, without a server around it. */
export interface CoreWorld {
  readonly core: Core
  readonly database: Database
  readonly clock: Clock
  close(): Promise<void>
}

/** Joins the rooms over an empty, migrated database. @param around what stands between them and it */
export async function startCore(
  kind: 'embedded' | 'postgres',
  change: Partial<Settings> = {},
  hooks: HookPlaces = {},
  around: (database: Database) => Database = (database) => database,
): Promise<CoreWorld> {
  const { runtime, clock } = movableRuntime()
  const own = kind === 'postgres' ? await freshDatabase() : undefined
  const database =
    own === undefined
      ? await openEmbedded({ folder: undefined, schema: 'auth', snapshot })
      : openPostgres({ url: own.url, schema: 'auth', log: runtime.log })
  await migrate(database)
  const hasher = createHasher({ runtime })
  const core = createCore({
    database: around(database),
    settings: { ...defaultSettings, limits: { ...defaultSettings.limits, enabled: false }, ...change },
    runtime,
    encryptionKeys: [{ id: 'k1', bytes: randomBytes(32) }],
    apiKeys: [],
    hasher,
    commonPasswords: createCommonPasswords(),
    hooks,
    wakeOutbox: () => {},
  })
  return {
    core,
    database,
    clock,
    async close() {
      await hasher.close()
      await database.close()
      await own?.drop()
    },
  }
}

/** Somebody at the door. */
export function aCaller(change: Partial<Caller> = {}): Caller {
  return {
    manners: {
      name: 'test',
      secondFactor: 'attempt',
      mailLink: ({ token }) => `https://test.example/${token}`,
      tokenHash: ({ token }) => token,
    },
    requestId: null,
    ip: '192.0.2.1',
    network: '192.0.2.1',
    userAgent: 'test',
    locale: 'en',
    ...change,
  }
}
