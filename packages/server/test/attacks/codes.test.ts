import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '#src/storage/sql.ts'
import { startWorld, type World } from '../world/world.ts'
import { type Door, doorNames, doorsOf } from './tools/door.ts'
import { aFreshAddress, aMember, atOnce, begin, codeTo, goodPassword, wrongCode } from './tools/people.ts'
import { outcome, type Reply, send, tally } from './tools/reply.ts'

let world: World
let limited: World
beforeAll(async () => {
  world = await startWorld()
  limited = await startWorld({ config: { trustedProxies: ['127.0.0.1'], limits: { enabled: true } } })
})
afterAll(async () => {
  await world.close()
  await limited.close()
})

/** What a code that is no good any more is answered with; the native handle may be gone with it. */
const dead = /^(403 otp_expired|410 attempt_expired|429 over_(attempt|request_rate)_limit)$/

/** Too many wrong codes; the Supabase contract has one word for every kind of too many. */
const closed = /^429 over_(attempt|request_rate)_limit$/

async function liveSessions(on: World, userId: string): Promise<number> {
  const [row] = await on.database.query<{ n: number }>(
    sql`select count(*)::int as n from auth.sessions where user_id = ${userId}`,
  )
  return row?.n ?? -1
}

describe.each(doorNames)('one-time codes through %s', (name) => {
  let door: Door
  beforeAll(() => {
    door = doorsOf(world)[name]
  })

  it.each(['sign_in', 'recovery'] as const)('S20 a %s code works to its end and not beyond', async (kind) => {
    const { email } = await aMember(world, door)
    const last = await begin(world, door, kind, email)
    expect(last.code).toMatch(/^\d{6}$/)
    world.clock.move(10 * 60 - 2)
    expect((await door.type(last)).tokens).toBeDefined()
    const late = await begin(world, door, kind, email)
    world.clock.move(10 * 60 + 1)
    expect(outcome(await door.type(late))).toMatch(dead)
  })

  it('S20 a sign-up code works to its end and not beyond', async () => {
    for (const [wait, works] of [
      [10 * 60 - 2, true],
      [10 * 60 + 1, false],
    ] as const) {
      const email = aFreshAddress()
      const begun = await door.signUp({ email, password: goodPassword })
      const code = await codeTo(world, email)
      world.clock.move(wait)
      const done = await door.type({ kind: 'sign_up', email, code, begun })
      expect(done.tokens !== undefined, done.text).toBe(works)
      if (!works) expect(outcome(done)).toMatch(dead)
    }
  })

  it('S21 after five misses the right code is dead', async () => {
    const { email } = await aMember(world, door)
    const flow = await begin(world, door, 'sign_in', email)
    for (let turn = 1; turn <= 5; turn += 1)
      expect(outcome(await door.type({ ...flow, code: wrongCode(flow.code, turn) }))).toMatch(dead)
    const right = await door.type(flow)
    expect(outcome(right)).toMatch(dead)
    expect(right.tokens).toBeUndefined()
  })

  it('S21 of 200 parallel tries at most five are compared', async () => {
    const { email, id } = await aMember(world, door)
    const flow = await begin(world, door, 'sign_in', email)
    const replies = await atOnce(200, (turn) => door.type({ ...flow, code: wrongCode(flow.code, turn + 1) }))
    expect(replies.filter(({ status }) => status >= 500 || status < 400)).toEqual([])
    expect(outcome(await door.type(flow))).toMatch(dead)
    const [ticket] = await world.database.query<{ misses: number }>(
      sql`select misses from auth.tickets where user_id = ${id} and purpose = 'sign_in'`,
    )
    expect(ticket?.misses ?? 0).toBeLessThanOrEqual(5)
  })

  it('S22 ten misses over codes, purposes and addresses close the account to codes, and to nothing else', async () => {
    const at = doorsOf(limited)[name]
    const member = await aMember(limited, at)
    limited.clock.move(2 * 3600)
    let from = 0
    let newest = ''
    const headers = () => {
      from += 1
      return { 'x-forwarded-for': `198.51.100.${from}` }
    }
    for (let round = 0; round < 5; round += 1) {
      const kind = round % 2 === 0 ? 'sign_in' : 'recovery'
      const flow = await begin(limited, at, kind, member.email)
      newest = flow.code
      for (const turn of [1, 2]) {
        const missed = await at.type({ ...flow, code: wrongCode(flow.code, turn), headers: headers() })
        expect(outcome(missed)).toBe('403 otp_expired')
      }
      if (round < 4) limited.clock.move(61)
    }
    // The newest code is right and untried but for two misses; the account is closed to it all the same.
    limited.clock.move(61)
    const begun = await at.sendCode(member.email, { headers: headers() })
    const refused = await at.type({
      kind: 'sign_in',
      email: member.email,
      code: newest,
      begun,
      headers: headers(),
    })
    expect(outcome(refused)).toMatch(closed)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(13 * 60)
    expect((await at.signIn(member.email, member.password, { headers: headers() })).status).toBe(200)
  })

  it('S22 the closing lasts fifteen minutes from the tenth miss', async () => {
    const at = doorsOf(limited)[name]
    const { email } = await aMember(limited, at)
    limited.clock.move(2 * 3600)
    for (const round of [0, 1]) {
      const flow = await begin(limited, at, 'sign_in', email)
      for (let turn = 1; turn <= 5; turn += 1) {
        await at.type({
          ...flow,
          code: wrongCode(flow.code, turn),
          headers: { 'x-forwarded-for': `203.0.113.${turn}` },
        })
        if (turn < 5 || round === 0) limited.clock.move(80)
      }
    }
    limited.clock.move(14 * 60)
    const flow = await begin(limited, at, 'sign_in', email)
    expect(outcome(await at.type(flow))).toMatch(closed)
    limited.clock.move(70)
    const open = await begin(limited, at, 'sign_in', email)
    expect((await at.type(open)).tokens).toBeDefined()
  })

  it.each(['sign_in', 'recovery'] as const)('S23 fifty answers with one %s code make one session', async (kind) => {
    const member = await aMember(world, door)
    await door.signOut(member.tokens.access)
    const flow = await begin(world, door, kind, member.email)
    const replies = await atOnce(50, () => door.type(flow))
    const won = replies.filter((reply) => reply.tokens !== undefined)
    expect(won, JSON.stringify(tally(replies))).toHaveLength(1)
    for (const reply of replies) if (reply.tokens === undefined) expect(outcome(reply)).toMatch(dead)
    expect(await liveSessions(world, member.id)).toBe(1)
    const events = await world.core.audit.list({ userId: member.id, action: 'session.opened' }, { limit: 100 })
    expect(events).toHaveLength(2)
  })

  it('S23 fifty answers with one sign-up code make one account and one session', async () => {
    const email = aFreshAddress()
    const begun = await door.signUp({ email, password: goodPassword })
    const code = await codeTo(world, email)
    const replies = await atOnce(50, () => door.type({ kind: 'sign_up', email, code, begun }))
    const won = replies.filter((reply) => reply.tokens !== undefined)
    expect(won).toHaveLength(1)
    expect(await liveSessions(world, door.idOf(won[0] as Reply))).toBe(1)
  })

  it('S23 fifty answers of somebody new make one account', async () => {
    const email = aFreshAddress('new')
    const flow = await begin(world, door, 'sign_in', email)
    const replies = await atOnce(50, () => door.type(flow))
    expect(replies.filter((reply) => reply.tokens !== undefined)).toHaveLength(1)
    const rows = await world.database.query<{ n: number }>(
      sql`select count(*)::int as n from auth.sessions s join auth.users u on u.id = s.user_id where u.email = ${email}`,
    )
    expect(rows).toEqual([{ n: 1 }])
  })

  it('S25 of three codes asked for one after another only the newest works', async () => {
    const { email } = await aMember(world, door)
    const flows = [
      await begin(world, door, 'sign_in', email),
      await begin(world, door, 'sign_in', email),
      await begin(world, door, 'sign_in', email),
    ]
    const [first, second, third] = flows
    for (const old of [first, second]) if (old) expect(outcome(await door.type(old))).toMatch(dead)
    expect(third && (await door.type(third)).tokens).toBeDefined()
  })
})

