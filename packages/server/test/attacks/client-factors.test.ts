import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import { clientDoorNames, clientDoorsOf } from './tools/client-doors.ts'
import { doorsOf } from './tools/door.ts'
import {
  aProtected,
  appCode,
  challenge,
  freshCode,
  halfway,
  native,
  type Protected,
  supabase,
} from './tools/factors.ts'
import { atOnce, wrongCode } from './tools/people.ts'
import { objectIn, type Reply, send } from './tools/reply.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({ config: { limits: { enabled: true, signInNetwork: { limit: 1_000, seconds: 60 } } } })
})
afterAll(() => world.close())

const nhost = () => clientDoorsOf(world).nhost
const protectedOne = () => aProtected(world, doorsOf(world).native)
const ticketFor = async (me: Protected): Promise<string> =>
  String(objectIn((await nhost().signIn(me.email, me.password)).body, 'mfa')['ticket'])
const answer = (ticket: string, otp: string): Promise<Reply> =>
  nhost().call('/signin/mfa/totp', { body: { ticket, otp } })

describe('a second factor through Nhost’s client', () => {
  it('S88 a code counts once, at sign-ins and for switching off alike', async () => {
    const me = await protectedOne()
    const code = freshCode(world, me.secret)
    const done = await answer(await ticketFor(me), code)
    expect(done.status, done.text).toBe(200)
    const token = nhost().tokenOf(done)
    expect((await answer(await ticketFor(me), code)).status).toBe(401)
    const off = await nhost().call('/user/mfa', { token, body: { code, activeMfaType: '' } })
    expect(off.status, off.text).toBe(401)
    expect((await world.core.users.find(me.id))?.factors).toHaveLength(1)
    const fresh = await nhost().call('/user/mfa', {
      token,
      body: { code: freshCode(world, me.secret), activeMfaType: '' },
    })
    expect(fresh.status, fresh.text).toBe(200)
  })

  it('S23 S88 twenty answers at once open one session', async () => {
    const me = await protectedOne()
    const before = await world.core.sessions.count(me.id)
    const ticket = await ticketFor(me)
    const code = freshCode(world, me.secret)
    const replies = await atOnce(20, () => answer(ticket, code))
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(Math.max(...replies.map(({ status }) => status))).toBeLessThan(500)
    expect(await world.core.sessions.count(me.id)).toBe(before + 1)
  })

  it('S94 S24 a ticket takes the code of its own person, and no other secret is a ticket', async () => {
    const [me, other] = [await protectedOne(), await protectedOne()]
    const ticket = await ticketFor(me)
    expect((await answer(ticket, freshCode(world, other.secret))).status).toBe(401)
    for (const odd of [`${ticket}x`, ticket.slice(0, -1), ticket.slice(8), `mfaTotp:${me.tokens.refresh}`, 'mfaTotp:'])
      expect([400, 401], odd.slice(0, 12)).toContain((await answer(odd, appCode(world, me.secret))).status)
  })

  it('S89 guesses over dialects are ten together, and the owner’s code does not help then', async () => {
    const me = await protectedOne()
    const right = () => freshCode(world, me.secret)
    for (let turn = 0; turn < 5; turn += 1) {
      const half = await halfway(world, me)
      const id = await challenge(world, me.factorId, half.access)
      await supabase(
        world,
        `/factors/${me.factorId}/verify`,
        { challenge_id: id, code: wrongCode(right(), 1) },
        half.access,
      )
      await answer(await ticketFor(me), wrongCode(right(), 2))
    }
    expect((await answer(await ticketFor(me), right())).status).toBe(429)
    const attempt = objectIn((await doorsOf(world).native.signIn(me.email, me.password)).body, 'attempt')['token']
    expect((await native(world, '/attempts/answer', { attempt, code: right() })).status).toBe(429)
    world.clock.move(16 * 60)
    expect((await answer(await ticketFor(me), right())).status).toBe(200)
  })

  it('S91 S86 whoever has proved the first factor alone switches nothing off, not even with a code', async () => {
    const me = await protectedOne()
    const { access } = await halfway(world, me)
    const calls: readonly (readonly [string, string, object?])[] = [
      ['POST', '/user/mfa', { code: freshCode(world, me.secret), activeMfaType: '' }],
      ['GET', '/mfa/totp/generate'],
      ['POST', '/user/password', { newPassword: 'nine loud herons' }],
      ['POST', '/user/email/change', { newEmail: 'eve@evil.test' }],
      ['POST', '/pat', { expiresAt: '2030-01-01T00:00:00Z' }],
      ['POST', '/user/webauthn/add'],
      ['POST', '/elevate/webauthn'],
    ]
    for (const [method, path, body] of calls) {
      const reply = await nhost().call(path, { method, token: access, ...(body === undefined ? {} : { body }) })
      expect([400, 401, 403, 409], `${path} ${reply.text}`).toContain(reply.status)
    }
    expect((await world.core.users.find(me.id))?.factors).toHaveLength(1)
    expect((await ticketFor(me)).length).toBeGreaterThan(10)
  })
})

describe.each(clientDoorNames)('an account with a second factor, through %s', (name) => {
  it('S56 S87 gets neither a session nor a new password by a mailed link alone', async () => {
    const door = clientDoorsOf(world)[name]
    const me = await protectedOne()
    await door.recover(me.email)
    const link = (await world.inbox.waitFor(me.email, 'recovery')).link ?? ''
    const reset = await door.reset(link, 'nine loud herons')
    expect([401, 403], reset.text).toContain(reset.status)
    expect((await doorsOf(world).native.signIn(me.email, 'nine loud herons')).status).toBe(400)
    await door.sendLink(me.email)
    const before = await world.core.sessions.count(me.id)
    const { secret } = await door.follow((await world.inbox.waitFor(me.email, 'sign_in')).link ?? '')
    if (secret !== undefined) expect((await door.pickUp(secret)).status).toBe(401)
    expect(await world.core.sessions.count(me.id)).toBe(before)
  })

  it('S86 a session that owes the factor reads its owner and signs out, and nothing else', async () => {
    const me = await protectedOne()
    const held = await halfway(world, me)
    if (name === 'nhost') {
      const renewed = await nhost().pickUp(held.refresh)
      expect((await nhost().me(nhost().tokenOf(renewed) ?? '')).status).toBe(200)
      return
    }
    const headers = { session: held.refresh, 'x-client-key': world.publishableKey }
    expect((await clientDoorsOf(world).altogic.me(held.refresh)).status).toBe(200)
    const base = clientDoorsOf(world).altogic.base
    const records = `${world.url}/_api/rest/v1/db/object`
    const record = { model: 'users', id: me.id, values: { name: 'Eve' } }
    for (const [method, url, body] of [
      ['GET', `${base}/sessions`, undefined],
      ['POST', `${base}/change-pwd`, { newPassword: 'nine loud herons', oldPassword: me.password }],
      ['POST', `${base}/change-email`, { newEmail: 'eve@evil.test', currentPassword: me.password }],
      ['POST', `${base}/change-phone`, { newPhone: '+12025550123', currentPassword: me.password }],
      ['POST', `${records}/get`, record],
      ['POST', `${records}/update`, record],
      ['POST', `${records}/delete`, record],
    ] as const)
      expect((await send(url, { method, headers, ...(body === undefined ? {} : { body }) })).status, url).toBe(401)
  })
})
