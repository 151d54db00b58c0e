import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anAddress, aPerson, codeOf, type NativeWorld, password, startNative } from './native-world.ts'

describe.each(['embedded', 'postgres'] as const)('the conversations, on %s', (database) => {
  let world: NativeWorld
  beforeAll(async () => {
    world = await startNative({ redirectUrls: ['https://app.example.test/in'] }, database)
  })
  afterAll(() => world.close())

  it('e-mail: a code, and a link that a scanner cannot burn', async () => {
    const email = anAddress('Jo')
    const codeVerifier = randomBytes(32).toString('base64url')
    const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url')
    const back = { redirectTo: 'https://app.example.test/in', codeChallenge, state: 'f3' }
    const begun = await world.ask('POST /sign-in/code', { body: { email, ...back } })
    expect(begun.body.attempt.step).toMatchObject({ sentTo: 'j•••@example.test', length: 6, hasLink: true })
    const mail = await world.inbox.waitFor(email.toLowerCase())
    const token = new URL(mail.link ?? '').searchParams.get('token') ?? ''
    for (const _ of [1, 2]) expect((await world.ask(`GET /links?token=${token}`)).status).toBe(200)
    const clicked = await world.ask('POST /links', { form: { token }, headers: { 'sec-fetch-site': 'same-origin' } })
    const place = new URL(clicked.headers.get('location') ?? '')
    expect([clicked.status, place.searchParams.get('state')]).toEqual([303, 'f3'])
    const body = { code: place.searchParams.get('code'), codeVerifier }
    expect((await world.ask('POST /sessions/exchange', { body })).body).toMatchObject({
      status: 'complete',
      isNewUser: true,
    })
    const typed = { attempt: begun.body.attempt.token, code: mail.code }
    expect(codeOf(await world.ask('POST /attempts/answer', { body: typed }))).toBe('attempt_expired')
  })

  it('two tabs, one token, a lost answer', async () => {
    const { complete } = await aPerson(world)
    const refresh = (refreshToken: string) => world.ask('POST /sessions/refresh', { body: { refreshToken } })
    const t1 = complete.tokens.refreshToken
    const [a, b] = await Promise.all([refresh(t1), refresh(t1)])
    expect(a.body.tokens.refreshToken).toBe(b.body.tokens.refreshToken)
    world.clock.move(360)
    const t3 = (await refresh(t1)).body.tokens.refreshToken
    expect(codeOf(await refresh(a.body.tokens.refreshToken))).toBe('refresh_token_already_used')
    expect(codeOf(await refresh(t3))).toBe('refresh_token_not_found')
  })

  it('one code, many at once: one session', async () => {
    const { email } = await aPerson(world)
    const begun = await world.ask('POST /sign-in/code', { body: { email } })
    const { code } = await world.inbox.waitFor(email, 'sign_in')
    const body = { attempt: begun.body.attempt.token, code }
    const replies = await Promise.all(Array.from({ length: 5 }, () => world.ask('POST /attempts/answer', { body })))
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    for (const reply of replies.filter(({ status }) => status !== 200))
      expect(['attempt_expired', 'otp_expired']).toContain(codeOf(reply))
  })

  it('an administrator looks, pages and leads somebody in', async () => {
    const { complete } = await aPerson(world)
    const page = await world.admin('GET /admin/users?limit=1&sort=-lastSignInAt')
    expect(page.body.items[0].id).toBe(complete.user.id)
    const next = await world.admin(
      `GET /admin/users?limit=1&sort=-lastSignInAt&cursor=${encodeURIComponent(page.body.nextCursor)}`,
    )
    expect(next.body.items[0].id).not.toBe(complete.user.id)
    const made = await world.admin('POST /admin/invites', { email: anAddress() })
    const mail = await world.inbox.waitFor(made.body.email, 'invite')
    const token = new URL(mail.link ?? '').searchParams.get('token')
    const asked = await world.ask('POST /links', { body: { token } })
    const yes = { attempt: asked.body.attempt.token, accept: true, password }
    expect((await world.ask('POST /attempts/answer', { body: yes })).body.status).toBe('complete')
    expect((await world.admin('GET /admin/stats')).body.newUsers).toBeGreaterThan(1)
  })
})
