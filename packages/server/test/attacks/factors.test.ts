import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sections } from '#src/dialects/native/routes.ts'
import { sql } from '#src/storage/sql.ts'
import { startWorld, type World } from '../world/world.ts'
import { type Door, doorsOf } from './tools/door.ts'
import { dumpDatabase, opens, rowsOf } from './tools/dump.ts'
import {
  aalOf,
  aProtected,
  appCode,
  beginApp,
  challenge,
  freshCode,
  halfway,
  native,
  type Protected,
  supabase,
} from './tools/factors.ts'
import { aMember, atOnce, begin, codeTo, goodPassword, tokensOf } from './tools/people.ts'
import { objectIn, type Reply, send } from './tools/reply.ts'

let world: World
let doors: Readonly<Record<Door['name'], Door>>
beforeAll(async () => {
  world = await startWorld({ database: 'postgres' })
  doors = doorsOf(world)
})
afterAll(() => world.close())

const me = () => aProtected(world, doors.native)
const signIn = ({ email, password }: Pick<Protected, 'email' | 'password'>) => doors.native.signIn(email, password)
const answer = (attempt: string | undefined, code: string, token?: string) =>
  native(world, '/attempts/answer', { attempt, code }, token)
const sessionsOf = async (userId: string) =>
  (await world.database.query<{ aal: string }>(sql`select aal from auth.sessions where user_id = ${userId}`)).map(
    ({ aal }) => aal,
  )
const countOf = (replies: readonly Reply[], code: string) => replies.filter((reply) => reply.code === code).length

describe('S86: aal1 opens only the door to the second factor', () => {
  it('every native route but those is refused', async () => {
    const { access } = await halfway(world, await me())
    const operations = sections.flatMap((section) => section.operations)
    for (const { method, path, who } of operations.filter((each) => ['user', 'recent', 'door'].includes(each.who))) {
      const url = `${world.url}/v1${path.replace(/:\w+/g, crypto.randomUUID())}`
      const reply = await send(url, { method, token: access, ...(method === 'GET' ? {} : { body: {} }) })
      const line = `${method} ${path}`
      if (who === 'door') expect([line, reply.code]).not.toEqual([line, 'insufficient_aal'])
      else expect([line, reply.status, reply.code]).toEqual([line, 403, 'insufficient_aal'])
    }
    const open = operations.filter(({ who }) => who === 'door').map(({ method, path }) => `${method} ${path}`)
    expect(open.sort()).toEqual(['GET /me', 'GET /me/factors', 'GET /me/sessions/current', 'POST /me/elevation'])
  })

  it('every route of the other dialects but those is refused', async () => {
    const { access, refresh } = await halfway(world, await me())
    const refused: readonly [string, string, object?][] = [
      ['PUT', '/auth/v1/user', { password: 'a whole new one 77' }],
      ['PUT', '/auth/v1/user', { data: { a: 1 } }],
      ['GET', '/auth/v1/reauthenticate'],
      ['GET', '/auth/v1/user/identities/authorize?provider=github'],
      ['DELETE', `/auth/v1/user/identities/${crypto.randomUUID()}`],
      ['POST', '/nhost/v1/user/email/change', { newEmail: 'x@example.test' }],
      ['POST', '/nhost/v1/user/password', { newPassword: 'a whole new one 77' }],
    ]
    for (const [method, path, body] of refused) {
      const reply = await send(world.url + path, { method, token: access, ...(body === undefined ? {} : { body }) })
      expect([path, [401, 403, 404].includes(reply.status)]).toEqual([path, true])
    }
    for (const path of ['/change-pwd', '/change-email', '/change-phone', '/sessions']) {
      const reply = await send(`${world.url}/_api/rest/v1/auth${path}`, {
        method: path === '/sessions' ? 'GET' : 'POST',
        headers: { session: refresh, authorization: world.publishableKey },
        ...(path === '/sessions' ? {} : { body: {} }),
      })
      expect([path, reply.status]).toEqual([path, 401])
    }
    expect((await doors.native.me(access)).status).toBe(200)
    expect((await doors.supabase.me(access)).status).toBe(200)
    expect((await doors.supabase.signOut(access)).status).toBe(204)
  })

  it('the first step hands out no token and no cookie', async () => {
    const { email } = await me()
    const reply = await doors.native.signIn(email, goodPassword, {
      headers: { 'watchword-session': 'cookie', origin: world.url },
    })
    expect(reply.body['status']).toBe('pending')
    expect(reply.headers.getSetCookie()).toEqual([])
    expect(reply.text).not.toMatch(/eyJ|efreshToken|ccessToken/)
  })
})

