import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Core } from '#src/core/core.ts'
import { createExchange } from '#src/core/sessions/exchange.ts'
import { createSuccessors } from '#src/core/sessions/successors.ts'
import { defaultSettings } from '#src/core/settings/defaults.ts'
import { toUser, userColumns } from '#src/core/users/user.ts'
import { createUser } from '#src/flows/admin/create-user.ts'
import { refresh } from '#src/flows/session/refresh.ts'
import { sql } from '#src/storage/sql.ts'
import { aCaller } from '../world/core.ts'
import { atOnce, type Rooms, startRooms, stores } from './rooms.ts'

const caller = aCaller()
const actor = { type: 'key', id: 'test' } as const
const device = { userAgent: 'test', ip: '192.0.2.1' }
// Nothing but moves of the clock ends it, however slow the machine.
const grace = 60
const settings = { sessions: { ...defaultSettings.sessions, grace } }
/** Beyond the grace, and the second for which one note of a token's being handed out serves. */
const past = grace + 5
const used = { code: 'refresh_token_already_used' }
const unknown = { code: 'refresh_token_not_found' }
const proofOf = (method: string) => ({ method, at: '2026-05-04T12:00:00.000Z', provider: null })
const [password, totp, key] = [proofOf('password'), { ...proofOf('totp'), factor: 'f1' }, proofOf('passkey')]

