import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import { anAddress, aPerson, aSignedIn, goodPassword, nhostClient, raw } from './clients.ts'

const site = 'http://localhost:3000'
let world: World
let closed: World
beforeAll(async () => {
  const nhost = { takenEmail: 'classic' } as const
  const google = { clientId: 'an-app', clientSecret: 'its secret' }
  world = await startWorld({
    config: {
      siteUrl: site,
      signUp: { anonymous: true, emailConfirmation: false },
      phone: { enabled: true, countries: ['US'] },
      tokens: { hasura: { claims: { 'X-Hasura-Plan': { value: 'gold' }, team: { value: 'blue' } } } },
      providers: { google },
      dialects: { nhost },
    },
  })
  closed = await startWorld({
    config: {
      siteUrl: site,
      signUp: { enabled: false },
      passkeys: { enabled: false },
      factors: { totp: false },
      phone: { enabled: false },
    },
  })
})
afterAll(async () => {
  await world.close()
  await closed.close()
})

type Json = Record<string, unknown>

/** Status and body. */
async function told(answer: Promise<Response>): Promise<[number, unknown]> {
  const response = await answer
  const text = await response.text()
  return [response.status, text === '' ? '' : JSON.parse(text)]
}

const post = (path: string, json: unknown, token?: string, at = world) =>
  told(raw(at, path, { json, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } }))

/** A request without body and without a word about one. */
const bare = (path: string, token?: string) =>
  told(
    fetch(`${world.url}/nhost/v1${path}`, {
      method: 'POST',
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    }),
  )

const invalid = { status: 400, message: 'The request payload is incorrect', error: 'invalid-request' }
const guestsOut = { status: 403, message: 'Forbidden, user is anonymous.', error: 'forbidden-anonymous' }
const disabled = { status: 409, message: 'This endpoint is disabled', error: 'disabled-endpoint' }
const noSignUps = { status: 403, message: 'Sign up is disabled.', error: 'signup-disabled' }
const schema = { error: 'schema-validation-error', reason: expect.any(String) }
const request = { error: 'request-validation-error', reason: expect.any(String) }

async function aGuest() {
  const nhost = nhostClient(world)
  const { body } = await nhost.auth.signInAnonymous()
  if (body.session == null) throw new Error('no guest came in')
  return body.session
}

describe('a body', () => {
  it('that need not be there needs no type either', async () => {
    const { session } = await aSignedIn(world)
    expect((await bare('/signin/anonymous'))[0]).toBe(200)
    expect((await bare('/signin/webauthn'))[0]).toBe(200)
    expect(await bare('/token/verify', session.accessToken)).toEqual([200, 'OK'])
    expect((await bare('/user/webauthn/add', session.accessToken))[0]).toBe(200)
  })

  it('that must be there is asked for', async () => {
    for (const path of ['/signout', '/token', '/signin/email-password', '/signup/email-password'])
      expect(await bare(path)).toEqual([400, request])
  })

  it('is told apart: no JSON, another type, another shape', async () => {
    const send = (body: string, type = 'application/json') =>
      told(raw(world, '/signin/email-password', { method: 'POST', body, headers: { 'content-type': type } }))
    for (const body of ['', '{', '{"email":']) expect(await send(body)).toEqual([400, request])
    for (const type of ['text/plain', 'application/x-www-form-urlencoded'])
      expect(await send('{}', type)).toEqual([400, request])
    const email = anAddress()
    for (const body of [[], null, 'x', 5, {}, { email }, { email, password: null }, { email: 1, password: 'xxx' }])
      expect(await send(JSON.stringify(body))).toEqual([400, schema])
    expect(await send(JSON.stringify({ email, password: 'xxx', more: 1 }))).toEqual([400, schema])
    expect((await send(JSON.stringify({ email, password: 'xxx' }), 'APPLICATION/JSON; charset=utf-8'))[0]).toBe(401)
  })

  it('has addresses without names and blanks, also where nobody asks for them', async () => {
    const { session } = await aSignedIn(world)
    const password = goodPassword
    for (const email of ['', 'x', 'Jo <jo@example.test>', ' jo@example.test', 'jo@example.test '])
      expect(await post('/signin/email-password', { email, password })).toEqual([400, request])
    expect(await post('/signin/webauthn', { email: 'x' })).toEqual([400, request])
    const credential = { id: 'x', rawId: 'x', type: 'public-key' }
    const proved = { ...credential, response: { clientDataJSON: 'x', authenticatorData: 'x', signature: 'x' } }
    for (const path of ['/signin/webauthn/verify', '/elevate/webauthn/verify'])
      expect(await post(path, { credential: proved, email: 'x' }, session.accessToken)).toEqual([400, request])
  })

  it('has credentials with every member that counts; what browsers add is theirs', async () => {
    const { session } = await aSignedIn(world)
    const paths = ['/signin/webauthn/verify', '/elevate/webauthn/verify', '/signup/webauthn/verify']
    const credential = { id: 'x', rawId: 'x', type: 'public-key' }
    for (const path of [...paths, '/user/webauthn/verify'])
      for (const lacking of [{}, credential, { ...credential, type: 'password' }, { ...credential, response: {} }])
        expect(await post(path, { credential: lacking }, session.accessToken)).toEqual([400, schema])
    const response = { clientDataJSON: 'x', authenticatorData: 'x', signature: 'x', userHandle: null }
    const whole = { ...credential, response, authenticatorAttachment: null, clientExtensionResults: { credProps: {} } }
    expect(await post('/signin/webauthn/verify', { credential: whole })).toEqual([400, invalid])
  })

  it('is looked at before what is switched off', async () => {
    for (const path of ['/signup/passwordless/email', '/signup/otp/email', '/signup/passwordless/sms'])
      expect(await post(path, {}, undefined, closed)).toEqual([400, schema])
    expect(await post('/signup/otp/email', { email: 'x' }, undefined, closed)).toEqual([400, request])
    expect(await post('/signup/idtoken', { provider: 'x' }, undefined, closed)).toEqual([400, schema])
  })
})

