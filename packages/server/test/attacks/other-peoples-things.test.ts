import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isUuid } from '#src/base/encoding.ts'
import { startWorld, type World } from '../world/world.ts'
import { doorNamed, doorsOf } from './wire/doors.ts'
import { countRows, dump } from './wire/dump.ts'
import { forge, hs256, read } from './wire/forge.ts'
import { aPerson, signedInAt } from './wire/people.ts'
import { isAdminRoute, isDialectRoute, routesOf, type ScannedRoute } from './wire/routes.ts'
import { at, codeOf, parallel, send, verdict } from './wire/send.ts'

let world: World

beforeAll(async () => {
  world = await startWorld({ config: { secrets: { jwtSecret: 'q8Zr3LxV0nTbY6wKdGm2Pf9JsHcUa5Ei' } } })
})
afterAll(() => world.close())

const malformed = [
  'q',
  '0',
  '-1',
  '%20',
  '%27%20or%201%3D1--',
  'null',
  '00000000-0000-0000-0000-00000000000',
  `${'a'.repeat(2_000)}`,
]

describe('other people’s things are not there', () => {
  it('S101 a foreign, a malformed and an unknown id look the same to a user', { timeout: 120_000 }, async () => {
    const me = await signedInAt(world, doorNamed('native', world))
    const other = await signedInAt(world, doorNamed('native', world))
    const routes = (await routesOf(world)).filter(
      // The name of a provider is nobody's thing.
      (route) => isDialectRoute(route) && !isAdminRoute(route) && /:(?!provider)/.test(route.path),
    )
    expect(routes.length).toBeGreaterThan(0)
    const before = await dump(world.database)
    for (const route of routes) {
      const seen = new Set<string>()
      // One contract has a word of its own for what is no id at all: it tells nothing about anybody.
      const isWorded = /^\/auth\/v1\/(factors|user\/identities)\//.test(route.path)
      for (const id of [other.id, other.sessionId, randomUUID(), ...malformed]) {
        const reply = await send(world.url + route.filled(id), {
          method: route.method,
          bearer: me.access,
          ...(route.method === 'GET' || route.method === 'DELETE' ? {} : { json: {} }),
        })
        expect(reply.status, `${route.method} ${route.path} ${id}: ${reply.text}`).toBeGreaterThanOrEqual(400)
        expect(reply.status, `${route.method} ${route.path} ${id}: ${reply.text}`).toBeLessThan(500)
        if (!isWorded || isUuid(id)) seen.add(verdict(reply))
      }
      expect([...seen], `${route.method} ${route.path}`).toHaveLength(1)
    }
    const after = await dump(world.database)
    for (const table of ['users', 'sessions', 'identities']) expect(after.get(table), table).toBe(before.get(table))
  })

  it('S101 administrators learn nothing from the form of an id either', { timeout: 120_000 }, async () => {
    const routes = (await routesOf(world)).filter((route) => isAdminRoute(route) && route.path.includes(':'))
    expect(routes.length).toBeGreaterThan(0)
    for (const route of routes) {
      const seen = new Set<string>()
      for (const id of [randomUUID(), ...malformed]) {
        const reply = await send(world.url + route.filled(id), {
          method: route.method,
          bearer: world.secretKey,
          ...(route.method === 'GET' || route.method === 'DELETE' ? {} : { json: {} }),
        })
        expect(reply.status, `${route.method} ${route.path} ${id}: ${reply.text}`).toBeLessThan(500)
        seen.add(String(reply.status))
        // The Supabase contract words a malformed id differently; its status is the same.
        if (route.path.startsWith('/v1')) seen.add(String(codeOf(reply)))
      }
      expect(
        [...seen].filter((word) => /^\d/.test(word)),
        `${route.method} ${route.path}`,
      ).toHaveLength(1)
      expect([...seen].filter((word) => !/^\d/.test(word)).length, [...seen].join()).toBeLessThanOrEqual(1)
    }
  })

  it('S101 an attempt of somebody’s session is worth nothing in another', async () => {
    const native = doorNamed('native', world)
    const [me, other] = [await signedInAt(world, native), await signedInAt(world, native)]
    const begun = await native.call('/me/elevation', { json: {}, bearer: other.access })
    const attempt = at(begun.body, 'attempt', 'token')
    for (const bearer of [me.access, undefined]) {
      const json = { attempt, option: 'password', password: me.password }
      const reply = await native.call('/attempts/answer', { json, bearer })
      expect(reply.status, reply.text).toBeGreaterThanOrEqual(400)
      expect(native.isSession(reply)).toBe(false)
    }
  })
})

