import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { securityKey } from '../world/security-key.ts'
import { startWorld, type World } from '../world/world.ts'
import { type Door, doorsOf } from './tools/door.ts'
import { aalOf, aProtected, appCode, freshCode, type Protected } from './tools/factors.ts'
import { aMember, begin, codeTo, tokensOf } from './tools/people.ts'
import { objectIn, type Reply, send } from './tools/reply.ts'

let world: World
let doors: Readonly<Record<Door['name'], Door>>
beforeAll(async () => {
  world = await startWorld({ config: { trustedProxies: ['127.0.0.1'], limits: { enabled: true } } })
  doors = doorsOf(world)
})
afterAll(() => world.close())

let places = 0
/** Every request from somewhere else. */
const elsewhere = () => {
  places += 1
  return { 'x-forwarded-for': `198.51.${Math.floor(places / 250)}.${(places % 250) + 1}` }
}
const post = (path: string, body: unknown, token?: string): Promise<Reply> =>
  send(world.url + path, { body, token, headers: elsewhere() })
const answer = (attempt: string | undefined, code: string, token?: string) =>
  post('/v1/attempts/answer', { attempt, code }, token)
const signIn = ({ email, password }: Pick<Protected, 'email' | 'password'>) =>
  doors.native.signIn(email, password, { headers: elsewhere() })

/** A code that is not the right one, nor will be soon. */
const wrong = (turn: number) => String(turn).padStart(6, '0')
const comparedOf = async (userId: string) => {
  const events = await world.core.audit.list({ userId, action: 'session.refused' }, { limit: 1_000 })
  return events.filter(({ code }) => code === 'mfa_verification_failed').length
}

describe('S89: guessing is hopeless', () => {
  it('S21 five tries for one attempt, and then not even the right one', async () => {
    const who = await aProtected(world, doors.native)
    const { attempt } = await signIn(who)
    for (let turn = 1; turn <= 5; turn += 1) {
      const reply = await answer(attempt, wrong(turn))
      expect([reply.code, objectIn(reply.body, 'details')['triesLeft']]).toEqual(['mfa_verification_failed', 5 - turn])
    }
    expect((await answer(attempt, freshCode(world, who.secret))).code).toBe('attempt_expired')
  })

  it('an elevation by a password does not make the count begin anew', async () => {
    const who = await aProtected(world, doors.native)
    const begun = await post('/v1/me/factors', { type: 'passkey' }, who.tokens.access)
    const setUp = objectIn(begun.body, 'attempt')
    const credential = securityKey('http://localhost').create(objectIn(objectIn(setUp, 'step'), 'publicKey'))
    tokensOf(await post('/v1/attempts/answer', { attempt: setUp['token'], credential }, who.tokens.access))
    const half = await doors.supabase.signIn(who.email, who.password, { headers: elsewhere() })
    let { access } = tokensOf(half)
    for (let round = 0; round < 4; round += 1) {
      for (let turn = 0; turn < 4; turn += 1) {
        const { body } = await post(`/auth/v1/factors/${who.factorId}/challenge`, {}, access)
        const guess = { challenge_id: body['id'], code: wrong(round * 4 + turn) }
        await post(`/auth/v1/factors/${who.factorId}/verify`, guess, access)
      }
      const { attempt } = await post('/v1/me/elevation', {}, access)
      await post('/v1/attempts/challenge', { attempt, option: 'passkey' }, access)
      const said = await post('/v1/attempts/answer', { attempt, password: who.password }, access)
      access = said.tokens?.access ?? access
    }
    expect(await comparedOf(who.id)).toBe(10)
  })

  it('fifty sessions with ten guesses each: ten are compared, whatever they ask for and wherever from', async () => {
    const who = await aProtected(world, doors.native)
    await post('/v1/me/recovery-codes', {}, who.tokens.access)
    const replies: Reply[] = []
    for (let turn = 0; turn < 50; turn += 1) {
      if (turn % 2 === 0) {
        const { attempt } = await signIn(who)
        const guesses = Array.from({ length: 10 }, (_, at) => answer(attempt, wrong(turn * 10 + at)))
        replies.push(...(await Promise.all(guesses)))
      } else {
        const half = await doors.supabase.signIn(who.email, who.password, { headers: elsewhere() })
        const { access } = tokensOf(half)
        const guesses = Array.from({ length: 10 }, (_, at) =>
          post('/auth/v1/factors/recovery-codes/verify', { code: `guess${turn}x${at}` }, access),
        )
        replies.push(...(await Promise.all(guesses)))
      }
      if (turn % 10 === 0) world.clock.move(1)
    }
    expect(await comparedOf(who.id)).toBeLessThanOrEqual(10)
    const shut = await answer((await signIn(who)).attempt, appCode(world, who.secret))
    expect([shut.status, shut.code]).toEqual([429, 'over_attempt_limit'])
    expect(Number(shut.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await world.inbox.waitFor(who.email, 'sign_in_locked')).code).toBeNull()
    const mails = (await world.inbox.list(who.email)).filter(({ template }) => template === 'sign_in_locked')
    expect(mails).toHaveLength(1)
    world.clock.move(15 * 60 + 1)
    expect((await answer((await signIn(who)).attempt, freshCode(world, who.secret))).tokens).toBeDefined()
  })

  it('S22 a mailed code that is right gives no new tries at the factor', async () => {
    const who = await aProtected(world, doors.native)
    for (let turn = 0; turn < 9; turn += 1) {
      const reply = await answer((await signIn(who)).attempt, wrong(turn))
      expect([turn, reply.code]).toEqual([turn, 'mfa_verification_failed'])
    }
    for (const kind of ['sign_in', 'recovery'] as const) {
      world.clock.move(61)
      const done = await doors.supabase.type(await begin(world, doors.supabase, kind, who.email))
      expect([kind, done.status]).toEqual([kind, kind === 'sign_in' ? 200 : 429])
      if (kind === 'sign_in') expect(aalOf(tokensOf(done).access)).toBe('aal1')
      const more = await answer((await signIn(who)).attempt, wrong(50))
      expect([kind, more.code]).toEqual([kind, 'over_attempt_limit'])
    }
    expect(await comparedOf(who.id)).toBeLessThanOrEqual(10)
  })

  it('a factor that is proved makes the count start anew', async () => {
    const who = await aProtected(world, doors.native)
    for (const round of [0, 1]) {
      for (let turn = 0; turn < 8; turn += 1) await answer((await signIn(who)).attempt, wrong(round * 10 + turn))
      const done = await answer((await signIn(who)).attempt, freshCode(world, who.secret))
      expect([round, done.status]).toEqual([round, 200])
    }
  })
})