describe('what is switched off', () => {
  it('says so on every step of it', async () => {
    const { session } = await aSignedIn(closed)
    const phoneNumber = '+12025550123'
    const made = { clientDataJSON: 'x', attestationObject: 'x' }
    const credential = { id: 'x', rawId: 'x', type: 'public-key', response: made }
    const asked: [string, unknown][] = [
      ['/signin/passwordless/sms', { phoneNumber }],
      ['/signup/passwordless/sms', { phoneNumber }],
      ['/signin/passwordless/sms/otp', { phoneNumber, otp: '123456' }],
      ['/signin/webauthn', {}],
      ['/signup/webauthn', { email: anAddress() }],
      ['/signup/webauthn/verify', { credential }],
      ['/user/webauthn/verify', { credential }],
      ['/user/mfa', { code: '123456', activeMfaType: 'totp' }],
      ['/user/mfa', { code: '123456' }],
      ['/user/webauthn/add', {}],
      ['/elevate/webauthn', {}],
      ['/elevate/totp', { otp: '123456' }],
      ['/elevate/otp/sms', {}],
      ['/elevate/otp/sms/verify', { otp: '123456' }],
      ['/signin/mfa/totp', { ticket: 'mfaTotp:nothing', otp: '123456' }],
    ]
    for (const [path, body] of asked)
      expect([path, ...(await post(path, body, session.accessToken, closed))]).toEqual([path, 409, disabled])
    for (const path of ['/mfa/totp/generate', '/signin/provider/google/callback/tokens'] as const) {
      const [status] = await told(raw(closed, path, { headers: { authorization: `Bearer ${session.accessToken}` } }))
      expect([path, status]).toEqual([path, path === '/mfa/totp/generate' ? 409 : 200])
    }
  })

  it('is signing up, at all its places', async () => {
    const email = anAddress()
    const asked: [string, unknown][] = [
      ['/signup/email-password', { email, password: goodPassword }],
      ['/signup/passwordless/email', { email }],
      ['/signup/otp/email', { email }],
      ['/signup/idtoken', { provider: 'google', idToken: 'x' }],
      ['/signin/anonymous', {}],
    ]
    for (const [path, body] of asked)
      expect([path, ...(await post(path, body, undefined, closed))]).toEqual([path, 403, noSignUps])
  })
})

