import { describe, expect, it } from 'vitest'
import { Refusal } from '../base/errors.ts'
import { systemRuntime } from '../base/runtime.ts'
import { json, noContent, page, redirectTo, text } from './answer.ts'
import type { AppSettings, Finished } from './app.ts'
import { createApp } from './app.ts'
import { hostCookie } from './cookies.ts'
import { originList } from './cors.ts'
import type { Exchange } from './exchange.ts'
import { html } from './html.ts'
import { newKey } from './key.ts'
import type { Mount, Route } from './route.ts'

const nameKey = newKey<string>('name')

const routes: readonly Route[] = [
  { method: 'GET', path: '/safe', safe: true, handle: () => json(200, { ok: true }) },
  { method: 'GET', path: '/spend', handle: () => json(200, { spent: true }) },
  { method: 'POST', path: '/echo', handle: async (exchange) => json(200, await exchange.json()) },
  {
    method: 'POST',
    path: '/optional',
    handle: async (exchange) => json(200, { got: (await exchange.json({ empty: 'undefined' })) ?? 'nothing' }),
  },
  {
    method: 'POST',
    path: '/form',
    body: 'form',
    handle: async (exchange) => text(200, (await exchange.form()).one('a') ?? ''),
  },
  { method: 'DELETE', path: '/things/:id', handle: (exchange) => noContent({ 'x-id': exchange.param('id') }) },
  {
    method: 'GET',
    path: '/named',
    gates: [async (exchange) => exchange.set(nameKey, exchange.query.one('name') ?? 'nobody')],
    handle: (exchange) => json(200, { name: exchange.need(nameKey), id: exchange.requestId }),
  },
  { method: 'GET', path: '/page', handle: () => page(html`<p>${'<hi>'}</p>`) },
  { method: 'GET', path: '/go', handle: (exchange) => redirectTo(303, exchange.query.one('to') ?? '/') },
  {
    method: 'GET',
    path: '/cookie',
    handle: () => json(200, 1, { 'Set-Cookie': hostCookie('a', 'b'), 'Cache-Control': 'public' }),
  },
  {
    method: 'GET',
    path: '/cached',
    handle: () => json(200, 1, { 'Cache-Control': 'public, max-age=600', Vary: 'Accept' }),
  },
  {
    method: 'GET',
    path: '/limited',
    gates: [
      (exchange) => {
        exchange.addHeader('RateLimit-Limit', '5')
        throw new Refusal('over_request_rate_limit', { retryAfter: 7 })
      },
    ],
    handle: () => noContent(),
  },
  {
    method: 'GET',
    path: '/broken',
    handle: () => {
      throw new Error('SELECT secret FROM /srv/db.example')
    },
  },
  { method: 'GET', path: '/unsendable', handle: () => json(200, { big: 1n }) },
  {
    method: 'GET',
    path: '/who',
    handle: (exchange) => json(200, { ...exchange.client, agent: exchange.userAgent, url: exchange.url.href }),
  },
]

const presentError = (error: Refusal, exchange: Exchange) =>
  json(error.code === 'not_found' ? 404 : 400, { shaped: error.code, id: exchange.requestId })

const strict: Mount = {
  name: 'strict',
  base: '/v1',
  routes,
  presentError,
  requireJson: true,
  trailingSlash: 'strict',
  cors: {
    kind: 'listed',
    allows: originList(['https://good.test']),
    credentials: true,
    requestHeaders: ['content-type'],
    exposedHeaders: ['x-request-id'],
  },
}
const lenient: Mount = {
  ...strict,
  name: 'lenient',
  base: '/auth/v1',
  requireJson: false,
  trailingSlash: 'accept',
  cors: { kind: 'any', requestHeaders: ['apikey'] },
}
const fragile: Mount = {
  ...strict,
  name: 'fragile',
  base: '/fragile',
  presentError: () => {
    throw new Error('no words')
  },
}

function world(more: Partial<AppSettings> = {}) {
  const logged: object[] = []
  const log = { debug() {}, info() {}, warn() {}, error: (fields: object) => void logged.push(fields) }
  const runtime = systemRuntime(log)
  const app = createApp({ runtime, origin: 'https://auth.test', mounts: [strict, lenient, fragile], ...more })
  const ask = (method: string, path: string, init: RequestInit = {}) =>
    app.fetch(new Request(`https://host.test${path}`, { method, ...init }), { address: '203.0.113.9', target: path })
  const post = (path: string, body: RequestInit['body'], type = 'application/json') =>
    ask('POST', path, { body: body ?? null, headers: type === '' ? {} : { 'content-type': type } })
  return { ask, post, logged }
}

