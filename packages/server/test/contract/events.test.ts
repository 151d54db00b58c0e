import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Core } from '#src/core/core.ts'
import { createEventFeed } from '#src/core/events/feed.ts'
import type { UserEvent } from '#src/core/events/user-event.ts'
import { createUser } from '#src/flows/admin/create-user.ts'
import { cleanUp } from '#src/flows/system/housekeeping.ts'
import { openPostgres } from '#src/storage/postgres.ts'
import { sql } from '#src/storage/sql.ts'
import { findOrInstallPgBouncer, pgBouncerBefore } from '../set-up/pgbouncer.ts'
import { freshDatabase, ownPostgres } from '../set-up/postgres.ts'
import { aCaller } from '../world/core.ts'
import { startSeverable } from '../world/severable.ts'
import { type Rooms, startRooms, stores } from './rooms.ts'

const maker = { type: 'system', id: 'test' } as const
const log = { debug() {}, info() {}, warn() {}, error() {} }
const made = { count: 0 }

const aUser = async (core: Core) => {
  made.count += 1
  const email = `listener-${made.count}@example.test`
  const user = await createUser(core, aCaller(), maker, { way: 'password', email })
  const open = (on = core) =>
    on.sessions.open({
      userId: user.id,
      dialect: 'test',
      aal: 'aal1',
      amr: [{ method: 'password', at: new Date(0).toISOString(), provider: null }],
      userAgent: 'test',
      ip: null,
    })
  const update = (on: Core) =>
    on.audit.record({
      action: 'user.updated',
      result: 'ok',
      requestId: null,
      userId: user.id,
      actor: maker,
      dialect: null,
      ip: null,
      userAgent: null,
    })
  return { id: user.id, open, update }
}

/** Watches for a session, and keeps what it hears. */
const watching = async (core: Pick<Core, 'feed'>, of: { userId: string; id: string }, after?: string) => {
  const heard: UserEvent[] = []
  const ends: string[] = []
  const { leave, from } = await core.feed.watch({
    userId: of.userId,
    sessionId: of.id,
    after,
    tell: (event) => void heard.push(event),
    end: (why) => void ends.push(why),
  })
  const types = () => heard.map(({ type }) => type)
  return { heard, types, ends, leave, from }
}

const soon = { timeout: 15_000, interval: 20 }