describe('mailed links of the Supabase dialect', () => {
  const verify = (link: string, type: string) =>
    send(`${world.url}/auth/v1/verify`, {
      body: { type, token_hash: new URL(link).searchParams.get('token') },
    })

  it.each([
    ['sign_in', 'magiclink', 10 * 60],
    ['recovery', 'recovery', 60 * 60],
    ['sign_up', 'signup', 24 * 3600],
  ] as const)('S20 a %s link works to its end and not beyond', async (kind, type, seconds) => {
    const door = doorsOf(world).supabase
    for (const works of [true, false]) {
      const email = aFreshAddress()
      if (kind === 'sign_up') await door.signUp({ email, password: goodPassword })
      else {
        await aMember(world, door, { email })
        await (kind === 'sign_in' ? door.sendCode(email) : door.recover(email))
      }
      const { link } = await world.inbox.waitFor(email, kind)
      world.clock.move(works ? seconds - 2 : seconds + 1)
      const done = await verify(link ?? '', type)
      expect(outcome(done)).toBe(works ? '200' : '403 otp_expired')
    }
  })

  it.each(['sign_in', 'recovery'] as const)('S23 fifty uses of one %s link make one session', async (kind) => {
    const door = doorsOf(world).supabase
    const member = await aMember(world, door)
    await door.signOut(member.tokens.access)
    await (kind === 'sign_in' ? door.sendCode(member.email) : door.recover(member.email))
    const { link } = await world.inbox.waitFor(member.email, kind)
    const replies = await atOnce(50, () => verify(link ?? '', kind === 'sign_in' ? 'magiclink' : 'recovery'))
    expect(tally(replies)).toEqual({ 200: 1, '403 otp_expired': 49 })
    expect(await liveSessions(world, member.id)).toBe(1)
  })

  it('S22 a link still opens an account that is closed to codes', async () => {
    const door = doorsOf(limited).supabase
    const { email } = await aMember(limited, door)
    limited.clock.move(2 * 3600)
    for (let round = 0; round < 2; round += 1) {
      const flow = await begin(limited, door, 'sign_in', email)
      for (let turn = 1; turn <= 6; turn += 1) await door.type({ ...flow, code: wrongCode(flow.code, turn) })
      limited.clock.move(61)
    }
    const flow = await begin(limited, door, 'sign_in', email)
    expect(outcome(await door.type(flow))).toMatch(closed)
    const { link } = await limited.inbox.waitFor(email, 'sign_in')
    const opened = await send(`${limited.url}/auth/v1/verify`, {
      body: { type: 'magiclink', token_hash: new URL(link ?? '').searchParams.get('token') },
    })
    expect(opened.tokens).toBeDefined()
  })
})
