import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import { atOnce, goodPassword } from './tools/people.ts'
import { aFreshNumber, type PhoneDoor, phoneDoorNames, phoneDoorsOf, textOf } from './tools/phones.ts'
import { outcome, send, tally } from './tools/reply.ts'

const tooMany = '429 over_sms_send_rate_limit'

/** A server that counts, behind a proxy, so that a test can come from anywhere. */
const counting = (limits: object = {}, phone: object = {}) =>
  startWorld({
    database: 'postgres',
    config: { trustedProxies: ['127.0.0.1'], limits: { enabled: true, ...limits }, phone },
  })

const from = (address: string) => ({ headers: { 'x-forwarded-for': address } })

async function codesSent(world: World): Promise<{ to: string }[]> {
  await world.watchword.deliverer.drain()
  return (await world.inbox.list()).filter(({ template }) => template === 'sms_code')
}

describe.each(phoneDoorNames)('S124 texts that strangers ask for, through %s', (name) => {
  let world: World
  let door: PhoneDoor
  beforeAll(async () => {
    world = await counting({}, { countries: ['DE', 'US'] })
    door = phoneDoorsOf(world)[name]
  })
  afterAll(() => world.close())

  it('of a hundred numbers in a row, asked for from a hundred addresses, twenty get one', async () => {
    const replies = await atOnce(100, (turn) =>
      door.sendCode(`+49151234560${String(turn).padStart(2, '0')}`, from(`198.51.100.${turn}`)),
    )
    expect(tally(replies)).toEqual({ 200: 20, [tooMany]: 80 })
    expect(await codesSent(world)).toHaveLength(20)
    const [late] = replies.filter(({ status }) => status === 429)
    expect(Number(late?.headers.get('retry-after'))).toBeGreaterThan(3000)
    await world.inbox.clear()
  })

  it('one network gets ten in an hour, whomever they are for', async () => {
    const replies = []
    for (let turn = 0; turn < 12; turn += 1) replies.push(await door.sendCode(aFreshNumber(), from('203.0.113.9')))
    expect(replies.map(outcome)).toEqual([...Array(10).fill('200'), tooMany, tooMany])
    expect((await door.sendCode(aFreshNumber(), from('203.0.113.10'))).status).toBe(200)
    await world.inbox.clear()
  })

  it('one number gets five in an hour, and nobody is told that there are no more', async () => {
    const phone = aFreshNumber()
    for (let turn = 0; turn < 8; turn += 1) {
      expect((await door.sendCode(phone, from(`203.0.113.${100 + turn}`))).status).toBe(200)
      world.clock.move(61)
    }
    await world.watchword.deliverer.drain()
    expect(await world.inbox.list(phone)).toHaveLength(5)
    await world.inbox.clear()
  })

  it('twenty requests for one number at the same moment send one', async () => {
    const phone = aFreshNumber()
    const replies = await atOnce(20, (turn) => door.sendCode(phone, from(`192.0.2.${turn}`)))
    expect(tally(replies)).toEqual({ 200: 20 })
    expect(await codesSent(world)).toHaveLength(1)
    await world.inbox.clear()
  })

  it('costly ranges and countries that were not chosen get none, at any door', async () => {
    await world.inbox.clear()
    const numbers = ['+44 909 8790000', '+1 900 555 0100', '+33612345678', '+8816 3155 5555', '+7 912 345 67 89']
    for (const phone of numbers) {
      const replies = [await door.sendCode(phone), await door.signUp(phone, goodPassword)]
      for (const reply of replies) {
        expect(reply.status, `${phone} ${reply.text}`).toBeGreaterThanOrEqual(400)
        expect(reply.status).toBeLessThan(500)
      }
    }
    expect(await codesSent(world)).toEqual([])
  })
})

describe('S124 the budget of the day', () => {
  let world: World
  beforeAll(async () => {
    world = await counting({ textBudget: '5/1d' })
  })
  afterAll(() => world.close())

  it('trips for everybody, says so once to whoever runs the server, and begins anew', async () => {
    const door = phoneDoorsOf(world).native
    const ask = (turn: number) => door.sendCode(aFreshNumber(), from(`198.51.100.${turn}`))
    const replies = await atOnce(9, ask)
    expect(tally(replies)).toEqual({ 200: 5, [tooMany]: 4 })
    expect(await codesSent(world)).toHaveLength(5)
    expect(world.log.filter(({ level, message }) => level === 'error' && message.includes('budget'))).toHaveLength(1)
    expect(await world.core.audit.list({ action: 'texts.budget_spent' }, { limit: 10 })).toHaveLength(1)
    world.clock.move(24 * 3600 + 1)
    expect((await ask(20)).status).toBe(200)
  })

  it('leaves mail alone', async () => {
    await atOnce(9, (turn) => phoneDoorsOf(world).native.sendCode(aFreshNumber(), from(`198.51.100.${50 + turn}`)))
    const mail = await send(`${world.url}/v1/sign-in/code`, { body: { email: 'ada@example.test' } })
    expect(mail.status).toBe(200)
  })
})

describe('S124 how many codes come back', () => {
  const token = randomBytes(32).toString('base64url')
  let world: World
  beforeAll(async () => {
    world = await startWorld({
      config: { limits: { enabled: true }, metrics: { token } },
    })
  })
  afterAll(() => world.close())

  it('is exported beside how many went out', async () => {
    const door = phoneDoorsOf(world).native
    const phone = aFreshNumber()
    await door.sendCode(aFreshNumber())
    const { begun, code } = await textOf(world, phone, () => door.sendCode(phone))
    await door.type({ kind: 'sign_in', phone, code, begun })
    await world.watchword.deliverer.drain()
    const response = await fetch(`${world.url}/metrics`, {
      headers: { authorization: `Bearer ${token}` },
    })
    const text = await response.text()
    expect(text).toContain('watchword_texts_today{state="sent"} 2')
    expect(text).toContain('watchword_texts_today{state="answered"} 1')
  })
})
