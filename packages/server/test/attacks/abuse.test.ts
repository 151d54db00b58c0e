import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '#src/config.ts'
import { cleanUp } from '#src/flows/system/housekeeping.ts'
import { type RunningWatchword, startServer } from '#src/server.ts'
import { openPostgres } from '#src/storage/postgres.ts'
import { sql } from '#src/storage/sql.ts'
import { freePort } from '../set-up/free-port.ts'
import { freshDatabase } from '../set-up/postgres.ts'
import { movableRuntime } from '../world/clock.ts'
import { temporaryFolders } from '../world/folders.ts'
import { createInbox, type Inbox } from '../world/inbox.ts'
import { startWorld, type World } from '../world/world.ts'
import { type Door, doorNames, doorsOf } from './tools/door.ts'
import { aFreshAddress, aMember, atOnce, begin, codeTo, goodPassword, wrongCode } from './tools/people.ts'
import { aFreshNumber, phoneDoorsOf } from './tools/phones.ts'
import { outcome, type Reply, send, tally } from './tools/reply.ts'

let direct: World
let proxied: World
beforeAll(async () => {
  direct = await startWorld({ config: { limits: { enabled: true } } })
  proxied = await startWorld({ config: { limits: { enabled: true }, trustedProxies: ['127.0.0.1', '10.0.0.0/8'] } })
})
afterAll(async () => {
  await direct.close()
  await proxied.close()
})

/** Too many: the Supabase contract has one word for requests and guesses alike. */
const closed = /^429 over_(attempt|request_rate)_limit$/

const from = (address: string) => ({ headers: { 'x-forwarded-for': address } })

async function addressesSeen(world: World): Promise<string[]> {
  const events = await world.core.audit.list({ action: 'session.refused' }, { limit: 500 })
  return [...new Set(events.map(({ ip }) => ip ?? 'none'))]
}

describe.each(doorNames)('who is calling, through %s', (name) => {
  it('S120 without a proxy no header makes a second client of one', async () => {
    const door = doorsOf(direct)[name]
    const email = aFreshAddress()
    const lies = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'cf-connecting-ip', 'sb-forwarded-for', 'x-client-ip']
    const replies: Reply[] = []
    for (let turn = 0; turn < 12; turn += 1) {
      const header = lies[turn % lies.length] ?? ''
      const value = header === 'forwarded' ? `for=203.0.113.${turn}` : `203.0.113.${turn}`
      replies.push(await door.signIn(email, 'wrong otters', { headers: { [header]: value } }))
    }
    expect(replies.slice(0, 10).map(outcome)).toEqual(Array(10).fill('400 invalid_credentials'))
    for (const reply of replies.slice(10)) expect(outcome(reply)).toMatch(closed)
    expect((await addressesSeen(direct)).filter((ip) => ip.startsWith('203.'))).toEqual([])
  })

  it('S120 through a proxy the list is read from the right, past known proxies, and nothing left of it counts', async () => {
    const door = doorsOf(proxied)[name]
    const email = aFreshAddress()
    const client = name === 'native' ? '198.51.100.7' : '198.51.100.8'
    for (let turn = 0; turn < 10; turn += 1) {
      const junk = [`203.0.113.${turn}`, 'unknown', '::1', `"${turn}"`, '<script>'][turn % 5]
      await door.signIn(email, 'wrong otters', from(`${junk}, ${client}, 10.1.2.${turn}`))
    }
    expect(outcome(await door.signIn(email, 'wrong otters', from(client)))).toMatch(closed)
    expect(outcome(await door.signIn(email, 'wrong otters', from('198.51.100.200')))).toBe('400 invalid_credentials')
    const seen = await addressesSeen(proxied)
    expect(seen).toContain(client)
    expect(seen.filter((ip) => ip.startsWith('203.'))).toEqual([])
  })

  it('S120 a thousand addresses of one /64 are one client, in every spelling', async () => {
    const door = doorsOf(proxied)[name]
    const email = aFreshAddress()
    const net = name === 'native' ? 'a' : 'b'
    const spellings = [
      `2001:db8:${net}:1::1`,
      `2001:0DB8:000${net}:0001:ffff:0:0:2`,
      `[2001:db8:${net}:1::3]`,
      `[2001:db8:${net}:1::4]:443`,
      `2001:db8:${net}:1:0:0:0:5`,
      `2001:DB8:${net}:1::6%eth0`,
      ...Array.from({ length: 4 }, () => `2001:db8:${net}:1:${randomBytes(2).toString('hex')}::9`),
    ]
    for (const address of spellings) await door.signIn(email, 'wrong otters', from(address))
    expect(outcome(await door.signIn(email, 'wrong otters', from(`2001:db8:${net}:1::ffff`)))).toMatch(closed)
    expect((await door.signIn(email, 'wrong otters', from(`2001:db8:${net}:2::1`))).code).toBe('invalid_credentials')
  })

  it('S120 a mapped IPv4 address is that IPv4 address, and what is no address is the proxy', async () => {
    const door = doorsOf(proxied)[name]
    const email = aFreshAddress()
    const client = name === 'native' ? '192.0.2.77' : '192.0.2.78'
    for (let turn = 0; turn < 10; turn += 1)
      await door.signIn(email, 'wrong otters', from(turn % 2 ? client : `::ffff:${client}`))
    expect(outcome(await door.signIn(email, 'wrong otters', from(client)))).toMatch(closed)
    const nonsense = aFreshAddress()
    for (let turn = 0; turn < 10; turn += 1) await door.signIn(nonsense, 'wrong otters', from(`not-an-address-${turn}`))
    expect(outcome(await door.signIn(nonsense, 'wrong otters', from('another')))).toMatch(closed)
  })
})

