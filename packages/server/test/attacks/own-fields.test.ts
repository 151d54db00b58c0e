import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { User } from '#src/core/users/user.ts'
import { startWorld, type World } from '../world/world.ts'
import type { Door } from './wire/door.ts'
import { doorNamed, doorNames, doorsOf } from './wire/doors.ts'
import { read } from './wire/forge.ts'
import { freshEmail, goodPassword, signedInAt } from './wire/people.ts'
import { at, parallel, type Reply, statuses } from './wire/send.ts'

let world: World

beforeAll(async () => {
  world = await startWorld({ config: { signUp: { emailConfirmation: false } } })
})
afterAll(() => world.close())

const chosenId = '01999999-9999-7999-8999-999999999999'
const past = '2001-01-01T00:00:00Z'

/** What nobody may say about themselves, in the spelling of either dialect. */
const forbidden: Readonly<Record<string, unknown>> = {
  id: chosenId,
  role: 'service_role',
  aud: 'admins',
  app_metadata: { plan: 'gold' },
  appMetadata: { plan: 'gold' },
  raw_app_meta_data: { plan: 'gold' },
  raw_user_meta_data: { plan: 'gold' },
  is_anonymous: true,
  isAnonymous: true,
  is_super_admin: true,
  is_sso_user: true,
  isSso: true,
  email_confirmed_at: past,
  emailConfirmedAt: past,
  emailConfirmed: true,
  email_confirm: true,
  phone_confirmed_at: past,
  confirmed_at: past,
  banned_until: past,
  bannedUntil: past,
  ban_duration: '24h',
  deleted_at: past,
  created_at: past,
  createdAt: past,
  identities: [{ provider: 'google', subject: '1' }],
  factors: [],
  aal: 'aal2',
  verified: true,
  email_verified: true,
  defaultRole: 'admin',
  password_hash: '$2a$10$abcdefghijklmnopqrstuv',
  passwordHash: '$2a$10$abcdefghijklmnopqrstuv',
  Role: 'service_role',
  ROLE: 'service_role',
  options: { role: 'service_role', data: { role: 'service_role' } },
}

/** The account as everything that matters here sees it. */
function standing(user: User | undefined): object {
  if (user === undefined) throw new Error('the account is gone')
  const { role, roles, defaultRole, appMetadata, isSso, bannedUntil, deletedAt, invitedAt } = user
  return { role, roles, defaultRole, appMetadata, isSso, bannedUntil, deletedAt, invitedAt }
}

const plain = {
  role: 'authenticated',
  roles: ['user', 'me'],
  defaultRole: 'user',
  appMetadata: {},
  isSso: false,
  bannedUntil: null,
  deletedAt: null,
  invitedAt: null,
}

/** 400, or ignored: then the account and its token are as if nothing had been said. */
async function expectHarmless(door: Door, reply: Reply, what: string): Promise<void> {
  if (!door.isSession(reply)) {
    expect([400, 403], `${what}: ${reply.text}`).toContain(reply.status)
    return
  }
  // The native dialect knows its fields: nothing else is ever ignored.
  expect(door.name, `${what} was ignored`).toBe('supabase')
  const held = door.held(reply)
  expect(held.userId).not.toBe(chosenId)
  const user = await world.core.users.find(held.userId)
  expect(standing(user), what).toEqual(plain)
  expect(Number(user?.createdAt)).toBeGreaterThan(Date.now() - 60_000)
  const { claims } = read(held.access)
  expect(claims, what).toMatchObject({ role: 'authenticated', aal: 'aal1', aud: 'authenticated' })
}

