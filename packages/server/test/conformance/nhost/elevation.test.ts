import { randomInt } from 'node:crypto'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authenticator } from '../../world/authenticator.ts'
import { securityKey } from '../../world/security-key.ts'
import { startWorld, type World } from '../../world/world.ts'
import { aSignedIn, goodPassword, nhostClient, raw, refused } from './clients.ts'

const site = 'http://localhost:3000'
let world: World
let bare: World
beforeAll(async () => {
  world = await startWorld({
    config: {
      siteUrl: site,
      signUp: { anonymous: true },
      phone: { enabled: true, countries: ['US'] },
      locales: { available: ['en', 'de', 'fr', 'es', 'pt', 'ja'] },
    },
  })
  bare = await startWorld({ config: { factors: { totp: false }, passkeys: { enabled: false } } })
})
afterAll(async () => {
  await world.close()
  await bare.close()
})

type Json = Record<string, unknown>
type Who = Awaited<ReturnType<typeof aSignedIn>>

const aNumber = () => `+1202555${randomInt(10_000).toString().padStart(4, '0')}`

/** Status and body of a call with a token; a POST where it has a body, and where it is said. */
async function told(path: string, token: string, json?: unknown, at = world): Promise<{ status: number; body: Json }> {
  const headers = { authorization: `Bearer ${token}` }
  const method = json === undefined && path === '/elevate' ? 'GET' : 'POST'
  const response = await raw(at, path, { method, headers, ...(json === undefined ? {} : { json }) })
  return { status: response.status, body: JSON.parse(await response.text()) as Json }
}

const tokenOf = ({ nhost }: Pick<Who, 'nhost'>): string => nhost.getUserSession()?.accessToken ?? ''
const methodsOf = async (token: string, at = world) => (await told('/elevate', token, undefined, at)).body['methods']

function claimsOf(token: string): Json {
  return decodeJwt(token)['https://hasura.io/jwt/claims'] as Json
}

/** Takes a session as an app does that stores what an elevation answers. */
function sessionIn(body: Json): { accessToken: string; refreshToken: string } {
  return body['session'] as { accessToken: string; refreshToken: string }
}

/** The next code of an app: each time step counts once, so the clock moves on. */
function nextCode(secret: string, at = world): string {
  at.clock.move(30)
  return authenticator(secret).codeAt(at.core.runtime.now())
}

async function withApp(at = world) {
  const who = await aSignedIn(at)
  const { totpSecret } = (await who.nhost.auth.changeUserMfa()).body
  await who.nhost.auth.verifyChangeUserMfa({ code: nextCode(totpSecret, at), activeMfaType: 'totp' })
  return { ...who, secret: totpSecret }
}

async function withNumber() {
  const phoneNumber = aNumber()
  const nhost = nhostClient(world)
  await nhost.auth.signInPasswordlessSms({ phoneNumber })
  const { code } = await world.inbox.waitFor(phoneNumber)
  const { body } = await nhost.auth.verifySignInPasswordlessSms({ phoneNumber, otp: code ?? '' })
  await world.inbox.clear()
  return { nhost, phoneNumber, id: body.session?.user?.id ?? '' }
}

async function mailedCode(email: string): Promise<string> {
  return (await world.inbox.waitFor(email, 'reauthentication')).code ?? ''
}

describe('the ways to elevate', () => {
  it('are those that somebody has', async () => {
    const who = await aSignedIn(world)
    expect(await methodsOf(tokenOf(who))).toEqual(['otp-email'])
    const key = securityKey(site)
    const asked = (await who.nhost.auth.addSecurityKey()).body as unknown as Parameters<typeof key.create>[0]
    await who.nhost.auth.verifyAddSecurityKey({ credential: key.create(asked, { verified: true }) as never })
    expect(await methodsOf(tokenOf(who))).toEqual(['webauthn', 'otp-email'])
    expect(await methodsOf(tokenOf(await withNumber()))).toEqual(['otp-sms'])
    expect(await methodsOf(tokenOf(await withApp()))).toEqual(['totp'])
    const { body } = await nhostClient(world).auth.signInAnonymous()
    expect(await methodsOf(body.session?.accessToken ?? '')).toEqual([])
  })

  it('need somebody', async () => {
    for (const [method, path] of [
      ['GET', '/elevate'],
      ['POST', '/elevate/totp'],
      ['POST', '/elevate/otp/email'],
      ['POST', '/elevate/otp/email/verify'],
      ['POST', '/elevate/otp/sms'],
      ['POST', '/elevate/otp/sms/verify'],
    ] as const) {
      const answer = await raw(world, path, { method })
      expect([path, answer.status, await answer.json()]).toEqual([
        path,
        401,
        {
          error: 'unauthorized',
          reason: 'missing or malformed authorization header',
          securityScheme: 'BearerAuth',
        },
      ])
    }
  })
})

