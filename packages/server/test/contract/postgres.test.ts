import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog } from '#src/base/runtime.ts'
import { recover } from '#src/flows/account/recover.ts'
import { createUser } from '#src/flows/admin/create-user.ts'
import { verifyCode } from '#src/flows/attempt/verify.ts'
import type { Grant } from '#src/flows/session/open.ts'
import { refresh } from '#src/flows/session/refresh.ts'
import { signOut } from '#src/flows/session/sign-out.ts'
import { signInWithPassword } from '#src/flows/sign-in/with-password.ts'
import { signUpWithPassword } from '#src/flows/sign-up/with-password.ts'
import { removeUser } from '#src/flows/steps/remove-user.ts'
import type { Database } from '#src/storage/database.ts'
import { migrate } from '#src/storage/migrate.ts'
import { openPostgres, type PostgresOptions } from '#src/storage/postgres.ts'
import { sql } from '#src/storage/sql.ts'
import { pgBouncerBefore } from '../set-up/pgbouncer.ts'
import { type FreshDatabase, freshDatabase, type OwnPostgres, ownPostgres } from '../set-up/postgres.ts'
import { aCaller } from '../world/core.ts'
import { atOnce, type Rooms, startRooms, tally } from './rooms.ts'

const caller = aCaller()
const actor = { type: 'key', id: 'test' } as const
const password = 'seven quiet otters'
const unavailable = { name: 'Refusal', code: 'unavailable', retryAfter: expect.any(Number) }
const sleep = (seconds: number) => sql`select pg_sleep(${seconds}::float8)`
const one = sql`select 1 as one`

async function signedIn(rooms: Rooms, email: string): Promise<Grant> {
  await createUser(rooms.core, caller, actor, { email, password, emailConfirmed: true, way: 'admin' })
  const outcome = await signInWithPassword(rooms.core, caller, { address: { email }, password })
  if (outcome.kind !== 'complete') throw new Error(outcome.kind)
  return outcome.grant
}

describe('a PostgreSQL server that goes away', () => {
  const world: { server?: OwnPostgres; database?: Database; rooms?: Rooms; url?: string } = {}
  const parts = () => {
    const { server, database, rooms, url } = world
    if (!server || !database || !rooms || !url) throw new Error('not started')
    return { server, database, rooms, url }
  }
  beforeAll(async () => {
    const server = await ownPostgres()
    const { url } = await server.freshDatabase()
    const database = openPostgres({ url, schema: 'auth', log: silentLog })
    const rooms = await startRooms('postgres', { database: { first: database, second: database } })
    Object.assign(world, { server, url, database, rooms })
  })
  afterAll(async () => {
    await world.rooms?.close()
    world.server?.remove()
  })

  it('makes every request say that it is unavailable, and all is well within ten seconds of its return (S140)', async () => {
    const { server, rooms, database } = parts()
    const grant = await signedIn(rooms, 'ada@example.test')
    const state = { token: grant.refreshToken, stop: false }
    const outcomes: unknown[] = []
    const keepAsking = async (ask: () => Promise<unknown>) => {
      while (!state.stop) {
        outcomes.push(
          await ask().then(
            () => 'ok',
            (error: unknown) => error,
          ),
        )
        await pause(5)
      }
    }
    const asking = [
      keepAsking(() => database.query(one)),
      keepAsking(() => rooms.core.users.findByAddress({ email: 'ada@example.test' })),
      keepAsking(() => signInWithPassword(rooms.core, caller, { address: { email: 'ada@example.test' }, password })),
      keepAsking(async () => {
        state.token = (await refresh(rooms.core, caller, state.token)).refreshToken
      }),
      keepAsking(() => database.transaction(async (tx) => [await tx.query(one), await tx.query(sleep(0.02))])),
      keepAsking(() => database.script('select 1; select pg_sleep(0.02)')),
    ]
    await expect.poll(() => outcomes.length).toBeGreaterThan(10)
    await server.stop('immediate')
    const refusals = () => outcomes.filter((outcome) => outcome !== 'ok')
    await expect.poll(() => refusals().length).toBeGreaterThan(10)
    const refused = refusals()
    for (const outcome of refused) expect(outcome).toMatchObject(unavailable)
    await server.start()
    const back = Date.now()
    const works = () =>
      Promise.all(atOnce(30, () => database.query(one))).then(
        () => true,
        () => false,
      )
    while (!(await works())) if (Date.now() - back > 10_000) throw new Error('not back after ten seconds')
    state.stop = true
    await Promise.all(asking)
    for (const outcome of outcomes) if (outcome !== 'ok') expect(outcome).toMatchObject(unavailable)
    await Promise.all(atOnce(30, () => database.transaction((tx) => tx.query(one))))
    expect(await refresh(rooms.core, caller, state.token)).toMatchObject({ user: { email: 'ada@example.test' } })
  })

  it('keeps what was acknowledged, and brings no token back that was rotated or revoked (S55)', async () => {
    const { server, rooms } = parts()
    const [rotated, ended] = [await signedIn(rooms, 'bea@example.test'), await signedIn(rooms, 'cal@example.test')]
    const second = await refresh(rooms.core, caller, rotated.refreshToken)
    const third = await refresh(rooms.core, caller, second.refreshToken)
    await signOut(rooms.core, caller, { session: ended.session, scope: 'this' })
    const made = await createUser(rooms.core, caller, actor, { email: 'dan@example.test', way: 'admin' })
    await server.stop('immediate')
    await server.start()
    expect(await rooms.core.users.find(made.id)).toMatchObject({ email: 'dan@example.test' })
    await expect(refresh(rooms.core, caller, ended.refreshToken)).rejects.toMatchObject({
      code: 'refresh_token_not_found',
    })
    await expect(refresh(rooms.core, caller, rotated.refreshToken)).rejects.toMatchObject({
      code: 'refresh_token_already_used',
    })
    await expect(refresh(rooms.core, caller, third.refreshToken)).rejects.toMatchObject({
      code: 'refresh_token_not_found',
    })
  })

  it('may drop connections that nobody uses, and ones in the middle of a transaction', async () => {
    const { database, url } = parts()
    await Promise.all(atOnce(10, () => database.query(one)))
    const admin = new pg.Client({ connectionString: url })
    await admin.connect()
    const others = 'from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()'
    const dropAll = () => admin.query(`select pg_terminate_backend(pid) ${others}`)
    const left = async () => (await admin.query(`select pid ${others}`)).rowCount
    /** The pool has heard of it as well, which may take longer. */
    const allGone = async () => {
      await expect.poll(left).toBe(0)
      await expect.poll(() => database.pool?.().open).toBe(0)
    }
    await dropAll()
    await allGone()
    expect((await tally(atOnce(20, () => database.query(one))))['ok']).toBe(20)
    await expect(
      database.transaction(async (tx) => {
        await tx.query(sql`create table half (n int)`)
        await dropAll()
        await tx.query(one)
      }),
    ).rejects.toMatchObject(unavailable)
    await allGone()
    await admin.end()
    expect(await database.query(sql`select to_regclass('half') as half`)).toEqual([{ half: null }])
    expect((await tally(atOnce(20, () => database.transaction((tx) => tx.query(one)))))['ok']).toBe(20)
  })
})

