import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '#src/config.ts'
import { type RunningWatchword, startServer } from '#src/server.ts'
import { openPostgres } from '#src/storage/postgres.ts'
import { freePort } from '../set-up/free-port.ts'
import { type FreshDatabase, freshDatabase } from '../set-up/postgres.ts'
import { movableRuntime } from '../world/clock.ts'
import { startWorld, type World } from '../world/world.ts'
import type { Door } from './wire/door.ts'
import { doorNamed, doorNames } from './wire/doors.ts'
import { countRows } from './wire/dump.ts'
import { aPerson, freshEmail, signedInAt } from './wire/people.ts'
import { parallel, type Reply, send, statuses, textAt, verdict } from './wire/send.ts'

const runs = ['embedded', 'postgres'] as const

describe.each(runs)('refreshing at once on %s', (kind) => {
  let world: World
  beforeAll(async () => {
    // However slow the machine: the hundredth of them must still find the grace open.
    world = await startWorld({ database: kind, config: { sessions: { grace: 60 } } })
  })
  afterAll(() => world.close())

  it.each(doorNames)('S47 a hundred refreshes at once make one successor, through %s', async (name) => {
    const door = doorNamed(name, world)
    const me = await signedInAt(world, door)
    await expectOneSuccessor(world, door, me.sessionId, await parallel(100, () => door.refresh(me.refresh)))
    expect((await door.me(me.access)).status).toBe(200)
  })

  it('S47 refreshing and signing out at once is answered without a fault', async () => {
    const door = doorNamed('native', world)
    for (let round = 0; round < 10; round += 1) {
      const me = await signedInAt(world, door)
      const replies = await Promise.all([
        ...Array.from({ length: 6 }, () => door.refresh(me.refresh)),
        door.signOut(me.access, 'all'),
        ...Array.from({ length: 6 }, () => door.refresh(me.refresh)),
      ])
      expect(replies.map(({ status }) => status).filter((status) => status >= 500)).toEqual([])
      expect(await world.core.sessions.count(me.id)).toBe(0)
      expect(await countRows(world.database, 'refresh_tokens', 'session_id = $1', [me.sessionId])).toBe(0)
    }
  })

  it('S51 whatever a session asks for in the moment it ends is answered without a fault', async () => {
    const [native, supabase] = [doorNamed('native', world), doorNamed('supabase', world)]
    for (let round = 0; round < 10; round += 1) {
      const me = await signedInAt(world, native)
      const bearer = me.access
      const replies = await Promise.all([
        native.call('/me/elevation', { json: {}, bearer }),
        supabase.call('/reauthenticate', { bearer }),
        native.changeEmail(bearer, freshEmail('late')),
        native.signOut(bearer, 'all'),
        native.call('/me/elevation', { json: {}, bearer }),
        supabase.updateMetadata(bearer, { late: true }),
        native.call('/me/sessions', { bearer }),
      ])
      for (const { status, text } of replies) expect(status, text).toBeLessThan(500)
    }
  })

  it('S49 nothing held before stepping up is worth more for it, also in a race', async () => {
    const door = doorNamed('native', world)
    for (let round = 0; round < 12; round += 1) {
      const me = await signedInAt(world, door)
      const begun = await door.call('/me/elevation', { json: {}, bearer: me.access })
      const answer = { attempt: textAt(begun.body, 'attempt', 'token'), option: 'password', password: me.password }
      const stepUp = door.call('/attempts/answer', { json: answer, bearer: me.access })
      const racing = racingRefreshes(door, me.refresh, stepUp)
      const stepped = door.held(await stepUp)
      const older = [me.refresh, ...(await racing)]
      const proofs = proofsIn(stepped.access)
      for (const refresh of older) {
        if (refresh === stepped.refresh) continue
        const reply = await door.refresh(refresh)
        if (door.isSession(reply)) expect(proofsIn(door.held(reply).access)).toBe(proofs - 1)
      }
      expect(await countRows(world.database, 'sessions', 'id = $1', [me.sessionId])).toBeLessThanOrEqual(1)
      const active = 'session_id = $1 and used_at is null and not void'
      expect(await countRows(world.database, 'refresh_tokens', active, [me.sessionId])).toBeLessThanOrEqual(1)
    }
  })

  it('S52 a sign-in with the old password that races its change opens nothing that lasts', async () => {
    const door = doorNamed('supabase', world)
    for (let round = 0; round < 10; round += 1) {
      const person = await aPerson(world)
      const password = 'the next lamp post whistles 4 tunes'
      const signIns = parallel(4, () => door.signIn(person.email, person.password))
      const changed = await door.admin(`/users/${person.id}`, { method: 'PUT', json: { password } })
      expect(changed.status).toBe(200)
      const replies = await signIns
      expect(replies.map(({ status }) => status).filter((status) => status >= 500)).toEqual([])
      expect(await world.core.sessions.count(person.id), JSON.stringify(statuses(replies))).toBe(0)
    }
  })

  it.each(doorNames)(
    'S33 S52 of a recovery and a change from a stolen session only one succeeds, through %s',
    async (name) => {
      const door = doorNamed(name, world)
      for (let round = 0; round < 6; round += 1) {
        const thief = await signedInAt(world, door)
        const begun = await door.recover(thief.email)
        const { code } = await world.inbox.waitFor(thief.email, 'recovery')
        const [changed, moved, recovered] = await Promise.all([
          door.changePassword(thief.access, 'the thief whistles 4 tunes at dawn'),
          door.changeEmail(thief.access, freshEmail('thief')),
          door.answerRecovery(begun, thief.email, code ?? ''),
        ])
        for (const { status, text } of [changed, moved, recovered]) expect(status, text).toBeLessThan(500)
        // A change that came first has killed the recovery; one that comes later finds its session ended.
        expect(changed.status === 200 && door.isSession(recovered)).toBe(false)
        if (!door.isSession(recovered)) continue
        expect(door.isSession(await door.signIn(thief.email, 'the thief whistles 4 tunes at dawn'))).toBe(false)
        expect(
          await countRows(
            world.database,
            'tickets',
            `user_id = $1 and purpose like 'email_change%' and spent_at is null`,
            [thief.id],
          ),
        ).toBe(0)
      }
    },
  )

  it('S53 a sign-in that races the deletion of its account is answered without a fault', async () => {
    const door = doorNamed('supabase', world)
    for (let round = 0; round < 8; round += 1) {
      const person = await aPerson(world)
      const signIns = parallel(4, () => door.signIn(person.email, person.password))
      await door.remove(person.id, 'hard')
      const replies = await signIns
      expect(replies.map((reply) => verdict(reply)).filter((each) => each.startsWith('5'))).toEqual([])
      expect(await countRows(world.database, 'sessions', 'user_id = $1', [person.id])).toBe(0)
    }
  })
})

