import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConfigInput } from '#src/config/schema.ts'
import { startWorld, type World } from '../world/world.ts'
import { doorNamed } from './wire/doors.ts'
import { expectNoInnards } from './wire/leaks.ts'
import { signedInAt } from './wire/people.ts'
import { raw, requestText } from './wire/raw.ts'
import { routesOf, type ScannedRoute } from './wire/routes.ts'
import { type Reply, send } from './wire/send.ts'

let world: World
let routes: ScannedRoute[]
const rejections: unknown[] = []
const onRejection = (reason: unknown) => void rejections.push(reason)
/** Tests draw the same values each time; another seed is one variable away. */
const seed = Number(process.env['WATCHWORD_TEST_SEED'] ?? 20_260_101)

/** All that is off by default and answers only where it is on. */
const everything: ConfigInput = {
  siteUrl: 'https://app.example.test',
  oauthServer: { enabled: true, registration: true },
  wallets: { ethereum: true, solana: true },
  sso: { enabled: true },
  passkeys: { withoutAddress: true },
  providers: { google: { enabled: true }, github: { enabled: true, clientId: ['id'], clientSecret: 'secret' } },
}

beforeAll(async () => {
  process.on('unhandledRejection', onRejection)
  world = await startWorld({ config: everything })
  routes = await routesOf(world)
})
afterAll(async () => {
  process.off('unhandledRejection', onRejection)
  await world.close()
})

