import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '#src/storage/sql.ts'
import { startWorld, type World } from '../world/world.ts'
import { type Door, doorNames, doorsOf } from './tools/door.ts'
import { aFreshAddress, aMember, atOnce, begin, codeTo, goodPassword, tokensOf } from './tools/people.ts'
import { objectIn, outcome, type Reply, send } from './tools/reply.ts'

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

const theirs = 'attackers own words'

async function userRow(on: World, email: string) {
  const [row] = await on.database.query<{ id: string; metadata: unknown; name: string; identities: number }>(
    sql`select id, metadata, display_name as name, (select count(*)::int from auth.identities i where i.user_id = u.id) as identities
        from auth.users u where email = ${email}`,
  )
  return row
}

describe.each(doorNames)('accounts prepared for somebody else, through %s', (name) => {
  let door: Door
  beforeAll(() => {
    door = doorsOf(world)[name]
  })

  it.each(['sign_in', 'recovery'] as const)(
    'S32 the proof by a %s code leaves nothing of the attacker',
    async (kind) => {
      const email = aFreshAddress('victim')
      await door.signUp({ email, password: theirs, name: 'Mallory' })
      await world.inbox.waitFor(email)
      expect((await door.type(await begin(world, door, kind, email))).tokens).toBeDefined()
      expect(outcome(await door.signIn(email, theirs))).toBe('400 invalid_credentials')
      const row = await userRow(world, email)
      expect(JSON.stringify(row)).not.toContain('Mallory')
      expect(row?.identities).toBe(1)
    },
  )

  it('S32 whoever signs up last before the proof does not leave a password to whoever proves', async () => {
    const email = aFreshAddress('victim')
    const mine = await door.signUp({ email, password: goodPassword })
    await world.inbox.waitFor(email)
    await world.inbox.clear()
    await door.signUp({ email, password: theirs })
    const code = await codeTo(world, email)
    // The victim types the newest code where they began; it works there or it does not.
    await door.type({ kind: 'sign_up', email, code, begun: mine })
    expect((await door.signIn(email, theirs)).tokens).toBeUndefined()
  })

  it('S32 whoever signs up first does not leave a password to whoever signs up next and proves', async () => {
    const email = aFreshAddress('victim')
    await door.signUp({ email, password: theirs, name: 'Mallory' })
    await world.inbox.waitFor(email)
    await world.inbox.clear()
    const begun = await door.signUp({ email, password: goodPassword })
    const done = await door.type({ kind: 'sign_up', email, code: await codeTo(world, email), begun })
    expect(done.tokens).toBeDefined()
    expect(outcome(await door.signIn(email, theirs))).toBe('400 invalid_credentials')
  })

  it('S32 nor when the second mail is held back by the limit of its recipient', async () => {
    const at = doorsOf(limited)[name]
    const email = aFreshAddress('victim')
    await at.signUp({ email, password: theirs })
    const code = await codeTo(limited, email)
    const begun = await at.signUp({ email, password: goodPassword })
    await limited.watchword.deliverer.drain()
    expect(await limited.inbox.list(email)).toHaveLength(1)
    const done = await at.type({ kind: 'sign_up', email, code, begun })
    expect(done.tokens).toBeDefined()
    expect(outcome(await at.signIn(email, theirs))).toBe('400 invalid_credentials')
    limited.clock.move(3600)
  })

  it('S32 signing up twice with one password keeps it', async () => {
    const email = aFreshAddress('twice')
    await door.signUp({ email, password: goodPassword })
    await world.inbox.waitFor(email)
    await world.inbox.clear()
    const begun = await door.signUp({ email, password: goodPassword })
    const done = await door.type({ kind: 'sign_up', email, code: await codeTo(world, email), begun })
    expect(done.tokens).toBeDefined()
    expect((await door.signIn(email, goodPassword)).tokens).toBeDefined()
  })

  it.each(['before', 'after'] as const)(
    'S32 a sign-up %s an invitation leaves no password to the invited',
    async (when) => {
      const email = aFreshAddress('invited')
      const sneak = () => door.signUp({ email, password: theirs, name: 'Mallory' })
      if (when === 'before') await sneak()
      const invited = await doorsOf(world).supabase.admin.invite(email, 'Ada')
      expect(invited.status, invited.text).toBe(200)
      const { code } = await world.inbox.waitFor(email, 'invite')
      if (when === 'after') await sneak()
      const done = await doorsOf(world).supabase.type({ kind: 'invite', email, code: code ?? '' })
      expect(done.tokens).toBeDefined()
      expect((await door.signIn(email, theirs)).tokens).toBeUndefined()
      const row = await userRow(world, email)
      expect(JSON.stringify(row?.metadata)).toContain('Ada')
      expect(JSON.stringify(row)).not.toContain('Mallory')
    },
  )

  it('S32 what an administrator wrote on an account outlives the first proof', async () => {
    const email = aFreshAddress('made')
    const made = await doorsOf(world).supabase.admin.create({ email, password: goodPassword })
    expect(made.status).toBe(200)
    await send(`${world.url}/auth/v1/admin/users/${door.idOf(made)}`, {
      method: 'PUT',
      token: world.secretKey,
      body: { user_metadata: { plan: 'gold' } },
    })
    expect((await door.type(await begin(world, door, 'sign_in', email))).tokens).toBeDefined()
    expect(JSON.stringify((await userRow(world, email))?.metadata)).toContain('gold')
  })

  it('S33 every session from before a recovery is dead at the next call', async () => {
    const member = await aMember(world, door)
    const other = tokensOf(await doorsOf(world).native.signIn(member.email, member.password))
    expect((await door.type(await begin(world, door, 'recovery', member.email))).tokens).toBeDefined()
    for (const { access, refresh } of [member.tokens, other]) {
      for (const at of Object.values(doorsOf(world))) {
        expect((await at.me(access)).code).toBe('session_not_found')
        expect((await at.refresh(refresh)).status).toBe(400)
      }
    }
  })

  it('S34 an account whose address is not proved has no session to add anything with', async () => {
    const email = aFreshAddress('victim')
    const begun = await door.signUp({ email, password: theirs })
    const signedIn = await door.signIn(email, theirs)
    expect([begun.tokens, signedIn.tokens]).toEqual([undefined, undefined])
  })

  it('S35 a change of address begun before a recovery is dead after it', async () => {
    const member = await aMember(world, door)
    const evil = aFreshAddress('evil')
    const begun = await door.changeEmail(member.tokens.access, evil)
    expect(begun.status).toBe(200)
    const mine = await world.inbox.waitFor(evil)
    const old = await world.inbox.waitFor(member.email, 'email_change_current')
    await door.type(await begin(world, door, 'recovery', member.email))
    for (const [to, mail] of [
      [evil, mine],
      [member.email, old],
    ] as const) {
      const typed = await door.type({ kind: 'email_change', email: to, code: mail.code ?? '', begun })
      expect(typed.tokens).toBeUndefined()
      const token = new URL(mail.link ?? `${world.url}?token=x`).searchParams.get('token')
      const linked = await send(`${world.url}/auth/v1/verify`, { body: { type: 'email_change', token_hash: token } })
      expect(outcome(linked)).toBe('403 otp_expired')
    }
    expect((await userRow(world, member.email))?.id).toBe(member.id)
    expect(await userRow(world, evil)).toBeUndefined()
  })

  it('S42 a sign-up cannot bring its own id, roles, confirmation or app metadata', async () => {
    const email = aFreshAddress('bold')
    const id = crypto.randomUUID()
    const extra = {
      id,
      user_id: id,
      sub: id,
      role: 'service_role',
      email_verified: true,
      email_confirm: true,
      email_confirmed_at: '2020-01-01T00:00:00Z',
      app_metadata: { admin: true },
      appMetadata: { admin: true },
      provider_id: 'x',
      is_super_admin: true,
    }
    const path = name === 'native' ? '/sign-up/password' : '/signup'
    const data = { data: { ...extra, provider: 'google' } }
    const replies: Reply[] = [
      await send(door.base + path, { body: { email, password: goodPassword, ...extra } }),
      await send(door.base + path, { body: { email, password: goodPassword, ...(name === 'native' ? {} : data) } }),
    ]
    for (const reply of replies) expect([200, 400]).toContain(reply.status)
    const [row] = await world.database.query<Record<string, unknown>>(
      sql`select id, role, roles, app_metadata, email_confirmed_at from auth.users where email = ${email}`,
    )
    expect(row?.['id']).not.toBe(id)
    expect(row).toMatchObject({ role: 'authenticated', app_metadata: {}, email_confirmed_at: null })
    const [identity] = await world.database.query<{ data: Record<string, unknown> }>(
      sql`select data from auth.identities i join auth.users u on u.id = i.user_id where u.email = ${email}`,
    )
    expect(identity?.data).toMatchObject({ sub: row?.['id'], email, email_verified: false })
  })
})

