import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import { adminApi, anAddress, aPerson, appClient, aSignedIn, authClient, goodPassword, raw, worked } from './clients.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const asAdmin = (path: string, init: Parameters<typeof raw>[2] = {}) =>
  raw(world, path, { ...init, headers: { authorization: `Bearer ${world.secretKey}` } })

describe('the administrator’s door', () => {
  it('opens to a secret key, as bearer or as apikey', async () => {
    expect((await adminApi(world).listUsers()).error).toBeNull()
    expect((await appClient(world, world.secretKey).auth.admin.listUsers()).error).toBeNull()
    expect((await raw(world, '/admin/users', { headers: { apikey: world.secretKey } })).status).toBe(200)
  })

  it('stays shut to everybody else', async () => {
    const { session } = await aSignedIn(world)
    const ask = async (headers: Record<string, string>) => {
      const answer = await raw(world, '/admin/users', { headers })
      return [answer.status, ((await answer.json()) as { error_code: string }).error_code]
    }
    expect(await ask({})).toEqual([401, 'no_authorization'])
    for (const token of [session.access_token, world.publishableKey])
      expect(await ask({ authorization: `Bearer ${token}` })).toEqual([403, 'not_admin'])
    for (const token of ['x.y.z', `${world.secretKey}x`])
      expect(await ask({ authorization: `Bearer ${token}` })).toEqual([403, 'bad_jwt'])
    // What a user presents counts, also beside a secret key.
    const beside = { apikey: world.secretKey, authorization: `Bearer ${session.access_token}` }
    expect(await ask(beside)).toEqual([403, 'not_admin'])
  })
})

describe('making users', () => {
  it('stores exactly what was sent, confirmed when asked', async () => {
    const email = anAddress()
    const { user } = worked(
      await adminApi(world).createUser({ email, user_metadata: { name: 'Jo' }, app_metadata: { plan: 'pro' } }),
    )
    expect(user).toMatchObject({
      email,
      phone: '',
      app_metadata: { provider: 'email', providers: ['email'], plan: 'pro' },
    })
    expect(user?.user_metadata).toEqual({ name: 'Jo' })
    expect(user?.email_confirmed_at).toBeUndefined()
    const confirmed = worked(
      await adminApi(world).createUser({ email: anAddress(), email_confirm: true, user_metadata: { a: 1 } }),
    )
    expect(confirmed.user?.email_confirmed_at).toBeDefined()
    expect(confirmed.user?.user_metadata).toEqual({ a: 1, email_verified: true })
    expect(await world.inbox.staysEmpty(email)).toBe(true)
  })

  it('takes ids, phones, roles, bans and hashes', async () => {
    const id = randomUUID()
    const { user } = worked(
      await adminApi(world).createUser({
        id,
        email: anAddress(),
        phone: '+1 201 555 0123',
        phone_confirm: true,
        role: 'editor',
        ban_duration: '1h30m',
      }),
    )
    expect(user).toMatchObject({ id, phone: '12015550123', role: 'editor', phone_confirmed_at: expect.any(String) })
    expect(Date.parse(user?.banned_until ?? '') - Date.parse(user?.created_at ?? '')).toBeGreaterThan(5_000_000)
    expect(user?.identities?.map((identity) => identity.provider).sort()).toEqual(['email', 'phone'])
    const email = anAddress()
    // The published example hash of bcrypt for this password.
    const password_hash = '$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'
    const imported = await adminApi(world).createUser({ email, password_hash, email_confirm: true })
    expect(imported.error).toBeNull()
  })

  it('refuses duplicates and nonsense', async () => {
    const { email } = await aPerson(world)
    const admin = adminApi(world)
    expect((await admin.createUser({ email })).error).toMatchObject({
      status: 422,
      code: 'email_exists',
      message: 'A user with this email address has already been registered',
    })
    const fault = async (attributes: object) => {
      const answer = await asAdmin('/admin/users', { json: attributes })
      return [answer.status, ((await answer.json()) as { msg: string }).msg]
    }
    expect(await fault({})).toEqual([400, 'Cannot create a user without either an email or phone'])
    expect(await fault({ email: anAddress(), password: 'x', password_hash: 'y' })).toEqual([
      400,
      'Only a password or a password hash should be provided',
    ])
    expect(await fault({ email: anAddress(), id: 'me' })).toEqual([400, 'ID must conform to the uuid v4 format'])
    expect(await fault({ email: anAddress(), id: '00000000-0000-0000-0000-000000000000' })).toEqual([
      400,
      'ID cannot be a nil uuid',
    ])
    expect(await fault({ email: anAddress(), ban_duration: 'soon' })).toEqual([
      400,
      'invalid format for ban duration: soon',
    ])
    expect(
      (await fault({ email: anAddress(), password_hash: '$argon2id$v=19$m=4194304,t=3,p=1$c2FsdHNhbHQ$aGFzaA' }))[0],
    ).toBe(422)
    expect((await fault({ email: 'a@x.test,b@y.test' }))[0]).toBe(400)
  })
})

