import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import {
  anAddress,
  aPerson,
  aSignedIn,
  followMail,
  goodPassword,
  nhostClient,
  pkcePair,
  raw,
  refused,
} from './clients.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
let world: World
beforeAll(async () => {
  world = await startWorld({ config: { siteUrl: 'http://localhost:3000', signUp: { anonymous: true } } })
})
afterAll(() => world.close())

describe('signing up', () => {
  it('answers an empty object while the address waits for its proof, and a session from the link of the mail', async () => {
    const email = anAddress()
    const nhost = nhostClient(world)
    const { status, body } = await nhost.auth.signUpEmailPassword({
      email,
      password: goodPassword,
      options: {
        displayName: 'Jo Doe',
        locale: 'de',
        metadata: { plan: 'free' },
        redirectTo: 'http://localhost:3000/in?a=1',
      },
    })
    expect([status, body]).toEqual([200, {}])
    const place = await followMail(world.inbox, email)
    expect(place.origin + place.pathname).toBe('http://localhost:3000/in')
    expect([...place.searchParams.keys()]).toEqual(['a', 'refreshToken', 'type'])
    expect(place.searchParams.get('type')).toBe('verifyEmail')
    const refreshed = await nhost.auth.refreshToken({ refreshToken: place.searchParams.get('refreshToken') ?? '' })
    expect(refreshed.body).toMatchObject({
      accessToken: expect.any(String),
      accessTokenExpiresIn: expect.any(Number),
      refreshToken: expect.stringMatching(uuid),
      refreshTokenId: expect.stringMatching(uuid),
      user: {
        id: expect.stringMatching(uuid),
        createdAt: expect.stringMatching(/Z$/),
        displayName: 'Jo Doe',
        avatarUrl: expect.stringContaining('gravatar'),
        locale: 'de',
        email,
        emailVerified: true,
        phoneNumberVerified: false,
        isAnonymous: false,
        defaultRole: 'user',
        roles: expect.arrayContaining(['user']),
        metadata: { plan: 'free' },
        activeMfaType: null,
      },
    })
    expect(nhost.getUserSession()?.user?.email).toBe(email)
  })

  it('gives a code for a challenge, which only its verifier turns into a session', async () => {
    const email = anAddress()
    const { verifier, challenge } = await pkcePair()
    const nhost = nhostClient(world)
    await nhost.auth.signUpEmailPassword({ email, password: goodPassword, codeChallenge: challenge })
    const place = await followMail(world.inbox, email)
    expect(place.searchParams.get('refreshToken')).toBeNull()
    const code = place.searchParams.get('code') ?? ''
    const { body } = await nhost.auth.tokenExchange({ code, codeVerifier: verifier })
    expect(body.session?.user?.email).toBe(email)
    expect(await refused(nhost.auth.tokenExchange({ code, codeVerifier: verifier }))).toMatchObject({
      status: 400,
      body: { error: 'invalid-request' },
    })
  })

  it('shows the display name as the address where none was given', async () => {
    const email = anAddress()
    const nhost = nhostClient(world)
    await nhost.auth.signUpEmailPassword({ email, password: goodPassword })
    const place = await followMail(world.inbox, email)
    const { body } = await nhost.auth.refreshToken({ refreshToken: place.searchParams.get('refreshToken') ?? '' })
    expect(body.user?.displayName).toBe(email)
  })

  it('tells that an address is taken, by the code of the older clients', async () => {
    const { email } = await aPerson(world)
    expect(await refused(nhostClient(world).auth.signUpEmailPassword({ email, password: goodPassword }))).toEqual({
      status: 409,
      body: { status: 409, message: 'Email already in use', error: 'email-already-in-use' },
    })
  })

  it.each([
    ['a short password', { password: 'short' }, 'password-too-short'],
    ['a password that everybody uses', { password: 'password123' }, 'password-in-hibp-database'],
    ['a role nobody may choose', { options: { allowedRoles: ['admin'] } }, 'role-not-allowed'],
    [
      'a default role outside of the roles',
      { options: { allowedRoles: ['me'] } },
      'default-role-must-be-in-allowed-roles',
    ],
    ['a place that is not listed', { options: { redirectTo: 'https://evil.test' } }, 'redirectTo-not-allowed'],
  ])('refuses %s', async (_, change, error) => {
    const body = { email: anAddress(), password: goodPassword, ...change }
    expect(await refused(nhostClient(world).auth.signUpEmailPassword(body))).toMatchObject({
      status: 400,
      body: { error, status: 400 },
    })
  })

  it.each([
    ['an unknown property', { extra: 1 }, 'schema-validation-error'],
    ['null', { options: null }, 'schema-validation-error'],
    ['no password', { password: undefined }, 'schema-validation-error'],
    ['an address that is none', { email: 'Jo <jo@example.test>' }, 'request-validation-error'],
  ])('refuses %s before anything else, in the envelope of validation', async (_, change, error) => {
    const answer = await raw(world, '/signup/email-password', {
      json: { email: anAddress(), password: goodPassword, ...change },
    })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toEqual({ error, reason: expect.any(String) })
  })

  it('refuses what is no JSON, and what is not declared as such', async () => {
    for (const init of [{ body: '{' }, { body: 'a=1', headers: { 'content-type': 'text/plain' } }]) {
      const answer = await raw(world, '/signup/email-password', { method: 'POST', ...init })
      expect([answer.status, await answer.json()]).toEqual([
        400,
        { error: 'request-validation-error', reason: expect.any(String) },
      ])
    }
  })
})

