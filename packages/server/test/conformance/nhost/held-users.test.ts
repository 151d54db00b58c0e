import { randomInt } from 'node:crypto'
import { HasuraAuthClient } from '@nhost/hasura-auth-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Issuer, startIssuer } from '../../world/issuer.ts'
import { securityKey } from '../../world/security-key.ts'
import { type SocialWorld, startSocial } from '../../world/social.ts'
import { createTraveller } from '../../world/traveller.ts'
import { startWorld, type World } from '../../world/world.ts'
import type { Body } from '../native/native-world.ts'
import { anAddress, aPerson, followMail, goodPassword, nhostClient, refused } from './clients.ts'

// As `AUTH_DISABLE_NEW_USERS` has it.
const site = 'http://localhost:3000'
const disabled = { status: 401, body: { status: 401, error: 'disabled-user', message: 'User is disabled' } }
let world: World
let open: World
let social: SocialWorld
let issuer: Issuer
beforeAll(async () => {
  issuer = await startIssuer('an-app')
  const google = { clientId: 'an-app', clientSecret: 'secret', url: issuer.issuer }
  const config = {
    siteUrl: site,
    outbound: { allow: ['127.0.0.1'] },
    phone: { enabled: true, countries: ['US' as const] },
    providers: { google },
  }
  const signUp = { approval: true, anonymous: true }
  world = await startWorld({ config: { ...config, signUp } })
  open = await startWorld({ config: { ...config, signUp: { ...signUp, emailConfirmation: false } } })
  social = await startSocial({ signUp })
})
afterAll(async () => {
  await Promise.all([world.close(), open.close(), social.close()])
  await issuer.close()
})

async function admin(at: World, method: string, path: string, body?: object): Promise<Body> {
  const response = await fetch(`${at.url}/v1/admin${path}`, {
    method,
    headers: { authorization: `Bearer ${at.secretKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return response.json()
}

const seen = async (at: World, address: string) =>
  (await admin(at, 'GET', `/users?q=${encodeURIComponent(address)}`)).items[0]

async function isHeld(at: World, address: string) {
  expect(await seen(at, address)).toMatchObject({ bannedUntil: expect.stringMatching(/^9999/) })
  expect(await at.inbox.staysEmpty(address)).toBe(true)
}

const letIn = async (at: World, address: string) =>
  admin(at, 'PATCH', `/users/${(await seen(at, address)).id}`, { bannedUntil: null })

describe('signing up where new users are disabled', () => {
  it('makes the user and says so; once enabled they prove their address and are in', async () => {
    const email = anAddress()
    const { auth } = nhostClient(world)
    expect(await refused(auth.signUpEmailPassword({ email, password: goodPassword }))).toEqual(disabled)
    await isHeld(world, email)
    expect(await refused(auth.signInEmailPassword({ email, password: goodPassword }))).toEqual(disabled)
    await letIn(world, email)
    expect(await refused(auth.signInEmailPassword({ email, password: goodPassword }))).toMatchObject({
      body: { error: 'unverified-user' },
    })
    await auth.sendVerificationEmail({ email })
    const place = await followMail(world.inbox, email)
    expect(place.searchParams.get('refreshToken')).toBeTruthy()
    const { body } = await auth.signInEmailPassword({ email, password: goodPassword })
    expect(body.session?.user?.email).toBe(email)
  })

  it('opens nothing where addresses are not verified either', async () => {
    const email = anAddress()
    const { auth } = nhostClient(open)
    expect(await refused(auth.signUpEmailPassword({ email, password: goodPassword }))).toEqual(disabled)
    await isHeld(open, email)
    await letIn(open, email)
    const { body } = await auth.signInEmailPassword({ email, password: goodPassword })
    expect(body.session?.user?.email).toBe(email)
  })

  it('tells that an address is taken first, as ever', async () => {
    const { email } = await aPerson(world)
    expect(await refused(nhostClient(world).auth.signUpEmailPassword({ email, password: goodPassword }))).toMatchObject(
      {
        status: 409,
        body: { error: 'email-already-in-use' },
      },
    )
  })

  it('makes the user of a security key, whether or not an address is to be proved', async () => {
    for (const at of [world, open]) await isHeld(at, await signUpByKey(at))
  })

  it('makes the user of a link, of a code and of a text, and tells everybody the same', async () => {
    const { email: known } = await aPerson(world)
    const { auth } = nhostClient(world)
    const phoneNumber = `+1202555${randomInt(10_000).toString().padStart(4, '0')}`
    const [first, second] = [anAddress(), anAddress()]
    for (const email of [first, known]) expect(await refused(auth.signUpPasswordlessEmail({ email }))).toEqual(disabled)
    for (const email of [second, known]) expect(await refused(auth.signUpOTPEmail({ email }))).toEqual(disabled)
    expect(await refused(auth.signUpPasswordlessSms({ phoneNumber }))).toEqual(disabled)
    for (const address of [first, second, phoneNumber]) await isHeld(world, address)
  })

  it('is what becomes of signing in for the first time, which says OK to everybody', async () => {
    const { auth } = nhostClient(world)
    const [first, second] = [anAddress(), anAddress()]
    expect((await auth.signInPasswordlessEmail({ email: first, options: { displayName: 'Jo' } })).body).toBe('OK')
    expect((await auth.signInOTPEmail({ email: second })).body).toBe('OK')
    for (const address of [first, second]) await isHeld(world, address)
    expect(await seen(world, first)).toMatchObject({ displayName: 'Jo' })
    await letIn(world, second)
    await auth.signInOTPEmail({ email: second })
    const { code } = await world.inbox.waitFor(second)
    const { body } = await auth.verifySignInOTPEmail({ email: second, otp: code ?? '' })
    expect(body.session?.user).toMatchObject({ email: second, emailVerified: true })
  })

  it('refuses the token of a provider, and the way back from one', async () => {
    const email = anAddress()
    const { auth } = nhostClient(world)
    const idToken = await issuer.token({ sub: email, email, email_verified: true })
    expect(await refused(auth.signInIdToken({ provider: 'google', idToken }))).toEqual(disabled)
    await isHeld(world, email)
    const other = anAddress()
    social.openId.person = { sub: other, email: other, email_verified: true }
    const url = nhostClient(social).auth.signInProviderURL('google', { redirectTo: social.app, state: 'mine' })
    const { url: place } = await createTraveller().go(url, social.app)
    expect(Object.fromEntries(place.searchParams)).toEqual({
      error: 'disabled-user',
      errorDescription: 'User is disabled',
      state: 'mine',
    })
    await isHeld(social, other)
  })

  it('lets guests in', async () => {
    const { body } = await nhostClient(world).auth.signInAnonymous()
    expect(body.session?.user?.isAnonymous).toBe(true)
  })

  it('is an error that the older client knows', async () => {
    const auth = new HasuraAuthClient({ url: `${world.url}/nhost/v1`, autoSignIn: false, autoRefreshToken: false })
    const { error, session } = await auth.signUp({ email: anAddress(), password: goodPassword })
    expect([session, error]).toEqual([null, disabled.body])
  })
})

async function signUpByKey(at: World): Promise<string> {
  const email = anAddress()
  const { auth } = nhostClient(at)
  const asked = (await auth.signUpWebauthn({ email })).body as Body
  const credential = securityKey(site).create(asked, { verified: true }) as never
  expect(await refused(auth.verifySignUpWebauthn({ credential }))).toEqual(disabled)
  return email
}
