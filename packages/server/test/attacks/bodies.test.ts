import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import { doorNamed } from './wire/doors.ts'
import { signedInAt } from './wire/people.ts'
import { dial, patienceMs, raw, requestText, untilQuiet } from './wire/raw.ts'
import { routesOf, type ScannedRoute } from './wire/routes.ts'
import { parallel, send } from './wire/send.ts'

let world: World
let routes: ScannedRoute[]
let bearers: readonly (string | undefined)[]

beforeAll(async () => {
  world = await startWorld({ config: { http: { requestMs: 1_500, headerMs: 1_000 } } })
  // The routes of an environment are those without one.
  routes = (await routesOf(world)).filter(({ method, mount }) => method !== 'GET' && mount !== 'altogic-environment')
  bearers = [undefined, (await signedInAt(world, doorNamed('native', world))).access, world.secretKey]
})
afterAll(() => world.close())

setFlagsFromString('--expose-gc')
/** Collects what nobody holds any more. */
const collect = runInNewContext('gc') as () => void

const json = { 'content-type': 'application/json' }
const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`

const bodies: Readonly<Record<string, string | Uint8Array>> = {
  empty: '',
  null: 'null',
  array: '[]',
  text: '"x"',
  number: '1',
  true: 'true',
  'cut off': '{"email":"a',
  'two values': '{}{}',
  comment: '{/**/}',
  'depth 33': nested(33),
  'depth 100,000': nested(100_000),
  'arrays 100,000 deep': '['.repeat(100_000),
  '1,001 keys': JSON.stringify(Object.fromEntries(Array.from({ length: 1_001 }, (_, at) => [`k${at}`, 1]))),
  '100,000 items': JSON.stringify({ a: Array.from({ length: 100_000 }, () => 1) }),
  'bad UTF-8': new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
  'byte order mark': '\ufeff{}',
  NUL: '{"email":"a\u0000"}',
  '1 MiB and one byte': `{"a":"${'x'.repeat(1_048_576)}"}`,
}

describe('bodies', () => {
  it('S113 nothing that is no proper body makes a route fail', { timeout: 240_000 }, async () => {
    for (const route of routes)
      for (const bearer of bearers)
        for (const [what, body] of Object.entries(bodies)) {
          const reply = await send(world.url + route.filled('x'), {
            method: route.method,
            raw: body,
            headers: json,
            bearer,
          })
          const said = `${route.method} ${route.path} with ${what}: ${reply.status} ${reply.text.slice(0, 200)}`
          expect(reply.status, said).toBeLessThan(500)
          if (reply.status < 400)
            expect(
              ['empty', 'null', 'byte order mark'].includes(what) || route.body === 'none' || route.method === 'DELETE',
              said,
            ).toBe(true)
        }
  })

  it('S113 a public route says 413, 415 or 400 for it', async () => {
    for (const path of ['/v1/sign-in/password', '/auth/v1/token?grant_type=password']) {
      for (const [what, body] of Object.entries(bodies)) {
        const reply = await send(world.url + path, { method: 'POST', raw: body, headers: json })
        expect(reply.status, `${path} ${what} ${reply.text}`).toBe(what === '1 MiB and one byte' ? 413 : 400)
      }
      const packed = gzipSync(Buffer.alloc(50_000_000))
      for (const encoding of ['gzip', 'deflate', 'br', 'gzip, gzip', 'zstd'])
        expect(
          (
            await send(world.url + path, {
              method: 'POST',
              raw: packed,
              headers: { ...json, 'content-encoding': encoding },
            })
          ).status,
          encoding,
        ).toBe(415)
      for (const type of ['application/xml', 'application/jsonp', 'text/json', 'application/json-patch+json', '', 'x'])
        expect(
          (await send(world.url + path, { method: 'POST', raw: '{}', headers: { 'content-type': type } })).status,
          type,
        ).toBe(415)
    }
  })

  it('S113 wrong types in each field are refused, never trusted', { timeout: 120_000 }, async () => {
    const values: readonly unknown[] = [
      null,
      0,
      1e308,
      true,
      [],
      ['a'],
      {},
      { $ne: '' },
      { toString: 'x' },
      'x'.repeat(100_000),
      '',
    ]
    const fields = {
      '/v1/sign-in/password': ['email', 'password'],
      '/v1/sign-up/password': [
        'email',
        'password',
        'metadata',
        'displayName',
        'locale',
        'redirectTo',
        'codeChallenge',
        'roles',
      ],
      '/v1/sign-in/code': ['email', 'createUser', 'state'],
      '/v1/recovery': ['email', 'redirectTo'],
      '/v1/attempts/answer': ['attempt', 'code'],
      '/v1/sessions/refresh': ['refreshToken'],
      '/v1/sessions/exchange': ['code', 'codeVerifier'],
      '/auth/v1/signup': ['email', 'password', 'data', 'code_challenge', 'code_challenge_method', 'phone', 'channel'],
      '/auth/v1/token?grant_type=password': ['email', 'password', 'phone', 'gotrue_meta_security'],
      '/auth/v1/token?grant_type=refresh_token': ['refresh_token'],
      '/auth/v1/token?grant_type=pkce': ['auth_code', 'code_verifier'],
      '/auth/v1/otp': ['email', 'create_user', 'data'],
      '/auth/v1/recover': ['email', 'code_challenge'],
      '/auth/v1/verify': ['type', 'token', 'token_hash', 'email'],
      '/auth/v1/resend': ['type', 'email'],
    }
    const valid = {
      email: 'type-check@example.test',
      password: 'slow brown walrus juggles 7',
      type: 'signup',
      token: '123456',
      attempt: 'x',
      code: '123456',
    }
    for (const [path, names] of Object.entries(fields))
      for (const name of names)
        for (const value of values) {
          const reply = await send(world.url + path, {
            json: { ...(path.startsWith('/auth') ? valid : {}), [name]: value },
          })
          expect(
            reply.status,
            `${path} ${name}=${JSON.stringify(value).slice(0, 30)} ${reply.text.slice(0, 200)}`,
          ).toBeLessThan(500)
          // To the Supabase dialect no address and an empty one are the same: a guest signs up.
          const isGuest = path === '/auth/v1/signup' && name === 'email' && (value === null || value === '')
          expect(reply.text.includes('access_token')).toBe(isGuest)
          expect(reply.text).not.toContain('accessToken')
        }
  })

  it('S113 a length that lies ends the connection, and nothing else', async () => {
    const head = (length: number | string) =>
      requestText('POST', '/v1/sign-in/password', { ...json, 'Content-Length': String(length) }, '{"email":"a@b.test"}')
    const longer = await raw(world.url, head(500))
    expect([400, 408]).toContain(longer.status)
    const shorter = await raw(world.url, head(5))
    // What is left over is the next request, and no good one.
    expect([400, 405]).toContain(shorter.status)
    for (const odd of ['-1', '1e3', '0x10', ' ', '99999999999999999999', '5, 6', '+5']) {
      const answer = await raw(world.url, head(odd))
      expect([400, 413, 431], `${odd}: ${answer.all.slice(0, 100)}`).toContain(answer.status)
    }
    expect((await raw(world.url, head(1_048_577))).status).toBe(413)
    expect((await send(`${world.url}/health`)).status).toBe(200)
  })

  it('S113 a body in pieces that never ends is not waited for', async () => {
    const socket = await dial(world.url)
    socket.write(requestText('POST', '/auth/v1/signup', { ...json, 'Transfer-Encoding': 'chunked' }, '5\r\n{"a":\r\n'))
    expect(await untilQuiet(socket, patienceMs)).toMatch(/^HTTP\/1\.1 408/)
    for (const chunk of ['zz\r\n', '-5\r\nx\r\n', '5;ext=\r\n{"a":', 'ffffffffffffffffff\r\n'])
      expect([400, 408], chunk).toContain(
        (
          await raw(
            world.url,
            requestText('POST', '/auth/v1/signup', { ...json, 'Transfer-Encoding': 'chunked' }, chunk),
          )
        ).status,
      )
  })

  it('S113 memory comes back to level', async () => {
    const big = `{"a":"${'x'.repeat(1_000_000)}"}`
    const volley = () =>
      parallel(40, () => send(`${world.url}/v1/sign-in/password`, { raw: big, headers: json, method: 'POST' }))
    const level = () => {
      collect()
      return process.memoryUsage().arrayBuffers
    }
    await volley()
    const before = level()
    for (let round = 0; round < 5; round += 1) await volley()
    for (let tries = 0; tries < 50 && level() > before + 30_000_000; tries += 1)
      await parallel(5, () => send(`${world.url}/health`))
    expect(level()).toBeLessThan(before + 60_000_000)
  })
})
