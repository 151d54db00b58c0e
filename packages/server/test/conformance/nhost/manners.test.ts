import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Issuer, startIssuer } from '../../world/issuer.ts'
import { type SocialWorld, startSocial } from '../../world/social.ts'
import { createTraveller } from '../../world/traveller.ts'
import { startWorld, type World } from '../../world/world.ts'
import { anAddress, aPerson, aSignedIn, followMail, goodPassword, nhostClient, raw } from './clients.ts'

const site = 'http://localhost:3000'
const app = 'https://app.example.test/welcome'
const namespace = 'https://hasura.io/jwt/claims'
let issuer: Issuer
let world: World
let reserved: World
let social: SocialWorld
beforeAll(async () => {
  issuer = await startIssuer('an-app')
  const google = { clientId: 'an-app', clientSecret: 'secret', url: issuer.issuer }
  const given = { siteUrl: site, outbound: { allow: ['127.0.0.1'] }, providers: { google } }
  const claims = {
    plan: { path: 'metadata.plan' },
    'X-Hasura-Teams': { path: 'metadata.teams' },
    seat: { path: 'metadata.seat.number' },
    proto: { path: 'metadata.constructor.name' },
    'user-id': { value: 'somebody else' },
    'Auth-Elevated': { value: 'yes' },
  }
  world = await startWorld({
    config: {
      ...given,
      signUp: { anonymous: true, block: ['blocked@example.test'] },
      roles: { default: 'user', allowed: ['user', 'me', 'editor'] },
      locales: { default: 'en', available: ['en', 'fr'] },
      tokens: { hasura: { claims } },
    },
  })
  reserved = await startWorld({
    config: {
      ...given,
      signUp: { anonymous: false },
      dialects: { nhost: { autoSignUp: false, gravatarDefault: 'identicon', gravatarRating: 'pg' } },
    },
  })
  social = await startSocial({ siteUrl: site, dialects: { nhost: { autoSignUp: false } } })
})
afterAll(async () => {
  await world.close()
  await reserved.close()
  await social.close()
  await issuer.close()
})

type Json = Record<string, unknown>

async function post(path: string, json: unknown, { at = world, token }: { at?: World; token?: string } = {}) {
  const response = await raw(at, path, {
    json,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  })
  return [response.status, (await response.json()) as Json] as const
}
const hasura = (token: string | undefined): unknown => decodeJwt(token ?? '')[namespace]
const anIdToken = async (more: Json = {}) => ({
  provider: 'google',
  idToken: await issuer.token({ sub: anAddress(), email: anAddress(), email_verified: true, name: 'Ada', ...more }),
})
const elsewhere = 'https://evil.test'

describe('what a sign-up asks for', () => {
  it('is judged in one order: the place, the roles, the default role', async () => {
    const email = anAddress()
    const wrong = { redirectTo: elsewhere, allowedRoles: ['admin'], defaultRole: 'nobody' }
    const asked = [
      [wrong, 'redirectTo-not-allowed'],
      [{ ...wrong, redirectTo: '' }, 'redirectTo-not-allowed'],
      [{ ...wrong, redirectTo: 'not a uri' }, 'redirectTo-not-allowed'],
      [{ ...wrong, redirectTo: site }, 'role-not-allowed'],
      [{ allowedRoles: ['me'] }, 'default-role-must-be-in-allowed-roles'],
      [{ allowedRoles: ['user', 'me'], defaultRole: 'editor' }, 'default-role-must-be-in-allowed-roles'],
    ] as const
    const paths = ['/signup/passwordless/email', '/signup/otp/email', '/signin/passwordless/email', '/signin/otp/email']
    for (const [options, error] of asked) {
      expect(await post('/signup/email-password', { email, password: goodPassword, options })).toMatchObject([
        400,
        { error },
      ])
      for (const path of paths) expect(await post(path, { email, options })).toMatchObject([400, { error }])
      expect(await post('/signin/idtoken', { ...(await anIdToken()), options })).toMatchObject([400, { error }])
    }
  })

  it('is refused before that where nobody may sign up, and told in its own words where guests may not', async () => {
    const options = { redirectTo: elsewhere }
    const closed = await startWorld({ config: { siteUrl: site, signUp: { enabled: false, anonymous: false } } })
    try {
      const asked = { email: anAddress(), password: goodPassword, options }
      expect(await post('/signup/email-password', asked, { at: closed })).toMatchObject([
        403,
        { error: 'signup-disabled' },
      ])
      expect(await post('/signin/anonymous', {}, { at: closed })).toMatchObject([403, { error: 'signup-disabled' }])
      const place = await raw({ ...closed, url: closed.core.settings.publicUrl }, '/signup/provider/google')
      expect([place.status, await place.json()]).toMatchObject([403, { error: 'signup-disabled' }])
    } finally {
      await closed.close()
    }
    expect(await post('/signin/anonymous', {}, { at: reserved })).toMatchObject([409, { error: 'disabled-endpoint' }])
  })

  it('names people within bounds', async () => {
    const password = goodPassword
    for (const displayName of ['x'.repeat(33), 'a@b', 'a/b', 'a:b', 'a&b'])
      expect(
        await post('/signup/email-password', { email: anAddress(), password, options: { displayName } }),
      ).toMatchObject([400, { error: 'schema-validation-error' }])
    for (const displayName of ["Zoë O'Neil-Ng, Jr.", '<b>', 'a+b$', '名前 1'])
      expect(await post('/signup/email-password', { email: anAddress(), password, options: { displayName } })).toEqual([
        200,
        {},
      ])
  })
})

