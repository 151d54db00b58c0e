import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anAddress, aPerson, type Body, codeOf, type NativeWorld, password, startNative } from './native-world.ts'

let world: NativeWorld
beforeAll(async () => {
  world = await startNative()
})
afterAll(() => world.close())

const as = (complete: Body) => ({ token: complete.tokens.accessToken as string })

describe('the profile', () => {
  it('changes only what is given, merges metadata by key, and clears with null', async () => {
    const { complete } = await aPerson(world)
    const patch = (body: object) => world.ask('PATCH /me', { ...as(complete), body })
    await patch({ displayName: 'Ada', metadata: { a: 1, b: { c: 2 } }, locale: 'de-AT' })
    const { body } = await patch({ metadata: { a: null, d: 3 }, avatarUrl: 'https://img.example.test/a.png' })
    expect(body).toMatchObject({ displayName: 'Ada', metadata: { b: { c: 2 }, d: 3 }, locale: 'de' })
    expect((await patch({ avatarUrl: null, displayName: null })).body).toMatchObject({
      avatarUrl: null,
      displayName: '',
    })
    expect((await world.ask('GET /me', as(complete))).body.metadata).toEqual({ b: { c: 2 }, d: 3 })
  })

  it('takes nothing that is not the user’s own', async () => {
    const { complete } = await aPerson(world)
    const fields = [
      'id',
      'role',
      'roles',
      'appMetadata',
      'isAnonymous',
      'emailConfirmedAt',
      'bannedUntil',
      'email',
      'aal',
    ]
    for (const field of fields) {
      const reply = await world.ask('PATCH /me', { ...as(complete), body: { [field]: true } })
      expect([field, codeOf(reply)]).toEqual([field, 'validation_failed'])
    }
    for (const avatarUrl of ['http://x.test/a', 'javascript:alert(1)', 'https://', '//x.test'])
      expect((await world.ask('PATCH /me', { ...as(complete), body: { avatarUrl } })).status).toBe(400)
    const large = { metadata: { text: 'x'.repeat(70_000) } }
    expect(codeOf(await world.ask('PATCH /me', { ...as(complete), body: large }))).toBe('payload_too_large')
  })

  it('needs a good bearer', async () => {
    expect(codeOf(await world.ask('GET /me'))).toBe('no_authorization')
    expect(codeOf(await world.ask('GET /me', { token: 'x' }))).toBe('bad_jwt')
    expect(codeOf(await world.ask('GET /me', { token: world.secretKey }))).toBe('bad_jwt')
  })
})

describe('the password', () => {
  it('changes with the present one, and every other session ends', async () => {
    const { email, complete } = await aPerson(world)
    const other = (await world.ask('POST /sign-in/password', { body: { email, password } })).body
    world.clock.move(700)
    const put = (body: object) => world.ask('PUT /me/password', { ...as(complete), body })
    expect(codeOf(await put({ password: 'eight loud badgers' }))).toBe('reauthentication_needed')
    expect(codeOf(await put({ password: 'eight loud badgers', currentPassword: 'wrong' }))).toBe(
      'current_password_invalid',
    )
    expect(codeOf(await put({ password, currentPassword: password }))).toBe('same_password')
    expect(codeOf(await put({ password: 'password123', currentPassword: password }))).toBe('weak_password')
    expect((await put({ password: 'eight loud badgers', currentPassword: password })).body.email).toBe(email)
    expect(codeOf(await world.ask('GET /me', as(other)))).toBe('session_not_found')
    expect((await world.ask('GET /me', as(complete))).status).toBe(200)
    await world.inbox.waitFor(email, 'password_changed')
  })

  it('can be removed while a proved address remains', async () => {
    const { complete } = await aPerson(world)
    const { body } = await world.ask('DELETE /me/password', as(complete))
    expect(body.waysIn).toEqual(['code'])
  })
})

