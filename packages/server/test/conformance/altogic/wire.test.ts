import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { altogicMounts } from '#src/dialects/altogic/mount.ts'
import { createUser } from '#src/flows/admin/create-user.ts'
import { at, type Reply, send } from '../../attacks/wire/send.ts'
import { aCaller } from '../../world/core.ts'
import { startWorld, type World } from '../../world/world.ts'
import { anAddress, goodPassword } from './clients.ts'

// What the dialect answers to whatever is not said as the official client says it.
const site = 'http://localhost:3000'
const maker = { type: 'system', id: 'test' } as const
/** Tests draw the same values each time; another seed is one variable away. */
const seed = Number(process.env['WATCHWORD_TEST_SEED'] ?? 20_260_101)
let world: World
let routes: { readonly method: string; readonly path: string; readonly body: string | undefined }[]

beforeAll(async () => {
  world = await startWorld({
    config: { siteUrl: site, phone: { enabled: true, countries: ['US', 'DE'] }, providers: {} },
  })
  routes = altogicMounts(world.core, world.config.deployment.dialects.altogic)
    .flatMap(({ base, routes: own }) => own.map(({ method, path, body }) => ({ method, path: base + path, body })))
    .map((route) => ({ ...route, path: filled(route.path) }))
})
afterAll(() => world.close())

const filled = (path: string) =>
  path.replace(':environment', 'e:62ab0123').replace(':provider', 'google').replace('*', 'whatever')

async function aPerson() {
  const email = anAddress()
  const about = { way: 'password', email, password: goodPassword, emailConfirmed: true } as const
  const { id } = await createUser(world.core, aCaller(), maker, about)
  return { id, email }
}

/** A session, opened anew: some routes end it. */
async function aSession(userId?: string): Promise<string> {
  const { refreshToken } = await world.core.sessions.open({
    userId: userId ?? (await aPerson()).id,
    dialect: 'test',
    aal: 'aal1',
    amr: [{ method: 'password', at: new Date(0).toISOString(), provider: null }],
    userAgent: null,
    ip: null,
  })
  return refreshToken
}

const key = () => ({ 'x-client-key': world.publishableKey })
const json = { 'content-type': 'application/json' }

/** Success, a redirect, or an error in the form that the client reads; never a fault of ours. */
function expectReadable(what: string, { status, text, body, headers }: Reply): void {
  const said = `${what}: ${status} ${text.slice(0, 300)}`
  expect(status, said).toBeLessThan(500)
  if (status < 400) return
  expect(headers.get('content-type'), said).toContain('application/json')
  expect(at(body, 'errors'), said).toHaveLength(1)
  expect(at(body, 'errors', 0), said).toEqual({
    origin: 'client_error',
    code: expect.stringMatching(/^[a-z_]+$/),
    message: expect.stringMatching(/\S/),
    details: expect.any(Object),
  })
}

const long = 'x'.repeat(100_000)
const bodies: Readonly<Record<string, string | Uint8Array>> = {
  nothing: '',
  'cut off': '{"email":"a',
  null: 'null',
  array: '[]',
  text: '"x"',
  number: '7',
  'two values': '{}{}',
  deep: `${'{"a":'.repeat(500)}1${'}'.repeat(500)}`,
  'bad UTF-8': new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
  large: `{"email":"${'x'.repeat(1_100_000)}"}`,
}
const values: Readonly<Record<string, unknown>> = {
  arrays: ['a@b.test'],
  objects: { $gt: '' },
  numbers: 7,
  true: true,
  null: null,
  'empty text': '',
  'long text': long,
  NUL: 'a\u0000b@example.test',
  'half a character': '\ud800',
  'a long address': `${'a'.repeat(64)}@${'b.'.repeat(400)}test`,
}
const fields = [
  ...['email', 'phone', 'password', 'nameOrUserData', 'name', 'token', 'newPassword', 'oldPassword', 'currentPassword'],
  ...['newEmail', 'newPhone', 'model', 'id', 'values', 'options', 'channel'],
]
const queries: Readonly<Record<string, string>> = {
  none: '',
  empty: '?email=&phone=&code=&key=',
  twice: '?email=a@b.test&email=c@d.test&phone=1&phone=2&code=1&code=2&key=a&key=b',
  brackets: '?email[]=a@b.test&phone[]=1&code[]=1&key[]=a&email[$gt]=',
  NUL: '?email=%00&phone=%00&code=%00&key=%00',
  'bad escapes': '?email=%zz&phone=%&code=%ff&key=%c3%28',
  long: `?email=${'x'.repeat(3_000)}@b.test&phone=${'1'.repeat(3_000)}&code=${'1'.repeat(3_000)}&key=${'k'.repeat(3_000)}`,
  odd: "?email='or'1'='1&phone=++1&code=-1&key=../../x&action=__proto__",
}

