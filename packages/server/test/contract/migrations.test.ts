import { afterAll, describe, expect, it } from 'vitest'
import { silentLog } from '#src/base/runtime.ts'
import type { Database } from '#src/storage/database.ts'
import { knownMigrations, migrate, pendingMigrations } from '#src/storage/migrate.ts'
import { openEmbedded } from '#src/storage/pglite.ts'
import { openPostgres } from '#src/storage/postgres.ts'
import { type Statement, sql } from '#src/storage/sql.ts'
import { ownPostgres } from '../set-up/postgres.ts'
import { temporaryFolders } from '../world/folders.ts'
import { snapshot } from '../world/snapshot.ts'
import { type OpenStore, openStore, startRooms, stores } from './rooms.ts'
import { schemaOf } from './schema-of.ts'

const aFolder = temporaryFolders()
const opened: OpenStore[] = []
const open = async (kind: (typeof stores)[number], schema?: string) => {
  const store = await openStore(kind, schema)
  opened.push(store)
  return store
}
afterAll(async () => {
  for (const store of opened) await store.close()
})

describe('the schema', () => {
  it('is the same on both stores, down to defaults, indexes, functions and triggers', async () => {
    const [embedded, postgres] = [await open('embedded'), await open('postgres')]
    await migrate(embedded.database)
    await migrate(postgres.database)
    const expected = await schemaOf(postgres.database)
    expect(await schemaOf(embedded.database)).toEqual(expected)
    expect(expected.columns.length).toBeGreaterThan(100)
    expect(expected.triggers).toHaveLength(3)
  })

  it('is the same in a first start from the prepared snapshot', async () => {
    const folder = await aFolder()
    const prepared = await openEmbedded({ folder, schema: 'auth', snapshot })
    try {
      await migrate(prepared)
      const plain = await open('embedded')
      await migrate(plain.database)
      expect(await schemaOf(prepared)).toEqual(await schemaOf(plain.database))
    } finally {
      await prepared.close()
    }
  })
})

describe.each(stores)('migrations on the %s store', (kind) => {
  const shared: { store?: OpenStore } = {}
  /** A store without a schema: the same one each time, since making one takes a second. */
  const empty = async () => {
    shared.store ??= await open(kind)
    await shared.store.database.script('drop schema if exists auth cascade')
    return shared.store
  }

  it('are applied once, in order, and a second time do nothing', async () => {
    const { database } = await empty()
    const all = await knownMigrations()
    expect((await migrate(database)).map(({ version }) => version)).toEqual(all.map(({ version }) => version))
    expect(await migrate(database)).toEqual([])
    expect(await database.query(sql`select version from auth.migrations order by 1`)).toEqual(
      all.map(({ version }) => ({ version })),
    )
  })

  it('are applied once by many that start at the same moment', async () => {
    const store = await empty()
    const starters = kind === 'postgres' ? Array.from({ length: 8 }, () => store.another()) : [store.database]
    const done = await Promise.all(starters.map((database) => migrate(database)))
    // Whoever has the lock applies the next ones, so several may have had a part in it.
    const applied = done.flat().map(({ version }) => version)
    expect(applied.sort((a, b) => a - b)).toEqual((await knownMigrations()).map(({ version }) => version))
  })

  it('refuse a database that is newer than the release', async () => {
    const { database } = await empty()
    await migrate(database)
    await database.query(sql`insert into auth.migrations (version, name, digest) values (9000, 'later', 'x')`)
    await expect(migrate(database)).rejects.toThrow('The database is at migration 9000, newer than this release.')
  })

  it('refuse a PostgreSQL that is too old, and say which one is needed', async () => {
    const { database } = await empty()
    const old: Database = {
      ...database,
      query: async <Row>(statement: Statement) =>
        statement.text.includes('server_version_num')
          ? ([{ version: 130_014 }] as Row[])
          : database.query<Row>(statement),
    }
    await expect(migrate(old)).rejects.toThrow('PostgreSQL 14 or later is needed, and this is 13.')
    expect(await pendingMigrations(database)).toEqual(await knownMigrations())
  })

  it('refuse a database whose migration was edited', async () => {
    const { database } = await empty()
    await migrate(database)
    await database.query(sql`update auth.migrations set digest = 'edited' where version = 1`)
    await expect(migrate(database)).rejects.toThrow('Migration 1 in the database is not the one of this release.')
  })

  it('leave nothing behind when one fails half-way', async () => {
    const { database } = await empty()
    await database.script('create schema auth; create table auth.outbox (id uuid)')
    await expect(migrate(database)).rejects.toMatchObject({ code: '42P07' })
    const [row] = await database.query<{ tables: number; marks: number }>(sql`select
      (select count(*)::int from pg_tables where schemaname = 'auth') as tables, (select count(*)::int from auth.migrations) as marks`)
    expect(row).toEqual({ tables: 2, marks: 0 })
    await database.script('drop table auth.outbox')
    expect(await migrate(database)).not.toEqual([])
  })

  it('make the same under another schema name, and every room works in it', async () => {
    const [other, plain] = [await open(kind, 'identity_2'), await empty()]
    await migrate(other.database)
    await migrate(plain.database)
    expect(await schemaOf(other.database, 'identity_2')).toEqual(await schemaOf(plain.database))
    const [foreign] = await other.database.query<{ there: boolean }>(
      sql`select exists (select from pg_namespace where nspname = ${'auth'}) as there`,
    )
    expect(foreign).toEqual({ there: false })
    const rooms = await startRooms(kind, { database: { first: other.database, second: other.database } })
    const user = await rooms.core.transaction((tx) =>
      tx.users.create({
        email: 'auth.users@schema.auth.test',
        phone: null,
        passwordHash: null,
        role: 'authenticated',
        roles: ['user'],
        defaultRole: 'user',
        locale: 'en',
        metadata: { note: 'from auth.users in schema auth' },
        appMetadata: {},
        createdBy: { dialect: 'test', way: 'test' },
      }),
    )
    expect(user).toMatchObject({
      email: 'auth.users@schema.auth.test',
      metadata: { note: 'from auth.users in schema auth' },
    })
    expect(await rooms.core.userSearch.estimate()).toBeTypeOf('number')
    expect(await rooms.core.signingKeys.jwks()).toMatchObject({ keys: [{ alg: 'ES256' }] })
  })
})

