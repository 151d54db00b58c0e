import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog } from '#src/base/runtime.ts'
import type { Core } from '#src/core/core.ts'
import { recover } from '#src/flows/account/recover.ts'
import { createUser } from '#src/flows/admin/create-user.ts'
import { verifyCode, verifyLink } from '#src/flows/attempt/verify.ts'
import { sendSignInCode } from '#src/flows/sign-in/with-code.ts'
import { signInWithPassword } from '#src/flows/sign-in/with-password.ts'
import { openEmbedded } from '#src/storage/pglite.ts'
import { openPostgres } from '#src/storage/postgres.ts'
import { ownPostgres } from '../set-up/postgres.ts'
import { aCaller } from '../world/core.ts'
import { temporaryFolders } from '../world/folders.ts'
import { snapshot } from '../world/snapshot.ts'
import { atOnce, type Rooms, startRooms, stores } from './rooms.ts'

const actor = { type: 'key', id: 'test' } as const
const password = 'seven quiet otters'
const minutes = 60
const from = (network: number) =>
  aCaller({ ip: `198.51.${network >> 8}.${network & 255}`, network: `198.51.${network >> 8}.${network & 255}` })

describe.each(stores)('limits on the %s store', (kind) => {
  const world: { rooms?: Rooms; people: number } = { people: 0 }
  const rooms = (): Rooms => {
    if (world.rooms === undefined) throw new Error('not started')
    return world.rooms
  }
  const core = (): Core => rooms().core
  const side = (index: number): Core => (index % 2 === 0 ? core() : rooms().other)
  beforeAll(async () => {
    world.rooms = await startRooms(kind, {
      limits: {
        send: [{ limit: 1_000, seconds: minutes }],
        sendNetwork: { limit: 1_000, seconds: minutes },
        answerNetwork: { limit: 1_000, seconds: minutes },
        signInAccountNetwork: { limit: 10, seconds: 15 * minutes },
        signInAccount: { limit: 20, seconds: 60 * minutes },
        signInNetwork: { limit: 30, seconds: 15 * minutes },
      },
    })
  })
  afterAll(() => world.rooms?.close())
  const person = async (with_: { password?: string } = {}) => {
    world.people += 1
    const address = { email: `person${world.people}@example.test` }
    const user = await createUser(core(), from(0), actor, { ...address, ...with_, emailConfirmed: true, way: 'admin' })
    return { user, address }
  }

  describe('counters', () => {
    it.each(['limits', 'guesses'] as const)(
      'of %s let exactly the limit through, on two processes at once (S121)',
      async (room) => {
        const take = { key: `exact-${room}`, rate: { limit: 20, seconds: 60 } }
        const taken = (await Promise.all(atOnce(70, (index) => side(index)[room].take([take])))).flat()
        expect(taken.filter(({ over }) => !over)).toHaveLength(20)
        expect(taken.filter(({ remaining }) => remaining === 0)).toHaveLength(51)
        expect(new Set(taken.map(({ remaining }) => remaining)).size).toBe(20)
      },
    )

    it('do not make requests wait for each other, in whatever order they name what they count', async () => {
      const keys = ['a', 'b', 'c', 'd', 'é', 'Z']
      const rate = { limit: 10_000, seconds: 60 }
      const named = (index: number) => {
        const rotated = [...keys.slice(index % keys.length), ...keys.slice(0, index % keys.length)]
        return (index % 2 === 0 ? rotated : rotated.reverse()).map((key) => ({ key: `order:${key}`, rate }))
      }
      await Promise.all(atOnce(200, (index) => side(index).limits.take(named(index))))
      const standing = await core().limits.look(keys.map((key) => ({ key: `order:${key}`, rate })))
      expect(standing.map(({ remaining }) => remaining)).toEqual(keys.map(() => 9_800))
    })

    it('begin anew when their window ends, never later, and say how long that is', async () => {
      const take = { key: 'window', rate: { limit: 2, seconds: 60 } }
      const over = async () => (await core().limits.take([take]))[0]
      expect(await over()).toMatchObject({ over: false, remaining: 1 })
      rooms().clock.move(30)
      expect(await over()).toMatchObject({ over: false, remaining: 0 })
      const third = await over()
      expect(third?.over).toBe(true)
      expect(third?.resetIn).toBeGreaterThan(28)
      expect(third?.resetIn).toBeLessThanOrEqual(30)
      rooms().clock.move(31)
      expect(await over()).toMatchObject({ over: false, remaining: 1 })
    })

    it('are looked at without counting, given back and cleared', async () => {
      const take = { key: 'looked', rate: { limit: 3, seconds: 60 } }
      const look = async () => (await rooms().other.limits.look([take]))[0]?.remaining
      expect(await look()).toBe(3)
      await core().limits.take([take])
      await core().limits.take([take])
      expect(await look()).toBe(1)
      await core().limits.refund([take.key])
      expect(await look()).toBe(2)
      for (const _ of [1, 2, 3]) await core().limits.refund([take.key])
      expect(await look()).toBe(3)
      await core().limits.take([take])
      await core().limits.clear([take.key])
      expect(await look()).toBe(3)
    })

    it('never count below nothing or close for longer than their window when the clock steps back (S143)', async () => {
      const take = { key: 'stepped', rate: { limit: 2, seconds: 60 } }
      await core().limits.take([take])
      rooms().clock.move(-3_600)
      const [taken] = await core().limits.take([take])
      rooms().clock.move(3_600)
      expect(taken?.remaining).toBe(0)
      rooms().clock.move(61)
      expect((await core().limits.take([take]))[0]).toMatchObject({ over: false, remaining: 1 })
    })

    it('whose window is over are taken away in batches, and no other (S130)', async () => {
      const rate = { limit: 9, seconds: 60 }
      await Promise.all(atOnce(25, (index) => core().limits.take([{ key: `old:${index}`, rate }])))
      rooms().clock.move(61)
      await core().limits.take([{ key: 'new', rate }])
      for (let gone = await core().limits.purge(10); gone > 0; gone = await core().limits.purge(10))
        expect(gone).toBeLessThanOrEqual(10)
      expect((await core().limits.look([{ key: 'new', rate }]))[0]?.remaining).toBe(8)
    })
  })

  describe('guessing codes (S22)', () => {
    const ask = (address: { email: string }, network: number) =>
      sendSignInCode(side(network), from(network), { address, createUser: false, about: {}, back: {} })
    const secrets = async (address: { email: string }) => {
      const { code = '', tokenHash = '' } = await rooms().mailTo(address.email)
      return { code, link: tokenHash, wrong: code === '000000' ? '111111' : '000000' }
    }
    const enter = (address: { email: string }, code: string, network: number) =>
      verifyCode(side(network), from(network), { address, code, purposes: ['sign_in', 'recovery'] })

    it('ends after ten misses, however many codes, purposes and networks they are spread over', async () => {
      const { address } = await person({ password })
      for (const network of Array.from({ length: 5 }, (_, index) => index)) {
        if (network % 2 === 0) await ask(address, network)
        else await recover(side(network), from(network), { address, back: {} })
        const { wrong } = await secrets(address)
        for (const _ of [1, 2])
          await expect(enter(address, wrong, network)).rejects.toMatchObject({ code: 'otp_expired' })
      }
      await ask(address, 7)
      const { code, link } = await secrets(address)
      const closed = await enter(address, code, 8).catch((error: unknown) => error)
      expect(closed).toMatchObject({ code: 'over_attempt_limit' })
      const { retryAfter = 0 } = closed as { retryAfter?: number }
      expect(retryAfter).toBeGreaterThan(14 * minutes)
      expect(retryAfter).toBeLessThanOrEqual(15 * minutes)
      expect(await signInWithPassword(core(), from(9), { address, password })).toMatchObject({ kind: 'complete' })
      await ask(address, 7)
      const newer = await secrets(address)
      expect(newer.link).not.toBe(link)
      expect(await verifyLink(core(), from(10), { token: newer.link })).toMatchObject({ kind: 'complete' })
    })

    it('opens again after a quarter of an hour', async () => {
      const { address } = await person()
      for (const _ of [1, 2]) {
        await ask(address, 11)
        const { wrong } = await secrets(address)
        for (const __ of [1, 2, 3, 4, 5])
          await expect(enter(address, wrong, 11)).rejects.toMatchObject({ code: 'otp_expired' })
      }
      rooms().clock.move(14 * minutes)
      await ask(address, 11)
      await expect(enter(address, (await secrets(address)).code, 11)).rejects.toMatchObject({
        code: 'over_attempt_limit',
      })
      rooms().clock.move(2 * minutes)
      await ask(address, 11)
      expect(await enter(address, (await secrets(address)).code, 11)).toMatchObject({ kind: 'complete' })
    })

    it('begins to count anew after a success', async () => {
      const { address } = await person()
      for (const _ of [1, 2, 3]) {
        await ask(address, 12)
        const { wrong, code } = await secrets(address)
        for (const __ of [1, 2, 3, 4])
          await expect(enter(address, wrong, 12)).rejects.toMatchObject({ code: 'otp_expired' })
        expect(await enter(address, code, 12)).toMatchObject({ kind: 'complete' })
      }
    })

    it('is counted for an address that nobody has as for any other', async () => {
      const address = { email: 'nobody-guessed@example.test' }
      await ask(address, 13)
      for (const _ of Array.from({ length: 10 }))
        await expect(enter(address, '123456', 13)).rejects.toMatchObject({ code: 'otp_expired' })
      await expect(enter(address, '123456', 13)).rejects.toMatchObject({ code: 'over_attempt_limit' })
    })

    it('compares at most ten of a hundred that come at once', async () => {
      const { user, address } = await person()
      await ask(address, 14)
      const { wrong } = await secrets(address)
      const codes = await Promise.all(
        atOnce(100, (index) =>
          enter(address, wrong, 15 + (index % 5)).then(
            () => 'ok',
            (error: { code: string }) => error.code,
          ),
        ),
      )
      expect(codes.filter((code) => code === 'otp_expired')).toHaveLength(10)
      expect(codes.filter((code) => code === 'over_attempt_limit')).toHaveLength(90)
      expect((await core().tickets.findBySubject(user.id, 'sign_in'))?.misses).toBe(5)
    })
  })

  describe('guessing passwords (S122)', () => {
    const enter = (address: { email: string }, typed: string, network: number) =>
      signInWithPassword(side(network), from(network), { address, password: typed })

    it('closes one network for the account and leaves the owner in from another', async () => {
      const { address } = await person({ password })
      for (const _ of Array.from({ length: 10 }))
        await expect(enter(address, 'wrong', 100)).rejects.toMatchObject({ code: 'invalid_credentials' })
      await expect(enter(address, password, 100)).rejects.toMatchObject({
        code: 'over_attempt_limit',
        retryAfter: expect.any(Number),
      })
      expect(await enter(address, password, 101)).toMatchObject({ kind: 'complete' })
      rooms().clock.move(16 * minutes)
      expect(await enter(address, password, 100)).toMatchObject({ kind: 'complete' })
    })

    it('closes the password, and nothing else, after many misses in a row from everywhere', async () => {
      const { address } = await person({ password })
      for (const network of Array.from({ length: 20 }, (_, index) => 200 + index))
        await expect(enter(address, 'wrong', network)).rejects.toMatchObject({ code: 'invalid_credentials' })
      await expect(enter(address, password, 230)).rejects.toMatchObject({ code: 'over_attempt_limit' })
      await sendSignInCode(core(), from(231), { address, createUser: false, about: {}, back: {} })
      const { code = '' } = await rooms().mailTo(address.email)
      expect(await verifyCode(core(), from(231), { address, code, purposes: ['sign_in'] })).toMatchObject({
        kind: 'complete',
      })
      rooms().clock.move(61 * minutes)
      expect(await enter(address, password, 232)).toMatchObject({ kind: 'complete' })
    })

    it('stops a network that tries one password on many accounts, known or not', async () => {
      for (const index of Array.from({ length: 30 }, (_, each) => each))
        await expect(enter({ email: `sprayed${index}@example.test` }, 'wrong', 300)).rejects.toMatchObject({
          code: 'invalid_credentials',
        })
      const { address } = await person({ password })
      await expect(enter(address, password, 300)).rejects.toMatchObject({ code: 'over_request_rate_limit' })
      expect(await enter(address, password, 301)).toMatchObject({ kind: 'complete' })
    })

    it('counts the right ones against nobody', async () => {
      const { address } = await person({ password })
      for (const _ of Array.from({ length: 32 }))
        expect(await enter(address, password, 400)).toMatchObject({ kind: 'complete' })
    })

    it('compares no more than the limit of many that come at once', async () => {
      const { address } = await person({ password })
      const codes = await Promise.all(
        atOnce(40, (index) =>
          signInWithPassword(side(index), from(500), { address, password: 'wrong' }).catch(
            (error: { code: string }) => error.code,
          ),
        ),
      )
      expect(codes.filter((code) => code === 'invalid_credentials')).toHaveLength(10)
    })
  })
})

