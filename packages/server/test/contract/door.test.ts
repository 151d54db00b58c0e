import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Core } from '#src/core/core.ts'
import type { User } from '#src/core/users/user.ts'
import type { Caller } from '#src/flows/caller.ts'
import { arrive, type Entrance, enter, passSecondFactor } from '#src/flows/session/enter.ts'
import { json, sql } from '#src/storage/sql.ts'
import { aCaller, type CoreWorld, startCore } from '../world/core.ts'
import { aNewUser } from '../world/new-user.ts'

const stepUp = aCaller({ manners: { ...aCaller().manners, secondFactor: 'step_up' } })
const refuse = aCaller({ manners: { ...aCaller().manners, secondFactor: 'refuse' } })
const byPassword = [{ method: 'password', provider: null }]

describe('the door every way in goes through', () => {
  let world: CoreWorld
  let core: Core
  beforeAll(async () => {
    world = await startCore('postgres')
    core = world.core
  })
  afterAll(() => world.close())

  async function aUser(factors: readonly { type?: string; status?: string; phone?: string }[] = []): Promise<User> {
    const made = await core.users.create(aNewUser({ email: `door-${crypto.randomUUID()}@example.test` }))
    for (const { type = 'totp', status = 'verified', phone = null } of factors) {
      await world.database.query(sql`insert into auth.factors (id, user_id, type, name, status, phone, created_at, updated_at)
        values (${crypto.randomUUID()}, ${made?.id ?? ''}, ${type}, '', ${status}, ${phone}, ${new Date()}, ${new Date()})`)
    }
    const user = await core.users.find(made?.id ?? '')
    if (user === undefined) throw new Error('no user')
    return user
  }

  const through = async (caller: Caller, entrance: Entrance) =>
    arrive(core, await core.transaction((tx) => enter(tx, caller, entrance)))

  it('opens a session for whoever has no factor', async () => {
    const user = await aUser()
    for (const caller of [aCaller(), stepUp, refuse])
      expect(await through(caller, { user, amr: byPassword })).toMatchObject({
        kind: 'complete',
        grant: { session: { aal: 'aal1' } },
      })
  })

  it('a factor that was never proved, and recovery codes alone, do not stand in the way', async () => {
    const user = await aUser([{ status: 'unverified' }, { type: 'recovery_code' }])
    expect(await through(aCaller(), { user, amr: byPassword })).toMatchObject({ kind: 'complete' })
  })

  it('attempt: nothing but a next step is handed out, and nothing is opened', async () => {
    const user = await aUser([{}])
    expect(await through(aCaller(), { user, amr: byPassword })).toMatchObject({ kind: 'pending' })
    expect(await core.sessions.count(user.id)).toBe(0)
    expect((await core.users.find(user.id))?.lastSignInAt).toBeNull()
  })

  it('step up: the session opens at aal1', async () => {
    const user = await aUser([{}])
    expect(await through(stepUp, { user, amr: byPassword })).toMatchObject({ grant: { session: { aal: 'aal1' } } })
  })

  it('refuse: says that a factor is owed', async () => {
    const user = await aUser([{}])
    await expect(through(refuse, { user, amr: byPassword })).rejects.toMatchObject({ code: 'insufficient_aal' })
    expect(await core.sessions.count(user.id)).toBe(0)
  })

  it('a way in that is proof of more than one kind opens at aal2', async () => {
    const user = await aUser([{}])
    for (const caller of [aCaller(), stepUp, refuse])
      expect(await through(caller, { user, amr: [{ method: 'passkey', provider: null }], aal: 'aal2' })).toMatchObject({
        grant: { session: { aal: 'aal2' } },
      })
  })

  it('the second factor finishes what was begun, once, with both proofs', async () => {
    const user = await aUser([{}])
    const pending = await through(aCaller(), { user, amr: byPassword, weakPassword: ['common'] })
    if (pending.kind !== 'pending') throw new Error('not pending')
    const proof = { method: 'totp', provider: null }
    const pass = () =>
      core.transaction(async (tx) => passSecondFactor(tx, aCaller(), { ticket: pending.ticket, user, proof }))
    const all = await Promise.allSettled([pass(), pass(), pass()])
    const [done] = all.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(done).toMatchObject({ weakPassword: ['common'], opened: { session: { aal: 'aal2' } } })
    expect(await core.sessions.count(user.id)).toBe(1)
    const [session] = await core.sessions.list(user.id, { limit: 1 })
    expect(session?.amr.map(({ method }) => method)).toEqual(['totp', 'password'])
  })

  it('what a recovery does to the account waits for the second factor', async () => {
    const user = await aUser([{}])
    await through(stepUp, { user, amr: byPassword })
    const effects = { recovery: true, passwordHash: 'a new hash' }
    const pending = await through(aCaller(), { user, amr: [{ method: 'recovery', provider: null }], effects })
    if (pending.kind !== 'pending') throw new Error('not pending')
    expect(JSON.stringify(pending.ticket)).not.toContain('a new hash')
    expect(await core.sessions.count(user.id)).toBe(1)
    expect((await core.users.findForSignIn({ id: user.id }))?.passwordHash).toBeNull()
    const proof = { method: 'totp', provider: null }
    await core.transaction(async (tx) => passSecondFactor(tx, aCaller(), { ticket: pending.ticket, user, proof }))
    expect((await core.users.findForSignIn({ id: user.id }))?.passwordHash).toBe('a new hash')
    expect(await core.sessions.count(user.id)).toBe(1)
  })

  it('a code to the number somebody signed in with is no second proof', async () => {
    const phone = '+15550100001'
    const user = { ...(await aUser([{ type: 'phone', phone }])), phone }
    await world.database.query(sql`update auth.users set phone = ${phone} where id = ${user.id}`)
    const amr = [{ method: 'code', provider: null, channel: 'sms' as const }]
    await expect(through(aCaller(), { user, amr })).rejects.toMatchObject({ code: 'insufficient_aal' })
    expect(await through(aCaller(), { user, amr: byPassword })).toMatchObject({ kind: 'pending' })
  })

  it('a factor that is proved for the first time while somebody enters counts', async () => {
    const stale = await aUser()
    await world.database.query(sql`insert into auth.factors (id, user_id, type, name, status, created_at, updated_at)
      values (${crypto.randomUUID()}, ${stale.id}, 'totp', '', 'verified', ${new Date()}, ${new Date()})`)
    await expect(through(aCaller(), { user: stale, amr: byPassword })).rejects.toMatchObject({ code: 'conflict' })
    expect(await core.sessions.count(stale.id)).toBe(0)
  })

  it('a factor asked for by an entrance that was replaced opens nothing', async () => {
    const user = await aUser([{}])
    const first = await through(aCaller(), { user, amr: byPassword })
    await through(aCaller(), { user, amr: byPassword })
    if (first.kind !== 'pending') throw new Error('not pending')
    const proof = { method: 'totp', provider: null }
    await expect(
      core.transaction((tx) => passSecondFactor(tx, aCaller(), { ticket: first.ticket, user, proof })),
    ).rejects.toMatchObject({ code: 'attempt_expired' })
  })

  it('what was proved is sealed for its own ticket', async () => {
    const [one, two] = [await aUser([{}]), await aUser([{}])]
    const mine = await through(aCaller(), { user: one, amr: byPassword })
    const other = await through(aCaller(), { user: two, amr: byPassword })
    if (mine.kind !== 'pending' || other.kind !== 'pending') throw new Error('not pending')
    await world.database.query(
      sql`update auth.tickets set payload = ${json(other.ticket.payload)}::jsonb where id = ${mine.ticket.id}`,
    )
    const proof = { method: 'totp', provider: null }
    await expect(
      core.transaction((tx) => passSecondFactor(tx, aCaller(), { ticket: mine.ticket, user: one, proof })),
    ).rejects.toThrow()
  })
})
