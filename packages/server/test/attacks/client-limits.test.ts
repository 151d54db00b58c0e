import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import { clientDoorsOf } from './tools/client-doors.ts'
import { doorsOf } from './tools/door.ts'
import { aFreshAddress, aMember, wrongCode } from './tools/people.ts'
import type { Reply } from './tools/reply.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({ config: { limits: { enabled: true }, trustedProxies: ['127.0.0.1'] } })
})
afterAll(() => world.close())

const from = (address: string) => ({ headers: { 'x-forwarded-for': address } })

describe('guessing through one dialect after the other', () => {
  it('S122 ten wrong passwords are ten, whichever way they come', async () => {
    const { native, supabase } = doorsOf(world)
    const { nhost, altogic } = clientDoorsOf(world)
    const member = await aMember(world, native)
    const there = from('100.64.1.1')
    const tries: readonly ((password: string) => Promise<Reply>)[] = [native, supabase, nhost, altogic].map(
      (door) => (password) => door.signIn(member.email, password, there),
    )
    const misses: Reply[] = []
    for (let turn = 0; turn < 10; turn += 1) {
      const reply = await tries[turn % 4]?.(`wrong otters ${turn}`)
      if (reply !== undefined) misses.push(reply)
    }
    for (const { status } of misses) expect([400, 401]).toContain(status)
    for (const attempt of tries) {
      const reply = await attempt(member.password)
      expect(reply.status, reply.text).toBe(429)
      expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(60)
    }
    expect((await nhost.signIn(member.email, member.password, from('100.64.1.2'))).status).toBe(200)
  })

  it('S9 S122 guesses at the current password count as guesses at the door', async () => {
    const { native } = doorsOf(world)
    const { altogic } = clientDoorsOf(world)
    const member = await aMember(world, native)
    const token = altogic.tokenOf(await altogic.signIn(member.email, member.password)) ?? ''
    const misses: Reply[] = []
    for (let turn = 0; turn < 14; turn += 1)
      misses.push(
        turn % 2 === 0
          ? await altogic.changePassword(token, 'nine loud herons', `wrong otters ${turn}`)
          : await altogic.changeEmail(token, aFreshAddress('eve'), `wrong otters ${turn}`),
      )
    expect(misses.filter(({ status }) => status === 401)).toHaveLength(10)
    expect(misses.at(-1)?.status).toBe(429)
    expect((await altogic.changePassword(token, 'nine loud herons', member.password)).status).toBe(429)
  })

  it('S22 ten wrong codes are ten, whichever dialect asked for them and whichever they are typed into', async () => {
    const { native, supabase } = doorsOf(world)
    const { nhost } = clientDoorsOf(world)
    const member = await aMember(world, native)
    world.clock.move(2 * 3600)
    const codes: string[] = []
    for (let turn = 0; turn < 5; turn += 1) {
      world.clock.move(61)
      await world.inbox.clear()
      const address = from(`100.70.1.${turn + 1}`)
      await (turn % 2 === 0
        ? nhost.call('/signin/otp/email', { body: { email: member.email }, ...address })
        : supabase.sendCode(member.email, address))
      await world.watchword.deliverer.drain()
      codes.push((await world.inbox.list(member.email)).find((mail) => mail.code !== null)?.code ?? '')
      const code = wrongCode(codes.at(-1) ?? '')
      const missed = [
        await supabase.type({ kind: 'sign_in', email: member.email, code, ...address }),
        await nhost.call('/signin/otp/email/verify', { body: { email: member.email, otp: code }, ...address }),
      ]
      expect(missed.map(({ status }) => status)).toEqual([403, 401])
    }
    const code = codes.at(-1) ?? ''
    const right = [
      await nhost.call('/signin/otp/email/verify', { body: { email: member.email, otp: code } }),
      await supabase.type({ kind: 'sign_in', email: member.email, code }),
    ]
    expect(right.map(({ status }) => status)).toEqual([429, 429])
    expect((await nhost.signIn(member.email, member.password, from('100.70.2.1'))).status).toBe(200)
  })

  it('S125 S13 mails of all dialects count together for who gets them', async () => {
    const { native, supabase } = doorsOf(world)
    const { nhost, altogic } = clientDoorsOf(world)
    const member = await aMember(world, native)
    await world.watchword.deliverer.drain()
    await world.inbox.clear()
    for (let turn = 0; turn < 3; turn += 1) {
      world.clock.move(61)
      const address = from(`100.71.1.${turn + 1}`)
      await native.recover(member.email, address)
      await supabase.recover(member.email, address)
      await nhost.recover(member.email, address)
      await altogic.recover(member.email, address)
    }
    await world.watchword.deliverer.drain()
    expect((await world.inbox.list(member.email)).filter(({ template }) => template === 'recovery')).toHaveLength(3)
  })
})
