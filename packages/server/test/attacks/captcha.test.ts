import { randomInt } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { altogicMounts } from '#src/dialects/altogic/mount.ts'
import { sections } from '#src/dialects/native/routes.ts'
import { nhostMounts } from '#src/dialects/nhost/mount.ts'
import { supabaseMounts } from '#src/dialects/supabase/mount.ts'
import { type LocalVendor, startVendor, vendorSecret } from '../world/captcha-vendor.ts'
import { startWorld, type World } from '../world/world.ts'
import { type Reply, send } from './tools/reply.ts'
import { aPerson, freshEmail, goodPassword } from './wire/people.ts'

let vendor: LocalVendor
let world: World
beforeAll(async () => {
  vendor = await startVendor()
  world = await startWorld({
    config: {
      outbound: { allow: ['127.0.0.1'] },
      sms: { provider: undefined },
      captcha: {
        provider: 'turnstile',
        siteKey: '1x00000000000000000000AA',
        secret: vendorSecret,
        url: vendor.url,
        hostnames: ['localhost', '*.app.test'],
      },
    },
  })
})
afterAll(async () => {
  await world.close()
  await vendor.close()
})
beforeEach(() => vendor.down(false))

/** One way to ask for something behind the captcha, in one dialect. */
interface Asking {
  readonly dialect: string
  readonly place: string
  ask(token: string | undefined, headers?: Readonly<Record<string, string>>): Promise<Reply>
}

const native =
  (path: string, body: () => object) =>
  (token?: string, headers = {}) =>
    send(`${world.url}/v1${path}`, { headers, body: { ...body(), ...(token === undefined ? {} : { captcha: token }) } })
const supabase =
  (path: string, body: () => object) =>
  (token?: string, headers = {}) =>
    send(`${world.url}/auth/v1${path}`, {
      headers,
      body: { ...body(), ...(token === undefined ? {} : { gotrue_meta_security: { captcha_token: token } }) },
    })
const byHeader =
  (base: string, header: string) =>
  (path: string, body: () => object) =>
  (token?: string, more = {}) =>
    send(`${world.url}${base}${path}`, {
      headers: { ...more, ...(token === undefined ? {} : { [header]: token }) },
      body: body(),
    })
const nhost = byHeader('/nhost/v1', 'x-cf-turnstile-response')
const altogic =
  (path: string, body: () => object) =>
  (token?: string, more = {}) =>
    byHeader('/_api/rest/v1/auth', 'watchword-captcha')(path, body)(token, {
      'x-client-key': world.publishableKey,
      ...more,
    })

const someNumber = () => ({ phone: `+49151${String(randomInt(1e7, 1e8))}` })
const newcomer = () => ({ email: freshEmail(), password: goodPassword })
const somebody = () => ({ email: freshEmail() })

