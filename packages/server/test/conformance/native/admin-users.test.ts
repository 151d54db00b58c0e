import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cell } from '#src/dialects/native/admin/export.ts'
import { anAddress, aPerson, type Body, codeOf, type NativeWorld, password, startNative } from './native-world.ts'

let world: NativeWorld
beforeAll(async () => {
  world = await startNative()
})
afterAll(() => world.close())

const make = async (body: object = {}): Promise<Body> =>
  (await world.admin('POST /admin/users', { email: anAddress(), emailConfirmed: true, ...body })).body

describe('the door', () => {
  it('opens for a secret key alone, and never for a browser', async () => {
    const { complete } = await aPerson(world)
    const knock = (token?: string, headers?: Record<string, string>) =>
      world.ask('GET /admin/users', { ...(token === undefined ? {} : { token }), ...(headers ? { headers } : {}) })
    expect(codeOf(await knock())).toBe('no_authorization')
    for (const token of [world.publishableKey, complete.tokens.accessToken, 'nonsense'])
      expect(codeOf(await knock(token))).toBe('not_admin')
    expect(codeOf(await knock(`wws_${'A'.repeat(43)}`))).toBe('key_invalid')
    for (const headers of [{ origin: world.config.settings.siteUrl }, { 'sec-fetch-site': 'same-origin' }])
      expect(codeOf(await knock(world.secretKey, headers as Record<string, string>))).toBe('origin_not_allowed')
    expect((await knock(world.secretKey, { 'sec-fetch-mode': 'cors' })).status).toBe(200)
  })

  it('opens no further than a key’s scopes, at once shut when it is revoked', async () => {
    const made = await world.admin('POST /admin/api-keys', { kind: 'secret', name: 'reader', scopes: ['users:read'] })
    const { key, id } = made.body
    expect(key).toMatch(/^wws_[A-Za-z0-9_-]{43}$/)
    const ask = (line: string, body?: object) => world.ask(line, { token: key, ...(body ? { body } : {}) })
    expect((await ask('GET /admin/users')).status).toBe(200)
    expect(codeOf(await ask('POST /admin/users', { email: anAddress() }))).toBe('insufficient_scope')
    expect(codeOf(await ask('GET /admin/audit'))).toBe('insufficient_scope')
    const keyMaker = await world.admin('POST /admin/api-keys', { kind: 'secret', name: 'k', scopes: ['keys:write'] })
    const grab = { kind: 'secret', name: 'more', scopes: ['admin'] }
    const grabbed = await world.ask('POST /admin/api-keys', { token: keyMaker.body.key, body: grab })
    expect(codeOf(grabbed)).toBe('insufficient_scope')
    const listed = await world.admin('GET /admin/api-keys')
    expect(listed.body.items.find((each: Body) => each.id === id)).toMatchObject({
      name: 'reader',
      hint: key.slice(-4),
    })
    expect(listed.text).not.toContain(key)
    expect((await world.admin(`DELETE /admin/api-keys/${id}`)).status).toBe(204)
    expect(codeOf(await ask('GET /admin/users'))).toBe('key_invalid')
    expect(codeOf(await world.admin(`DELETE /admin/api-keys/${id}`))).toBe('not_found')
  })
})

