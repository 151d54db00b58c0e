import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sha256 } from '#src/base/digest.ts'
import type { Core } from '#src/core/core.ts'
import { defaultSettings } from '#src/core/settings/defaults.ts'
import { createUser } from '#src/flows/admin/create-user.ts'
import { updateUser } from '#src/flows/admin/update-user.ts'
import { refresh } from '#src/flows/session/refresh.ts'
import { signOut } from '#src/flows/session/sign-out.ts'
import { signInWithPassword } from '#src/flows/sign-in/with-password.ts'
import { sql } from '#src/storage/sql.ts'
import { aCaller } from '../world/core.ts'
import { atOnce, type Rooms, startRooms, stores, tally } from './rooms.ts'

const caller = aCaller()
const actor = { type: 'key', id: 'test' } as const
const password = 'seven quiet otters'
const device = { userAgent: 'test', ip: '192.0.2.1' }
const hour = 3_600
const settings = { sessions: { ...defaultSettings.sessions, grace: 10, idle: 24 * hour, absolute: 72 * hour } }
const used = { code: 'refresh_token_already_used' }
const unknown = { code: 'refresh_token_not_found' }

describe.each(stores)('sessions on the %s store', (kind) => {
  const world: { rooms?: Rooms; people: number } = { people: 0 }
  const rooms = (): Rooms => {
    if (world.rooms === undefined) throw new Error('not started')
    return world.rooms
  }
  const core = (): Core => rooms().core
  const person = async () => {
    world.people += 1
    const email = `person${world.people}@example.test`
    const user = await createUser(core(), caller, actor, { email, password, emailConfirmed: true, way: 'admin' })
    const signIn = async () => {
      const outcome = await signInWithPassword(core(), caller, { address: { email }, password })
      if (outcome.kind !== 'complete') throw new Error(outcome.kind)
      return outcome.grant
    }
    return { user, email, signIn, grant: await signIn() }
  }
  const rows = async (sessionId: string) => {
    const [row] = await rooms().database.query<{ sessions: number; tokens: number; open: number }>(sql`select
      (select count(*)::int from auth.sessions where id = ${sessionId}) as sessions,
      (select count(*)::int from auth.refresh_tokens where session_id = ${sessionId}) as tokens,
      (select count(*)::int from auth.refresh_tokens where session_id = ${sessionId} and used_at is null and not void) as open`)
    return row
  }
  const again = (token: string) => refresh(core(), caller, token)
  beforeAll(async () => {
    world.rooms = await startRooms(kind, { settings })
  })
  afterAll(() => world.rooms?.close())

  it('give each sign-in its own session, and one new token for each refresh (S44, S45)', async () => {
    const { grant, signIn } = await person()
    const second = await signIn()
    expect(second.session.id).not.toBe(grant.session.id)
    const renewed = await again(grant.refreshToken)
    expect(renewed.session.id).toBe(grant.session.id)
    expect(renewed.refreshToken).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)
    expect(renewed.refreshToken).not.toBe(grant.refreshToken)
    expect(await rows(grant.session.id)).toEqual({ sessions: 1, tokens: 2, open: 1 })
  })

  it('do not know a token that was altered, cut, lengthened or never given (S45)', async () => {
    const { grant } = await person()
    const token = grant.refreshToken
    const flipped = `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`
    for (const wrong of [
      flipped,
      token.slice(0, -1),
      `${token}0`,
      `${token} `,
      token.toUpperCase(),
      '',
      '\\x00',
      "' or 1=1",
    ])
      await expect(again(wrong)).rejects.toMatchObject(unknown)
    expect((await again(token)).session.id).toBe(grant.session.id)
  })

  it('end when a token comes back whose successor was used, and leave the user’s others alone (S46)', async () => {
    const { grant, signIn, user, email } = await person()
    const bystander = await signIn()
    const second = await again(grant.refreshToken)
    const third = await again(second.refreshToken)
    rooms().clock.move(11)
    await expect(again(grant.refreshToken)).rejects.toMatchObject(used)
    await expect(again(third.refreshToken)).rejects.toMatchObject(unknown)
    expect(await core().sessions.findLive(grant.session.id, user.id)).toBeUndefined()
    expect(await core().audit.list({ userId: user.id, action: 'session.replayed' }, { limit: 9 })).toMatchObject([
      { result: 'refused', code: 'refresh_token_already_used', sessionId: grant.session.id },
    ])
    expect(await rooms().templatesTo(email)).toContain('session_replayed')
    expect((await again(bystander.refreshToken)).session.id).toBe(bystander.session.id)
  })

  it('end on a replay inside the grace too, once the successor was used', async () => {
    const { grant } = await person()
    const second = await again(grant.refreshToken)
    await again(second.refreshToken)
    await expect(again(grant.refreshToken)).rejects.toMatchObject(used)
  })

  it.each([
    ['one process', () => [core()]],
    ['two processes', () => [core(), rooms().other]],
  ] as const)('give a hundred refreshes at once on %s the same successor (S47)', async (_, cores) => {
    const { grant, user } = await person()
    const many = cores()
    const grants = await Promise.all(
      atOnce(100, (index) => refresh(many[index % many.length] ?? core(), caller, grant.refreshToken)),
    )
    expect(new Set(grants.map(({ refreshToken }) => refreshToken)).size).toBe(1)
    expect(new Set(grants.map(({ session }) => session.id))).toEqual(new Set([grant.session.id]))
    expect(await rows(grant.session.id)).toEqual({ sessions: 1, tokens: 2, open: 1 })
    expect(await core().audit.count({ userId: user.id, action: 'session.replayed' })).toBe(0)
    expect(await core().sessions.count(user.id)).toBe(1)
  })

  it('repeat the successor within the grace, and after it replace the one nobody used (S48)', async () => {
    const { grant } = await person()
    const second = await again(grant.refreshToken)
    rooms().clock.move(9)
    expect((await again(grant.refreshToken)).refreshToken).toBe(second.refreshToken)
    rooms().clock.move(3)
    const replacement = await again(grant.refreshToken)
    expect(replacement.refreshToken).not.toBe(second.refreshToken)
    expect(await rows(grant.session.id)).toEqual({ sessions: 1, tokens: 3, open: 1 })
    const fourth = await again(replacement.refreshToken)
    await expect(again(second.refreshToken)).rejects.toMatchObject(used)
    await expect(again(fourth.refreshToken)).rejects.toMatchObject(unknown)
  })

  /** Two processes of an app show one token: before the grace ends, and after it. */
  const aroundTheEnd = async () => {
    const { grant } = await person()
    const first = grant.refreshToken
    const lost = await again(first)
    rooms().clock.move(5)
    const before = await again(first)
    expect(before.refreshToken).toBe(lost.refreshToken)
    rooms().clock.move(6)
    const after = await refresh(rooms().other, caller, first)
    expect(after.refreshToken).not.toBe(before.refreshToken)
    expect(await rows(grant.session.id)).toEqual({ sessions: 1, tokens: 3, open: 1 })
    return { id: grant.session.id, first, before: before.refreshToken, after: after.refreshToken }
  }

  it('go on with whichever answer arrives of those given around the end of the grace (S48)', async () => {
    for (const arrived of ['first', 'before', 'after'] as const) {
      const tokens = await aroundTheEnd()
      const next = await again(tokens[arrived])
      // Until somebody uses the newest one, the others lead to it.
      expect(next.refreshToken === tokens.after).toBe(arrived !== 'after')
      rooms().clock.move(3_000)
      expect((await again(next.refreshToken)).session.id).toBe(tokens.id)
      expect(await rows(tokens.id)).toMatchObject({ sessions: 1, open: 1 })
    }
  })

  it('go on when the answers around the end of the grace are used an hour later (S48)', async () => {
    for (const arrived of ['first', 'before', 'after'] as const) {
      const tokens = await aroundTheEnd()
      rooms().clock.move(3_000)
      const next = await again(tokens[arrived])
      expect(next.session.id).toBe(tokens.id)
      rooms().clock.move(3_000)
      expect((await again(next.refreshToken)).session.id).toBe(tokens.id)
    }
  })

  it('end for whoever is second of two that hold different answers of the end of the grace (S46, S48)', async () => {
    for (const [owner, thief] of [
      ['after', 'before'],
      ['after', 'first'],
      ['before', 'after'],
      ['before', 'first'],
      ['first', 'after'],
      ['first', 'before'],
    ] as const) {
      const tokens = await aroundTheEnd()
      rooms().clock.move(3_000)
      const next = await again(tokens[owner])
      rooms().clock.move(11)
      const stolen = await again(tokens[thief]).catch((error: unknown) => error)
      expect(stolen).toMatchObject(used)
      await expect(again(next.refreshToken)).rejects.toMatchObject(unknown)
    }
  })

  it('end when a thief keeps an old token alive and the owner goes on (S46, S48)', async () => {
    const { grant } = await person()
    const first = grant.refreshToken
    const seen = new Set<string>()
    // The thief asks every nine seconds; the owner gets one of the answers, and uses it when it is due.
    const poll = async (times: number) => {
      for (let count = 0; count < times; count += 1) {
        seen.add((await again(first)).refreshToken)
        rooms().clock.move(9)
      }
    }
    await poll(7)
    const owner = await refresh(rooms().other, caller, first)
    await poll(5)
    expect(seen.size).toBeGreaterThan(3)
    await expect(again(owner.refreshToken)).rejects.toMatchObject(used)
    await expect(again(first)).rejects.toMatchObject(unknown)
  })

  it('know one successor, whoever asks at the very end of the grace, on two processes (S47, S48)', async () => {
    const { grant, user } = await person()
    await again(grant.refreshToken)
    rooms().clock.move(9.9)
    const ask = (index: number) => refresh(index % 2 === 0 ? core() : rooms().other, caller, grant.refreshToken)
    const grants = await Promise.all(atOnce(20, ask))
    const given = [...new Set(grants.map(({ refreshToken }) => refreshToken))]
    // Whichever came last is what the browser keeps.
    for (const token of given) {
      const [held] = await rooms().database.query<{ void: boolean }>(
        sql`select void from auth.refresh_tokens where session_id = ${grant.session.id} and digest = ${sha256(token)}`,
      )
      expect(held).toEqual({ void: false })
    }
    expect(await rows(grant.session.id)).toMatchObject({ sessions: 1, open: 1 })
    expect(await core().audit.count({ userId: user.id, action: 'session.replayed' })).toBe(0)
  })

  it('replace an unused successor once for many that ask at once after the grace', async () => {
    const { grant } = await person()
    await again(grant.refreshToken)
    rooms().clock.move(11)
    const grants = await Promise.all(
      atOnce(40, (index) => refresh(index % 2 === 0 ? core() : rooms().other, caller, grant.refreshToken)),
    )
    expect(new Set(grants.map(({ refreshToken }) => refreshToken)).size).toBe(1)
    expect(await rows(grant.session.id)).toEqual({ sessions: 1, tokens: 3, open: 1 })
  })

  it('are refused past their idle end and their absolute end, which no refresh moves (S50)', async () => {
    const [idle, long] = [await person(), await person()]
    rooms().clock.move(24 * hour - 60)
    const kept = await again(long.grant.refreshToken)
    expect(kept.session.endsAt).toEqual(long.grant.session.endsAt)
    rooms().clock.move(61)
    await expect(again(idle.grant.refreshToken)).rejects.toMatchObject({
      code: 'session_expired',
      details: { reason: 'idle' },
    })
    expect(await core().sessions.list(idle.user.id, { limit: 9 })).toEqual([])
    rooms().clock.move(23 * hour)
    const later = await again(kept.refreshToken)
    rooms().clock.move(23 * hour)
    const last = await again(later.refreshToken)
    expect(last.session.endsAt).toEqual(long.grant.session.endsAt)
    expect(last.expiresAt.getTime()).toBeLessThanOrEqual(last.session.endsAt.getTime())
    rooms().clock.move(3 * hour)
    await expect(again(last.refreshToken)).rejects.toMatchObject({
      code: 'session_expired',
      details: { reason: 'absolute' },
    })
    expect(await core().sessions.findLive(long.grant.session.id, long.user.id)).toBeUndefined()
  })

  it('give no access token that outlives them', async () => {
    const { grant } = await person()
    rooms().clock.move(24 * hour - 60)
    const second = await again(grant.refreshToken)
    rooms().clock.move(24 * hour - 60)
    const third = await again(second.refreshToken)
    rooms().clock.move(24 * hour - 600)
    const { expiresAt, session } = await again(third.refreshToken)
    expect(Math.abs(expiresAt.getTime() - session.endsAt.getTime())).toBeLessThan(1_000)
  })

  it('that are ended while they are refreshed are over for everybody, and nobody waits for anybody', async () => {
    for (const _ of Array.from({ length: 25 })) {
      const { user } = await firstPerson()
      const { session, refreshToken } = await core().sessions.open({
        userId: user.id,
        dialect: 'test',
        aal: 'aal1',
        amr: [],
        ...device,
      })
      const [ended, ...outcomes] = await Promise.all([
        rooms().other.sessions.end(session.id),
        ...atOnce(4, () => core().sessions.rotate(refreshToken, device)),
      ])
      expect(ended).toBe(true)
      expect(outcomes.every((outcome) => outcome.kind === 'rotated' || outcome.kind === 'unknown')).toBe(true)
      expect(await rows(session.id)).toEqual({ sessions: 0, tokens: 0, open: 0 })
      for (const outcome of outcomes)
        if (outcome.kind === 'rotated')
          expect(await core().sessions.rotate(outcome.refreshToken, device)).toEqual({ kind: 'unknown' })
    }
  })
  const firstPerson = async () => {
    const found = await core().users.findByAddress({ email: 'person1@example.test' })
    if (found === undefined) throw new Error('nobody came before')
    return { user: found }
  }

  it('that step up leave every older token dead, its grace and what is under way included (S49)', async () => {
    const { grant } = await person()
    const second = await again(grant.refreshToken)
    const renewed = await core().transaction((tx) => tx.sessions.renew(grant.session.id, { aal: 'aal2', amr: [] }))
    expect(renewed?.session.aal).toBe('aal2')
    for (const dead of [grant.refreshToken, second.refreshToken])
      await expect(again(dead)).rejects.toMatchObject(unknown)
    expect((await again(renewed?.refreshToken ?? '')).session.aal).toBe('aal2')
    for (const _ of Array.from({ length: 25 })) {
      const next = await person()
      const [outcomes, stepped] = await Promise.all([
        Promise.all(atOnce(4, () => rooms().other.sessions.rotate(next.grant.refreshToken, device))),
        core().transaction((tx) => tx.sessions.renew(next.grant.session.id, { aal: 'aal2', amr: [] })),
      ])
      for (const outcome of outcomes)
        if (outcome.kind === 'rotated')
          expect(await core().sessions.rotate(outcome.refreshToken, device)).toEqual({ kind: 'unknown' })
      expect(await rows(next.grant.session.id)).toMatchObject({ open: 1 })
      expect(await core().sessions.rotate(stepped?.refreshToken ?? '', device)).toMatchObject({ kind: 'rotated' })
    }
  })

  it('are refused to the banned, and end with the ban (S53)', async () => {
    const { grant, user } = await person()
    await core().users.update(user.id, { bannedUntil: new Date('2999-01-01') })
    await expect(again(grant.refreshToken)).rejects.toMatchObject({ code: 'user_banned' })
    await core().users.update(user.id, { bannedUntil: null })
    const second = await again(grant.refreshToken)
    await updateUser(core(), caller, actor, { id: user.id, change: { bannedUntil: new Date('2999-01-01') } })
    await expect(again(second.refreshToken)).rejects.toMatchObject(unknown)
  })

  it('end for one, for the others or for all, twice as well as once (S51)', async () => {
    const { user, grant, signIn } = await person()
    const [second, third] = [await signIn(), await signIn()]
    await signOut(core(), caller, { session: second.session, scope: 'this' })
    await signOut(core(), caller, { session: second.session, scope: 'this' })
    await expect(again(second.refreshToken)).rejects.toMatchObject(unknown)
    await signOut(core(), caller, { session: grant.session, scope: 'others' })
    await expect(again(third.refreshToken)).rejects.toMatchObject(unknown)
    const kept = await again(grant.refreshToken)
    await signOut(core(), caller, { session: grant.session, scope: 'all' })
    await expect(again(kept.refreshToken)).rejects.toMatchObject(unknown)
    expect(await core().sessions.count(user.id)).toBe(0)
  })

  it('of another user are not ended, listed or found by their id (S54)', async () => {
    const [mine, theirs] = [await person(), await person()]
    expect(await core().sessions.end(theirs.grant.session.id, mine.user.id)).toBe(false)
    expect(await core().sessions.findLive(theirs.grant.session.id, mine.user.id)).toBeUndefined()
    expect(await core().sessions.list(mine.user.id, { limit: 9 })).toHaveLength(1)
    expect(await core().sessions.findLive(theirs.grant.session.id, theirs.user.id)).toBeDefined()
  })

  it('are listed by pages, the last used first', async () => {
    const { user, signIn } = await person()
    for (const _ of Array.from({ length: 6 })) {
      rooms().clock.move(1)
      await signIn()
    }
    const whole = await core().sessions.list(user.id, { limit: 99 })
    const paged: string[] = []
    for (let page = await core().sessions.list(user.id, { limit: 3 }); page.length > 0; ) {
      paged.push(...page.map(({ id }) => id))
      const last = page.at(-1)
      if (last === undefined) break
      page = await core().sessions.list(user.id, { limit: 3, after: { at: last.lastUsedAt, id: last.id } })
    }
    expect(paged).toEqual(whole.map(({ id }) => id))
    expect(whole).toHaveLength(7)
  })

  it('that are over are taken away in batches, and no other (S130)', async () => {
    const [old, fresh] = [await person(), { rotated: '' }]
    rooms().clock.move(25 * hour)
    fresh.rotated = (await person()).grant.session.id
    const purged = { gone: 0 }
    for (let gone = await core().sessions.purge(7); gone > 0; gone = await core().sessions.purge(7)) {
      expect(gone).toBeLessThanOrEqual(7)
      purged.gone += gone
    }
    expect(purged.gone).toBeGreaterThan(7)
    expect(await rows(old.grant.session.id)).toEqual({ sessions: 0, tokens: 0, open: 0 })
    expect(await rows(fresh.rotated)).toEqual({ sessions: 1, tokens: 1, open: 1 })
  })

  it('are counted right however many refresh at once', async () => {
    const people = await Promise.all(atOnce(20, () => person()))
    const outcomes = await tally(people.flatMap(({ grant }) => atOnce(5, () => again(grant.refreshToken))))
    expect(outcomes).toEqual({ ok: 100 })
  })
})