describe('listing users', () => {
  it('gives pages, totals and the numbers of the next and the last one', async () => {
    const counted = worked(await adminApi(world).listUsers({ perPage: 1000 }))
    for (let made = counted.users.length; made < 5; made += 1) await aPerson(world)
    const all = worked(await adminApi(world).listUsers({ perPage: 1000 }))
    const first = worked(await adminApi(world).listUsers({ page: 1, perPage: 2 }))
    expect(first).toMatchObject({ aud: 'authenticated', nextPage: 2, total: all.users.length })
    expect(first.users.map((user) => user.id)).toEqual(all.users.slice(0, 2).map((user) => user.id))
    const second = worked(await adminApi(world).listUsers({ page: 2, perPage: 2 }))
    expect(second.users.map((user) => user.id)).toEqual(all.users.slice(2, 4).map((user) => user.id))
    expect(all.nextPage).toBeNull()
    expect(all).toMatchObject({ lastPage: 1 })
    const times = all.users.map((user) => user.created_at)
    expect([...times].sort().reverse()).toEqual(times)
    expect(all.users.every((user) => Array.isArray(user.identities))).toBe(true)
  })

  it('takes empty parameters as absent, sorts and filters', async () => {
    const email = anAddress('needle')
    await aPerson(world, { email, user_metadata: { full_name: 'Nora Needle' } })
    const ask = async (query: string) =>
      ((await (await asAdmin(`/admin/users?${query}`)).json()) as { users: { email: string }[] }).users
    expect(await ask('page=&per_page=')).not.toHaveLength(0)
    expect((await ask('page=1&filter=needle-')).map((user) => user.email)).toEqual([email])
    expect((await ask('page=1&filter=NORA')).map((user) => user.email)).toEqual([email])
    expect(await ask('page=1&filter=%25')).toEqual([])
    const [ascending, descending] = [await ask('sort=created_at%20asc'), await ask('sort=created_at%20desc')]
    expect(ascending.map((user) => user.email)).toEqual([...descending].reverse().map((user) => user.email))
  })

  it('refuses pages and orders that are none', async () => {
    for (const query of ['page=0', 'page=-1', 'page=x', 'per_page=0', 'per_page=1e3', 'per_page=1001', 'page=1&page=2'])
      expect((await asAdmin(`/admin/users?${query}`)).status).toBe(400)
    for (const sort of ['email', 'created_at;drop', 'created_at sideways'])
      expect((await asAdmin(`/admin/users?sort=${encodeURIComponent(sort)}`)).status).toBe(400)
  })
})

