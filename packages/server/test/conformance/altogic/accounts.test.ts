import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import {
  altogicClient,
  aNumber,
  anAddress,
  appUrl,
  aSignedIn,
  followMail,
  goodPassword,
  memoryStorage,
  refusedWith,
  worked,
} from './clients.ts'

const config = {
  siteUrl: 'http://localhost:3000',
  dialects: { altogic: { redirectUrl: appUrl } },
  phone: { enabled: true, countries: ['US'] },
}
let world: World
beforeAll(async () => {
  world = await startWorld({ config })
})
afterAll(() => world.close())

describe('signing up by e-mail', () => {
  it('answers the user and no session; the link brings the session', async () => {
    const email = anAddress()
    const client = altogicClient(world)
    const { user, session } = worked(
      await client.auth.signUpWithEmail(email.toUpperCase(), goodPassword, {
        name: 'Rooby',
        plan: 'free',
        _id: 'mine',
      }),
    )
    expect(session).toBeNull()
    expect(user).toMatchObject({
      _id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      provider: 'altogic',
      email,
      emailVerified: false,
      name: 'Rooby',
      plan: 'free',
      signUpAt: expect.stringMatching(/Z$/),
      lastLoginAt: expect.stringMatching(/Z$/),
    })
    expect(user).not.toHaveProperty('password')
    const place = await followMail(world, email)
    expect(place.origin + place.pathname).toBe(appUrl)
    expect([place.searchParams.get('status'), place.searchParams.get('action')]).toEqual(['200', 'email-confirm'])
    const granted = worked(await client.auth.getAuthGrant(place.searchParams.get('access_token') ?? ''))
    expect(granted.user).toMatchObject({ email, emailVerified: true })
    expect(client.auth.getSession()?.token).toBe(granted.session?.token)
    expect(worked(await client.auth.getUserFromDB()).user).toMatchObject({ email })
  })

  it('fails twice with one address, proved or not, and keeps the first account out of the second one’s hands', async () => {
    const email = anAddress()
    worked(await altogicClient(world).auth.signUpWithEmail(email, goodPassword))
    const again = await altogicClient(world).auth.signUpWithEmail(email, 'seven quiet otters')
    expect(refusedWith(again)).toEqual([400, 'email_not_unique'])
    await expect.poll(async () => (await world.inbox.list(email)).length).toBe(2)
    const place = await followMail(world, email)
    worked(await altogicClient(world).auth.getAuthGrant(place.searchParams.get('access_token') ?? ''))
    expect(refusedWith(await altogicClient(world).auth.signUpWithEmail(email, goodPassword))).toEqual([
      400,
      'email_not_unique',
    ])
    // Two passwords waited for one proof: neither counts, and the owner of the mailbox chooses a new one.
    expect(refusedWith(await altogicClient(world).auth.signInWithEmail(email, goodPassword))).toEqual([
      401,
      'invalid_credentials',
    ])
  })

  it('refuses a short password and an address that is none', async () => {
    expect(refusedWith(await altogicClient(world).auth.signUpWithEmail(anAddress(), 'short'))).toEqual([
      400,
      'validation_error',
    ])
    expect(refusedWith(await altogicClient(world).auth.signUpWithEmail('nobody', goodPassword))).toEqual([
      400,
      'validation_error',
    ])
  })

  it('does not take an account’s word for its own address, unless that is switched on', async () => {
    const about = { emailVerified: true }
    const plain = worked(await altogicClient(world).auth.signUpWithEmail(anAddress(), goodPassword, about))
    expect([plain.session, plain.user?.emailVerified]).toEqual([null, false])
    const trusting = await startWorld({ config: { dialects: { altogic: { trustsVerified: true } } } })
    try {
      const { session, user } = worked(
        await altogicClient(trusting).auth.signUpWithEmail(anAddress(), goodPassword, about),
      )
      expect(session?.token).toBeDefined()
      expect(user?.emailVerified).toBe(true)
    } finally {
      await trusting.close()
    }
  })

  it('opens a session at once where nothing is confirmed', async () => {
    const open = await startWorld({ config: { signUp: { emailConfirmation: false } } })
    try {
      const client = altogicClient(open)
      const email = anAddress()
      expect(worked(await client.auth.signUpWithEmail(email, goodPassword, 'Rooby')).session?.token).toBeDefined()
      expect(worked(await client.auth.getUserFromDB()).user).toMatchObject({ email, name: 'Rooby' })
      expect(refusedWith(await client.auth.resendVerificationEmail(email))).toEqual([
        401,
        'email_verification_disabled',
      ])
      expect(refusedWith(await client.auth.sendMagicLinkEmail(email))).toEqual([401, 'email_verification_disabled'])
      expect(refusedWith(await client.auth.sendResetPwdEmail(email))).toEqual([401, 'email_verification_disabled'])
    } finally {
      await open.close()
    }
  })
})

