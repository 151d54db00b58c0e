import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '#src/storage/sql.ts'
import { startWorld, type World } from '../world/world.ts'
import { type Door, doorNames, doorsOf } from './tools/door.ts'
import { aFreshAddress, aMember, begin, codeTo, goodPassword } from './tools/people.ts'
import { objectIn, outcome, type Reply } from './tools/reply.ts'

let world: World
let limited: World
beforeAll(async () => {
  world = await startWorld()
  limited = await startWorld({ config: { limits: { enabled: true } } })
})
afterAll(async () => {
  await world.close()
  await limited.close()
})

type Kind = 'known' | 'unknown' | 'unconfirmed' | 'passwordless' | 'banned' | 'deleted' | 'sso'

/** One account in each state, addresses alike as far as a mask shows them. */
async function people(on: World, door: Door): Promise<Record<Kind, string>> {
  const known = await aMember(on, door)
  const [banned, deleted, sso] = [await aMember(on, door), await aMember(on, door), await aMember(on, door)]
  await door.admin.change(banned.id, { banned: true })
  await door.admin.remove(deleted.id)
  await on.database.query(sql`update auth.users set is_sso = true where id = ${sso.id}`)
  const unconfirmed = aFreshAddress('member')
  await door.signUp({ email: unconfirmed, password: goodPassword })
  await on.inbox.waitFor(unconfirmed)
  const passwordless = aFreshAddress('member')
  await door.admin.create({ email: passwordless, confirmed: true })
  const [k, b, d, s] = [known.email, banned.email, deleted.email, sso.email]
  return { known: k, unknown: aFreshAddress('member'), unconfirmed, passwordless, banned: b, deleted: d, sso: s }
}

/** An answer without what differs between any two requests. */
function shape(reply: Reply, email: string): object {
  const text = reply.text
    .replaceAll(email, '<email>')
    .replace(/"(requestId|token|id|userId|sub)":"[^"]+"/g, '"$1":"<own>"')
    .replace(/"[^"]*\d{4}-\d\d-\d\dT[^"]*"/g, '"<time>"')
  const headers = [...reply.headers.keys()].filter((name) => !['date', 'keep-alive', 'connection'].includes(name))
  return { status: reply.status, text, headers }
}