describe('a mailed code', () => {
  it('raises the session: its token says so until it is renewed, and the client goes on with it', async () => {
    const who = await aSignedIn(world)
    expect(await told('/elevate/otp/email', tokenOf(who))).toEqual({ status: 200, body: 'OK' })
    const { status, body } = await told('/elevate/otp/email/verify', tokenOf(who), { otp: await mailedCode(who.email) })
    expect([status, Object.keys(body)]).toEqual([200, ['session']])
    const { accessToken, refreshToken } = sessionIn(body)
    expect(Object.keys(sessionIn(body)).sort()).toEqual(
      ['accessToken', 'accessTokenExpiresIn', 'refreshToken', 'refreshTokenId', 'user'].sort(),
    )
    expect(claimsOf(accessToken)['x-hasura-auth-elevated']).toBe(who.id)
    const renewed = await who.nhost.auth.refreshToken({ refreshToken })
    expect(claimsOf(renewed.body.accessToken)).not.toHaveProperty('x-hasura-auth-elevated')
    expect((await who.nhost.auth.getUser()).body.id).toBe(who.id)
  })

  it('comes in the words of each language, ten minutes before it ends', async () => {
    const subjects = new Set<string>()
    for (const locale of ['en', 'de', 'fr', 'es', 'pt', 'ja']) {
      const who = await aSignedIn(world)
      await world.core.users.update(who.id, { locale })
      await told('/elevate/otp/email', tokenOf(who))
      const mail = await world.inbox.waitFor(who.email, 'reauthentication')
      expect(mail.html).toContain(`lang="${locale}"`)
      expect(mail.html).toContain(mail.code)
      expect(mail.link).toBeNull()
      subjects.add(mail.subject)
    }
    expect(subjects.size).toBe(6)
    const who = await aSignedIn(world)
    await told('/elevate/otp/email', tokenOf(who))
    const otp = await mailedCode(who.email)
    world.clock.move(600)
    expect(await told('/elevate/otp/email/verify', tokenOf(who), { otp })).toMatchObject({
      status: 400,
      body: { error: 'invalid-otp', message: 'Invalid or expired OTP' },
    })
  })

  it('is told to be wrong, and then to be guessed at too often', async () => {
    const who = await aSignedIn(world)
    const guess = (otp: string) => told('/elevate/otp/email/verify', tokenOf(who), { otp })
    expect(await guess('000000')).toMatchObject({ status: 400, body: { error: 'invalid-otp' } })
    await told('/elevate/otp/email', tokenOf(who))
    const otp = await mailedCode(who.email)
    const wrong = otp === '111111' ? '222222' : '111111'
    for (let turn = 1; turn < 5; turn += 1)
      expect(await guess(wrong)).toMatchObject({ status: 400, body: { error: 'invalid-otp' } })
    const burned = {
      status: 400,
      body: {
        status: 400,
        error: 'otp-too-many-attempts',
        message: 'Too many incorrect attempts, please request a new OTP',
      },
    }
    expect(await guess(wrong)).toEqual(burned)
    expect(await guess(otp)).toEqual(burned)
    await world.inbox.clear()
    await told('/elevate/otp/email', tokenOf(who))
    expect((await guess(await mailedCode(who.email))).status).toBe(200)
  })

  it('is for an address that was proved', async () => {
    const { nhost } = await withNumber()
    for (const [path, body] of [
      ['/elevate/otp/email', undefined],
      ['/elevate/otp/email/verify', { otp: '123456' }],
    ] as const)
      expect(await told(path, tokenOf({ nhost }), body)).toMatchObject({
        status: 401,
        body: { error: 'unverified-user', message: 'User is not verified.' },
      })
  })
})

describe('a texted code', () => {
  it('raises the session as well', async () => {
    const { nhost, phoneNumber, id } = await withNumber()
    expect(await told('/elevate/otp/sms', tokenOf({ nhost }))).toEqual({ status: 200, body: 'OK' })
    const { code: otp, template } = await world.inbox.waitFor(phoneNumber)
    expect(template).toBe('sms_code')
    expect(await told('/elevate/otp/email/verify', tokenOf({ nhost }), { otp })).toMatchObject({ status: 401 })
    const { status, body } = await told('/elevate/otp/sms/verify', tokenOf({ nhost }), { otp })
    expect(status).toBe(200)
    expect(claimsOf(sessionIn(body).accessToken)['x-hasura-auth-elevated']).toBe(id)
  })

  it('is no way for somebody without a number, nor where numbers are no way in', async () => {
    const disabled = { status: 409, body: { error: 'disabled-endpoint', message: 'This endpoint is disabled' } }
    for (const [at, path, body] of [
      [world, '/elevate/otp/sms', undefined],
      [world, '/elevate/otp/sms/verify', { otp: '123456' }],
      [bare, '/elevate/otp/sms', undefined],
      [bare, '/elevate/otp/sms/verify', { otp: '123456' }],
    ] as const)
      expect([path, await told(path, tokenOf(await aSignedIn(at)), body, at)]).toMatchObject([path, disabled])
  })
})