describe('signing in by e-mail', () => {
  it('answers user and session, and moves the last login', async () => {
    const { email, user } = await aSignedIn(world)
    world.clock.move(2)
    const client = altogicClient(world)
    const signedIn = worked(await client.auth.signInWithEmail(email, goodPassword))
    expect(signedIn.user?.lastLoginAt.localeCompare(user.lastLoginAt)).toBe(1)
    expect(signedIn.session).toMatchObject({
      userId: user._id,
      token: expect.any(String),
      creationDtm: expect.stringMatching(/Z$/),
      accessGroupKeys: [],
      userAgent: { family: expect.any(String), major: expect.any(String), os: { family: expect.any(String) } },
    })
  })

  it('says the same of a wrong password and of nobody, and tells an unproved address to whoever knows the password', async () => {
    const email = anAddress()
    worked(await altogicClient(world).auth.signUpWithEmail(email, goodPassword))
    for (const who of [email, anAddress()])
      expect(refusedWith(await altogicClient(world).auth.signInWithEmail(who, 'wrong otters'))).toEqual([
        401,
        'invalid_credentials',
      ])
    expect(refusedWith(await altogicClient(world).auth.signInWithEmail(email, goodPassword))).toEqual([
      401,
      'email_not_verified',
    ])
    expect(refusedWith(await altogicClient(world).auth.sendMagicLinkEmail(email))).toEqual([401, 'email_not_verified'])
    expect(refusedWith(await altogicClient(world).auth.sendResetPwdEmail(email))).toEqual([401, 'email_not_verified'])
  })

  it('by a link: each one opens a session of its own, once', async () => {
    const { email, client, session } = await aSignedIn(world)
    worked(await client.auth.sendMagicLinkEmail(email))
    const place = await followMail(world, email, 'sign_in')
    expect(place.searchParams.get('action')).toBe('magic-link')
    const token = place.searchParams.get('access_token') ?? ''
    expect(worked(await client.auth.getAuthGrant(token)).session?.token).not.toBe(session.token)
    expect(refusedWith(await client.auth.getAuthGrant(token))).toEqual([403, 'invalid_access_token'])
    expect(worked(await client.auth.getAllSessions()).sessions).toHaveLength(2)
  })

  it('says OK to a link for nobody, and sends nothing', async () => {
    const email = anAddress()
    worked(await altogicClient(world).auth.sendMagicLinkEmail(email))
    worked(await altogicClient(world).auth.sendResetPwdEmail(email))
    worked(await altogicClient(world).auth.resendVerificationEmail(email))
    expect(await world.inbox.staysEmpty(email)).toBe(true)
  })

  it('reads a plus sign in an address that the client did not encode', async () => {
    const email = anAddress('jo+tag')
    worked(await altogicClient(world).auth.signUpWithEmail(email, goodPassword))
    await world.inbox.waitFor(email)
    world.clock.move(61)
    worked(await altogicClient(world).auth.resendVerificationEmail(email))
    await expect.poll(async () => (await world.inbox.list(email)).length).toBe(2)
  })
})

