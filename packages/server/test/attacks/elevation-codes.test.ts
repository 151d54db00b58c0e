import { randomBytes, randomInt } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConfigInput } from '#src/config/schema.ts'
import { loadConfig } from '#src/config.ts'
import { startServer } from '#src/server.ts'
import { sql } from '#src/storage/sql.ts'
import { freePort } from '../set-up/free-port.ts'
import { movableRuntime } from '../world/clock.ts'
import { createInbox } from '../world/inbox.ts'
import { startWorld, type World } from '../world/world.ts'
import { clientDoorsOf } from './tools/client-doors.ts'
import { doorsOf } from './tools/door.ts'
import { aProtected, appCode, freshCode, halfway, native, supabase } from './tools/factors.ts'
import { aMember, atOnce, goodPassword, type Member, wrongCode } from './tools/people.ts'
import { objectIn, type Reply, send } from './tools/reply.ts'

let world: World
let limited: World
beforeAll(async () => {
  const phone = { enabled: true, countries: ['US'] }
  world = await startWorld({ config: { phone } })
  limited = await startWorld({
    config: { phone, limits: { enabled: true, signInNetwork: { limit: 1_000, seconds: 60 } } },
  })
})
afterAll(async () => {
  await world.close()
  await limited.close()
})

type Way = 'email' | 'sms'

const nhost = (at = world) => clientDoorsOf(at).nhost
const post = (path: string, token: string, body?: object, at = world): Promise<Reply> =>
  nhost(at).call(path, { token, ...(body === undefined ? {} : { body }) })
const ask = (token: string, way: Way = 'email', at = world) => post(`/elevate/otp/${way}`, token, undefined, at)
const answer = (token: string, otp: string, way: Way = 'email', at = world) =>
  post(`/elevate/otp/${way}/verify`, token, { otp }, at)
const nameOf = ({ body }: Reply): unknown => body['error']

/** A session of Nhost's of somebody. */
async function signedIn(member: Pick<Member, 'email' | 'password'>, at = world): Promise<string> {
  return nhost(at).tokenOf(await nhost(at).signIn(member.email, member.password)) ?? ''
}

async function someone(at = world): Promise<Member & { readonly token: string }> {
  const member = await aMember(at, doorsOf(at).native)
  return { ...member, token: await signedIn(member, at) }
}

/** The code of the newest mail of an elevation that came because of this. */
async function codeAfter(to: string, work: () => Promise<Reply>, at = world): Promise<string> {
  await at.inbox.clear()
  const reply = await work()
  expect(reply.status, reply.text).toBe(200)
  return (await at.inbox.waitFor(to)).code ?? ''
}

const isElevated = (token: string): boolean =>
  Buffer.from(token.split('.')[1] ?? '', 'base64url')
    .toString()
    .includes('x-hasura-auth-elevated')

const accessOf = (reply: Reply): string => nhost().tokenOf(reply) ?? ''

