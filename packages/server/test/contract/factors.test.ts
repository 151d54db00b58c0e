import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFactors, type Factors } from '#src/core/factors/factors.ts'
import { createVault } from '#src/core/vault/vault.ts'
import { sql } from '#src/storage/sql.ts'
import { aNewUser } from '../world/new-user.ts'
import { type Rooms, startRooms, stores } from './rooms.ts'

describe.each(stores)('second factors on %s', (store) => {
  let rooms: Rooms
  let factors: Factors
  beforeAll(async () => {
    rooms = await startRooms(store)
    factors = rooms.core.factors
  })
  afterAll(() => rooms.close())

  async function aUser(): Promise<string> {
    const user = await rooms.core.users.create(aNewUser({ email: `factors-${crypto.randomUUID()}@example.test` }))
    return user?.id ?? ''
  }
  const factorsOf = async (userId: string) => (await rooms.core.users.find(userId))?.factors ?? []

  it('come with their user, oldest first, without anything secret', async () => {
    const userId = await aUser()
    const seed = randomBytes(20)
    const app = await factors.add({ userId, type: 'totp', name: 'app', status: 'unverified', seed })
    rooms.clock.move(1)
    await factors.add({ userId, type: 'phone', name: '', status: 'verified', phone: '+15550100001' })
    const read = await factorsOf(userId)
    expect(read).toMatchObject([
      { id: app, userId, type: 'totp', name: 'app', status: 'unverified', phone: null, total: null, remaining: null },
      { type: 'phone', phone: '+15550100001' },
    ])
    expect(read[0]?.createdAt).toBeInstanceOf(Date)
    expect(JSON.stringify(read)).not.toContain(seed.toString('hex'))
    expect(await factors.seedOf(app)).toEqual(seed)
  })

  it('protect once they are verified; recovery codes alone do not', async () => {
    const userId = await aUser()
    await factors.add({ userId, type: 'recovery_code', name: '', status: 'verified' })
    const id = await factors.add({ userId, type: 'totp', name: '', status: 'unverified', seed: randomBytes(20) })
    expect(await factors.protects(userId)).toBe(false)
    await factors.verify(id)
    expect(await factors.protects(userId)).toBe(true)
  })

  it('S88 a time step counts once, of many at once for one', async () => {
    const id = await factors.add({ userId: await aUser(), type: 'totp', name: '', status: 'verified' })
    const used = await Promise.all(
      Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? factors : rooms.other.factors).useStep(id, 100)),
    )
    expect(used.filter(Boolean)).toHaveLength(1)
    expect(await factors.useStep(id, 99)).toBe(false)
    expect(await factors.useStep(id, 101)).toBe(true)
  })

  it('S92 a recovery code counts once, of many at once for one; a new set voids the old', async () => {
    const userId = await aUser()
    const id = await factors.add({ userId, type: 'recovery_code', name: '', status: 'verified' })
    await factors.putCodes(id, ['one', 'two'])
    expect(await factors.findCode(id, 'three')).toBeUndefined()
    const stored = await factors.findCode(id, 'one')
    if (stored === undefined) throw new Error('not found')
    const used = await Promise.all(
      Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? factors : rooms.other.factors).useCode(id, stored)),
    )
    expect(used.filter(Boolean)).toHaveLength(1)
    expect(await factorsOf(userId)).toMatchObject([{ total: 2, remaining: 1 }])
    expect(await factors.findCode(id, 'one')).toBeUndefined()
    await factors.putCodes(id, ['four'])
    expect(await factors.findCode(id, 'two')).toBeUndefined()
    expect(await factors.findCode(id, 'four')).toBeDefined()
  })

  it('S131 what an older key sealed opens beside a newer one, and without it opens nothing', async () => {
    const [old, next] = [
      { id: 'k1', bytes: randomBytes(32) },
      { id: 'k2', bytes: randomBytes(32) },
    ]
    const { runtime } = rooms.core
    const withKeys = (...keys: [typeof old, ...(typeof old)[]]) =>
      createFactors(rooms.database, { runtime, vault: createVault(keys, runtime) })
    const userId = await aUser()
    const seed = randomBytes(20)
    const before = withKeys(old)
    const app = await before.add({ userId, type: 'totp', name: 'app', status: 'verified', seed })
    const codes = await before.add({ userId, type: 'recovery_code', name: 'codes', status: 'verified' })
    await before.putCodes(codes, ['one'])
    const both = withKeys(next, old)
    expect(await both.seedOf(app)).toEqual(seed)
    expect(await both.findCode(codes, 'one')).toBeDefined()
    const without = withKeys(next)
    expect(await without.seedOf(app)).toBeUndefined()
    expect(await without.findCode(codes, 'one')).toBeUndefined()
  })

  it('S6 a seed and a set of codes open on their own row alone', async () => {
    const userId = await aUser()
    const [one, two] = [
      await factors.add({ userId, type: 'totp', name: 'one', status: 'verified', seed: randomBytes(20) }),
      await factors.add({ userId, type: 'totp', name: 'two', status: 'verified', seed: randomBytes(20) }),
    ]
    await rooms.database.query(
      sql`update auth.factors set secret = (select secret from auth.factors where id = ${one}) where id = ${two}`,
    )
    expect(await factors.seedOf(two)).toBeUndefined()
  })

  it('S130 those that were never proved go after a day, the others stay', async () => {
    const userId = await aUser()
    await factors.add({ userId, type: 'totp', name: 'left', status: 'unverified' })
    const kept = await factors.add({ userId, type: 'totp', name: 'kept', status: 'verified' })
    await factors.purge(new Date(rooms.now().getTime() + 1_000), 100)
    expect((await factorsOf(userId)).map(({ id }) => id)).toEqual([kept])
  })

  it('sessions fall to aal1 without what the factor gave', async () => {
    const userId = await aUser()
    const at = rooms.now().toISOString()
    const amr = [
      { method: 'totp', at, provider: null, factor: crypto.randomUUID() },
      { method: 'password', at, provider: null },
    ]
    const open = () =>
      rooms.core.sessions.open({ userId, dialect: 'test', aal: 'aal2', amr, userAgent: null, ip: null })
    const [mine, other] = [await open(), await open()]
    await rooms.core.sessions.lower(userId, mine.session.id)
    const read = async (id: string) => (await rooms.core.sessions.findLive(id, userId))?.session
    expect(await read(mine.session.id)).toMatchObject({ aal: 'aal2', amr })
    expect(await read(other.session.id)).toMatchObject({ aal: 'aal1', amr: [{ method: 'password' }] })
    expect(await rooms.core.sessions.endWithoutFactor(userId, mine.session.id)).toBe(1)
  })
})