const askings: readonly Asking[] = [
  { dialect: 'native', place: 'sign_up', ask: native('/sign-up/password', newcomer) },
  { dialect: 'native', place: 'sign_up', ask: native('/sign-up/anonymous', () => ({})) },
  { dialect: 'native', place: 'sign_up', ask: native('/sign-up/passkey', somebody) },
  { dialect: 'native', place: 'send', ask: native('/sign-in/code', somebody) },
  { dialect: 'native', place: 'send', ask: native('/recovery', somebody) },
  { dialect: 'native', place: 'send', ask: native('/sign-in/code', someNumber) },
  { dialect: 'supabase', place: 'send', ask: supabase('/otp', someNumber) },
  {
    dialect: 'supabase',
    place: 'sign_up',
    ask: supabase('/signup', () => ({ ...someNumber(), password: goodPassword })),
  },
  {
    dialect: 'nhost',
    place: 'send',
    ask: nhost('/signin/passwordless/sms', () => ({ phoneNumber: someNumber().phone })),
  },
  {
    dialect: 'altogic',
    place: 'sign_up',
    ask: altogic('/signup-phone', () => ({ ...someNumber(), password: goodPassword })),
  },
  { dialect: 'native', place: 'start', ask: native('/sign-in/passkey', () => ({})) },
  { dialect: 'supabase', place: 'sign_up', ask: supabase('/signup', newcomer) },
  { dialect: 'supabase', place: 'sign_up', ask: supabase('/signup', () => ({})) },
  { dialect: 'supabase', place: 'send', ask: supabase('/otp', somebody) },
  { dialect: 'supabase', place: 'send', ask: supabase('/magiclink', somebody) },
  { dialect: 'supabase', place: 'send', ask: supabase('/recover', somebody) },
  { dialect: 'supabase', place: 'send', ask: supabase('/resend', () => ({ ...somebody(), type: 'signup' })) },
  { dialect: 'supabase', place: 'start', ask: supabase('/passkeys/authentication/options', () => ({})) },
  { dialect: 'nhost', place: 'sign_up', ask: nhost('/signup/email-password', newcomer) },
  { dialect: 'nhost', place: 'sign_up', ask: nhost('/signup/passwordless/email', somebody) },
  { dialect: 'nhost', place: 'sign_up', ask: nhost('/signup/otp/email', somebody) },
  { dialect: 'nhost', place: 'sign_up', ask: nhost('/signin/anonymous', () => ({})) },
  { dialect: 'nhost', place: 'send', ask: nhost('/signin/passwordless/email', somebody) },
  { dialect: 'nhost', place: 'send', ask: nhost('/signin/otp/email', somebody) },
  { dialect: 'nhost', place: 'send', ask: nhost('/user/password/reset', somebody) },
  { dialect: 'altogic', place: 'sign_up', ask: altogic('/signup-email', newcomer) },
  { dialect: 'altogic', place: 'send', ask: altogic('/send-magic?email=somebody@example.test', () => ({})) },
  { dialect: 'altogic', place: 'send', ask: altogic('/send-reset?email=somebody@example.test', () => ({})) },
]

/** How each dialect says that a captcha was not solved. */
const refusals: Readonly<Record<string, (reply: Reply) => boolean>> = {
  native: ({ status, code }) => status === 400 && code === 'captcha_failed',
  supabase: ({ status, code }) => status === 400 && code === 'captcha_failed',
  nhost: ({ status, text }) => status === 403 && /turnstile/.test(text),
  altogic: ({ status, text }) => status === 400 && text.includes('captcha_failed'),
}
const isRefused = ({ dialect }: Asking, reply: Reply) => refusals[dialect]?.(reply) === true
const failures = async (each: (asking: Asking) => Promise<Reply>, fits: (asking: Asking, reply: Reply) => boolean) => {
  const wrong: string[] = []
  for (const asking of askings) {
    const reply = await each(asking)
    if (!fits(asking, reply)) wrong.push(`${asking.dialect} ${asking.place}: ${reply.status} ${reply.text}`)
  }
  return wrong
}

/** Answers to what was begun, and what needs a token, a code or an application's key of its own. */
const answersOrTokens = [
  /\/(callback|verify|confirm|answer|acs)(\/|$)/,
  /^\/nhost\/v1\/signin\/(idtoken|pat|mfa\/totp|passwordless\/sms\/otp)$/,
  /^\/nhost\/v1\/(token(\/exchange|\/verify)?|signout|user\/password|user\/email\/send-verification-email)$/,
  /^altogic:\/(reset-pwd(-code)?|signin-code|verify-phone|grant)$/,
  /\/oauth2?\//,
  /^\/rest\/v1\//,
]

/** The same in the native dialect. */
const answersAndRenewals = /^\/(attempts|callback|links|sessions)(\/|$)|^\/sign-(out|in\/access-key)$/

