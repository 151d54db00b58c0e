import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import { bestOfThree } from './tools/auc.ts'
import { type Door, doorNames, doorsOf, type Reply } from './tools/door.ts'
import { aFreshAddress, aMember } from './tools/people.ts'

// Each claim may be measured three times and holds when one run lies inside: a difference in the work shows every time,
// a busy machine does not. Mails leave between the samples, so that their delivery weighs on neither side.
let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const minutes = 60_000
const settle = () => world.watchword.deliverer.drain()

describe.each(doorNames)('timing through %s', (name) => {
  let door: Door
  beforeAll(() => {
    door = doorsOf(world)[name]
  })

  const expectAlike = async (value: Promise<number>) => {
    const found = await value
    expect(found).toBeGreaterThanOrEqual(0.4)
    expect(found).toBeLessThanOrEqual(0.6)
  }

  it('S11 a wrong password takes as long for an unknown address as for a known one', {
    timeout: 3 * minutes,
  }, async () => {
    const { email } = await aMember(world, door)
    await expectAlike(
      bestOfThree({
        a: () => door.signIn(email, 'wrong otters'),
        b: (turn) => door.signIn(`nobody-${turn}@example.test`, 'wrong otters'),
      }),
    )
  })

  it('S11 a wrong password takes as long for an account without one', { timeout: 3 * minutes }, async () => {
    const { email } = await aMember(world, door)
    const passwordless = aFreshAddress()
    await door.admin.create({ email: passwordless, confirmed: true })
    await expectAlike(
      bestOfThree({
        a: () => door.signIn(email, 'wrong otters'),
        b: () => door.signIn(passwordless, 'wrong otters'),
      }),
    )
  })

  it('S11 an over-long password takes as long for an unknown address as for a known one', {
    timeout: 3 * minutes,
  }, async () => {
    const { email } = await aMember(world, door)
    const long = 'o'.repeat(5_000)
    await expectAlike(
      bestOfThree({
        a: () => door.signIn(email, long),
        b: (turn) => door.signIn(`nobody-${turn}@example.test`, long),
      }),
    )
  })

  it('S12 a sign-up takes as long for a taken address as for a new one', { timeout: 3 * minutes }, async () => {
    const { email } = await aMember(world, door)
    await expectAlike(
      bestOfThree({
        a: () => door.signUp({ email, password: 'nine loud herons' }),
        b: () => door.signUp({ email: aFreshAddress('new'), password: 'nine loud herons' }),
        settle,
      }),
    )
  })

  it('S13 a recovery takes as long for an unknown address as for a known one', { timeout: 3 * minutes }, async () => {
    const { email } = await aMember(world, door)
    await expectAlike(
      bestOfThree({ a: () => door.recover(email), b: () => door.recover('nobody-at-all@example.test'), settle }),
    )
  })

  it('S13 a code takes as long for an unknown address as for a known one', { timeout: 3 * minutes }, async () => {
    const { email } = await aMember(world, door)
    await expectAlike(
      bestOfThree({ a: () => door.sendCode(email), b: () => door.sendCode('nobody-at-all@example.test'), settle }),
    )
  })

  it('S13 asking for a mail again takes as long for an unknown address', { timeout: 3 * minutes }, async () => {
    const unconfirmed = aFreshAddress('waiting')
    if (name === 'supabase') {
      await door.signUp({ email: unconfirmed, password: 'seven quiet otters' })
      await expectAlike(
        bestOfThree({
          a: () => door.resend(unconfirmed, undefined),
          b: () => door.resend('nobody-at-all@example.test', undefined),
          settle,
        }),
      )
      return
    }
    const { email } = await aMember(world, door)
    const flow: { begun?: Reply } = {}
    const again = () => door.resend('', flow.begun)
    const before = async (side: 'a' | 'b') => {
      flow.begun = await door.recover(side === 'a' ? email : 'nobody-at-all@example.test')
      world.clock.move(61)
      await settle()
    }
    await expectAlike(bestOfThree({ a: again, b: again, before, settle }))
  })
})