describe('guests', () => {
  it('are nobody wherever an account is needed', async () => {
    const { accessToken, refreshToken } = await aGuest()
    const headers = { authorization: `Bearer ${accessToken}` }
    for (const path of ['/user', '/mfa/totp/generate'])
      expect(await told(raw(world, path, { headers }))).toEqual([403, guestsOut])
    const asked: [string, unknown][] = [
      ['/token/verify', {}],
      ['/user/mfa', { code: '123456', activeMfaType: 'totp' }],
      ['/user/password', { newPassword: goodPassword }],
      ['/user/email/change', { newEmail: anAddress() }],
      ['/user/webauthn/add', {}],
      ['/elevate/webauthn', {}],
      ['/pat', { expiresAt: '2035-01-01T00:00:00Z' }],
      ['/link/idtoken', { provider: 'google', idToken: 'x' }],
    ]
    for (const [path, body] of asked)
      expect([path, ...(await post(path, body, accessToken))]).toEqual([path, 403, guestsOut])
    expect(await post('/token/verify', { token: accessToken })).toEqual([200, 'OK'])
    expect((await post('/token', { refreshToken }))[0]).toBe(200)
  })

  it('are told what is wrong with what they sent before they are told who they are', async () => {
    const { accessToken } = await aGuest()
    const asked: [string, unknown][] = [
      ['/user/mfa', { code: 7 }],
      ['/user/password', {}],
      ['/user/email/change', { newEmail: 7 }],
      ['/user/webauthn/verify', {}],
      ['/elevate/webauthn/verify', {}],
      ['/pat', { expiresAt: 'tomorrow' }],
      ['/link/idtoken', { provider: 'nobody', idToken: 'x' }],
    ]
    for (const [path, body] of asked)
      expect([path, ...(await post(path, body, accessToken))]).toEqual([path, 400, schema])
    expect(await post('/user/email/change', { newEmail: 'no address' }, accessToken)).toEqual([400, request])
    const options = { redirectTo: 'https://evil.test' }
    const [status, body] = await post('/user/email/change', { newEmail: anAddress(), options }, accessToken)
    expect([status, body]).toMatchObject([400, { error: 'redirectTo-not-allowed' }])
  })

  it('are told that an address is taken by the word of every other sign-up', async () => {
    const [{ accessToken }, { email }] = [await aGuest(), await aPerson(world)]
    const taken = { status: 409, message: 'Email already in use', error: 'email-already-in-use' }
    const password = goodPassword
    expect(await post('/user/deanonymize', { signInMethod: 'email-password', email, password }, accessToken)).toEqual([
      409,
      taken,
    ])
  })
})

describe('a user', () => {
  it('has exactly these fields, and no metadata is null', async () => {
    const email = anAddress()
    const [, { session }] = (await post('/signup/email-password', { email, password: goodPassword })) as [number, Json]
    const { user, ...tokens } = session as { user: Json }
    expect(user).toEqual({
      id: expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/),
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/),
      displayName: email,
      avatarUrl: expect.stringMatching(/^https:\/\/www\.gravatar\.com\/avatar\/[\da-f]+\?d=blank&r=g$/),
      locale: 'en',
      email,
      emailVerified: true,
      phoneNumberVerified: false,
      isAnonymous: false,
      defaultRole: 'user',
      roles: ['user', 'me'],
      metadata: null,
      activeMfaType: null,
    })
    expect(tokens).toEqual({
      accessToken: expect.any(String),
      accessTokenExpiresIn: 3600,
      refreshToken: expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/),
      refreshTokenId: expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/),
    })
  })

  it('has the roles that were asked for, in that order and once, and a language there is', async () => {
    const options = { allowedRoles: ['me', 'user', 'me'], locale: 'zz', metadata: { plan: 'free' } }
    const [, { session }] = (await post('/signup/email-password', {
      email: anAddress(),
      password: goodPassword,
      options,
    })) as [number, Json]
    const { user, accessToken } = session as { user: Json; accessToken: string }
    expect(user).toMatchObject({ roles: ['me', 'user'], defaultRole: 'user', locale: 'en', metadata: { plan: 'free' } })
    const claims = JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()) as Json
    expect(claims['https://hasura.io/jwt/claims']).toEqual({
      'x-hasura-user-id': user['id'],
      'x-hasura-default-role': 'user',
      'x-hasura-allowed-roles': ['me', 'user'],
      'x-hasura-user-is-anonymous': 'false',
      'x-hasura-plan': 'gold',
      'x-hasura-team': 'blue',
    })
  })

  it('cannot move to the address they have', async () => {
    const { email, session } = await aSignedIn(world)
    for (const newEmail of [email, email.toUpperCase()])
      expect(await post('/user/email/change', { newEmail }, session.accessToken)).toMatchObject([409, {}])
  })

  it('who is gone is told so where the account counts', async () => {
    const { id, session } = await aSignedIn(world)
    const headers = { authorization: `Bearer ${world.secretKey}` }
    await fetch(`${world.url}/v1/admin/users/${id}`, { method: 'DELETE', headers })
    const gone = { status: 401, message: 'Incorrect email or password', error: 'invalid-email-password' }
    for (const [path, body] of [
      ['/token/verify', {}],
      ['/user/password', { newPassword: `${goodPassword}!` }],
    ] as const)
      expect([path, ...(await post(path, body, session.accessToken))]).toEqual([path, 401, gone])
  })
})