describe('row-level security', () => {
  const policies = `
    create role app_user;
    grant usage on schema auth to app_user;
    create table notes (owner uuid, body text, kind text);
    insert into notes values ('01900000-0000-7000-8000-000000000001', 'mine', 'x'), ('01900000-0000-7000-8000-000000000002', 'theirs', 'x');
    alter table notes enable row level security;
    grant all on notes to app_user;
    create policy own on notes for all to app_user using (owner = auth.uid() and auth.role() = 'authenticated');`
  const claims = JSON.stringify({
    sub: '01900000-0000-7000-8000-000000000001',
    role: 'authenticated',
    email: 'ada@example.test',
    app_metadata: { team: 7 },
  })
  const servers: { remove(): void }[] = []
  const databases: Database[] = []
  afterAll(async () => {
    for (const database of databases) await database.close()
    for (const server of servers) server.remove()
  })

  // Roles belong to a whole server, so PostgreSQL gets one of its own.
  const openWithPolicies = async (kind: (typeof stores)[number]): Promise<Database> => {
    if (kind === 'embedded') {
      const { database } = await open(kind)
      await migrate(database)
      await database.script(policies)
      return database
    }
    const server = await ownPostgres()
    servers.push(server)
    const { url } = await server.freshDatabase()
    const database = openPostgres({ url, schema: 'auth', log: silentLog })
    databases.push(database)
    await migrate(database)
    await database.script(policies)
    return database
  }

  it.each(stores)('knows on the %s store who a request speaks for, and nobody where nobody was named', async (kind) => {
    const database = await openWithPolicies(kind)
    const asked = sql`select auth.uid() as uid, auth.role() as role, auth.email() as email, auth.jwt() -> 'app_metadata' ->> 'team' as team`
    const answers = await database.transaction(async (tx) => {
      const before = await tx.query(asked)
      await tx.query(sql`select set_config('request.jwt.claims', ${claims}, true)`)
      const after = await tx.query(asked)
      await tx.query(sql`set local role app_user`)
      const seen = await tx.query(sql`select body from notes`)
      await tx.query(sql`insert into notes values ('01900000-0000-7000-8000-000000000001', 'more', 'x')`)
      return { before, after, seen }
    })
    expect(answers).toEqual({
      before: [{ uid: null, role: null, email: null, team: null }],
      after: [
        {
          uid: '01900000-0000-7000-8000-000000000001',
          role: 'authenticated',
          email: 'ada@example.test',
          team: '7',
        },
      ],
      seen: [{ body: 'mine' }],
    })
    await expect(
      database.transaction(async (tx) => {
        await tx.query(sql`select set_config('request.jwt.claims', ${claims}, true)`)
        await tx.query(sql`set local role app_user`)
        await tx.query(sql`insert into notes values ('01900000-0000-7000-8000-000000000002', 'forged', 'x')`)
      }),
    ).rejects.toMatchObject({ code: '42501' })
    expect(await database.query(asked)).toEqual(answers.before)
  })

  it.each(stores)('reads on the %s store the older form of one setting for each claim first', async (kind) => {
    const { database } = await open(kind)
    await migrate(database)
    const [row] = await database.transaction(async (tx) => {
      await tx.query(sql`select set_config('request.jwt.claim.sub', '01900000-0000-7000-8000-000000000009', true),
        set_config('request.jwt.claim.role', 'anon', true), set_config('request.jwt.claims', ${claims}, true)`)
      return tx.query(sql`select auth.uid() as uid, auth.role() as role, auth.email() as email`)
    })
    expect(row).toEqual({ uid: '01900000-0000-7000-8000-000000000009', role: 'anon', email: 'ada@example.test' })
  })
})
