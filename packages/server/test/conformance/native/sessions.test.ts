import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anAddress, aPerson, type Body, codeOf, type NativeWorld, password, startNative } from './native-world.ts'

let world: NativeWorld
beforeAll(async () => {
  world = await startNative()
})
afterAll(() => world.close())

const signIn = async (email: string): Promise<Body> =>
  (await world.ask('POST /sign-in/password', { body: { email, password } })).body
const refresh = (refreshToken: string) => world.ask('POST /sessions/refresh', { body: { refreshToken } })
const me = (complete: Body) => world.ask('GET /me', { token: complete.tokens.accessToken })

describe('refreshing', () => {
  it('gives the same successor to all who ask within the grace', async () => {
    const { complete } = await aPerson(world)
    const t1 = complete.tokens.refreshToken
    const replies = await Promise.all(Array.from({ length: 10 }, () => refresh(t1)))
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]))
    expect(new Set(replies.map(({ body }) => body.tokens.refreshToken)).size).toBe(1)
    expect(replies[0]?.body).toMatchObject({
      status: 'complete',
      session: { id: complete.session.id },
      isNewUser: false,
    })
  })

  it('lets a lost answer be asked for again, and ends the session when the lost one turns up', async () => {
    const { complete } = await aPerson(world)
    const t1 = complete.tokens.refreshToken
    const t2 = (await refresh(t1)).body.tokens.refreshToken
    world.clock.move(60)
    const t3 = (await refresh(t1)).body
    expect(t3.tokens.refreshToken).not.toBe(t2)
    expect(codeOf(await refresh(t2))).toBe('refresh_token_already_used')
    expect(codeOf(await refresh(t3.tokens.refreshToken))).toBe('refresh_token_not_found')
    expect(codeOf(await me(t3))).toBe('session_not_found')
  })

  it('says that there is a newer token to whoever may have it, and ends the session where nobody has', async () => {
    const { complete } = await aPerson(world)
    const older = (await refresh(complete.tokens.refreshToken)).body.tokens
    const begun = await world.ask('POST /me/elevation', { token: older.accessToken, body: {} })
    const answer = { attempt: begun.body.attempt.token, password }
    const stepped = await world.ask('POST /attempts/answer', { token: older.accessToken, body: answer })
    const newer = (await refresh(stepped.body.tokens.refreshToken)).body
    world.clock.move(60)
    const ask = (mayBeOlder: unknown) =>
      world.ask('POST /sessions/refresh', { body: { refreshToken: older.refreshToken, mayBeOlder } })
    expect(codeOf(await ask('yes'))).toBe('validation_failed')
    const told = await ask(true)
    expect([told.status, codeOf(told)]).toEqual([400, 'refresh_token_overtaken'])
    expect((await me(newer)).status).toBe(200)
    expect(codeOf(await ask(false))).toBe('refresh_token_already_used')
    expect(codeOf(await me(newer))).toBe('session_not_found')
  })

  it('refuses what is no token of ours', async () => {
    for (const token of ['', 'x', 'wws_nothing', 'ä'.repeat(300)])
      expect(codeOf(await refresh(token))).toBe('refresh_token_not_found')
    expect(codeOf(await world.ask('POST /sessions/refresh', { body: {} }))).toBe('refresh_token_not_found')
  })
})

describe('signing out', () => {
  it('ends this, the others or all, at once and as often as one likes', async () => {
    const { email } = await aPerson(world)
    const [a, b, c] = [await signIn(email), await signIn(email), await signIn(email)]
    const leave = (complete: Body, scope?: string) =>
      world.ask('POST /sign-out', { token: complete.tokens.accessToken, body: scope === undefined ? {} : { scope } })
    expect((await leave(a)).status).toBe(204)
    expect((await leave(a)).status).toBe(204)
    expect(codeOf(await me(a))).toBe('session_not_found')
    expect((await leave(b, 'others')).status).toBe(204)
    expect(codeOf(await me(c))).toBe('session_not_found')
    expect((await me(b)).status).toBe(200)
    expect((await leave(b, 'all')).status).toBe(204)
    expect(codeOf(await me(b))).toBe('session_not_found')
  })

  it('takes a refresh token or an expired access token, and refuses nobody at all', async () => {
    const { email } = await aPerson(world)
    const [a, b] = [await signIn(email), await signIn(email)]
    await world.ask('POST /sign-out', { body: { refreshToken: a.tokens.refreshToken } })
    expect(codeOf(await refresh(a.tokens.refreshToken))).toBe('refresh_token_not_found')
    world.clock.move(2 * 3600)
    expect(codeOf(await me(b))).toBe('bad_jwt')
    expect((await world.ask('POST /sign-out', { token: b.tokens.accessToken, body: {} })).status).toBe(204)
    expect(codeOf(await refresh(b.tokens.refreshToken))).toBe('refresh_token_not_found')
    expect(codeOf(await world.ask('POST /sign-out', { body: {} }))).toBe('no_authorization')
    expect(codeOf(await world.ask('POST /sign-out', { token: 'a.b.c', body: {} }))).toBe('bad_jwt')
  })
})

