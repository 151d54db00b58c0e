import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import { doorNamed } from './wire/doors.ts'
import { expectNoInnards } from './wire/leaks.ts'
import { aPerson } from './wire/people.ts'
import { raw, requestText } from './wire/raw.ts'
import { routesOf, type ScannedRoute } from './wire/routes.ts'
import { at, type Reply, send } from './wire/send.ts'

let world: World
let routes: ScannedRoute[]

beforeAll(async () => {
  world = await startWorld({ config: { publicUrl: 'https://auth.example.test' } })
  routes = await routesOf(world)
})
afterAll(() => world.close())

/** These alone may be kept by caches: they hold nothing about anybody. */
const cacheable = /\/(\.well-known\/|settings$|openapi\.json$|docs$|inbox\/inbox\.(js|css)$|saml\/metadata$)/

async function asEverybody(route: ScannedRoute, id: string): Promise<(readonly [string, Reply])[]> {
  // A guest: signing one in costs no hash, and a route may well end the session.
  const door = doorNamed('native', world)
  const me = door.held(await door.signUpAnonymously())
  const callers = { nobody: undefined, user: me.access, admin: world.secretKey, nonsense: 'x.y.z' }
  const replies: (readonly [string, Reply])[] = []
  for (const [who, bearer] of Object.entries(callers)) {
    const sending = { method: route.method, bearer, ...(['GET', 'DELETE'].includes(route.method) ? {} : { json: {} }) }
    replies.push([who, await send(world.url + route.filled(id), sending)])
  }
  return replies
}

function expectGoodHeaders(reply: Pick<Reply, 'status' | 'headers' | 'text'>, path: string, what: string): void {
  const { headers, status } = reply
  expect(headers.get('x-content-type-options'), what).toBe('nosniff')
  expect(headers.get('strict-transport-security'), what).toMatch(/^max-age=31536000/)
  for (const name of ['server', 'x-powered-by', 'via', 'x-runtime'])
    expect(headers.get(name), `${what} ${name}`).toBeNull()
  expect(headers.get('x-request-id'), what).toMatch(/^[0-9a-f-]{36}$/)
  expect(headers.get('vary') ?? '', what).toMatch(/\bOrigin\b/)
  const cache = headers.get('cache-control') ?? ''
  if (status >= 400 || !cacheable.test(path)) expect(cache, what).toBe('no-store')
  if (cache.includes('max-age')) expect(Number(/max-age=(\d+)/.exec(cache)?.[1]), what).toBeLessThanOrEqual(600)
  if (reply.text === '') return
  const type = headers.get('content-type') ?? ''
  expect(type, what).toMatch(/^(application\/(json|x-ndjson|xml)|text\/(html|plain|css|javascript)|text\/event-stream)/)
  expect(type, what).toMatch(/charset=utf-8/i)
  if (type.startsWith('text/html')) expectGoodPage(headers, what)
}

