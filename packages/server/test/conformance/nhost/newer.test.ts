import { randomInt } from 'node:crypto'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { securityKey } from '../../world/security-key.ts'
import { type SocialWorld, startSocial } from '../../world/social.ts'
import { createTraveller, type Traveller } from '../../world/traveller.ts'
import { startWorld, type World } from '../../world/world.ts'
import { anAddress, aSignedIn, nhostClient, raw } from './clients.ts'

// Operations that the server has and the client of 4.7 does not call yet.

const site = 'http://localhost:3000'
const app = 'https://app.example.test/welcome'
const phone = { enabled: true, countries: ['US' as const] }
let world: SocialWorld
let strict: World
let without: World
beforeAll(async () => {
  const roles = { default: 'user', allowed: ['user', 'me', 'editor'] }
  world = await startSocial({ siteUrl: site, signUp: { anonymous: true }, phone, roles })
  strict = await startWorld({ config: { siteUrl: site, phone, dialects: { nhost: { elevation: 'required' } } } })
  without = await startWorld({ config: { siteUrl: site, phone: { enabled: false }, signUp: { anonymous: true } } })
})
afterAll(async () => {
  await world.close()
  await strict.close()
  await without.close()
})

type Json = Record<string, unknown>

async function post(path: string, json: unknown, token: string | undefined, at: World = world) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const response = await raw(at, path, { json, headers })
  return [response.status, (await response.json()) as Json | string] as const
}
const aNumber = () => `+1202555${randomInt(10_000).toString().padStart(4, '0')}`
const wrongFor = (code: string) => (code === '000000' ? '111111' : '000000')
const elevatedWanted = {
  error: 'unauthorized',
  reason: 'elevated claim required',
  securityScheme: 'BearerAuthElevated',
}
const missing = {
  error: 'unauthorized',
  reason: 'missing or malformed authorization header',
  securityScheme: 'BearerAuthElevated',
}
const guestsOut = { status: 403, message: 'Forbidden, user is anonymous.', error: 'forbidden-anonymous' }

async function aGuest(at: World = world, more: Json = {}) {
  const nhost = nhostClient(at)
  const { body } = await nhost.auth.signInAnonymous(more)
  return { nhost, id: body.session?.user?.id ?? '', token: body.session?.accessToken ?? '' }
}

/** A token that says that it was proved once more who its bearer is. */
async function anElevated(at: World) {
  const who = await aSignedIn(at)
  const key = securityKey(site)
  const asked = (await who.nhost.auth.addSecurityKey()).body as unknown as Json
  await who.nhost.auth.verifyAddSecurityKey({ credential: key.create(asked, { verified: true }) as never })
  const options = (await who.nhost.auth.elevateWebauthn()).body as unknown as Json
  const credential = key.get(options, { verified: true }) as never
  const { body } = await who.nhost.auth.verifyElevateWebauthn({ credential })
  return { ...who, elevated: body.session?.accessToken ?? '' }
}

async function codeFor(number: string, at: World = world): Promise<string> {
  return (await at.inbox.waitFor(number)).code ?? ''
}

