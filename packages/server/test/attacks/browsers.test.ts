import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import { doorNamed } from './wire/doors.ts'
import { aPerson, freshEmail, goodPassword, type Person, signedInAt } from './wire/people.ts'
import { routesOf } from './wire/routes.ts'
import { type Reply, send, verdict } from './wire/send.ts'

const good = 'https://good.test'
let world: World

beforeAll(async () => {
  world = await startWorld({ config: { siteUrl: good, redirectUrls: ['https://app.good.test/**'] } })
})
afterAll(() => world.close())

const native = () => doorNamed('native', world)
const cookiesOf = ({ headers }: Reply) => headers.getSetCookie()
const jar = (reply: Reply) =>
  cookiesOf(reply)
    .map((cookie) => cookie.split(';', 1)[0] ?? '')
    .join('; ')

async function cookieSession(person: Person): Promise<Reply> {
  return native().signIn(person.email, person.password, {
    headers: { 'watchword-session': 'cookie', origin: good, 'sec-fetch-site': 'same-site' },
  })
}

describe('forged requests', () => {
  const foreign: readonly Record<string, string>[] = [
    { origin: 'https://evil.test' },
    { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' },
    { origin: 'null', 'sec-fetch-site': 'cross-site' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://good.test.evil.test' },
    { origin: 'https://good.test:8443' },
    { origin: 'http://good.test' },
    { origin: 'https://good.test, https://evil.test' },
  ]

  it('S109 a foreign page changes nothing and signs nobody in, in the native dialect', async () => {
    const person = await aPerson(world)
    const cookie = jar(await cookieSession(person))
    for (const headers of foreign) {
      const inCookieMode = { 'watchword-session': 'cookie', cookie, ...headers }
      const replies = {
        'sign-in': await native().signIn(person.email, person.password, { headers }),
        'sign-in with cookies': await native().signIn(person.email, person.password, { headers: inCookieMode }),
        'sign-up': await native().call('/sign-up/password', {
          json: { email: freshEmail(), password: goodPassword },
          headers,
        }),
        'sign-out': await native().call('/sign-out', { json: { scope: 'all' }, headers: inCookieMode }),
        refresh: await native().call('/sessions/refresh', { json: {}, headers: inCookieMode }),
        profile: await native().call('/me', { method: 'PATCH', json: { displayName: 'x' }, headers: inCookieMode }),
        deletion: await native().call('/me', { method: 'DELETE', headers: inCookieMode }),
      }
      for (const [what, reply] of Object.entries(replies)) {
        expect(verdict(reply), `${what} from ${JSON.stringify(headers)}`).toBe('403 origin_not_allowed')
        expect(cookiesOf(reply), what).toEqual([])
      }
    }
    const mine = await native().call('/me', { headers: { cookie, 'watchword-session': 'cookie' } })
    expect(mine.status).toBe(200)
  })

  it('S109 a cookie without an origin is no proof of a wish', async () => {
    const person = await aPerson(world)
    const cookie = jar(await cookieSession(person))
    const headers = { cookie, 'watchword-session': 'cookie' }
    expect(verdict(await native().call('/sign-out', { json: { scope: 'all' }, headers }))).toBe(
      '403 origin_not_allowed',
    )
    expect((await native().call('/me', { headers })).status).toBe(200)
    const own = { ...headers, origin: good }
    expect((await native().call('/sign-out', { json: { scope: 'all' }, headers: own })).status).toBe(204)
  })

  it('S109 what a form can send is no JSON', async () => {
    const person = await aPerson(world)
    const forms: readonly (readonly [string, string])[] = [
      ['text/plain', JSON.stringify({ email: person.email, password: person.password })],
      ['application/x-www-form-urlencoded', `email=${person.email}&password=${encodeURIComponent(person.password)}`],
      ['multipart/form-data; boundary=x', '--x\r\nContent-Disposition: form-data; name="email"\r\n\r\na\r\n--x--'],
      ['application/json; charset=utf-16', '{}'],
      ['application/json, text/plain', JSON.stringify({ email: person.email, password: person.password })],
      ['text/plain; application/json', JSON.stringify({ email: person.email, password: person.password })],
    ]
    for (const path of [
      '/v1/sign-in/password',
      '/v1/sign-up/password',
      '/auth/v1/token?grant_type=password',
      '/auth/v1/signup',
    ])
      for (const [type, raw] of forms) {
        const reply = await send(world.url + path, { raw, headers: { 'content-type': type } })
        expect(reply.status, `${path} as ${type}: ${reply.text}`).toBe(415)
      }
    expect(await world.core.sessions.count(person.id)).toBe(0)
  })

  it('S109 nothing that changes something answers to GET', async () => {
    const person = await aPerson(world)
    const cookie = jar(await cookieSession(person))
    const routes = await routesOf(world)
    for (const { path } of routes.filter(({ method }) => method !== 'GET')) {
      if (routes.some((other) => other.method === 'GET' && other.path === path) || path.includes(':')) continue
      const reply = await send(world.url + path, { headers: { cookie, 'watchword-session': 'cookie' } })
      expect([404, 405], path).toContain(reply.status)
    }
    expect(await world.core.sessions.count(person.id)).toBe(1)
  })

  it('S109 the Supabase dialect neither sets nor reads a cookie, so no page can lend it one', async () => {
    // Any origin may call it (wire contract 0.3): its clients hold their tokens themselves.
    const person = await aPerson(world)
    const door = doorNamed('supabase', world)
    const signedIn = await door.signIn(person.email, person.password, { headers: { origin: 'https://evil.test' } })
    expect(cookiesOf(signedIn)).toEqual([])
    const { access, refresh } = door.held(signedIn)
    const cookie = `__Host-watchword-access=${access}; __Host-watchword-refresh=${refresh}; sb-access-token=${access}`
    for (const sending of [{ headers: { cookie } }, { method: 'PUT', json: { data: {} }, headers: { cookie } }])
      expect((await door.call('/user', sending)).status).toBe(401)
    expect((await door.call('/logout', { method: 'POST', headers: { cookie } })).status).toBe(401)
  })
})

describe('other origins', () => {
  const evil = [
    'https://evil.test',
    'https://good.test.evil.test',
    'https://goodXtest',
    'https://good.test:444',
    'http://good.test',
    'HTTPS://GOOD.TEST',
    'https://GOOD.test',
    'null',
    'https://good.test/',
    'https://sub.good.test',
    'https://evilgood.test',
    'https://good.test@evil.test',
    '',
    'https://good.test\u00e9',
    'file://',
    'chrome-extension://abc',
  ]

  it('S110 get no allow header, whatever they look like', async () => {
    for (const origin of evil)
      for (const path of ['/v1/settings', '/v1/me', '/v1/sign-in/password', '/v1/nothing']) {
        const headers: Record<string, string> = { origin: Buffer.from(origin).toString('latin1') }
        for (const reply of [
          await send(world.url + path, { headers }),
          await send(world.url + path, {
            method: 'OPTIONS',
            headers: {
              ...headers,
              'access-control-request-method': 'POST',
              'access-control-request-headers': 'content-type',
            },
          }),
        ]) {
          expect(reply.headers.get('access-control-allow-origin'), `${origin} ${path}`).toBeNull()
          expect(reply.headers.get('access-control-allow-credentials'), `${origin} ${path}`).toBeNull()
          expect(reply.headers.get('vary') ?? '', `${origin} ${path}`).toMatch(/\bOrigin\b/)
        }
      }
  })

  it('S110 a listed one is named exactly, and "*" never comes with credentials', async () => {
    for (const origin of [good, 'https://app.good.test']) {
      const reply = await send(`${world.url}/v1/settings`, { headers: { origin } })
      expect(reply.headers.get('access-control-allow-origin')).toBe(origin)
      expect(reply.headers.get('access-control-allow-credentials')).toBe('true')
    }
    for (const route of await routesOf(world))
      for (const origin of ['https://evil.test', good]) {
        const reply = await send(world.url + route.filled('x'), {
          method: 'OPTIONS',
          headers: { origin, 'access-control-request-method': route.method },
        })
        expect(reply.status).toBe(204)
        const allowed = reply.headers.get('access-control-allow-origin')
        if (allowed === '*') expect(reply.headers.get('access-control-allow-credentials'), route.path).toBeNull()
        if (allowed !== null && allowed !== '*') expect(allowed, route.path).toBe(good)
        expect(reply.headers.get('vary') ?? '', route.path).toMatch(/\bOrigin\b/)
      }
  })
})

describe('cookies', () => {
  it('S111 ours belong to this host alone, are out of reach of scripts, and go at sign-out', async () => {
    const reply = await cookieSession(await aPerson(world))
    expect(reply.status).toBe(200)
    expect(cookiesOf(reply).length).toBeGreaterThan(0)
    for (const cookie of cookiesOf(reply)) {
      expect(cookie).toMatch(/^__Host-[\w-]+=/)
      for (const attribute of ['; Secure', '; HttpOnly', '; Path=/']) expect(cookie).toContain(attribute)
      expect(cookie).toMatch(/; SameSite=(Lax|Strict)/)
      expect(cookie).not.toMatch(/; Domain=/i)
      expect(Buffer.byteLength(cookie.split(';', 1)[0] ?? '')).toBeLessThanOrEqual(4_096)
    }
    expect(reply.headers.get('cache-control')).toBe('no-store')
    expect(reply.text).toContain('"refreshToken":null')
    const out = await native().call('/sign-out', {
      json: {},
      headers: { cookie: jar(reply), 'watchword-session': 'cookie', origin: good },
    })
    expect(out.status).toBe(204)
    expect(cookiesOf(out).length).toBe(cookiesOf(reply).length)
    for (const cookie of cookiesOf(out)) expect(cookie).toMatch(/^__Host-[\w-]+=;.*Max-Age=0/)
    expect(
      (await native().call('/me', { headers: { cookie: jar(reply), 'watchword-session': 'cookie' } })).status,
    ).toBeGreaterThanOrEqual(401)
  })

  it('S111 look-alikes, doubles, chunks and monsters are nobody’s session', async () => {
    const mine = await cookieSession(await aPerson(world))
    const other = await signedInAt(world, native())
    const good = jar(mine)
    const me = (cookie: string) => native().call('/me', { headers: { cookie, 'watchword-session': 'cookie' } })
    expect((await me(good)).status).toBe(200)
    const lookAlike = await me(`watchword-access=${other.access}; ${good}`)
    expect(lookAlike.text).toBe((await me(good)).text)
    const nonsense = [
      `watchword-access=${other.access}`,
      `__Secure-watchword-access=${other.access}`,
      `__host-watchword-access=${other.access}`,
      `${good}; __Host-watchword-access=${other.access}`,
      Array.from({ length: 50 }, (_, index) => `__Host-watchword-access.${index}=${other.access.slice(0, 60)}`).join(
        '; ',
      ),
      `__Host-watchword-access=${'a'.repeat(5_000)}`,
      '__Host-watchword-access=%E0%A4%A; __Host-watchword-refresh="',
      ';;;=;=a;a=;__Host-watchword-access',
      `__Host-watchword-access="${other.access}`,
    ]
    for (const cookie of nonsense) {
      const reply = await me(cookie)
      expect([401, 403], `${cookie.slice(0, 60)}: ${reply.text}`).toContain(reply.status)
    }
    const headers = { 'watchword-session': 'cookie', origin: 'https://good.test' }
    for (const cookie of ['__Host-watchword-refresh=x', `__Host-watchword-refresh=${'a'.repeat(4_000)}`]) {
      const reply = await native().call('/sessions/refresh', { json: {}, headers: { ...headers, cookie } })
      expect(reply.status, reply.text).toBe(400)
    }
  })
})
