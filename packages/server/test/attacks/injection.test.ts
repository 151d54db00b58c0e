import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import { doorNamed } from './wire/doors.ts'
import { countRows } from './wire/dump.ts'
import { expectNoInnards } from './wire/leaks.ts'
import { aPerson, freshEmail, goodPassword, signedInAt } from './wire/people.ts'
import { routesOf } from './wire/routes.ts'
import { at, send, verdict } from './wire/send.ts'

let world: World

beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const hostile = [
  "'",
  "' or '1'='1",
  "'; drop table auth.users; --",
  '"',
  '--',
  '/*',
  ';',
  '%',
  '_',
  '\\',
  "\\'",
  '$1',
  '{{7*7}}',
  '%00',
  'NULL',
  '1e3',
  '😀'.repeat(50),
  '\u202e',
]

describe('data access is parameterised', () => {
  it('S105 no text in any query changes the question', { timeout: 120_000 }, async () => {
    const users = await countRows(world.database, 'users')
    const names = [
      'q',
      'email',
      'filter',
      'sort',
      'cursor',
      'page',
      'per_page',
      'limit',
      'query',
      'action',
      'userId',
      'ip',
      'status',
      'role',
      'provider',
      'createdAfter',
      'after',
      'before',
      'state',
      'to',
      'template',
    ]
    for (const route of (await routesOf(world)).filter(({ method }) => method === 'GET'))
      for (const name of names)
        for (const text of ["' or '1'='1", '%_\\', '\u202e{{7*7}}']) {
          const reply = await send(`${world.url}${route.filled('x')}?${name}=${encodeURIComponent(text)}`, {
            bearer: world.secretKey,
          })
          expect(reply.status, `${route.path}?${name}=${text} ${reply.text.slice(0, 200)}`).toBeLessThan(500)
          if (reply.status >= 400) expectNoInnards(reply.text, `${route.path}?${name}=${text}`)
        }
    expect(await countRows(world.database, 'users')).toBe(users)
  })

  it('S105 a wildcard is a character like any other', async () => {
    const odd = await aPerson(world, { email: freshEmail('under_score%25') })
    await aPerson(world, { email: freshEmail('underXscore') })
    const found = async (url: string, ...path: string[]) => {
      const reply = await send(world.url + url, { bearer: world.secretKey })
      expect(reply.status, reply.text).toBe(200)
      return (at(reply.body, ...path) as { email: string }[]).map(({ email }) => email)
    }
    for (const text of ['under_', 'under%', 'und%re', '%', '_', '\\'])
      for (const emails of [
        await found(`/v1/admin/users?q=${encodeURIComponent(text)}`, 'items'),
        await found(`/auth/v1/admin/users?filter=${encodeURIComponent(text)}&page=1&per_page=50`, 'users'),
      ])
        for (const email of emails) expect(email.includes(text) || text === '', `${text} found ${email}`).toBe(true)
    expect(await found('/v1/admin/users?q=under_score', 'items')).toEqual([odd.email])
  })

  it('S105 pages have a size, and sorting a closed list', async () => {
    for (const size of ['-1', '0', '1000000000', '1e3', '1.5', 'NaN', ' 5', '0x10', '5;drop', '', '9'.repeat(400)])
      for (const path of [
        `/v1/admin/users?limit=${encodeURIComponent(size)}`,
        `/auth/v1/admin/users?page=1&per_page=${encodeURIComponent(size)}`,
      ]) {
        const reply = await send(world.url + path, { bearer: world.secretKey })
        expect([200, 400], `${path} ${reply.text.slice(0, 200)}`).toContain(reply.status)
        if (reply.status === 200)
          expect(((at(reply.body, 'items') ?? at(reply.body, 'users')) as unknown[]).length).toBeLessThanOrEqual(1_000)
      }
    for (const sort of [
      'email;drop',
      'password_hash',
      'passwordHash',
      'createdAt desc',
      'id,email',
      '-',
      'constructor',
      '__proto__',
    ])
      for (const path of ['/v1/admin/users', '/auth/v1/admin/users']) {
        const reply = await send(`${world.url}${path}?sort=${encodeURIComponent(sort)}`, { bearer: world.secretKey })
        expect([200, 400], `${path} ${sort}`).toContain(reply.status)
        if (path.startsWith('/v1')) expect(verdict(reply), sort).toBe('400 validation_failed')
      }
    for (const query of ['order[]=1', 'limit[]=5', 'sort[]=email', 'q[$ne]=x', 'q=a&q=b'])
      expect([200, 400]).toContain(
        (await send(`${world.url}/v1/admin/users?${query}`, { bearer: world.secretKey })).status,
      )
    expect(
      (await send(`${world.url}/v1/admin/users?q=${'a'.repeat(10_000)}`, { bearer: world.secretKey })).status,
    ).toBe(400)
  })

  it('S105 a cursor is ours, and for the list it came from', async () => {
    for (let count = 0; count < 4; count += 1) await aPerson(world)
    const list = await send(`${world.url}/v1/admin/users?limit=2`, { bearer: world.secretKey })
    const cursor = String(at(list.body, 'nextCursor'))
    const call = (path: string, given: string, bearer = world.secretKey) =>
      send(`${world.url}${path}${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(given)}`, { bearer })
    expect((await call('/v1/admin/users?limit=2', cursor)).status).toBe(200)
    const flipped = (cursor.startsWith('A') ? 'B' : 'A') + cursor.slice(1)
    const made = Buffer.from(JSON.stringify({ createdAt: '2020-01-01', id: 'x' })).toString('base64url')
    for (const forged of [
      flipped,
      `${cursor}A`,
      cursor.slice(0, -2),
      made,
      '',
      'x',
      "'",
      'a'.repeat(5_000),
      '%00',
      `${cursor.split('.')[0] ?? ''}.AAAA`,
    ])
      expect(verdict(await call('/v1/admin/users?limit=2', forged)), forged.slice(0, 30)).toBe('400 validation_failed')
    expect(verdict(await call('/v1/admin/audit', cursor))).toBe('400 validation_failed')
    expect(verdict(await call('/v1/admin/users?sort=email', cursor))).toBe('400 validation_failed')
    const me = await signedInAt(world, doorNamed('native', world))
    expect(verdict(await call('/v1/me/sessions', cursor, me.access))).toBe('400 validation_failed')
  })

  it('S105 hostile text in every field is refused or kept as it is', async () => {
    const native = doorNamed('native', world)
    const supabase = doorNamed('supabase', world)
    const me = await signedInAt(world, native)
    for (const text of hostile) {
      for (const door of [native, supabase]) {
        for (const reply of [
          await door.signIn(text, text),
          await door.signUp(text, goodPassword),
          await door.requestCode(text),
          await door.recover(text),
          await door.refresh(text),
          await door.exchange(text, text),
          await door.admin(`/users/${encodeURIComponent(text)}`),
        ]) {
          expect([400, 403, 404, 410, 422], `${door.name} ${text} ${reply.text}`).toContain(reply.status)
          expectNoInnards(reply.text, text)
        }
        expect((await door.updateMetadata(me.access, { text, [text]: text })).status).toBe(200)
        const user = await world.core.users.find(me.id)
        expect(user?.metadata).toMatchObject({ text, [text]: text })
      }
      const named = await native.call('/me', {
        method: 'PATCH',
        json: { displayName: text.slice(0, 20) },
        bearer: me.access,
      })
      expect([200, 400]).toContain(named.status)
    }
    expect((await native.me(me.access)).status).toBe(200)
  })
})
