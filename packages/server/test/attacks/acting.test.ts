import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { actForUser } from '#src/flows/admin/act-for-user.ts'
import { revokeApiKey } from '#src/flows/admin/manage-keys.ts'
import { aCaller } from '../world/core.ts'
import { startWorld, type World } from '../world/world.ts'
import { clientDoorsOf } from './tools/client-doors.ts'
import { doorsOf } from './tools/door.ts'
import { aFreshAddress, aMember, goodPassword, type Member } from './tools/people.ts'
import { objectIn, type Reply, send } from './tools/reply.ts'
import { read } from './wire/forge.ts'
import { routesOf } from './wire/routes.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const act = (id: string, body: object = { reason: 'ticket 4711' }, token = world.secretKey): Promise<Reply> =>
  send(`${world.url}/v1/admin/users/${id}/impersonation`, { token, body })
const accessOf = ({ body }: Reply): string => String(objectIn(body, 'tokens')['accessToken'])
const someone = (): Promise<Member> => aMember(world, doorsOf(world).native)

describe('acting for a user', () => {
  it('S108 is marked with who does it, everywhere', async () => {
    const member = await someone()
    const reply = await act(member.id)
    expect(reply.status, reply.text).toBe(200)
    const { claims } = read(accessOf(reply))
    expect(claims).toMatchObject({ sub: member.id, act: { sub: expect.any(String) }, aal: 'aal1' })
    const actor = (claims['act'] as { sub: string }).sub
    expect(objectIn(reply.body, 'session')['actor']).toBe(actor)
    const events = await world.core.audit.list({ userId: member.id }, { limit: 20 })
    for (const action of ['session.opened', 'user.acted_for'])
      expect(
        events.find((event) => event.action === action && event.actorId === actor),
        action,
      ).toBeDefined()
    expect(events.find(({ action }) => action === 'user.acted_for')?.details).toMatchObject({ reason: 'ticket 4711' })
    const mine = await send(`${world.url}/v1/me/sessions`, { method: 'GET', token: member.tokens.access })
    const items = mine.body['items'] as { actor: string | null }[]
    expect(items.map((item) => item.actor).sort()).toEqual([actor, null].sort())
  })

  it('S108 lasts an hour at most, and nothing renews it', async () => {
    const member = await someone()
    for (const minutes of [0, 61, 600, -1, 1.5, '60', null])
      expect((await act(member.id, { reason: 'x', minutes })).status, String(minutes)).toBe(400)
    for (const body of [{}, { reason: '' }, { reason: '  ' }, { reason: 'x'.repeat(300) }, { reason: 7 }])
      expect((await act(member.id, body)).status, JSON.stringify(body)).toBe(400)
    const reply = await act(member.id, { reason: 'x', minutes: 30 })
    expect(objectIn(reply.body, 'tokens')['refreshToken']).toBeNull()
    expect(reply.headers.get('set-cookie')).toBeNull()
    const { claims } = read(accessOf(reply))
    expect(Number(claims['exp']) - Number(claims['iat'])).toBeLessThanOrEqual(1_800)
    const me = () => doorsOf(world).native.me(accessOf(reply))
    expect((await me()).status).toBe(200)
    world.clock.move(1_801)
    expect((await me()).status).toBeGreaterThanOrEqual(401)
    world.clock.move(-1_801)
  })

  it('S108 leaves alone how the owner signs in: no route but those of a reader, in no dialect', {
    timeout: 120_000,
  }, async () => {
    const member = await someone()
    const opens = new Set<string>()
    for (const route of await routesOf(world)) {
      if (['inbox', 'pretend', 'service'].includes(route.mount)) continue
      const method = route.method
      const access = accessOf(await act(member.id))
      const reply = await send(world.url + route.filled(member.id), {
        method,
        token: access,
        ...(method === 'GET' || method === 'DELETE' ? {} : { body: {} }),
        headers: { session: access, 'x-client-key': world.publishableKey },
      })
      const asNobody = await send(world.url + route.filled(member.id), {
        method,
        ...(method === 'GET' || method === 'DELETE' ? {} : { body: {} }),
        headers: { 'x-client-key': world.publishableKey },
      })
      if (reply.status < 400 && asNobody.status >= 400) opens.add(`${method} ${route.path}`)
    }
    expect([...opens].sort()).toEqual([
      'GET /auth/v1/user',
      'GET /nhost/v1/user',
      'GET /v1/me',
      'GET /v1/me/sessions',
      'PATCH /v1/me',
      'POST /auth/v1/logout',
      'POST /nhost/v1/token/verify',
      'POST /v1/sign-out',
    ])
  })

  it('S108 changes no password, address, factor, key or connected account, whatever is proved with it', async () => {
    const member = await someone()
    const access = accessOf(await act(member.id))
    const { native, supabase } = doorsOf(world)
    const { nhost } = clientDoorsOf(world)
    const next = 'nine loud herons'
    const calls: readonly (readonly [string, string, object?])[] = [
      ['PUT', '/v1/me/password', { password: next, currentPassword: goodPassword }],
      ['POST', '/v1/me/email', { email: aFreshAddress('eve'), currentPassword: goodPassword }],
      ['POST', '/v1/me/factors', { type: 'totp' }],
      ['POST', '/v1/me/recovery-codes', {}],
      ['POST', '/v1/me/access-keys', { name: 'x', scopes: ['me:read'], expiresAt: '2030-01-01T00:00:00Z' }],
      ['POST', '/v1/me/elevation', {}],
      ['DELETE', '/v1/me'],
      ['PUT', '/auth/v1/user', { password: next, current_password: goodPassword }],
      ['PUT', '/auth/v1/user', { email: aFreshAddress('eve') }],
      ['POST', '/auth/v1/factors', { factor_type: 'totp', friendly_name: 'x' }],
      ['GET', '/auth/v1/reauthenticate'],
      ['POST', '/nhost/v1/user/password', { newPassword: next }],
      ['POST', '/nhost/v1/user/email/change', { newEmail: aFreshAddress('eve') }],
      ['GET', '/nhost/v1/mfa/totp/generate'],
      ['POST', '/nhost/v1/pat', { expiresAt: '2030-01-01T00:00:00Z' }],
      ['POST', '/nhost/v1/user/webauthn/add'],
    ]
    for (const [method, path, body] of calls) {
      const reply = await send(world.url + path, { method, token: access, ...(body === undefined ? {} : { body }) })
      expect([400, 401, 403, 404], `${method} ${path} ${reply.text}`).toContain(reply.status)
    }
    expect((await native.signIn(member.email, goodPassword)).status).toBe(200)
    expect((await supabase.signIn(member.email, next)).status).toBe(400)
    expect((await nhost.me(member.tokens.access)).status).toBe(200)
    const user = await world.core.users.find(member.id)
    expect([user?.email, user?.factors.length, user?.identities.length]).toEqual([member.email, 0, 1])
    expect(await world.core.accessKeys.count(member.id)).toBe(0)
  })

  it('S108 is for administrators alone, and for users who are there', async () => {
    const [member, other] = [await someone(), await someone()]
    for (const token of [member.tokens.access, world.publishableKey, accessOf(await act(other.id)), 'x.y.z'])
      expect([401, 403]).toContain((await act(other.id, { reason: 'x' }, token)).status)
    const { key } = await world.core.apiKeys.create({
      kind: 'secret',
      name: 'writes users',
      scopes: ['users:read', 'users:write'],
      origins: [],
      expiresAt: null,
    })
    expect((await act(other.id, { reason: 'x' }, key)).status).toBe(403)
    expect((await act(crypto.randomUUID())).status).toBe(404)
    const { native } = doorsOf(world)
    await native.admin.change(other.id, { banned: true })
    expect((await act(other.id)).status).toBe(403)
  })

  it('S108 leaves the owner’s sessions, codes and last sign-in as they are, and ends when they sign out everywhere', async () => {
    const member = await someone()
    const { native } = doorsOf(world)
    const begun = await native.sendCode(member.email)
    const { code } = await world.inbox.waitFor(member.email, 'sign_in')
    const before = (await world.core.users.find(member.id))?.lastSignInAt
    const access = accessOf(await act(member.id))
    expect((await world.core.users.find(member.id))?.lastSignInAt).toEqual(before)
    expect((await native.type({ kind: 'sign_in', email: member.email, code: code ?? '', begun })).tokens).toBeDefined()
    expect((await native.me(access)).status).toBe(200)
    await send(`${world.url}/v1/sign-out`, { token: member.tokens.access, body: { scope: 'all' } })
    expect((await native.me(access)).status).toBeGreaterThanOrEqual(401)
  })

  it('S108 signs nobody out but the one who acts', async () => {
    const member = await someone()
    const { native, supabase } = doorsOf(world)
    for (const scope of ['others', 'all']) {
      const access = accessOf(await act(member.id))
      expect((await send(`${world.url}/v1/sign-out`, { token: access, body: { scope } })).status).toBe(403)
      expect((await native.me(member.tokens.access)).status).toBe(200)
    }
    const access = accessOf(await act(member.id))
    expect((await supabase.signOut(access)).status).toBe(204)
    expect((await native.me(access)).status).toBeGreaterThanOrEqual(401)
    expect((await native.me(member.tokens.access)).status).toBe(200)
  })

  const aKey = (expiresAt: Date | null = null) =>
    world.core.apiKeys.create({ kind: 'secret', name: 'support', scopes: ['admin'], origins: [], expiresAt })

  it('S102 S108 ends with the key of whoever acts, and with no other', async () => {
    const member = await someone()
    const { native } = doorsOf(world)
    const [stolen, kept] = [await aKey(), await aKey()]
    const byStolen = accessOf(await act(member.id, { reason: 'x' }, stolen.key))
    const byKept = accessOf(await act(member.id, { reason: 'x' }, kept.key))
    expect((await native.me(byStolen)).status).toBe(200)
    const revoked = await send(`${world.url}/v1/admin/api-keys/${stolen.id}`, {
      method: 'DELETE',
      token: world.secretKey,
    })
    expect(revoked.status, revoked.text).toBe(204)
    expect((await native.me(byStolen)).status).toBeGreaterThanOrEqual(401)
    for (const access of [byKept, member.tokens.access]) expect((await native.me(access)).status).toBe(200)
  })

  it('S102 S108 outlives neither the end of that key nor its revocation in the same moment', async () => {
    const member = await someone()
    const short = await aKey(new Date(world.core.runtime.now().getTime() + 120_000))
    const { claims } = read(accessOf(await act(member.id, { reason: 'x' }, short.key)))
    expect(Number(claims['exp']) - Number(claims['iat'])).toBeLessThanOrEqual(120)
    const caller = aCaller()
    const actor = { type: 'key', id: 'test' } as const
    for (const _ of Array.from({ length: 10 })) {
      const { id } = await aKey()
      const acting = { userId: member.id, reason: 'x', minutes: 5 }
      await Promise.allSettled([
        actForUser(world.core, caller, { type: 'key', id }, acting),
        revokeApiKey(world.core, caller, actor, id),
      ])
      const sessions = await world.core.sessions.list(member.id, { limit: 100 })
      expect(sessions.filter(({ actorId }) => actorId === id)).toEqual([])
    }
  })
})
