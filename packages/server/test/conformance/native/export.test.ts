import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aPerson, type Body, codeOf, type NativeWorld, password, startNative } from './native-world.ts'

let world: NativeWorld
beforeAll(async () => {
  world = await startNative()
})
afterAll(() => world.close())

const tokenOf = ({ complete }: { complete: Body }) => complete.tokens.accessToken as string

describe('taking out what is kept about oneself', () => {
  it('hands over profile, sessions, access tokens, grants and activity as one file', async () => {
    const person = await aPerson(world)
    const token = tokenOf(person)
    await world.ask('POST /sign-in/password', { body: { email: person.email, password } })
    const expiresAt = new Date(world.core.runtime.now().getTime() + 3_600_000).toISOString()
    await world.ask('POST /me/access-keys', { token, body: { name: 'script', scopes: ['me:read'], expiresAt } })
    const { body, headers } = await world.ask('GET /me/export', { token })
    expect(headers.get('content-disposition')).toBe('attachment; filename="account.json"')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(body).toMatchObject({ hasPassword: true, createdBy: { dialect: 'native', way: 'password' }, grants: [] })
    expect(body.user).toEqual((await world.ask('GET /me', { token })).body)
    expect(body.sessions.map((one: Body) => one.current).sort()).toEqual([false, true])
    expect(body.accessKeys).toMatchObject([{ name: 'script', key: null }])
    const actions = body.activity.map((event: Body) => event.action)
    expect(actions[0]).toBe('user.exported')
    expect(actions).toEqual(expect.arrayContaining(['user.created', 'session.opened', 'access_key.created']))
  })

  it('holds all of a long history, each event once, newest first', async () => {
    const person = await aPerson(world)
    const userId = person.complete.user.id as string
    const entry = {
      result: 'ok',
      requestId: null,
      userId,
      actor: { type: 'user', id: userId },
      dialect: 'native',
      ip: null,
      userAgent: null,
    } as const
    for (let count = 0; count < 450; count += 1) await world.core.audit.record({ ...entry, action: 'user.updated' })
    const { activity } = (await world.ask('GET /me/export', { token: tokenOf(person) })).body
    expect(activity.filter((event: Body) => event.action === 'user.updated')).toHaveLength(450)
    expect(new Set(activity.map((event: Body) => event.id)).size).toBe(activity.length)
    const times = activity.map((event: Body) => event.at)
    expect(times).toEqual([...times].sort().reverse())
  })

  it('is for guests as well, who have nothing to prove', async () => {
    const { body: guest } = await world.ask('POST /sign-up/anonymous', { body: {} })
    const { body } = await world.ask('GET /me/export', { token: guest.tokens.accessToken })
    expect(body).toMatchObject({ hasPassword: false, user: { isAnonymous: true, email: null } })
  })

  it('needs a recent proof', async () => {
    const person = await aPerson(world)
    world.clock.move(700)
    const stale = await world.ask('GET /me/export', { token: tokenOf(person) })
    world.clock.move(-700)
    expect(codeOf(stale)).toBe('reauthentication_needed')
  })
})
