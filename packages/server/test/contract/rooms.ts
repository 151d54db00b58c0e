import { type CaptchaAccount, type Core, createCore } from '#src/core/core.ts'
import type { MessageValues } from '#src/core/notifications/message-values.ts'
import { createCommonPasswords } from '#src/core/passwords/common-passwords.ts'
import { createHasher } from '#src/core/passwords/hasher.ts'
import { defaultSettings } from '#src/core/settings/defaults.ts'
import type { Settings } from '#src/core/settings/settings.ts'
import type { Database } from '#src/storage/database.ts'
import { migrate } from '#src/storage/migrate.ts'
import { openEmbedded } from '#src/storage/pglite.ts'
import { openPostgres } from '#src/storage/postgres.ts'
import { freshDatabase } from '../set-up/postgres.ts'
import { type Clock, movableRuntime } from '../world/clock.ts'
import { snapshot } from '../world/snapshot.ts'

export const stores = ['embedded', 'postgres'] as const
export type Store = (typeof stores)[number]

/** An empty database on one of the stores, not migrated. */
export interface OpenStore {
  readonly database: Database
  /** The same database as another process would open it; on the embedded store, which has one process, the same again. */
  another(): Database
  close(): Promise<void>
}

/** Opens an empty store. @param schema default `auth` */
export async function openStore(kind: Store, schema = 'auth'): Promise<OpenStore> {
  if (kind === 'embedded') {
    const database = await openEmbedded({ folder: undefined, schema })
    return { database, another: () => database, close: () => database.close() }
  }
  const own = await freshDatabase()
  const { runtime } = movableRuntime()
  const open = () => openPostgres({ url: own.url, schema, log: runtime.log })
  const opened = [open()]
  return {
    database: opened[0] ?? open(),
    another() {
      const next = open()
      opened.push(next)
      return next
    },
    async close() {
      for (const database of opened) await database.close()
      await own.drop()
    },
  }
}

/** Two cores over one database, as two processes would have them, with one movable clock. */
export interface Rooms {
  readonly core: Core
  /** The second process: own connections and caches, same keys. */
  readonly other: Core
  readonly database: Database
  readonly clock: Clock
  readonly now: () => Date
  /** What the newest message to an address says, taken out of the outbox. @throws Error when there is none */
  mailTo(address: string): Promise<MessageValues>
  /** Templates of everything queued for an address since the last look, oldest first. */
  templatesTo(address: string): Promise<string[]>
  close(): Promise<void>
}

export interface RoomOptions {
  readonly settings?: Partial<Settings>
  /** Rate limits are off unless this is said. */
  readonly limits?: Partial<Settings['limits']>
  readonly database?: { readonly first: Database; readonly second: Database }
  readonly captcha?: CaptchaAccount
}

const encryptionKey = { id: 'k1', bytes: Buffer.alloc(32, 11) }

/** Joins the rooms twice over one empty, migrated database. */
export async function startRooms(kind: Store, options: RoomOptions = {}): Promise<Rooms> {
  const { runtime, clock } = movableRuntime()
  const own = kind === 'postgres' && options.database === undefined ? await freshDatabase() : undefined
  const open = () => openPostgres({ url: own?.url ?? '', schema: 'auth', log: runtime.log })
  const first =
    options.database?.first ??
    (own === undefined ? await openEmbedded({ folder: undefined, schema: 'auth', snapshot }) : open())
  const second = options.database?.second ?? (own === undefined ? first : open())
  await migrate(first)
  const hasher = createHasher({ runtime })
  const join = (database: Database) =>
    createCore({
      database,
      settings: {
        ...defaultSettings,
        limits: { ...defaultSettings.limits, enabled: options.limits !== undefined, ...options.limits },
        ...options.settings,
      },
      runtime,
      encryptionKeys: [encryptionKey],
      apiKeys: [],
      hasher,
      commonPasswords: createCommonPasswords(),
      captcha: options.captcha,
      wakeOutbox: () => {},
    })
  const core = join(first)
  const taken: { to: string; template: string; values: MessageValues }[] = []
  const take = async () => {
    for (;;) {
      const claimed = await core.outbox.claim({ limit: 100, channels: ['email', 'sms'] })
      for (const message of claimed) {
        if (message.letter !== undefined)
          taken.push({ to: message.letter.to, template: message.template, values: message.letter.values })
        await core.outbox.markSent(message)
      }
      if (claimed.length === 0) return
    }
  }
  return {
    core,
    other: join(second),
    database: first,
    clock,
    now: runtime.now,
    async mailTo(address) {
      await take()
      const found = taken.findLast((message) => message.to === address)
      if (found === undefined) throw new Error(`nothing was queued for ${address}`)
      return found.values
    },
    async templatesTo(address) {
      await take()
      const found = taken.filter((message) => message.to === address).map((message) => message.template)
      for (let index = taken.length - 1; index >= 0; index -= 1)
        if (taken[index]?.to === address) taken.splice(index, 1)
      return found
    },
    async close() {
      await hasher.close()
      if (second !== first) await second.close()
      await first.close()
      await own?.drop()
    },
  }
}

/** A counter of outcomes: `ok` for what resolved, the code or name of the error for what did not. */
export async function tally(work: readonly Promise<unknown>[]): Promise<Record<string, number>> {
  const settled = await Promise.allSettled(work)
  const names = settled.map((each) =>
    each.status === 'fulfilled' ? 'ok' : String(each.reason?.code ?? each.reason?.message ?? each.reason),
  )
  return Object.fromEntries([...new Set(names)].map((name) => [name, names.filter((each) => each === name).length]))
}

/** `count` pieces of work started at once. */
export function atOnce<T>(count: number, work: (index: number) => Promise<T>): Promise<T>[] {
  return Array.from({ length: count }, (_, index) => work(index))
}