describe('guess counters outlive a crash, and so does what they closed (S121)', () => {
  const aFolder = temporaryFolders()
  const take = { key: 'code:somebody', rate: { limit: 3, seconds: 900 } }

  it('of PostgreSQL', async () => {
    const server = await ownPostgres()
    try {
      const { url } = await server.freshDatabase()
      const open = () => openPostgres({ url, schema: 'auth', log: silentLog })
      const database = open()
      const { core } = await startRooms('postgres', { limits: {}, database: { first: database, second: database } })
      for (const _ of [1, 2, 3]) await core.guesses.take([take])
      await server.stop('immediate')
      await server.start()
      const [standing] = await core.guesses.take([take])
      expect(standing).toMatchObject({ over: true })
      await core.limits.take([take])
      await database.close()
    } finally {
      server.remove()
    }
  })

  it('of the embedded store', async () => {
    const folder = await aFolder()
    for (const round of [1, 2]) {
      const database = await openEmbedded({ folder, schema: 'auth', snapshot })
      const { core, close } = await startRooms('embedded', {
        limits: {},
        database: { first: database, second: database },
      })
      for (const _ of [1, 2]) await core.guesses.take([take])
      expect((await core.guesses.look([take]))[0]?.over).toBe(round === 2)
      await close()
    }
  })
})