describe('users', () => {
  it('are made, read, changed and deleted', async () => {
    const email = anAddress()
    const user = await make({
      email,
      password,
      displayName: 'Ada',
      appMetadata: { plan: 'pro' },
      roles: ['user', 'editor'],
    })
    expect(user).toMatchObject({
      email,
      appMetadata: { plan: 'pro' },
      roles: ['user', 'editor'],
      createdBy: { way: 'admin' },
    })
    expect((await world.ask('POST /sign-in/password', { body: { email, password } })).status).toBe(200)
    const found = await world.admin(`GET /admin/users/${user.id}`)
    expect(found.body).toMatchObject({ activeSessions: 1, lockedUntil: null, passwordScheme: 'argon2id' })
    const change = { bannedUntil: '2099-01-01T00:00:00Z', appMetadata: { plan: null, seats: 3 } }
    const changed = await world.admin(`PATCH /admin/users/${user.id}`, change)
    expect(changed.body).toMatchObject({ bannedUntil: '2099-01-01T00:00:00.000Z', appMetadata: { seats: 3 } })
    const refused = await world.ask('POST /sign-in/password', { body: { email, password } })
    expect(refused.body).toMatchObject({ code: 'user_banned', details: { until: '2099-01-01T00:00:00.000Z' } })
    await world.admin(`PATCH /admin/users/${user.id}`, { bannedUntil: null })
    const acted = await world.admin(`POST /admin/users/${user.id}/impersonation`, { reason: 'a call', minutes: 5 })
    expect(acted.body).toMatchObject({
      status: 'complete',
      session: { actor: expect.any(String), amr: [{ method: 'impersonation' }] },
      tokens: { accessToken: expect.any(String), refreshToken: null },
    })
    expect((await world.admin(`DELETE /admin/users/${user.id}?mode=soft`)).status).toBe(204)
    expect((await world.admin(`GET /admin/users/${user.id}`)).body).toMatchObject({ email: null, displayName: '' })
    expect((await world.admin(`DELETE /admin/users/${user.id}`)).status).toBe(204)
    for (const id of [user.id, 'nonsense']) {
      expect(codeOf(await world.admin(`GET /admin/users/${id}`))).toBe('not_found')
      expect(codeOf(await world.admin(`DELETE /admin/users/${id}`))).toBe('not_found')
    }
    expect(codeOf(await world.admin(`PATCH /admin/users/${user.id}`, { displayName: 'x' }))).toBe('not_found')
  })

  it('are refused with the reason', async () => {
    const { email } = await make()
    expect((await world.admin('POST /admin/users', { email })).body).toMatchObject({
      code: 'user_already_exists',
      details: { field: 'email' },
    })
    const bad = (body: object) => world.admin('POST /admin/users', { email: anAddress(), ...body })
    expect(codeOf(await bad({ passwordHash: '$argon2id$v=19$m=4194304,t=2,p=1$c2FsdHNhbHQ$aGFzaA' }))).toBe(
      'hash_not_supported',
    )
    expect(codeOf(await bad({ password: 'short' }))).toBe('weak_password')
    expect(codeOf(await bad({ email: 'a@[127.0.0.1]' }))).toBe('email_address_invalid')
    expect(codeOf(await world.admin('POST /admin/users', { displayName: 'Nobody' }))).toBe('validation_failed')
  })

  it('are listed, filtered, sorted and paged with cursors nobody can forge', async () => {
    const role = `crew${Date.now()}`
    const made = [await make({ roles: [role] }), await make({ roles: [role] }), await make({ roles: [role] })]
    const first = await world.admin(`GET /admin/users?role=${role}&limit=2&sort=createdAt`)
    expect(first.body.items.map(({ id }: Body) => id)).toEqual([made[0].id, made[1].id])
    const cursor = encodeURIComponent(first.body.nextCursor)
    const second = await world.admin(`GET /admin/users?role=${role}&limit=2&sort=createdAt&cursor=${cursor}`)
    expect(second.body).toMatchObject({ items: [{ id: made[2].id }], nextCursor: null })
    for (const other of [`role=${role}&sort=email`, 'sort=createdAt', `role=${role}&sort=createdAt&status=active`])
      expect(codeOf(await world.admin(`GET /admin/users?${other}&cursor=${cursor}`))).toBe('validation_failed')
    const key = (await world.admin('POST /admin/api-keys', { kind: 'secret', name: 'other' })).body.key
    const foreign = `GET /admin/users?role=${role}&limit=2&sort=createdAt&cursor=${cursor}`
    expect(codeOf(await world.ask(foreign, { token: key }))).toBe('validation_failed')
    const prefix = made[1].email.slice(0, -8)
    const search = await world.admin(`GET /admin/users?q=${prefix.toUpperCase()}`)
    expect(search.body.items.map(({ id }: Body) => id)).toContain(made[1].id)
    for (const sort of ['email', '-email', 'lastSignInAt', '-lastSignInAt', '-createdAt'])
      expect((await world.admin(`GET /admin/users?role=${role}&sort=${sort}&limit=1`)).body.items).toHaveLength(1)
    for (const bad of ['sort=email;drop', 'limit=1001', 'limit=0', 'status=nice', 'createdAfter=yesterday', "q='&x=1"])
      expect([bad, codeOf(await world.admin(`GET /admin/users?${bad}`))]).toEqual([bad, 'validation_failed'])
    expect((await world.admin("GET /admin/users?q=%25'--")).body.items).toEqual([])
  })

  it('show their sessions and identities, and can be signed out', async () => {
    const { email, complete } = await aPerson(world)
    await world.ask('POST /sign-in/password', { body: { email, password } })
    const { id } = complete.user
    const { body } = await world.admin(`GET /admin/users/${id}/sessions`)
    expect(body.items).toHaveLength(2)
    expect((await world.admin(`GET /admin/users/${id}/identities`)).body.items).toEqual([])
    expect((await world.admin(`DELETE /admin/users/${id}/sessions/${complete.session.id}`)).status).toBe(204)
    expect(codeOf(await world.admin(`DELETE /admin/users/${id}/sessions/${complete.session.id}`))).toBe('not_found')
    expect((await world.admin(`DELETE /admin/users/${id}/sessions`)).status).toBe(204)
    expect((await world.admin(`GET /admin/users/${id}/sessions`)).body.items).toEqual([])
    expect(codeOf(await world.admin('GET /admin/users/00000000-0000-7000-8000-000000000000/sessions'))).toBe(
      'not_found',
    )
  })

  it('are taken over one by one, and what would happen can be asked first', async () => {
    const known = await make()
    const fresh = anAddress()
    const hash = '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'
    const users = [
      { email: fresh, passwordHash: hash, emailConfirmed: true },
      { email: known.email, displayName: 'Newer' },
      { email: anAddress(), passwordHash: 'md5:abc' },
      { email: anAddress(), password: 'otters' },
      { displayName: 'Nobody' },
    ]
    const dry = await world.admin('POST /admin/users/import', { users, onConflict: 'update', dryRun: true })
    expect((await world.admin(`GET /admin/users?email=${fresh}`)).body.items).toEqual([])
    const done = await world.admin('POST /admin/users/import', { users, onConflict: 'update' })
    const told = ({ status, code }: Body) => [status, code]
    expect(dry.body.results.map(told)).toEqual(done.body.results.map(told))
    expect(done.body.results).toMatchObject([
      { index: 0, status: 'created', code: null },
      { index: 1, status: 'updated', id: known.id },
      { index: 2, status: 'refused', code: 'hash_not_supported' },
      { index: 3, status: 'refused', code: 'weak_password' },
      { index: 4, status: 'refused', code: 'validation_failed' },
    ])
    const again = await world.admin('POST /admin/users/import', { users: users.slice(0, 1) })
    expect(again.body.results[0].status).toBe('skipped')
    const refused = await world.admin('POST /admin/users/import', { users: users.slice(0, 1), onConflict: 'refuse' })
    expect(refused.body.results[0]).toMatchObject({ status: 'refused', code: 'user_already_exists' })
  })

  it('leave as a stream in which no cell is a formula', async () => {
    const role = `export${Date.now()}`
    await make({ roles: [role], displayName: '=HYPERLINK("x")', password })
    await make({ roles: [role], displayName: 'a, "b"' })
    const lines = await world.admin(`GET /admin/users/export?role=${role}`)
    expect(lines.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8')
    const users = lines.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Body)
    expect(users.map(({ displayName }: Body) => displayName)).toEqual(['=HYPERLINK("x")', 'a, "b"'])
    expect(lines.text).not.toMatch(/argon2|hash/i)
    const csv = await world.admin(`GET /admin/users/export?role=${role}&format=csv`)
    expect(csv.text).toContain(`"'=HYPERLINK(""x"")"`)
    expect(csv.text).toContain('"a, ""b"""')
    for (const start of ['=', '+', '-', '@', '\t', '\r']) expect(cell(`${start}1`).replace('"', '')).toMatch(/^'/)
  })
})

describe('an Idempotency-Key', () => {
  it('makes a request happen once, and shows a secret once', async () => {
    const headers = { 'idempotency-key': 'one' }
    const body = { kind: 'secret', name: 'once', scopes: ['users:read'] }
    const first = await world.admin('POST /admin/api-keys', body, headers)
    const again = await world.admin('POST /admin/api-keys', body, headers)
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(again.body).toEqual({ ...first.body, key: null })
    expect(again.status).toBe(201)
    const other = await world.admin('POST /admin/api-keys', { ...body, name: 'other' }, headers)
    expect([other.status, codeOf(other)]).toEqual([409, 'idempotency_key_reused'])
    const failed = { 'idempotency-key': 'two' }
    expect(codeOf(await world.admin('POST /admin/users', {}, failed))).toBe('validation_failed')
    expect(codeOf(await world.admin('POST /admin/users', {}, failed))).toBe('validation_failed')
    expect(
      (await world.admin('POST /admin/users', { email: anAddress() }, { 'idempotency-key': 'x'.repeat(129) })).status,
    ).toBe(400)
  })

  it('lets one of many parallel requests through', async () => {
    const email = anAddress()
    const send = () => world.admin('POST /admin/users', { email }, { 'idempotency-key': 'race' })
    const replies = await Promise.all(Array.from({ length: 8 }, send))
    expect(replies.filter(({ status, headers }) => status === 201 && !headers.has('idempotent-replayed'))).toHaveLength(
      1,
    )
    expect(replies.every(({ status, body }) => status === 201 || body.code === 'conflict')).toBe(true)
  })
})
