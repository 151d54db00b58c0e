import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '#src/storage/sql.ts'
import { startWorld, type World } from '../world/world.ts'
import { type Door, doorNames, doorsOf } from './tools/door.ts'
import { aFreshAddress, aMember, goodPassword } from './tools/people.ts'
import { objectIn, type Reply, send } from './tools/reply.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

async function stock(): Promise<{ users: number; messages: number }> {
  const [row] = await world.database.query<{ users: number; messages: number }>(
    sql`select (select count(*)::int from auth.users) as users, (select count(*)::int from auth.outbox) as messages`,
  )
  return row ?? { users: -1, messages: -1 }
}

const badAddresses: readonly (readonly [string, unknown])[] = [
  ['two addresses', 'a@x.test,b@y.test'],
  ['two addresses with a semicolon', 'a@x.test;b@y.test'],
  ['a list', ['a@x.test', 'b@y.test']],
  ['an operator', { $ne: '' }],
  ['a number', 17],
  ['true', true],
  ['a quoted local part', '"a@evil.test x"@good.test'],
  ['a header', 'a@x.test\r\nBcc: b@y.test'],
  ['a zero byte', 'a@x.test\u0000'],
  ['angle brackets', '<a@x.test>'],
  ['a display name', 'Ann <a@x.test>'],
  ['a comment', 'a(comment)@x.test'],
  ['a route', '@x.test:a@y.test'],
  ['an address literal', 'a@[127.0.0.1]'],
  ['an IPv4 host', 'a@127.0.0.1'],
  ['no top-level domain', 'a@x'],
  ['a space', 'a b@x.test'],
  ['two at signs', 'a@b@x.test'],
  ['a bidirectional override', 'a\u202Eb@x.test'],
  ['300 characters', `${'a'.repeat(60)}@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.${'e'.repeat(56)}.test`],
  ['a local part of 65', `${'a'.repeat(65)}@x.test`],
  ['nothing', ''],
]

