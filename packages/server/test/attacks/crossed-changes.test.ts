import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import { type Door, doorsOf } from './tools/door.ts'
import { aFreshAddress, aMember, codeTo } from './tools/people.ts'
import { send } from './tools/reply.ts'

let world: World
let door: Door
beforeAll(async () => {
  world = await startWorld()
  door = doorsOf(world).supabase
})
afterAll(() => world.close())

/** Somebody who has asked for another address. */
async function aChange() {
  const who = await aMember(world, door)
  const next = aFreshAddress('next')
  await world.inbox.clear()
  expect((await door.changeEmail(who.tokens.access, next)).status).toBe(200)
  return { ...who, next, code: await codeTo(world, next) }
}

const type = (email: string, code: unknown) =>
  send(`${door.base}/verify`, { body: { type: 'email_change', email, token: code } })

describe('S24 S30: two changes of one address', () => {
  it('do not add up: who proves the one has not proved the other', async () => {
    const { email, next, code, tokens } = await aChange()
    const other = aFreshAddress('other')
    const made = await send(`${door.base}/admin/generate_link`, {
      token: world.secretKey,
      body: { type: 'email_change_current', email, new_email: other },
    })
    expect(made.status, made.text).toBe(200)
    expect((await type(next, code)).code).toBe('otp_expired')
    expect((await type(email, made.body['email_otp'])).tokens).toBeUndefined()
    expect((await door.me(tokens.access)).body['email']).toBe(email)
  })

  it('are one where both sides were made for it, by whomever', async () => {
    const { email, next, code } = await aChange()
    const made = await send(`${door.base}/admin/generate_link`, {
      token: world.secretKey,
      body: { type: 'email_change_current', email, new_email: next },
    })
    expect((await type(next, code)).status).toBe(200)
    expect((await type(email, made.body['email_otp'])).tokens).toBeDefined()
  })
})

describe('S52: a change of address whose mails a stranger asks for again', () => {
  it('leaves the session that asked for it as it is', async () => {
    const { email, next, tokens } = await aChange()
    world.clock.move(61)
    await world.inbox.clear()
    expect((await send(`${door.base}/resend`, { body: { type: 'email_change', email } })).status).toBe(200)
    const codes = [await codeTo(world, next), await codeTo(world, email)]
    expect((await type(next, codes[0])).status).toBe(200)
    expect((await type(email, codes[1])).tokens).toBeDefined()
    expect((await door.me(tokens.access)).body['email']).toBe(next)
  })
})
