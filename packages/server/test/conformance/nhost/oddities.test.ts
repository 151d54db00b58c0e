import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { securityKey } from '../../world/security-key.ts'
import { startWorld, type World } from '../../world/world.ts'
import { anAddress, aPerson, aSignedIn, goodPassword, nhostClient, raw, refused } from './clients.ts'

// What is odd about the upstream server, and what becomes of it here. The numbers are those of its contract's list; what is
// not here stands beside the feature it belongs to.
const site = 'http://localhost:3000'
let world: World
beforeAll(async () => {
  world = await startWorld({
    config: { siteUrl: site, signUp: { anonymous: true, block: ['blocked@example.test'] } },
  })
})
afterAll(() => world.close())

type Json = Record<string, unknown>
const bodyOf = async (answer: Promise<Response>): Promise<[number, Json]> => {
  const response = await answer
  return [response.status, (await response.json()) as Json]
}
const bearer = (token: string | undefined) => ({ headers: { authorization: `Bearer ${token}` } })

describe('kept, because clients build on it', () => {
  it('2, 3: a refresh is known by the end of its address, and answers the session itself', async () => {
    const { session } = await aSignedIn(world)
    const [status, body] = await bodyOf(raw(world, '/token', { json: { refreshToken: session.refreshToken } }))
    expect([status, body['session'], typeof body['accessToken']]).toEqual([200, undefined, 'string'])
    const nhost = nhostClient(world)
    await nhost.auth.refreshToken({ refreshToken: String(body['refreshToken']) })
    expect(nhost.getUserSession()?.accessToken).toEqual(expect.any(String))
  })

  it('4: a refused refresh is a 401 of this name, and clears the client', async () => {
    const { nhost } = await aSignedIn(world)
    expect(await refused(nhost.auth.refreshToken({ refreshToken: crypto.randomUUID() }))).toMatchObject({
      status: 401,
      body: { error: 'invalid-refresh-token' },
    })
  })

  it('5: signing out with a token nobody knows is "OK"', async () => {
    const { nhost } = await aSignedIn(world)
    for (const refreshToken of [crypto.randomUUID(), 'nonsense'])
      expect((await nhost.auth.signOut({ refreshToken })).body).toBe('OK')
    expect(nhost.getUserSession()).toBeNull()
  })

  it('12: a blocked address is told as a wrong one', async () => {
    const signUp = nhostClient(world).auth.signUpEmailPassword({
      email: 'blocked@example.test',
      password: goodPassword,
    })
    expect(await refused(signUp)).toMatchObject({ status: 401, body: { error: 'invalid-email-password' } })
  })

  it('14, 15: a mailed ticket counts once; that of a reset is used up by the page it opens', async () => {
    const { email } = await aPerson(world)
    const nhost = nhostClient(world)
    await nhost.auth.sendPasswordResetEmail({ email })
    const { link } = await world.inbox.waitFor(email, 'recovery')
    const places = [await fetch(link ?? '', { redirect: 'manual' }), await fetch(link ?? '', { redirect: 'manual' })]
    const [first, second] = places.map((place) => new URL(place.headers.get('location') ?? '').searchParams)
    expect([first?.get('type'), second?.get('error')]).toEqual(['passwordReset', 'invalid-ticket'])
    const ticket = new URL(link ?? '').searchParams.get('ticket') ?? ''
    const answer = await refused(
      nhostClient(world).auth.changeUserPassword({ newPassword: `${goodPassword}!`, ticket }),
    )
    expect(answer).toMatchObject({ body: { error: 'invalid-ticket' } })
  })

  it('20: any origin may call, without cookies', async () => {
    const headers = { origin: 'https://anywhere.example', 'access-control-request-method': 'POST' }
    const preflight = await raw(world, '/signin/email-password', { method: 'OPTIONS', headers })
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
    expect(preflight.headers.get('access-control-allow-credentials')).toBeNull()
  })

  it('23: a place that is not allowed is told as JSON where a sign-in begins, and by a redirect where a mail ends', async () => {
    const evil = encodeURIComponent('https://evil.test/')
    const here = { ...world, url: world.core.settings.publicUrl }
    const [status, body] = await bodyOf(raw(here, `/signin/provider/google?redirectTo=${evil}`))
    expect([status, body['error']]).toEqual([400, 'redirectTo-not-allowed'])
    const verify = await raw(world, `/verify?ticket=verifyEmail:x&type=emailVerify&redirectTo=${evil}`)
    const place = new URL(verify.headers.get('location') ?? '')
    expect([place.origin, place.searchParams.get('error')]).toEqual([site, 'redirectTo-not-allowed'])
  })

  it('25: a ceremony waits five minutes', async () => {
    expect((await nhostClient(world).auth.signInWebauthn()).body).toMatchObject({ timeout: 300_000 })
  })
})

