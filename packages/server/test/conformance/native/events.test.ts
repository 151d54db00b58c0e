import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { userEvent } from '#src/dialects/native/schemas/event.ts'
import { type LiveEvents, openEvents } from '../../world/live-events.ts'
import { aPerson, type Body, codeOf, type NativeWorld, password, startNative } from './native-world.ts'

describe.each(['embedded', 'postgres'] as const)('events of an account, on %s', (database) => {
  let world: NativeWorld
  beforeAll(async () => {
    world = await startNative({ events: { streams: 3 } }, database)
  })
  afterAll(() => world.close())

  const signIn = async (email: string): Promise<Body> =>
    (await world.ask('POST /sign-in/password', { body: { email, password } })).body
  const listen = (complete: Body, after?: string): Promise<LiveEvents> =>
    openEvents(`${world.url}/v1/me/events`, {
      authorization: `Bearer ${complete.tokens.accessToken}`,
      ...(after === undefined ? {} : { 'last-event-id': after }),
    })

  it('are told live, in the declared shape, to every device and to nobody else', async () => {
    const { email, complete: phone } = await aPerson(world)
    const stranger = await listen((await aPerson(world)).complete)
    const stream = await listen(phone)
    expect([stream.status, stream.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
    expect(stream.headers.get('cache-control')).toBe('no-store')

    const laptop = await signIn(email)
    const opened = await stream.next('session.opened')
    expect(userEvent.parse(opened.data)).toEqual({
      id: opened.id,
      at: expect.any(String),
      userId: phone.user.id,
      sessionId: laptop.session.id,
      type: 'session.opened',
      data: { dialect: 'native', device: { name: 'node', os: null, browser: null, kind: 'server' } },
    })

    const token = laptop.tokens.accessToken
    await world.ask('PATCH /me', { token, body: { displayName: 'Ada' } })
    expect((await stream.next('user.updated')).data).toMatchObject({ sessionId: laptop.session.id, data: {} })

    await world.ask('POST /sign-out', { token, body: {} })
    expect((await stream.next('session.ended')).data).toMatchObject({ sessionId: laptop.session.id })
    expect(stranger.events).toEqual([])
    expect(JSON.stringify(stream.events)).not.toContain(email)
    await Promise.all([stream.leave(), stranger.leave()])
  })

  it('end with the session, after saying so', async () => {
    const { email, complete: phone } = await aPerson(world)
    const [laptop, tablet] = [await signIn(email), await signIn(email)]
    const streams = await Promise.all([listen(laptop), listen(phone)])
    const changed = await world.ask('PUT /me/password', {
      token: tablet.tokens.accessToken,
      body: { password: 'nine loud badgers', currentPassword: password },
    })
    expect(changed.status).toBe(200)
    for (const stream of streams) {
      await stream.closed
      const types = stream.events.map(({ event }) => event)
      expect(types).toContain('password.changed')
      expect(types.at(-1)).toBe('session.ended')
    }
    expect((await listen(laptop)).status).toBe(403)
  })

  it('that were missed come first when a device is back', async () => {
    const { email, complete } = await aPerson(world)
    const first = await listen(complete)
    await signIn(email)
    const seen = await first.next('session.opened')
    await first.leave()
    const token = complete.tokens.accessToken
    await world.ask('PATCH /me', { token, body: { displayName: 'Grace' } })
    const laptop = await signIn(email)
    const second = await listen(complete, seen.id)
    await second.next('user.updated')
    const sessions = () =>
      second.events.filter(({ event }) => event === 'session.opened').map(({ data }) => data.sessionId)
    await expect.poll(sessions).toContain(laptop.session.id)
    expect(second.events.map(({ id }) => id)).not.toContain(seen.id)
    await second.leave()
    const anew = await listen(complete)
    await world.ask('PATCH /me', { token, body: { displayName: 'Ada' } })
    await anew.next('user.updated')
    expect(anew.events).toHaveLength(1)
    await anew.leave()
  })

  it('are not missed by a device that was cut off before it heard of any', async () => {
    const { email, complete } = await aPerson(world)
    const first = await listen(complete)
    await expect.poll(first.mark).not.toBe('')
    await first.leave()
    const { session } = await signIn(email)
    const second = await listen(complete, first.mark())
    await expect.poll(() => second.events.map(({ data }) => data.sessionId)).toContain(session.id)
    expect(second.mark()).toBe('')
    await second.leave()
  })

  it('tell of factors, bans and the end of the account', async () => {
    const { email, complete } = await aPerson(world)
    const stream = await listen(complete)
    await world.admin(`PATCH /admin/users/${complete.user.id}`, { displayName: 'Somebody' })
    await stream.next('user.updated')
    await world.admin(`PATCH /admin/users/${complete.user.id}`, {
      bannedUntil: new Date(Date.now() + 3_600_000).toISOString(),
    })
    await stream.closed
    expect(stream.events.map(({ event }) => event)).toEqual(['user.updated', 'user.banned', 'session.ended'])
    await world.admin(`PATCH /admin/users/${complete.user.id}`, { bannedUntil: null })
    const again = await listen(await signIn(email))
    await world.admin(`DELETE /admin/users/${complete.user.id}`)
    await again.closed
    expect(again.events.map(({ event }) => event)).toEqual(['user.deleted', 'session.ended'])
  })

  it('take so many streams and no more', async () => {
    const { complete } = await aPerson(world)
    const open = [await listen(complete), await listen(complete), await listen(complete)]
    const refused = await listen(complete)
    expect([refused.status, JSON.parse(refused.refusal).code]).toEqual([422, 'limit_reached'])
    await open[0]?.leave()
    await expect.poll(() => world.core.feed.count()).toBe(2)
    const next = await listen(complete)
    expect(next.status).toBe(200)
    await Promise.all([...open, next].map((stream) => stream.leave()))
  })

  it('are pruned after the set time', async () => {
    const { complete } = await aPerson(world)
    const kept = async () =>
      (await world.core.events.since([complete.user.id], new Date(0))).map(({ type }) => type as string)
    expect(await kept()).toContain('session.opened')
    await world.core.events.purge(new Date(Date.now() + 1_000), 10_000)
    expect(await kept()).toEqual([])
  })

  it('can be resumed by pages of listed origins', async () => {
    const preflight = await fetch(`${world.url}/v1/me/events`, {
      method: 'OPTIONS',
      headers: {
        origin: world.url,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization,last-event-id',
      },
    })
    expect(preflight.headers.get('access-control-allow-headers')).toContain('last-event-id')
  })

  it('need somebody signed in', async () => {
    expect(codeOf(await world.ask('GET /me/events'))).toBe('no_authorization')
    expect(codeOf(await world.ask('GET /me/events?x=1', { token: 'a.b.c' }))).toBe('bad_jwt')
  })
})