describe('createApp', () => {
  it('S112 sends the safe headers with every answer', async () => {
    const { ask } = world()
    for (const path of ['/v1/safe', '/v1/nope', '/nope', '/v1/broken', '/v1/page', '/v1/go']) {
      const { headers } = await ask('GET', path)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('vary')).toBe('Origin')
      expect(headers.get('strict-transport-security')).toBe('max-age=31536000')
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
      expect(headers.get('content-type') ?? 'charset=utf-8').toContain('charset=utf-8')
      expect([headers.get('server'), headers.get('x-powered-by')]).toEqual([null, null])
    }
  })

  it('S112 sends no HSTS over http', async () => {
    const { headers } = await world({ origin: 'http://localhost:8787' }).ask('GET', '/v1/safe')
    expect(headers.get('strict-transport-security')).toBeNull()
  })

  it('S112 puts pages under a policy without inline script', async () => {
    const response = await world().ask('GET', '/v1/page')
    expect(await response.text()).toBe('<p>&lt;hi&gt;</p>')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(response.headers.get('content-security-policy')).not.toContain('unsafe')
    expect(response.headers.get('referrer-policy')).toBe('no-referrer')
  })

  it('lets an answer be cached when it says so, but never one with a cookie', async () => {
    const { ask } = world()
    const cached = await ask('GET', '/v1/cached')
    expect(cached.headers.get('cache-control')).toBe('public, max-age=600')
    expect(cached.headers.get('vary')).toBe('Origin, Accept')
    expect((await ask('GET', '/v1/cookie')).headers.get('cache-control')).toBe('no-store')
  })

  it('S115 answers HEAD without a body where GET is safe, and nowhere else', async () => {
    const { ask } = world()
    const head = await ask('HEAD', '/v1/safe')
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '11', ''])
    expect((await ask('HEAD', '/v1/spend')).headers.get('allow')).toBe('GET, OPTIONS')
    expect((await ask('GET', '/v1/spend')).status).toBe(200)
  })

  it('S115 names the allowed methods and ignores method overrides', async () => {
    const { ask } = world()
    const wrong = await ask('PUT', '/v1/safe', { body: '{}', headers: { 'x-http-method-override': 'GET' } })
    expect(wrong.headers.get('allow')).toBe('GET, HEAD, OPTIONS')
    expect(await wrong.json()).toMatchObject({ shaped: 'method_not_allowed' })
  })

  it('S115 judges the raw target when the host knows it', async () => {
    const { ask } = world()
    for (const path of [
      '/v1/./safe',
      '/v1//safe',
      '/x/../v1/safe',
      '/v1/%73afe',
      '/V1/safe',
      '/v1/safe/',
      '/v1/safe;x',
    ]) {
      expect((await ask('GET', path)).status).toBe(404)
    }
    expect((await ask('GET', '/auth/v1/safe/')).status).toBe(200)
  })

  it('S119 answers unknown paths in the shape of their mount, and plainly outside all', async () => {
    const { ask } = world()
    expect(await (await ask('GET', '/v1/nope')).json()).toMatchObject({ shaped: 'not_found' })
    const outside = await ask('GET', '/nope')
    expect(outside.status).toBe(404)
    expect(await outside.json()).toEqual({
      code: 'not_found',
      message: 'There is nothing here.',
      requestId: outside.headers.get('x-request-id'),
    })
  })

  it('S119 hides what went wrong and logs it once under the request id', async () => {
    const { ask, logged } = world()
    const response = await ask('GET', '/v1/broken')
    const body = await response.text()
    expect(body).toContain('unexpected_failure')
    expect(body).not.toMatch(/SELECT|srv|Error/)
    expect(logged).toHaveLength(1)
    expect(logged[0]).toMatchObject({ requestId: response.headers.get('x-request-id'), route: 'GET /v1/broken' })
  })

  it('S119 survives an answer that cannot be sent and a presenter that fails', async () => {
    const { ask, logged } = world()
    expect(await (await ask('GET', '/v1/unsendable')).json()).toMatchObject({ shaped: 'unexpected_failure' })
    const worse = await ask('GET', '/fragile/nope')
    expect([worse.status, await worse.json()]).toMatchObject([500, { code: 'unexpected_failure' }])
    expect(logged).toHaveLength(2)
  })

  it('sends what gates added and Retry-After with a refusal', async () => {
    const { headers } = await world().ask('GET', '/v1/limited')
    expect([headers.get('retry-after'), headers.get('ratelimit-limit')]).toEqual(['7', '5'])
  })

  it('S116 encodes line breaks in a redirect and refuses a parameter sent twice', async () => {
    const { ask } = world()
    const gone = await ask('GET', '/v1/go?to=https://a.test/%0d%0aSet-Cookie:x=%C3%BC')
    expect(gone.headers.get('location')).toBe('https://a.test/%0D%0ASet-Cookie:x=%C3%BC')
    expect(gone.headers.get('set-cookie')).toBeNull()
    expect(await (await ask('GET', '/v1/go?to=a&to=b')).json()).toMatchObject({ shaped: 'validation_failed' })
  })
})