const words = [
  'email',
  'phone',
  'password',
  'metadata',
  'data',
  'code',
  'token',
  'token_hash',
  'type',
  'attempt',
  'refreshToken',
  'refresh_token',
  'scope',
  'redirectTo',
  'displayName',
  'locale',
  'roles',
  'role',
  'id',
  'users',
  'name',
  'kind',
  'scopes',
  'expiresAt',
  'bannedUntil',
  'ban_duration',
  'appMetadata',
  'app_metadata',
  'user_metadata',
  'createUser',
  'create_user',
  'purpose',
  'option',
  'accept',
  'newPassword',
  'level',
  'passwordHash',
  'password_hash',
  'onConflict',
  'dryRun',
  'alg',
  'new_email',
  'channel',
  'limit',
  'cursor',
  'page',
  'per_page',
  'sort',
  'filter',
  'q',
]
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    'a@example.test',
    '+15550100000',
    'signup',
    'recovery',
    'password',
    'sms',
    '123456',
    'all',
    'native',
    '',
    '\ud800',
    '$argon2id$v=19$m=4294967295,t=1,p=1$AA$AA',
    '$2a$31$',
    '2026-13-45T99:99:99Z',
    '-1h',
    '9'.repeat(400),
    'true',
    'null',
    '[object Object]',
    '../..',
    '%',
    "'",
    '__proto__',
    'constructor',
    'toString',
    '1e309',
    '9007199254740993',
    '-271820-01-01T00:00:00Z',
    '+275760-09-13T00:00:00Z',
    '9223372036s',
    'https://app.example.test/',
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    'google',
    'github',
    'totp',
    'ethereum',
    'openid email',
  ),
  // Whoever cuts a text off must not cut a character in two.
  fc.constantFrom(32, 64, 128, 255, 256, 512, 1_024, 2_048).map((most) => `${'a'.repeat(most - 1)}😀`),
  fc.uuid(),
)
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 4 },
    texts,
    fc.double(),
    fc.integer(),
    fc.constantFrom(-0, 2 ** 53 + 2, 1e308, 2_147_483_648, -2_147_483_649),
    fc.boolean(),
    fc.constant(null),
    tie('list'),
    tie('record'),
  ),
  list: fc.array(tie('value'), { maxLength: 4 }),
  record: fc.dictionary(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 12 })), tie('value'), {
    maxKeys: 6,
  }),
}))
const bodies = fc.oneof(
  { weight: 6, arbitrary: anything.record.map((value) => JSON.stringify(value)) },
  { weight: 2, arbitrary: anything.value.map((value) => JSON.stringify(value) ?? '') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
)
const inAddresses = [
  ...['grant_type', 'redirect_to', 'token', 'provider', 'state', 'codeChallenge', 'code_challenge', 'connect', 'link'],
  ...['client_id', 'redirect_uri', 'response_type', 'nonce', 'prompt', 'phone', 'key', 'ticket', 'domain', 'idp'],
  ...['code_challenge_method', 'oauth_token', 'RelayState', 'SAMLResponse', 'from', 'until', 'since', 'order'],
]
const queries = fc.array(fc.tuple(fc.constantFrom(...words, ...inAddresses), texts), {
  maxLength: 3,
})
const segments = fc.oneof(
  fc.uuid(),
  fc.constantFrom('google', 'github', 'apple', 'custom:x', 'constructor', 'toString'),
  texts.map((text) => encodeURIComponent(text.replace(/[\ud800-\udfff]/g, '?')).slice(0, 200) || 'x'),
)
const types = fc.constantFrom(
  'application/json',
  'application/json',
  'application/json',
  'application/x-www-form-urlencoded',
  'text/plain',
  'application/json; charset=utf-16',
  '',
)

const requests = fc.record({
  body: bodies,
  query: queries,
  segment: segments,
  type: types,
  extra: fc.constantFrom(
    {},
    { 'watchword-session': 'cookie' },
    { 'watchword-session': 'x' },
    { origin: 'http://localhost:1' },
    { 'idempotency-key': 'same' },
    { 'x-supabase-api-version': '2024-01-01' },
    { cookie: '__Host-watchword-access=x' },
    { redirect_to: 'https://evil.test' },
    { 'accept-language': 'xx-yy' },
    { authorization: 'Basic JTAwOng=' },
    { session: 'x' },
    { referer: 'https://evil.test/' },
  ),
})

async function shoot(
  route: ScannedRoute,
  shot: ReturnType<typeof requests.generate>['value'],
  bearer: string | undefined,
): Promise<Reply> {
  const search = new URLSearchParams(shot.query.map(([name, text]): [string, string] => [name, text])).toString()
  const hasBody = route.method !== 'GET' && shot.body !== ''
  // What begins at a provider begins under the public name, or goes there first.
  const origin = route.method === 'GET' ? world.config.settings.publicUrl : world.url
  const reply = await send(`${origin}${route.filled(shot.segment)}${search === '' ? '' : `?${search}`}`, {
    method: route.method,
    ...(hasBody ? { raw: shot.body } : {}),
    headers: {
      'x-client-key': world.publishableKey,
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      ...(hasBody ? { 'content-type': shot.type } : {}),
      ...shot.extra,
    },
  })
  const what = `${route.method} ${route.path} ${JSON.stringify(shot)} → ${reply.status} ${reply.text.slice(0, 300)}`
  expect(reply.status, what).toBeLessThan(500)
  if (reply.status >= 400) expectNoInnards(reply.text, what)
  return reply
}

describe('input does not crash it', () => {
  it('S145 generated requests on every route, with and without credentials', { timeout: 240_000 }, async () => {
    const me = await signedInAt(world, doorNamed('native', world))
    for (const route of routes)
      for (const bearer of [undefined, me.access, world.secretKey]) {
        const property = fc.asyncProperty(requests, async (shot) => void (await shoot(route, shot, bearer)))
        await fc.assert(property, { seed, numRuns: 12, endOnFailure: true })
      }
    expect(rejections).toEqual([])
    expect((await send(`${world.url}/health`)).status).toBe(200)
    expect(world.log.filter(({ level }) => level === 'error')).toEqual([])
  })

  it('S145 good requests with one thing changed', { timeout: 120_000 }, async () => {
    const native = doorNamed('native', world)
    const good: readonly (readonly [string, string, object])[] = [
      [
        'POST',
        '/v1/sign-up/password',
        {
          email: 'm@example.test',
          password: 'slow brown walrus juggles 7',
          metadata: { a: 1 },
          displayName: 'M',
          locale: 'en',
        },
      ],
      [
        'POST',
        '/v1/sign-in/code',
        {
          email: 'm@example.test',
          createUser: true,
          codeChallenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
          state: 's',
        },
      ],
      ['POST', '/auth/v1/signup', { email: 'm@example.test', password: 'slow brown walrus juggles 7', data: { a: 1 } }],
      ['POST', '/auth/v1/verify', { type: 'signup', email: 'm@example.test', token: '123456' }],
      [
        'POST',
        '/auth/v1/admin/users',
        { email: 'n@example.test', password: 'x', user_metadata: {}, ban_duration: '1h', role: 'x' },
      ],
      [
        'POST',
        '/auth/v1/admin/generate_link',
        { type: 'signup', email: 'n@example.test', password: 'slow brown walrus juggles 7' },
      ],
      ['POST', '/auth/v1/invite', { email: 'n@example.test', data: {} }],
      ['POST', '/v1/admin/users', { email: 'o@example.test', roles: ['user'], appMetadata: {}, bannedUntil: null }],
      ['POST', '/v1/admin/users/import', { users: [{ email: 'p@example.test' }], onConflict: 'skip', dryRun: false }],
      ['POST', '/v1/admin/api-keys', { kind: 'secret', name: 'x', scopes: ['users:read'], expiresAt: null }],
      ['POST', '/v1/admin/invites', { email: 'q@example.test' }],
    ]
    for (const [method, path, body] of good)
      for (const name of Object.keys(body)) {
        const property = fc.asyncProperty(anything.value, async (value) => {
          const reply = await send(world.url + path, {
            method,
            json: { ...body, [name]: value },
            bearer: world.secretKey,
          })
          expect(reply.status, `${path} ${name}=${JSON.stringify(value)} ${reply.text.slice(0, 300)}`).toBeLessThan(500)
        })
        await fc.assert(property, { seed, numRuns: 15, endOnFailure: true })
      }
    expect((await native.call('/settings')).status).toBe(200)
    expect(rejections).toEqual([])
  })

  it('S145 bytes that are hardly HTTP', { timeout: 120_000 }, async () => {
    const lines = fc.array(
      fc.oneof(
        fc.constantFrom(
          'GET /v1/me HTTP/1.1',
          'Host: x',
          'Content-Length: 5',
          'Transfer-Encoding: chunked',
          '',
          '{}',
          '5',
          '0',
          'Expect: 100-continue',
          'Upgrade: websocket',
          'Connection: upgrade',
          'Connection: close',
          'Cookie: a=b',
        ),
        fc.string({ unit: 'binary', maxLength: 60 }),
      ),
      { maxLength: 12 },
    )
    const property = fc.asyncProperty(lines, async (parts) => {
      const answer = await raw(world.url, Buffer.from(`${parts.join('\r\n')}\r\n\r\n`, 'latin1'), { quietMs: 60 })
      expect([0, 100, 200, 400, 401, 403, 404, 405, 408, 413, 415, 417, 431, 501], answer.all.slice(0, 200)).toContain(
        answer.status,
      )
    })
    await fc.assert(property, { seed, numRuns: 300, endOnFailure: true })
    for (const expectation of ['100-continue', 'nonsense', '200-ok'])
      expect(
        (
          await raw(
            world.url,
            requestText(
              'POST',
              '/v1/sign-in/password',
              { Expect: expectation, 'content-type': 'application/json', Connection: 'close' },
              '{}',
            ),
          )
        ).status,
      ).toBeLessThan(500)
    expect((await send(`${world.url}/health`)).status).toBe(200)
    expect(rejections).toEqual([])
  })
})