describe('S93: a phone as a factor', () => {
  const phone = '+15550107701'

  it('twenty challenges in a minute: one text, the others are told to wait', async () => {
    const member = await aMember(world, doors.native)
    const { access } = member.tokens
    const enrolled = await post('/auth/v1/factors', { factor_type: 'phone', phone }, access)
    const path = `/auth/v1/factors/${String(enrolled.body['id'])}/challenge`
    const replies = await Promise.all(Array.from({ length: 20 }, () => post(path, {}, access)))
    const [asked, ...more] = replies.filter(({ status }) => status === 200)
    expect([asked?.status, more]).toEqual([200, []])
    for (const reply of replies.filter(({ status }) => status !== 200))
      expect([reply.status, reply.code]).toEqual([429, 'over_sms_send_rate_limit'])
    await world.inbox.waitFor(phone, 'sms_code')
    expect(await world.inbox.list(phone)).toHaveLength(1)
    // Those that were held back took nothing from the one that was sent.
    const body = { challenge_id: asked?.body['id'], code: await codeTo(world, phone, 'sms_code') }
    expect((await post(path.replace('challenge', 'verify'), body, access)).status).toBe(200)
  })

  it('at a sign-in a second text is not sent before its time either', async () => {
    const number = '+15550107702'
    const member = await aMember(world, doors.native)
    const begun = await post('/v1/me/factors', { type: 'phone', phone: number }, member.tokens.access)
    const code = await codeTo(world, number, 'sms_code')
    expect((await answer(begun.attempt, code, member.tokens.access)).status).toBe(200)
    world.clock.move(61)
    const { attempt } = await signIn(member)
    const challenges = []
    for (let turn = 0; turn < 20; turn += 1)
      challenges.push((await post('/v1/attempts/challenge', { attempt, option: 'phone' })).status)
    expect(new Set(challenges)).toEqual(new Set([200]))
    await expect.poll(async () => (await world.inbox.list(number)).length).toBe(2)
  })
})

describe('S93: one number is one proof', () => {
  it('a code to the number somebody signed in with does not give aal2', async () => {
    const number = '+15550107703'
    const member = await aMember(world, doors.native)
    const begun = await post('/v1/me/phone', { phone: number }, member.tokens.access)
    const proved = await answer(begun.attempt, await codeTo(world, number), member.tokens.access)
    expect(proved.status).toBe(200)
    world.clock.move(61)
    const { access } = tokensOf(proved)
    const enrolled = await post('/v1/me/factors', { type: 'phone', phone: number }, access)
    await expect.poll(async () => (await world.inbox.list(number)).length).toBe(2)
    const first = await newestCode(number)
    expect((await answer(enrolled.attempt, first, access)).status).toBe(200)
    world.clock.move(61)
    const before = (await world.inbox.list(number)).length
    const sent = await post('/v1/sign-in/code', { phone: number })
    await expect.poll(async () => (await world.inbox.list(number)).length).toBe(before + 1)
    const refused = await answer(sent.attempt, await newestCode(number))
    expect([refused.status, refused.code]).toEqual([403, 'insufficient_aal'])
    expect((await signIn(member)).body['status']).toBe('pending')
  })

  async function newestCode(number: string): Promise<string> {
    await world.inbox.waitFor(number)
    const [newest] = await world.inbox.list(number)
    return newest?.code ?? ''
  }
})