describe('links', () => {
  it('that are unknown or used end at the application with a reason', async () => {
    const email = anAddress()
    worked(await altogicClient(world).auth.signUpWithEmail(email, goodPassword))
    await followMail(world, email)
    const place = await followMail(world, email)
    expect(Object.fromEntries(place.searchParams)).toEqual({
      status: '400',
      action: 'email-confirm',
      code: 'invalid_access_token',
      error: 'Invalid or expired access token',
    })
  })

  it('of a change are refused where the address was taken meanwhile', async () => {
    const { client, email } = await aSignedIn(world)
    const wanted = anAddress('wanted')
    worked(await client.auth.changeEmail(goodPassword, wanted))
    const { link } = await world.inbox.waitFor(wanted, 'email_change')
    await followMail(world, email, 'email_change_current')
    const other = altogicClient(world)
    worked(await other.auth.signUpWithEmail(wanted, goodPassword))
    const place = await followMail(world, wanted, 'sign_up')
    worked(await other.auth.getAuthGrant(place.searchParams.get('access_token') ?? ''))
    const response = await fetch(link ?? '', { redirect: 'manual' })
    const { searchParams } = new URL(response.headers.get('location') ?? '')
    expect(Object.fromEntries(searchParams)).toMatchObject({
      ...{ status: '401', action: 'change-email', code: 'email_not_unique', error: expect.any(String) },
    })
    expect(worked(await client.auth.getUserFromDB()).user).toMatchObject({ email })
  })

  it('are not used up by a look', async () => {
    const email = anAddress()
    worked(await altogicClient(world).auth.signUpWithEmail(email, goodPassword))
    const { link } = await world.inbox.waitFor(email)
    expect((await fetch(link ?? '', { method: 'HEAD', redirect: 'manual' })).status).toBe(405)
    expect((await followMail(world, email)).searchParams.get('status')).toBe('200')
  })
})

describe('passwords', () => {
  it('are reset by a link whose token is good for nothing else', async () => {
    const { email, client, session, storage } = await aSignedIn(world)
    worked(await client.auth.sendResetPwdEmail(email))
    const place = await followMail(world, email, 'recovery')
    expect(place.searchParams.get('action')).toBe('reset-pwd')
    const token = place.searchParams.get('access_token') ?? ''
    const stranger = altogicClient(world)
    expect(refusedWith(await stranger.auth.getAuthGrant(token))).toEqual([401, 'invalid_token_type'])
    expect(refusedWith(await stranger.auth.resetPwdWithToken(token, 'short'))).toEqual([400, 'validation_error'])
    worked(await stranger.auth.resetPwdWithToken(token, 'seven quiet otters'))
    expect(refusedWith(await stranger.auth.resetPwdWithToken(token, 'eight quiet otters'))).toEqual([
      403,
      'invalid_access_token',
    ])
    worked(await stranger.auth.signInWithEmail(email, 'seven quiet otters'))
    expect(storage.held.get('session')).toContain(session.token)
    expect(refusedWith(await client.auth.getUserFromDB())).toEqual([401, 'invalid_session_token'])
    expect(storage.held.has('session')).toBe(false)
  })

  it('change with the old one', async () => {
    const { client, email } = await aSignedIn(world)
    expect(refusedWith(await client.auth.changePassword('seven quiet otters', 'wrong otters'))).toEqual([
      401,
      'invalid_credentials',
    ])
    worked(await client.auth.changePassword('seven quiet otters', goodPassword))
    worked(await client.auth.getUserFromDB())
    worked(await altogicClient(world).auth.signInWithEmail(email, 'seven quiet otters'))
  })
})