/** How many proofs an access token names. */
function proofsIn(access: string): number {
  const claims = JSON.parse(Buffer.from(access.split('.')[1] ?? '', 'base64url').toString()) as { amr: unknown[] }
  return claims.amr.length
}

/** Refreshes one after the other until the other request is answered, and gives back every token that came. */
async function racingRefreshes(door: Door, refresh: string, until: Promise<unknown>): Promise<string[]> {
  const state = { over: false }
  void until.then(() => {
    state.over = true
  })
  const seen: string[] = []
  for (let token = refresh; !state.over; ) {
    const reply = await door.refresh(token)
    if (!door.isSession(reply)) break
    token = door.held(reply).refresh
    seen.push(token)
  }
  return seen
}

async function expectOneSuccessor(
  { database, core }: Pick<World, 'database' | 'core'>,
  door: Door,
  sessionId: string,
  replies: readonly Reply[],
): Promise<void> {
  expect(statuses(replies)).toEqual({ 200: replies.length })
  expect(new Set(replies.map((reply) => door.held(reply).refresh)).size).toBe(1)
  const active = 'session_id = $1 and used_at is null and not void'
  expect(await countRows(database, 'refresh_tokens', active, [sessionId])).toBe(1)
  expect(await countRows(database, 'sessions', 'id = $1', [sessionId])).toBe(1)
  expect(await core.audit.count({ sessionId, action: 'session.replayed' })).toBe(0)
}

describe('two processes on one database', () => {
  let database: FreshDatabase
  let servers: readonly RunningWatchword[]
  let secretKey: string

  beforeAll(async () => {
    database = await freshDatabase()
    const encryptionKey = 'k1:MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY='
    const start = async () => {
      const { runtime } = movableRuntime()
      const config = await loadConfig({
        cwd: '/tmp',
        input: {
          port: await freePort(),
          publicUrl: 'http://localhost:8787',
          sessions: { grace: 60 },
          limits: { enabled: false },
          secrets: { encryptionKey, ...keys },
        },
      })
      const open = openPostgres({ url: database.url, schema: 'auth', log: runtime.log })
      return { config, server: await startServer(config, runtime, { database: open }) }
    }
    const keys = {
      secretKey: 'wws_Zk3vQ8mN1xR5tY7uB2cD4eF6gH9jKlMnPqStVwXyZ01',
      publishableKey: 'wwp_Ak3vQ8mN1xR5tY7uB2cD4eF6gH9jKlMnPqStVwXyZ02',
    }
    secretKey = keys.secretKey
    servers = [(await start()).server, (await start()).server]
  })
  afterAll(async () => {
    for (const server of servers ?? []) await server.close()
    await database?.drop()
  })

  it('S47 a hundred refreshes at once on both make one successor', async () => {
    const [one, two] = servers
    if (one === undefined || two === undefined) throw new Error('two servers were meant to run')
    const doors = [one, two].map(({ url }) => doorNamed('native', { url, secretKey }))
    const [here, there] = doors as [Door, Door]
    const me = await signedInAt(one.watchword, here)
    expect((await there.me(me.access)).status).toBe(200)
    const replies = await parallel(100, (index) => (index % 2 === 0 ? here : there).refresh(me.refresh))
    const open = openPostgres({ url: database.url, schema: 'auth', log: one.watchword.core.runtime.log })
    await expectOneSuccessor({ database: open, core: one.watchword.core }, here, me.sessionId, replies)
    await open.close()
  })

  it('S51 signing out on one is seen by the other at once', async () => {
    const [one, two] = servers
    if (one === undefined || two === undefined) throw new Error('two servers were meant to run')
    const here = doorNamed('native', { url: one.url, secretKey })
    const there = doorNamed('supabase', { url: two.url, secretKey })
    const me = await signedInAt(one.watchword, here)
    expect((await there.me(me.access)).status).toBe(200)
    await here.signOut(me.access, 'this')
    expect(verdict(await there.me(me.access))).toBe('403 session_not_found')
    expect((await send(`${two.url}/health`)).status).toBe(200)
  })
})
