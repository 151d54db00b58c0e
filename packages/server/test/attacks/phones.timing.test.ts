import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import { bestOfThree, type Duel } from './tools/auc.ts'
import { goodPassword } from './tools/people.ts'
import { aCaller, aFreshNumber, phoneDoorsOf } from './tools/phones.ts'
import { send } from './tools/reply.ts'

// As with mail: each claim may be measured three times and holds when one run lies inside.
let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const timeout = 180_000
const settle = () => world.watchword.deliverer.drain()

async function expectAlike(contest: Duel): Promise<void> {
  const found = await bestOfThree(contest)
  expect(found).toBeGreaterThanOrEqual(0.4)
  expect(found).toBeLessThanOrEqual(0.6)
}

describe('timing by telephone', () => {
  const nobody = '+4915199999901'

  it('S11 a wrong password takes as long for an unknown number as for a known one', { timeout }, async () => {
    const door = phoneDoorsOf(world).supabase
    const { phone } = await aCaller(world, door, goodPassword)
    await expectAlike({
      a: () => door.signIn(phone, 'wrong otters'),
      b: () => door.signIn(nobody, 'wrong otters'),
    })
  })

  it('S12 a sign-up takes as long for a taken number as for a new one', { timeout }, async () => {
    const door = phoneDoorsOf(world).native
    const { phone } = await aCaller(world, door, goodPassword)
    await expectAlike({
      a: () => door.signUp(phone, 'nine loud herons'),
      b: () => door.signUp(aFreshNumber(), 'nine loud herons'),
      settle,
    })
  })

  it.each(['/sign-in/code', '/recovery'])(
    'S13 %s takes as long for an unknown number as for a known one',
    { timeout },
    async (path) => {
      const { phone } = await aCaller(world, phoneDoorsOf(world).native, goodPassword)
      const more = path === '/recovery' ? {} : { createUser: false }
      const ask = (to: string) => send(`${world.url}/v1${path}`, { body: { phone: to, ...more } })
      await expectAlike({ a: () => ask(phone), b: () => ask(nobody), settle })
    },
  )
})