describe.each(stores)('events on the %s store', (kind) => {
  const world: { rooms?: Rooms } = {}
  const rooms = () => {
    if (world.rooms === undefined) throw new Error('not started')
    return world.rooms
  }
  beforeAll(async () => {
    world.rooms = await startRooms(kind)
  })
  afterAll(async () => {
    await rooms().core.feed.close()
    await rooms().other.feed.close()
    await rooms().close()
  })

  it('are told in this process and in the other, whoever causes them', async () => {
    const { core, other } = rooms()
    const user = await aUser(core)
    const { session } = await user.open()
    const [here, there] = [await watching(core, session), await watching(other, session)]
    await user.update(core)
    await user.update(other)
    for (const each of [here, there]) {
      await expect.poll(each.types, soon).toEqual(['user.updated', 'user.updated'])
      each.leave()
    }
  })

  it('are told when they are committed, and never when they are taken back', async () => {
    const { core } = rooms()
    const user = await aUser(core)
    const { session } = await user.open()
    const stream = await watching(core, session)
    const fail = core.transaction(async (tx) => {
      await user.update(tx)
      throw new Error('taken back')
    })
    await expect(fail).rejects.toThrow('taken back')
    const { session: next } = await user.open()
    await expect.poll(stream.types, soon).toEqual(['session.opened'])
    expect(stream.heard[0]).toMatchObject({ sessionId: next.id, userId: user.id, data: { dialect: 'test' } })
    stream.leave()
  })

  it('tell of each session that ends, by whatever way, and end its stream', async () => {
    const { core } = rooms()
    const user = await aUser(core)
    const [a, b, c] = [await user.open(), await user.open(), await user.open()]
    const streams = [await watching(core, a.session), await watching(core, b.session)]
    await core.sessions.end(a.session.id)
    await expect.poll(() => streams[0]?.ends, soon).toEqual(['session'])
    expect(streams[0]?.types()).toEqual(['session.ended'])
    expect(await core.sessions.endAll(user.id, c.session.id)).toBe(1)
    await expect.poll(() => streams[1]?.ends, soon).toEqual(['session'])
    expect(new Set(streams[1]?.heard.map(({ sessionId }) => sessionId))).toEqual(new Set([a.session.id, b.session.id]))
    // Nothing is left to end here.
    for (const { leave } of streams) leave()
    expect(core.feed.count()).toBe(0)
  })

  it('of a session that ended before its stream began end it at once', async () => {
    const { core } = rooms()
    const user = await aUser(core)
    const { session } = await user.open()
    await core.sessions.end(session.id)
    const stream = await watching(core, session)
    expect([stream.ends, stream.types()]).toEqual([['session'], []])
  })

  it('are told from where a stream began, although it was cut off before the first', async () => {
    const { core } = rooms()
    const user = await aUser(core)
    const { session } = await user.open()
    const cut = await watching(core, session)
    cut.leave()
    await user.update(core)
    const back = await watching(core, session, cut.from)
    expect([back.types(), back.from]).toEqual([['user.updated'], undefined])
    back.leave()
    const { session: quiet } = await (await aUser(core)).open()
    await core.events.forget(quiet.userId)
    const first = await watching(core, quiet)
    first.leave()
    await core.sessions.end(quiet.id)
    expect((await watching(core, quiet, first.from)).types()).toContain('session.ended')
  })

  it('cost a refresh nothing', async () => {
    const { core } = rooms()
    const user = await aUser(core)
    const { refreshToken } = await user.open()
    const before = (await core.events.since([user.id], new Date(0))).length
    expect((await core.sessions.rotate(refreshToken, { userAgent: null, ip: null })).kind).toBe('rotated')
    expect(await core.events.since([user.id], new Date(0))).toHaveLength(before)
  })

  it('go after their time, in the clean-up', async () => {
    const { core, clock, database } = rooms()
    await aUser(core).then((user) => user.open())
    clock.move(2 * 86_400)
    const user = await aUser(core)
    await user.open()
    await cleanUp(core)
    const left = await database.query<{ userId: string }>(sql`select user_id as "userId" from auth.user_events`)
    expect(left.map(({ userId }) => userId)).toContain(user.id)
    const [oldest] = await database.query<{ at: Date }>(sql`select min(at) as at from auth.user_events`)
    expect(Number(oldest?.at)).toBeGreaterThan(Number(rooms().now()) - 86_400_000)
  })

  it('end the stream of a session that ran out without anybody saying so', async () => {
    const { core, clock, database } = rooms()
    const user = await aUser(core)
    const { session } = await user.open()
    const feed = createEventFeed({
      events: core.events,
      liveAmong: core.sessions.liveAmong,
      listen: database.listen,
      runtime: core.runtime,
      streamsPerUser: 1,
      pollMs: 5,
    })
    const stream = await watching({ feed }, session)
    clock.move(31 * 86_400)
    await expect.poll(() => stream.ends, soon).toEqual(['session'])
    await feed.close()
  })
})

