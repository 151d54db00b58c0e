import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import { type Door, doorNames, doorsOf, type Kind } from './tools/door.ts'
import { aFreshAddress, aMember, atOnce, begin, codeTo, goodPassword, tokensOf } from './tools/people.ts'
import { outcome, type Reply, send, tally } from './tools/reply.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const verifyTypes = [
  'signup',
  'invite',
  'magiclink',
  'recovery',
  'email',
  'email_change',
  'sms',
  'phone_change',
] as const

/** Types a code or link of each kind is good for by the contract, which lets the sign-up types stand for each other. */
const goodFor: Readonly<Record<Kind, readonly string[]>> = {
  sign_up: ['signup', 'invite', 'email'],
  invite: ['signup', 'invite', 'email'],
  sign_in: ['magiclink', 'email', 'signup'],
  recovery: ['recovery'],
  email_change: ['email_change'],
}

const supabase = (): Door => doorsOf(world).supabase

/** A waiting flow of a kind, with the address that its message went to. */
async function aFlow(kind: Kind): Promise<{ to: string; code: string; hash: string }> {
  const email = aFreshAddress(kind.replace('_', '-'))
  let to = email
  if (kind === 'sign_up') await supabase().signUp({ email, password: goodPassword })
  else if (kind === 'invite') await supabase().admin.invite(email)
  else {
    const { tokens } = await aMember(world, supabase(), { email })
    if (kind === 'sign_in') await supabase().sendCode(email)
    if (kind === 'recovery') await supabase().recover(email)
    if (kind === 'email_change') {
      to = aFreshAddress('next')
      await supabase().changeEmail(tokens.access, to)
    }
  }
  const mail = await world.inbox.waitFor(to, kind)
  return { to, code: mail.code ?? '', hash: new URL(mail.link ?? '').searchParams.get('token') ?? '' }
}

const verify = (body: object): Promise<Reply> => send(`${world.url}/auth/v1/verify`, { body })

describe('what a ticket is good for', () => {
  it.each(Object.keys(goodFor) as Kind[])('S24 a code or link for %s opens nothing else', async (kind) => {
    const flow = await aFlow(kind)
    for (const type of verifyTypes.filter((each) => !goodFor[kind].includes(each))) {
      const phone = type === 'sms' || type === 'phone_change'
      if (!phone) expect((await verify({ type, email: flow.to, token: flow.code })).status, type).toBe(403)
      expect([400, 403]).toContain((await verify({ type, token_hash: flow.hash })).status)
    }
    const [type = ''] = goodFor[kind]
    expect((await verify({ type, token_hash: flow.hash })).status).toBe(200)
  })

  it('S24 a code of one person opens nothing for another address', async () => {
    const [one, other] = [await aFlow('recovery'), await aFlow('recovery')]
    expect(outcome(await verify({ type: 'recovery', email: other.to, token: one.code }))).toBe('403 otp_expired')
    expect(outcome(await verify({ type: 'recovery', email: one.to, token: other.code }))).toBe('403 otp_expired')
  })

  it('S24 each kind of secret opens its own door and no other', async () => {
    const native = doorsOf(world).native
    const member = await aMember(world, native)
    const { begun, code } = await begin(world, native, 'recovery', member.email)
    const link = await aFlow('sign_in')
    const secrets: Readonly<Record<string, string>> = {
      access: member.tokens.access,
      refresh: member.tokens.refresh,
      attempt: begun.attempt ?? '',
      code,
      link: link.hash,
      publishable: world.publishableKey,
      secret: world.secretKey,
    }
    const doors: Readonly<Record<string, (secret: string) => Promise<Reply>>> = {
      'access at native': (token) => native.me(token),
      'access at supabase': (token) => supabase().me(token),
      'refresh at native': (token) => native.refresh(token),
      'refresh at supabase': (token) => supabase().refresh(token),
      'attempt at native': (attempt) => send(`${world.url}/v1/attempts/status`, { body: { attempt } }),
      'link at native': (token) => send(`${world.url}/v1/links`, { body: { token, codeVerifier: 'v'.repeat(43) } }),
      'link at supabase': (hash) => verify({ type: 'magiclink', token_hash: hash }),
      'return at native': (it) =>
        send(`${world.url}/v1/sessions/exchange`, { body: { code: it, codeVerifier: 'v'.repeat(43) } }),
      'return at supabase': (it) =>
        send(`${world.url}/auth/v1/token?grant_type=pkce`, { body: { auth_code: it, code_verifier: 'v'.repeat(43) } }),
      'secret at native': (token) => send(`${world.url}/v1/admin/users`, { method: 'GET', token }),
      'secret at supabase': (token) => send(`${world.url}/auth/v1/admin/users`, { method: 'GET', token }),
    }
    for (const [door, open] of Object.entries(doors)) {
      for (const [kind, text] of Object.entries(secrets)) {
        if (door.startsWith(kind)) continue
        const reply = await open(text)
        expect(reply.status, `${kind} as ${door}`).toBeGreaterThanOrEqual(400)
        expect(reply.status, `${kind} as ${door}`).toBeLessThan(500)
      }
    }
    expect((await native.me(member.tokens.access)).status).toBe(200)
  })

  it('S24 a native attempt takes the code of its own flow alone', async () => {
    const native = doorsOf(world).native
    const { email } = await aMember(world, native)
    const recovery = await begin(world, native, 'recovery', email)
    const signIn = await begin(world, native, 'sign_in', email)
    if (recovery.code !== signIn.code) {
      expect((await native.type({ ...recovery, code: signIn.code })).tokens).toBeUndefined()
      expect((await native.type({ ...signIn, code: recovery.code })).tokens).toBeUndefined()
    }
    expect((await native.type(signIn)).tokens).toBeDefined()
  })
})

