import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import type { Door } from './wire/door.ts'
import { doorNamed, doorNames } from './wire/doors.ts'
import { countRows } from './wire/dump.ts'
import { freshEmail, goodPassword } from './wire/people.ts'
import { at, parallel, type Reply, statuses } from './wire/send.ts'

const runs = ['embedded', 'postgres'] as const

/** Letters in either case, by the bits of a number: the same address, spelled otherwise. */
const inOtherCase = (email: string, index: number) =>
  [...email].map((letter, at) => ((index >> (at % 6)) & 1 ? letter.toUpperCase() : letter)).join('')

describe.each(runs)('doubles on %s', (kind) => {
  let world: World
  let open: World
  beforeAll(async () => {
    world = await startWorld({ database: kind })
    open = await startWorld({ database: kind, config: { signUp: { emailConfirmation: false } } })
  })
  afterAll(async () => {
    await world.close()
    await open.close()
  })

  const expectOne = async (where: World, email: string) => {
    expect(await countRows(where.database, 'users', 'lower(email) = $1', [email])).toBe(1)
    expect(await countRows(where.database, 'identities', 'lower(email) = $1', [email])).toBe(1)
  }
  const expectNoFault = (replies: readonly Reply[]) =>
    expect(replies.filter(({ status }) => status >= 500).map(({ text }) => text)).toEqual([])

  it.each(doorNames)('S142 fifty sign-ups for one address make one account, through %s', async (name) => {
    const email = freshEmail()
    const door = doorNamed(name, world)
    const replies = await parallel(50, (index) => door.signUp(inOtherCase(email, index), goodPassword))
    expectNoFault(replies)
    expect(statuses(replies)).toEqual({ 200: 50 })
    await expectOne(world, email)
  })

  it.each(doorNames)('S142 the same where addresses are not confirmed: one is let in, through %s', async (name) => {
    const email = freshEmail()
    const door = doorNamed(name, open)
    const replies = await parallel(50, (index) => door.signUp(inOtherCase(email, index), goodPassword))
    expectNoFault(replies)
    expect(replies.filter((reply) => door.isSession(reply))).toHaveLength(1)
    expect(statuses(replies)).toEqual({ 200: 1, 422: 49 })
    await expectOne(open, email)
  })

  it('S142 both dialects at once', async () => {
    const email = freshEmail()
    const [native, supabase] = [doorNamed('native', open), doorNamed('supabase', open)] as [Door, Door]
    const replies = await parallel(50, (index) =>
      (index % 2 === 0 ? native : supabase).signUp(inOtherCase(email, index), goodPassword),
    )
    expectNoFault(replies)
    await expectOne(open, email)
  })

  it('S142 fifty guests who want one address: one gets it', async () => {
    const email = freshEmail()
    const door = doorNamed('supabase', open)
    const guests = await parallel(50, async () => door.held(await door.signUpAnonymously()))
    const replies = await Promise.all(
      guests.map(({ access }, index) => door.changeEmail(access, inOtherCase(email, index))),
    )
    expectNoFault(replies)
    await expectOne(open, email)
    const winners = replies.filter((reply) => reply.status === 200 && at(reply.body, 'email') === email)
    expect(winners).toHaveLength(1)
    expect(await countRows(open.database, 'users', 'is_anonymous', [])).toBe(49)
  })

  it('S142 fifty codes for one new address, one of them answered fifty times: one account', async () => {
    const email = freshEmail()
    const door = doorNamed('native', world)
    const begun = await parallel(50, () => door.requestCode(email))
    expectNoFault(begun)
    const codes = (
      await Promise.all([world.inbox.waitFor(email), new Promise((resolve) => setTimeout(resolve, 300))])
    )[0]
    expect(codes.code).not.toBeNull()
    const messages = await world.inbox.list(email)
    const answers = await Promise.all(begun.map((each) => door.answerCode(each, email, messages[0]?.code ?? '')))
    expectNoFault(answers)
    expect(answers.filter((reply) => door.isSession(reply)).length).toBeLessThanOrEqual(1)
    expect(await countRows(world.database, 'users', 'lower(email) = $1', [email])).toBeLessThanOrEqual(1)
  })
})