describe('a guest who becomes somebody', () => {
  it('has the roles, the language, the name and the metadata that were asked for', async () => {
    const nhost = nhostClient(world)
    const guest = (await nhost.auth.signInAnonymous({ metadata: { kept: 1 } })).body.session
    const email = anAddress()
    const options = {
      allowedRoles: ['editor', 'user'],
      defaultRole: 'editor',
      locale: 'zz',
      displayName: 'Now Somebody',
      metadata: { plan: 'free' },
    }
    await nhost.auth.deanonymizeUser({ signInMethod: 'passwordless', email, options })
    const place = await followMail(world.inbox, email)
    const refreshToken = place.searchParams.get('refreshToken') ?? ''
    const { body } = await nhostClient(world).auth.refreshToken({ refreshToken })
    expect(body.user).toMatchObject({
      id: guest?.user?.id,
      isAnonymous: false,
      roles: ['editor', 'user'],
      defaultRole: 'editor',
      locale: 'en',
      displayName: 'Now Somebody',
      metadata: { kept: 1, plan: 'free' },
    })
    expect(hasura(body.accessToken)).toMatchObject({
      'x-hasura-default-role': 'editor',
      'x-hasura-allowed-roles': ['editor', 'user'],
    })
  })

  it('is a guest to permissions until the address is proved, whatever roles wait, and asks for none that may not be chosen', async () => {
    const nhost = nhostClient(world)
    const token = (await nhost.auth.signInAnonymous()).body.session?.accessToken ?? ''
    const ask = (options: Json) =>
      post('/user/deanonymize', { signInMethod: 'passwordless', email: anAddress(), options }, { token })
    expect(await ask({ allowedRoles: ['admin', 'user'] })).toMatchObject([400, { error: 'role-not-allowed' }])
    expect((await ask({ allowedRoles: ['editor', 'user'], defaultRole: 'editor' }))[0]).toBe(200)
    const renewed = await nhost.refreshSession(0)
    expect(hasura(renewed?.accessToken)).toMatchObject({
      'x-hasura-default-role': 'anonymous',
      'x-hasura-allowed-roles': ['anonymous'],
    })
  })
})

describe('where signing in makes no accounts', () => {
  it('mails and texts nobody, and tells nobody', async () => {
    const email = anAddress()
    for (const path of ['/signin/passwordless/email', '/signin/otp/email'])
      expect((await post(path, { email }, { at: reserved }))[1]).toBe('OK')
    expect(await reserved.inbox.staysEmpty(email)).toBe(true)
    expect((await post('/signup/passwordless/email', { email }, { at: reserved }))[1]).toBe('OK')
    expect((await reserved.inbox.waitFor(email)).link).toContain('type=')
  })

  it('an account elsewhere that belongs to nobody is a wrong one, and signs up all the same', async () => {
    const asked = { email: anAddress(), sub: anAddress() }
    expect(await post('/signin/idtoken', await anIdToken(asked), { at: reserved })).toEqual([
      401,
      { status: 401, message: 'Incorrect email or password', error: 'invalid-email-password' },
    ])
    expect((await post('/signup/idtoken', await anIdToken(asked), { at: reserved }))[0]).toBe(200)
    expect((await post('/signin/idtoken', await anIdToken(asked), { at: reserved }))[0]).toBe(200)
    social.openId.person = { sub: anAddress(), email: anAddress(), email_verified: true, name: 'Ada' }
    const { auth } = nhostClient({ ...social, url: social.origin })
    const come = async (url: string) => (await createTraveller().go(url, app)).url.searchParams
    expect(Object.fromEntries(await come(auth.signInProviderURL('google', { redirectTo: app })))).toEqual({
      error: 'invalid-email-password',
      errorDescription: 'Incorrect email or password',
    })
    expect((await come(auth.signUpProviderURL('google', { redirectTo: app }))).get('refreshToken')).toBeTruthy()
  })
})

describe('an ID token', () => {
  it('without an address is no good one, and one of a blocked address is a wrong one', async () => {
    expect(await post('/signin/idtoken', await anIdToken({ email: undefined }))).toMatchObject([
      400,
      { error: 'invalid-request' },
    ])
    expect(await post('/signin/idtoken', await anIdToken({ email: 'blocked@example.test' }))).toMatchObject([
      401,
      { error: 'invalid-email-password' },
    ])
  })
})