describe('signing out', () => {
  it('is "OK" for whatever stands in the place of a token', async () => {
    for (const refreshToken of ['', 'nonsense', crypto.randomUUID()])
      expect(await post('/signout', { refreshToken, more: 1 })).toEqual([200, 'OK'])
    for (const body of [{}, { all: false }, { all: true }]) expect(await post('/signout', body)).toEqual([400, invalid])
  })
})

describe('numbers', () => {
  it('that are none get no text and have no code', async () => {
    for (const phoneNumber of ['', 'nonsense', '5'])
      expect([
        await post('/signin/passwordless/sms', { phoneNumber }),
        await post('/signin/passwordless/sms/otp', { phoneNumber, otp: '123456' }),
      ]).toMatchObject([
        [400, { error: 'cannot-send-sms' }],
        [400, { error: 'invalid-otp' }],
      ])
  })
})

describe('addresses', () => {
  const get = (path: string) => told(raw({ ...world, url: world.core.settings.publicUrl }, path))
  const needed = (name: string) => [400, { msg: `Query argument ${name} is required, but not found` }]

  it('need their arguments before anything else', async () => {
    expect(await get('/verify?redirectTo=x')).toEqual(needed('ticket'))
    expect(await get('/verify?ticket=x&redirectTo=')).toEqual(needed('redirectTo'))
    for (const path of ['google/callback', 'google/callback?state=', 'nobody/callback?code=x'])
      expect(await get(`/signin/provider/${path}`)).toEqual(needed('state'))
    expect(await get('/signin/provider/nobody/callback?state=x')).toEqual([400, schema])
  })

  it('have metadata that is JSON', async () => {
    expect(await get('/signin/provider/google?metadata={')).toEqual([
      400,
      { msg: expect.stringMatching(/^Error unmarshaling parameter 'metadata' as JSON: /) },
    ])
    expect(await get('/signin/provider/google?metadata=[]')).toEqual([400, schema])
  })

  it('that lead to what is no address are refused, and those that lead elsewhere end at the app', async () => {
    for (const place of [':::', 'http://localhost:3000%25zz', 'http://localhost:x', 'http://localhost:3000/%0a'])
      expect(await get(`/verify?ticket=verifyEmail:x&redirectTo=${place}`)).toEqual([400, invalid])
    const { headers } = await raw(world, '/verify?ticket=verifyEmail:x&redirectTo=not%20a%20uri')
    expect(headers.get('location')).toContain(`${site}?error=redirectTo-not-allowed`)
  })

  it('that nobody answers, or not so, are not found; in JSON', async () => {
    const none = { status: 404, message: 'There is nothing here.', error: 'not-found' }
    expect(await get('/nothing')).toEqual([404, none])
    expect(await get('/signin/email-password')).toEqual([404, none])
    expect(await told(raw(world, '/user', { method: 'DELETE' }))).toEqual([404, none])
  })

  it('beside the mount say that it lives', async () => {
    expect(await told(fetch(`${world.url}/healthz`))).toEqual([200, { status: 'ok' }])
    expect(await told(fetch(`${world.url}/healthz`, { method: 'HEAD' }))).toEqual([200, ''])
  })
})

describe('accounts elsewhere', () => {
  it('that nobody has keep no tokens, whether or not any are kept', async () => {
    const { nhost } = await aSignedIn(world)
    const none = { accessToken: '', expiresIn: 0, expiresAt: '0001-01-01T00:00:00Z' }
    for (const provider of ['google', 'github'] as const)
      expect((await nhost.auth.getProviderTokens(provider)).body).toEqual(none)
  })

  it('are not asked about what is no token', async () => {
    for (const path of ['/signin/idtoken', '/signup/idtoken'])
      for (const idToken of ['', 'x', 'a.b.c', 'e30.e30.x'])
        expect([path, idToken, await post(path, { provider: 'google', idToken })]).toEqual([
          path,
          idToken,
          [400, invalid],
        ])
  })

  it('are connected by nobody who is a guest', async () => {
    const { accessToken } = await aGuest()
    const here = { ...world, url: world.core.settings.publicUrl }
    const { headers } = await raw(here, `/signin/provider/google?connect=${accessToken}`)
    expect(new URL(headers.get('location') ?? '').searchParams.get('error')).toBe('forbidden-anonymous')
  })
})