describe('the code of an app', () => {
  it('raises the session without a question before it', async () => {
    const who = await withApp()
    const { status, body } = await told('/elevate/totp', tokenOf(who), { otp: nextCode(who.secret) })
    expect(status).toBe(200)
    expect(claimsOf(sessionIn(body).accessToken)['x-hasura-auth-elevated']).toBe(who.id)
  })

  it('is told to be wrong, or of no app', async () => {
    const who = await withApp()
    expect(await told('/elevate/totp', tokenOf(who), { otp: '000000' })).toMatchObject({
      status: 401,
      body: { error: 'invalid-totp', message: 'Invalid TOTP code' },
    })
    const without = await aSignedIn(world)
    expect(await told('/elevate/totp', tokenOf(without), { otp: '123456' })).toMatchObject({
      status: 401,
      body: { error: 'disabled-mfa-totp', message: 'User does not have TOTP MFA enabled' },
    })
    expect(await told('/elevate/totp', tokenOf(without), {})).toMatchObject({
      status: 400,
      body: { error: 'schema-validation-error' },
    })
  })

  it('is asked of whoever has an app, and a mail does not stand in for it', async () => {
    const who = await withApp()
    for (const path of ['/elevate/otp/email', '/elevate/otp/sms'])
      expect(await told(path, tokenOf(who))).toMatchObject({ status: 409, body: { error: 'disabled-endpoint' } })
    const sent = (await world.inbox.list(who.email)).map(({ template }) => template)
    expect(sent).not.toContain('reauthentication')
  })

  it('is switched off where apps are, for whoever has none', async () => {
    const who = await aSignedIn(bare)
    expect(await told('/elevate/totp', tokenOf(who), { otp: '123456' }, bare)).toMatchObject({
      status: 409,
      body: { error: 'disabled-endpoint' },
    })
    expect(await methodsOf(tokenOf(who), bare)).toEqual(['otp-email'])
    expect(await refused(who.nhost.auth.elevateWebauthn())).toMatchObject({ status: 409 })
  })
})

describe('guests', () => {
  it('have nothing to elevate by, and learn what is wrong with the body first', async () => {
    const { body } = await nhostClient(world).auth.signInAnonymous()
    const token = body.session?.accessToken ?? ''
    const asked: [string, unknown][] = [
      ['/elevate/totp', { otp: '123456' }],
      ['/elevate/otp/email', undefined],
      ['/elevate/otp/email/verify', { otp: '123456' }],
      ['/elevate/otp/sms', undefined],
      ['/elevate/otp/sms/verify', { otp: '123456' }],
    ]
    for (const [path, json] of asked) {
      expect([path, await told(path, token, json)]).toMatchObject([
        path,
        { status: 403, body: { error: 'forbidden-anonymous' } },
      ])
      if (json !== undefined)
        expect([path, await told(path, token, { otp: 7 })]).toMatchObject([
          path,
          { status: 400, body: { error: 'schema-validation-error' } },
        ])
    }
  })
})

describe.each(['keys', 'any'] as const)('what makes somebody owe an elevation: %s', (elevationBy) => {
  let here: World
  let strict: World
  beforeAll(async () => {
    const nhost = { elevationBy } as const
    here = await startWorld({ config: { siteUrl: site, dialects: { nhost: { ...nhost, elevation: 'recommended' } } } })
    strict = await startWorld({ config: { siteUrl: site, dialects: { nhost: { ...nhost, elevation: 'required' } } } })
  })
  afterAll(async () => {
    await here.close()
    await strict.close()
  })
  const expiresAt = () => new Date(here.core.runtime.now().getTime() + 86_400_000).toISOString()
  const owed = elevationBy === 'any' ? 401 : 200

  it('is looked for where it is recommended', async () => {
    const who = await aSignedIn(here)
    expect((await told('/pat', tokenOf(who), { expiresAt: expiresAt() }, here)).status).toBe(owed)
    await told('/elevate/otp/email', tokenOf(who), undefined, here)
    const { code: otp } = await here.inbox.waitFor(who.email, 'reauthentication')
    const { body } = await told('/elevate/otp/email/verify', tokenOf(who), { otp }, here)
    const raised = sessionIn(body).accessToken
    expect((await told('/pat', raised, { expiresAt: expiresAt() }, here)).status).toBe(200)
  })

  it('closes the exception for the first key, and for an app', async () => {
    const who = await aSignedIn(strict)
    expect((await told('/pat', tokenOf(who), { expiresAt: expiresAt() }, strict)).status).toBe(401)
    expect((await told('/user/webauthn/add', tokenOf(who), undefined, strict)).status).toBe(owed)
    const generate = () => raw(strict, '/mfa/totp/generate', { headers: { authorization: `Bearer ${tokenOf(who)}` } })
    expect((await generate()).status).toBe(owed)
  })
})

it('a sign-in still takes the password that it took', async () => {
  const who = await aSignedIn(world)
  await told('/elevate/otp/email', tokenOf(who))
  await told('/elevate/otp/email/verify', tokenOf(who), { otp: await mailedCode(who.email) })
  const again = nhostClient(world)
  const { body } = await again.auth.signInEmailPassword({ email: who.email, password: goodPassword })
  expect(claimsOf(body.session?.accessToken ?? '')).not.toHaveProperty('x-hasura-auth-elevated')
})