describe('S123 captcha', () => {
  it('S123 S124 a missing solution is refused in every dialect, and nothing is sent or made', async () => {
    const { total: before } = await counts()
    expect(await failures(({ ask }) => ask(undefined), isRefused)).toEqual([])
    expect(await failures(({ ask }) => ask(''), isRefused)).toEqual([])
    expect((await counts()).total).toBe(before)
  })

  it('S123 a solved one is let through in every dialect', async () => {
    expect(
      await failures(
        ({ ask, place }) => ask(vendor.solve({ action: place })),
        (_, { status }) => status < 300,
      ),
    ).toEqual([])
    expect(
      await failures(
        ({ ask }) => ask(vendor.solve()),
        (_, { status }) => status < 300,
      ),
    ).toEqual([])
  })

  it('S123 a made-up one is refused', async () => {
    expect(await failures(({ ask }) => ask('made up'), isRefused)).toEqual([])
  })

  it('S123 each counts once, whichever dialect spends it', async () => {
    for (const asking of askings) {
      const token = vendor.solve()
      expect((await asking.ask(token)).status).toBeLessThan(300)
      for (const other of askings.filter((_, index) => index % 5 === 0))
        expect(isRefused(other, await other.ask(token))).toBe(true)
    }
  })

  it('S123 one solved elsewhere is refused', async () => {
    const hosts = ['evil.test', 'xapp.test', 'app.test', 'localhost.evil.test', 'evil.test/localhost', '']
    for (const hostname of hosts)
      expect(await failures(({ ask }) => ask(vendor.solve({ hostname })), isRefused)).toEqual([])
    const fits = await native('/sign-in/code', somebody)(vendor.solve({ hostname: 'WWW.app.test' }))
    expect(fits.status).toBe(200)
  })

  it('S123 one solved for something else is refused', async () => {
    expect(
      await failures(
        ({ ask, place }) => ask(vendor.solve({ action: place === 'send' ? 'sign_in' : 'send' })),
        isRefused,
      ),
    ).toEqual([])
  })

  it('S123 the password of an account needs one at every door', async () => {
    const { email, password } = await aPerson(world)
    const doors = [
      { dialect: 'native', ask: native('/sign-in/password', () => ({ email, password })) },
      { dialect: 'supabase', ask: supabase('/token?grant_type=password', () => ({ email, password })) },
      { dialect: 'nhost', ask: nhost('/signin/email-password', () => ({ email, password })) },
      { dialect: 'altogic', ask: altogic('/signin-email', () => ({ email, password })) },
    ].map((door) => ({ ...door, place: 'sign_in' }))
    for (const door of doors) {
      expect(isRefused(door, await door.ask(undefined))).toBe(true)
      expect((await door.ask(vendor.solve())).status).toBe(200)
    }
  })

  it('S123 S140 while the vendor is down nobody gets in, and it is said in the log without the secret', async () => {
    for (const down of [true, 'hangs up'] as const) {
      vendor.down(down)
      expect(
        await failures(
          ({ ask }) => ask(vendor.solve()),
          (_, { status }) => status === 503,
        ),
      ).toEqual([])
      const reply = await native('/sign-in/code', somebody)(vendor.solve())
      expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
    }
    vendor.down(false)
    expect((await native('/sign-in/code', somebody)(vendor.solve())).status).toBe(200)
    expect(world.log.some(({ message }) => message === 'no captcha can be verified')).toBe(true)
    expect(JSON.stringify(world.log)).not.toContain(vendorSecret)
  })

  it('S115 S123 no spelling of a path, no header and no second field is a way around', async () => {
    const { email } = await aPerson(world)
    const body = { email }
    const paths = ['//otp', '/otp/', '/./otp', '/%6ftp', '/OTP', '/otp;x', '/x/../otp', '/otp%00']
    for (const path of paths) {
      const reply = await send(`${world.url}/auth/v1${path}`, { body })
      expect([reply.status, path]).not.toEqual([200, path])
    }
    const twice = `{"email":"${email}","gotrue_meta_security":{"captcha_token":null},"gotrue_meta_security":{}}`
    const shapes: unknown[] = [
      { ...body, gotrue_meta_security: { captcha_token: ['x'] } },
      { ...body, gotrue_meta_security: { captcha_token: { $ne: '' } } },
      { ...body, gotrue_meta_security: [vendor.solve()] },
      { ...body, gotrue_meta_security: true },
      { ...body, captcha_token: vendor.solve() },
      { ...body, gotrue_meta_security: { captcha_token: 'x'.repeat(100_000) } },
      twice,
    ]
    for (const shape of shapes) expect((await send(`${world.url}/auth/v1/otp`, { body: shape })).status).toBe(400)
    const before = vendor.requests.length
    await send(`${world.url}/auth/v1/otp`, {
      body: { ...body, gotrue_meta_security: { captcha_token: 'x'.repeat(8_193) } },
    })
    expect(vendor.requests.length).toBe(before)
    const headers = { 'x-http-method-override': 'GET', 'x-cf-turnstile-response': 'x', 'watchword-captcha': 'x' }
    expect((await send(`${world.url}/auth/v1/otp`, { body, headers })).code).toBe('captcha_failed')
    expect((await send(`${world.url}/auth/v1/otp?grant_type=refresh_token`, { body })).code).toBe('captcha_failed')
    const web3 = await send(`${world.url}/auth/v1/token?grant_type=web3`, { body: { chain: 'solana' } })
    expect(web3.code).toBe('captcha_failed')
    const grants = ['grant_type=password&grant_type=refresh_token', 'grant_type=%70assword']
    for (const grant of grants) {
      const reply = await send(`${world.url}/auth/v1/token?${grant}`, { body: { email, password: goodPassword } })
      expect(reply.status).toBe(400)
    }
  })

  it('S123 a publishable key, or the token of a user, is no secret key', async () => {
    const path = '/otp'
    const ask = (token: string) => send(`${world.url}/auth/v1${path}`, { body: somebody(), token })
    expect((await ask(world.publishableKey)).code).toBe('captcha_failed')
    expect((await ask('wws_made-up')).code).toBe('captcha_failed')
    const guest = await supabase('/signup', () => ({}))(vendor.solve())
    expect((await ask(guest.tokens?.access ?? '')).code).toBe('captcha_failed')
    expect((await ask(world.secretKey)).status).toBe(200)
  })

  it('S123 nothing that an unknown person may post is left open without being meant to', async () => {
    const { dialects } = world.config.deployment
    const mounts = [
      ...supabaseMounts(world.core, { path: dialects.supabase.path }),
      ...nhostMounts(world.core, dialects.nhost),
      ...altogicMounts(world.core, dialects.altogic).slice(0, 1),
    ]
    const posts = mounts.flatMap((mount) =>
      mount.routes.filter(({ method }) => method === 'POST').map(({ path }) => mount.base + path),
    )
    const open: string[] = []
    for (const path of posts.filter((each) => !each.includes('/:'))) {
      const reply = await send(`${world.url}${path}?grant_type=password`, {
        body: { email: freshEmail(), password: goodPassword },
        headers: path.startsWith('/_api') ? { 'x-client-key': world.publishableKey } : {},
      })
      const isStopped = /captcha|turnstile/.test(reply.text) || [401, 403, 404].includes(reply.status)
      if (!isStopped) open.push(path.replace('/_api/rest/v1/auth', 'altogic:'))
    }
    const operations = sections.flatMap((section) => section.operations)
    const unasked = operations.filter(
      ({ method, who, captcha }) => method === 'POST' && who === 'public' && captcha === undefined,
    )
    const unmeant = unasked.map(({ path }) => path).filter((path) => !answersAndRenewals.test(path))
    expect(unmeant).toEqual([])
    expect(open.filter((path) => !answersOrTokens.some((pattern) => pattern.test(path)))).toEqual([])
  })
})