describe.each(stores)('a session that steps up on the %s store', (kind) => {
  const held: { rooms?: Rooms; userId: string } = { userId: '' }
  const rooms = (): Rooms => {
    if (held.rooms === undefined) throw new Error('not started')
    return held.rooms
  }
  const core = (): Core => rooms().core
  const again = (token: string, at: Core = core()) => refresh(at, caller, token)
  const rowOf = async (id: string) => {
    const [row] = await rooms().database.query<{ aal: string; live: number }>(sql`
      select aal, (select count(*)::int from auth.refresh_tokens t where t.session_id = s.id and used_at is null and not void) as live
      from auth.sessions s where id = ${id}`)
    return row
  }
  /** A session whose token was renewed long ago, so that none of its tokens is on its way. */
  const aSession = async () => {
    const { session, refreshToken } = await core().sessions.open({
      userId: held.userId,
      dialect: 'test',
      aal: 'aal1',
      amr: [password],
      ...device,
    })
    rooms().clock.move(600)
    return { id: session.id, session, first: refreshToken }
  }
  const stepUp = async (id: string, older: 'fall' | 'die' = 'fall', amr = [totp, password], at: Core = core()) => {
    const renewed = await at.transaction((tx) => tx.sessions.renew(id, { aal: 'aal2', amr, older }))
    if (renewed === undefined) throw new Error('it ended')
    expect(renewed.session).toMatchObject({ aal: 'aal2', amr })
    return renewed.refreshToken
  }
  /** A page renews it just before it steps up: both answers are on their way. */
  const bothOnTheirWay = async () => {
    const { id, session, first } = await aSession()
    const page = (await again(first)).refreshToken
    return { id, session, first, page, stepped: await stepUp(id) }
  }
  beforeAll(async () => {
    held.rooms = await startRooms(kind, { settings })
    held.userId = (await createUser(core(), caller, actor, { email: 'ada@example.test', way: 'admin' })).id
  })
  afterAll(() => held.rooms?.close())

  it('S48 S49 goes on from an answer that was on its way, whenever it is used, as what it was before', async () => {
    for (const shown of ['page', 'first'] as const)
      for (const later of [1, grace - 1, past, 3_000]) {
        const tokens = await bothOnTheirWay()
        rooms().clock.move(later)
        const next = await again(tokens[shown], rooms().other)
        expect([tokens.first, tokens.page, tokens.stepped]).not.toContain(next.refreshToken)
        const { aal, amr, provedAt } = tokens.session
        expect(next.session).toMatchObject({ id: tokens.id, aal, amr, provedAt })
        expect((await core().accessTokens.verify(next.accessToken)).aal).toBe('aal1')
        expect(await core().sessions.findLive(tokens.id, held.userId)).toMatchObject({
          session: { aal, amr, provedAt },
        })
        expect(await rowOf(tokens.id)).toEqual({ aal: 'aal1', live: 1 })
        rooms().clock.move(3_000)
        const last = await again(next.refreshToken)
        expect(last.session).toMatchObject({ id: tokens.id, aal: 'aal1' })
      }
  })

  it('gives the same answer to all who show one token, and goes on with whichever answer came last', async () => {
    for (const kept of ['page', 'stepped', 'late'] as const) {
      const tokens = await bothOnTheirWay()
      rooms().clock.move(2)
      const late = await Promise.all(
        atOnce(20, (index) => again(tokens.first, index % 2 === 0 ? core() : rooms().other)),
      )
      expect(new Set(late.map(({ refreshToken }) => refreshToken)).size).toBe(1)
      rooms().clock.move(3_000)
      const next = await again({ ...tokens, late: late[0]?.refreshToken ?? '' }[kept])
      expect(next.session).toMatchObject({ id: tokens.id, aal: 'aal1' })
      rooms().clock.move(3_000)
      expect((await again(next.refreshToken)).session).toMatchObject({ id: tokens.id, aal: 'aal1' })
      expect(await rowOf(tokens.id)).toEqual({ aal: 'aal1', live: 1 })
    }
  })

  it('stays what it is once its new token was used: an older one is refused at first, and ends it later', async () => {
    for (const shown of ['page', 'first'] as const) {
      const tokens = await bothOnTheirWay()
      const next = await again(tokens.stepped)
      expect(next.session.aal).toBe('aal2')
      rooms().clock.move(2 * grace - 5)
      await expect(again(tokens[shown])).rejects.toMatchObject(unknown)
      expect(await rowOf(tokens.id)).toEqual({ aal: 'aal2', live: 1 })
      rooms().clock.move(10)
      await expect(again(tokens[shown])).rejects.toMatchObject(used)
      await expect(again(next.refreshToken)).rejects.toMatchObject(unknown)
      expect(await rowOf(tokens.id)).toBeUndefined()
      const replays = { userId: held.userId, action: 'session.replayed' }
      expect(await core().audit.list(replays, { limit: 1 })).toMatchObject([{ sessionId: tokens.id }])
    }
  })

  it('is told that there is a newer one where it may have that, and ends where it has not', async () => {
    for (const shown of ['page', 'first'] as const) {
      const tokens = await bothOnTheirWay()
      const next = await again(tokens.stepped)
      rooms().clock.move(2 * grace + 5)
      for (const _ of [1, 2]) {
        const asked = refresh(rooms().other, caller, tokens[shown], { mayBeOlder: true })
        await expect(asked).rejects.toMatchObject({ code: 'refresh_token_overtaken' })
        expect(await rowOf(tokens.id)).toEqual({ aal: 'aal2', live: 1 })
      }
      await expect(again(tokens[shown])).rejects.toMatchObject(used)
      await expect(again(next.refreshToken)).rejects.toMatchObject(unknown)
    }
  })

  it('S46 ends for a replay of any other kind, also where it says that it may be older', async () => {
    const { id, first } = await aSession()
    const next = await again((await again(first)).refreshToken)
    const asked = refresh(core(), caller, first, { mayBeOlder: true })
    await expect(asked).rejects.toMatchObject(used)
    await expect(again(next.refreshToken)).rejects.toMatchObject(unknown)
    expect(await rowOf(id)).toBeUndefined()
  })

  it('goes on from every token that was on its way, whichever are shown in a row after it fell back', async () => {
    for (const shown of [
      ['first', 'stepped', 'first'],
      ['page', 'stepped', 'first', 'page'],
      ['first', 'page', 'stepped', 'stepped', 'first'],
    ] as const)
      for (const kept of new Set(shown)) {
        const tokens = await bothOnTheirWay()
        const given = new Map<string, string>()
        for (const which of shown) {
          given.set(which, (await again(tokens[which], rooms().other)).refreshToken)
          rooms().clock.move(3)
        }
        rooms().clock.move(3_000)
        const next = await again(given.get(kept) ?? '')
        expect(next.session).toMatchObject({ id: tokens.id, aal: 'aal1' })
        rooms().clock.move(3_000)
        expect((await again(next.refreshToken)).session).toMatchObject({ id: tokens.id, aal: 'aal1' })
        expect(await rowOf(tokens.id)).toEqual({ aal: 'aal1', live: 1 })
      }
  })

  it('S46 S48 ends when a thief keeps an older token alive after it fell back, and the owner goes on', async () => {
    for (const shown of ['first', 'page'] as const) {
      const tokens = await bothOnTheirWay()
      await again(tokens[shown])
      const owner = await again(tokens.stepped)
      for (const _ of Array.from({ length: 4 })) {
        rooms().clock.move(grace - 2)
        await again(tokens[shown])
      }
      await expect(again(owner.refreshToken)).rejects.toMatchObject(used)
      await expect(again(tokens[shown])).rejects.toMatchObject(unknown)
    }
  })

  it('S49 ends for whoever is second of two that hold an older token and the new one', async () => {
    for (const shown of ['page', 'first'] as const) {
      const tokens = await bothOnTheirWay()
      rooms().clock.move(past)
      const thief = await again(tokens[shown])
      expect(thief.session.aal).toBe('aal1')
      rooms().clock.move(past)
      const owner = await again(tokens.stepped)
      expect(owner.session.aal).toBe('aal1')
      await expect(again(thief.refreshToken)).rejects.toMatchObject(used)
      await expect(again(owner.refreshToken)).rejects.toMatchObject(unknown)
    }
    const tokens = await bothOnTheirWay()
    const thief = await again((await again(tokens.page)).refreshToken)
    expect(thief.session.aal).toBe('aal1')
    await expect(again(tokens.stepped)).rejects.toMatchObject(used)
    await expect(again(thief.refreshToken)).rejects.toMatchObject(unknown)
    // As long as answers may be on their way nobody is refused; the two part when they come again.
    for (const first of ['thief', 'owner'] as const) {
      const tokens = await bothOnTheirWay()
      const thief = (await again(tokens.page)).refreshToken
      const owner = (await again(tokens.stepped)).refreshToken
      expect(await rowOf(tokens.id)).toEqual({ aal: 'aal1', live: 1 })
      rooms().clock.move(past)
      const [one, two] = first === 'thief' ? [thief, owner] : [owner, thief]
      const next = await again(one)
      expect(next.session.aal).toBe('aal1')
      await expect(again(two)).rejects.toMatchObject(used)
      await expect(again(next.refreshToken)).rejects.toMatchObject(unknown)
    }
  })

  it('knows nothing of tokens that were not on their way: the one of the sign-in, and older ones than the grace', async () => {
    const fresh = await core().sessions.open({
      userId: held.userId,
      dialect: 'test',
      aal: 'aal1',
      amr: [password],
      ...device,
    })
    const steppedAtOnce = await stepUp(fresh.session.id)
    await expect(again(fresh.refreshToken)).rejects.toMatchObject(unknown)
    expect((await again(steppedAtOnce)).session.aal).toBe('aal2')

    const { id, first } = await aSession()
    const second = (await again(first)).refreshToken
    rooms().clock.move(past)
    const stepped = await stepUp(id)
    for (const old of [first, second]) await expect(again(old)).rejects.toMatchObject(unknown)
    expect((await again(stepped)).session.aal).toBe('aal2')
    expect(await core().sessions.findByUnchanged(second, device)).toBeUndefined()
  })

  it('goes on from any of the answers that were on their way, also from one that another had replaced', async () => {
    for (const shown of ['first', 'second', 'third'] as const) {
      const { id, first } = await aSession()
      const second = (await again(first)).refreshToken
      rooms().clock.move(grace - 2)
      expect((await again(first)).refreshToken).toBe(second)
      rooms().clock.move(4)
      const third = (await again(first)).refreshToken
      expect(third).not.toBe(second)
      const stepped = await stepUp(id)
      rooms().clock.move(3_000)
      const next = await again({ first, second, third }[shown])
      expect(next.session).toMatchObject({ id, aal: 'aal1' })
      rooms().clock.move(3_000)
      expect((await again(next.refreshToken)).session).toMatchObject({ id, aal: 'aal1' })
      await expect(again(stepped)).rejects.toMatchObject(used)
    }
  })

  it('S49 opens nothing with an older token that is shown unchanged, or by somebody else', async () => {
    const { id, page, stepped } = await bothOnTheirWay()
    expect(await core().sessions.findByUnchanged(page, device)).toBeUndefined()
    const holder = { id: 'an-app', tokens: 'account' } as const
    expect(await core().sessions.findHeld(page, holder)).toBeUndefined()
    expect(await core().sessions.rotate(page, device, { holder })).toMatchObject({ kind: 'refused', reason: 'foreign' })
    expect(await rowOf(id)).toEqual({ aal: 'aal2', live: 1 })
    expect((await again(stepped)).session.aal).toBe('aal2')
  })

  it('falls back past all that it stepped up in a row', async () => {
    for (const shown of ['page', 'stepped'] as const) {
      const tokens = await bothOnTheirWay()
      rooms().clock.move(2)
      const last = await stepUp(tokens.id, 'fall', [key, totp, password])
      rooms().clock.move(3_000)
      expect((await again(tokens[shown])).session).toMatchObject({ aal: 'aal1', amr: [password] })
      expect((await again(last)).session.aal).toBe('aal1')
    }
    const tokens = await bothOnTheirWay()
    rooms().clock.move(past)
    const last = await stepUp(tokens.id, 'fall', [key, totp, password])
    for (const old of [tokens.first, tokens.page, tokens.stepped])
      await expect(again(old)).rejects.toMatchObject(unknown)
    expect((await again(last)).session.amr).toEqual([key, totp, password])
  })

  it('steps up anew after it fell back, and then nothing older leads anywhere', async () => {
    const tokens = await bothOnTheirWay()
    const fallen = (await again(tokens.page)).refreshToken
    rooms().clock.move(past)
    const anew = await stepUp(tokens.id)
    for (const old of [tokens.first, tokens.page, tokens.stepped, fallen])
      await expect(again(old)).rejects.toMatchObject(unknown)
    expect((await again(anew)).session.aal).toBe('aal2')
  })

  it('S41 S90 leaves every older token dead where the account was changed by it', async () => {
    const { id, first } = await aSession()
    const page = (await again(first)).refreshToken
    const stepped = await stepUp(id, 'die')
    for (const old of [first, page]) await expect(again(old)).rejects.toMatchObject(unknown)
    expect((await again(stepped)).session.aal).toBe('aal2')
  })

  it('S91 does not fall back to what rests on a factor or an account elsewhere that is gone', async () => {
    for (const take of [
      (tx: Core, except?: string) => tx.sessions.lower(held.userId, except),
      (tx: Core, except?: string) => tx.sessions.endOfFactor(held.userId, 'f1', except),
      (tx: Core, except?: string) => tx.sessions.endOfProvider(held.userId, 'google', except),
    ])
      for (const isOwn of [true, false]) {
        const { id, first } = await aSession()
        rooms().clock.move(600)
        const raised = await stepUp(id)
        rooms().clock.move(600)
        const page = (await again(raised)).refreshToken
        const stepped = await stepUp(id, 'fall', [password, totp, password])
        await core().transaction(async (tx) => void (await take(tx, isOwn ? id : undefined)))
        for (const old of [first, raised, page]) await expect(again(old)).rejects.toMatchObject(unknown)
        const { aal } = (await again(stepped)).session
        expect(aal).toBe((await rowOf(id))?.aal)
      }
  })

  it('S91 S145 does not fall back when what it would fall to goes in the moment in which an older token is shown', async () => {
    const { id, page, stepped } = await bothOnTheirWay()
    const between = { isTaken: false }
    const { database } = rooms()
    const { runtime, vault } = core()
    const exchange = createExchange(
      {
        async query(statement) {
          if (statement.text.includes('undone as') && !between.isTaken) {
            between.isTaken = true
            await core().transaction((tx) => tx.sessions.lower(held.userId))
          }
          return database.query(statement)
        },
      },
      {
        runtime,
        successors: createSuccessors(vault, runtime),
        policy: settings.sessions,
        user: { columns: userColumns, read: toUser },
      },
    )
    expect(await exchange(page, device)).toEqual({ kind: 'unknown' })
    expect(between.isTaken).toBe(true)
    expect(await rowOf(id)).toEqual({ aal: 'aal1', live: 1 })
    expect((await again(stepped)).session).toMatchObject({ id, aal: 'aal1' })
  })

  it('S49 yields one line to an older token and the new one that are shown at once, on two processes', async () => {
    for (const _ of Array.from({ length: 20 })) {
      const tokens = await bothOnTheirWay()
      const [page, stepped] = await Promise.all([
        rooms().other.sessions.rotate(tokens.page, device),
        core().sessions.rotate(tokens.stepped, device),
      ])
      if (page.kind === 'rotated') expect(page.session.aal).toBe('aal1')
      else expect(page).toEqual({ kind: 'unknown' })
      // What it answers is what the row says, whoever was first.
      if (stepped.kind !== 'rotated') throw new Error(JSON.stringify(stepped))
      const isFallen = page.kind === 'rotated'
      expect(stepped.session.aal).toBe(isFallen ? 'aal1' : 'aal2')
      expect(await rowOf(tokens.id)).toEqual({ aal: isFallen ? 'aal1' : 'aal2', live: 1 })
    }
  })

  it('S49 has one living token whatever is renewed in the moment in which it steps up, and none of them rises', async () => {
    for (const _ of Array.from({ length: 20 })) {
      const { id, first } = await aSession()
      const page = (await again(first)).refreshToken
      const [outcomes, stepped] = await Promise.all([
        Promise.all(atOnce(4, (index) => rooms().other.sessions.rotate(index % 2 === 0 ? first : page, device))),
        stepUp(id),
      ])
      expect((await rowOf(id))?.live).toBe(1)
      const older = outcomes.flatMap((outcome) => (outcome.kind === 'rotated' ? [outcome] : []))
      for (const { session } of older) expect(session.aal).toBe('aal1')
      for (const token of [...older.map(({ refreshToken }) => refreshToken), page, first]) {
        const outcome = await core().sessions.rotate(token, device)
        if (outcome.kind === 'rotated') expect(outcome.session.aal).toBe('aal1')
      }
      const last = await core().sessions.rotate(stepped, device)
      if (last.kind === 'rotated') expect(last.session.aal).toBe((await rowOf(id))?.aal)
    }
  })
})