describe('signing in', () => {
  it('answers a session and keeps it in the client', async () => {
    const { nhost, session, email } = await aSignedIn(world)
    expect(session.user?.email).toBe(email)
    expect((await nhost.auth.getUser()).body).toMatchObject({ email, emailVerified: true })
  })

  it('says the same of a wrong password and of nobody', async () => {
    const { email } = await aPerson(world)
    const answer = {
      status: 401,
      body: { status: 401, message: 'Incorrect email or password', error: 'invalid-email-password' },
    }
    for (const who of [email, anAddress()])
      expect(
        await refused(nhostClient(world).auth.signInEmailPassword({ email: who, password: 'wrong otters' })),
      ).toEqual(answer)
  })

  it('tells an unproved address, and a disabled account, to whoever knows the password', async () => {
    const email = anAddress()
    await nhostClient(world).auth.signUpEmailPassword({ email, password: goodPassword })
    expect(await refused(nhostClient(world).auth.signInEmailPassword({ email, password: goodPassword }))).toMatchObject(
      {
        status: 401,
        body: { error: 'unverified-user' },
      },
    )
    const banned = await aPerson(world, { bannedUntil: '2999-01-01T00:00:00.000Z' })
    expect(
      await refused(nhostClient(world).auth.signInEmailPassword({ email: banned.email, password: banned.password })),
    ).toMatchObject({
      status: 401,
      body: { error: 'disabled-user' },
    })
  })

  it('mails a link that signs in, and makes an account for a new address', async () => {
    const email = anAddress()
    const nhost = nhostClient(world)
    expect((await nhost.auth.signInPasswordlessEmail({ email })).body).toBe('OK')
    const place = await followMail(world.inbox, email)
    expect(place.searchParams.get('type')).toBe('passwordlessEmail')
    const { body } = await nhost.auth.refreshToken({ refreshToken: place.searchParams.get('refreshToken') ?? '' })
    expect(body.user?.emailVerified).toBe(true)
  })

  it('mails a code that signs in, once', async () => {
    const { email } = await aPerson(world)
    const nhost = nhostClient(world)
    expect((await nhost.auth.signInOTPEmail({ email })).body).toBe('OK')
    const { code } = await world.inbox.waitFor(email)
    const otp = code ?? ''
    expect((await nhost.auth.verifySignInOTPEmail({ email, otp })).body.session?.user?.email).toBe(email)
    expect(await refused(nhostClient(world).auth.verifySignInOTPEmail({ email, otp }))).toMatchObject({
      status: 401,
      body: { error: 'invalid-ticket', message: 'Invalid ticket' },
    })
  })

  it('tells that a mailed code was guessed at too often', async () => {
    const { email } = await aPerson(world)
    const { auth } = nhostClient(world)
    await auth.signInOTPEmail({ email })
    const { code } = await world.inbox.waitFor(email)
    const guess = (otp: string) => refused(auth.verifySignInOTPEmail({ email, otp }))
    for (let turn = 1; turn < 5; turn += 1)
      expect(await guess('00000x')).toMatchObject({ status: 401, body: { error: 'invalid-ticket' } })
    for (const otp of ['00000x', code ?? ''])
      expect(await guess(otp)).toMatchObject({
        status: 400,
        body: { error: 'otp-too-many-attempts', message: 'Too many incorrect attempts, please request a new OTP' },
      })
  })

  it('accepts no other code as one for signing in', async () => {
    const { email } = await aPerson(world)
    await nhostClient(world).auth.sendPasswordResetEmail({ email })
    const { code } = await world.inbox.waitFor(email, 'recovery')
    expect(await refused(nhostClient(world).auth.verifySignInOTPEmail({ email, otp: code ?? '' }))).toMatchObject({
      status: 401,
    })
  })

  it('signs up by link or code newcomers alone, and says OK to everybody', async () => {
    const { email } = await aPerson(world)
    const newcomer = anAddress()
    for (const who of [email, newcomer])
      expect((await nhostClient(world).auth.signUpOTPEmail({ email: who })).body).toBe('OK')
    expect(await world.inbox.waitFor(newcomer)).toMatchObject({ code: expect.stringMatching(/^\d{6}$/) })
    expect(await world.inbox.list(email)).toEqual([])
  })

  it('mails newcomers a link, and people who have an account nothing', async () => {
    const { email } = await aPerson(world)
    const newcomer = anAddress()
    for (const who of [email, newcomer])
      expect((await nhostClient(world).auth.signUpPasswordlessEmail({ email: who })).body).toBe('OK')
    const place = await followMail(world.inbox, newcomer)
    expect(place.searchParams.get('refreshToken')).toMatch(uuid)
    expect(await world.inbox.list(email)).toEqual([])
  })

  it('goes through what an application puts in between', async () => {
    const nhost = nhostClient(world)
    const seen: string[] = []
    const note = (next: typeof fetch) => (url: string, options?: RequestInit) => {
      seen.push(new URL(url).pathname)
      return next(url, options)
    }
    nhost.auth.pushChainFunction(note as never)
    await nhost.auth.signInAnonymous()
    expect(seen).toEqual(['/nhost/v1/signin/anonymous'])
  })

  it('lets guests in, who are nobody to Hasura yet', async () => {
    const nhost = nhostClient(world)
    const { body } = await nhost.auth.signInAnonymous({ displayName: 'Visitor', metadata: { from: 'ad' } })
    expect(body.session?.user).toMatchObject({
      isAnonymous: true,
      roles: ['anonymous'],
      defaultRole: 'anonymous',
      displayName: 'Visitor',
    })
    expect(body.session?.user).not.toHaveProperty('email')
    expect(await refused(nhost.auth.getUser())).toMatchObject({ status: 403, body: { error: 'forbidden-anonymous' } })
    expect((await nhostClient(world).auth.signInAnonymous()).body.session).toBeDefined()
  })
})