describe('every route of the dialect', () => {
  it('answers JSON to bodies that are none', { timeout: 120_000 }, async () => {
    const token = await aSession()
    for (const { method, path, body } of routes.filter((route) => route.method === 'POST'))
      for (const [what, raw] of Object.entries(bodies)) {
        if (path.includes('signout') && what !== 'cut off') continue
        const headers = { ...key(), ...(body === 'form' ? {} : json), session: token }
        expectReadable(`${method} ${path} with ${what}`, await send(world.url + path, { method, raw, headers }))
      }
  })

  it('answers JSON to fields of any kind', { timeout: 120_000 }, async () => {
    for (const { method, path } of routes.filter((route) => route.method === 'POST' && route.body !== 'form')) {
      const session = await aSession()
      for (const [what, value] of Object.entries(values)) {
        const body = Object.fromEntries(fields.map((name) => [name, value]))
        const headers = { ...key(), session }
        expectReadable(`${method} ${path} with ${what}`, await send(world.url + path, { method, json: body, headers }))
      }
    }
  })

  it('answers JSON to queries of any kind', { timeout: 120_000 }, async () => {
    const session = await aSession()
    for (const { method, path } of routes.filter(({ path: each }) => !/signout/.test(each)))
      for (const [what, query] of Object.entries(queries)) {
        const raw = method === 'POST' ? JSON.stringify({ newPassword: goodPassword }) : undefined
        const sending = { method, headers: { ...key(), ...json, session }, ...(raw === undefined ? {} : { raw }) }
        expectReadable(`${method} ${path} with ${what}`, await send(`${world.url}${path}${query}`, sending))
      }
  })

  it('answers JSON to headers of any kind, and to methods it has not', { timeout: 120_000 }, async () => {
    const odd: Record<string, string>[] = [
      {},
      { 'x-client-key': '' },
      { 'x-client-key': 'x'.repeat(5_000) },
      { 'x-client-key': world.secretKey },
      { ...key(), session: '' },
      { ...key(), session: 'x'.repeat(5_000) },
      { ...key(), session: 'a.b.c', authorization: 'Basic !!' },
      { ...key(), cookie: 'session_token=%00; session_token=%; =;' },
      { ...key(), 'content-type': 'text/plain' },
      { ...key(), 'content-type': 'application/json; charset=utf-16' },
      { ...key(), 'content-type': 'application/x-www-form-urlencoded' },
      { ...key(), 'content-type': 'multipart/form-data; boundary=x' },
    ]
    for (const { method, path } of routes)
      for (const headers of odd) {
        const sending = { method, headers, ...(method === 'POST' ? { raw: '{}' } : {}) }
        const what = `${method} ${path} with ${JSON.stringify(headers).slice(0, 80)}`
        expectReadable(what, await send(world.url + path, sending))
      }
    for (const { path } of routes)
      for (const method of ['PUT', 'PATCH', 'DELETE'])
        expectReadable(`${method} ${path}`, await send(world.url + path, { method, headers: key() }))
  })

  it('answers JSON to whatever is made up of things it knows and things it does not', {
    timeout: 240_000,
  }, async () => {
    const { email, id } = await aPerson()
    const known = [email, goodPassword, 'seven quiet otters', '+12025550100', '123456', id, 'users', 'magic-link', 'x']
    const text = fc.oneof(fc.constantFrom(...known), fc.string({ unit: 'binary', maxLength: 40 }), fc.emailAddress())
    const value = fc.oneof({ weight: 3, arbitrary: text }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) })
    const shots = fc.record({
      body: fc.dictionary(fc.constantFrom(...fields), value, { maxKeys: 8 }),
      query: fc.array(fc.tuple(fc.constantFrom('email', 'phone', 'code', 'key', 'action', 'token'), text), {
        maxLength: 4,
      }),
    })
    for (const { method, path, body: kind } of routes) {
      const session = await aSession(id)
      const shoot = fc.asyncProperty(shots, async ({ body, query }) => {
        const search = new URLSearchParams(query)
        const sending = {
          method,
          headers: { ...key(), session, ...(kind === 'form' ? {} : json) },
          ...(method === 'POST' && kind !== 'form' ? { raw: JSON.stringify(body) } : {}),
        }
        const what = `${method} ${path}?${search} ${JSON.stringify(body)}`
        expectReadable(what, await send(`${world.url}${path}?${search}`, sending))
      })
      await fc.assert(shoot, { seed, numRuns: 25, endOnFailure: true })
    }
  })

  it('had no fault of its own in any of it', () => {
    expect(world.log.filter(({ level }) => level === 'error')).toEqual([])
  })
})
