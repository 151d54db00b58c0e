import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anAddress, aPerson, codeOf, type NativeWorld, password, startNative } from './native-world.ts'

let world: NativeWorld
beforeAll(async () => {
  world = await startNative()
})
afterAll(() => world.close())

describe('signing up with a password', () => {
  it('mails a code, and the code completes it', async () => {
    const { email, complete } = await aPerson(world)
    expect(complete).toMatchObject({
      isNewUser: true,
      weakPassword: null,
      user: { email, isAnonymous: false, waysIn: ['password', 'code'], metadata: {} },
      session: { aal: 'aal1', current: true, dialect: 'native', amr: [{ method: 'code' }] },
      tokens: { tokenType: 'Bearer', expiresIn: 3600 },
    })
    const again = await world.ask('POST /sign-in/password', { body: { email, password } })
    expect(again.body).toMatchObject({ status: 'complete', isNewUser: false, user: { id: complete.user.id } })
  })

  it('tells nothing about a taken address', async () => {
    const { email } = await aPerson(world)
    const body = { password: 'another fine password', displayName: 'X' }
    const free = await world.ask('POST /sign-up/password', { body: { ...body, email: anAddress() } })
    const taken = await world.ask('POST /sign-up/password', { body: { ...body, email } })
    const shape = (reply: typeof free) => ({
      ...reply.body.attempt,
      token: reply.body.attempt.token.length,
      expiresAt: '',
      step: { ...reply.body.attempt.step, sentTo: '', resendAt: '', expiresAt: '' },
    })
    expect(shape(taken)).toEqual(shape(free))
    expect(await world.inbox.waitFor(email, 'already_registered')).toMatchObject({ code: null, link: null })
    const wrong = { code: '000000' }
    const answers = [free, taken].map(({ body: { attempt } }) =>
      world.ask('POST /attempts/answer', { body: { ...wrong, attempt: attempt.token } }),
    )
    const [a, b] = await Promise.all(answers)
    expect(a?.body).toEqual({ ...b?.body, requestId: a?.body.requestId })
    expect(a?.body).toMatchObject({ code: 'otp_expired', details: { triesLeft: 4 } })
  })

  it('refuses weak passwords, unlisted places, foreign fields and what is no address', async () => {
    const ask = (body: object) =>
      world.ask('POST /sign-up/password', { body: { email: anAddress(), password, ...body } })
    expect((await ask({ password: 'password123' })).body).toMatchObject({
      code: 'weak_password',
      details: { reasons: ['common'], min: 8 },
    })
    expect(codeOf(await ask({ redirectTo: 'https://evil.test' }))).toBe('redirect_not_allowed')
    expect(codeOf(await ask({ email: 'a@x.test,b@y.test' }))).toBe('email_address_invalid')
    expect(codeOf(await ask({ email: ['a@x.test'] }))).toBe('validation_failed')
    expect((await ask({ appMetadata: { admin: true }, role: 'service_role' })).body).toMatchObject({
      code: 'validation_failed',
      details: {
        fields: [
          { path: 'appMetadata', rule: 'is not a known field' },
          { path: 'role', rule: 'is not a known field' },
        ],
      },
    })
    expect(codeOf(await ask({ password: 'x'.repeat(257) }))).toBe('validation_failed')
  })
})

describe('guests', () => {
  it('come in without anything and have nothing to prove', async () => {
    const guest = await world.ask('POST /sign-up/anonymous', { body: { displayName: 'Guest' } })
    expect(guest.body).toMatchObject({ status: 'complete', user: { isAnonymous: true, email: null, waysIn: [] } })
    const token = guest.body.tokens.accessToken
    expect(codeOf(await world.ask('POST /me/elevation', { body: {}, token }))).toBe('anonymous_not_allowed')
    expect(codeOf(await world.ask('PUT /me/password', { body: { password }, token }))).toBe('anonymous_not_allowed')
  })

  it('become users with an address and a password, and keep their id', async () => {
    const guest = await world.ask('POST /sign-up/anonymous', { body: {} })
    const token = guest.body.tokens.accessToken
    const email = anAddress()
    const begun = await world.ask('POST /me/email', { token, body: { email, password } })
    expect(begun.body.attempt).toMatchObject({ purpose: 'email_change', step: { type: 'code', hasLink: false } })
    const { code } = await world.inbox.waitFor(email, 'email_change')
    const answer = { attempt: begun.body.attempt.token, code }
    expect(codeOf(await world.ask('POST /attempts/answer', { body: answer }))).toBe('no_authorization')
    const done = await world.ask('POST /attempts/answer', { body: answer, token })
    expect(done.body).toMatchObject({
      status: 'complete',
      user: { id: guest.body.user.id, isAnonymous: false, email },
      session: { id: guest.body.session.id },
    })
    expect((await world.ask('POST /sign-in/password', { body: { email, password } })).status).toBe(200)
  })
})

