import { HasuraAuthClient } from '@nhost/hasura-auth-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Issuer, startIssuer } from '../../world/issuer.ts'
import { startWorld, type World } from '../../world/world.ts'
import { anAddress, aPerson, followMail, goodPassword } from './clients.ts'

let world: World
let issuer: Issuer
beforeAll(async () => {
  issuer = await startIssuer('an-app')
  const google = { clientId: 'an-app', clientSecret: 'secret', url: issuer.issuer }
  world = await startWorld({
    config: {
      siteUrl: 'http://localhost:3000',
      signUp: { anonymous: true },
      outbound: { allow: ['127.0.0.1'] },
      providers: { google },
      emailChange: { bothAgree: false },
    },
  })
})
afterAll(async () => {
  await world.close()
  await issuer.close()
})

function aClient(): HasuraAuthClient {
  const held = new Map<string, string>()
  return new HasuraAuthClient({
    url: `${world.url}/nhost/v1`,
    autoSignIn: false,
    autoRefreshToken: false,
    clientStorageType: 'custom',
    clientStorage: {
      getItem: (key: string) => held.get(key) ?? null,
      setItem: (key: string, value: string) => void held.set(key, value),
      removeItem: (key: string) => void held.delete(key),
    },
  })
}

describe('the client before nhost-js 4', () => {
  it('signs up, waits for the proof, and comes in with the token of the link', async () => {
    const auth = aClient()
    const email = anAddress()
    const { session, error } = await auth.signUp({ email, password: goodPassword })
    expect([session, error]).toEqual([null, null])
    const place = await followMail(world.inbox, email)
    const refreshed = await aClient().refreshSession(place.searchParams.get('refreshToken') ?? '')
    expect(refreshed.session?.user?.email).toBe(email)
  })

  it('signs in, reads who is there, renews, and signs out', async () => {
    const { email, password } = await aPerson(world)
    const auth = aClient()
    const { session } = await auth.signIn({ email, password })
    expect(session?.user.email).toBe(email)
    expect(auth.getHasuraClaims()).toMatchObject({ 'x-hasura-default-role': 'user' })
    const renewed = await auth.refreshSession()
    expect(renewed.session?.refreshToken).not.toBe(session?.refreshToken)
    await auth.signOut()
    expect(auth.getAccessToken()).toBeUndefined()
  })

  it('shows refusals in its own words', async () => {
    const { email } = await aPerson(world)
    const { error } = await aClient().signIn({ email, password: 'wrong otters' })
    expect(error).toMatchObject({ status: 401, error: 'invalid-email-password' })
    expect((await aClient().signUp({ email, password: goodPassword })).error).toMatchObject({
      status: 409,
      error: 'email-already-in-use',
    })
  })

  it('mails links and codes, and resets', async () => {
    const { email } = await aPerson(world)
    expect((await aClient().signIn({ email })).error).toBeNull()
    const place = await followMail(world.inbox, email)
    expect(place.searchParams.get('type')).toBe('passwordlessEmail')
    expect((await aClient().resetPassword({ email })).error).toBeNull()
    expect(await world.inbox.waitFor(email, 'recovery')).toBeDefined()
  })

  it('lets guests in', async () => {
    const { session } = await aClient().signIn()
    expect(session?.user.isAnonymous).toBe(true)
  })

  it('signs in by a mailed code', async () => {
    const { email } = await aPerson(world)
    const auth = aClient()
    expect((await auth.signInEmailOTP(email)).error).toBeNull()
    const { code } = await world.inbox.waitFor(email)
    expect((await aClient().verifyEmailOTP(email, '000000')).session).toBeNull()
    const { session } = await auth.verifyEmailOTP(email, code ?? '')
    expect(session?.user.email).toBe(email)
  })

  it('says who is there, and hears when that changes', async () => {
    const { email, password } = await aPerson(world)
    const auth = aClient()
    const heard: string[] = []
    const tokens: (string | undefined)[] = []
    auth.onAuthStateChanged((event) => void heard.push(event))
    auth.onTokenChanged((session) => void tokens.push(session?.accessToken))
    await auth.signIn({ email, password })
    expect([auth.isAuthenticated(), await auth.isAuthenticatedAsync()]).toEqual([true, true])
    expect(auth.getAuthenticationStatus()).toMatchObject({ isAuthenticated: true, isLoading: false })
    expect(auth.getHasuraClaim('user-id')).toBe(auth.getUser()?.id)
    expect(auth.getDecodedAccessToken()?.sub).toBe(auth.getUser()?.id)
    const session = auth.getSession()
    if (session === null) throw new Error('nobody is signed in')
    const other = aClient()
    await other.initWithSession({ session })
    expect(other.getUser()?.email).toBe(email)
    await auth.signOut({ all: true })
    expect(heard).toContain('SIGNED_IN')
    expect(heard.at(-1)).toBe('SIGNED_OUT')
    expect(tokens).toContain(session.accessToken)
    expect((await other.refreshSession()).error).toMatchObject({ error: 'invalid-refresh-token' })
  })

  it('changes a password and an address, and asks for the mail of a sign-up again', async () => {
    const { email, password } = await aPerson(world)
    const auth = aClient()
    await auth.signIn({ email, password })
    expect((await auth.changePassword({ newPassword: `${goodPassword}!` })).error).toBeNull()
    expect((await aClient().signIn({ email, password: `${goodPassword}!` })).error).toBeNull()
    const newEmail = anAddress()
    expect((await auth.changeEmail({ newEmail })).error).toBeNull()
    expect((await followMail(world.inbox, newEmail)).searchParams.get('type')).toBe('emailConfirmChange')
    const waits = anAddress()
    await aClient().signUp({ email: waits, password: goodPassword })
    await world.inbox.waitFor(waits)
    await world.inbox.clear()
    world.clock.move(61)
    expect((await aClient().sendVerificationEmail({ email: waits })).error).toBeNull()
    expect((await world.inbox.waitFor(waits)).link).toContain('type=emailVerify')
  })

  it('takes a password by the ticket of a mail', async () => {
    const { email } = await aPerson(world)
    await aClient().resetPassword({ email })
    const { link } = await world.inbox.waitFor(email, 'recovery')
    const ticket = new URL(link ?? '').searchParams.get('ticket') ?? ''
    expect((await aClient().changePassword({ newPassword: 'eight quiet badgers', ticket })).error).toBeNull()
    expect((await aClient().signIn({ email, password: 'eight quiet badgers' })).session?.user.email).toBe(email)
  })

  it('makes a guest somebody', async () => {
    const auth = aClient()
    const guest = await auth.signIn()
    const email = anAddress()
    const asked = { signInMethod: 'email-password', email, password: goodPassword } as const
    expect((await auth.deanonymize(asked)).error).toBeNull()
    await followMail(world.inbox, email)
    expect((await aClient().signIn({ email, password: goodPassword })).session?.user.id).toBe(guest.session?.user.id)
  })

  it('makes personal access tokens and signs in with them', async () => {
    const { email, password } = await aPerson(world)
    const auth = aClient()
    await auth.signIn({ email, password })
    const { data } = await auth.createPAT(new Date(Date.now() + 86_400_000), { name: 'ci' })
    const { session } = await aClient().signInPAT(data?.personalAccessToken ?? '')
    expect(session?.user.email).toBe(email)
    expect((await aClient().signInPAT(crypto.randomUUID())).error).toMatchObject({ error: 'invalid-pat' })
  })

  it('signs in with what an account elsewhere says, connects one, and leads to a provider', async () => {
    const email = anAddress()
    const token = (more: object) => issuer.token({ sub: anAddress(), email_verified: true, name: 'Grace', ...more })
    const { session } = await aClient().signInIdToken({ provider: 'google', idToken: await token({ email }) })
    expect(session?.user).toMatchObject({ email, displayName: 'Grace' })
    const person = await aPerson(world)
    const auth = aClient()
    await auth.signIn({ email: person.email, password: person.password })
    const linked = await auth.linkIdToken({ provider: 'google', idToken: await token({ email: anAddress() }) })
    expect(linked.error).toBeNull()
    const begun = await aClient().signIn({ provider: 'google' })
    expect(begun.providerUrl).toMatch(/\/nhost\/v1\/signin\/provider\/google$/)
    const { providerUrl } = await auth.connectProvider({ provider: 'google' })
    const connect = new URL(providerUrl ?? '').searchParams.get('connect')
    expect(connect).toBe(auth.getAccessToken())
  })
})