describe('S123 what the vendor leaves to us', () => {
  const code = (at: World, captcha: string) =>
    send(`${at.url}/v1/sign-in/code`, { body: { email: freshEmail(), captcha } })

  it('S123 a score that is too low is no person, and a risk is no score', async () => {
    const google = await startVendor('/recaptcha/api/siteverify')
    const own = await startWorld({
      config: {
        outbound: { allow: ['127.0.0.1'] },
        captcha: { provider: 'recaptcha', secret: vendorSecret, url: google.url, score: 0.6, on: ['send'] },
      },
    })
    const scored = async (score: number) => (await code(own, google.solve({ score, action: 'send' }))).body['details']
    expect(await scored(0.59)).toEqual({ reason: 'refused', codes: ['score-too-low'] })
    expect(await scored(-1)).toMatchObject({ codes: ['score-too-low'] })
    expect((await code(own, google.solve({ score: 0.6, action: 'send' }))).status).toBe(200)
    expect((await code(own, google.solve({ score: 0.9, action: 'login' }))).body['details']).toMatchObject({
      codes: ['action-mismatch'],
    })
    await own.close()
    await google.close()
  })

  it('S123 S126 a wrong secret lets nobody in, and is shouted about without being told', async () => {
    const secret = 'a-secret-that-the-vendor-does-not-know'
    const own = await startWorld({
      config: {
        outbound: { allow: ['127.0.0.1'] },
        captcha: { provider: 'turnstile', secret, url: vendor.url, whenDown: 'allow' },
      },
    })
    expect((await code(own, vendor.solve())).body).toMatchObject({ code: 'captcha_failed' })
    expect(own.log.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
      'the captcha secret or site key is wrong: nobody gets past it',
    ])
    expect(JSON.stringify(own.log)).not.toContain(secret)
    await own.close()
  })

  it('lets people in while the vendor is down, where that was chosen, and no other time', async () => {
    const own = await startWorld({
      config: {
        outbound: { allow: ['127.0.0.1'] },
        captcha: { provider: 'turnstile', secret: vendorSecret, url: vendor.url, whenDown: 'allow' },
      },
    })
    vendor.down(true)
    expect((await code(own, 'made up')).status).toBe(200)
    expect((await code(own, '')).code).toBe('captcha_failed')
    vendor.down(false)
    expect((await code(own, 'made up')).code).toBe('captcha_failed')
    await own.close()
  })
})