describe('signing in', () => {
  it('answers every failure alike', async () => {
    const { email } = await aPerson(world)
    const wrong = await world.ask('POST /sign-in/password', { body: { email, password: 'not the password' } })
    const unknown = await world.ask('POST /sign-in/password', { body: { email: anAddress(), password } })
    const long = await world.ask('POST /sign-in/password', { body: { email, password: 'x'.repeat(3_000) } })
    for (const reply of [wrong, unknown, long])
      expect(reply.body).toEqual({ ...wrong.body, requestId: reply.body.requestId })
    expect(wrong.body.code).toBe('invalid_credentials')
  })

  it('asks for a code first where the address was never proved, and keeps the password then', async () => {
    const email = anAddress()
    await world.ask('POST /sign-up/password', { body: { email, password } })
    await world.inbox.waitFor(email, 'sign_up')
    await world.inbox.clear()
    const begun = await world.ask('POST /sign-in/password', { body: { email, password } })
    expect(begun.body).toMatchObject({ status: 'pending', attempt: { step: { type: 'code', hasLink: false } } })
    const { code } = await world.inbox.waitFor(email, 'sign_up')
    const done = await world.ask('POST /attempts/answer', { body: { attempt: begun.body.attempt.token, code } })
    expect(done.body.user.waysIn).toContain('password')
    expect((await world.ask('POST /sign-in/password', { body: { email, password } })).body.status).toBe('complete')
  })

  it('by code makes an account when the address is proved, and not before', async () => {
    const email = anAddress()
    const begun = await world.ask('POST /sign-in/code', { body: { email: email.toUpperCase(), displayName: 'Jo' } })
    expect(begun.body.attempt).toMatchObject({ purpose: 'sign_in', step: { channel: 'email', length: 6 } })
    expect((await world.admin(`GET /admin/users?email=${email}`)).body.items).toEqual([])
    const { code } = await world.inbox.waitFor(email, 'sign_up')
    const done = await world.ask('POST /attempts/answer', { body: { attempt: begun.body.attempt.token, code } })
    expect(done.body).toMatchObject({ isNewUser: true, user: { email, displayName: 'Jo', waysIn: ['code'] } })
    const dead = await world.ask('POST /attempts/status', { body: { attempt: begun.body.attempt.token } })
    expect([dead.status, codeOf(dead)]).toEqual([410, 'attempt_expired'])
  })

  it('by code looks the same for an address that nobody may sign up with', async () => {
    const email = anAddress()
    const begun = await world.ask('POST /sign-in/code', { body: { email, createUser: false } })
    const token = begun.body.attempt.token
    expect(begun.body.attempt.step).toMatchObject({ type: 'code', hasLink: false })
    expect((await world.ask('POST /attempts/status', { body: { attempt: token } })).body.attempt.step).toEqual(
      begun.body.attempt.step,
    )
    expect((await world.ask('POST /attempts/challenge', { body: { attempt: token } })).status).toBe(200)
    expect(await world.inbox.staysEmpty(email)).toBe(true)
    const wrong = await world.ask('POST /attempts/answer', { body: { attempt: token, code: '123456' } })
    expect(wrong.body).toMatchObject({ code: 'otp_expired', details: { triesLeft: 4 } })
  })
})

describe('a forgotten password', () => {
  it('is replaced together with the code, and a weak one does not use the code up', async () => {
    const { email, complete } = await aPerson(world)
    const begun = await world.ask('POST /recovery', { body: { email } })
    const attempt = begun.body.attempt.token
    const { code } = await world.inbox.waitFor(email, 'recovery')
    const answer = (newPassword: string) => world.ask('POST /attempts/answer', { body: { attempt, code, newPassword } })
    expect(codeOf(await answer('password123'))).toBe('weak_password')
    expect((await answer(email)).body).toMatchObject({ code: 'weak_password', details: { reasons: ['personal'] } })
    const done = await answer('eight loud badgers')
    expect(done.body).toMatchObject({ status: 'complete', session: { amr: [{ method: 'recovery' }] } })
    expect(codeOf(await world.ask('GET /me', { token: complete.tokens.accessToken }))).toBe('session_not_found')
    const signIn = await world.ask('POST /sign-in/password', { body: { email, password: 'eight loud badgers' } })
    expect(signIn.body.status).toBe('complete')
    await world.inbox.waitFor(email, 'recovery_finished')
  })

  it('judges a new password the same way where nobody is there', async () => {
    const begun = await world.ask('POST /recovery', { body: { email: 'nobodyhere@example.test' } })
    const body = { attempt: begun.body.attempt.token, code: '000000', newPassword: 'nobodyhere1' }
    expect(codeOf(await world.ask('POST /attempts/answer', { body }))).toBe('otp_expired')
  })
})
