import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { updateUser } from '#src/flows/admin/update-user.ts'
import { aCaller } from '../world/core.ts'
import { openEvents } from '../world/live-events.ts'
import { startWorld, type World } from '../world/world.ts'
import { nativeDoor } from './wire/native-door.ts'
import { type aPerson, signedInAt } from './wire/people.ts'

const admin = { type: 'admin', id: 'test' } as const
const soon = { timeout: 20_000, interval: 20 }

describe('a stream of events', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld({ config: { events: { streams: 5 } } })
  })
  afterAll(() => world.close())

  const place = () => `${world.url}/v1/me/events`
  const someone = () => signedInAt(world, nativeDoor(world))
  type Someone = Awaited<ReturnType<typeof someone>>
  const listen = ({ access }: Pick<Someone, 'access'>, headers: Record<string, string> = {}) =>
    openEvents(place(), { authorization: `Bearer ${access}`, ...headers })
  const touch = ({ id }: Awaited<ReturnType<typeof aPerson>>) =>
    updateUser(world.core, aCaller(), admin, { id, change: { displayName: 'Touched' } })
  const codeOf = (refusal: string): string => JSON.parse(refusal).code

  it('S101 never holds what is somebody else’s, whatever id it is resumed with', async () => {
    const [mallory, victim] = [await someone(), await someone()]
    await touch(victim)
    await touch(mallory)
    const [theirs] = await world.core.events.since([victim.id], new Date(0))
    const forged = [
      ...[theirs?.id ?? '', '00000000-0000-0000-0000-000000000000', '0', '-1', 'x', "' or 1=1--", '%00'],
      ...['9'.repeat(4_000), `${theirs?.id}, ${theirs?.id}`, '{"$gt":""}', '../../x'],
    ]
    for (const id of forged) {
      const stream = await listen(mallory, { 'last-event-id': id })
      expect([id.slice(0, 40), stream.status]).toEqual([id.slice(0, 40), 200])
      await touch(victim)
      await touch(mallory)
      await stream.next('user.updated')
      expect(new Set(stream.events.map(({ data }) => data.userId))).toEqual(new Set([mallory.id]))
      await stream.leave()
    }
  })

  it('S51 is closed with its session, and no token of it opens another', async () => {
    const { core } = world
    const ends: readonly ((person: Someone) => Promise<unknown>)[] = [
      ({ access }) => nativeDoor(world).signOut(access, 'this'),
      ({ access }) => nativeDoor(world).signOut(access, 'all'),
      ({ id }) => updateUser(core, aCaller(), admin, { id, change: { bannedUntil: new Date(Date.now() + 3_600_000) } }),
      ({ id }) => updateUser(core, aCaller(), admin, { id, change: { password: 'another good walrus 9 kettles' } }),
    ]
    for (const end of ends) {
      const person = await someone()
      const stream = await listen(person)
      await end(person)
      await stream.closed
      expect(stream.events.at(-1)?.event).toBe('session.ended')
      const again = await listen(person, { 'last-event-id': stream.events[0]?.id ?? '' })
      expect([again.status >= 400, again.events]).toEqual([true, []])
    }
  })

  it('S86 is not for a session that owes a second factor, nor for nobody', async () => {
    const person = await someone()
    await world.core.factors.add({ userId: person.id, type: 'totp', name: 'app', status: 'verified' })
    expect(codeOf((await listen(person)).refusal)).toBe('insufficient_aal')
    for (const access of ['', 'x', 'a.b.c', `${person.access}x`, world.secretKey])
      expect((await listen({ access })).status).toBeGreaterThanOrEqual(400)
    expect((await openEvents(`${place()}?access_token=${person.access}`, {})).status).toBe(401)
    expect(world.core.feed.count()).toBe(0)
  })

  it('S110 is read by listed pages alone', async () => {
    const person = await someone()
    const evil = await listen(person, { origin: 'https://evil.example' })
    expect(evil.headers.get('access-control-allow-origin')).toBeNull()
    await evil.leave()
    const own = await listen(person, { origin: new URL(world.url).origin })
    expect(own.headers.get('access-control-allow-origin')).not.toBe('*')
    await own.leave()
  })

  it('S103 holds no secret, no address and no name', async () => {
    const person = await someone()
    const stream = await listen(person)
    await nativeDoor(world).signIn(person.email, person.password)
    await touch(person)
    await updateUser(world.core, aCaller(), admin, { id: person.id, change: { password: 'a new walrus with 4 drums' } })
    await stream.closed
    expect(stream.events.map(({ event }) => event)).toContain('password.changed')
    const text = JSON.stringify(stream.events)
    for (const secret of [
      person.email,
      person.password,
      person.access,
      person.refresh,
      'Touched',
      'argon2',
      '127.0.0.1',
    ])
      expect(text).not.toContain(secret)
  })

  it('S114 is limited in number, and one whose reader is gone counts no more', async () => {
    const person = await someone()
    const tries = await Promise.all(Array.from({ length: 30 }, () => listen(person)))
    const open = tries.filter(({ status }) => status === 200)
    expect(open).toHaveLength(5)
    expect(new Set(tries.filter(({ status }) => status !== 200).map(({ refusal }) => codeOf(refusal)))).toEqual(
      new Set(['limit_reached']),
    )
    await Promise.all(open.map((stream) => stream.leave()))
    await expect.poll(() => world.core.feed.count(), soon).toBe(0)
  })

  it('S114 does not outlive a reader who leaves before it has begun', async () => {
    const person = await someone()
    const { hostname, port } = new URL(world.url)
    for (let tries = 0; tries < 30; tries++) {
      const socket = connect(Number(port), hostname)
      socket.on('error', () => undefined)
      socket.write(
        `GET /v1/me/events HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${person.access}\r\n\r\n`,
        () => setTimeout(() => socket.destroy(), tries),
      )
      await new Promise((resolve) => socket.once('close', resolve))
    }
    await expect.poll(() => world.core.feed.count(), soon).toBe(0)
    const after = await listen(person)
    expect(after.status).toBe(200)
    await after.leave()
  })

  it('S114 cuts off a reader who does not read', async () => {
    const person = await someone()
    const { hostname, port } = new URL(world.url)
    const socket = connect(Number(port), hostname)
    socket.pause()
    socket.on('error', () => undefined)
    socket.write(`GET /v1/me/events HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${person.access}\r\n\r\n`)
    await expect.poll(() => world.core.feed.count(), soon).toBe(1)
    const entry = {
      ...{ action: 'factor.added', result: 'ok' as const, requestId: null, userId: person.id, actor: admin },
      ...{ dialect: null, ip: null, userAgent: null, details: { type: 'x'.repeat(1_000_000) } },
    }
    await expect
      .poll(
        async () => {
          await world.core.audit.record(entry)
          return world.core.feed.count()
        },
        { timeout: 20_000, interval: 20 },
      )
      .toBe(0)
    socket.destroy()
  })

  it('S114 a HEAD request opens none', async () => {
    const person = await someone()
    const response = await fetch(place(), { method: 'HEAD', headers: { authorization: `Bearer ${person.access}` } })
    expect(response.status).toBe(405)
    expect(world.core.feed.count()).toBe(0)
  })
})
