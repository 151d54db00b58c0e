import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '#src/storage/sql.ts'
import { startWorld, type World } from '../world/world.ts'
import { atOnce, goodPassword, wrongCode } from './tools/people.ts'
import { aCaller, aFreshNumber, type PhoneDoor, phoneDoorNames, phoneDoorsOf, textOf } from './tools/phones.ts'
import { outcome, type Reply, send, tally } from './tools/reply.ts'

let world: World
let limited: World
beforeAll(async () => {
  world = await startWorld({ database: 'postgres' })
  const limits = { enabled: true, textNetwork: '1000/1h', sendNetwork: '1000/5m' }
  limited = await startWorld({ config: { trustedProxies: ['127.0.0.1'], limits } })
})
afterAll(async () => {
  await world.close()
  await limited.close()
})

const dead = /^(403 otp_expired|410 attempt_expired|429 over_(attempt|request_rate)_limit)$/
const closed = /^429 over_(attempt|request_rate)_limit$/
const otherPassword = 'eight quiet badgers'

/** An answer without what differs from request to request. */
function bare({ status, text }: Reply): string {
  return `${status} ${text
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'id')
    .replace(/wwa_[\w-]+/g, 'attempt')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time')
    .replace(/•••\d\d/g, '•••')
    .replace(/\d{10,15}/g, 'number')}`
}

const ban = (on: World, id: string) =>
  on.core.users.update(id, { bannedUntil: new Date(on.core.runtime.now().getTime() + 86_400_000) })