describe('tokens', () => {
  it('carry the claims Hasura reads, verifiable through the key set', async () => {
    const { session, id, nhost } = await aSignedIn(world)
    const keys = createRemoteJWKSet(new URL(`${world.url}/nhost/v1/.well-known/jwks.json`))
    const { payload } = await jwtVerify(session.accessToken, keys)
    expect(payload.sub).toBe(id)
    expect(payload['https://hasura.io/jwt/claims']).toEqual({
      'x-hasura-user-id': id,
      'x-hasura-default-role': 'user',
      'x-hasura-allowed-roles': ['user', 'me'],
      'x-hasura-user-is-anonymous': 'false',
    })
    expect((await nhost.auth.getJWKs()).body.keys[0]).toHaveProperty('kid')
  })

  it('rotate, keep the id of the refresh token, and let eight ask at once', async () => {
    const { session } = await aSignedIn(world)
    const all = await Promise.all(
      Array.from({ length: 8 }, () => nhostClient(world).auth.refreshToken({ refreshToken: session.refreshToken })),
    )
    const next = new Set(all.map((each: { body: { refreshToken: string } }) => each.body.refreshToken))
    expect(next.size).toBe(1)
    expect(next.has(session.refreshToken)).toBe(false)
    expect(all[0]?.body.refreshTokenId).toBe(session.refreshTokenId)
  })

  it('are renewed by the client itself, also under parallel requests', async () => {
    const { nhost, session } = await aSignedIn(world)
    const renewed = await nhost.refreshSession(0)
    expect(renewed?.refreshToken).not.toBe(session.refreshToken)
    await Promise.all(Array.from({ length: 10 }, () => nhost.refreshSession(100_000)))
    expect((await nhost.auth.getUser()).status).toBe(200)
  })

  it('say 401 to a dead refresh token and 400 to one that is no UUID', async () => {
    const nhost = nhostClient(world)
    const dead = '0199a3c4-0000-4000-8000-000000000000'
    expect(await refused(nhost.auth.refreshToken({ refreshToken: dead }))).toMatchObject({
      status: 401,
      body: { error: 'invalid-refresh-token', message: 'Invalid or expired refresh token' },
    })
    expect(await refused(nhost.auth.refreshToken({ refreshToken: 'nonsense' }))).toMatchObject({
      status: 400,
      body: { error: 'schema-validation-error' },
    })
  })

  it('are judged by verify, the one in the body before the one in the header', async () => {
    const { nhost, session } = await aSignedIn(world)
    expect((await nhost.auth.verifyToken()).body).toBe('OK')
    expect((await nhost.auth.verifyToken({ token: `Bearer ${session.accessToken}` })).body).toBe('OK')
    expect(await refused(nhost.auth.verifyToken({ token: '' }))).toMatchObject({
      status: 400,
      body: { error: 'invalid-request' },
    })
    expect(await refused(nhostClient(world).auth.verifyToken())).toMatchObject({ status: 400 })
  })

  it('end with signing out: one, or all', async () => {
    const { nhost, session, email, password } = await aSignedIn(world)
    const other = nhostClient(world)
    const elsewhere = (await other.auth.signInEmailPassword({ email, password })).body.session
    expect((await nhost.auth.signOut({ refreshToken: session.refreshToken })).body).toBe('OK')
    expect(await refused(nhostClient(world).auth.refreshToken({ refreshToken: session.refreshToken }))).toMatchObject({
      status: 401,
    })
    expect((await nhostClient(world).auth.signOut({ refreshToken: 'unknown' })).body).toBe('OK')
    expect(await refused(nhostClient(world).auth.signOut({ all: true }))).toMatchObject({ status: 400 })
    expect(await refused(nhostClient(world).auth.signOut({}))).toMatchObject({
      status: 400,
      body: { error: 'invalid-request' },
    })
    await other.auth.signOut({ all: true })
    expect(await refused(other.auth.refreshToken({ refreshToken: elsewhere?.refreshToken ?? '' }))).toMatchObject({
      status: 401,
    })
  })

  it('that are missing or bad are told in the envelope of security', async () => {
    const bare = await raw(world, '/user')
    expect([bare.status, await bare.json()]).toEqual([
      401,
      { error: 'unauthorized', reason: 'missing or malformed authorization header', securityScheme: 'BearerAuth' },
    ])
    const bad = await raw(world, '/user', { headers: { authorization: 'Bearer a.b.c' } })
    expect(await bad.json()).toEqual({
      error: 'unauthorized',
      reason: 'invalid or expired token',
      securityScheme: 'BearerAuth',
    })
  })
})