describe('races', () => {
  it.each(['invite', 'email_change'] as const)('S23 fifty answers to one %s make one success', async (kind) => {
    const flow = await aFlow(kind)
    const replies = await atOnce(50, () => verify({ type: kind, email: flow.to, token: flow.code }))
    // The first address of a change agrees without a session; the other is still asked.
    const won = replies.filter(({ status }) => status === 200)
    expect(won, JSON.stringify(tally(replies))).toHaveLength(1)
    expect(replies.filter(({ status }) => status !== 200 && status !== 403).map(outcome)).toEqual([])
  })
})

describe.each(doorNames)('changes of an account through %s', (name) => {
  let door: Door
  beforeAll(() => {
    door = doorsOf(world)[name]
  })

  interface Waiting {
    readonly flows: readonly Awaited<ReturnType<typeof begin>>[]
    readonly links: readonly string[]
  }

  async function everythingWaiting(email: string): Promise<Waiting> {
    const flows = [await begin(world, door, 'recovery', email), await begin(world, door, 'sign_in', email)]
    const links = (await world.inbox.list(email)).flatMap(({ link }) => (link === null ? [] : [link]))
    return { flows, links }
  }

  async function expectDead({ flows, links }: Waiting): Promise<void> {
    for (const flow of flows) expect((await door.type(flow)).tokens, flow.kind).toBeUndefined()
    for (const link of links) {
      const token_hash = new URL(link).searchParams.get('token')
      for (const type of ['magiclink', 'recovery', 'signup'])
        expect((await verify({ type, token_hash })).status).toBe(403)
    }
  }

  it('S25 a sign-in ends the sign-in codes that are still out', async () => {
    const member = await aMember(world, door)
    const flow = await begin(world, door, 'sign_in', member.email)
    expect((await door.signIn(member.email, member.password)).tokens).toBeDefined()
    expect((await door.type(flow)).tokens).toBeUndefined()
  })

  it('S25 a code sent to nobody dies when the address becomes somebody who signs in', async () => {
    const email = aFreshAddress('early')
    const early = await begin(world, door, 'sign_in', email)
    await world.inbox.clear()
    await aMember(world, door, { email })
    expect((await door.type(early)).tokens).toBeUndefined()
  })

  it('S25 a new password kills everything that is out', async () => {
    const member = await aMember(world, door)
    const waiting = await everythingWaiting(member.email)
    expect((await door.changePassword(member.tokens.access, 'nine loud herons', member.password)).status).toBe(200)
    await expectDead(waiting)
  })

  it('S25 a recovery kills everything that is out', async () => {
    const member = await aMember(world, door)
    const signIn = await begin(world, door, 'sign_in', member.email)
    expect((await door.type(await begin(world, door, 'recovery', member.email))).tokens).toBeDefined()
    expect((await door.type(signIn)).tokens).toBeUndefined()
  })

  it('S25 a ban kills everything that is out, for after the ban too', async () => {
    const member = await aMember(world, door)
    const waiting = await everythingWaiting(member.email)
    expect((await door.admin.change(member.id, { banned: true })).status).toBe(200)
    await expectDead(waiting)
    await door.admin.change(member.id, { banned: false })
    await expectDead(waiting)
  })

  it('S25 a new address kills everything that is out', async () => {
    const member = await aMember(world, door)
    const waiting = await everythingWaiting(member.email)
    expect((await door.admin.change(member.id, { email: aFreshAddress('moved') })).status).toBe(200)
    await expectDead(waiting)
  })
})

