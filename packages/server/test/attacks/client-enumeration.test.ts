import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '#src/storage/sql.ts'
import { startWorld, type World } from '../world/world.ts'
import { type ClientDoor, clientDoorNames, clientDoorsOf } from './tools/client-doors.ts'
import { doorsOf } from './tools/door.ts'
import { aFreshAddress, aMember, atOnce, goodPassword } from './tools/people.ts'
import { objectIn, type Reply } from './tools/reply.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

type Kind = 'known' | 'unknown' | 'unconfirmed' | 'passwordless' | 'banned' | 'deleted' | 'sso'
const kinds: readonly Kind[] = ['known', 'unknown', 'unconfirmed', 'passwordless', 'banned', 'deleted', 'sso']

/** One account in each state. */
async function people(door: ClientDoor): Promise<Record<Kind, string>> {
  const { native } = doorsOf(world)
  const known = await aMember(world, native)
  const [banned, deleted, sso] = [
    await aMember(world, native),
    await aMember(world, native),
    await aMember(world, native),
  ]
  await native.admin.change(banned.id, { banned: true })
  await native.admin.remove(deleted.id)
  await world.database.query(sql`update auth.users set is_sso = true where id = ${sso.id}`)
  const unconfirmed = aFreshAddress('member')
  await door.signUp({ email: unconfirmed, password: goodPassword })
  await world.inbox.waitFor(unconfirmed)
  const passwordless = aFreshAddress('member')
  await native.admin.create({ email: passwordless, confirmed: true })
  const [k, b, d, s] = [known.email, banned.email, deleted.email, sso.email]
  return { known: k, unknown: aFreshAddress('member'), unconfirmed, passwordless, banned: b, deleted: d, sso: s }
}

/** An answer without what differs between any two requests. */
function shape(reply: Reply, email: string): string {
  const text = reply.text
    .replaceAll(email, '<email>')
    .replace(/"(_id|id|userId|providerUserId)":"[^"]+"/g, '"$1":"<own>"')
    .replace(/"[^"]*\d{4}-\d\d-\d\dT[^"]*"/g, '"<time>"')
  const headers = [...reply.headers.keys()].filter((name) => !['date', 'keep-alive', 'connection'].includes(name))
  return JSON.stringify({ status: reply.status, text, headers })
}

describe('a code that was guessed at too often', () => {
  it('S13 S21 is told so to everybody', async () => {
    const { nhost: door } = clientDoorsOf(world)
    const all = await people(door)
    const asked = async (ask: (email: string) => Promise<Reply>) =>
      new Set(await Promise.all(kinds.map(async (kind) => shape(await ask(all[kind]), all[kind]))))
    await asked((email) => door.call('/signin/otp/email', { body: { email } }))
    for (let turn = 1; turn <= 6; turn += 1) {
      const otp = '00000x'
      const answers = [...(await asked((email) => door.call('/signin/otp/email/verify', { body: { email, otp } })))]
      expect(answers).toHaveLength(1)
      expect(answers[0]).toContain(turn < 5 ? 'invalid-ticket' : 'otp-too-many-attempts')
    }
  })
})