describe('the code of an elevation', () => {
  it('S23 of fifty that say it at once one raises the session, and its old refresh token is dead', async () => {
    const me = await someone()
    const first = await nhost().signIn(me.email, me.password)
    const [token, refresh] = [accessOf(first), nhost().refreshOf(first)]
    const otp = await codeAfter(me.email, () => ask(token))
    const replies = await atOnce(50, () => answer(token, otp))
    const won = replies.filter(({ status }) => status === 200)
    expect(won).toHaveLength(1)
    expect(Math.max(...replies.map(({ status }) => status))).toBeLessThan(500)
    expect(isElevated(accessOf(won[0] as Reply))).toBe(true)
    expect((await answer(token, otp)).status).toBe(400)
    // Longer than a lost answer is forgiven.
    world.clock.move(60)
    expect((await nhost().pickUp(nhost().refreshOf(won[0] as Reply))).status).toBe(200)
    expect((await nhost().pickUp(refresh)).status).toBe(401)
  })

  it('S21 is compared five times, however many guess at once, and then the right one does not help', async () => {
    const me = await someone()
    const otp = await codeAfter(me.email, () => ask(me.token))
    const replies = await atOnce(40, (turn) => answer(me.token, wrongCode(otp, turn + 1)))
    expect(replies.every(({ status }) => status === 400 || status === 429)).toBe(true)
    expect((await answer(me.token, otp)).status).toBeGreaterThanOrEqual(400)
  })

  it('S22 S89 guesses are ten together with those of other sessions and other dialects', async () => {
    const at = limited
    const me = await someone(at)
    const other = await signedIn(me, at)
    const codeBy = (work: () => Promise<Reply>) => {
      at.clock.move(61)
      return codeAfter(me.email, work, at)
    }
    for (const token of [me.token, other]) {
      const otp = await codeBy(() => ask(token, 'email', at))
      for (let turn = 1; turn <= 4; turn += 1) await answer(token, wrongCode(otp, turn), 'email', at)
    }
    const { body } = await native(at, '/me/elevation', {}, me.tokens.access)
    const { token: attempt } = objectIn(body, 'attempt')
    const challenged = () => native(at, '/attempts/challenge', { attempt, option: 'email' }, me.tokens.access)
    const sent = await codeBy(challenged)
    for (let turn = 1; turn <= 2; turn += 1)
      await native(at, '/attempts/answer', { attempt, code: wrongCode(sent, turn) }, me.tokens.access)
    const otp = await codeBy(() => ask(me.token, 'email', at))
    const closed = await answer(me.token, otp, 'email', at)
    expect([closed.status, nameOf(closed)], closed.text).toEqual([429, 'too-many-requests'])
    expect(Number(closed.headers.get('retry-after'))).toBeGreaterThan(0)
    // Until mails go out again as well.
    at.clock.move(3_600)
    const again = await signedIn(me, at)
    const fresh = await codeBy(() => ask(again, 'email', at))
    expect((await answer(again, fresh, 'email', at)).status).toBe(200)
  })

  it('S24 is good for one person, one session, one way and one purpose', async () => {
    const [me, other] = [await someone(), await someone()]
    const here = await codeAfter(me.email, () => ask(me.token))
    const elsewhere = await signedIn(me)
    expect(nameOf(await answer(other.token, here))).toBe('invalid-otp')
    expect(nameOf(await answer(elsewhere, here))).toBe('invalid-otp')
    for (const [path, body] of [
      ['/signin/otp/email/verify', { email: me.email, otp: here }],
      ['/elevate/totp', { otp: here }],
    ] as const)
      expect([400, 401], path).toContain((await post(path, me.token, body)).status)
    const nonce = await supabase(world, '/verify', { type: 'email', email: me.email, token: here })
    expect(nonce.status).toBeGreaterThanOrEqual(400)
    expect((await answer(me.token, here)).status).toBe(200)
  })

  it('S24 no code of a sign-in, a recovery or a reauthentication is one', async () => {
    const me = await someone()
    const { call } = nhost()
    const others: (() => Promise<Reply>)[] = [
      () => call('/signin/otp/email', { body: { email: me.email } }),
      () => supabase(world, '/recover', { email: me.email }),
      () => send(`${world.url}/auth/v1/reauthenticate`, { method: 'GET', token: me.token }),
    ]
    for (const other of others) {
      const code = await codeAfter(me.email, other)
      expect(nameOf(await answer(me.token, code))).toBe('invalid-otp')
      await ask(me.token)
      expect(nameOf(await answer(me.token, code))).toBe('invalid-otp')
    }
  })

  it('S25 is replaced by a newer one, by mail as by text, and dies with the address and the password', async () => {
    const me = await someone()
    const first = await codeAfter(me.email, () => ask(me.token))
    const second = await codeAfter(me.email, () => ask(me.token))
    if (first !== second) expect(nameOf(await answer(me.token, first))).toBe('invalid-otp')
    expect((await post('/user/password', me.token, { newPassword: `${goodPassword} twice` })).status).toBe(200)
    expect((await answer(me.token, second)).status).toBeGreaterThanOrEqual(400)
  })

  it('S53 opens nothing for somebody who was banned meanwhile, nor in a session that ended', async () => {
    const [me, gone] = [await someone(), await someone()]
    const mine = await codeAfter(me.email, () => ask(me.token))
    await world.core.users.update(me.id, { bannedUntil: new Date(world.core.runtime.now().getTime() + 3_600_000) })
    expect((await answer(me.token, mine)).status).toBe(401)
    expect((await ask(me.token)).status).toBe(401)
    const theirs = await codeAfter(gone.email, () => ask(gone.token))
    await world.core.sessions.endAll(gone.id)
    expect((await answer(gone.token, theirs)).status).toBe(401)
  })

  it('S6 lies nowhere in the clear', async () => {
    const me = await someone()
    const otp = await codeAfter(me.email, () => ask(me.token))
    const [row] = await world.database.query<{ payload: object; digest: Uint8Array }>(
      sql`select payload, code_digest as digest from auth.tickets where user_id = ${me.id} and purpose = 'elevation'`,
    )
    expect(JSON.stringify(row?.payload)).not.toContain(otp)
    expect(row?.digest.length).toBe(32)
  })
})