describe('the own account', () => {
  it('gets a new password with the ticket of a reset, once', async () => {
    const { email, nhost, session } = await aSignedIn(world)
    await nhost.auth.sendPasswordResetEmail({ email })
    const { link } = await world.inbox.waitFor(email, 'recovery')
    const ticket = new URL(link ?? '').searchParams.get('ticket') ?? ''
    expect(ticket).toMatch(/^passwordReset:/)
    const stranger = nhostClient(world)
    expect(await refused(stranger.auth.changeUserPassword({ newPassword: 'short', ticket }))).toMatchObject({
      body: { error: 'password-too-short' },
    })
    const newPassword = 'seventeen blue herons'
    expect((await stranger.auth.changeUserPassword({ newPassword, ticket })).body).toBe('OK')
    expect(await refused(stranger.auth.changeUserPassword({ newPassword, ticket }))).toMatchObject({
      status: 401,
      body: { error: 'invalid-ticket' },
    })
    expect(await refused(stranger.auth.refreshToken({ refreshToken: session.refreshToken }))).toMatchObject({
      status: 401,
    })
    expect((await stranger.auth.signInEmailPassword({ email, password: newPassword })).body.session).toBeDefined()
  })

  it('is reached by the link of a reset, and gets its password by that session', async () => {
    const { email } = await aPerson(world)
    const nhost = nhostClient(world)
    await nhost.auth.sendPasswordResetEmail({ email, options: { redirectTo: 'http://localhost:3000/reset' } })
    const place = await followMail(world.inbox, email, 'recovery')
    expect(place.searchParams.get('type')).toBe('passwordReset')
    await nhost.auth.refreshToken({ refreshToken: place.searchParams.get('refreshToken') ?? '' })
    expect((await nhost.auth.changeUserPassword({ newPassword: 'eleven tall cranes' })).body).toBe('OK')
  })

  it('says OK to a reset for nobody, and sends nothing', async () => {
    const email = anAddress()
    expect((await nhostClient(world).auth.sendPasswordResetEmail({ email })).body).toBe('OK')
    expect(await world.inbox.staysEmpty(email)).toBe(true)
  })

  it('S57 is not changed by a session whose proof is old', async () => {
    const { nhost } = await aSignedIn(world)
    world.clock.move(700)
    await nhost.refreshSession(0)
    const answer = {
      status: 401,
      body: { error: 'unauthorized', reason: 'elevated claim required', securityScheme: 'BearerAuthElevated' },
    }
    expect(await refused(nhost.auth.changeUserPassword({ newPassword: 'seven odd storks' }))).toEqual(answer)
    expect(await refused(nhost.auth.changeUserEmail({ newEmail: anAddress() }))).toEqual(answer)
  })

  it('moves to another address once both agree', async () => {
    const { nhost, email } = await aSignedIn(world)
    const newEmail = anAddress('new')
    expect((await nhost.auth.changeUserEmail({ newEmail })).body).toBe('OK')
    const half = await followMail(world.inbox, email, 'email_change_current')
    expect([...half.searchParams.keys()]).toEqual(['type'])
    const place = await followMail(world.inbox, newEmail, 'email_change')
    expect(place.searchParams.get('type')).toBe('emailConfirmChange')
    expect(
      (await nhost.auth.refreshToken({ refreshToken: place.searchParams.get('refreshToken') ?? '' })).body.user?.email,
    ).toBe(newEmail)
  })

  it('gets its verification mail again', async () => {
    const email = anAddress()
    const nhost = nhostClient(world)
    await nhost.auth.signUpEmailPassword({ email, password: goodPassword })
    const first = await world.inbox.waitFor(email)
    world.clock.move(61)
    expect((await nhost.auth.sendVerificationEmail({ email })).body).toBe('OK')
    await expect.poll(async () => (await world.inbox.list(email)).length).toBe(2)
    expect((await world.inbox.waitFor(email)).link).not.toBe(first.link)
  })

  it('of a guest becomes a full one with an address and a password', async () => {
    const nhost = nhostClient(world)
    const guest = (await nhost.auth.signInAnonymous()).body.session
    const email = anAddress()
    expect(
      (
        await nhost.auth.deanonymizeUser({
          signInMethod: 'email-password',
          email,
          password: goodPassword,
          options: { displayName: 'Now Somebody' },
        })
      ).body,
    ).toBe('OK')
    await followMail(world.inbox, email)
    const { body } = await nhost.auth.signInEmailPassword({ email, password: goodPassword })
    expect(body.session?.user).toMatchObject({
      id: guest?.user?.id,
      isAnonymous: false,
      displayName: 'Now Somebody',
      defaultRole: 'user',
    })
    expect(
      await refused(nhost.auth.deanonymizeUser({ signInMethod: 'passwordless', email: anAddress() })),
    ).toMatchObject({
      status: 400,
      body: { error: 'user-not-anonymous' },
    })
  })
})