describe('Hasura’s claims', () => {
  it('hold what is declared by path out of the user, as text; lists as PostgreSQL writes them', async () => {
    const email = anAddress()
    const nhost = nhostClient(world)
    const metadata = { plan: 'gold', teams: ['a', 'b "c"'], seat: { number: 7 } }
    await nhost.auth.signUpEmailPassword({ email, password: goodPassword, options: { metadata } })
    await followMail(world.inbox, email)
    const { body } = await nhost.auth.signInEmailPassword({ email, password: goodPassword })
    expect(hasura(body.session?.accessToken)).toEqual({
      'x-hasura-user-id': body.session?.user?.id,
      'x-hasura-default-role': 'user',
      'x-hasura-allowed-roles': expect.arrayContaining(['user', 'me', 'editor']),
      'x-hasura-user-is-anonymous': 'false',
      'x-hasura-plan': 'gold',
      'x-hasura-teams': '{"a","b \\"c\\""}',
      'x-hasura-seat': '7',
    })
    await world.core.users.update(body.session?.user?.id ?? '', { metadataPatch: { plan: 'silver' } })
    const renewed = await nhost.refreshSession(0)
    expect(hasura(renewed?.accessToken)).toMatchObject({ 'x-hasura-plan': 'silver' })
  })
})

describe('a picture', () => {
  const pictureAt = async (at: World, more: object = {}) => {
    const { email, id } = await aPerson(at)
    await at.core.users.update(id, more)
    const { body } = await nhostClient(at).auth.signInEmailPassword({ email, password: goodPassword })
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(email))
    return [body.session?.user?.avatarUrl, Buffer.from(digest).toString('hex')] as const
  }

  it('is that of Gravatar, as the deployment asks for it, where somebody has none', async () => {
    const [plain, digest] = await pictureAt(world)
    expect(plain).toBe(`https://www.gravatar.com/avatar/${digest}?d=blank&r=g`)
    const [other, theirs] = await pictureAt(reserved)
    expect(other).toBe(`https://www.gravatar.com/avatar/${theirs}?d=identicon&r=pg`)
    const own = 'https://pictures.example.test/ada.png'
    expect((await pictureAt(reserved, { avatarUrl: own }))[0]).toBe(own)
  })

  it('is none where Gravatar is switched off', async () => {
    const bare = await startWorld({ config: { dialects: { nhost: { gravatar: false } } } })
    try {
      expect((await pictureAt(bare))[0]).toBe('')
    } finally {
      await bare.close()
    }
  })
})

describe('a disabled account', () => {
  it('is told so by the link of a mail, and by whatever needs the account', async () => {
    const person = await aSignedIn(world)
    await nhostClient(world).auth.signInPasswordlessEmail({ email: person.email })
    const { link } = await world.inbox.waitFor(person.email)
    await world.core.users.update(person.id, { bannedUntil: new Date(Date.now() + 3_600_000) })
    const place = await fetch(link ?? '', { redirect: 'manual' })
    expect(place.headers.get('location')).toBe(`${site}?error=disabled-user&errorDescription=User+is+disabled`)
    const token = person.session.accessToken
    expect(await post('/token/verify', {}, { token })).toMatchObject([401, { error: 'disabled-user' }])
    expect(await post('/token', { refreshToken: person.session.refreshToken })).toMatchObject([
      401,
      { error: 'disabled-user' },
    ])
  })
})

describe('a code for a challenge', () => {
  it('S67 is burnt by a wrong verifier', async () => {
    const { email } = await aPerson(world)
    const nhost = nhostClient(world)
    const verifier = 'v'.repeat(43)
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
    const codeChallenge = Buffer.from(digest).toString('base64url')
    await nhost.auth.signInPasswordlessEmail({ email, codeChallenge })
    const code = (await followMail(world.inbox, email)).searchParams.get('code') ?? ''
    expect((await post('/token/exchange', { code, codeVerifier: 'w'.repeat(43) }))[0]).toBe(400)
    expect(await post('/token/exchange', { code, codeVerifier: verifier })).toMatchObject([
      400,
      { error: 'invalid-request' },
    ])
  })
})

describe('connecting an account with the token of somebody', () => {
  it('S57 needs a recent sign-in', async () => {
    const { session } = await aSignedIn(world)
    const here = { ...world, url: world.core.settings.publicUrl }
    const begin = async (token: string) => {
      const { headers } = await raw(here, `/signin/provider/google?connect=${token}`)
      return new URL(headers.get('location') ?? '')
    }
    expect((await begin(session.accessToken)).origin).toBe(new URL(issuer.issuer).origin)
    world.clock.move(world.core.settings.sessions.recent + 1)
    const place = await begin(session.accessToken)
    expect([place.origin, place.searchParams.get('error')]).toEqual([site, 'invalid-request'])
  })
})