describe.each(doorNames)('identifiers through %s', (name) => {
  let door: Door
  beforeAll(() => {
    door = doorsOf(world)[name]
  })

  it.each(badAddresses)('S15 %s is no address, on any field', async (_, email) => {
    const { tokens } = await aMember(world, door)
    await world.watchword.deliverer.drain()
    const before = await stock()
    // Without any address this dialect's sign-up lets a guest in, and a change without one changes nothing.
    const lenient = name === 'supabase' && email === ''
    const replies: Reply[] = [
      ...(lenient ? [] : [await door.signUp({ email, password: goodPassword })]),
      await door.signIn(email, goodPassword),
      await door.sendCode(email),
      await door.recover(email),
      ...(lenient ? [] : [await door.changeEmail(tokens.access, email)]),
      await door.admin.create({ email, confirmed: true }),
      await door.admin.invite(email),
      ...(name === 'native' ? [] : [await door.resend(email as string, undefined)]),
    ]
    for (const reply of replies) {
      expect(reply.status, reply.text).toBeGreaterThanOrEqual(400)
      expect(reply.status, reply.text).toBeLessThan(429)
      expect(['validation_failed', 'email_address_invalid', 'bad_json', 'invalid_credentials']).toContain(reply.code)
    }
    expect(await stock()).toEqual(before)
  })

  it('S15 one address field takes one value: a second one in the body is no second recipient', async () => {
    const victim = aFreshAddress('victim')
    const other = aFreshAddress('other')
    const path = name === 'native' ? '/recovery' : '/recover'
    await aMember(world, door, { email: victim })
    await world.inbox.clear()
    await send(door.base + path, { body: `{"email":"${victim}","email":"${other}"}` })
    await send(`${door.base}${path}?email=${encodeURIComponent(other)}`, { body: { email: victim } })
    await world.watchword.deliverer.drain()
    expect(await world.inbox.list(other)).toEqual([])
  })

  it('S16 what normalises to a stored address is that address, and mail goes to the stored bytes', async () => {
    const id = crypto.randomUUID().slice(0, 8)
    const email = `kim-${id}@example.test`
    await aMember(world, door, { email })
    const same = [
      `kim-${id}\uFF20example.test`,
      `\uFF4Bim-${id}@example.test`,
      `KIM-${id}@EXAMPLE.Test`,
      `\u212Aim-${id}@example.test`,
      `  kim-${id}@example.test `,
      `kim-${id}@exa\uFF4Dple.test`,
    ]
    for (const typed of same) {
      await world.inbox.clear()
      expect((await door.recover(typed)).status).toBe(200)
      await world.inbox.waitFor(email, 'recovery')
      expect((await world.inbox.list()).map(({ to }) => to)).toEqual([email])
      expect((await door.signIn(typed, goodPassword)).status).toBe(200)
    }
  })

  it('S16 a look-alike is another address or none, and nothing of it reaches the owner', async () => {
    const id = crypto.randomUUID().slice(0, 8)
    const email = `victim-${id}@example.test`
    await aMember(world, door, { email })
    const others = [
      `v\u0131ctim-${id}@example.test`,
      `victi\u0301m-${id}@example.test`,
      `vic\u200Dtim-${id}@example.test`,
      `vi\u0441tim-${id}@example.test`,
      `victim-${id}@examp\u0142e.test`,
      `victim-${id}@example.test.`,
      `victim-${id}@ex\u00ADample.test`,
    ]
    await world.watchword.deliverer.drain()
    await world.inbox.clear()
    for (const typed of others) {
      expect([200, 400, 422]).toContain((await door.recover(typed)).status)
      expect((await door.signIn(typed, goodPassword)).tokens).toBeUndefined()
    }
    await world.watchword.deliverer.drain()
    const reached = (await world.inbox.list()).filter(({ to }) => to !== email)
    expect(reached).toEqual([])
    // Only a form that IDNA maps onto the same name may be this address; its mail then went to the stored bytes.
    expect((await world.inbox.list(email)).length).toBeLessThanOrEqual(2)
  })

  it('S17 letter case makes no second account, also at the same moment', async () => {
    const id = crypto.randomUUID().slice(0, 8)
    const spellings = [`User-${id}@Example.TEST`, `user-${id}@example.test`, `USER-${id}@example.test`]
    const replies = await Promise.all(
      [...spellings, ...spellings].map((email) => door.signUp({ email, password: goodPassword })),
    )
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200))
    const rows = await world.database.query<{ email: string }>(
      sql`select email from auth.users where lower(email) = ${`user-${id}@example.test`}`,
    )
    expect(rows).toEqual([{ email: `user-${id}@example.test` }])
  })

  it('S17 dots and tags are part of the address', async () => {
    const id = crypto.randomUUID().slice(0, 8)
    await aMember(world, door, { email: `user-${id}@example.test` })
    for (const other of [`us.er-${id}@example.test`, `user-${id}+tag@example.test`])
      expect((await door.signIn(other, goodPassword)).code).toBe('invalid_credentials')
  })

  it.each([
    '+1 (555) 010-0000x12',
    'call me',
    '+15550100000,+15550100001',
    '+1234567890123456',
    '+1 900 555 0100',
    '+44 844 555 0100',
    '05550100000',
    { $gt: '' },
  ])('S18 %j is refused where a phone is asked, and no message leaves', async (phone) => {
    const before = await stock()
    const paths = name === 'native' ? ['/sign-up/password', '/sign-in/code', '/recovery'] : ['/signup', '/otp']
    for (const path of paths) {
      const reply = await send(door.base + path, {
        body: { phone, ...(path.includes('up') ? { password: goodPassword } : {}) },
      })
      expect(reply.status, reply.text).toBeGreaterThanOrEqual(400)
      expect(reply.status, reply.text).toBeLessThan(500)
    }
    expect(await stock()).toEqual(before)
  })

  it('S19 a guest has no address, real or invented', async () => {
    const guest = await door.guest()
    expect(guest.status).toBe(200)
    const user = objectIn(guest.body, 'user')
    expect(user['email'] || null).toBeNull()
    const rows = await world.database.query(
      sql`select email, phone, email_confirmed_at as confirmed, (select count(*)::int from auth.identities i where i.user_id = u.id) as identities
          from auth.users u where id = ${String(user['id'])}`,
    )
    expect(rows).toEqual([{ email: null, phone: null, confirmed: null, identities: 0 }])
  })
})