describe('admin is a separate door', () => {
  const call = (route: ScannedRoute, bearer: string | undefined, headers: Record<string, string> = {}) =>
    send(world.url + route.filled(randomUUID()), {
      method: route.method,
      bearer,
      headers,
      ...(route.method === 'GET' || route.method === 'DELETE' ? {} : { json: {} }),
    })

  it('S102 nobody but an administrator passes, at any admin route', { timeout: 120_000 }, async () => {
    const native = doorNamed('native', world)
    const person = await aPerson(world)
    await world.core.users.update(person.id, {
      metadata: { role: 'admin', roles: ['service_role'], is_super_admin: true },
    })
    const user = native.held(await native.signIn(person.email, person.password))
    const secret = 'q8Zr3LxV0nTbY6wKdGm2Pf9JsHcUa5Ei'
    const soon = Math.floor(Date.now() / 1000) + 600
    const expired = await world.core.apiKeys.create({
      kind: 'secret',
      name: 'old',
      scopes: ['admin'],
      origins: [],
      expiresAt: new Date(Date.now() - 1000),
    })
    const revoked = await world.core.apiKeys.create({
      kind: 'secret',
      name: 'gone',
      scopes: ['admin'],
      origins: [],
      expiresAt: null,
    })
    await world.core.apiKeys.revoke(revoked.id)
    const bearers: Readonly<Record<string, string | undefined>> = {
      nothing: undefined,
      publishable: world.publishableKey,
      user: user.access,
      refresh: user.refresh,
      'altered secret': `${world.secretKey.slice(0, -1)}${world.secretKey.endsWith('A') ? 'B' : 'A'}`,
      'cut secret': world.secretKey.slice(0, -1),
      'expired key': expired.key,
      'revoked key': revoked.key,
      'another project’s service token': forge(
        { alg: 'HS256', typ: 'JWT' },
        { role: 'service_role', exp: soon },
        hs256('another project’s secret, 32 bytes'),
      ),
      'expired service token': forge(
        { alg: 'HS256', typ: 'JWT' },
        { role: 'service_role', exp: soon - 3_600 },
        hs256(secret),
      ),
      'anon token': forge({ alg: 'HS256', typ: 'JWT' }, { role: 'anon', exp: soon }, hs256(secret)),
      'unsigned service token': forge({ alg: 'none', typ: 'JWT' }, { role: 'service_role', exp: soon }),
      'service token without a signature': forge(
        { alg: 'HS256', typ: 'JWT' },
        { role: 'service_role', exp: soon },
        () => '',
      ),
      'user token that says service_role': forge(
        { alg: 'HS256', typ: 'JWT' },
        { ...read(user.access).claims, role: 'service_role' },
        hs256(secret),
      ),
      sql: "' or 1=1--",
    }
    const routes = (await routesOf(world)).filter(isAdminRoute)
    expect(routes.filter(({ path }) => path.startsWith('/v1')).length).toBeGreaterThan(5)
    expect(routes.filter(({ path }) => path.startsWith('/auth')).length).toBeGreaterThan(5)
    for (const route of routes)
      for (const [what, bearer] of Object.entries(bearers)) {
        const reply = await call(route, bearer)
        expect([401, 403], `${route.method} ${route.path} with ${what}: ${reply.text}`).toContain(reply.status)
        if (bearer === undefined) continue
        expect([401, 403], `${route.path} with ${what} as apikey`).toContain(
          (await call(route, undefined, { apikey: bearer, 'watchword-key': bearer })).status,
        )
      }
  })

  it('S102 neither a method override nor another spelling opens it', async () => {
    const { access } = await signedInAt(world, doorNamed('native', world))
    for (const override of ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'])
      for (const path of ['/v1/me', '/auth/v1/user']) {
        const reply = await send(world.url + path, { bearer: access, headers: { [override]: 'DELETE' } })
        expect(reply.status).toBe(200)
      }
    for (const path of [
      '/v1//admin/users',
      '/v1/./admin/users',
      '/v1/Admin/users',
      '/v1/%61dmin/users',
      '/v1/me/..%2fadmin/users',
      '/auth/v1/;/admin/users',
    ])
      expect([401, 403, 404, 405], path).toContain((await send(world.url + path, { bearer: access })).status)
  })

  it('S102 a right that is taken away is gone at the next call, and a scope reaches no further than itself', async () => {
    const native = doorNamed('native', world)
    const key = await world.core.apiKeys.create({
      kind: 'secret',
      name: 'ops',
      scopes: ['users:read'],
      origins: [],
      expiresAt: null,
    })
    expect((await native.admin('/users', { bearer: key.key })).status).toBe(200)
    expect(verdict(await native.admin('/users', { bearer: key.key, json: { email: 'x@example.test' } }))).toBe(
      '403 insufficient_scope',
    )
    const supabase = doorNamed('supabase', world)
    expect([401, 403]).toContain(
      (await supabase.admin('/users', { bearer: key.key, json: { email: 'x@example.test' } })).status,
    )
    await world.core.apiKeys.revoke(key.id)
    for (const door of doorsOf(world))
      expect([401, 403]).toContain((await door.admin('/users', { bearer: key.key })).status)
  })

  it('S102 a browser has no business with a secret key, in the native dialect', async () => {
    for (const headers of [
      { origin: 'http://localhost:3000' },
      { 'sec-fetch-site': 'same-origin' },
      { origin: 'null' },
    ]) {
      const reply = await doorNamed('native', world).admin('/users', { headers })
      expect(verdict(reply)).toBe('403 origin_not_allowed')
    }
  })
})

describe('nobody is there by default', () => {
  it('S107 a fresh install has no account and knows no well-known key', async () => {
    const fresh = await startWorld()
    try {
      for (const table of ['users', 'identities', 'sessions', 'api_keys'])
        expect(await countRows(fresh.database, table), table).toBe(0)
      const demo = (role: string) =>
        forge(
          { alg: 'HS256', typ: 'JWT' },
          { iss: 'supabase-demo', role, exp: 1_983_812_996 },
          hs256('super-secret-jwt-token-with-at-least-32-characters-long'),
        )
      for (const door of doorsOf(fresh)) {
        for (const name of ['admin', 'root', 'test', 'watchword', 'user'])
          for (const password of ['admin', 'password', 'watchword', ''])
            expect((await door.signIn(`${name}@example.com`, password)).status).toBe(400)
        for (const key of [
          'service_role',
          'secret',
          'wws_',
          'sb_secret_',
          demo('service_role'),
          demo('supabase_admin'),
          '',
        ])
          expect([401, 403], key).toContain((await door.admin('/users', { bearer: key })).status)
      }
      const setUps = await parallel(10, () =>
        send(`${fresh.url}/v1/admin/setup`, { json: { token: 'x', email: 'a@example.test', password: 'x' } }),
      )
      for (const reply of setUps) expect([401, 403, 404]).toContain(reply.status)
      for (const reply of await parallel(3, () => send(`${fresh.url}/v1/setup`, { json: {} })))
        expect(reply.status).toBe(404)
      expect(await countRows(fresh.database, 'users')).toBe(0)
    } finally {
      await fresh.close()
    }
  })
})