describe('own devices', () => {
  it('are listed page by page, and each can be ended', async () => {
    const { email } = await aPerson(world)
    const [a, b] = [await signIn(email), await signIn(email)]
    const token = b.tokens.accessToken
    const first = await world.ask('GET /me/sessions?limit=2', { token })
    expect(first.body.items).toHaveLength(2)
    expect(first.body.items[0]).toMatchObject({ id: b.session.id, current: true, device: { kind: 'server' } })
    const next = encodeURIComponent(first.body.nextCursor)
    const second = await world.ask(`GET /me/sessions?limit=2&cursor=${next}`, { token })
    expect(second.body).toMatchObject({ items: [{ current: false }], nextCursor: null })
    expect((await world.ask('GET /me/sessions/current', { token })).body.id).toBe(b.session.id)
    expect((await world.ask(`DELETE /me/sessions/${a.session.id}`, { token })).status).toBe(204)
    expect(codeOf(await me(a))).toBe('session_not_found')
    const { complete: stranger } = await aPerson(world)
    for (const id of [a.session.id, stranger.session.id, 'nonsense', '00000000-0000-7000-8000-000000000000'])
      expect(codeOf(await world.ask(`DELETE /me/sessions/${id}`, { token }))).toBe('not_found')
    const theirs = { token: stranger.tokens.accessToken }
    expect(codeOf(await world.ask(`GET /me/sessions?limit=2&cursor=${next}`, theirs))).toBe('validation_failed')
    for (const bad of ['limit=0', 'limit=201', 'limit=1e2', 'limit=-1', 'cursor=x', 'order=id', 'limit=1&limit=2'])
      expect([bad, codeOf(await world.ask(`GET /me/sessions?${bad}`, { token }))]).toEqual([bad, 'validation_failed'])
  })
})

describe('cookie mode', () => {
  const mode = { 'watchword-session': 'cookie' }
  const cookiesOf = (headers: Headers) => headers.getSetCookie().map((each) => each.split(';', 1)[0] ?? '')

  it('keeps both tokens in cookies of this host, and the refresh token out of bodies', async () => {
    const { email } = await aPerson(world)
    const done = await world.ask('POST /sign-in/password', { body: { email, password }, headers: mode })
    expect(done.body.tokens.refreshToken).toBeNull()
    for (const cookie of done.headers.getSetCookie())
      expect(cookie).toMatch(
        /^__Host-watchword-(access|refresh)=[^;]+; Path=\/; Max-Age=\d+; Secure; HttpOnly; SameSite=Lax$/,
      )
    const cookie = cookiesOf(done.headers).join('; ')
    const headers = { ...mode, cookie, origin: world.config.settings.siteUrl }
    expect((await world.ask('GET /me', { headers })).body.email).toBe(email)
    expect(codeOf(await world.ask('GET /me', { headers: { cookie } }))).toBe('no_authorization')
    const renewed = await world.ask('POST /sessions/refresh', { body: {}, headers })
    expect(renewed.body.tokens.refreshToken).toBeNull()
    expect(cookiesOf(renewed.headers)).toHaveLength(2)
    const left = await world.ask('POST /sign-out', { body: {}, headers })
    expect(left.headers.getSetCookie().every((each) => each.includes('Max-Age=0'))).toBe(true)
    expect(codeOf(await world.ask('GET /me', { headers }))).toBe('session_not_found')
  })

  it('says that a token has run out, so that a client knows to refresh', async () => {
    const { email } = await aPerson(world)
    const done = await world.ask('POST /sign-in/password', { body: { email, password }, headers: mode })
    world.clock.move(2 * 3600)
    const headers = { ...mode, cookie: cookiesOf(done.headers).join('; ') }
    expect(codeOf(await world.ask('GET /me', { headers }))).toBe('bad_jwt')
  })

  it('refuses changes from pages that are not listed', async () => {
    const { email } = await aPerson(world)
    const done = await world.ask('POST /sign-in/password', { body: { email, password }, headers: mode })
    const cookie = cookiesOf(done.headers).join('; ')
    for (const extra of [{ origin: 'https://evil.test' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }, {}]) {
      const headers = { ...mode, cookie, ...extra } as Record<string, string>
      const reply = await world.ask('PATCH /me', { body: { displayName: 'X' }, headers })
      expect(codeOf(reply)).toBe('origin_not_allowed')
    }
    const odd = await world.ask('POST /sign-in/password', {
      body: { email: anAddress(), password },
      headers: { 'watchword-session': 'other' },
    })
    expect(odd.status).toBe(400)
  })
})