describe('S87: no side entrance', () => {
  const levelOf = (reply: Reply) => (reply.tokens === undefined ? reply.body['status'] : aalOf(reply.tokens.access))

  it('password, code, recovery and link: a next step in one dialect, aal1 in the other', async () => {
    for (const door of [doors.native, doors.supabase]) {
      const expected = door.name === 'native' ? 'pending' : 'aal1'
      const who = await me()
      expect([door.name, levelOf(await door.signIn(who.email, who.password))]).toEqual([door.name, expected])
      for (const kind of ['sign_in', 'recovery'] as const) {
        const typed = await begin(world, door, kind, who.email)
        expect([door.name, kind, levelOf(await door.type(typed))]).toEqual([door.name, kind, expected])
        world.clock.move(61)
      }
    }
  })

  it('a mailed link and the exchange of its code', async () => {
    const { email } = await me()
    await supabase(world, '/otp', { email })
    const { link } = await world.inbox.waitFor(email, 'sign_in')
    const followed = await fetch(link ?? '', { redirect: 'manual' })
    const access = new URL(followed.headers.get('location') ?? '').hash.match(/access_token=([^&]+)/)?.[1] ?? ''
    expect(aalOf(access)).toBe('aal1')

    const verifier = 'v'.repeat(43)
    const challengeText = Buffer.from(
      await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)),
    ).toString('base64url')
    world.clock.move(61)
    const before = new Set((await world.inbox.list(email)).map(({ id }) => id))
    await native(world, '/sign-in/code', { email, codeChallenge: challengeText })
    const mail = await newMail(email, before)
    const token = new URL(mail.link ?? '').searchParams.get('token')
    const exchanged = await native(world, '/links', { token, codeVerifier: verifier })
    expect(exchanged.body['status']).toBe('pending')
    expect(exchanged.tokens).toBeUndefined()
  })

  it('S68 a return code that is used twice ends what waits for the factor', async () => {
    const who = await me()
    const verifier = 'w'.repeat(43)
    const hashed = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
    const before = new Set((await world.inbox.list(who.email)).map(({ id }) => id))
    await native(world, '/sign-in/code', { email: who.email, codeChallenge: Buffer.from(hashed).toString('base64url') })
    const { link } = await newMail(who.email, before)
    const clicked = await fetch(`${world.url}/v1/links`, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin: world.core.settings.publicUrl, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token: new URL(link ?? '').searchParams.get('token') ?? '' }),
    })
    const code = new URL(clicked.headers.get('location') ?? '').searchParams.get('code')
    const exchange = () => native(world, '/sessions/exchange', { code, codeVerifier: verifier })
    const first = await exchange()
    expect(first.body['status']).toBe('pending')
    expect((await exchange()).code).toBe('flow_state_already_used')
    expect((await answer(first.attempt, freshCode(world, who.secret))).code).toBe('attempt_expired')
  })

  it('an administrator’s link and its acceptance', async () => {
    const { id } = await me()
    const made = await send(`${world.url}/v1/admin/users/${id}/links`, {
      token: world.secretKey,
      body: { purpose: 'recovery' },
    })
    const token = new URL(String(made.body['url'])).searchParams.get('token')
    const asked = await native(world, '/links', { token })
    const accepted = await native(world, '/attempts/answer', {
      attempt: asked.attempt,
      accept: true,
      password: 'brand new words 8',
    })
    expect(accepted.body['status']).toBe('pending')
    expect(await sessionsOf(id)).toEqual(['aal2'])
  })

  it('a change of address confirmed elsewhere', async () => {
    const who = await me()
    const to = `moved-${who.email}`
    await supabase(world, '/user', { email: to }, who.tokens.access).catch(() => undefined)
    await send(`${world.url}/auth/v1/user`, { method: 'PUT', token: who.tokens.access, body: { email: to } })
    const [newMailTo, oldMail] = [
      await world.inbox.waitFor(to, 'email_change'),
      await world.inbox.waitFor(who.email, 'email_change_current'),
    ]
    await fetch(newMailTo.link ?? '', { redirect: 'manual' })
    const done = await fetch(oldMail.link ?? '', { redirect: 'manual' })
    const access = new URL(done.headers.get('location') ?? '').hash.match(/access_token=([^&]+)/)?.[1] ?? ''
    expect(aalOf(access)).toBe('aal1')
  })

  it('whoever enters while the first factor is being verified is out, or is asked', async () => {
    for (let round = 0; round < 5; round += 1) {
      const member = await aMember(world, doors.native)
      const { attempt, secret } = await beginApp(world, member.tokens.access)
      const code = freshCode(world, secret)
      const signIns = atOnce(20, () => signIn(member))
      const verified = answer(attempt, code, member.tokens.access)
      const replies = await signIns
      expect((await verified).status).toBe(200)
      for (const reply of replies)
        expect(['complete', 'pending', 'conflict']).toContain(reply.code ?? reply.body['status'])
      expect(await sessionsOf(member.id)).toEqual(['aal2'])
    }
  })

  it('a code by text, to a number that is no factor', async () => {
    const who = await me()
    const phone = `+1555010${String(Math.floor(Math.random() * 9_000) + 1_000)}`
    const begun = await native(world, '/me/phone', { phone }, who.tokens.access)
    const done = await answer(begun.attempt, await codeTo(world, phone), who.tokens.access)
    expect(done.status).toBe(200)
    world.clock.move(61)
    const before = (await world.inbox.list(phone)).length
    const sent = await native(world, '/sign-in/code', { phone })
    await expect.poll(async () => (await world.inbox.list(phone)).length).toBe(before + 1)
    const [mail] = await world.inbox.list(phone)
    const half = await answer(sent.attempt, mail?.code ?? '')
    expect(half.body['status']).toBe('pending')
    expect((await answer(half.attempt, freshCode(world, who.secret))).tokens).toBeDefined()
  })

  it('in the middle of the race: many at once get a next step, and one of them ends with a session', async () => {
    const who = await me()
    const before = (await sessionsOf(who.id)).length
    const begun = await atOnce(20, () => signIn(who))
    expect(begun.every((reply) => reply.body['status'] === 'pending')).toBe(true)
    const code = freshCode(world, who.secret)
    const done = await Promise.all(begun.map((reply) => answer(reply.attempt, code)))
    expect(done.filter(({ tokens }) => tokens !== undefined)).toHaveLength(1)
    expect((await sessionsOf(who.id)).length).toBe(before + 1)
  })
})