function expectGoodPage(headers: Headers, what: string): void {
  const policy = headers.get('content-security-policy') ?? ''
  for (const rule of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'"])
    expect(policy, what).toContain(rule)
  expect(/script-src[^;]*unsafe/.test(policy), what).toBe(false)
  expect(headers.get('referrer-policy'), what).toBeTruthy()
}

describe('every route of every mount', () => {
  it('S112 answers with the headers that keep browsers and caches honest', { timeout: 120_000 }, async () => {
    expect(routes.length).toBeGreaterThan(60)
    for (const route of routes)
      for (const [who, reply] of await asEverybody(route, randomUUID()))
        expectGoodHeaders(reply, route.path, `${route.method} ${route.path} as ${who} (${reply.status})`)
  })

  it('S112 S119 so do answers for what does not exist', async () => {
    for (const path of [
      '/nothing',
      '/v1',
      '/v1/',
      '/v1/nothing',
      '/auth/v1/nothing',
      '/inbox/nothing',
      '/favicon.ico',
      '/.env',
      '/.git/config',
      '/admin',
      '/console/nothing',
      '/wp-login.php',
    ])
      for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH']) {
        const reply = await send(world.url + path, { method })
        expect([401, 404, 405], `${method} ${path}`).toContain(reply.status)
        expectGoodHeaders(reply, path, `${method} ${path}`)
        expect(reply.body, `${method} ${path} ${reply.text}`).toBeTypeOf('object')
      }
  })

  it('S119 errors are JSON with a code, a short text and the request’s id, and tell nothing else', {
    timeout: 120_000,
  }, async () => {
    for (const route of routes)
      for (const [who, reply] of await asEverybody(route, "x'--")) {
        const what = `${route.method} ${route.path} as ${who} (${reply.status})`
        expect(reply.status, what).toBeLessThan(500)
        if (reply.status < 400) continue
        expectNoInnards(reply.text, what)
        if (route.path === '/v1/links') continue // a page for whoever clicked, with the same words
        // Altogic's clients want a list of them; Nhost's schema gives a reason.
        const body = at(reply.body, 'errors', 0) ?? reply.body
        const [message] = ['message', 'msg', 'error_description', 'reason'].flatMap((name) => at(body, name) ?? [])
        expect(typeof message, `${what} ${reply.text}`).toBe('string')
        expect(String(message).length, what).toBeLessThan(400)
        // An argument that is missing has a sentence and no code there.
        const isBare = route.mount === 'nhost' && at(body, 'msg') !== undefined
        if (!isBare) expect(at(body, 'code') ?? at(body, 'error'), what).toBeDefined()
        if (route.path.startsWith('/v1')) expect(at(reply.body, 'requestId')).toBe(reply.headers.get('x-request-id'))
      }
  })

  it('S119 a fault of ours says nothing of itself', async () => {
    const person = await aPerson(world)
    const { core } = world
    const broken = await startWorld()
    try {
      await broken.database.script('drop table auth.audit_events cascade; drop table auth.tickets cascade')
      for (const name of ['native', 'supabase'] as const) {
        const door = doorNamed(name, broken)
        for (const reply of [
          await door.signIn(person.email, 'x'),
          await door.recover(person.email),
          await door.requestCode(person.email),
        ]) {
          expect(reply.status).toBe(500)
          expectNoInnards(reply.text, `${name} ${reply.text}`)
          expect(reply.text).not.toMatch(/audit_events|tickets|does not exist/)
        }
      }
    } finally {
      await broken.close()
    }
    expect(await core.users.find(person.id)).toBeDefined()
  })

  it('S144 a request for two hosts, or for none that can be one, is refused, on every mount and by every method', async () => {
    const hosts = [
      'a.test\r\nHost: a.test',
      'a.test\r\nhOST: evil.test',
      'a.test evil.test',
      'a.test/evil',
      'user@a.test',
    ]
    for (const path of [
      '/health',
      '/v1/settings',
      '/auth/v1/settings',
      '/nhost/v1/healthz',
      '/nowhere',
      '/socket.io/?EIO=4',
    ])
      for (const host of hosts) {
        const answer = await raw(world.url, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
        expect([path, host, answer.status]).toEqual([path, host, 400])
        expect(answer.body).toContain('The request must name one host.')
        expect(answer.head).toMatch(/connection: close/i)
      }
    const posted = await raw(
      world.url,
      'POST /v1/recovery HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 2\r\n\r\n{}',
    )
    expect(posted.status).toBe(400)
    const upgraded = await raw(
      world.url,
      `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    )
    expect(upgraded.status).toBe(400)
    const follows = 'GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\nGET /health HTTP/1.1\r\nHost: a\r\n\r\n'
    expect((await raw(world.url, follows)).all.match(/HTTP\/1\.1 /g)).toHaveLength(1)
    expect((await raw(world.url, 'GET /health HTTP/1.1\r\n\r\n')).status).toBe(400)
    expect((await raw(world.url, 'GET /health HTTP/1.1\r\nHost: a.test:80\r\nConnection: close\r\n\r\n')).status).toBe(
      200,
    )
  })

  it('S119 S113 what is no HTTP is refused in JSON as well', async () => {
    for (const bytes of [
      'NONSENSE\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      'GET / HTTP/1.1\r\nBad Header: x\r\n\r\n',
      '\u0016\u0003\u0001\u0002',
    ]) {
      const answer = await raw(world.url, bytes)
      expect([400, 405, 431], bytes.slice(0, 30)).toContain(answer.status)
      expect(answer.head).toMatch(/content-type: application\/json; charset=utf-8/)
      expectNoInnards(answer.all, bytes.slice(0, 30))
    }
    const answer = await raw(world.url, requestText('GET', '/health', { Connection: 'close' }))
    expect(answer.head.toLowerCase()).not.toMatch(/\r\n(server|x-powered-by):/)
  })
})