describe.each(phoneDoorNames)('telephones through %s', (name) => {
  let door: PhoneDoor
  beforeAll(() => {
    door = phoneDoorsOf(world)[name]
  })

  it('S10 every failed password looks the same', async () => {
    const known = await aCaller(world, door, goodPassword)
    const banned = await aCaller(world, door, goodPassword)
    await ban(world, banned.id)
    const unproved = aFreshNumber()
    await door.signUp(unproved, goodPassword)
    const passwordless = aFreshNumber()
    const { begun, code } = await textOf(world, passwordless, () => door.sendCode(passwordless))
    await door.type({ kind: 'sign_in', phone: passwordless, code, begun })
    const numbers = [known.phone, banned.phone, unproved, passwordless, aFreshNumber()]
    const replies = await Promise.all(numbers.map((phone) => door.signIn(phone, 'wrong otters')))
    expect(new Set(replies.map(bare)).size).toBe(1)
    expect(replies.map(outcome)).toEqual(numbers.map(() => '400 invalid_credentials'))
  })

  it('S12 a sign-up with a taken number changes nothing and texts nobody', async () => {
    const known = await aCaller(world, door, goodPassword)
    const texts = (await world.inbox.list(known.phone)).length
    const taken = await door.signUp(known.phone, otherPassword)
    expect(taken.status).toBe(200)
    expect(taken.tokens).toBeUndefined()
    await world.watchword.deliverer.drain()
    expect(await world.inbox.list(known.phone)).toHaveLength(texts)
    expect(outcome(await door.signIn(known.phone, otherPassword))).toBe('400 invalid_credentials')
    expect((await door.signIn(known.phone, goodPassword)).tokens).toBeDefined()
  })

  it('S13 a code is asked for alike by everybody, also beyond the limit of the recipient', async () => {
    const at = phoneDoorsOf(limited)[name]
    const known = await aCaller(limited, at, goodPassword)
    const banned = await aCaller(limited, at, goodPassword)
    await ban(limited, banned.id)
    for (let turn = 0; turn < 3; turn += 1) {
      const numbers = [known.phone, banned.phone, aFreshNumber()]
      const replies = await Promise.all(numbers.map((phone) => at.sendCode(phone)))
      expect(new Set(replies.map(bare)).size).toBe(1)
      expect(replies[0]?.status).toBe(200)
    }
    await limited.watchword.deliverer.drain()
    const codes = (await limited.inbox.list(banned.phone)).filter(({ template }) => template === 'sms_code')
    expect(codes, 'the text of the sign-up alone').toHaveLength(1)
  })

  it('S13 a text is asked for again alike by everybody', async () => {
    const waiting = aFreshNumber()
    await door.signUp(waiting, goodPassword)
    const known = await aCaller(world, door, goodPassword)
    const banned = await aCaller(world, door, goodPassword)
    await ban(world, banned.id)
    const numbers = [waiting, known.phone, banned.phone, aFreshNumber()]
    for (const type of ['sms', 'phone_change']) {
      const ask = (phone: string) => send(`${world.url}/auth/v1/resend`, { body: { type, phone } })
      const replies = await Promise.all(numbers.map(ask))
      expect(new Set(replies.map(bare))).toEqual(new Set(['200 {}']))
    }
  })

  it('S14 a number that somebody has is changed to like a free one, until it is to be proved', async () => {
    if (name === 'supabase') return
    const [known, asking] = [await aCaller(world, door, goodPassword), await aCaller(world, door, goodPassword)]
    const taken = await door.change(known.phone, asking.tokens.access)
    const free = await door.change(aFreshNumber(), asking.tokens.access)
    expect(bare(taken)).toBe(bare(free))
  })

  it('S20 a code works to its end and not beyond', async () => {
    for (const [wait, works] of [
      [10 * 60 - 2, true],
      [10 * 60 + 1, false],
    ] as const) {
      const phone = aFreshNumber()
      const { begun, code } = await textOf(world, phone, () => door.sendCode(phone))
      world.clock.move(wait)
      const done = await door.type({ kind: 'sign_in', phone, code, begun })
      expect(done.tokens !== undefined, done.text).toBe(works)
      if (!works) expect(outcome(done)).toMatch(dead)
    }
  })

  it('S21 of 200 parallel tries at most five are compared, and then the right code is dead', async () => {
    const { id, phone } = await aCaller(world, door, goodPassword)
    const { begun, code } = await textOf(world, phone, () => door.sendCode(phone))
    const answer = (typed: string) => door.type({ kind: 'sign_in', phone, code: typed, begun })
    const replies = await atOnce(200, (turn) => answer(wrongCode(code, turn + 1)))
    expect(replies.filter(({ status }) => status >= 500 || status < 400)).toEqual([])
    expect(outcome(await answer(code))).toMatch(dead)
    const [ticket] = await world.database.query<{ misses: number }>(
      sql`select misses from auth.tickets where user_id = ${id} and purpose = 'sign_in'`,
    )
    expect(ticket?.misses ?? 0).toBeLessThanOrEqual(5)
  })

  it('S22 ten misses over several codes close the account to codes, and leave it its password', async () => {
    const at = phoneDoorsOf(limited)[name]
    const { phone } = await aCaller(limited, at, goodPassword)
    limited.clock.move(2 * 3600)
    for (const round of [0, 1]) {
      const { begun, code } = await textOf(limited, phone, () => at.sendCode(phone))
      for (let turn = 1; turn <= 5; turn += 1) {
        const headers = { 'x-forwarded-for': `198.51.100.${round * 5 + turn}` }
        const missed = await at.type({ kind: 'sign_in', phone, code: wrongCode(code, turn), begun, headers })
        expect(outcome(missed)).toMatch(dead)
      }
      limited.clock.move(61)
    }
    const { begun, code } = await textOf(limited, phone, () => at.sendCode(phone))
    const refused = await at.type({ kind: 'sign_in', phone, code, begun })
    expect(outcome(refused)).toMatch(closed)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(13 * 60)
    expect((await at.signIn(phone, goodPassword)).tokens).toBeDefined()
  })

  it('S23 fifty answers with one code make one account and one session', async () => {
    const phone = aFreshNumber()
    const { begun, code } = await textOf(world, phone, () => door.sendCode(phone))
    const replies = await atOnce(50, () => door.type({ kind: 'sign_in', phone, code, begun }))
    expect(
      replies.filter(({ tokens }) => tokens !== undefined),
      JSON.stringify(tally(replies)),
    ).toHaveLength(1)
    for (const reply of replies) if (reply.tokens === undefined) expect(outcome(reply)).toMatch(dead)
    const rows = await world.database.query<{ n: number }>(
      sql`select count(*)::int as n from auth.sessions s join auth.users u on u.id = s.user_id where u.phone = ${phone}`,
    )
    expect(rows).toEqual([{ n: 1 }])
  })

  it('S23 fifty answers to one change of number change it once', async () => {
    const { id, tokens } = await aCaller(world, door, goodPassword)
    const next = aFreshNumber()
    const { begun, code } = await textOf(world, next, () => door.change(next, tokens.access))
    const typed = { kind: 'phone_change', phone: next, code, begun, token: tokens.access } as const
    const replies = await atOnce(50, () => door.type(typed))
    expect(
      replies.filter((reply) => reply.tokens !== undefined),
      JSON.stringify(tally(replies)),
    ).toHaveLength(1)
    expect(replies.filter(({ status }) => status >= 500)).toEqual([])
    const events = await world.core.audit.list({ userId: id, action: 'phone.changed' }, { limit: 100 })
    expect(events).toHaveLength(1)
  })

  it('S24 a code fits its number and its purpose alone', async () => {
    const [ada, bob] = [await aCaller(world, door, goodPassword), await aCaller(world, door, goodPassword)]
    const mine = await textOf(world, ada.phone, () => door.sendCode(ada.phone))
    const theirs = await textOf(world, bob.phone, () => door.sendCode(bob.phone))
    const next = aFreshNumber()
    const change = await textOf(world, next, () => door.change(next, ada.tokens.access))
    const wrong = [
      { kind: 'sign_in', phone: bob.phone, code: mine.code, begun: theirs.begun },
      { kind: 'phone_change', phone: next, code: mine.code, begun: change.begun, token: ada.tokens.access },
      { kind: 'sign_in', phone: ada.phone, code: change.code, begun: mine.begun },
      { kind: 'sign_in', phone: next, code: change.code, begun: mine.begun },
    ] as const
    for (const typed of wrong)
      if (typed.code !== mine.code || theirs.code !== mine.code) {
        const reply = await door.type(typed)
        expect(outcome(reply), JSON.stringify(typed.kind)).toMatch(dead)
      }
    expect((await door.type({ kind: 'sign_in', phone: ada.phone, ...mine })).tokens).toBeDefined()
  })

  it('S25 of three codes only the newest works, and a sign-in kills the others', async () => {
    const { phone } = await aCaller(world, door, goodPassword)
    const flows = [
      await textOf(world, phone, () => door.sendCode(phone)),
      await textOf(world, phone, () => door.sendCode(phone)),
      await textOf(world, phone, () => door.sendCode(phone)),
    ]
    const [first, second, third] = flows
    for (const old of [first, second])
      if (old !== undefined && old.code !== third?.code)
        expect(outcome(await door.type({ kind: 'sign_in', phone, ...old }))).toMatch(dead)
    expect((await door.signIn(phone, goodPassword)).tokens).toBeDefined()
    if (third !== undefined) expect(outcome(await door.type({ kind: 'sign_in', phone, ...third }))).toMatch(dead)
  })

  it('S25 a change of number kills what is out to the old one', async () => {
    const { phone, tokens } = await aCaller(world, door, goodPassword)
    const old = await textOf(world, phone, () => door.sendCode(phone))
    const next = aFreshNumber()
    const change = await textOf(world, next, () => door.change(next, tokens.access))
    await door.type({ kind: 'phone_change', phone: next, ...change, token: tokens.access })
    expect(outcome(await door.type({ kind: 'sign_in', phone, ...old }))).toMatch(dead)
  })

  it('S30 of two changes only the newest lives, a stale session begins none, and the old number is told', async () => {
    const { phone, tokens } = await aCaller(world, door, goodPassword)
    const [one, two] = [aFreshNumber(), aFreshNumber()]
    const first = await textOf(world, one, () => door.change(one, tokens.access))
    const second = await textOf(world, two, () => door.change(two, tokens.access))
    const typed = { kind: 'phone_change', token: tokens.access } as const
    expect(outcome(await door.type({ ...typed, phone: one, ...first }))).toMatch(dead)
    expect((await door.type({ ...typed, phone: two, ...second })).tokens).toBeDefined()
    expect(await world.inbox.waitFor(phone, 'sms_phone_changed')).toMatchObject({ code: null })
    const late = await door.signIn(two, goodPassword)
    world.clock.move(601)
    const refused = await door.change(aFreshNumber(), late.tokens?.access ?? '')
    expect(refused.code).toBe('reauthentication_needed')
  })

  it('S30 S35 a recovery drops a change that was begun before', async () => {
    const { phone, tokens } = await aCaller(world, door, goodPassword)
    const next = aFreshNumber()
    const change = await textOf(world, next, () => door.change(next, tokens.access))
    const recovery = await textOf(world, phone, () => send(`${world.url}/v1/recovery`, { body: { phone } }))
    const done = await send(`${world.url}/v1/attempts/answer`, {
      body: { attempt: recovery.begun.attempt, code: recovery.code, newPassword: otherPassword },
    })
    expect(done.tokens).toBeDefined()
    const late = await door.type({ kind: 'phone_change', phone: next, ...change, token: done.tokens?.access })
    expect(late.tokens).toBeUndefined()
    expect((await door.signIn(phone, otherPassword)).tokens).toBeDefined()
  })

  it('S32 S33 a password that a stranger left on an unproved number goes with the proof', async () => {
    const phone = aFreshNumber()
    await door.signUp(phone, 'the stranger’s otters')
    const { begun, code } = await textOf(world, phone, () => door.sendCode(phone))
    expect((await door.type({ kind: 'sign_in', phone, code, begun })).tokens).toBeDefined()
    expect(outcome(await door.signIn(phone, 'the stranger’s otters'))).toBe('400 invalid_credentials')
  })

  it.each(['before', 'after'])(
    'S32 the code of a stranger’s sign-up, begun %s, brings no password with it',
    async (when) => {
      const phone = aFreshNumber()
      const stranger = 'the stranger’s otters'
      const ask = () => door.sendCode(phone)
      const signUp = () => door.signUp(phone, stranger)
      const theirs = when === 'before' ? await textOf(world, phone, signUp) : undefined
      const mine = await textOf(world, phone, ask)
      const { begun, code } = theirs ?? (await textOf(world, phone, signUp))
      // The person has two texts that look the same, and types the wrong one where they asked.
      const done = await door.type({ kind: 'sign_in', phone, code, begun: mine.begun })
      if (name === 'native') expect(outcome(done)).toMatch(dead)
      else expect(done.tokens ?? begun.body).toBeDefined()
      if (done.tokens === undefined) await door.type({ kind: 'sign_in', phone, ...mine })
      expect(outcome(await door.signIn(phone, stranger))).toBe('400 invalid_credentials')
    },
  )

  it('S32 asking for the text of a sign-in again keeps no password of a stranger either', async () => {
    const phone = aFreshNumber()
    await door.signUp(phone, 'the stranger’s otters')
    await textOf(world, phone, () => door.sendCode(phone))
    const { begun, code } = await textOf(world, phone, () =>
      send(`${world.url}/auth/v1/resend`, { body: { type: 'sms', phone } }),
    )
    const done = await phoneDoorsOf(world).supabase.type({ kind: 'sign_in', phone, code, begun })
    expect(done.tokens).toBeDefined()
    expect(outcome(await door.signIn(phone, 'the stranger’s otters'))).toBe('400 invalid_credentials')
  })

  it('S41 a guest takes no number that somebody has', async () => {
    const { id, phone } = await aCaller(world, door, goodPassword)
    const guest = await send(`${world.url}/v1/sign-up/anonymous`, { body: {} })
    const begun = await door.change(phone, guest.tokens?.access ?? '')
    if (name === 'supabase') expect(begun.code).toBe('phone_exists')
    for (const code of ['000000', '123456', '999999'])
      await door.type({ kind: 'phone_change', phone, code, begun, token: guest.tokens?.access })
    expect(await world.core.users.findByAddress({ phone })).toMatchObject({ id })
  })

  it('S43 a number that is free again opens a new account', async () => {
    const old = await aCaller(world, door, goodPassword)
    const out = await textOf(world, old.phone, () => door.sendCode(old.phone))
    expect((await send(`${world.url}/v1/me`, { method: 'DELETE', token: old.tokens.access })).status).toBe(204)
    expect(outcome(await door.type({ kind: 'sign_in', phone: old.phone, ...out }))).toMatch(dead)
    const fresh = await aCaller(world, door, otherPassword, old.phone)
    expect(fresh.id).not.toBe(old.id)
    expect(outcome(await door.signIn(old.phone, goodPassword))).toBe('400 invalid_credentials')
  })

  it.each(['+1 (201) 555-0143', '001 201 555 0143', '+１２０１５５５０１４３', '+1.201.555.0143'])(
    'S18 %s is one number in every spelling',
    async (spelling) => {
      await world.inbox.clear()
      await door.sendCode(spelling)
      expect(await world.inbox.waitFor('+12015550143')).toMatchObject({ template: 'sms_code' })
    },
  )
})