describe('set right', () => {
  it('1: no bearer, and a worthless one, are a 401', async () => {
    const [missing, none] = await bodyOf(raw(world, '/user'))
    expect([missing, none['reason']]).toEqual([401, 'missing or malformed authorization header'])
    const [worthless, bad] = await bodyOf(raw(world, '/user', bearer('a.b.c')))
    expect([worthless, bad['reason']]).toEqual([401, 'invalid or expired token'])
  })

  it('6: every error is JSON', async () => {
    const answers = [
      raw(world, '/nothing'),
      raw(world, '/signin/email-password', { method: 'POST', body: '{' }),
      raw(world, '/signin/email-password', { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } }),
      raw(world, '/verify'),
    ]
    for (const answer of answers) {
      const response = await answer
      expect(response.headers.get('content-type')).toContain('application/json')
      expect([await response.json(), response.status < 500]).toEqual([expect.any(Object), true])
    }
  })

  it('11: a guest renews like anybody', async () => {
    const nhost = nhostClient(world)
    const { body } = await nhost.auth.signInAnonymous()
    const renewed = await nhost.auth.refreshToken({ refreshToken: body.session?.refreshToken ?? '' })
    expect(renewed.body.user?.isAnonymous).toBe(true)
  })

  it('13: what is the matter with an account is told to whoever knows its password', async () => {
    const { id, email } = await aPerson(world)
    await world.core.users.update(id, { bannedUntil: new Date(Date.now() + 3_600_000) })
    const signIn = (password: string) => refused(nhostClient(world).auth.signInEmailPassword({ email, password }))
    expect((await signIn('not the password')).body).toMatchObject({ error: 'invalid-email-password' })
    expect((await signIn(goodPassword)).body).toMatchObject({ error: 'disabled-user' })
  })

  it('16: asking for another address proves nothing about the old one', async () => {
    const nhost = nhostClient(world)
    await nhost.auth.signInAnonymous()
    const email = anAddress()
    await nhost.auth.deanonymizeUser({ signInMethod: 'email-password', email, password: goodPassword })
    await world.inbox.waitFor(email)
    const found = await world.core.users.findByAddress({ email })
    expect(found?.emailConfirmedAt ?? null).toBeNull()
  })

  it('18: guessing at sign-in leaves signing up alone', async () => {
    const limits = { enabled: true, signInNetwork: '3/60s' }
    const strict = await startWorld({ config: { siteUrl: site, limits } })
    const email = anAddress()
    const signIn = () => raw(strict, '/signin/email-password', { json: { email, password: 'not the password' } })
    const statuses: number[] = []
    for (let tries = 0; tries < 70 && !statuses.includes(429); tries += 1) statuses.push((await signIn()).status)
    expect(statuses).toContain(429)
    const signedUp = await raw(strict, '/signup/email-password', { json: { email, password: goodPassword } })
    expect(signedUp.status).toBe(200)
    await strict.close()
  })

  it('19: a challenge that one place asked is answered at another', async () => {
    const { nhost, id } = await aSignedIn(world)
    const key = securityKey(site)
    const options = (await nhost.auth.addSecurityKey()).body as unknown as Json
    await nhost.auth.verifyAddSecurityKey({ credential: key.create(options, { verified: true }) as never })
    const asked = (await nhostClient(world).auth.signInWebauthn()).body as unknown as Json
    const proof = key.get(asked, { verified: true, userHandle: id }) as never
    const { body } = await nhostClient(world).auth.verifySignInWebauthn({ credential: proof })
    expect(body.session?.user?.id).toBe(id)
  })

  it('26, 28: what can be foreseen is no 500', async () => {
    const { nhost, session } = await aSignedIn(world)
    const key = securityKey(site)
    const options = async () => (await nhost.auth.addSecurityKey()).body as unknown as Json
    await nhost.auth.verifyAddSecurityKey({ credential: key.create(await options(), { verified: true }) as never })
    const again = key.create(await options(), { verified: true })
    const asked = (await nhost.auth.signInWebauthn()).body as unknown as Json
    const nameless = key.get(asked, { verified: true })
    const signUp = (more: Json) => raw(world, '/signup/email-password', { json: { password: goodPassword, ...more } })
    const statuses = await Promise.all([
      signUp({ email: 'no address' }),
      signUp({ email: anAddress(), options: { allowedRoles: ['user', 'user', 'me'], defaultRole: 'user' } }),
      signUp({ email: anAddress(), password: 'ü'.repeat(50) }),
      signUp({ email: 'jürgen@bücher.example' }),
      raw(world, '/user/webauthn/verify', { json: { credential: again }, ...bearer(session.accessToken) }),
      raw(world, '/signin/webauthn/verify', { json: { credential: nameless } }),
    ])
    expect(statuses.map(({ status }) => status < 500)).toEqual(statuses.map(() => true))
    const [status, body] = await bodyOf(signUp({ email: 'no address' }))
    expect([status, body['error']]).toEqual([400, 'request-validation-error'])
  })
})