describe('bodies', () => {
  it.each([
    ['', 'application/json', 'bad_json'],
    ['{', 'application/json', 'bad_json'],
    ['{}', 'text/plain', 'unsupported_media_type'],
    ['{}', '', 'unsupported_media_type'],
    ['a=1', 'application/x-www-form-urlencoded', 'unsupported_media_type'],
    [`"${'x'.repeat(1_048_576)}"`, 'application/json', 'payload_too_large'],
  ])('S113 refuses %.10j as %s with %s', async (body, type, code) => {
    const bytes = new TextEncoder().encode(body)
    expect(await (await world().post('/v1/echo', bytes, type)).json()).toMatchObject({ shaped: code })
  })

  it('S113 refuses a compressed body', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    const response = await world().ask('POST', '/v1/echo', { body: '{}', headers })
    expect(await response.json()).toMatchObject({ shaped: 'unsupported_media_type' })
  })

  it('S109 checks the type even where no handler reads the body', async () => {
    const { ask } = world()
    const form = { body: 'a=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } }
    expect(await (await ask('DELETE', '/v1/things/1', form)).json()).toMatchObject({ shaped: 'unsupported_media_type' })
    expect((await ask('DELETE', '/v1/things/a%20b')).headers.get('x-id')).toBe('a b')
  })

  it('reads JSON whatever is declared where the mount is lenient', async () => {
    const { post } = world()
    expect(await (await post('/auth/v1/echo', '{"a":null}', 'text/plain')).json()).toEqual({ a: null })
    expect(await (await post('/auth/v1/echo', 'null')).json()).toBeNull()
  })

  it('tells an absent body from a null one', async () => {
    const { post } = world()
    expect(await (await post('/v1/optional', '')).json()).toEqual({ got: 'nothing' })
  })

  it('reads forms where a route takes them', async () => {
    const { post } = world()
    expect(await (await post('/v1/form', 'a=1', 'application/x-www-form-urlencoded')).text()).toBe('1')
    expect(await (await post('/v1/form', '{}')).json()).toMatchObject({ shaped: 'unsupported_media_type' })
    expect(await (await post('/v1/form', 'a=1&a=2', 'application/x-www-form-urlencoded')).json()).toMatchObject({
      shaped: 'validation_failed',
    })
  })
})

describe('cross-origin', () => {
  const preflight = (origin: string, method: string, headers = 'content-type') => ({
    headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': headers },
  })

  it('S110 answers a preflight by the mount it asks for, and runs nothing', async () => {
    const { ask } = world()
    const good = await ask('OPTIONS', '/v1/echo', preflight('https://good.test', 'POST'))
    expect([good.status, good.headers.get('access-control-allow-origin')]).toEqual([204, 'https://good.test'])
    expect(good.headers.get('vary')).toBe('Origin, Access-Control-Request-Method, Access-Control-Request-Headers')
    const any = await ask('OPTIONS', '/auth/v1/echo', preflight('https://evil.test', 'POST', 'apikey'))
    expect(any.headers.get('access-control-allow-origin')).toBe('*')
    expect(any.headers.get('access-control-allow-credentials')).toBeNull()
  })

  it('S110 gives a foreign origin nothing, on answers, errors and preflights', async () => {
    const { ask } = world()
    const headers = { origin: 'https://evil.test' }
    for (const response of [
      await ask('OPTIONS', '/v1/echo', preflight('https://evil.test', 'POST')),
      await ask('OPTIONS', '/v1/echo', preflight('https://good.test', 'PUT')),
      await ask('GET', '/v1/safe', { headers }),
      await ask('GET', '/v1/nope', { headers }),
    ]) {
      expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    }
  })

  it('lets a listed page read errors too', async () => {
    const response = await world().ask('GET', '/v1/nope', { headers: { origin: 'https://good.test' } })
    expect(response.headers.get('access-control-expose-headers')).toBe('x-request-id')
  })
})

describe('exchanges', () => {
  it('S144 keep parallel requests apart', async () => {
    const { ask } = world()
    await Promise.all(
      Array.from({ length: 200 }, async (_, at) => {
        const response = await ask('GET', at % 2 ? `/v1/named?name=n${at}` : `/v1/nope${at}`)
        const id = response.headers.get('x-request-id')
        expect(await response.json()).toEqual(at % 2 ? { name: `n${at}`, id } : { shaped: 'not_found', id })
      }),
    )
  })

  it('S120 know the caller by the socket, and never the Host', async () => {
    const headers = { 'user-agent': `\tA\u0085${'x'.repeat(600)}`, 'x-forwarded-for': '1.1.1.1' }
    const body = await (await world().ask('GET', '/v1/who?a=1', { headers })).json()
    expect(body).toEqual({
      ip: '203.0.113.9',
      network: '203.0.113.9',
      url: 'https://auth.test/v1/who?a=1',
      agent: `A${'x'.repeat(511)}`,
    })
  })

  it('are reported once, whatever a faulty listener does', async () => {
    const seen: Finished[] = []
    const onFinished = (facts: Finished) => {
      seen.push(facts)
      throw new Error('full')
    }
    const { ask, logged } = world({ onFinished })
    expect((await ask('GET', '/v1/safe')).status).toBe(200)
    await ask('GET', '/nope')
    expect(seen).toMatchObject([
      { mount: 'strict', route: 'GET /v1/safe', method: 'GET', status: 200, client: { ip: '203.0.113.9' } },
      { mount: undefined, route: undefined, status: 404 },
    ])
    expect(logged).toHaveLength(2)
  })
})
