import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import { doorNamed, doorNames } from './wire/doors.ts'
import { countRows } from './wire/dump.ts'
import { read } from './wire/forge.ts'
import { aPerson, signedInAt } from './wire/people.ts'
import { at, codeOf, type Reply, textAt, verdict } from './wire/send.ts'

const day = 86_400
let world: World

beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const dead = /^(400 refresh_token_(not_found|already_used)|400 session_expired)$/

describe.each(doorNames)('sessions through %s', (name) => {
  const door = () => doorNamed(name, world)

  it('S44 adopts no session id, cookie or refresh token that was chosen before signing in', async () => {
    const person = await aPerson(world)
    const chosen = randomUUID()
    const cookie = `__Host-watchword-refresh=${chosen}; sb-access-token=${chosen}; session=${chosen}`
    const reply = await door().signIn(person.email, person.password, {
      headers: { cookie, 'x-session-id': chosen, 'sec-fetch-site': 'same-origin' },
    })
    const held = door().held(reply)
    expect(held.sessionId).not.toBe(chosen)
    expect(held.refresh).not.toBe(chosen)
    expect(verdict(await door().refresh(chosen))).toMatch(dead)
  })

  it('S44 gives each sign-in a session of its own', async () => {
    const person = await aPerson(world)
    const [first, second] = [
      door().held(await door().signIn(person.email, person.password)),
      door().held(await door().signIn(person.email, person.password)),
    ]
    expect(first.sessionId).not.toBe(second.sessionId)
    expect(first.refresh).not.toBe(second.refresh)
    expect((await door().me(first.access)).status).toBe(200)
  })

  it('S45 answers each refresh with one new token, and knows no token that was altered', async () => {
    const { refresh } = await signedInAt(world, door())
    const flipped = (refresh.startsWith('0') ? '1' : '0') + refresh.slice(1)
    for (const altered of [flipped, refresh.slice(0, -1), `${refresh}0`, `${refresh} `, refresh.toUpperCase()]) {
      if (altered === refresh) continue
      expect(verdict(await door().refresh(altered)), altered).toMatch(
        /^400 (refresh_token_not_found|validation_failed)$/,
      )
    }
    const next = door().held(await door().refresh(refresh))
    expect(next.refresh).not.toBe(refresh)
    expect(
      await countRows(world.database, 'refresh_tokens', 'session_id = $1 and used_at is null', [next.sessionId]),
    ).toBe(1)
  })

  it('S45 stores no refresh token as it is', async () => {
    const { refresh, sessionId } = await signedInAt(world, door())
    expect(
      await countRows(world.database, 'refresh_tokens', `session_id = $1 and encode(digest, 'escape') like $2`, [
        sessionId,
        `%${refresh.slice(0, 8)}%`,
      ]),
    ).toBe(0)
  })

  it('S46 a replayed refresh token ends the family, and no other session of the user', async () => {
    const person = await aPerson(world)
    const other = door().held(await door().signIn(person.email, person.password))
    const first = door().held(await door().signIn(person.email, person.password))
    const second = door().held(await door().refresh(first.refresh))
    const third = door().held(await door().refresh(second.refresh))
    world.clock.move(11)
    expect(verdict(await door().refresh(first.refresh))).toBe('400 refresh_token_already_used')
    expect(verdict(await door().refresh(third.refresh))).toMatch(dead)
    for (const { access } of [first, second, third])
      expect(verdict(await door().me(access))).toBe('403 session_not_found')
    expect((await door().me(other.access)).status).toBe(200)
    expect(door().isSession(await door().refresh(other.refresh))).toBe(true)
    const events = await world.core.audit.list(
      { sessionId: first.sessionId, action: 'session.replayed' },
      { limit: 10 },
    )
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({ result: 'refused', code: 'refresh_token_already_used', userId: person.id })
    expect((await world.inbox.waitFor(person.email, 'session_replayed')).text).not.toContain(first.refresh)
  })

  it('S46 a replay is told even while the grace lasts, once the successor is in use', async () => {
    const first = await signedInAt(world, door())
    const second = door().held(await door().refresh(first.refresh))
    await door().refresh(second.refresh)
    expect(verdict(await door().refresh(first.refresh))).toBe('400 refresh_token_already_used')
    expect(verdict(await door().me(first.access))).toBe('403 session_not_found')
  })

  it('S48 a lost answer signs nobody out: the same successor within the grace, a new one after it', async () => {
    const first = await signedInAt(world, door())
    const lost = door().held(await door().refresh(first.refresh))
    expect(door().held(await door().refresh(first.refresh)).refresh).toBe(lost.refresh)
    world.clock.move(11)
    const found = door().held(await door().refresh(first.refresh))
    expect(found.refresh).not.toBe(lost.refresh)
    expect(door().isSession(await door().refresh(found.refresh))).toBe(true)
  })

  it('S48 whoever presents the successor that was replaced ends the session', async () => {
    const first = await signedInAt(world, door())
    const stolen = door().held(await door().refresh(first.refresh))
    world.clock.move(11)
    const found = door().held(await door().refresh(first.refresh))
    expect(verdict(await door().refresh(stolen.refresh))).toBe('400 refresh_token_already_used')
    expect(verdict(await door().refresh(found.refresh))).toMatch(dead)
    expect(verdict(await door().me(found.access))).toBe('403 session_not_found')
  })

  it('S51 signing out ends this session, the others or all of them, at once', async () => {
    const person = await aPerson(world)
    const open = async () => door().held(await door().signIn(person.email, person.password))
    const [a, b, c] = [await open(), await open(), await open()]
    const lives = async (...held: readonly { access: string; refresh: string }[]) =>
      Promise.all(held.map(async ({ access }) => (await door().me(access)).status === 200))
    expect((await door().signOut(a.access, 'this')).status).toBe(204)
    expect(await lives(a, b, c)).toEqual([false, true, true])
    expect(verdict(await door().refresh(a.refresh))).toMatch(dead)
    expect((await door().signOut(b.access, 'others')).status).toBe(204)
    expect(await lives(b, c)).toEqual([true, false])
    const d = await open()
    expect((await door().signOut(d.access, 'all')).status).toBe(204)
    expect(await lives(b, d)).toEqual([false, false])
    expect(verdict(await door().me(d.access))).toBe('403 session_not_found')
  })

  it('S51 an expired access token does not keep a session alive, and signing out twice harms nobody', async () => {
    const { access, refresh } = await signedInAt(world, door())
    world.clock.move(3_700)
    const expired = await door().signOut(access, 'this')
    // The Supabase contract answers an expired bearer with `bad_jwt`; its clients then forget the session themselves.
    if (name === 'native') expect(expired.status).toBe(204)
    else expect(['204', '403 bad_jwt']).toContain(verdict(expired))
    const again = door().held(
      await door()
        .refresh(refresh)
        .then((reply) => (door().isSession(reply) ? reply : signIn())),
    )
    expect((await door().signOut(again.access, 'this')).status).toBe(204)
    expect([204, 403]).toContain((await door().signOut(again.access, 'this')).status)
    expect(verdict(await door().refresh(again.refresh))).toMatch(dead)
    async function signIn(): Promise<Reply> {
      expect(expired.status).toBe(204)
      const person = await aPerson(world)
      return door().signIn(person.email, person.password)
    }
  })

  it('S50 a session ends when it is idle', async () => {
    const { refresh, userId } = await signedInAt(world, door())
    world.clock.move(29 * day)
    const kept = door().held(await door().refresh(refresh))
    world.clock.move(30 * day + 1)
    expect(verdict(await door().refresh(kept.refresh))).toBe('400 session_expired')
    expect(await world.core.sessions.count(userId)).toBe(0)
  })

  it('S50 refreshing never moves the absolute end', async () => {
    const started = await signedInAt(world, door())
    const ends = (await world.core.sessions.findLive(started.sessionId, started.userId))?.session.endsAt
    const walk = { refresh: started.refresh }
    for (let week = 0; week < 8; week += 1) {
      world.clock.move(22 * day)
      const next = door().held(await door().refresh(walk.refresh))
      walk.refresh = next.refresh
      expect(Number(read(next.access).claims['exp']) * 1000).toBeLessThanOrEqual(Number(ends))
      expect((await world.core.sessions.findLive(started.sessionId, started.userId))?.session.endsAt).toEqual(ends)
    }
    world.clock.move(4 * day + 1)
    expect(verdict(await door().refresh(walk.refresh))).toBe('400 session_expired')
  })
})