describe.each(doorNames)('users write only their own fields, through %s', (name) => {
  const door = () => doorNamed(name, world)
  const signUpPath = () => (name === 'native' ? '/sign-up/password' : '/signup')
  const base = () => ({ email: freshEmail(), password: goodPassword })

  it('S98 at sign-up, one by one and all together', async () => {
    for (const [field, value] of Object.entries(forbidden))
      await expectHarmless(door(), await door().call(signUpPath(), { json: { ...base(), [field]: value } }), field)
    await expectHarmless(door(), await door().call(signUpPath(), { json: { ...base(), ...forbidden } }), 'all')
  })

  it('S98 twice in one body, the second one counting', async () => {
    const { email, password } = base()
    const raw = `{"email":"${email}","password":"${password}","role":"x","role":"service_role","app_metadata":{},"app_metadata":{"a":1}}`
    const reply = await door().call(signUpPath(), { raw, headers: { 'content-type': 'application/json' } })
    await expectHarmless(door(), reply, 'twice')
  })

  it('S98 as a guest', async () => {
    const path = name === 'native' ? '/sign-up/anonymous' : '/signup'
    for (const [field, value] of Object.entries(forbidden)) {
      const reply = await door().call(path, { json: { [field]: value } })
      await expectHarmless(door(), reply, field)
      if (door().isSession(reply)) expect(read(door().held(reply).access).claims['is_anonymous'], field).toBe(true)
    }
  })

  it('S98 in metadata they are only words', async () => {
    const reply = await door().signUp(freshEmail(), goodPassword, {
      ...forbidden,
      sub: chosenId,
      email: 'admin@example.test',
    })
    const held = door().held(reply)
    expect(standing(await world.core.users.find(held.userId))).toEqual(plain)
    const { claims } = read(held.access)
    expect(claims).toMatchObject({ role: 'authenticated', aal: 'aal1', sub: held.userId, is_anonymous: false })
    expect(claims['email']).not.toBe('admin@example.test')
    expect((await door().admin('/users', { bearer: held.access })).status).toBeGreaterThanOrEqual(401)
  })

  it('S98 in an update', async () => {
    const me = await signedInAt(world, door())
    const update = (json: object) =>
      door().call(name === 'native' ? '/me' : '/user', {
        method: name === 'native' ? 'PATCH' : 'PUT',
        bearer: me.access,
        json,
      })
    for (const [field, value] of Object.entries(forbidden)) {
      const reply = await update({ [field]: value })
      if (name === 'native') expect(reply.status, `${field}: ${reply.text}`).toBe(400)
      else expect([200, 400, 403], `${field}: ${reply.text}`).toContain(reply.status)
    }
    expect((await door().updateMetadata(me.access, forbidden)).status).toBe(200)
    expect(standing(await world.core.users.find(me.id))).toEqual(plain)
    const held = door().held(await door().refresh(me.refresh))
    expect(read(held.access).claims).toMatchObject({ role: 'authenticated', aal: 'aal1', sub: me.id })
  })
})