describe.each(clientDoorNames)('enumeration through %s', (name) => {
  let door: ClientDoor
  let all: Record<Kind, string>
  beforeAll(async () => {
    door = clientDoorsOf(world)[name]
    all = await people(door)
    await world.watchword.deliverer.drain()
    await world.inbox.clear()
  })
  const asked = async (ask: (email: string) => Promise<Reply>, whom = kinds) =>
    new Set(await Promise.all(whom.map(async (kind) => shape(await ask(all[kind]), all[kind]))))
  const templatesOf = async (kind: Kind) => {
    await world.watchword.deliverer.drain()
    return (await world.inbox.list(all[kind])).map(({ template }) => template).sort()
  }

  it('S10 every failed password sign-in has the same answer', async () => {
    const answers = await asked((email) => door.signIn(email, 'wrong otters'))
    expect([...answers]).toHaveLength(1)
    expect([...answers][0]).toContain('"status":401')
    expect((await door.signIn(all.sso, goodPassword)).status).toBe(401)
    expect(shape(await door.signIn(all.sso, goodPassword), all.sso)).toBe([...answers][0])
  })

  it('S13 links, recoveries and second mails answer alike, and reach only who may come in', async () => {
    // Altogic's contract tells that an address waits for its proof; its sign-up has told as much before.
    const whom = name === 'altogic' ? kinds.filter((kind) => kind !== 'unconfirmed') : kinds
    expect([...(await asked((email) => door.recover(email), whom))]).toHaveLength(1)
    expect([...(await asked((email) => door.sendLink(email), whom))]).toHaveLength(1)
    expect(await templatesOf('known')).toEqual(['recovery', 'sign_in'])
    expect(await templatesOf('banned')).toEqual([])
    const newcomer = name === 'nhost' ? ['sign_in'] : []
    expect(await templatesOf('unknown')).toEqual(newcomer)
    expect(await templatesOf('deleted')).toEqual(newcomer)
    expect((await templatesOf('sso')).filter((template) => !newcomer.includes(template))).toEqual([])
  })

  it('S13 asking again for the mail of a sign-up tells nothing', async () => {
    await world.inbox.clear()
    const whom = name === 'altogic' ? (['unknown', 'unconfirmed', 'deleted'] as const) : kinds
    expect([...(await asked((email) => door.resend(email), whom))]).toHaveLength(1)
    for (const kind of ['known', 'unknown', 'banned', 'passwordless'] as const)
      expect(
        (await templatesOf(kind)).filter((template) => template === 'sign_up'),
        kind,
      ).toEqual([])
  })

  it('S12 a sign-up with a taken address changes nothing of it, and its owner is told', async () => {
    await world.inbox.clear()
    const stored = () =>
      world.database.query(
        sql`select password_hash, metadata, display_name, updated_at from auth.users where email = ${all.known}`,
      )
    const before = await stored()
    const reply = await door.signUp({ email: all.known, password: 'nine loud herons', about: { displayName: 'Eve' } })
    expect(reply.status).toBeGreaterThanOrEqual(name === 'nhost' ? 409 : 400)
    expect(await stored()).toEqual(before)
    expect(await templatesOf('known')).toEqual(['already_registered'])
    expect((await door.signIn(all.known, goodPassword)).status).toBe(200)
  })

  it('S14 a change to a taken address looks like one to a free one, and never completes', async () => {
    const me = await aMember(world, doorsOf(world).native)
    const { status, body } = await door.signIn(me.email, me.password)
    expect(status).toBe(200)
    const token = door.tokenOf({ body } as Reply) ?? ''
    const free = aFreshAddress('member')
    const [a, b] = [
      await door.changeEmail(token, all.known, me.password),
      await door.changeEmail(token, free, me.password),
    ]
    expect([a.status, a.text.replaceAll(all.known, '')]).toEqual([b.status, b.text.replaceAll(free, '')])
  })
})

describe('where taken addresses are not told', () => {
  let quiet: World
  beforeAll(async () => {
    quiet = await startWorld({
      config: { dialects: { altogic: { tellsTaken: false }, nhost: { concealErrors: true } } },
    })
  })
  afterAll(() => quiet.close())

  it.each(clientDoorNames)('S12 a sign-up through %s looks the same for taken, waiting and free ones', async (name) => {
    const door = clientDoorsOf(quiet)[name]
    const member = await aMember(quiet, doorsOf(quiet).native)
    const waiting = aFreshAddress('member')
    await door.signUp({ email: waiting, password: 'six tall badgers' })
    const about = { displayName: 'Jo', metadata: { a: 1 }, locale: 'en' }
    const said =
      name === 'altogic' ? { name: 'Jo', a: 1, profilePicture: 'https://p.test/a', email: 'other@x.test' } : about
    const answers = await Promise.all(
      [aFreshAddress('member'), member.email, waiting].map(async (email) =>
        shape(await door.signUp({ email, password: 'nine loud herons', about: said }), email),
      ),
    )
    expect(new Set(answers).size, answers.join('\n')).toBe(1)
    expect(answers[0]).toContain('"status":200')
  })

  it.each(clientDoorNames)('S13 nothing that is mailed through %s tells one from the other either', async (name) => {
    const door = clientDoorsOf(quiet)[name]
    const member = await aMember(quiet, doorsOf(quiet).native)
    const waiting = aFreshAddress('member')
    await door.signUp({ email: waiting, password: 'six tall badgers' })
    for (const ask of ['sendLink', 'recover', 'resend'] as const) {
      const answers = await Promise.all(
        [aFreshAddress('member'), member.email, waiting].map(async (email) => shape(await door[ask](email), email)),
      )
      expect(new Set(answers).size, `${ask} ${answers.join(' | ')}`).toBe(1)
    }
  })

  it('S12 nor does a waiting one tell what the sign-up before said of itself', async () => {
    const door = clientDoorsOf(quiet).altogic
    const email = aFreshAddress('member')
    await door.signUp({ email, password: 'six tall badgers', about: { name: 'Victim Real', city: 'Oslo' } })
    const second = await door.signUp({ email, password: 'nine loud herons', about: { name: 'Eve' } })
    expect(second.text).not.toMatch(/Victim|Oslo/)
    expect(objectIn(second.body, 'user')['name']).toBe('Eve')
  })

  it('S13 nobody learns from a code that is wrong whether there is anybody', async () => {
    const nhost = clientDoorsOf(quiet).nhost
    const member = await aMember(quiet, doorsOf(quiet).native)
    const answers = await atOnce(2, async (index) => {
      const email = index === 0 ? member.email : aFreshAddress('member')
      await nhost.call('/signin/otp/email', { body: { email } })
      return shape(await nhost.call('/signin/otp/email/verify', { body: { email, otp: '000001' } }), email)
    })
    expect(new Set(answers).size).toBe(1)
  })
})