async function newMail(email: string, before: ReadonlySet<string>) {
  for (let tries = 0; tries < 750; tries += 1) {
    const found = (await world.inbox.list(email)).find(({ id, template }) => template === 'sign_in' && !before.has(id))
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('no mail came')
}

describe('S88: a code of an app works once', () => {
  it('over attempts, sessions and dialects, and not after it was used to set the app up', async () => {
    const member = await aMember(world, doors.native)
    const { attempt, secret } = await beginApp(world, member.tokens.access)
    const code = freshCode(world, secret)
    expect((await answer(attempt, code, member.tokens.access)).status).toBe(200)
    const again = await signIn(member)
    expect((await answer(again.attempt, code)).code).toBe('mfa_verification_failed')
    const next = freshCode(world, secret)
    expect((await answer(again.attempt, next)).status).toBe(200)
    const factorId = (await world.core.users.find(member.id))?.factors[0]?.id ?? ''
    const half = await halfway(world, member)
    const challengeId = await challenge(world, factorId, half.access)
    const replayed = await supabase(
      world,
      `/factors/${factorId}/verify`,
      { challenge_id: challengeId, code: next },
      half.access,
    )
    expect([replayed.status, replayed.code]).toEqual([422, 'mfa_verification_failed'])
  })

  it('a step before one that was used is dead too', async () => {
    const who = await me()
    const early = appCode(world, who.secret, 1)
    world.clock.move(60)
    const late = appCode(world, who.secret, 0)
    expect((await answer((await signIn(who)).attempt, late)).status).toBe(200)
    expect((await answer((await signIn(who)).attempt, early)).code).toBe('mfa_verification_failed')
  })

  it('one step either side counts, two do not', async () => {
    for (const [offset, status] of [
      [-2, 422],
      [2, 422],
      [1, 200],
    ] as const) {
      const who = await me()
      world.clock.move(120)
      const reply = await answer((await signIn(who)).attempt, appCode(world, who.secret, offset))
      expect([offset, reply.status]).toEqual([offset, status])
    }
  })

  it('S23: fifty at once on one challenge, one passes', async () => {
    const who = await me()
    const half = await halfway(world, who)
    const challengeId = await challenge(world, who.factorId, half.access)
    const code = freshCode(world, who.secret)
    const replies = await atOnce(50, () =>
      supabase(world, `/factors/${who.factorId}/verify`, { challenge_id: challengeId, code }, half.access),
    )
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(replies.every(({ status }) => status < 500)).toBe(true)
    const audit = await world.core.audit.list({ userId: who.id, action: 'session.elevated' }, { limit: 50 })
    expect(audit).toHaveLength(1)
  })

  it('S23: fifty at once on one attempt, one passes', async () => {
    const who = await me()
    const { attempt } = await signIn(who)
    const code = freshCode(world, who.secret)
    const replies = await atOnce(50, () => answer(attempt, code))
    expect(replies.filter(({ tokens }) => tokens !== undefined)).toHaveLength(1)
    expect(replies.every(({ status }) => status < 500)).toBe(true)
  })

  it('S23: fifty at once finish one set-up', async () => {
    const member = await aMember(world, doors.native)
    const { attempt, secret } = await beginApp(world, member.tokens.access)
    const code = freshCode(world, secret)
    const replies = await atOnce(50, () => answer(attempt, code, member.tokens.access))
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    expect((await world.core.users.find(member.id))?.factors).toHaveLength(1)
  })
})

describe('S90: setting up', () => {
  it('an account whose address nobody proved takes none', async () => {
    const guest = tokensOf(await doors.native.guest())
    expect((await beginApp(world, guest.access)).begun.code).toBe('anonymous_not_allowed')
    const refused = await supabase(world, '/factors', { factor_type: 'totp' }, guest.access)
    expect([refused.status, refused.code]).toEqual([403, 'no_authorization'])
  })

  it('an abandoned one neither protects nor blocks', async () => {
    const member = await aMember(world, doors.native)
    await beginApp(world, member.tokens.access)
    await supabase(world, '/factors', { factor_type: 'totp', friendly_name: 'x' }, member.tokens.access)
    expect((await signIn(member)).body['status']).toBe('complete')
    expect((await doors.native.me(member.tokens.access)).status).toBe(200)
  })

  it('the seed has 160 bits and is shown once', async () => {
    const member = await aMember(world, doors.native)
    const { attempt, secret } = await beginApp(world, member.tokens.access)
    expect(secret).toMatch(/^[A-Z2-7]{32}$/)
    const { access } = member.tokens
    const later = [
      await native(world, '/attempts/status', { attempt }, access),
      await native(world, '/attempts/challenge', { attempt }, access),
      await doors.native.me(access),
      await doors.supabase.me(access),
      await send(`${world.url}/v1/me/factors`, { method: 'GET', token: access }),
      await send(`${world.url}/v1/admin/users/${member.id}`, { method: 'GET', token: world.secretKey }),
      await send(`${world.url}/auth/v1/admin/users/${member.id}/factors`, { method: 'GET', token: world.secretKey }),
    ]
    for (const reply of later) expect(reply.text).not.toContain(secret)
  })

  it('with a verified one, another takes aal2; begun before, it is not finished at aal1 after', async () => {
    const member = await aMember(world, doors.supabase)
    const thief = await halfway(world, member)
    const enrolled = await supabase(world, '/factors', { factor_type: 'totp', friendly_name: 'trap' }, thief.access)
    const trap = String(enrolled.body['id'])
    const trapSecret = String(objectIn(enrolled.body, 'totp')['secret'])
    const trapChallenge = await challenge(world, trap, thief.access)
    const mine = await supabase(
      world,
      '/factors',
      { factor_type: 'phone', phone: '+15550109911', friendly_name: 'mine' },
      member.tokens.access,
    )
    const mineId = String(mine.body['id'])
    const mineChallenge = await challenge(world, mineId, member.tokens.access)
    const code = await codeTo(world, '+15550109911', 'sms_code')
    const verified = await supabase(
      world,
      `/factors/${mineId}/verify`,
      { challenge_id: mineChallenge, code },
      member.tokens.access,
    )
    expect(verified.status).toBe(200)
    const body = { challenge_id: trapChallenge, code: freshCode(world, trapSecret) }
    const late = await supabase(world, `/factors/${trap}/verify`, body, thief.access)
    expect(late.status).toBeGreaterThanOrEqual(400)
    const again = await halfway(world, member)
    const sprung = await supabase(
      world,
      `/factors/${trap}/verify`,
      { ...body, challenge_id: await challenge(world, trap, again.access) },
      again.access,
    )
    expect(sprung.code).toBe('insufficient_aal')
    const more = await supabase(world, '/factors', { factor_type: 'totp', friendly_name: 'more' }, again.access)
    expect([more.status, more.code]).toEqual([403, 'insufficient_aal'])
  })

  it('there are ten at most, also in a race', async () => {
    const member = await aMember(world, doors.native)
    const replies = await atOnce(14, (at) =>
      supabase(world, '/factors', { factor_type: 'totp', friendly_name: `app ${at}` }, member.tokens.access),
    )
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(10)
    expect(countOf(replies, 'too_many_enrolled_mfa_factors')).toBe(4)
  })
})

describe('S91: removal', () => {
  it('S24 a number that an administrator replaces is worth nothing: no code that went there, nor what one gave', async () => {
    const [lost, found] = ['+15550109921', '+15550109922']
    const member = await aMember(world, doors.supabase)
    const enrolled = await supabase(world, '/factors', { factor_type: 'phone', phone: lost }, member.tokens.access)
    const id = String(enrolled.body['id'])
    const verify = async (token: string, challengeId: string, code: string) =>
      supabase(world, `/factors/${id}/verify`, { challenge_id: challengeId, code }, token)
    const first = await challenge(world, id, member.tokens.access)
    const raised = tokensOf(await verify(member.tokens.access, first, await codeTo(world, lost, 'sms_code')))
    expect(aalOf(raised.access)).toBe('aal2')
    world.clock.move(61)
    const thief = await halfway(world, member)
    const out = await challenge(world, id, thief.access)
    await expect.poll(async () => (await world.inbox.list(lost)).length).toBe(2)
    const code = await codeTo(world, lost, 'sms_code')

    const place = `${world.url}/auth/v1/admin/users/${member.id}/factors/${id}`
    const moved = await send(place, { method: 'PUT', token: world.secretKey, body: { phone: found } })
    expect([moved.status, moved.body['phone']], moved.text).toEqual([200, found.slice(1)])
    expect((await verify(thief.access, out, code)).status).toBeGreaterThanOrEqual(400)
    expect(aalOf(tokensOf(await doors.supabase.refresh(raised.refresh)).access)).toBe('aal1')
    const told = async () =>
      (await world.inbox.list(member.email)).filter(({ template }) => template === 'factor_added')
    await expect.poll(async () => (await told()).length).toBe(2)

    const owner = await halfway(world, member)
    const again = await challenge(world, id, owner.access)
    const done = await verify(owner.access, again, await codeTo(world, found, 'sms_code'))
    expect(aalOf(tokensOf(done).access)).toBe('aal2')
  })

  it('renaming, removing and new recovery codes take aal2 and a fresh proof', async () => {
    const who = await me()
    const half = await halfway(world, who)
    const stale = who.tokens.access
    const tries = (token: string) =>
      Promise.all([
        send(`${world.url}/v1/me/factors/${who.factorId}`, { method: 'PATCH', token, body: { name: 'x' } }),
        send(`${world.url}/v1/me/factors/${who.factorId}`, { method: 'DELETE', token }),
        native(world, '/me/recovery-codes', {}, token),
        send(`${world.url}/auth/v1/factors/${who.factorId}`, { method: 'DELETE', token }),
        supabase(world, '/factors/recovery-codes', {}, token),
        supabase(world, '/factors', { factor_type: 'totp' }, token),
      ])
    for (const reply of await tries(half.access)) expect(reply.code).toBe('insufficient_aal')
    world.clock.move(601)
    const codes = (await tries(stale)).map(({ code }) => code)
    expect(codes).toEqual([
      ...['reauthentication_needed', 'reauthentication_needed', 'reauthentication_needed'],
      ...['insufficient_aal', 'insufficient_aal', 'insufficient_aal'],
    ])
    const refreshed = tokensOf(await doors.native.refresh(who.tokens.refresh))
    const still = await send(`${world.url}/v1/me/factors/${who.factorId}`, {
      method: 'DELETE',
      token: refreshed.access,
    })
    expect(still.code).toBe('reauthentication_needed')
  })

  it('other sessions fall to aal1, their next tokens say so, and the owner is told', async () => {
    const who = await me()
    const other = tokensOf(await answer((await signIn(who)).attempt, freshCode(world, who.secret)))
    expect(aalOf(other.access)).toBe('aal2')
    const removed = await send(`${world.url}/v1/me/factors/${who.factorId}`, {
      method: 'DELETE',
      token: who.tokens.access,
    })
    expect(removed.status).toBe(204)
    expect(aalOf(tokensOf(await doors.native.refresh(other.refresh)).access)).toBe('aal1')
    const notice = await world.inbox.waitFor(who.email, 'factor_removed')
    expect(notice.code).toBeNull()
    expect(notice.text).not.toContain(who.secret)
  })

  it('an administrator who removes the last one takes aal2 from every session', async () => {
    const who = await me()
    const gone = await send(`${world.url}/v1/admin/users/${who.id}/factors/${who.factorId}?reason=lost`, {
      method: 'DELETE',
      token: world.secretKey,
    })
    expect(gone.status).toBe(204)
    expect(await sessionsOf(who.id)).toEqual(['aal1'])
    await world.inbox.waitFor(who.email, 'factor_removed')
  })

  it('S49: the tokens from before a step-up never rise', async () => {
    const who = await me()
    const half = await halfway(world, who)
    const challengeId = await challenge(world, who.factorId, half.access)
    const code = freshCode(world, who.secret)
    const risen = await supabase(
      world,
      `/factors/${who.factorId}/verify`,
      { challenge_id: challengeId, code },
      half.access,
    )
    expect(aalOf(tokensOf(risen).access)).toBe('aal2')
    expect((await doors.native.refresh(half.refresh)).code).toBe('refresh_token_not_found')
  })

  it('S49: an access token from before a step-up opens no more after it, through any dialect', async () => {
    const who = await me()
    const half = await halfway(world, who)
    const challengeId = await challenge(world, who.factorId, half.access)
    const code = freshCode(world, who.secret)
    const proof = { challenge_id: challengeId, code }
    const risen = tokensOf(await supabase(world, `/factors/${who.factorId}/verify`, proof, half.access))
    const factor = `${world.url}/auth/v1/factors/${who.factorId}`
    expect((await send(factor, { method: 'DELETE', token: half.access })).code).toBe('insufficient_aal')
    const changes = [
      ['PUT', '/auth/v1/user', { data: { seen: 'supabase' } }],
      ['PATCH', '/v1/me', { metadata: { seen: 'native' } }],
      ['POST', '/nhost/v1/user/email/change', { newEmail: `next.${who.email}` }],
    ] as const
    for (const [method, path, body] of changes) {
      const change = (token: string) => send(world.url + path, { method, body, token })
      expect([401, 403], path).toContain((await change(half.access)).status)
      expect((await change(risen.access)).status, path).toBe(200)
    }
  })
})

describe('S92: recovery codes', () => {
  async function withCodes() {
    const who = await me()
    const made = await native(world, '/me/recovery-codes', {}, who.tokens.access)
    return { ...who, codes: made.body['codes'] as string[] }
  }

  it('each counts once, of fifty at once one passes', async () => {
    const who = await withCodes()
    const [code = ''] = who.codes
    const { attempt } = await signIn(who)
    const half = await halfway(world, who)
    const replies = await Promise.all([
      ...Array.from({ length: 25 }, () => answer(attempt, code)),
      ...Array.from({ length: 25 }, () => supabase(world, '/factors/recovery-codes/verify', { code }, half.access)),
    ])
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(replies.every(({ status }) => status < 500)).toBe(true)
    expect((await answer((await signIn(who)).attempt, code)).code).toBe('mfa_verification_failed')
  })

  it('an old set is dead, and another user’s is none', async () => {
    const [who, other] = [await withCodes(), await withCodes()]
    const theirs = await answer((await signIn(who)).attempt, other.codes[0] ?? '')
    expect(theirs.code).toBe('mfa_verification_failed')
    await native(world, '/me/recovery-codes', {}, who.tokens.access)
    expect((await answer((await signIn(who)).attempt, who.codes[0] ?? '')).code).toBe('mfa_verification_failed')
  })

  it('S6: a dump of the database shows no seed, no recovery code and no number’s code', async () => {
    const who = await withCodes()
    const dump = await dumpDatabase(world.database)
    const factors = JSON.stringify(await rowsOf(world.database, 'factors'))
    const seed = Buffer.from(base32(who.secret))
    expect(dump).not.toContain(who.secret)
    expect(dump).not.toContain(seed.toString('hex'))
    expect(dump).not.toContain(seed.toString('base64'))
    for (const code of who.codes) expect(opens(factors, code, [who.factorId, who.id])).toBe(false)
    const log = JSON.stringify(world.log)
    for (const mark of [who.secret, ...who.codes]) expect(log).not.toContain(mark)
  })

  it('S6: a seed that is moved to another’s factor opens nothing there', async () => {
    const [thief, victim] = [await me(), await me()]
    await world.database.query(sql`update auth.factors set secret = (select secret from auth.factors where id = ${thief.factorId})
      where id = ${victim.factorId}`)
    const { attempt } = await signIn(victim)
    expect((await answer(attempt, freshCode(world, thief.secret))).code).toBe('mfa_verification_failed')
    expect((await answer(attempt, appCode(world, victim.secret))).code).toBe('mfa_verification_failed')
  })
})

function base32(text: string): Uint8Array {
  const bits = [...text].map((each) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(each).toString(2).padStart(5, '0'))
  return Uint8Array.from((bits.join('').match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}

describe('S94, S101: challenges are bound', () => {
  it('to user, factor and session', async () => {
    const [who, other] = [await me(), await me()]
    const [half, second, stranger] = [await halfway(world, who), await halfway(world, who), await halfway(world, other)]
    const challengeId = await challenge(world, who.factorId, half.access)
    const body = { challenge_id: challengeId, code: freshCode(world, who.secret) }
    const elsewhere = await supabase(world, `/factors/${who.factorId}/verify`, body, second.access)
    expect([elsewhere.status, elsewhere.code]).toEqual([422, 'mfa_factor_not_found'])
    const foreign = await supabase(world, `/factors/${who.factorId}/verify`, body, stranger.access)
    const unknown = await supabase(world, `/factors/${crypto.randomUUID()}/verify`, body, stranger.access)
    expect([foreign.status, foreign.code, foreign.text]).toEqual([404, 'mfa_factor_not_found', unknown.text])
    const wrongFactor = await supabase(world, `/factors/${other.factorId}/verify`, body, stranger.access)
    expect(wrongFactor.code).toBe('mfa_factor_not_found')
    for (const method of ['PATCH', 'DELETE']) {
      const reply = await send(`${world.url}/v1/me/factors/${who.factorId}`, {
        method,
        token: other.tokens.access,
        ...(method === 'PATCH' ? { body: { name: 'mine' } } : {}),
      })
      expect([method, reply.code]).toEqual([method, 'not_found'])
    }
    expect((await supabase(world, `/factors/${who.factorId}/verify`, body, half.access)).status).toBe(200)
  })

  it('they die with a new password, and an attempt does too', async () => {
    const who = await me()
    const half = await halfway(world, who)
    const challengeId = await challenge(world, who.factorId, half.access)
    const { attempt } = await signIn(who)
    expect((await doors.native.changePassword(who.tokens.access, 'fresh long words 4', who.password)).status).toBe(200)
    const code = freshCode(world, who.secret)
    expect((await answer(attempt, code)).code).toBe('attempt_expired')
    const late = await supabase(
      world,
      `/factors/${who.factorId}/verify`,
      { challenge_id: challengeId, code },
      half.access,
    )
    expect(late.status).toBe(403)
  })

  it('S24 a mailed code and a texted one are no codes of an app, nor the reverse', async () => {
    const who = await me()
    const recovery = await begin(world, doors.native, 'recovery', who.email)
    const { attempt } = await signIn(who)
    expect((await answer(attempt, recovery.code)).code).toBe('mfa_verification_failed')
    const half = await halfway(world, who)
    const challengeId = await challenge(world, who.factorId, half.access)
    const body = { challenge_id: challengeId, code: recovery.code }
    const mixed = await supabase(world, `/factors/${who.factorId}/verify`, body, half.access)
    expect(mixed.code).toBe('mfa_verification_failed')
    const typed = await doors.native.type({ ...recovery, code: freshCode(world, who.secret) })
    expect(typed.code).toBe('otp_expired')
    const link = await supabase(world, '/verify', {
      type: 'email',
      email: who.email,
      token: appCode(world, who.secret),
    })
    expect(link.code).toBe('otp_expired')
  })

  it('what asks for a factor at sign-in is no handle for anything else', async () => {
    const who = await me()
    const { attempt } = await signIn(who)
    const tries = await Promise.all([
      native(world, '/attempts/answer', { attempt, accept: true }),
      native(world, '/attempts/answer', { attempt, password: who.password }),
      native(world, '/sessions/exchange', { code: attempt?.slice(4), codeVerifier: 'v'.repeat(43) }),
      native(world, '/links', { token: attempt?.replace('wwa_', 'wwl_'), codeVerifier: 'v'.repeat(43) }),
    ])
    for (const reply of tries) expect(reply.tokens).toBeUndefined()
    expect((await answer(attempt, freshCode(world, who.secret))).status).toBe(200)
  })
})

describe('S56, S53, S34 with factors', () => {
  it('S56: a recovery opens nothing before the factor', async () => {
    const who = await me()
    const typed = await begin(world, doors.supabase, 'recovery', who.email)
    const half = tokensOf(await doors.supabase.type(typed))
    expect((await doors.supabase.changePassword(half.access, 'taken over 12345')).code).toBe('insufficient_aal')
    expect((await doors.supabase.changeEmail(half.access, 'thief@example.test')).code).toBe('insufficient_aal')
    expect((await doors.native.changePassword(half.access, 'taken over 12345')).code).toBe('insufficient_aal')
    expect((await signIn(who)).body['status']).toBe('pending')
  })

  it('S53: a ban is refused at the second step too', async () => {
    const who = await me()
    const { attempt } = await signIn(who)
    await doors.native.admin.change(who.id, { banned: true })
    expect((await answer(attempt, freshCode(world, who.secret))).status).toBeGreaterThanOrEqual(400)
    expect(await sessionsOf(who.id)).toEqual([])
  })

  it('S34: a factor on an address that nobody proved is gone after its first proof', async () => {
    const email = `trap-${crypto.randomUUID()}@example.test`
    const begun = await doors.native.signUp({ email, password: goodPassword })
    const user = await world.core.users.findByAddress({ email })
    await world.core.factors.add({
      userId: user?.id ?? '',
      type: 'totp',
      name: '',
      status: 'verified',
      seed: Buffer.alloc(20),
    })
    const code = await codeTo(world, email, 'sign_up')
    const done = await doors.native.type({ kind: 'sign_up', email, code, begun })
    expect(done.tokens).toBeDefined()
    expect((await world.core.users.findByAddress({ email }))?.factors).toEqual([])
  })

  it('S129: deletion leaves no factor', async () => {
    const [hard, soft] = [await me(), await me()]
    await doors.native.admin.remove(hard.id)
    await send(`${world.url}/v1/admin/users/${soft.id}?mode=soft`, { method: 'DELETE', token: world.secretKey })
    const left = await world.database.query(
      sql`select id from auth.factors where id = any(${[hard.factorId, soft.factorId]}::uuid[])`,
    )
    expect(left).toEqual([])
  })

  it('S127, S133: adding and removing are written down, and the owner is told', async () => {
    const who = await me()
    await world.inbox.waitFor(who.email, 'factor_added')
    await send(`${world.url}/v1/me/factors/${who.factorId}`, { method: 'DELETE', token: who.tokens.access })
    const actions = (await world.core.audit.list({ userId: who.id }, { limit: 50 })).map(({ action }) => action)
    expect(actions.filter((action) => action.startsWith('factor.'))).toEqual([
      'factor.removed',
      'factor.added',
      'factor.set_up',
    ])
  })
})
