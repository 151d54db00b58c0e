import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemRuntime } from '#src/base/runtime.ts'
import type { Core } from '#src/core/core.ts'
import { drawCode } from '#src/core/tickets/codes.ts'
import { changePassword } from '#src/flows/account/change-password.ts'
import { recover } from '#src/flows/account/recover.ts'
import { createUser } from '#src/flows/admin/create-user.ts'
import { invite } from '#src/flows/admin/invite.ts'
import { updateUser } from '#src/flows/admin/update-user.ts'
import { addressKey } from '#src/flows/attempt/addresses.ts'
import { verifyCode, verifyLink } from '#src/flows/attempt/verify.ts'
import { sendSignInCode } from '#src/flows/sign-in/with-code.ts'
import { signInWithPassword } from '#src/flows/sign-in/with-password.ts'
import { signUpWithPassword } from '#src/flows/sign-up/with-password.ts'
import { removeUser } from '#src/flows/steps/remove-user.ts'
import { sql } from '#src/storage/sql.ts'
import { aCaller } from '../world/core.ts'
import { atOnce, type Rooms, startRooms, stores, tally } from './rooms.ts'

const caller = aCaller()
const actor = { type: 'key', id: 'test' } as const
const password = 'seven quiet otters'
const expired = { code: 'otp_expired' }
const wrongOf = (code: string | undefined, by = 1) => String((Number(code) + by) % 1_000_000).padStart(6, '0')

describe('codes', () => {
  it('are drawn without a bias, leading zeros kept (S7)', () => {
    const runtime = systemRuntime()
    const draws = 1_000_000
    const [front, back] = [new Uint32Array(1_000), new Uint32Array(1_000)]
    for (let index = 0; index < draws; index += 1) {
      const code = drawCode(runtime, 6)
      if (code.length !== 6) throw new Error(`${code.length} digits`)
      const number = Number(code)
      const [first, last] = [Math.floor(number / 1_000), number % 1_000]
      front[first] = (front[first] ?? 0) + 1
      back[last] = (back[last] ?? 0) + 1
    }
    const expected = draws / 1_000
    const chiSquare = (bins: Uint32Array) => bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    // 999 degrees of freedom: a fair generator is above 1226 once in a million runs.
    expect(chiSquare(front)).toBeLessThan(1_226)
    expect(chiSquare(back)).toBeLessThan(1_226)
    expect(front[0]).toBeGreaterThan(800)
  })
})

