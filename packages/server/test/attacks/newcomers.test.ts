import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const password = 'correct horse battery 9'
const anAddress = (name: string) => `${name}-${randomUUID()}@example.test`

interface Reply {
  readonly status: number
  readonly text: string
}

/** The insert of `altan-auth`. @param bearer default the publishable key, as its client sends it */
async function insert(row: unknown, bearer = world.publishableKey, apikey = world.publishableKey): Promise<Reply> {
  const response = await fetch(`${world.url}/rest/v1/users`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', apikey, authorization: `Bearer ${bearer}` },
    body: typeof row === 'string' ? row : JSON.stringify(row),
  })
  return { status: response.status, text: await response.text() }
}

async function signUp(email: string, data: object = {}): Promise<{ id: string; email: string }> {
  const response = await fetch(`${world.url}/auth/v1/signup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', apikey: world.publishableKey },
    body: JSON.stringify({ email, password, data }),
  })
  if (response.status !== 200) throw new Error(await response.text())
  return { id: ((await response.json()) as { id: string }).id, email }
}

/** Somebody with a proved address, signed in. */
async function aPerson(metadata: object = {}): Promise<{ id: string; email: string; access: string }> {
  const email = anAddress('somebody')
  const made = await fetch(`${world.url}/auth/v1/admin/users`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${world.secretKey}` },
    body: JSON.stringify({ email, password, email_confirm: true, user_metadata: metadata }),
  })
  const { id } = (await made.json()) as { id: string }
  const opened = await fetch(`${world.url}/auth/v1/token?grant_type=password`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  })
  return { id, email, access: ((await opened.json()) as { access_token: string }).access_token }
}

const metadataOf = async (id: string) => (await world.core.users.find(id))?.metadata