describe('elevation by a text', () => {
  const aNumber = () => `+1202555${randomInt(10_000).toString().padStart(4, '0')}`

  it('S24 takes neither the code of a sign-in with that number, nor is it one', async () => {
    const phoneNumber = aNumber()
    const signIn = () => nhost().call('/signin/passwordless/sms', { body: { phoneNumber } })
    const verify = (otp: string) => nhost().call('/signin/passwordless/sms/otp', { body: { phoneNumber, otp } })
    const token = accessOf(await verify(await codeAfter(phoneNumber, signIn)))
    const sent = await codeAfter(phoneNumber, signIn)
    expect(nameOf(await answer(token, sent, 'sms'))).toBe('invalid-otp')
    const otp = await codeAfter(phoneNumber, () => ask(token, 'sms'))
    if (otp !== sent) {
      expect(nameOf(await answer(token, sent, 'sms'))).toBe('invalid-otp')
      expect(nameOf(await verify(otp))).toBe('invalid-otp')
    }
    expect(nameOf(await answer(token, otp, 'email'))).toBe('unverified-user')
    expect((await answer(token, otp, 'sms')).status).toBe(200)
  })

  it('S120 one a minute goes out, and one that is held back leaves the code before it good', async () => {
    const me = await someone(limited)
    const otp = await codeAfter(me.email, () => ask(me.token, 'email', limited), limited)
    const held = await ask(me.token, 'email', limited)
    expect([held.status, nameOf(held)]).toEqual([429, 'too-many-requests'])
    expect(Number(held.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await answer(me.token, otp, 'email', limited)).status).toBe(200)
  })
})

