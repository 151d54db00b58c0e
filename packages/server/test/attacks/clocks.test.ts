import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cleanUp } from '#src/flows/system/housekeeping.ts'
import { startWorld, type World } from '../world/world.ts'
import { doorNamed, doorsOf } from './wire/doors.ts'
import { countRows } from './wire/dump.ts'
import { aPerson, signedInAt } from './wire/people.ts'
import { verdict } from './wire/send.ts'

let world: World

beforeEach(async () => {
  world = await startWorld({ config: { limits: { enabled: true } } })
})
afterEach(() => world.close())

describe('time', () => {
  it('S143 within the tolerated difference everything works', async () => {
    for (const door of doorsOf(world)) {
      const me = await signedInAt(world, door)
      for (const step of [25, -50, 25]) {
        world.clock.move(step)
        expect((await door.me(me.access)).status).toBe(200)
      }
      const renewed = door.held(await door.refresh(me.refresh))
      world.clock.move(-25)
      expect((await door.me(renewed.access)).status).toBe(200)
      world.clock.move(25)
    }
  })

  it('S143 ten minutes ahead, what has run out is refused in good order', async () => {
    const door = doorNamed('native', world)
    const me = await signedInAt(world, door)
    const begun = await door.requestCode(me.email)
    const { code } = await world.inbox.waitFor(me.email, 'sign_in')
    world.clock.move(601)
    expect(verdict(await door.answerCode(begun, me.email, code ?? ''))).toMatch(
      /^4(03|10) (otp_expired|attempt_expired)$/,
    )
    expect((await door.me(me.access)).status).toBe(200)
    expect(door.isSession(await door.refresh(me.refresh))).toBe(true)
    world.clock.move(3_100)
    expect(verdict(await door.me(me.access))).toBe('401 bad_jwt')
  })

  it('S143 stepping back an hour breaks nothing, and brings back nothing that was used or ended', async () => {
    const door = doorNamed('native', world)
    const me = await signedInAt(world, door)
    const out = await signedInAt(world, door)
    await door.signOut(out.access, 'this')
    const begun = await door.requestCode(me.email)
    const { code } = await world.inbox.waitFor(me.email, 'sign_in')
    expect(door.isSession(await door.answerCode(begun, me.email, code ?? ''))).toBe(true)
    const second = door.held(await door.refresh(me.refresh))
    await door.refresh(second.refresh)
    world.clock.move(-3_600)
    expect(door.isSession(await door.answerCode(begun, me.email, code ?? ''))).toBe(false)
    expect(verdict(await door.me(out.access))).toBe('403 session_not_found')
    expect(door.isSession(await door.refresh(out.refresh))).toBe(false)
    expect(verdict(await door.refresh(me.refresh))).toBe('400 refresh_token_already_used')
    const fresh = await signedInAt(world, door)
    expect((await door.me(fresh.access)).status).toBe(200)
    expect(door.isSession(await door.refresh(fresh.refresh))).toBe(true)
    world.clock.move(3_600)
    expect((await door.me(fresh.access)).status).toBe(200)
    expect(door.isSession(await door.signIn(me.email, me.password))).toBe(true)
  })

  it('S143 no counter goes below nothing or beyond its window', async () => {
    const door = doorNamed('native', world)
    const person = await aPerson(world)
    const answers = []
    for (const step of [0, 0, -3_600, 0, 7_200, -600, 0]) {
      world.clock.move(step)
      answers.push(await door.signIn(person.email, 'wrong'), await door.signIn(person.email, person.password))
    }
    expect(answers.filter(({ status }) => status >= 500)).toEqual([])
    for (const { headers } of answers) {
      for (const name of ['ratelimit-remaining', 'ratelimit-reset', 'ratelimit-limit']) {
        const value = headers.get(name)
        if (value !== null) expect(Number(value), name).toBeGreaterThanOrEqual(0)
      }
      if (headers.get('retry-after') !== null) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    }
    for (const table of ['guess_counters', 'rate_counters'])
      expect(await countRows(world.database, table, 'count < 0'), table).toBe(0)
  })

  it('S143 leap days, the last second of a year and the change to summer time are days like any other', async () => {
    const dates = [
      '2028-02-29T00:00:00Z',
      '2028-02-29T23:59:59Z',
      '2027-12-31T23:59:59Z',
      '2028-03-26T00:59:59Z',
      '2028-10-29T00:59:59Z',
      '2038-01-19T03:14:08Z',
    ]
    for (const date of dates) {
      world.clock.move((Date.parse(date) - world.core.runtime.now().getTime()) / 1_000)
      for (const door of doorsOf(world)) {
        const me = await signedInAt(world, door)
        world.clock.move(7_200)
        const renewed = door.held(await door.refresh(me.refresh))
        expect((await door.me(renewed.access)).status, date).toBe(200)
        world.clock.move(-7_200)
      }
      await cleanUp(world.core)
    }
  })
})