describe.each(doorNames)('guests through %s', (name) => {
  let door: Door
  beforeAll(() => {
    door = doorsOf(world)[name]
  })

  it('S41 becoming a member keeps the id, needs a proof and renews the tokens', async () => {
    const guest = await door.guest()
    const { access, refresh } = tokensOf(guest)
    const email = aFreshAddress('guest')
    const begun = await door.changeEmail(access, email)
    expect(begun.status, begun.text).toBe(200)
    const before = await door.me(access)
    expect(before.body['is_anonymous'] ?? before.body['isAnonymous']).toBe(true)
    const code = await codeTo(world, email)
    const done = await door.type({ kind: 'email_change', email, code, begun, token: access })
    expect(done.tokens, done.text).toBeDefined()
    expect(door.idOf(done)).toBe(door.idOf(guest))
    const after = await door.me(tokensOf(done).access)
    expect(after.body['is_anonymous'] ?? after.body['isAnonymous']).toBe(false)
    expect((await door.refresh(refresh)).tokens).toBeUndefined()
  })

  it('S41 a guest cannot take over an address that somebody has', async () => {
    const owner = await aMember(world, door)
    await world.inbox.clear()
    const { access } = tokensOf(await door.guest())
    const begun = await door.changeEmail(access, owner.email)
    if (name === 'supabase') expect(outcome(begun)).toBe('422 email_exists')
    else expect(begun.status).toBe(200)
    await world.watchword.deliverer.drain()
    expect((await world.inbox.list(owner.email)).filter(({ code }) => code !== null)).toEqual([])
    expect((await userRow(world, owner.email))?.id).toBe(owner.id)
    expect((await door.signIn(owner.email, owner.password)).tokens).toBeDefined()
  })

  it('S41 of many guests who ask for one address and prove it, one gets it', async () => {
    const email = aFreshAddress('wanted')
    const guests = await atOnce(8, async () => {
      const { access } = tokensOf(await door.guest())
      return { access, begun: await door.changeEmail(access, email) }
    })
    await world.watchword.deliverer.drain()
    const codes = (await world.inbox.list(email)).map(({ code }) => code ?? '')
    const replies = await Promise.all(
      guests.flatMap(({ access, begun }) =>
        codes.map((code) => door.type({ kind: 'email_change', email, code, begun, token: access })),
      ),
    )
    expect(replies.filter(({ status }) => status >= 500)).toEqual([])
    const rows = await world.database.query(sql`select id from auth.users where email = ${email}`)
    expect(rows).toHaveLength(1)
  })

  it('S41 a guest is no administrator', async () => {
    const { access } = tokensOf(await door.guest())
    const reply = await send(`${door.base}/admin/users`, { method: 'GET', token: access })
    expect([401, 403]).toContain(reply.status)
  })
})