describe('sessions of one’s own', () => {
  const native = () => doorNamed('native', world)

  it('S54 are listed with device, address and times, and end one by one', async () => {
    const person = await aPerson(world)
    const here = native().held(await native().signIn(person.email, person.password))
    const there = native().held(
      await native().signIn(person.email, person.password, { headers: { 'user-agent': 'Attack/1.0 (phone)' } }),
    )
    const list = await native().call('/me/sessions', { bearer: here.access })
    expect(list.status).toBe(200)
    const items = at(list.body, 'items') as readonly Record<string, unknown>[]
    expect(items.map((item) => item['id']).sort()).toEqual([here.sessionId, there.sessionId].sort())
    const mine = items.find((item) => item['id'] === here.sessionId)
    expect(mine).toMatchObject({ ip: '127.0.0.1', current: true })
    for (const field of ['createdAt', 'lastUsedAt', 'endsAt', 'device']) expect(mine).toHaveProperty(field)
    expect(list.text).not.toContain(here.refresh)
    expect(
      (await native().call(`/me/sessions/${there.sessionId}`, { method: 'DELETE', bearer: here.access })).status,
    ).toBe(204)
    expect(verdict(await native().me(there.access))).toBe('403 session_not_found')
    expect((await native().me(here.access)).status).toBe(200)
  })

  it('S54 another user’s session is not there, like one that never was', async () => {
    const [mine, theirs] = [await signedInAt(world, native()), await signedInAt(world, native())]
    const replies = []
    for (const id of [theirs.sessionId, randomUUID(), 'nonsense', '%00', `${theirs.sessionId}%20`]) {
      const reply = await native().call(`/me/sessions/${id}`, { method: 'DELETE', bearer: mine.access })
      replies.push(
        `${verdict(reply)} ${textAt({ m: codeOf(reply) === 'not_found' ? at(reply.body, 'message') : '-' }, 'm')}`,
      )
    }
    expect(new Set(replies).size).toBe(1)
    expect(replies[0]).toMatch(/^404 not_found/)
    expect((await native().me(theirs.access)).status).toBe(200)
  })

  it('S44 proving once more inside a session brings new tokens, and the old refresh token is dead', async () => {
    const me = await signedInAt(world, native())
    const begun = await native().call('/me/elevation', { json: {}, bearer: me.access })
    expect(at(begun.body, 'attempt', 'step', 'type')).toBe('choose')
    const done = await native().call('/attempts/answer', {
      json: { attempt: textAt(begun.body, 'attempt', 'token'), option: 'password', password: me.password },
      bearer: me.access,
    })
    const after = native().held(done)
    expect(after.sessionId).toBe(me.sessionId)
    expect(after.refresh).not.toBe(me.refresh)
    expect(verdict(await native().refresh(me.refresh))).toMatch(dead)
    expect(native().isSession(await native().refresh(after.refresh))).toBe(true)
  })
})