describe('POST /link/provider/{provider}', () => {
  const somebody = () => {
    const email = anAddress('there')
    world.openId.person = { sub: email, email, email_verified: true, name: 'Ada Lovelace' }
    return world.openId.person
  }
  const begin = async (token: string, body: unknown = { redirectTo: app, state: 'mine' }) => {
    const [status, answer] = await post('/link/provider/google', body, token)
    expect(status).toBe(200)
    return String((answer as Json)['url'])
  }
  /** Presses the button of the page that asks. */
  const agree = async (browser: Traveller, place: URL, page: string) => {
    const handle = /name="handle" value="([^"]+)"/.exec(page)?.[1] ?? ''
    const own = { origin: place.origin, 'sec-fetch-site': 'same-origin' }
    return browser.fetch(`${place.origin}${place.pathname}/confirm`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...own },
      body: new URLSearchParams({ handle }),
    })
  }

  it('answers where to go, and connects once whoever came back agrees in that browser', async () => {
    const { id, session } = await aSignedIn(world)
    const person = somebody()
    const url = await begin(session.accessToken)
    expect(url.startsWith(`${world.origin}/nhost/v1/signin/provider/google?link=`)).toBe(true)
    const browser = createTraveller()
    const first = await browser.fetch(url)
    expect(first.headers.getSetCookie()).toEqual([expect.stringMatching(/watchword-flow=.*HttpOnly/i)])
    const { url: place, response } = await browser.go(first.headers.get('location') ?? '', app)
    const answer = await agree(browser, place, (await response?.text()) ?? '')
    expect([answer.status, answer.headers.get('location')]).toEqual([302, app])
    const linked = (await world.core.users.find(id))?.identities.find(({ provider }) => provider === 'google')
    expect(linked).toBeDefined()
    world.openId.person = person
    const again = nhostClient({ ...world, url: world.origin }).auth.signInProviderURL('google', { redirectTo: app })
    const back = (await createTraveller().go(again, app)).url
    const { body } = await nhostClient(world).auth.refreshToken({
      refreshToken: back.searchParams.get('refreshToken') ?? '',
    })
    expect(body.user?.id).toBe(id)
  })

  it('takes no body as well, and says what is wrong with one', async () => {
    const { session } = await aSignedIn(world)
    const headers = { authorization: `Bearer ${session.accessToken}` }
    const bare = await fetch(`${world.url}/nhost/v1/link/provider/google`, { method: 'POST', headers })
    expect([bare.status, await bare.json()]).toEqual([200, { url: expect.stringContaining('link=') }])
    const asked: [string, unknown, number, string][] = [
      ['/link/provider/google', { redirectTo: 'https://evil.test' }, 400, 'redirectTo-not-allowed'],
      ['/link/provider/google', { more: 1 }, 400, 'schema-validation-error'],
      ['/link/provider/google', { providerSpecificParams: { prompt: 'x' } }, 400, 'schema-validation-error'],
      ['/link/provider/nobody', {}, 400, 'schema-validation-error'],
      ['/link/provider/github', {}, 409, 'disabled-endpoint'],
    ]
    for (const [path, body, status, error] of asked)
      expect(await post(path, body, session.accessToken)).toMatchObject([status, { error }])
    expect(
      (await post('/link/provider/google', { providerSpecificParams: { organization: 'o' } }, session.accessToken))[0],
    ).toBe(200)
  })

  it('needs somebody, and the claim of an elevation where changes do', async () => {
    expect(await post('/link/provider/google', {}, undefined)).toEqual([401, missing])
    expect(await post('/link/provider/google', {}, (await aGuest()).token)).toEqual([403, guestsOut])
    const { session } = await aSignedIn(strict)
    expect(await post('/link/provider/google', {}, session.accessToken, strict)).toEqual([401, elevatedWanted])
    const { elevated } = await anElevated(strict)
    expect(await post('/link/provider/google', {}, elevated, strict)).toMatchObject([
      409,
      { error: 'disabled-endpoint' },
    ])
  })

  it('says at the app that an account is connected already', async () => {
    const person = somebody()
    const [mine, theirs] = [await aSignedIn(world), await aSignedIn(world)]
    for (const { session } of [mine, theirs]) {
      world.openId.person = person
      const browser = createTraveller()
      const { url: place, response } = await browser.go(await begin(session.accessToken), app)
      if (session === mine.session) await agree(browser, place, (await response?.text()) ?? '')
      else
        expect(Object.fromEntries(place.searchParams)).toEqual({
          error: 'provider-account-already-linked',
          errorDescription: 'This provider account is already linked to a user',
          state: 'mine',
        })
    }
  })
})

describe('POST /user/phone-number/change', () => {
  it('texts a code, and the number counts once it was typed', async () => {
    const { nhost, session } = await aSignedIn(world)
    const newPhoneNumber = aNumber()
    expect(await post('/user/phone-number/change', { newPhoneNumber }, session.accessToken)).toEqual([200, 'OK'])
    const otp = await codeFor(newPhoneNumber)
    expect((await nhost.auth.getUser()).body.phoneNumber).toBeUndefined()
    const verify = (body: Json) => post('/user/phone-number/change/verify', body, session.accessToken)
    const wrong = { status: 400, message: 'Invalid or expired OTP', error: 'invalid-otp' }
    expect(await verify({ newPhoneNumber, otp: wrongFor(otp) })).toEqual([400, wrong])
    expect(await verify({ newPhoneNumber: aNumber(), otp })).toEqual([400, wrong])
    expect(await verify({ newPhoneNumber: 'nonsense', otp })).toEqual([400, wrong])
    expect(await verify({ newPhoneNumber, otp })).toEqual([200, 'OK'])
    expect((await nhost.auth.getUser()).body).toMatchObject({ phoneNumber: newPhoneNumber, phoneNumberVerified: true })
    expect(await verify({ newPhoneNumber, otp })).toEqual([400, wrong])
    expect((await nhost.refreshSession(0))?.user?.phoneNumber).toBe(newPhoneNumber)
    expect(await post('/user/phone-number/change', { newPhoneNumber }, session.accessToken)).toMatchObject([
      409,
      { error: 'user-already-exists' },
    ])
  })

  it('is for numbers that texts go to', async () => {
    const { session } = await aSignedIn(world)
    for (const newPhoneNumber of ['', 'nonsense', '+4915112345678'])
      expect(await post('/user/phone-number/change', { newPhoneNumber }, session.accessToken)).toMatchObject([
        400,
        { error: 'cannot-send-sms' },
      ])
    const other = await aSignedIn(without)
    const body = { newPhoneNumber: aNumber(), otp: '123456' }
    for (const path of ['/user/phone-number/change', '/user/phone-number/change/verify']) {
      const asked = path.endsWith('verify') ? body : { newPhoneNumber: body.newPhoneNumber }
      expect(await post(path, asked, other.session.accessToken, without)).toMatchObject([
        409,
        { error: 'disabled-endpoint' },
      ])
      expect(await post(path, {}, session.accessToken)).toMatchObject([400, { error: 'schema-validation-error' }])
    }
  })

  it('needs somebody, and the claim of an elevation where changes do, on both its steps', async () => {
    const guest = await aGuest()
    const { session } = await aSignedIn(strict)
    const newPhoneNumber = aNumber()
    for (const [path, body] of [
      ['/user/phone-number/change', { newPhoneNumber }],
      ['/user/phone-number/change/verify', { newPhoneNumber, otp: '123456' }],
    ] as const) {
      expect(await post(path, body, undefined)).toEqual([401, missing])
      expect(await post(path, body, guest.token)).toEqual([403, guestsOut])
      expect(await post(path, body, session.accessToken, strict)).toEqual([401, elevatedWanted])
    }
    const { nhost, elevated } = await anElevated(strict)
    expect(await post('/user/phone-number/change', { newPhoneNumber }, elevated, strict)).toEqual([200, 'OK'])
    const otp = await codeFor(newPhoneNumber, strict)
    const typed = { newPhoneNumber, otp }
    expect(await post('/user/phone-number/change/verify', typed, elevated, strict)).toEqual([200, 'OK'])
    expect((await nhost.auth.getUser()).body.phoneNumber).toBe(newPhoneNumber)
  })
})