describe.each(doorNames)('deleted accounts through %s', (name) => {
  it('S43 nothing of a deleted account opens the one that comes after it', async () => {
    const door = doorsOf(world)[name]
    const first = await aMember(world, door)
    const recovery = await begin(world, door, 'recovery', first.email)
    const { link } = await world.inbox.waitFor(first.email, 'recovery')
    const signIn = await begin(world, door, 'sign_in', first.email)
    expect((await door.admin.remove(first.id)).status).toBeLessThan(300)
    const second = await aMember(world, door, { email: first.email, password: 'nine loud herons' })
    expect(second.id).not.toBe(first.id)
    for (const at of Object.values(doorsOf(world))) {
      expect((await at.me(first.tokens.access)).status).toBeGreaterThanOrEqual(401)
      expect((await at.refresh(first.tokens.refresh)).status).toBe(400)
    }
    expect(outcome(await door.signIn(first.email, first.password))).toBe('400 invalid_credentials')
    for (const flow of [recovery, signIn]) expect((await door.type(flow)).tokens).toBeUndefined()
    const token = new URL(link ?? `${world.url}?token=x`).searchParams.get('token')
    const linked = await send(`${world.url}/auth/v1/verify`, { body: { type: 'recovery', token_hash: token } })
    expect(outcome(linked)).toBe('403 otp_expired')
    expect((await door.me(second.tokens.access)).status).toBe(200)
  })

  it('S43 deleting twice, or many times at once, is no fault', async () => {
    const door = doorsOf(world)[name]
    const member = await aMember(world, door)
    const replies = await atOnce(20, () => door.admin.remove(member.id))
    expect(replies.filter(({ status }) => ![200, 204, 404].includes(status)).map(outcome)).toEqual([])
    expect(objectIn((await door.me(member.tokens.access)).body, 'user')).toEqual({})
  })
})