describe('sessions', () => {
  it('are many, listed, and ended one by one', async () => {
    const { client, email, session } = await aSignedIn(world)
    const other = altogicClient(world)
    const second = worked(await other.auth.signInWithEmail(email, goodPassword)).session
    const { sessions } = worked(await client.auth.getAllSessions())
    expect(sessions).toHaveLength(2)
    expect(sessions?.some((each) => each.token === session.token)).toBe(true)
    worked(await client.auth.signOut(second?.token))
    expect(refusedWith(await other.auth.getUserFromDB())).toEqual([401, 'invalid_session_token'])
    worked(await client.auth.getUserFromDB())
    const third = altogicClient(world)
    worked(await third.auth.signInWithEmail(email, goodPassword))
    const listed = worked(await client.auth.getAllSessions()).sessions?.find((each) => each.token !== session.token)
    worked(await client.auth.signOut(listed?.token))
    expect(refusedWith(await third.auth.getUserFromDB())).toEqual([401, 'invalid_session_token'])
  })

  it('of strangers are not ended, and their tokens wipe nobody’s storage', async () => {
    const [one, other] = [await aSignedIn(world), await aSignedIn(world)]
    expect(refusedWith(await one.client.auth.signOut(other.session.token))).toEqual([403, 'not_your_session'])
    worked(await one.client.auth.signOut('nonsense'))
    worked(await one.client.auth.getUserFromDB())
    worked(await other.client.auth.getUserFromDB())
  })

  it('end by themselves where a client names none, however it says so', async () => {
    for (const token of [undefined, null, '']) {
      const { session } = await aSignedIn(world)
      const answer = await fetch(`${world.url}/_api/rest/v1/auth/signout`, {
        method: 'POST',
        headers: { 'x-client-key': world.publishableKey, 'content-type': 'application/json', session: session.token },
        body: JSON.stringify({ token }),
      })
      expect([answer.status, await world.core.sessions.count(session.userId)]).toEqual([204, 0])
    }
  })

  it('end together, or all but the own', async () => {
    const { client, email } = await aSignedIn(world)
    const other = altogicClient(world)
    worked(await other.auth.signInWithEmail(email, goodPassword))
    worked(await client.auth.signOutAllExceptCurrent())
    expect(refusedWith(await other.auth.getUserFromDB())).toEqual([401, 'invalid_session_token'])
    worked(await other.auth.signInWithEmail(email, goodPassword))
    worked(await client.auth.signOutAll())
    expect(client.auth.getSession()).toBeNull()
    expect(refusedWith(await other.auth.getUserFromDB())).toEqual([401, 'invalid_session_token'])
  })

  it('that are missing are told as such', async () => {
    expect(refusedWith(await altogicClient(world).auth.getUserFromDB())).toEqual([401, 'missing_session_token'])
  })

  it('are those of every other dialect', async () => {
    const { session, user } = await aSignedIn(world)
    const refreshed = await fetch(`${world.url}/nhost/v1/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refreshToken: session.token }),
    })
    const { accessToken } = (await refreshed.json()) as { accessToken: string }
    const me = await fetch(`${world.url}/auth/v1/user`, { headers: { authorization: `Bearer ${accessToken}` } })
    expect(await me.json()).toMatchObject({ id: user._id })
  })

  it('live in a cookie too, which counts from listed pages alone', async () => {
    const { session } = await aSignedIn(world)
    const url = `${world.url}/_api/rest/v1/auth`
    const headers = { 'x-client-key': world.publishableKey, cookie: `session_token=${session.token}` }
    expect((await fetch(`${url}/user`, { headers })).status).toBe(200)
    const forged = await fetch(`${url}/signout`, {
      method: 'POST',
      headers: { ...headers, origin: 'https://evil.test' },
    })
    expect([forged.status, ((await forged.json()) as { errors: { code: string }[] }).errors[0]?.code]).toEqual([
      401,
      'domain_not_authorized',
    ])
    const signedOut = await fetch(`${url}/signout`, {
      method: 'POST',
      headers: { ...headers, origin: 'http://localhost:3000' },
    })
    expect(signedOut.status).toBe(204)
    expect(signedOut.headers.get('set-cookie')).toMatch(
      /^session_token=; Path=\/; Max-Age=0; Secure; HttpOnly; SameSite=None/,
    )
  })
})

describe('phones', () => {
  it('sign up with a code that opens a session, and in by password', async () => {
    const phone = aNumber()
    const client = altogicClient(world)
    const { user, session } = worked(await client.auth.signUpWithPhone(phone, goodPassword, 'Rooby'))
    expect([session, user?.phone, user?.phoneVerified]).toEqual([null, phone, false])
    expect(refusedWith(await client.auth.signInWithPhone(phone, goodPassword))).toEqual([401, 'phone_not_verified'])
    expect(refusedWith(await client.auth.sendSignInCode(phone))).toEqual([401, 'phone_not_verified'])
    const { code } = await world.inbox.waitFor(phone)
    expect(refusedWith(await client.auth.verifyPhone(phone, '000000'))).toEqual([403, 'invalid_access_token'])
    const verified = worked(await client.auth.verifyPhone(phone, code ?? ''))
    expect(verified.user?.phoneVerified).toBe(true)
    expect(client.auth.getSession()?.token).toBe(verified.session?.token)
    worked(await altogicClient(world).auth.signInWithPhone(phone, goodPassword))
    expect(refusedWith(await altogicClient(world).auth.resendVerificationCode(phone))).toEqual([
      401,
      'phone_already_verified',
    ])
    expect(refusedWith(await altogicClient(world).auth.signUpWithPhone(phone, goodPassword))).toEqual([
      400,
      'phone_not_unique',
    ])
  })

  it('sign in with a code, and get a new password with another; neither stands for the other', async () => {
    const phone = aNumber()
    const client = altogicClient(world)
    worked(await client.auth.signUpWithPhone(phone, goodPassword))
    worked(await client.auth.verifyPhone(phone, (await world.inbox.waitFor(phone)).code ?? ''))
    await world.inbox.clear()
    worked(await client.auth.sendSignInCode(phone))
    const signIn = (await world.inbox.waitFor(phone)).code ?? ''
    expect(refusedWith(await client.auth.resetPwdWithCode(phone, signIn, 'seven quiet otters'))).toEqual([
      403,
      'invalid_access_token',
    ])
    expect(worked(await altogicClient(world).auth.signInWithCode(phone, signIn)).session?.token).toBeDefined()
    await world.inbox.clear()
    worked(await client.auth.sendResetPwdCode(phone))
    const reset = (await world.inbox.waitFor(phone)).code ?? ''
    worked(await client.auth.resetPwdWithCode(phone, reset, 'seven quiet otters'))
    worked(await altogicClient(world).auth.signInWithPhone(phone, 'seven quiet otters'))
  })

  it('change with the password, once the new number is proved; the session goes on', async () => {
    const { client, session } = await aSignedIn(world)
    const phone = aNumber()
    expect(refusedWith(await client.auth.changePhone('wrong otters', phone))).toEqual([401, 'invalid_credentials'])
    expect(worked(await client.auth.changePhone(goodPassword, phone)).user).not.toHaveProperty('phone')
    const verified = worked(await client.auth.verifyPhone(phone, (await world.inbox.waitFor(phone)).code ?? ''))
    expect([verified.session, verified.user?.phone]).toEqual([null, phone])
    expect(client.auth.getSession()?.token).toBe(session.token)
    expect(worked(await client.auth.getUserFromDB()).user).toMatchObject({ phone, phoneVerified: true })
  })
})

describe('changing the address', () => {
  it('asks for the password, changes nothing until both agree, and brings no token back', async () => {
    const { client, email } = await aSignedIn(world)
    const next = anAddress('next')
    expect(refusedWith(await client.auth.changeEmail('wrong otters', next))).toEqual([401, 'invalid_credentials'])
    expect(worked(await client.auth.changeEmail(goodPassword, next)).user).toMatchObject({ email })
    const first = await followMail(world, next, 'email_change')
    expect(Object.fromEntries(first.searchParams)).toEqual({ status: '200', action: 'change-email' })
    expect(worked(await client.auth.getUserFromDB()).user).toMatchObject({ email })
    await followMail(world, email, 'email_change_current')
    expect(worked(await client.auth.getUserFromDB()).user).toMatchObject({ email: next, emailVerified: true })
  })
})

describe('the wire', () => {
  it('answers JSON on every path, method and body', async () => {
    const key = { 'x-client-key': world.publishableKey, 'content-type': 'application/json' }
    const tries: [string, RequestInit][] = [
      ['/nothing', { headers: key }],
      ['/signin-email', { method: 'DELETE', headers: key }],
      ['/signin-email', { method: 'POST', headers: key, body: '{' }],
      ['/signin-email', { method: 'POST', headers: key, body: '[]' }],
      ['/signin-email', { method: 'POST', headers: key }],
      ['/signup-email', { method: 'POST', headers: key, body: JSON.stringify({ email: 7, password: {} }) }],
      ['/user', {}],
    ]
    for (const [path, init] of tries) {
      const answer = await fetch(`${world.url}/_api/rest/v1/auth${path}`, init)
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(await answer.json()).toMatchObject({ errors: [{ origin: 'client_error', code: expect.any(String) }] })
    }
  })

  it('needs a client key it knows', async () => {
    const stranger = altogicClient({ ...world, publishableKey: 'wwp_nobodys' })
    expect(refusedWith(await stranger.auth.getUserFromDB())).toEqual([401, 'invalid_client_key'])
    const answer = await fetch(`${world.url}/_api/rest/v1/auth/user`)
    expect(await answer.json()).toMatchObject({ errors: [{ code: 'missing_client_key' }] })
  })

  it('reads a stale session on public calls as none', async () => {
    const { email } = await aSignedIn(world)
    const client = altogicClient(world)
    client.auth.setSession({ token: 'stale' } as never)
    worked(await client.auth.signInWithEmail(email, goodPassword))
  })

  it('keeps what it knows to itself, and forgets it when told', async () => {
    const { email } = await aSignedIn(world)
    const storage = memoryStorage()
    const client = altogicClient(world, storage)
    const { user } = worked(await client.auth.signInWithEmail(email, goodPassword))
    client.auth.setUser({ ...user, name: 'Changed here' })
    expect(client.auth.getUser()).toMatchObject({ name: 'Changed here' })
    client.auth.clearLocalData()
    expect([client.auth.getUser(), client.auth.getSession()]).toEqual([null, null])
    // Its request header is still there, until the session is invalidated.
    expect(worked(await client.auth.getUserFromDB()).user).toMatchObject({ email })
    client.auth.invalidateSession()
    expect(refusedWith(await client.auth.getUserFromDB())[0]).toBe(401)
  })

  it('stands behind the path form of an environment as well', async () => {
    const { email } = await aSignedIn(world)
    const client = altogicClient(world, memoryStorage(), '/e:62ab0123')
    worked(await client.auth.signInWithEmail(email, goodPassword))
    worked(await client.auth.getUserFromDB())
    expect((await fetch(`${world.url}/other/_api/rest/v1/auth/user`)).status).toBe(404)
  })

  it('lets listed pages call with credentials, and no others', async () => {
    const preflight = (origin: string) =>
      fetch(`${world.url}/_api/rest/v1/auth/signin-email`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type,session,x-client,x-client-key',
        },
      })
    const listed = await preflight('http://localhost:3000')
    expect(listed.headers.get('access-control-allow-origin')).toBe('http://localhost:3000')
    expect(listed.headers.get('access-control-allow-credentials')).toBe('true')
    expect((await preflight('https://evil.test')).headers.get('access-control-allow-origin')).toBeNull()
  })

  it('signs a server-rendered request in by its cookie', async () => {
    const { session, email } = await aSignedIn(world)
    const sent: Record<string, unknown> = {}
    const response = {
      getHeader: (name: string) => sent[name],
      setHeader(name: string, value: unknown) {
        sent[name] = value
      },
    }
    const client = altogicClient(world)
    const found = await client.auth.getUserFromDBbyCookie(
      { headers: { cookie: `session_token=${session.token}` } } as never,
      response as never,
    )
    expect(worked(found).user).toMatchObject({ email })
    const nobody = await altogicClient(world).auth.getUserFromDBbyCookie(
      { headers: { cookie: 'session_token=stale' } } as never,
      response as never,
    )
    expect(refusedWith(nobody)).toEqual([401, 'invalid_session_token'])
  })
})