describe('POST /user/deanonymize/sms', () => {
  it('makes a guest somebody where the code is typed, with what was asked for', async () => {
    const { nhost, id, token } = await aGuest(world, { metadata: { kept: 1 } })
    const phoneNumber = aNumber()
    const options = { allowedRoles: ['editor', 'user'], defaultRole: 'editor', displayName: 'Now Somebody' }
    expect(await post('/user/deanonymize/sms', { phoneNumber, options }, token)).toEqual([200, 'OK'])
    const otp = await codeFor(phoneNumber)
    expect((await nhost.refreshSession(0))?.user?.isAnonymous).toBe(true)
    const before = nhost.getUserSession()?.refreshToken ?? ''
    const { body } = await nhost.auth.verifySignInPasswordlessSms({ phoneNumber, otp })
    expect(body.session?.user).toMatchObject({
      id,
      phoneNumber,
      phoneNumberVerified: true,
      isAnonymous: false,
      roles: ['editor', 'user'],
      defaultRole: 'editor',
      displayName: 'Now Somebody',
      metadata: { kept: 1 },
    })
    const claims = decodeJwt(body.session?.accessToken ?? '')['https://hasura.io/jwt/claims']
    expect(claims).toMatchObject({ 'x-hasura-user-is-anonymous': 'false', 'x-hasura-default-role': 'editor' })
    expect((await nhost.auth.getUser()).body.id).toBe(id)
    expect((await post('/token', { refreshToken: before }, undefined))[0]).toBe(401)
    expect(await post('/user/deanonymize/sms', { phoneNumber: aNumber() }, body.session?.accessToken)).toMatchObject([
      400,
      { error: 'user-not-anonymous' },
    ])
  })

  it('leaves a guest to sign in to an account that there is', async () => {
    const phoneNumber = aNumber()
    const owner = nhostClient(world)
    await owner.auth.signInPasswordlessSms({ phoneNumber })
    const otp = await codeFor(phoneNumber)
    const { session } = (await owner.auth.verifySignInPasswordlessSms({ phoneNumber, otp })).body
    await world.inbox.clear()
    world.clock.move(61)
    const guest = await aGuest()
    expect(await post('/user/deanonymize/sms', { phoneNumber }, guest.token)).toEqual([200, 'OK'])
    expect(await world.inbox.staysEmpty(phoneNumber)).toBe(true)
    await guest.nhost.auth.signInPasswordlessSms({ phoneNumber })
    const mine = { phoneNumber, otp: await codeFor(phoneNumber) }
    expect((await guest.nhost.auth.verifySignInPasswordlessSms(mine)).body.session?.user?.id).toBe(session?.user?.id)
  })

  it('says what is wrong with what was asked for', async () => {
    const { token } = await aGuest()
    const phoneNumber = aNumber()
    const asked: [Json, number, string][] = [
      [{}, 400, 'schema-validation-error'],
      [{ phoneNumber, more: 1 }, 400, 'schema-validation-error'],
      [{ phoneNumber: 'nonsense' }, 400, 'cannot-send-sms'],
      [{ phoneNumber: '+4915112345678' }, 400, 'cannot-send-sms'],
      [{ phoneNumber, options: { redirectTo: 'https://evil.test' } }, 400, 'redirectTo-not-allowed'],
      [{ phoneNumber, options: { allowedRoles: ['admin'] } }, 400, 'role-not-allowed'],
    ]
    for (const [body, status, error] of asked)
      expect(await post('/user/deanonymize/sms', body, token)).toMatchObject([status, { error }])
    const other = await aGuest(without)
    expect(await post('/user/deanonymize/sms', { phoneNumber }, other.token, without)).toMatchObject([
      409,
      { error: 'disabled-endpoint' },
    ])
    expect((await post('/user/deanonymize/sms', { phoneNumber }, undefined))[0]).toBe(401)
  })
})