describe('the names of newcomers', () => {
  it('S98 are all that is taken from a row', async () => {
    const me = await signUp(anAddress('fresh'))
    const before = await world.core.users.find(me.id)
    const more = {
      ...{ role: 'service_role', roles: ['admin'], app_metadata: { admin: true }, is_super_admin: true },
      ...{ verified: true, email_confirmed_at: '2020-01-01T00:00:00Z', banned_until: null, user_metadata: { a: 1 } },
    }
    expect(await insert({ ...me, name: 'Ada', surname: 'Lovelace', ...more })).toEqual({ status: 201, text: '' })
    expect(await world.core.users.find(me.id)).toEqual({
      ...before,
      metadata: { name: 'Ada', surname: 'Lovelace' },
      updatedAt: expect.any(Date),
      // When the mail has left.
      confirmationSentAt: expect.any(Date),
    })
  })

  it('S98 never replace a name that is there', async () => {
    const me = await signUp(anAddress('named'), { name: 'Ada' })
    expect((await insert({ ...me, name: 'Eve', surname: 'Lovelace' })).status).toBe(201)
    expect((await insert({ ...me, name: 'Eve', surname: 'Mallory' })).status).toBe(201)
    expect(await metadataOf(me.id)).toEqual({ name: 'Ada', surname: 'Lovelace' })
  })

  it('S101 are put on nobody else’s account, and it is not told whether there is one', async () => {
    const [me, other] = [await aPerson(), await aPerson()]
    const foreign = await insert({ id: other.id, email: other.email, name: 'Eve', surname: 'M' }, me.access)
    const nobody = await insert({ id: randomUUID(), email: other.email, name: 'Eve', surname: 'M' }, me.access)
    expect(foreign.status).toBe(403)
    expect(nobody).toEqual(foreign)
    expect(JSON.parse(foreign.text)).toEqual({ code: '42501', message: expect.any(String), details: null, hint: null })
    expect(await metadataOf(other.id)).toEqual({})
    expect(await insert({ id: me.id, email: me.email, name: 'Ada', surname: 'L' }, me.access)).toEqual({
      status: 201,
      text: '',
    })
    expect(await metadataOf(me.id)).toEqual({ name: 'Ada', surname: 'L' })
  })

  it('S101 are put without a session on a fresh sign-up alone, named by id and address together', async () => {
    const row = { name: 'Eve', surname: 'Mallory' }
    const [fresh, confirmed, invited] = [await signUp(anAddress('fresh')), await aPerson(), await anInvited()]
    const old = await signUp(anAddress('old'))
    for (const target of [
      { id: fresh.id, email: anAddress('wrong') },
      { id: fresh.id },
      { id: confirmed.id, email: confirmed.email },
      { id: invited.id, email: invited.email },
    ])
      expect(await insert({ ...target, ...row })).toEqual({ status: 201, text: '' })
    world.clock.move(180)
    expect(await insert({ ...old, ...row })).toEqual({ status: 201, text: '' })
    world.clock.move(-180)
    for (const { id } of [fresh, confirmed, invited, old]) expect((await metadataOf(id))?.['name'], id).toBeUndefined()
  })

  it('S12 look the same for a taken address, a fresh one, and nobody', async () => {
    const taken = await aPerson()
    const concealed = await signUp(taken.email)
    const fresh = await signUp(anAddress('fresh'))
    const answers = []
    for (const target of [concealed, fresh, { id: randomUUID(), email: taken.email }])
      answers.push(await insert({ ...target, name: 'Eve', surname: 'M' }))
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(new Set(['{"status":201,"text":""}']))
    expect(await metadataOf(taken.id)).toEqual({})
  })

  it('S32 do not survive a sign-up that takes the place of an earlier one, nor does an earlier one’s row reach it late', async () => {
    const email = anAddress('victim')
    const attacker = await signUp(email)
    expect((await insert({ ...attacker, name: 'Eve', surname: 'Mallory' })).status).toBe(201)
    const owner = await signUp(email, { name: 'Ada', surname: 'Lovelace' })
    await insert({ ...attacker, name: 'Eve', surname: 'Mallory' })
    expect(await metadataOf(owner.id)).toEqual({ name: 'Ada', surname: 'Lovelace' })
  })

  it('S100 are short texts, and a row is an object with the id of an account', async () => {
    const me = await aPerson()
    for (const row of [
      ...['', 'null', '[]', '"x"', '{', '[{"id":1}]', `{"id":"${me.id}","name":"\\u0000"}`],
      ...[
        {},
        { id: 'x' },
        { id: 7 },
        { id: me.id, name: 7 },
        { id: me.id, name: { a: 1 } },
        { id: me.id, surname: [] },
      ],
      ...[{ id: me.id, name: 'x'.repeat(201) }, { id: `${me.id}' or 1=1--` }, { id: me.id, email: 'nobody' }],
    ]) {
      const reply = await insert(row, me.access)
      expect(reply.status, JSON.stringify(row)).toBeGreaterThanOrEqual(400)
      expect(reply.status, JSON.stringify(row)).toBeLessThan(500)
      expect(JSON.parse(reply.text), JSON.stringify(row)).toMatchObject({
        code: expect.any(String),
        message: expect.any(String),
      })
    }
    expect(await metadataOf(me.id)).toEqual({})
  })

  it('S99 leave prototypes alone', async () => {
    const me = await aPerson()
    const row = `{"id":"${me.id}","__proto__":{"name":"Eve"},"constructor":{"prototype":{"surname":"M"}}}`
    expect((await insert(row, me.access)).status).toBeLessThan(500)
    expect(await metadataOf(me.id)).toEqual({})
    expect(({} as { name?: string }).name).toBeUndefined()
  })

  it('S101 a token that is not good is no key, and a key need not look like one', async () => {
    const me = await signUp(anAddress('tenant'))
    const forged = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.x'
    expect((await insert({ ...me, name: 'Eve' }, forged)).status).toBeGreaterThanOrEqual(400)
    expect(await metadataOf(me.id)).toEqual({})
    const tenant = 'tenant_0199b1c2_0000_7000_8000_000000000000'
    expect((await insert({ ...me, name: 'Ada', surname: '' }, tenant, tenant)).status).toBe(201)
    expect(await metadataOf(me.id)).toEqual({ name: 'Ada', surname: '' })
  })

  it('S51 are taken from nobody whose session has ended', async () => {
    const me = await aPerson()
    const ended = await fetch(`${world.url}/auth/v1/logout?scope=global`, {
      method: 'POST',
      headers: { authorization: `Bearer ${me.access}` },
    })
    expect(ended.status).toBe(204)
    expect((await insert({ id: me.id, email: me.email, name: 'Eve' }, me.access)).status).toBeGreaterThanOrEqual(400)
    expect(await metadataOf(me.id)).toEqual({})
  })
})

async function anInvited(): Promise<{ id: string; email: string }> {
  const email = anAddress('invited')
  const response = await fetch(`${world.url}/auth/v1/invite`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${world.secretKey}` },
    body: JSON.stringify({ email }),
  })
  return { id: ((await response.json()) as { id: string }).id, email }
}

describe('the users table', () => {
  it('can be switched off, and goes with the dialect', async () => {
    const off = await startWorld({ config: { dialects: { supabase: { usersTable: false } } } })
    expect((await fetch(`${off.url}/rest/v1/users`, { method: 'POST' })).status).toBe(404)
    await off.close()
    const moved = await startWorld({ config: { dialects: { supabase: { path: '/shop/auth/v1' } } } })
    expect((await fetch(`${moved.url}/rest/v1/users`, { method: 'POST' })).status).toBe(404)
    expect((await fetch(`${moved.url}/shop/rest/v1/users`, { method: 'POST' })).status).toBe(415)
    await moved.close()
  })

  it('is nothing but that: no reading, no other table', async () => {
    for (const [method, path] of [
      ['GET', '/users'],
      ['PATCH', '/users'],
      ['DELETE', '/users'],
      ['POST', '/orders'],
      ['GET', '/'],
    ] as const) {
      const response = await fetch(`${world.url}/rest/v1${path}`, { method, headers: { apikey: world.secretKey } })
      expect([404, 405], `${method} ${path}`).toContain(response.status)
      expect(await response.json()).toMatchObject({ code: expect.any(String) })
    }
  })
})