describe('links', () => {
  it('that are dead, of another kind or lead elsewhere end at the application with a reason', async () => {
    const errorOf = async (query: string) => {
      const answer = await raw(world, `/verify?${query}`)
      const place = new URL(answer.headers.get('location') ?? '')
      return [answer.status, place.origin, place.searchParams.get('error'), place.searchParams.get('errorDescription')]
    }
    const home = 'redirectTo=http%3A%2F%2Flocalhost%3A3000'
    for (const ticket of ['verifyEmail:nonsense', 'mfaTotp:0199a3c4-0000-4000-8000-000000000000', '123456'])
      expect(await errorOf(`${home}&ticket=${ticket}`)).toEqual([
        302,
        'http://localhost:3000',
        'invalid-ticket',
        'Invalid ticket',
      ])
    expect(await errorOf('redirectTo=https%3A%2F%2Fevil.test&ticket=verifyEmail:x')).toEqual([
      302,
      'http://localhost:3000',
      'redirectTo-not-allowed',
      'The value of "options.redirectTo" is not allowed.',
    ])
  })

  it('need their ticket and their place', async () => {
    expect(await (await raw(world, '/verify?redirectTo=http://localhost:3000')).json()).toEqual({
      msg: 'Query argument ticket is required, but not found',
    })
    expect(await (await raw(world, '/verify?ticket=verifyEmail:x')).json()).toEqual({
      msg: 'Query argument redirectTo is required, but not found',
    })
  })

  it('can be bound to a challenge by the application that builds them', async () => {
    const email = anAddress()
    const { verifier, challenge } = await pkcePair()
    const nhost = nhostClient(world)
    await nhost.auth.signInPasswordlessEmail({ email })
    const { link } = await world.inbox.waitFor(email)
    const ticket = new URL(link ?? '').searchParams.get('ticket') ?? ''
    const url = nhost.auth.verifyTicketURL({ ticket, redirectTo: 'http://localhost:3000', codeChallenge: challenge })
    const place = new URL((await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '')
    expect(place.searchParams.get('refreshToken')).toBeNull()
    const { body } = await nhost.auth.tokenExchange({
      code: place.searchParams.get('code') ?? '',
      codeVerifier: verifier,
    })
    expect(body.session?.user?.email).toBe(email)
  })
})

describe('the service', () => {
  it('says how it is and which version it speaks', async () => {
    const { auth } = nhostClient(world)
    expect((await auth.healthCheckGet()).body).toBe('OK')
    expect((await auth.healthCheckHead()).status).toBe(200)
    expect((await auth.getVersion()).body.version).toMatch(/^\d+\.\d+\.\d+$/)
  })

  it('answers JSON wherever it answers', async () => {
    for (const path of ['/nothing', '/user/', '/signup/email-password']) {
      const answer = await raw(world, path, { method: 'DELETE' })
      expect(answer.status).toBeGreaterThanOrEqual(404)
      expect(await answer.json()).toMatchObject({ status: answer.status, error: expect.any(String) })
    }
  })
})