describe('S140 a slow vendor', () => {
  let slow: Server
  let own: World
  beforeAll(async () => {
    slow = createServer(() => {})
    await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve))
    const address = slow.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    own = await startWorld({
      config: {
        outbound: { allow: ['127.0.0.1'] },
        captcha: {
          provider: 'hcaptcha',
          secret: vendorSecret,
          url: `http://127.0.0.1:${port}`,
          timeout: 500,
          on: ['send'],
        },
      },
    })
  })
  afterAll(async () => {
    await own.close()
    slow.closeAllConnections()
    await new Promise((resolve) => slow.close(resolve))
  })

  it('S140 is given up on, and nobody gets past it', async () => {
    const reply = await send(`${own.url}/v1/sign-in/code`, { body: { email: freshEmail(), captcha: 'x' } })
    expect([reply.status, reply.code]).toEqual([503, 'unavailable'])
  })

  it('is not asked for what it is not set for', async () => {
    expect((await send(`${own.url}/v1/sign-up/password`, { body: newcomer() })).status).toBe(200)
    expect((await send(`${own.url}/auth/v1/signup`, { body: newcomer() })).status).toBe(200)
  })
})

async function counts(): Promise<{ total: number }> {
  const { sql } = await import('#src/storage/sql.ts')
  const [row] = await world.database.query<{ total: number }>(
    sql`select ((select count(*) from auth.users) + (select count(*) from auth.outbox))::int as total`,
  )
  return { total: row?.total ?? -1 }
}