describe('changes of address', () => {
  const start = async (member: { tokens: { access: string } }, next: string, old: string) => {
    await world.inbox.clear()
    expect((await supabase().changeEmail(member.tokens.access, next)).status).toBe(200)
    return { fresh: await world.inbox.waitFor(next), agreed: await world.inbox.waitFor(old, 'email_change_current') }
  }
  const type = (email: string, token: string | null) => verify({ type: 'email_change', email, token })
  const emailOf = async (access: string) => (await supabase().me(access)).body['email']

  it('S30 nothing changes until both addresses agree, and the old one is told', async () => {
    const member = await aMember(world, supabase())
    const next = aFreshAddress('next')
    const { fresh, agreed } = await start(member, next, member.email)
    const half = await type(member.email, agreed.code)
    expect([half.status, half.tokens]).toEqual([200, undefined])
    expect(await emailOf(member.tokens.access)).toBe(member.email)
    const done = await type(next, fresh.code)
    expect(done.tokens).toBeDefined()
    expect(await emailOf(tokensOf(done).access)).toBe(next)
    await world.inbox.waitFor(member.email, 'email_changed')
  })

  it('S30 the new address alone changes nothing', async () => {
    const member = await aMember(world, supabase())
    const next = aFreshAddress('next')
    const { fresh } = await start(member, next, member.email)
    expect((await type(next, fresh.code)).tokens).toBeUndefined()
    expect(await emailOf(member.tokens.access)).toBe(member.email)
    expect(outcome(await type(next, fresh.code))).toBe('403 otp_expired')
  })

  it('S30 of two changes only the newest lives', async () => {
    const member = await aMember(world, supabase())
    const [first, second] = [aFreshAddress('first'), aFreshAddress('second')]
    const old = await start(member, first, member.email)
    const newest = await start(member, second, member.email)
    for (const [to, code] of [
      [first, old.fresh.code],
      [member.email, old.agreed.code],
    ] as const)
      expect(outcome(await type(to, code))).toBe('403 otp_expired')
    await type(member.email, newest.agreed.code)
    expect((await type(second, newest.fresh.code)).tokens).toBeDefined()
  })

  it.each(doorNames)('S30 a stale session begins no change through %s', async (name) => {
    const door = doorsOf(world)[name]
    const member = await aMember(world, door)
    world.clock.move(11 * 60)
    const next = aFreshAddress('next')
    expect((await door.changeEmail(member.tokens.access, next)).code).toBe('reauthentication_needed')
    const refreshed = tokensOf(await door.refresh(member.tokens.refresh))
    expect((await door.changeEmail(refreshed.access, next)).code).toBe('reauthentication_needed')
    expect(await world.inbox.staysEmpty(next)).toBe(true)
  })

  it('S30 time drops a change', async () => {
    const member = await aMember(world, supabase())
    const next = aFreshAddress('next')
    const { fresh, agreed } = await start(member, next, member.email)
    world.clock.move(24 * 3600 + 1)
    for (const [mail, to] of [
      [fresh, next],
      [agreed, member.email],
    ] as const) {
      const token_hash = new URL(mail.link ?? '').searchParams.get('token')
      expect(outcome(await verify({ type: 'email_change', token_hash }))).toBe('403 otp_expired')
      expect(outcome(await type(to, mail.code))).toBe('403 otp_expired')
    }
    world.clock.move(-24 * 3600 - 1)
  })
})

describe('invitations', () => {
  const hashOf = async (email: string): Promise<string> =>
    new URL((await world.inbox.waitFor(email, 'invite')).link ?? '').searchParams.get('token')?.replace(/^wwl_/, '') ??
    ''

  it('S31 an invitation works once, for its own address, and until it ends', async () => {
    const [email, other] = [aFreshAddress('invited'), aFreshAddress('other')]
    await supabase().admin.invite(email)
    const code = await codeTo(world, email, 'invite')
    expect(outcome(await verify({ type: 'invite', email: other, token: code }))).toBe('403 otp_expired')
    const done = await verify({ type: 'invite', email, token: code })
    expect(done.tokens).toBeDefined()
    expect((await supabase().me(tokensOf(done).access)).body['email']).toBe(email)
    expect(outcome(await verify({ type: 'invite', token_hash: await hashOf(email) }))).toBe('403 otp_expired')
  })

  it('S31 an invitation that is too old or was edited opens nothing', async () => {
    const email = aFreshAddress('late')
    await supabase().admin.invite(email)
    const hash = await hashOf(email)
    const edited = `${hash.startsWith('A') ? 'B' : 'A'}${hash.slice(1)}`
    expect(outcome(await verify({ type: 'invite', token_hash: edited }))).toBe('403 otp_expired')
    world.clock.move(7 * 24 * 3600 + 1)
    expect(outcome(await verify({ type: 'invite', token_hash: hash }))).toBe('403 otp_expired')
    world.clock.move(-7 * 24 * 3600 - 1)
    expect(outcome(await verify({ type: 'invite', token_hash: hash, email: aFreshAddress() }))).toMatch(/^400/)
    expect((await verify({ type: 'invite', token_hash: hash })).status).toBe(200)
  })

  it('S31 a revoked invitation opens nothing', async () => {
    const email = aFreshAddress('revoked')
    const made = await doorsOf(world).native.admin.invite(email)
    expect(made.status, made.text).toBe(201)
    const hash = await hashOf(email)
    const revoked = await send(`${world.url}/v1/admin/invites/${String(made.body['id'])}`, {
      method: 'DELETE',
      token: world.secretKey,
    })
    expect(revoked.status).toBe(204)
    expect(outcome(await verify({ type: 'invite', token_hash: hash }))).toBe('403 otp_expired')
    expect((await send(`${world.url}/v1/links?token=wwl_${hash}`, { method: 'GET' })).status).toBe(403)
  })
})
