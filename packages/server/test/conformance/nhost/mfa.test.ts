import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authenticator } from '../../world/authenticator.ts'
import { startWorld, type World } from '../../world/world.ts'
import { aSignedIn, goodPassword, nhostClient, refused } from './clients.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

/** The next code of an app: each time step counts once, so the clock moves on. */
function nextCode(secret: string): string {
  world.clock.move(30)
  return authenticator(secret).codeAt(world.core.runtime.now())
}

async function withApp() {
  const person = await aSignedIn(world)
  const { totpSecret, imageUrl } = (await person.nhost.auth.changeUserMfa()).body
  expect(imageUrl).toMatch(/^data:image\/png;base64,iVBORw0KGgo/)
  expect(
    (await person.nhost.auth.verifyChangeUserMfa({ code: nextCode(totpSecret), activeMfaType: 'totp' })).body,
  ).toBe('OK')
  return { ...person, secret: totpSecret }
}

describe('TOTP', () => {
  it('is switched on by its first code; the session goes on with its tokens', async () => {
    const { nhost } = await withApp()
    expect((await nhost.auth.getUser()).body.activeMfaType).toBe('totp')
    const renewed = await nhost.refreshSession(0)
    expect(renewed?.accessToken).toBeDefined()
    expect((await nhost.auth.getUser()).status).toBe(200)
    expect(await refused(nhost.auth.changeUserMfa())).toMatchObject({
      status: 400,
      body: { error: 'totp-already-active' },
    })
  })

  it('is asked for after a password, by a ticket', async () => {
    const { email, secret } = await withApp()
    const nhost = nhostClient(world)
    const { body } = await nhost.auth.signInEmailPassword({ email, password: goodPassword })
    expect(body.session ?? null).toBeNull()
    const ticket = body.mfa?.ticket ?? ''
    expect(ticket).toMatch(/^mfaTotp:[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/)
    expect(await refused(nhost.auth.verifySignInMfaTotp({ ticket, otp: '000000' }))).toMatchObject({
      status: 401,
      body: { error: 'invalid-totp', message: 'Invalid TOTP code' },
    })
    const done = await nhost.auth.verifySignInMfaTotp({ ticket, otp: nextCode(secret) })
    expect(done.body.session?.user?.email).toBe(email)
    expect(nhost.getUserSession()?.user?.activeMfaType).toBe('totp')
    expect(await refused(nhost.auth.verifySignInMfaTotp({ ticket, otp: nextCode(secret) }))).toMatchObject({
      status: 401,
      body: { error: 'invalid-ticket' },
    })
  })

  it('S87 is not passed by a mailed code or link', async () => {
    const { email } = await withApp()
    const nhost = nhostClient(world)
    await nhost.auth.signInOTPEmail({ email })
    const message = await world.inbox.waitFor(email, 'sign_in_code')
    const { body } = await nhost.auth.verifySignInOTPEmail({ email, otp: message.code ?? '' })
    expect(body.session ?? null).toBeNull()
    world.clock.move(61)
    await nhost.auth.signInPasswordlessEmail({ email })
    const { link } = await world.inbox.waitFor(email, 'sign_in')
    const answer = await fetch(link ?? '', { redirect: 'manual' })
    const place = new URL(answer.headers.get('location') ?? '')
    expect([place.searchParams.get('refreshToken'), place.searchParams.get('error')]).toEqual([null, 'mfa-required'])
  })

  it('is switched off with a code', async () => {
    const { nhost, email, secret } = await withApp()
    expect(await refused(nhost.auth.verifyChangeUserMfa({ code: '000000', activeMfaType: '' }))).toMatchObject({
      status: 401,
      body: { error: 'invalid-totp' },
    })
    expect((await nhost.auth.verifyChangeUserMfa({ code: nextCode(secret), activeMfaType: '' })).body).toBe('OK')
    expect((await nhost.auth.getUser()).body.activeMfaType).toBeNull()
    expect(
      (await nhostClient(world).auth.signInEmailPassword({ email, password: goodPassword })).body.session,
    ).toBeDefined()
    expect(await refused(nhost.auth.verifyChangeUserMfa({ code: nextCode(secret) }))).toMatchObject({
      status: 401,
      body: { error: 'disabled-mfa-totp' },
    })
    expect(await refused(nhost.auth.verifyChangeUserMfa({ code: '123456', activeMfaType: 'totp' }))).toMatchObject({
      status: 400,
      body: { error: 'no-totp-secret' },
    })
  })
})