describe.each(doorNames)('guessing through %s', (name) => {
  let door: Door
  beforeAll(() => {
    door = doorsOf(proxied)[name]
  })
  const third = name === 'native' ? 40 : 80

  it('S122 misses from one network close the account there and nowhere else, however many', async () => {
    const member = await aMember(proxied, door)
    const there = from(`100.64.${third}.1`)
    const misses: Reply[] = []
    for (let turn = 0; turn < 11; turn += 1) misses.push(await door.signIn(member.email, `wrong otters ${turn}`, there))
    expect(misses.slice(0, 10).map(outcome)).toEqual(Array(10).fill('400 invalid_credentials'))
    expect(outcome(misses[10] as Reply)).toMatch(closed)
    expect(Number(misses[10]?.headers.get('retry-after'))).toBeGreaterThan(60)
    await atOnce(120, () => door.signIn(member.email, 'wrong otters', there))
    expect(outcome(await door.signIn(member.email, member.password, there))).toMatch(closed)
    expect((await door.signIn(member.email, member.password, from(`100.64.${third}.2`))).status).toBe(200)
  })

  it('S122 a hundred misses in a row over many networks close the password, and only that, until a recovery', async () => {
    const member = await aMember(proxied, door)
    for (let turn = 0; turn < 100; turn += 1) {
      const missed = await door.signIn(member.email, 'wrong otters', from(`100.65.${third}.${turn + 1}`))
      expect(missed.code).toBe('invalid_credentials')
    }
    expect(outcome(await door.signIn(member.email, member.password, from(`100.66.${third}.1`)))).toMatch(closed)
    proxied.clock.move(3600 * 0.9)
    expect(outcome(await door.signIn(member.email, member.password, from(`100.66.${third}.2`)))).toMatch(closed)
    expect((await door.type(await begin(proxied, door, 'recovery', member.email))).tokens).toBeDefined()
    expect((await door.signIn(member.email, member.password, from(`100.66.${third}.3`))).tokens).toBeDefined()
  })

  it('S122 a hundred misses in a row close the password whichever address they come with, and tell of neither whose it is', async () => {
    const { id, email, password } = await aMember(proxied, door)
    const phone = aFreshNumber()
    await proxied.core.users.update(id, { phone, phoneConfirmedAt: proxied.core.runtime.now() })
    const tryIt = (typed: string, turn: number, by: 'email' | 'phone') => {
      const there = from(`100.70.${third}.${turn}`)
      return by === 'email' ? door.signIn(email, typed, there) : phoneDoorsOf(proxied)[name].signIn(phone, typed, there)
    }
    expect((await tryIt(password, 1, 'phone')).status).toBe(200)
    for (let turn = 0; turn < 100; turn += 1)
      expect((await tryIt('wrong otters', turn + 2, turn % 2 === 0 ? 'email' : 'phone')).code).toBe(
        'invalid_credentials',
      )
    for (const by of ['email', 'phone'] as const) {
      const right = await tryIt(password, 120, by)
      expect(outcome(right)).toBe(outcome(await tryIt('wrong otters', 121, by)))
      expect(right.code).toBe('invalid_credentials')
    }
    const seen = await send(`${proxied.url}/v1/admin/users/${id}`, { method: 'GET', token: proxied.secretKey })
    expect(seen.body['lockedUntil']).not.toBeNull()
    expect((await door.type(await begin(proxied, door, 'recovery', email))).tokens).toBeDefined()
    expect((await tryIt(password, 122, 'phone')).tokens).toBeDefined()
  })

  it('S122 an address that nobody has is closed alike', async () => {
    const email = aFreshAddress('nobody')
    const replies: Reply[] = []
    for (let turn = 0; turn < 11; turn += 1)
      replies.push(await door.signIn(email, 'wrong otters', from(`100.67.${third}.1`)))
    expect(outcome(replies[9] as Reply)).toBe('400 invalid_credentials')
    expect(outcome(replies[10] as Reply)).toMatch(closed)
  })

  it('S122 one password against many accounts stops the network', async () => {
    const there = from(`100.68.${third}.1`)
    const replies: Reply[] = []
    for (let turn = 0; turn < 110; turn += 1)
      replies.push(await door.signIn(aFreshAddress('spray'), 'Spring2027!', there))
    expect(replies.filter(({ status }) => status === 400)).toHaveLength(100)
    expect(replies.slice(100).map(outcome)).toEqual(Array(10).fill('429 over_request_rate_limit'))
  })

  it('S122 a success starts the count of its network anew', async () => {
    const member = await aMember(proxied, door)
    const there = from(`100.69.${third}.1`)
    for (let round = 0; round < 3; round += 1) {
      for (let turn = 0; turn < 8; turn += 1) await door.signIn(member.email, 'wrong otters', there)
      expect((await door.signIn(member.email, member.password, there)).status).toBe(200)
    }
  })
})