describe('events on PostgreSQL', () => {
  it('wake nobody until somebody listens, and say no more than whose they are', async () => {
    const { url, drop } = await freshDatabase()
    const database = openPostgres({ url, schema: 'auth', log })
    const rooms = await startRooms('postgres', { database: { first: database, second: database } })
    const spy = new pg.Client({ connectionString: url })
    const payloads: (string | undefined)[] = []
    try {
      await spy.connect()
      spy.on('notification', ({ payload }) => payloads.push(payload))
      await spy.query('listen watchword_events')
      const user = await aUser(rooms.core)
      const { session } = await user.open()
      await spy.query('select 1')
      expect(payloads).toEqual([])
      const stream = await watching(rooms.core, session)
      await expect
        .poll(() => database.query(sql`select 1 as one from auth.event_listeners`), soon)
        .toEqual([{ one: 1 }])
      await user.update(rooms.core)
      await expect.poll(() => payloads, soon).toEqual([user.id])
      await expect.poll(stream.types, soon).toEqual(['user.updated'])
      await rooms.core.feed.close()
      expect(stream.ends).toEqual(['stopping'])
      expect(await database.query(sql`select 1 as one from auth.event_listeners`)).toEqual([])
    } finally {
      await spy.end()
      await rooms.close()
      await drop()
    }
  })

  it('are told although an older one is committed after a younger one', async () => {
    const rooms = await startRooms('postgres')
    const { core, other } = rooms
    const user = await aUser(core)
    const { session } = await user.open()
    const stream = await watching(core, session)
    const young: { id?: string } = {}
    await core.transaction(async (tx) => {
      await user.update(tx)
      young.id = (await user.open(other)).session.id
      await expect.poll(stream.types, soon).toEqual(['session.opened'])
    })
    await expect.poll(stream.types, soon).toEqual(['session.opened', 'user.updated'])
    const last = stream.heard[0]?.id
    const resumed = await watching(other, session, last)
    expect(resumed.types()).toContain('user.updated')
    await core.feed.close()
    await other.feed.close()
    await rooms.close()
  })

  it('are told behind a pooler that lends connections, by looking for them', async () => {
    if ((await findOrInstallPgBouncer()) === undefined) throw new Error('There is no PgBouncer for this test.')
    const { url, drop } = await freshDatabase()
    const pooler = await pgBouncerBefore(url)
    const open = () => openPostgres({ url: pooler.url, schema: 'auth', prepared: false, log })
    const [first, second] = [open(), open()]
    const rooms = await startRooms('postgres', { database: { first, second } })
    try {
      expect(first.listen).toBeUndefined()
      const user = await aUser(rooms.core)
      const { session } = await user.open()
      const stream = await watching(rooms.core, session)
      await user.update(rooms.other)
      await expect.poll(stream.types, soon).toEqual(['user.updated'])
      await rooms.core.feed.close()
    } finally {
      await rooms.close()
      await pooler.stop()
      await drop()
    }
  })

  it('S140 are told after the database was gone, and none is missing', { timeout: 60_000 }, async () => {
    const postgres = await ownPostgres()
    const { url } = await postgres.freshDatabase()
    const open = () => openPostgres({ url, schema: 'auth', log })
    const [first, second] = [open(), open()]
    const rooms = await startRooms('postgres', { database: { first, second } })
    try {
      const user = await aUser(rooms.core)
      const { session } = await user.open()
      const stream = await watching(rooms.core, session)
      await postgres.stop()
      await expect(user.update(rooms.other)).rejects.toThrow()
      await postgres.start()
      await expect
        .poll(
          () =>
            user.update(rooms.other).then(
              () => true,
              () => false,
            ),
          { timeout: 20_000, interval: 100 },
        )
        .toBe(true)
      await user.open(rooms.other)
      await expect.poll(stream.types, { timeout: 20_000 }).toEqual(['user.updated', 'session.opened'])
      expect(stream.ends).toEqual([])
      await rooms.core.feed.close()
    } finally {
      await rooms.close()
      postgres.remove()
    }
  })

  it('S140 of an outage of any length are told after it, by the process that was cut off', {
    timeout: 60_000,
  }, async () => {
    const { url, drop } = await freshDatabase()
    const through = new URL(url)
    const way = await startSeverable(Number(through.port))
    through.port = String(way.port)
    const open = (href: string) => openPostgres({ url: href, schema: 'auth', log })
    const rooms = await startRooms('postgres', { database: { first: open(through.href), second: open(url) } })
    try {
      const user = await aUser(rooms.core)
      const { session } = await user.open()
      const stream = await watching(rooms.core, session)
      await user.update(rooms.other)
      await expect.poll(stream.types, soon).toEqual(['user.updated'])
      way.cut()
      await expect.poll(() => rooms.core.users.find(user.id).then(Boolean, () => false), soon).toBe(false)
      await user.open(rooms.other)
      // Looks are half a second apart: some fall into the outage, at times far apart.
      for (let minutes = 0; minutes < 30; minutes += 10) {
        rooms.clock.move(600)
        await new Promise((resolve) => setTimeout(resolve, 600))
      }
      expect(stream.types()).toEqual(['user.updated'])
      way.mend()
      await expect.poll(stream.types, { timeout: 20_000 }).toEqual(['user.updated', 'session.opened'])
      expect(stream.ends).toEqual([])
      await rooms.core.feed.close()
    } finally {
      await rooms.close()
      await way.close()
      await drop()
    }
  })
})
