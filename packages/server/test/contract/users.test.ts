import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Core } from '#src/core/core.ts'
import { parseEmail } from '#src/core/identifiers/email.ts'
import { positionOf, type UserFilter, type UserOrder } from '#src/core/users/user-search.ts'
import type { NewUser } from '#src/core/users/users.ts'
import { changePassword } from '#src/flows/account/change-password.ts'
import { sendSignInCode } from '#src/flows/sign-in/with-code.ts'
import { signInWithPassword } from '#src/flows/sign-in/with-password.ts'
import { signUpWithPassword } from '#src/flows/sign-up/with-password.ts'
import { removeUser } from '#src/flows/steps/remove-user.ts'
import { sql } from '#src/storage/sql.ts'
import { aCaller } from '../world/core.ts'
import { aNewUser } from '../world/new-user.ts'
import { dump } from './dump.ts'
import { atOnce, type Rooms, startRooms, stores, tally } from './rooms.ts'

const password = 'seven quiet otters'
const actor = { type: 'key', id: 'test' } as const
describe.each(stores)('users on the %s store', (kind) => {
  const world: { rooms?: Rooms; open?: Rooms } = {}
  const rooms = (): Rooms => {
    if (world.rooms === undefined) throw new Error('not started')
    return world.rooms
  }
  const core = () => rooms().core
  const make = async (change: Partial<NewUser>) => {
    const user = await core().users.create(aNewUser(change))
    if (user === undefined) throw new Error('taken')
    return user
  }
  beforeAll(async () => {
    world.rooms = await startRooms(kind)
  })
  afterAll(() => world.rooms?.close())

  describe('an address', () => {
    it('becomes one account of fifty sign-ups at once, whatever their case, and no answer tells (S17, S142)', async () => {
      const typed = (index: number) => (index % 2 === 0 ? 'Twin@Example.TEST' : 'twin@example.test')
      const outcomes = await Promise.all(
        atOnce(50, (index) =>
          signUpWithPassword(index % 3 === 0 ? rooms().other : core(), aCaller(), {
            address: { email: parseEmail(typed(index)) },
            password: `${password} ${index}`,
            about: {},
            back: {},
          }),
        ),
      )
      expect(new Set(outcomes.map(({ kind: outcome }) => outcome))).toEqual(new Set(['confirm']))
      const [row] = await rooms().database.query(sql`select
        (select count(*)::int from auth.users where email = 'twin@example.test') as users,
        (select count(*)::int from auth.identities where email = 'twin@example.test') as identities,
        (select count(*)::int from auth.tickets t join auth.users u on u.id = t.user_id where u.email = 'twin@example.test') as tickets`)
      expect(row).toEqual({ users: 1, identities: 1, tickets: 1 })
    })

    it('becomes one account where nothing is confirmed, and the others hear that it is taken', async () => {
      const open = await startRooms(kind, {
        settings: { signUp: { ...core().settings.signUp, emailConfirmation: false } },
      })
      const outcomes = await tally(
        atOnce(20, (index) =>
          signUpWithPassword(index % 2 === 0 ? open.core : open.other, aCaller(), {
            address: { email: 'one@example.test' },
            password,
            about: {},
            back: {},
          }),
        ),
      )
      const [row] = await open.database.query(sql`select (select count(*)::int from auth.users) as users,
        (select count(*)::int from auth.identities) as identities, (select count(*)::int from auth.sessions) as sessions`)
      await open.close()
      expect(outcomes).toEqual({ ok: 1, user_already_exists: 19 })
      expect(row).toEqual({ users: 1, identities: 1, sessions: 1 })
    })

    it('is taken for another and told as a duplicate', async () => {
      const [ada, bob] = [await make({ email: 'ada@example.test' }), await make({ phone: '+15550100001' })]
      expect(await core().users.create(aNewUser({ email: 'ada@example.test' }))).toBeUndefined()
      expect(await core().users.create(aNewUser({ phone: '+15550100001' }))).toBeUndefined()
      expect(await core().users.create(aNewUser({ id: ada.id, email: 'other@example.test' }))).toBeUndefined()
      await expect(core().users.update(bob.id, { email: 'ada@example.test' })).rejects.toMatchObject({
        name: 'Duplicate',
        index: 'users_email',
      })
      await expect(core().users.update(ada.id, { phone: '+15550100001' })).rejects.toMatchObject({
        name: 'Duplicate',
        index: 'users_phone',
      })
      expect(await core().users.findByAddress({ email: 'ada@example.test' })).toMatchObject({ id: ada.id, phone: null })
    })

    it('is nobody else’s business: an unknown id changes nothing', async () => {
      const nobody = '01900000-0000-7000-8000-00000000dead'
      expect(await core().users.update(nobody, { displayName: 'x' })).toBeUndefined()
      expect(await core().users.find(nobody)).toBeUndefined()
      expect(await core().users.remove(nobody)).toBe(false)
    })
  })

  describe('metadata', () => {
    it('loses none of a thousand keys that are merged at once (S100)', async () => {
      const { id } = await make({ metadata: { first: true } })
      await Promise.all(
        atOnce(1_000, (index) =>
          (index % 2 === 0 ? core() : rooms().other).users.update(id, { metadataPatch: { [`k${index}`]: index } }),
        ),
      )
      const user = await core().users.find(id)
      expect(user?.metadata).toEqual({
        first: true,
        ...Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`k${index}`, index])),
      })
    })

    it('deletes a key for null, replaces nested values whole and reads back what was put in', async () => {
      const odd = {
        __proto__x: 1,
        constructor: { prototype: [1] },
        'a.b': '€',
        deep: { a: { b: [null, false, 1e21] } },
      }
      const { id } = await make({ metadata: { a: 1, b: { c: 1, d: 2 } } })
      const merged = await core().users.update(id, { metadataPatch: { a: null, b: { c: 3 }, absent: null, ...odd } })
      expect(merged?.metadata).toEqual({ b: { c: 3 }, ...odd })
      const parsed: unknown = JSON.parse('{"__proto__":{"polluted":true}}')
      const polluted = await core().users.update(id, { appMetadataPatch: parsed as Record<string, unknown> })
      expect(JSON.stringify(polluted?.appMetadata)).toBe('{"__proto__":{"polluted":true}}')
      expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
    })
  })

  describe('searching', () => {
    const team = { provider: 'searched', subject: '' }
    const ids: string[] = []
    const find = async (filter: UserFilter) =>
      (await core().userSearch.page({ provider: team.provider, ...filter }, 'createdAt', { limit: 1_000 })).map(
        (user) => ids.indexOf(user.id),
      )
    const put = async (change: Partial<NewUser>, c: Core = core()) => {
      rooms().clock.move(1)
      const user = await make(change)
      await c.identities.put({ ...team, subject: user.id, userId: user.id, email: null, data: {} })
      ids.push(user.id)
      return user
    }
    const starts: Date[] = []
    beforeAll(async () => {
      starts.push(rooms().now())
      await put({ email: '100%real@example.test', displayName: 'Zoë_Ångström', emailConfirmedAt: rooms().now() })
      await put({
        email: '100xreal@example.test',
        displayName: 'zoëxångström',
        metadata: { full_name: 'Back\\Slash 50%' },
      })
      await put({ phone: '+491700000001', phoneConfirmedAt: rooms().now(), roles: ['user', 'editor'] })
      await put({ isAnonymous: true })
      await put({ email: 'under_score@example.test', bannedUntil: new Date('2999-01-01') })
      const gone = await put({ email: 'gone@example.test' })
      await core().users.update(gone.id, { deletedAt: rooms().now(), email: null })
      rooms().clock.move(1)
      starts.push(rooms().now())
      await core().users.update(ids[2] ?? '', { lastSignInAt: rooms().now() })
    })

    it('takes percent, underscore and backslash for what they are (S105)', async () => {
      expect(await find({ q: '100%' })).toEqual([0])
      expect(await find({ q: 'under_' })).toEqual([4])
      expect(await find({ q: '_' })).toEqual([])
      expect(await find({ q: '%' })).toEqual([])
      expect(await find({ contains: '%' })).toEqual([0, 1])
      expect(await find({ contains: 'k\\s' })).toEqual([1])
      expect(await find({ contains: '50%' })).toEqual([1])
      expect(await find({ q: "' or 1=1 --" })).toEqual([])
    })

    it('finds by every filter', async () => {
      expect(await find({})).toEqual([0, 1, 2, 3, 4, 5])
      expect(await find({ q: 'ZOË' })).toEqual([0, 1])
      expect(await find({ q: '+4917' })).toEqual([2])
      expect(await find({ q: ids[3] ?? '' })).toEqual([3])
      expect(await find({ email: '100%real@example.test' })).toEqual([0])
      expect(await find({ phone: '+491700000001' })).toEqual([2])
      expect(await find({ role: 'editor' })).toEqual([2])
      expect(await find({ provider: 'nobody' })).toEqual([])
      expect(await find({ status: 'active' })).toEqual([0, 2])
      expect(await find({ status: 'unconfirmed' })).toEqual([1, 4, 5])
      expect(await find({ status: 'banned' })).toEqual([4])
      expect(await find({ status: 'anonymous' })).toEqual([3])
      expect(await find({ status: 'deleted' })).toEqual([5])
      const [from = new Date(), until = new Date()] = starts
      expect(await find({ createdAfter: from, createdBefore: until })).toEqual([0, 1, 2, 3, 4, 5])
      expect(await find({ createdAfter: until })).toEqual([])
      expect(await find({ signedInAfter: from })).toEqual([2])
      expect(await find({ signedInBefore: from })).toEqual([])
      expect(await core().userSearch.count({ provider: team.provider, status: 'active' })).toBe(2)
    })

    const orders: UserOrder[] = ['createdAt', '-createdAt', 'lastSignInAt', '-lastSignInAt', 'email', '-email']
    it.each(orders)('pages by %s without a gap or a double while rows come in', async (order) => {
      const provider = `paged-${order}`
      const fill = async (count: number) => {
        for (let index = 0; index < count; index += 1) {
          // Several share an instant and several never signed in, so that the id must break ties.
          if (index % 4 === 0) rooms().clock.move(1)
          const user = await make({
            email:
              index % 5 === 0
                ? null
                : `p${index % 7}.${order}.${index}.${Math.floor(rooms().now().getTime())}@example.test`,
          })
          if (index % 3 === 0) await core().users.update(user.id, { lastSignInAt: rooms().now() })
          await core().identities.put({ provider, subject: user.id, userId: user.id, email: null, data: {} })
        }
      }
      await fill(30)
      const before = await core().userSearch.page({ provider }, order, { limit: 1_000 })
      const seen: string[] = []
      for (let after: ReturnType<typeof positionOf> | undefined; ; ) {
        const page = await core().userSearch.page({ provider }, order, {
          limit: 4,
          ...(after === undefined ? {} : { after }),
        })
        seen.push(...page.map(({ id }) => id))
        const last = page.at(-1)
        if (last === undefined) break
        after = positionOf(last, order)
        if (seen.length < 60) await fill(1)
      }
      const known = before.map(({ id }) => id)
      expect(seen.filter((id) => known.includes(id))).toEqual(known)
      expect(new Set(seen).size).toBe(seen.length)
    })
  })

  describe('guests', () => {
    it('go when they did not come back, and stay while a session of theirs is used', async () => {
      const [old, live, full] = [
        await make({ isAnonymous: true }),
        await make({ isAnonymous: true }),
        await make({ email: 'full@example.test' }),
      ]
      const opened = { dialect: 'test', aal: 'aal1', amr: [], userAgent: null, ip: null } as const
      await core().sessions.open({ ...opened, userId: old.id })
      const { refreshToken } = await core().sessions.open({ ...opened, userId: live.id })
      rooms().clock.move(86_400)
      const line = rooms().now()
      rooms().clock.move(86_400)
      await core().sessions.rotate(refreshToken, { userAgent: null, ip: null })
      expect(await core().users.purgeAnonymous(line, 1_000)).toBeGreaterThan(0)
      expect(await core().users.find(old.id)).toBeUndefined()
      expect(await core().users.find(live.id)).toBeDefined()
      expect(await core().users.find(full.id)).toBeDefined()
      expect(await core().users.purgeAnonymous(line, 1_000)).toBe(0)
    })
  })

  describe('deletion', () => {
    const facts = {
      email: 'vera.lindqvist@example.test',
      next: 'vera.moved@example.test',
      name: 'Vera Lindqvist-Okafor',
      city: 'Tórshavn-by-the-sea',
      ip: '203.0.113.77',
      agent: 'VeraBrowser/9.1',
      phone: '+4591234567',
    }
    /** An account with something in every table. */
    const live = async () => {
      const caller = aCaller({ ip: facts.ip, network: facts.ip, userAgent: facts.agent })
      const address = { email: facts.email }
      await signUpWithPassword(core(), caller, {
        address,
        password,
        about: { displayName: facts.name, metadata: { city: facts.city } },
        back: {},
      })
      const user = await core().users.findByAddress(address)
      if (user === undefined) throw new Error('not signed up')
      await core().users.update(user.id, {
        emailConfirmedAt: rooms().now(),
        pendingEmail: facts.next,
        phone: facts.phone,
        avatarUrl: `https://example.test/${facts.city}.png`,
        appMetadata: { employer: facts.name },
      })
      await core().identities.put({
        userId: user.id,
        provider: 'github',
        subject: facts.name,
        email: facts.email,
        data: { name: facts.name },
      })
      const outcome = await signInWithPassword(core(), caller, { address, password })
      if (outcome.kind !== 'complete') throw new Error(outcome.kind)
      await changePassword(core(), caller, { ...outcome.grant, password: 'eight calm herons', proof: {} })
      await sendSignInCode(core(), caller, { address, createUser: false, about: {}, back: {} })
      return user
    }
    const traces = async (id: string) => {
      const tables = await dump(rooms().database)
      const found = tables.flatMap(({ table, rows }) =>
        rows.flatMap((row) => {
          const inside = Object.entries(facts)
            .filter(([, fact]) => row.includes(fact))
            .map(([name]) => name)
          return inside.length > 0 || row.includes(id) ? [`${table}: ${inside.join(' ')}`.trim()] : []
        }),
      )
      return [...new Set(found)].sort()
    }

    it('for good leaves the id in the audit log, on the mail and in the event that say so, and nothing else (S129)', async () => {
      const user = await live()
      expect((await traces(user.id)).length).toBeGreaterThan(5)
      const done = await Promise.all(
        atOnce(20, () => removeUser(core(), aCaller(), { id: user.id, mode: 'hard', actor })),
      )
      expect(done.filter(Boolean)).toHaveLength(1)
      expect(await traces(user.id)).toEqual(['audit_events:', 'outbox:', 'user_events:'])
      expect(await rooms().templatesTo(facts.email)).toContain('account_deleted')
      expect(await core().audit.count({ userId: user.id, action: 'user.deleted' })).toBe(1)
      expect(await removeUser(core(), aCaller(), { id: user.id, mode: 'hard', actor })).toBe(false)
    })

    it('softly leaves an empty row that nothing opens, and the address free (S129, S43)', async () => {
      const user = await live()
      await rooms().templatesTo(facts.email)
      await Promise.all(atOnce(20, () => removeUser(core(), aCaller(), { id: user.id, mode: 'soft', actor })))
      expect(await traces(user.id)).toEqual(['audit_events:', 'outbox:', 'user_events:', 'users:'])
      expect((await rooms().templatesTo(facts.email)).filter((name) => name === 'account_deleted')).toHaveLength(1)
      await expect(
        signInWithPassword(core(), aCaller(), { address: { email: facts.email }, password: 'eight calm herons' }),
      ).rejects.toMatchObject({ code: 'invalid_credentials' })
      expect((await make({ email: facts.email })).id).not.toBe(user.id)
      expect(await core().users.find(user.id)).toMatchObject({
        email: null,
        phone: null,
        pendingEmail: null,
        displayName: '',
        metadata: {},
        identities: [],
        hasPassword: false,
      })
    })
  })
})