describe.each(doorNames)('sending through %s', (name) => {
  it('S124 S125 what a network asks for beyond its limit silences nobody, and spends nothing of what all texts share', async () => {
    const door = doorsOf(proxied)[name]
    const phones = phoneDoorsOf(proxied)[name]
    const third = name === 'native' ? 41 : 81
    const there = from(`100.71.${third}.1`)
    const member = await aMember(proxied, door)
    proxied.clock.move(2 * 3600)
    await proxied.inbox.clear()
    const budget = { key: 'texts-budget', rate: proxied.core.settings.limits.textBudget }
    const before = await proxied.core.limits.look([budget])
    for (let turn = 0; turn < 30; turn += 1) await door.sendCode(aFreshAddress('junk'), there)
    for (let turn = 0; turn < 25; turn += 1) {
      expect(outcome(await door.recover(member.email, there))).toBe('429 over_request_rate_limit')
      if (turn < 5) expect((await phones.sendCode(aFreshNumber(), there)).status).toBe(429)
    }
    expect((await proxied.core.limits.look([budget]))[0]?.remaining).toBe(before[0]?.remaining)
    expect((await door.recover(member.email, from(`100.71.${third}.2`))).status).toBe(200)
    expect((await proxied.inbox.waitFor(member.email)).template).toBe('recovery')
  })

  it('S125 the limits of a recipient hold over all routes together', async () => {
    const door = doorsOf(direct)[name]
    const other = doorsOf(direct)[name === 'native' ? 'supabase' : 'native']
    const member = await aMember(direct, door)
    direct.clock.move(2 * 3600)
    await direct.inbox.clear()
    for (let round = 0; round < 8; round += 1) {
      for (const at of [door, other]) {
        await at.recover(member.email)
        await at.sendCode(member.email)
        await at.signUp({ email: member.email, password: 'nine loud herons' })
        await at.resend(member.email, undefined)
      }
      direct.clock.move(61 + 240)
    }
    await direct.watchword.deliverer.drain()
    expect((await direct.inbox.list(member.email)).length).toBeLessThanOrEqual(5)
    direct.clock.move(3600)
    await direct.inbox.clear()
    await door.recover(member.email)
    await direct.inbox.waitFor(member.email, 'recovery')
  })

  it('S125 the same kind reaches a recipient once a minute', async () => {
    const door = doorsOf(direct)[name]
    const member = await aMember(direct, door)
    direct.clock.move(2 * 3600)
    await direct.inbox.clear()
    const replies = await atOnce(10, () => door.recover(member.email))
    expect(tally(replies)).toEqual({ 200: 10 })
    await direct.watchword.deliverer.drain()
    expect(await direct.inbox.list(member.email)).toHaveLength(1)
    direct.clock.move(600)
  })

  it('S125 one network lets in thirty guests an hour', async () => {
    const world = await startWorld({ config: { limits: { enabled: true } } })
    try {
      const door = doorsOf(world)[name]
      const replies: Reply[] = []
      for (let turn = 0; turn < 100; turn += 1) {
        replies.push(await door.guest())
        // The shorter limits of the route itself are not the ones that are counted here.
        if (turn % 10 === 9) world.clock.move(301)
      }
      expect(replies.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(30)
      expect(replies.at(-1)?.status).toBe(429)
      expect(Number(replies.at(-1)?.headers.get('retry-after'))).toBeGreaterThan(0)
    } finally {
      await world.close()
    }
  })
})

it('S125 a guest who never came back is removed after thirty days, and one who did is not', async () => {
  const { native } = doorsOf(direct)
  const [gone, stays] = [await native.guest(), await native.guest()]
  direct.clock.move(29 * 24 * 3600)
  await native.refresh(stays.tokens?.refresh ?? '')
  direct.clock.move(2 * 24 * 3600)
  await cleanUp(direct.core)
  const ids = [native.idOf(gone), native.idOf(stays)]
  const rows = await direct.database.query<{ id: string }>(
    sql`select id from auth.users where id = any(${ids}::uuid[])`,
  )
  expect(rows.map(({ id }) => id)).toEqual([native.idOf(stays)])
})

describe('routes without a sign-in', () => {
  const few = { limit: 3, seconds: 300 }
  const limits = {
    ...{ enabled: true, public: few, signUp: few, anonymous: few, sendNetwork: few, answerNetwork: few },
    ...{ tokenNetwork: few, signInNetwork: few, signInAccountNetwork: few, me: few, admin: few },
  }
  let strict: World
  beforeAll(async () => {
    strict = await startWorld({ config: { limits } })
  })
  afterAll(() => strict.close())

  const nobody = { email: 'nobody@example.test' }
  const withPassword = { ...nobody, password: goodPassword }
  const noAttempt = { attempt: `wwa_${'a'.repeat(43)}` }
  const altogic = '/_api/rest/v1/auth'
  const routes: readonly (readonly [string, string, unknown?])[] = [
    ['GET', '/v1/settings'],
    ['GET', '/v1/openapi.json'],
    ['POST', '/v1/sign-up/password', withPassword],
    ['POST', '/v1/sign-up/anonymous', {}],
    ['POST', '/v1/sign-in/password', withPassword],
    ['POST', '/v1/sign-in/code', nobody],
    ['POST', '/v1/recovery', nobody],
    ['GET', '/v1/links?token=wwl_x'],
    ['POST', '/v1/links', { token: 'wwl_x', codeVerifier: 'v'.repeat(43) }],
    ['POST', '/v1/attempts/status', noAttempt],
    ['POST', '/v1/attempts/challenge', noAttempt],
    ['POST', '/v1/attempts/answer', { ...noAttempt, code: '123456' }],
    ['POST', '/v1/attempts/cancel', noAttempt],
    ['POST', '/v1/sessions/exchange', { code: 'x', codeVerifier: 'v'.repeat(43) }],
    ['POST', '/v1/sessions/refresh', { refreshToken: 'x' }],
    ['POST', '/v1/sign-out', { refreshToken: 'x' }],
    ['POST', '/auth/v1/signup', withPassword],
    ['POST', '/auth/v1/signup', {}],
    ['POST', '/auth/v1/token?grant_type=password', withPassword],
    ['POST', '/auth/v1/token?grant_type=refresh_token', { refresh_token: crypto.randomUUID() }],
    ['POST', '/auth/v1/token?grant_type=pkce', { auth_code: 'x', code_verifier: 'y' }],
    ['POST', '/auth/v1/otp', nobody],
    ['POST', '/auth/v1/magiclink', nobody],
    ['POST', '/auth/v1/recover', nobody],
    ['POST', '/auth/v1/resend', { type: 'signup', ...nobody }],
    ['POST', '/auth/v1/verify', { type: 'email', token: '123456', ...nobody }],
    ['GET', '/auth/v1/verify?type=signup&token=x'],
    ['GET', '/auth/v1/settings'],
    ['GET', '/auth/v1/admin/users'],
    ['GET', '/v1/admin/users'],
    ['POST', '/nhost/v1/signup/email-password', withPassword],
    ['POST', '/nhost/v1/signup/passwordless/email', nobody],
    ['POST', '/nhost/v1/signup/otp/email', nobody],
    ['POST', '/nhost/v1/signup/webauthn', nobody],
    ['POST', '/nhost/v1/signup/webauthn/verify', { credential: {} }],
    ['POST', '/nhost/v1/signin/email-password', withPassword],
    ['POST', '/nhost/v1/signin/passwordless/email', nobody],
    ['POST', '/nhost/v1/signin/otp/email', nobody],
    ['POST', '/nhost/v1/signin/otp/email/verify', { ...nobody, otp: '123456' }],
    ['POST', '/nhost/v1/signin/mfa/totp', { ticket: 'mfaTotp:x', otp: '123456' }],
    ['POST', '/nhost/v1/signin/webauthn', {}],
    ['POST', '/nhost/v1/signin/webauthn/verify', { credential: {} }],
    ['POST', '/nhost/v1/signin/pat', { personalAccessToken: crypto.randomUUID() }],
    ['POST', '/nhost/v1/token', { refreshToken: crypto.randomUUID() }],
    ['POST', '/nhost/v1/token/exchange', { code: 'x', codeVerifier: 'v'.repeat(43) }],
    ['POST', '/nhost/v1/token/verify', { token: 'x' }],
    ['POST', '/nhost/v1/signout', { refreshToken: crypto.randomUUID() }],
    ['GET', '/nhost/v1/verify?ticket=verifyEmail:x&redirectTo=x'],
    ['POST', '/nhost/v1/user/password', { newPassword: goodPassword, ticket: 'passwordReset:x' }],
    ['POST', '/nhost/v1/user/password/reset', nobody],
    ['POST', '/nhost/v1/user/email/send-verification-email', nobody],
    ['POST', `${altogic}/signup-email`, withPassword],
    ['POST', `${altogic}/signin-email`, withPassword],
    ['POST', `${altogic}/signin-code?phone=%2B12025550123&code=123456`],
    ['GET', `${altogic}/grant?key=x`],
    ['POST', `${altogic}/resend?email=nobody@example.test`],
    ['POST', `${altogic}/send-magic?email=nobody@example.test`],
    ['POST', `${altogic}/send-reset?email=nobody@example.test`],
    ['POST', `${altogic}/reset-pwd?key=x`, { newPassword: goodPassword }],
    ['POST', `${altogic}/reset-pwd-code?phone=%2B12025550123&code=123456`, { newPassword: goodPassword }],
    ['POST', `${altogic}/verify-phone?phone=%2B12025550123&code=123456`],
    ['GET', `${altogic}/verify?key=x&action=magic-link`],
    ['GET', `${altogic}/user`],
    ['POST', '/e:0123456789abcdef01234567/_api/rest/v1/auth/signin-email', withPassword],
    ['POST', '/_api/rest/v1/db/object/get', { model: 'users', id: 'x' }],
  ]

  const table = routes.map(([method, path, body]) => ({ method, path, body }))
  it.each(table)('S121 $method $path has a limit', async ({ method, path, body }) => {
    const headers = path.includes('/admin/') ? { authorization: `Bearer wws_${'x'.repeat(43)}` } : {}
    const replies: Reply[] = []
    for (let turn = 0; turn < 6; turn += 1)
      replies.push(await send(strict.url + path, { method, headers, ...(body === undefined ? {} : { body }) }))
    const last = replies.at(-1)
    expect(last?.status, last?.text).toBe(429)
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0)
    strict.clock.move(16 * 60)
    const open = await send(strict.url + path, { method, headers, ...(body === undefined ? {} : { body }) })
    if (!path.endsWith('/sign-up/anonymous')) expect(open.status, 'after the window').not.toBe(429)
    strict.clock.move(3600)
  })
})