describe.each(doorNames)('no prototype games, through %s', (name) => {
  const door = () => doorNamed(name, world)
  const path = () => (name === 'native' ? '/me' : '/user')
  const field = () => (name === 'native' ? 'metadata' : 'data')
  const keys = ['__proto__', 'constructor', 'prototype', '__defineGetter__', 'hasOwnProperty', 'toString']

  it('S99 a key named like a prototype is refused or plain data, at any depth', async () => {
    const me = await signedInAt(world, door())
    const bystander = await signedInAt(world, door())
    const before = (await door().me(bystander.access)).text
    for (const key of keys) {
      const bodies = [
        `{"${key}":{"polluted":1}}`,
        `{"${field()}":{"${key}":{"polluted":1}}}`,
        `{"${field()}":{"a":{"b":[{"${key}":{"polluted":1}}]}}}`,
        `{"${field()}":{"constructor":{"prototype":{"polluted":1}}}}`,
        `{"${field()}":{"\\u005f_proto__":{"polluted":1}}}`,
      ]
      for (const raw of bodies) {
        const headers = { 'content-type': 'application/json' }
        const method = name === 'native' ? 'PATCH' : 'PUT'
        const reply = await door().call(path(), { method, raw, headers, bearer: me.access })
        expect([200, 400], `${raw}: ${reply.text}`).toContain(reply.status)
        const admin = await door().call(name === 'native' ? '/admin/users' : '/admin/users', {
          raw: raw.replace('{', `{"email":"${freshEmail()}",`).replace('"data"', '"user_metadata"'),
          headers,
          bearer: world.secretKey,
        })
        expect([200, 201, 400], `${raw}: ${admin.text}`).toContain(admin.status)
      }
      const query = await door().call(`${path()}?${key}=x&${key}[polluted]=1&constructor.prototype.polluted=1`, {
        bearer: me.access,
      })
      expect([200, 400]).toContain(query.status)
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect((await door().me(bystander.access)).text).toBe(before)
  })

  it('S99 what is kept of it reads back as plain data', async () => {
    const me = await signedInAt(world, door())
    const data = { constructor: { prototype: { x: 1 } }, toString: 'text', hasOwnProperty: 1 }
    expect((await door().updateMetadata(me.access, data)).status).toBe(200)
    const kept = await door().me(me.access)
    expect(at(kept.body, name === 'native' ? 'metadata' : 'user_metadata')).toMatchObject(data)
    expect(JSON.stringify(read(door().held(await door().refresh(me.refresh)).access).claims)).toContain(
      '"prototype":{"x":1}',
    )
  })
})

describe('metadata has limits', () => {
  const kept = async (door: Door, access: string) =>
    at((await door.me(access)).body, door.name === 'native' ? 'metadata' : 'user_metadata') as Record<string, unknown>
  const nested = (depth: number): object => (depth === 0 ? {} : { a: nested(depth - 1) })

  it('S100 what is too large, too deep, too wide or not text is refused', async () => {
    for (const door of doorsOf(world)) {
      const me = await signedInAt(world, door)
      const many = Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`k${index}`, 1]))
      for (const data of [{ a: 'x'.repeat(65 * 1024) }, nested(33), many])
        expect([400, 413], JSON.stringify(data).slice(0, 40)).toContain(
          (await door.updateMetadata(me.access, data)).status,
        )
      const field = door.name === 'native' ? 'metadata' : 'data'
      const call = (value: string) =>
        door.call(door.name === 'native' ? '/me' : '/user', {
          method: door.name === 'native' ? 'PATCH' : 'PUT',
          raw: `{"${field}":${value}}`,
          headers: { 'content-type': 'application/json' },
          bearer: me.access,
        })
      for (const value of [
        '{"a":"\\u0000"}',
        '{"a":"\\ud800"}',
        '{"\\u0000":1}',
        '{"a":1e400}',
        '{"a":-1e999}',
        '[]',
        '"x"',
        '7',
      ])
        expect((await call(value)).status, value).toBe(400)
      expect(await kept(door, me.access)).not.toHaveProperty('a')
    }
  })

  it('S100 what is accepted reads back identical', async () => {
    const data = {
      text: 'ünï — 漢字 👩‍👩‍👧 \u2028 \\ " \' </script>',
      numbers: [0, -1, 0.1, 1e-7, 1.7976931348623157e308, 9007199254740991],
      nested: { a: [null, true, [], {}, ''] },
      '': 'empty key',
      'a.b[c]': 1,
      ' spaced ': 'x',
    }
    for (const door of doorsOf(world)) {
      const me = await signedInAt(world, door)
      await door.updateMetadata(me.access, data)
      expect(await kept(door, me.access)).toMatchObject(data)
      expect((await door.updateMetadata(me.access, { text: null })).status).toBe(200)
      expect(await kept(door, me.access)).not.toHaveProperty('text')
    }
  })

  it('S100 merges at once lose no key', async () => {
    for (const door of doorsOf(world)) {
      const me = await signedInAt(world, door)
      const replies = await parallel(50, (index) => door.updateMetadata(me.access, { [`key${index}`]: index }))
      expect(statuses(replies)).toEqual({ 200: 50 })
      const found = await kept(door, me.access)
      for (let index = 0; index < 50; index += 1) expect(found[`key${index}`]).toBe(index)
    }
  })

  it('S100 a thousand merges end at the limit, not beyond it', async () => {
    const door = doorNamed('supabase', world)
    const me = await signedInAt(world, door)
    const filler = 'x'.repeat(1_000)
    const counts: number[] = []
    for (let round = 0; round < 40; round += 1) {
      const replies = await parallel(25, (index) =>
        door.updateMetadata(me.access, { [`k${round}-${index}-${randomUUID()}`]: filler }),
      )
      counts.push(...replies.map(({ status }) => status))
    }
    expect(counts.filter((status) => status === 200).length).toBeGreaterThan(40)
    expect(counts.filter((status) => ![200, 400, 413].includes(status))).toEqual([])
    const user = await world.core.users.find(me.id)
    expect(Buffer.byteLength(JSON.stringify(user?.metadata))).toBeLessThanOrEqual(65_536)
  })
})