describe.each(doorNames)('enumeration through %s', (name) => {
  let door: Door
  beforeAll(() => {
    door = doorsOf(world)[name]
  })

  it('S10 every failed password sign-in has the same answer', async () => {
    const all = await people(world, door)
    const answers = await Promise.all(
      Object.values(all).map(async (email) => shape(await door.signIn(email, 'wrong otters'), email)),
    )
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(outcome(await door.signIn(all.known, 'wrong otters'))).toBe('400 invalid_credentials')
    expect(outcome(await door.signIn(all.sso, goodPassword))).toBe('400 invalid_credentials')
  })

  it('S10 the right password, and nothing else, shows what state an account is in', async () => {
    const all = await people(world, door)
    expect((await door.signIn(all.banned, goodPassword)).code).toBe('user_banned')
    const unconfirmed = await door.signIn(all.unconfirmed, goodPassword)
    if (name === 'supabase') expect(outcome(unconfirmed)).toBe('400 email_not_confirmed')
    // The native dialect asks for the code instead of refusing; no session leaves before it.
    else expect([unconfirmed.body['status'], unconfirmed.tokens]).toEqual(['pending', undefined])
  })

  it('S12 sign-up with a taken address looks like any other and changes nothing', async () => {
    const member = await aMember(world, door)
    const stored = () =>
      world.database.query(
        sql`select password_hash, metadata, display_name, updated_at from auth.users where id = ${member.id}`,
      )
    const before = await stored()
    const fresh = aFreshAddress('member')
    const [free, taken] = [
      await door.signUp({ email: fresh, password: 'nine loud herons' }),
      await door.signUp({ email: member.email, password: 'nine loud herons' }),
    ]
    expect(taken.status).toBe(200)
    expect(taken.tokens).toBeUndefined()
    expect(taken.text).not.toContain(member.id)
    if (name === 'supabase') {
      expect(door.idOf(taken)).toMatch(/^[0-9a-f-]{36}$/)
      // The documented tell of this contract: no identities, no role. Clients are written against it.
      expect(taken.body['identities']).toEqual([])
      expect(Object.keys(taken.body).sort()).toEqual(Object.keys(free.body).sort())
    } else expect(shape(taken, member.email)).toEqual(shape(free, fresh))
    expect(await stored()).toEqual(before)
    const mail = await world.inbox.waitFor(member.email, 'already_registered')
    expect([mail.code, mail.link]).toEqual([null, null])
    expect((await door.signIn(member.email, member.password)).status).toBe(200)
    expect(outcome(await door.signIn(member.email, 'nine loud herons'))).toBe('400 invalid_credentials')
  })

  it('S12 the sign-up of a taken address can be answered by no code', async () => {
    const member = await aMember(world, door)
    const earlier = await codeTo(world, member.email, 'sign_up')
    const begun = await door.signUp({ email: member.email, password: 'nine loud herons' })
    for (const code of [earlier, '000000', '123456'])
      expect((await door.type({ kind: 'sign_up', email: member.email, code, begun })).tokens).toBeUndefined()
  })

  it('S13 recovery and code answer alike for everybody, and reach only who may come in', async () => {
    const all = await people(world, door)
    await world.watchword.deliverer.drain()
    await world.inbox.clear()
    const kinds = Object.keys(all) as Kind[]
    const asked = async (ask: (email: string) => Promise<Reply>) =>
      new Set(await Promise.all(kinds.map(async (kind) => JSON.stringify(shape(await ask(all[kind]), all[kind])))))
    expect((await asked((email) => door.recover(email))).size).toBe(1)
    expect((await asked((email) => door.sendCode(email))).size).toBe(1)
    await world.watchword.deliverer.drain()
    const templates = async (kind: Kind) => (await world.inbox.list(all[kind])).map(({ template }) => template).sort()
    expect(await templates('known')).toEqual(['recovery', 'sign_in'])
    expect(await templates('banned')).toEqual([])
    // Sign-up is open: an address that nobody has, a deleted one too, gets the sign-up mail and nothing else.
    expect(await templates('unknown')).toEqual(['sign_up'])
    expect(await templates('deleted')).toEqual(['sign_up'])
    // What an organisation manages has no mailed way in under its address.
    expect((await templates('sso')).filter((template) => template !== 'sign_up')).toEqual([])
  })

  it('S13 asking again answers alike for everybody', async () => {
    const all = await people(world, door)
    if (name === 'native') {
      const flows = await Promise.all([door.recover(all.known), door.recover(all.unknown)])
      const [known, unknown] = await Promise.all(flows.map((begun) => door.resend('', begun)))
      expect(known && shape(known, all.known)).toEqual(unknown && shape(unknown, all.unknown))
      return
    }
    const answers = await Promise.all(
      Object.values(all).map(async (email) => JSON.stringify(shape(await door.resend(email, undefined), email))),
    )
    expect(new Set(answers).size).toBe(1)
  })

  it('S13 a recipient over its limit is answered like any other, and gets nothing', async () => {
    const at = doorsOf(limited)[name]
    const member = await aMember(limited, at)
    const unknown = aFreshAddress('member')
    const ask = async (email: string) => [await at.recover(email), await at.recover(email), await at.recover(email)]
    const [known, nobody] = [await ask(member.email), await ask(unknown)]
    const shapes = [
      ...known.map((reply) => shape(reply, member.email)),
      ...nobody.map((reply) => shape(reply, unknown)),
    ].map((each) => JSON.stringify(each).replace(/ratelimit-[a-z]+/g, ''))
    expect(new Set(shapes).size).toBe(1)
    await limited.watchword.deliverer.drain()
    const sent = (await limited.inbox.list(member.email)).filter(({ template }) => template === 'recovery')
    expect(sent).toHaveLength(1)
  })

  it('S13 a code for nobody can be answered by nothing, and looks wrong like any other', async () => {
    const { email } = await aMember(world, door)
    const real = await begin(world, door, 'recovery', email)
    const unknown = aFreshAddress('member')
    const begun = await door.recover(unknown)
    const typed = await door.type({ kind: 'recovery', email: unknown, code: real.code, begun })
    const wrong = await door.type({ ...real, code: real.code === '000000' ? '000001' : '000000' })
    expect(outcome(typed)).toBe('403 otp_expired')
    expect(shape(typed, unknown)).toEqual(shape(wrong, email))
  })

  it('S13 a switched-off sign-up does not tell who is there', async () => {
    const closed = await startWorld({ config: { signUp: { enabled: true } } })
    try {
      const at = doorsOf(closed)[name]
      const { email } = await aMember(closed, at)
      const unknown = aFreshAddress('member')
      const [known, nobody] = [
        await at.sendCode(email, { createUser: false }),
        await at.sendCode(unknown, { createUser: false }),
      ]
      // Clients of this contract wait for this refusal; the other dialect keeps silent.
      if (name === 'supabase') expect(outcome(nobody)).toBe('422 otp_disabled')
      else expect(shape(nobody, unknown)).toEqual(shape(known, email))
      expect(await closed.inbox.staysEmpty(unknown)).toBe(true)
    } finally {
      await closed.close()
    }
  })

  it('S14 a change to a taken address is told, if at all, to whoever is signed in, and never completes', async () => {
    const [owner, prober] = [await aMember(world, door), await aMember(world, door)]
    const taken = await door.changeEmail(prober.tokens.access, owner.email)
    if (name === 'supabase') expect(outcome(taken)).toBe('422 email_exists')
    else {
      const fresh = aFreshAddress('member')
      const free = await door.changeEmail(prober.tokens.access, fresh)
      expect(shape(taken, owner.email)).toEqual(shape(free, fresh))
      expect(objectIn(taken.body, 'attempt')['userId'] ?? null).toBeNull()
    }
    await world.watchword.deliverer.drain()
    expect((await world.inbox.list(owner.email)).filter(({ template }) => template === 'email_change')).toEqual([])
    expect((await door.signIn(owner.email, owner.password)).status).toBe(200)
  })

  it('S14 at most five changes of address an hour can be begun', async () => {
    const at = doorsOf(limited)[name]
    const member = await aMember(limited, at)
    const replies: Reply[] = []
    for (let turn = 0; turn < 7; turn += 1)
      replies.push(await at.changeEmail(member.tokens.access, aFreshAddress(`next${turn}`)))
    expect(replies.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(5)
    expect(replies.at(-1)?.status).toBe(429)
  })
})

describe('S13: an account that is made between two codes', () => {
  const asks = {
    'a sign-in': (door: Door, email: string) => door.sendCode(email),
    'a recovery': (door: Door, email: string) => door.recover(email),
  } as const

  it.each(Object.keys(asks) as (keyof typeof asks)[])('does not show at the first of %s', async (name) => {
    for (const on of [world, limited])
      for (const wait of [0, 61]) {
        const { native } = doorsOf(on)
        const ask = asks[name]
        const member = await aMember(on, native)
        on.clock.move(3_601)
        const seen = await Promise.all(
          [member.email, aFreshAddress('member')].map(async (email) => {
            const first = await ask(native, email)
            await native.signUp({ email, password: 'nine loud herons' })
            return { email, first }
          }),
        )
        on.clock.move(wait)
        const shapes = await Promise.all(
          seen.map(async ({ email, first }) => {
            const second = await ask(native, email)
            const tried = []
            for (const begun of [second, first])
              tried.push(shape(await native.type({ kind: 'sign_in', email, code: '00000x', begun }), email))
            return { second: shape(second, email), tried }
          }),
        )
        expect(shapes[1]).toEqual(shapes[0])
      }
  })
})

it('S12 with confirmation switched off a taken address is refused openly, and nothing changes', async () => {
  const open = await startWorld({ config: { signUp: { emailConfirmation: false } } })
  try {
    for (const door of Object.values(doorsOf(open))) {
      const email = aFreshAddress()
      expect((await door.signUp({ email, password: goodPassword })).status).toBe(200)
      expect(outcome(await door.signUp({ email, password: 'nine loud herons' }))).toBe('422 user_already_exists')
      expect(outcome(await door.signIn(email, 'nine loud herons'))).toBe('400 invalid_credentials')
      expect((await door.signIn(email, goodPassword)).status).toBe(200)
    }
  } finally {
    await open.close()
  }
})