describe('two processes on one database', () => {
  const aFolder = temporaryFolders()
  const open: (() => Promise<unknown>)[] = []
  afterAll(async () => {
    for (const close of open.reverse()) await close()
  })

  async function aFleet() {
    const { url, drop } = await freshDatabase()
    const folder = await aFolder()
    open.push(drop)
    return async (): Promise<
      RunningWatchword & { readonly doors: ReturnType<typeof doorsOf>; readonly inbox: Inbox }
    > => {
      const port = await freePort()
      const input = { port, dataDir: folder, limits: { enabled: true } }
      const config = await loadConfig({ input, cwd: folder })
      const { runtime } = movableRuntime()
      const database = openPostgres({ url, schema: 'auth', log: runtime.log })
      const server = await startServer(config, runtime, { database })
      const doors = doorsOf({ url: server.url, secretKey: config.deployment.secrets.secretKey })
      return { ...server, doors, inbox: createInbox(server.url, database) }
    }
  }

  it('S121 of parallel tries on both exactly as many pass as the limit says, and a restart changes nothing', async () => {
    const start = await aFleet()
    const [one, other] = [await start(), await start()]
    const email = aFreshAddress()
    const replies = await atOnce(60, (turn) => (turn % 2 ? one : other).doors.native.signIn(email, 'wrong otters'))
    expect(tally(replies)).toEqual({ '400 invalid_credentials': 10, '429 over_attempt_limit': 50 })
    for (const reply of replies.filter(({ status }) => status === 429))
      expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
    await one.close()
    await other.close()
    const again = await start()
    expect(outcome(await again.doors.native.signIn(email, 'wrong otters'))).toBe('429 over_attempt_limit')
    await again.close()
  })

  it('S121 misses of a code are counted over both, and over a restart', async () => {
    const start = await aFleet()
    const [one, other] = [await start(), await start()]
    const email = aFreshAddress('member')
    const door = one.doors.native
    const begun = await door.signUp({ email, password: goodPassword })
    const code = await codeTo(one, email)
    const typed = { kind: 'sign_up', email, code, begun } as const
    const half = await atOnce(4, (turn) =>
      (turn % 2 ? one : other).doors.native.type({ ...typed, code: wrongCode(code, turn + 1) }),
    )
    expect(tally(half)).toEqual({ '403 otp_expired': 4 })
    await one.close()
    await other.close()
    const again = await start()
    await again.doors.native.type({ ...typed, code: wrongCode(code, 5) })
    expect((await again.doors.native.type(typed)).tokens).toBeUndefined()
    await again.close()
  })
})