describe.each(stores)('tickets on the %s store', (kind) => {
  const world: { rooms?: Rooms; people: number } = { people: 0 }
  const rooms = (): Rooms => {
    if (world.rooms === undefined) throw new Error('not started')
    return world.rooms
  }
  const core = (): Core => rooms().core
  const unknownAddress = () => {
    world.people += 1
    return { email: `person${world.people}@example.test` }
  }
  const person = async () => {
    const address = unknownAddress()
    const user = await createUser(core(), caller, actor, { ...address, emailConfirmed: true, way: 'admin' })
    return { user, address }
  }
  const askCode = (address: { email: string }, on = core(), createUser_ = false) =>
    sendSignInCode(on, caller, { address, createUser: createUser_, about: {}, back: {} })
  const mail = async (address: { email: string }) => {
    const { code, tokenHash } = await rooms().mailTo(address.email)
    return { code: code ?? '', link: tokenHash ?? '' }
  }
  const useCode = (address: { email: string }, code: string, on = core()) =>
    verifyCode(on, caller, { address, code, purposes: ['sign_in', 'sign_up', 'recovery', 'invite'] })
  const outstanding = async (userId: string) => {
    const [row] = await rooms().database.query<{ count: number }>(
      sql`select count(*)::int as count from auth.tickets where user_id = ${userId} and spent_at is null`,
    )
    return row?.count
  }
  beforeAll(async () => {
    world.rooms = await startRooms(kind)
  })
  afterAll(() => world.rooms?.close())

  describe('lifetimes (S20)', () => {
    const ways = {
      sign_in: { ask: askCode, code: 600, link: 600 },
      recovery: {
        ask: (address: { email: string }) => recover(core(), caller, { address, back: {} }),
        code: 600,
        link: 3_600,
      },
      invite: {
        ask: (address: { email: string }) => invite(core(), caller, actor, address),
        code: 600,
        link: 7 * 86_400,
      },
      sign_up: {
        ask: (address: { email: string }) =>
          signUpWithPassword(core(), caller, { address, password, about: {}, back: {} }),
        code: 600,
        link: 86_400,
      },
    } as const
    it.each(Object.keys(ways) as (keyof typeof ways)[])(
      'end for %s when they are said to, and no clean-up is needed for that',
      async (way) => {
        const { ask, code, link } = ways[way]
        const begin = async () => {
          const { address } = way === 'sign_in' || way === 'recovery' ? await person() : { address: unknownAddress() }
          await ask(address)
          return { address, ...(await mail(address)) }
        }
        const [codeInTime, codeLate] = [await begin(), await begin()]
        // Half a minute beside its end on either side: what else happens takes time as well.
        rooms().clock.move(code - 30)
        expect(await useCode(codeInTime.address, codeInTime.code)).toMatchObject({ kind: 'complete' })
        rooms().clock.move(60)
        await expect(useCode(codeLate.address, codeLate.code)).rejects.toMatchObject(expired)
        const [linkInTime, linkLate] = [await begin(), await begin()]
        rooms().clock.move(link - 30)
        expect(await verifyLink(core(), caller, { token: linkInTime.link })).toMatchObject({ kind: 'complete' })
        rooms().clock.move(60)
        await expect(verifyLink(core(), caller, { token: linkLate.link })).rejects.toMatchObject(expired)
      },
    )

    it('do not begin again when the clock is set back for a moment only', async () => {
      const { address } = await person()
      await askCode(address)
      const { code } = await mail(address)
      rooms().clock.move(601)
      await expect(useCode(address, code)).rejects.toMatchObject(expired)
      expect(await core().tickets.purge(1_000)).toBeGreaterThan(0)
      rooms().clock.move(-3_600)
      await expect(useCode(address, code)).rejects.toMatchObject(expired)
      rooms().clock.move(3_600)
    })
  })

  describe('tries (S21)', () => {
    it('are five for a code: after five wrong ones the right one fails, and the link still opens', async () => {
      const { address } = await person()
      await askCode(address)
      const { code, link } = await mail(address)
      for (const by of [1, 2, 3, 4, 5]) await expect(useCode(address, wrongOf(code, by))).rejects.toMatchObject(expired)
      await expect(useCode(address, code)).rejects.toMatchObject(expired)
      expect(await verifyLink(core(), caller, { token: link })).toMatchObject({ kind: 'complete' })
    })

    it('include the right one: after four wrong ones it works', async () => {
      const { address } = await person()
      await askCode(address)
      const { code } = await mail(address)
      for (const by of [1, 2, 3, 4]) await expect(useCode(address, wrongOf(code, by))).rejects.toMatchObject(expired)
      expect(await useCode(address, code)).toMatchObject({ kind: 'complete' })
    })

    it('are five of two hundred that come at once on two processes', async () => {
      const { user, address } = await person()
      await askCode(address)
      const { code } = await mail(address)
      const ticket = await core().tickets.findBySubject(user.id, 'sign_in')
      const outcomes = await Promise.all(
        atOnce(200, (index) =>
          (index % 2 === 0 ? core() : rooms().other).tickets.tryCode(ticket?.id ?? '', wrongOf(code, index + 1)),
        ),
      )
      expect(outcomes.filter((outcome) => outcome.kind === 'wrong')).toHaveLength(5)
      expect(outcomes.filter((outcome) => outcome.kind === 'dead')).toHaveLength(195)
      expect(await core().tickets.tryCode(ticket?.id ?? '', code)).toEqual({ kind: 'dead' })
      await expect(useCode(address, code)).rejects.toMatchObject(expired)
    })

    it('compare the whole code and nothing that merely equals its number', async () => {
      const { address } = await person()
      await askCode(address)
      const { code } = await mail(address)
      for (const near of [` ${code}`, `${code} `, `${code}0`, code.slice(1)])
        await expect(useCode(address, near)).rejects.toMatchObject(expired)
    })
  })

  describe('what is newer (S25)', () => {
    it('kills the older: of three codes only the last one works', async () => {
      const { address } = await person()
      const codes: { code: string; link: string }[] = []
      for (const _ of [1, 2, 3]) {
        await askCode(address)
        codes.push(await mail(address))
      }
      const [first, second, third] = codes
      for (const old of [first, second]) {
        await expect(verifyLink(core(), caller, { token: old?.link ?? '' })).rejects.toMatchObject(expired)
        if (old?.code !== third?.code) await expect(useCode(address, old?.code ?? '')).rejects.toMatchObject(expired)
      }
      expect(await useCode(address, third?.code ?? '')).toMatchObject({ kind: 'complete' })
    })

    it('takes its place also when fifty ask at once on two processes', async () => {
      const { user, address } = await person()
      const asked = await tally(
        atOnce(50, (index) => recover(index % 2 === 0 ? core() : rooms().other, caller, { address, back: {} })),
      )
      expect(asked).toEqual({ ok: 50 })
      expect(await outstanding(user.id)).toBe(1)
    })

    it('dies with a sign-in, a new password, a new address, a ban and a deletion', async () => {
      const changes: Record<string, (who: Awaited<ReturnType<typeof person>>) => Promise<unknown>> = {
        password: async ({ user }) => {
          const opened = await core().sessions.open({
            userId: user.id,
            dialect: 'test',
            aal: 'aal1',
            amr: [],
            userAgent: null,
            ip: null,
          })
          return changePassword(core(), caller, { user, session: opened.session, password, proof: {} })
        },
        'password by an administrator': ({ user }) =>
          updateUser(core(), caller, actor, { id: user.id, change: { password } }),
        address: ({ user }) => updateUser(core(), caller, actor, { id: user.id, change: unknownAddress() }),
        ban: ({ user }) =>
          updateUser(core(), caller, actor, { id: user.id, change: { bannedUntil: new Date('2999-01-01') } }),
        'soft deletion': ({ user }) => removeUser(core(), caller, { id: user.id, mode: 'soft', actor }),
        deletion: ({ user }) => removeUser(core(), caller, { id: user.id, mode: 'hard', actor }),
      }
      for (const [name, change] of Object.entries(changes)) {
        const who = await person()
        const secrets = []
        for (const ask of [askCode, (address: { email: string }) => recover(core(), caller, { address, back: {} })]) {
          await ask(who.address)
          secrets.push(await mail(who.address))
        }
        for (const purpose of [
          'email_change',
          'email_change_current',
          'reauthentication',
          'elevation',
          'invite',
        ] as const)
          await core().tickets.issue({ purpose, subject: who.user.id, userId: who.user.id, seconds: 600, link: true })
        expect(await outstanding(who.user.id), name).toBe(7)
        await change(who)
        expect(await outstanding(who.user.id), name).toBe(0)
        for (const { code, link } of secrets) {
          await expect(useCode(who.address, code), name).rejects.toMatchObject(expired)
          await expect(verifyLink(core(), caller, { token: link }), name).rejects.toMatchObject(expired)
        }
      }
      const who = await person()
      await updateUser(core(), caller, actor, { id: who.user.id, change: { password } })
      await askCode(who.address)
      const { code } = await mail(who.address)
      await signInWithPassword(core(), caller, { address: who.address, password })
      await expect(useCode(who.address, code)).rejects.toMatchObject(expired)
    })
  })

  describe('a held message', () => {
    it('joins the living ticket with a handle of its own, five at most', async () => {
      const { user, address } = await person()
      await askCode(address)
      const joined = []
      for (const _ of [1, 2, 3, 4, 5]) joined.push(await core().tickets.joinAttempt(user.id, 'sign_in'))
      expect(joined.map((each) => each?.kept)).toEqual([true, true, true, true, false])
      const ticket = await core().tickets.findBySubject(user.id, 'sign_in')
      for (const each of joined.slice(0, 4))
        expect(await core().tickets.findByAttempt(each?.attempt ?? '')).toMatchObject({ id: ticket?.id })
      expect(await core().tickets.findByAttempt(joined[4]?.attempt ?? '')).toBeUndefined()
      expect(await core().tickets.joinAttempt(user.id, 'recovery')).toBeUndefined()
    })

    it('takes nothing from the one that left, however often it is asked for', async () => {
      const limited = await startRooms(kind, { limits: { send: [{ limit: 1, seconds: 60 }] } })
      const address = { email: 'often@example.test' }
      const from = (index: number) => aCaller({ network: `203.0.113.${index}` })
      const about = { password, about: {}, back: {} }
      const first = await signUpWithPassword(limited.core, from(0), { address, ...about })
      const { code = '' } = await limited.mailTo(address.email)
      for (const index of Array.from({ length: 12 }, (_, each) => each))
        await signUpWithPassword(limited.core, from(index), { address, ...about, password: `${password} ${index}` })
      const { code: recovery = '' } = await recover(limited.core, from(20), { address, back: {} }).then(() =>
        limited.mailTo(address.email),
      )
      for (const index of Array.from({ length: 12 }, (_, each) => each))
        await recover(limited.core, from(index), { address, back: {} })
      expect(first.kind).toBe('confirm')
      for (const [purpose, right] of [
        ['recovery', recovery],
        ['sign_up', code],
      ] as const) {
        const ticket = (await limited.core.tickets.findByAddress(addressKey(limited.core, address), [purpose]))[0]
        expect(await limited.core.tickets.tryCode(ticket?.id ?? '', right)).toMatchObject({ kind: 'right' })
      }
      await limited.close()
    })

    it('changes no password when one form is sent several times at once', async () => {
      const limited = await startRooms(kind, { limits: {} })
      for (const index of Array.from({ length: 6 }, (_, each) => each)) {
        const address = { email: `thrice${index}@example.test` }
        const from = aCaller({ network: `203.0.113.${index}` })
        await Promise.all(
          [limited.core, limited.other, limited.core].map((on) =>
            signUpWithPassword(on, from, { address, password, about: {}, back: {} }),
          ),
        )
        const { tokenHash = '' } = await limited.mailTo(address.email)
        expect(await verifyLink(limited.core, from, { token: tokenHash })).toMatchObject({ kind: 'complete' })
        expect(await signInWithPassword(limited.core, from, { address, password })).toMatchObject({ kind: 'complete' })
      }
      await limited.close()
    })

    it('takes nothing from the one that left, also when several ask in the same moment', async () => {
      const limited = await startRooms(kind, { limits: {} })
      const works: boolean[] = []
      for (const index of Array.from({ length: 12 }, (_, each) => each)) {
        const address = { email: `twice${index}@example.test` }
        await createUser(limited.core, caller, actor, { ...address, emailConfirmed: true, way: 'admin' })
        const from = aCaller({ network: `198.51.100.${index}` })
        await Promise.all(
          [limited.core, limited.other, limited.core].map((on) => recover(on, from, { address, back: {} })),
        )
        const { code = '' } = await limited.mailTo(address.email)
        works.push(
          await verifyCode(limited.core, from, { address, code, purposes: ['recovery'] }).then(
            () => true,
            () => false,
          ),
        )
      }
      await limited.close()
      expect(works).toEqual(works.map(() => true))
    })
  })

  it('get a fresh code that kills the one before it and begins the tries anew', async () => {
    const { user, address } = await person()
    await askCode(address)
    const { code, link } = await mail(address)
    const ticket = await core().tickets.findBySubject(user.id, 'sign_in')
    for (const by of [1, 2, 3, 4]) await core().tickets.tryCode(ticket?.id ?? '', wrongOf(code, by))
    const recoded = await core().tickets.recode(ticket?.id ?? '', { length: 6, seconds: 600 }, true)
    expect(recoded?.ticket.misses).toBe(0)
    await expect(verifyLink(core(), caller, { token: link })).rejects.toMatchObject(expired)
    expect(await core().tickets.tryCode(ticket?.id ?? '', wrongOf(recoded?.code))).toEqual({
      kind: 'wrong',
      triesLeft: 4,
    })
    expect(await core().tickets.tryCode(ticket?.id ?? '', recoded?.code ?? '')).toMatchObject({ kind: 'right' })
    await core().tickets.spend(ticket?.id ?? '')
    expect(await core().tickets.recode(ticket?.id ?? '', { length: 6, seconds: 600 }, true)).toBeUndefined()
  })

  it('for an address that nobody has look like any other and are opened by nothing', async () => {
    const [known, nobody] = [(await person()).address, unknownAddress()]
    await askCode(known)
    await askCode(nobody)
    await recover(core(), caller, { address: known, back: {} })
    await recover(core(), caller, { address: nobody, back: {} })
    const shapes = await rooms().database.query<Record<string, unknown>>(sql`select address_key, purpose,
        link_digest is null as no_link, code_digest is null as no_code, octet_length(code_digest) as digest, cardinality(attempt_digests) as handles,
        expires_at - created_at as lives, code_expires_at - created_at as code_lives from auth.tickets
        where address_key in (${addressKey(core(), known)}, ${addressKey(core(), nobody)}) order by address_key = ${addressKey(core(), known)}, purpose`)
    const [a, b, c, d] = shapes.map(({ address_key: _, ...shape }) => shape)
    expect([a, b]).toEqual([c, d])
    await expect(rooms().mailTo(nobody.email)).rejects.toThrow('nothing was queued')
    for (const address of [known, nobody])
      await expect(useCode(address, '000000')).rejects.toMatchObject({ code: 'otp_expired', details: {} })
  })

  it('that are over are taken away in batches, and no living one (S130)', async () => {
    const { address } = await person()
    for (const _ of Array.from({ length: 12 })) await askCode((await person()).address)
    rooms().clock.move(8 * 86_400)
    await askCode(address)
    const { code } = await mail(address)
    for (let gone = await core().tickets.purge(5); gone > 0; gone = await core().tickets.purge(5))
      expect(gone).toBeLessThanOrEqual(5)
    const [row] = await rooms().database.query<{ count: number }>(sql`select count(*)::int as count from auth.tickets`)
    expect(row?.count).toBe(1)
    expect(await useCode(address, code)).toMatchObject({ kind: 'complete' })
  })
})