describe('one user', () => {
  it('is read and changed by id', async () => {
    const { id, email, password } = await aPerson(world)
    const admin = adminApi(world)
    expect(worked(await admin.getUserById(id)).user.email).toBe(email)
    const next = anAddress('next')
    const { user } = worked(
      await admin.updateUserById(id, { email: next, user_metadata: { a: 1 }, app_metadata: { b: 2 }, role: 'editor' }),
    )
    expect(user).toMatchObject({ email: next, role: 'editor', user_metadata: { a: 1 }, app_metadata: { b: 2 } })
    expect(
      worked(await admin.updateUserById(id, { user_metadata: { a: null } })).user.user_metadata,
    ).not.toHaveProperty('a')
    expect((await authClient(world).signInWithPassword({ email: next, password })).error).toBeNull()
  })

  it('gets a new password under the policy, which ends the sessions', async () => {
    const { id, client, email } = await aSignedIn(world)
    const admin = adminApi(world)
    expect((await admin.updateUserById(id, { password: 'short' })).error).toMatchObject({
      status: 422,
      code: 'weak_password',
    })
    expect((await admin.updateUserById(id, { password: '' })).error).toMatchObject({ code: 'weak_password' })
    worked(await admin.updateUserById(id, { password: 'another long passphrase 7' }))
    expect((await client.getUser()).error).not.toBeNull()
    expect(
      (await authClient(world).signInWithPassword({ email, password: 'another long passphrase 7' })).error,
    ).toBeNull()
  })

  it('cannot get an address that somebody has', async () => {
    const [one, other] = [await aPerson(world), await aPerson(world)]
    expect((await adminApi(world).updateUserById(one.id, { email: other.email })).error).toMatchObject({
      status: 422,
      code: 'email_exists',
    })
  })

  it('is deleted, and then is not there', async () => {
    const { id, email } = await aPerson(world)
    const admin = adminApi(world)
    worked(await admin.deleteUser(id))
    const gone = { status: 404, code: 'user_not_found', message: 'User not found' }
    expect((await admin.getUserById(id)).error).toMatchObject(gone)
    expect((await admin.updateUserById(id, {})).error).toMatchObject(gone)
    expect((await authClient(world).signInWithPassword({ email, password: goodPassword })).error).not.toBeNull()
    const deleted = await aPerson(world)
    const answer = await asAdmin(`/admin/users/${deleted.id}`, { method: 'DELETE' })
    expect([answer.status, await answer.json()]).toEqual([200, {}])
    const odd = await asAdmin('/admin/users/me')
    expect([odd.status, await odd.json()]).toEqual([
      404,
      { code: 404, error_code: 'validation_failed', msg: 'user_id must be an UUID' },
    ])
  })

  it('can be deleted leaving an empty row', async () => {
    const { id, email } = await aPerson(world, { user_metadata: { name: 'Jo' } })
    worked(await adminApi(world).deleteUser(id, true))
    const { user } = worked(await adminApi(world).getUserById(id))
    expect(user).toMatchObject({ deleted_at: expect.any(String), email: '', user_metadata: {}, identities: [] })
    await aPerson(world, { email })
  })
})

describe('the record of what happened', () => {
  it('is listed newest first, by action and by type', async () => {
    const { id } = await aSignedIn(world)
    const ask = async (query: string) => {
      const answer = await asAdmin(`/admin/audit?${query}`)
      return (await answer.json()) as {
        payload: { actor_id: string; action: string; log_type: string }
        created_at: string
      }[]
    }
    expect((await ask('page=1&per_page=5'))[0]).toMatchObject({
      id: expect.any(String),
      created_at: expect.any(String),
    })
    const logins = await ask('query=action:login')
    expect(new Set(logins.map((entry) => entry.payload.action))).toEqual(new Set(['login']))
    expect(logins[0]?.payload).toMatchObject({ actor_id: id, log_type: 'account' })
    expect(new Set((await ask('query=type:account')).map((entry) => entry.payload.log_type))).toEqual(
      new Set(['account']),
    )
    expect((await ask(`query=author:${id}`)).every((entry) => entry.payload.actor_id === id)).toBe(true)
    expect((await asAdmin('/admin/audit?query=mood:x')).status).toBe(400)
  })
})

describe('a ban of no time', () => {
  it('ends one, as “none” does', async () => {
    const { id } = await aSignedIn(world)
    for (const ban_duration of ['0', '0s', '0h0m', 'none']) {
      const banned = worked(await adminApi(world).updateUserById(id, { ban_duration: '1h' }))
      expect(banned.user).toHaveProperty('banned_until')
      const { user } = worked(await adminApi(world).updateUserById(id, { ban_duration }))
      expect(user).not.toHaveProperty('banned_until')
    }
  })
})