describe('proving it once more', () => {
  it('offers what there is, takes a password, and renews the tokens', async () => {
    const { complete } = await aPerson(world)
    world.clock.move(700)
    expect(codeOf(await world.ask('DELETE /me', as(complete)))).toBe('reauthentication_needed')
    const begun = await world.ask('POST /me/elevation', { ...as(complete), body: { level: 'recent' } })
    expect(begun.body.attempt).toMatchObject({
      purpose: 'elevation',
      step: { type: 'choose', options: [{ id: 'password', type: 'password', sentTo: null }, { id: 'email' }] },
    })
    const attempt = begun.body.attempt.token
    const answer = (body: object, who = as(complete)) =>
      world.ask('POST /attempts/answer', { ...who, body: { attempt, ...body } })
    expect(codeOf(await answer({ password: 'wrong' }))).toBe('invalid_credentials')
    expect(codeOf(await answer({}))).toBe('validation_failed')
    const { complete: stranger } = await aPerson(world)
    expect(codeOf(await answer({ password }, as(stranger)))).toBe('attempt_expired')
    const done = await answer({ password })
    expect(done.body.session.id).toBe(complete.session.id)
    const old = await world.ask('POST /sessions/refresh', { body: { refreshToken: complete.tokens.refreshToken } })
    expect(codeOf(old)).toBe('refresh_token_not_found')
    expect((await world.ask('DELETE /me', as(done.body))).status).toBe(204)
    expect(codeOf(await world.ask('GET /me', as(done.body)))).toBe('session_not_found')
  })

  it('mails a code when that is chosen', async () => {
    const { email, complete } = await aPerson(world)
    const begun = await world.ask('POST /me/elevation', { ...as(complete), body: {} })
    const attempt = begun.body.attempt.token
    const chosen = await world.ask('POST /attempts/challenge', { ...as(complete), body: { attempt, option: 'email' } })
    expect(chosen.body.attempt.step).toMatchObject({ type: 'code', channel: 'email', hasLink: false })
    const { code, link } = await world.inbox.waitFor(email, 'reauthentication')
    expect(link).toBeNull()
    const wrong = await world.ask('POST /attempts/answer', { ...as(complete), body: { attempt, code: '000000' } })
    expect(wrong.body).toMatchObject({ code: 'otp_expired', details: { triesLeft: 4 } })
    const done = await world.ask('POST /attempts/answer', { ...as(complete), body: { attempt, code } })
    expect(done.body.status).toBe('complete')
  })
})

describe('changing the address', () => {
  it('asks the new one, then the old one, and keeps the session', async () => {
    const { email, complete } = await aPerson(world)
    const next = anAddress('zoe')
    const begun = await world.ask('POST /me/email', { ...as(complete), body: { email: next } })
    const attempt = begun.body.attempt.token
    expect((await world.ask('GET /me', as(complete))).body.pendingEmail).toBe(next)
    const first = await world.inbox.waitFor(next, 'email_change')
    const half = await world.ask('POST /attempts/answer', { ...as(complete), body: { attempt, code: first.code } })
    expect(half.body).toMatchObject({ status: 'pending', attempt: { token: attempt, step: { type: 'code' } } })
    expect(half.body.attempt.step.sentTo).not.toBe(begun.body.attempt.step.sentTo)
    const second = await world.inbox.waitFor(email, 'email_change_current')
    const done = await world.ask('POST /attempts/answer', { ...as(complete), body: { attempt, code: second.code } })
    expect(done.body).toMatchObject({
      status: 'complete',
      user: { email: next, pendingEmail: null },
      session: { id: complete.session.id },
    })
    await world.inbox.waitFor(email, 'email_changed')
    expect((await world.ask('POST /sign-in/password', { body: { email: next, password } })).status).toBe(200)
  })

  it('says nothing about an address that somebody else has, and can be dropped', async () => {
    const { email: taken } = await aPerson(world)
    const { complete } = await aPerson(world)
    await world.inbox.clear()
    const begun = await world.ask('POST /me/email', { ...as(complete), body: { email: taken } })
    expect(begun.body.attempt.step).toMatchObject({ type: 'code', hasLink: false })
    expect(await world.inbox.staysEmpty(taken)).toBe(true)
    const body = { attempt: begun.body.attempt.token }
    expect(codeOf(await world.ask('POST /attempts/status', { body }))).toBe('no_authorization')
    expect((await world.ask('POST /attempts/cancel', { ...as(complete), body })).status).toBe(204)
    expect((await world.ask('POST /attempts/cancel', { ...as(complete), body })).status).toBe(204)
    expect((await world.ask('GET /me', as(complete))).body.pendingEmail).toBeNull()
    const same = await world.ask('POST /me/email', { ...as(complete), body: { email: complete.user.email } })
    expect(codeOf(same)).toBe('validation_failed')
  })
})

describe('what happened', () => {
  it('is shown to its owner, page by page', async () => {
    const { complete } = await aPerson(world)
    await world.ask('PATCH /me', { ...as(complete), body: { displayName: 'Ada' } })
    const page = await world.ask('GET /me/activity?limit=1', as(complete))
    expect(page.body.items).toMatchObject([{ action: 'user.updated', actor: { type: 'user', id: complete.user.id } }])
    const rest = await world.ask(`GET /me/activity?cursor=${encodeURIComponent(page.body.nextCursor)}`, as(complete))
    expect(rest.body.items.map((event: Body) => event.action)).toContain('session.opened')
    const only = await world.ask('GET /me/activity?action=session', as(complete))
    expect(new Set(only.body.items.map((event: Body) => event.action))).toEqual(new Set(['session.opened']))
    expect((await world.ask('GET /me/identities', as(complete))).body).toEqual({ items: [], nextCursor: null })
  })
})