describe('a PostgreSQL server that is slow', () => {
  const world: { database?: FreshDatabase } = {}
  const opened: Database[] = []
  const open = (more: Partial<PostgresOptions>) => {
    const database = openPostgres({ url: world.database?.url ?? '', schema: 'auth', log: silentLog, ...more })
    opened.push(database)
    return database
  }
  const running = async (on: Database) => {
    const [row] = await on.query<{ count: number }>(sql`select count(*)::int as count from pg_stat_activity
      where datname = current_database() and state = 'active' and query like '%pg_sleep%' and pid <> pg_backend_pid()`)
    return row?.count
  }
  beforeAll(async () => {
    world.database = await freshDatabase()
  })
  afterAll(async () => {
    for (const database of opened) await database.close()
    await world.database?.drop()
  })

  it('has a statement over its time-out cancelled, and the connection is good again', async () => {
    const [hasty, observer] = [open({ statementTimeout: 200, poolSize: 1 }), open({})]
    await expect(hasty.query(sleep(20))).rejects.toMatchObject(unavailable)
    expect(await running(observer)).toBe(0)
    expect(await hasty.query(one)).toEqual([{ one: 1 }])
    await expect(
      hasty.transaction(async (tx) => {
        await tx.query(sql`create table timed_out (n int)`)
        await tx.query(sleep(20))
      }),
    ).rejects.toMatchObject(unavailable)
    expect(await hasty.query(sql`select to_regclass('timed_out') as made`)).toEqual([{ made: null }])
  })

  it('does not keep a request for ever that waits for another’s lock', async () => {
    const [hasty, holder] = [open({ statementTimeout: 200 }), open({})]
    await holder.script('create table locked (n int); insert into locked values (1)')
    await holder.transaction(async (tx) => {
      await tx.query(sql`update locked set n = 2`)
      await expect(hasty.query(sql`update locked set n = 3`)).rejects.toMatchObject(unavailable)
    })
    await hasty.query(sql`update locked set n = n + 1`)
    expect(await holder.query(sql`select n from locked`)).toEqual([{ n: 3 }])
  })

  it('gives a migration the time it takes', async () => {
    const hasty = open({ statementTimeout: 100, poolSize: 1 })
    await hasty.script('create table slowly (n int); select pg_sleep(1.5)')
    expect(await hasty.query(sql`select to_regclass('slowly') is not null as made`)).toEqual([{ made: true }])
    await expect(hasty.query(sleep(5))).rejects.toMatchObject(unavailable)
  })

  it('is unavailable to a request that gets no connection, and to none afterwards', async () => {
    const small = open({ poolSize: 2, statementTimeout: 20_000 })
    const held = { count: 0, release: () => {} }
    const released = new Promise<void>((resolve) => {
      held.release = resolve
    })
    const busy = Promise.allSettled(
      atOnce(2, () =>
        small.transaction(async (tx) => {
          await tx.query(one)
          held.count += 1
          await released
        }),
      ),
    )
    await expect.poll(() => held.count).toBe(2)
    await expect(small.query(one)).rejects.toMatchObject(unavailable)
    held.release()
    expect(await busy).toMatchObject([{ status: 'fulfilled' }, { status: 'fulfilled' }])
    expect(await small.query(one)).toEqual([{ one: 1 }])
  })

  it('answers each request its own, when many more come than there are connections (S144)', async () => {
    const small = open({ poolSize: 3 })
    const answers = await Promise.all(
      atOnce(300, async (index) => {
        if (index % 7 === 0)
          return small.query(sql`select 1 / ${0}::int`).then(
            () => 'no error',
            (error: { code: string }) => error.code,
          )
        if (index % 5 === 0) {
          const [row] = await small.transaction((tx) => tx.query<{ n: number }>(sql`select ${index}::int as n`))
          return row?.n
        }
        const [row] = await small.query<{ n: number }>(sql`select ${index}::int as n`)
        return row?.n
      }),
    )
    expect(answers).toEqual(answers.map((_, index) => (index % 7 === 0 ? '22012' : index)))
  })

  it('keeps each statement of its own, whatever fails beside it', async () => {
    const small = open({ poolSize: 2 })
    await small.script('create table unique_once (n int primary key)')
    const outcomes = await Promise.allSettled(
      atOnce(200, (index) => small.query(sql`insert into unique_once values (${Math.floor(index / 2)})`)),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(100)
    for (const outcome of outcomes)
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({ name: 'Duplicate', index: 'unique_once_pkey' })
    expect(await small.query(sql`select count(*)::int as count from unique_once`)).toEqual([{ count: 100 }])
  })
})

describe('PgBouncer in transaction mode', () => {
  const cleanUp: (() => unknown)[] = []
  afterAll(async () => {
    for (const step of cleanUp.reverse()) await step()
  })

  it('stands between without anybody noticing, when statements are not prepared', async () => {
    const fresh = await freshDatabase()
    cleanUp.push(fresh.drop)
    const pooled = await pgBouncerBefore(fresh.url)
    cleanUp.push(pooled.stop)
    const open = () => openPostgres({ url: pooled.url, schema: 'auth', prepared: false, log: silentLog })
    const [first, second] = [open(), open()]
    expect((await Promise.all([migrate(first), migrate(second)])).flat().length).toBeGreaterThan(0)
    const rooms = await startRooms('postgres', { database: { first, second } })
    cleanUp.push(rooms.close)
    const address = { email: 'eve@example.test' }
    await signUpWithPassword(rooms.core, caller, { address, password, about: { metadata: { a: [1] } }, back: {} })
    const { code = '' } = await rooms.mailTo(address.email)
    const codes = await tally(
      atOnce(30, (index) =>
        verifyCode(index % 2 === 0 ? rooms.core : rooms.other, caller, { address, code, purposes: ['sign_up'] }),
      ),
    )
    expect(codes).toEqual({ ok: 1, otp_expired: 29 })
    const outcome = await signInWithPassword(rooms.other, caller, { address, password })
    if (outcome.kind !== 'complete') throw new Error(outcome.kind)
    const { refreshToken } = outcome.grant
    const grants = await Promise.all(
      atOnce(100, (index) => refresh(index % 2 === 0 ? rooms.core : rooms.other, caller, refreshToken)),
    )
    expect(new Set(grants.map((grant) => grant.refreshToken)).size).toBe(1)
    expect(await tally(atOnce(30, () => recover(rooms.core, caller, { address, back: {} })))).toEqual({ ok: 30 })
    const { user } = outcome.grant
    const merges = atOnce(100, (index) => rooms.core.users.update(user.id, { metadataPatch: { [`k${index}`]: index } }))
    await Promise.all(merges)
    expect(Object.keys((await rooms.core.users.find(user.id))?.metadata ?? {})).toHaveLength(101)
    expect(await removeUser(rooms.core, caller, { id: user.id, mode: 'hard', actor })).toBe(true)
    await expect(first.query(sql`delete from auth.audit_events`)).rejects.toMatchObject({ code: '42501' })
  })
})

describe('two transactions that wait for each other', () => {
  it('both go through: the one that is taken back runs again', async () => {
    const { url, drop } = await freshDatabase()
    const database = openPostgres({ url, schema: 'auth', log: silentLog })
    await database.script(
      'create table pair (n int primary key, by text not null default $$$$); insert into pair values (1), (2)',
    )
    const runs = { count: 0 }
    const held = new Set<number>()
    const both = async (first: number, second: number, name: string) =>
      database.transaction(async (tx) => {
        runs.count += 1
        await tx.query(sql`update pair set by = by || ${name} where n = ${first}`)
        held.add(first)
        await expect.poll(() => held.size).toBe(2)
        await tx.query(sql`update pair set by = by || ${name} where n = ${second}`)
      })
    await Promise.all([both(1, 2, 'a'), both(2, 1, 'b')])
    const rows = await database.query<{ by: string }>(sql`select by from pair order by n`)
    expect(rows.map(({ by }) => by.length)).toEqual([2, 2])
    expect(runs.count).toBe(3)
    await database.close()
    await drop()
  })
})