describe('elevation of an account with a second factor', () => {
  it('S87 S86 is by that alone: a mailbox raises nothing, and a session that owes it gets nowhere', async () => {
    const me = await aProtected(world, doorsOf(world).native)
    for (const way of ['email', 'sms'] as const) expect((await ask(me.tokens.access, way)).status).toBe(409)
    const { access } = await halfway(world, me)
    for (const path of ['/elevate/totp', '/elevate/otp/email/verify']) {
      const reply = await post(path, access, { otp: freshCode(world, me.secret) })
      expect([reply.status, reply.body['reason']], path).toEqual([401, 'elevated claim required'])
    }
    expect((await ask(access)).status).toBe(401)
  })

  it('S88 a code of the app counts once, also of twenty at once, and not again at a sign-in', async () => {
    const me = await aProtected(world, doorsOf(world).native)
    const otp = freshCode(world, me.secret)
    const replies = await atOnce(20, () => post('/elevate/totp', me.tokens.access, { otp }))
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(replies.every(({ status }) => [200, 401, 429].includes(status))).toBe(true)
    const again = await signIn(me)
    expect((await nhost().call('/signin/mfa/totp', { body: { ticket: again, otp } })).status).toBeGreaterThanOrEqual(
      400,
    )
  })

  it('S89 guesses at the app are ten, and the right code does not help then', async () => {
    const me = await aProtected(limited, doorsOf(limited).native)
    const say = (otp: string) => post('/elevate/totp', me.tokens.access, { otp }, limited)
    const right = freshCode(limited, me.secret)
    for (let turn = 1; turn <= 10; turn += 1) expect((await say(wrongCode(right, turn))).status).toBe(401)
    expect((await say(appCode(limited, me.secret))).status).toBe(429)
    limited.clock.move(16 * 60)
    expect((await say(freshCode(limited, me.secret))).status).toBe(200)
  })

  it('S94 takes the code of its own person', async () => {
    const [me, other] = [await aProtected(world, doorsOf(world).native), await aProtected(world, doorsOf(world).native)]
    expect((await post('/elevate/totp', me.tokens.access, { otp: freshCode(world, other.secret) })).status).toBe(401)
  })

  const signIn = async (me: Pick<Member, 'email' | 'password'>): Promise<string> =>
    String(objectIn((await nhost().signIn(me.email, me.password)).body, 'mfa')['ticket'])
})

/** Another server on the same database, with its own settings, an hour on. */
async function startBeside(first: World, config: ConfigInput) {
  const { runtime, clock } = movableRuntime()
  const secrets = { encryptionKey, publishableKey: first.publishableKey, secretKey: first.secretKey }
  const loaded = await loadConfig({ input: { port: await freePort(), secrets, ...config }, cwd: '/tmp' })
  const database = { ...first.database, close: async () => {} }
  const server = await startServer(loaded, runtime, { database })
  clock.move(3_600)
  const { url, close, watchword } = server
  return {
    url,
    close,
    core: watchword.core,
    clock,
    inbox: createInbox(url, database),
    publishableKey: first.publishableKey,
  }
}

const encryptionKey = `k1:${randomBytes(32).toString('base64')}`

describe('where apps are switched off', () => {
  it('S87 S90 whoever has one is neither let in without it nor locked out', async () => {
    const on = await startWorld({ config: { secrets: { encryptionKey } } })
    const me = await aProtected(on, doorsOf(on).native)
    const off = await startBeside(on, { factors: { totp: false }, limits: { enabled: false } })
    try {
      const { nhost: door } = clientDoorsOf(off)
      const half = await door.signIn(me.email, me.password)
      expect([half.status, door.tokenOf(half)]).toEqual([200, undefined])
      const ticket = objectIn(half.body, 'mfa')['ticket']
      const wrong = await door.call('/signin/mfa/totp', {
        body: { ticket, otp: wrongCode(appCode(off, me.secret), 1) },
      })
      expect([wrong.status, nameOf(wrong)]).toEqual([401, 'invalid-totp'])
      const done = await door.call('/signin/mfa/totp', { body: { ticket, otp: freshCode(off, me.secret) } })
      expect(done.status, done.text).toBe(200)
      const raised = await door.call('/elevate/totp', {
        token: door.tokenOf(done),
        body: { otp: freshCode(off, me.secret) },
      })
      expect(raised.status, raised.text).toBe(200)
      for (const dead of [String(ticket), 'mfaTotp:nothing']) {
        const reply = await door.call('/signin/mfa/totp', { body: { ticket: dead, otp: '123456' } })
        expect([reply.status, nameOf(reply)]).toEqual([409, 'disabled-endpoint'])
      }
    } finally {
      await off.close()
      await on.close()
    }
  })
})
