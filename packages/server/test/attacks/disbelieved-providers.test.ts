import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { User } from '#src/core/users/user.ts'
import { type Issuer, startIssuer } from '../world/issuer.ts'
import type { Person } from '../world/open-id.ts'
import { exchange, nativeStart, pkce, type SocialWorld, signInNatively, startSocial } from '../world/social.ts'
import { createTraveller } from '../world/traveller.ts'
import { doorsOf } from './tools/door.ts'
import { beginApp, freshCode } from './tools/factors.ts'
import { aFreshAddress, begin } from './tools/people.ts'

// biome-ignore lint/suspicious/noExplicitAny: what an answer holds is what a test asserts.
type Body = any

let world: SocialWorld
let issuer: Issuer
beforeAll(async () => {
  issuer = await startIssuer('our-app')
  world = await startSocial({
    siteUrl: 'https://app.example.test',
    dialects: { altogic: { redirectUrl: 'https://app.example.test/back' } },
    providers: {
      google: { scopes: ['email'] },
      apple: { clientId: ['our-app'], url: issuer.issuer, trustEmail: false },
    },
  })
})
afterAll(async () => {
  await world.close()
  await issuer.close()
})

const password = 'seven quiet otters'
const theirs = 'attackers own words'

async function ask(method: string, path: string, body?: unknown, token = world.secretKey): Promise<Body> {
  const response = await fetch(world.url + path, {
    method,
    redirect: 'manual',
    headers: {
      authorization: `Bearer ${token}`,
      'x-client-key': world.publishableKey,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, ...(text === '' ? {} : JSON.parse(text)) }
}
const set = async (provider: string, body: object) =>
  expect((await ask('PUT', `/v1/admin/providers/${provider}`, body)).status).toBe(200)

const there = (email: string, more: Partial<Person> = {}): Person => ({
  sub: `there-${email}`,
  email,
  email_verified: true,
  ...more,
})

/** Where a sign-in with the native dialect leads. */
async function lead(person: Person, provider = 'custom:acme'): Promise<URL> {
  world.openId.person = person
  return (await createTraveller().go(nativeStart(world, {}, provider), world.app)).url
}
const come = async (person: Person, provider?: string): Promise<Body> =>
  (await exchange(world, (await lead(person, provider)).searchParams.get('code') ?? '')).body

const named = async (email: string): Promise<User | undefined> => world.core.users.findByAddress({ email })
const providersOf = (user: User | undefined) => user?.identities.map(({ provider }) => provider)
const told = async (email: string, template: string) => (await world.inbox.waitFor(email, template)).code ?? ''

/** The link of the mail, answered by whoever has the verifier of the sign-in that asked for it. */
async function answerWhereBegun(email: string): Promise<Body> {
  const { link } = await world.inbox.waitFor(email, 'sign_up')
  const token = new URL(link ?? '').searchParams.get('token')
  return ask('POST', '/v1/links', { token, codeVerifier: pkce().verifier }, world.publishableKey)
}

beforeEach(async () => {
  const { issuer: at, clientId, clientSecret } = world.openId
  const own = { kind: 'oidc', issuer: at, clientId, clientSecret, scopes: ['email'], trustEmail: true, enabled: true }
  await set('custom:acme', own)
  await ask('DELETE', '/v1/admin/providers/google')
})

describe('the setting', () => {
  it('says true unless it is set, is shown, and stays through other changes', async () => {
    expect((await ask('GET', '/v1/admin/providers/google')).trustEmail).toBe(true)
    expect((await ask('GET', '/v1/admin/providers/apple')).trustEmail).toBe(false)
    await set('custom:acme', { trustEmail: false })
    await set('custom:acme', { name: 'Acme' })
    const wire = await ask('PUT', '/auth/v1/admin/custom-providers/custom:acme', { name: 'Acme & Co' })
    expect(wire.status).toBe(200)
    expect((await ask('GET', '/v1/admin/providers/custom:acme')).trustEmail).toBe(false)
  })
})

const starts = (): Record<string, string> => ({
  native: nativeStart(world),
  supabase: `${world.origin}/auth/v1/authorize?provider=google&redirect_to=${encodeURIComponent(world.app)}`,
  nhost: `${world.origin}/nhost/v1/signin/provider/google?redirectTo=${encodeURIComponent(world.app)}`,
  altogic: `${world.origin}/_auth/google`,
})
const tokens = /(access_token|refreshToken|[?&]code)=[\w.-]{20,}/

describe.each(['native', 'supabase', 'nhost', 'altogic'])(
  'S36: an address of a provider that is not believed, through %s',
  (dialect) => {
    beforeEach(() => set('google', { trustEmail: false }))
    const go = async (person: Person) => {
      world.openId.person = person
      return (await createTraveller().go(starts()[dialect] ?? '', 'https://app.example.test')).url
    }

    it('joins no account that has it, and nobody is let in', async () => {
      const email = aFreshAddress('victim')
      const { id } = await ask('POST', '/v1/admin/users', { email, password, emailConfirmed: true })
      expect((await go(there(email))).href).not.toMatch(tokens)
      expect(await told(email, 'already_registered')).toBe('')
      const after = await world.core.users.find(id)
      expect(after?.identities.map(({ provider }) => provider)).toEqual(['email'])
      expect(await world.core.identities.findOwner('google', `there-${email}`)).toBeUndefined()
    })

    it('is proved by a mail first where nobody has it; another’s answer keeps nothing of the stranger', async () => {
      const email = aFreshAddress('victim')
      expect((await go(there(email))).href).not.toMatch(tokens)
      expect((await named(email))?.emailConfirmedAt).toBeNull()
      await told(email, 'sign_up')
      await world.inbox.clear()
      const door = doorsOf(world).native
      expect((await door.type(await begin(world, door, 'sign_in', email))).tokens).toBeDefined()
      expect(providersOf(await named(email))).toEqual(['email'])
      expect((await go(there(email))).href).not.toMatch(tokens)
    })
  },
)

describe('S36: ID tokens of a provider that is not believed', () => {
  it.each([
    ['native', '/v1/sign-in/id-token', 'idToken'],
    ['supabase', '/auth/v1/token?grant_type=id_token', 'id_token'],
    ['nhost', '/nhost/v1/signin/idtoken', 'idToken'],
  ])('let nobody in with %s', async (_, path, name) => {
    for (const isTaken of [true, false]) {
      const email = aFreshAddress('victim')
      if (isTaken) await ask('POST', '/v1/admin/users', { email, password, emailConfirmed: true })
      const idToken = await issuer.token({ sub: `apple-${email}`, email, email_verified: true })
      const answer = await ask('POST', path, { provider: 'apple', [name]: idToken })
      expect([answer.tokens, answer.access_token, answer.session?.accessToken]).toEqual([
        undefined,
        undefined,
        undefined,
      ])
      const identities = (await named(email))?.identities.map(({ provider }) => provider)
      expect(identities).toEqual([isTaken ? 'email' : 'apple'])
      expect((await named(email))?.emailConfirmedAt === null).toBe(!isTaken)
    }
  })
})

describe('a person at a provider that is not believed', () => {
  it('proves the address where they began, and is let in from then on', async () => {
    await set('custom:acme', { trustEmail: false })
    const email = aFreshAddress('honest')
    const back = await lead(there(email))
    expect(back.searchParams.get('error')).toBe('email_not_confirmed')
    const done = await answerWhereBegun(email)
    expect(done.user).toMatchObject({ email, emailConfirmedAt: expect.any(String) })
    expect((await come(there(email))).user.id).toBe(done.user.id)
    // What it says of the address tells nothing; whoever is believed finds the account that a mail has proved.
    expect((await signInNatively(world, there(email, { sub: `google-${email}` }))).body).toMatchObject({
      user: { id: done.user.id },
    })
  })

  it('S41: does not lend a guest the address', async () => {
    await set('custom:acme', { trustEmail: false })
    const guest = await ask('POST', '/v1/sign-up/anonymous', {}, world.publishableKey)
    const codeChallenge = new URL(nativeStart(world)).searchParams.get('codeChallenge')
    const body = { provider: 'custom:acme', codeChallenge, redirectTo: world.app }
    const begun = await ask('POST', '/v1/me/identities', body, guest.tokens.accessToken)
    const email = aFreshAddress('victim')
    world.openId.person = there(email)
    const { url } = await createTraveller().go(begun.attempt.step.url, world.app)
    expect(url.searchParams.get('error')).toBe('email_not_confirmed')
    expect(await named(email)).toBeUndefined()
  })
})

/** A mailed link, opened and clicked through in a browser that has nothing to do with whoever caused it. */
async function openedByTheOwner(link: string): Promise<void> {
  const browser = createTraveller()
  const { url, response } = await browser.go(link, 'https://app.example.test')
  const grant = url.searchParams.get('access_token')
  if (grant !== null) await ask('GET', `${altogic}/grant?key=${grant}`, undefined, world.publishableKey)
  const page = response === undefined ? '' : await response.text()
  if (!page.includes('<form')) return
  const fields = new URLSearchParams()
  for (const [, name = '', value = ''] of page.matchAll(/name="(\w+)" value="([^"]*)"/g)) fields.set(name, value)
  const action = /action="([^"]*)"/.exec(page)?.[1] ?? url.pathname
  await browser.fetch(new URL(action, url).href, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: world.origin },
    body: fields.toString(),
  })
}

interface Prepared {
  readonly email: string
  readonly person: Person
  readonly mallory: Body
}

/** An account for somebody else's address, made while the provider was believed, with everything a stranger may leave on it. */
async function prepared(provider = 'custom:acme', extras = true): Promise<Prepared> {
  const email = aFreshAddress('victim')
  const person = there(email, { sub: `mallory-${email}`, name: 'Mallory' })
  const mallory = await come(person, provider)
  expect(mallory.user).toMatchObject({ email, emailConfirmedAt: expect.any(String) })
  if (!extras) return { email, person, mallory }
  const token = mallory.tokens.accessToken
  expect((await ask('PUT', '/v1/me/password', { password: theirs }, token)).status).toBe(200)
  await world.core.users.update(mallory.user.id, { phone: phoneOf(email), phoneConfirmedAt: new Date() })
  const { attempt, secret } = await beginApp(world, token)
  const app = await ask('POST', '/v1/attempts/answer', { attempt, code: freshCode(world, secret) }, token)
  return { email, person, mallory: { ...mallory, tokens: app.tokens } }
}
const phoneOf = (email: string) =>
  `+49151${(Number.parseInt(email.replace(/[^0-9a-f]/g, ''), 16) % 1e8).toString().padStart(8, '0')}`

const altogic = '/_api/rest/v1/auth'
const newestLink = async (email: string) => (await world.inbox.waitFor(email)).link ?? ''
const landing = async (email: string) =>
  (await createTraveller().go(await newestLink(email), 'https://app.example.test')).url

/** How the owner of an address proves it by mail, in each dialect. */
const proofs: Record<string, (email: string) => Promise<unknown>> = {
  'a native code': async (email) => {
    const door = doorsOf(world).native
    return (await door.type(await begin(world, door, 'sign_in', email))).tokens
  },
  'a native recovery': async (email) => {
    const door = doorsOf(world).native
    return (await door.type(await begin(world, door, 'recovery', email))).tokens
  },
  'a code of Supabase': async (email) => {
    const door = doorsOf(world).supabase
    return (await door.type(await begin(world, door, 'sign_in', email))).tokens
  },
  'a recovery of Supabase': async (email) => {
    const door = doorsOf(world).supabase
    return (await door.type(await begin(world, door, 'recovery', email))).tokens
  },
  'a code of Nhost': async (email) => {
    await ask('POST', '/nhost/v1/signin/otp/email', { email }, world.publishableKey)
    const { code } = await world.inbox.waitFor(email)
    const done = await ask('POST', '/nhost/v1/signin/otp/email/verify', { email, otp: code }, world.publishableKey)
    return done.session
  },
  'a new password of Nhost': async (email) => {
    await ask(
      'POST',
      '/nhost/v1/user/password/reset',
      { email, options: { redirectTo: world.app } },
      world.publishableKey,
    )
    return (await landing(email)).searchParams.get('refreshToken')
  },
  'a magic link of Altogic': async (email) => {
    await ask('POST', `${altogic}/send-magic?email=${email}`, {}, world.publishableKey)
    const key = (await landing(email)).searchParams.get('access_token')
    return (await ask('GET', `${altogic}/grant?key=${key}`, undefined, world.publishableKey)).session
  },
  'a new password of Altogic': async (email) => {
    await ask('POST', `${altogic}/send-reset?email=${email}`, {}, world.publishableKey)
    const key = (await landing(email)).searchParams.get('access_token')
    const done = await ask('POST', `${altogic}/reset-pwd?key=${key}`, { newPassword: password }, world.publishableKey)
    return done.status === 204 ? done : undefined
  },
}

/** Nothing that was prepared leads anywhere, and the account is its owner's. */
async function expectSwept({ email, person, mallory }: Prepared) {
  const { accessToken, refreshToken } = mallory.tokens
  expect((await ask('GET', '/v1/me', undefined, accessToken)).code).toBe('session_not_found')
  expect((await ask('POST', '/v1/sessions/refresh', { refreshToken }, world.publishableKey)).status).toBe(400)
  const user = await named(email)
  expect(user).toMatchObject({ phone: null, displayName: '', metadata: {}, factors: [] })
  expect(user?.identities.filter(({ provider }) => provider.startsWith('custom:'))).toEqual([])
  const signedIn = await ask('POST', '/v1/sign-in/password', { email, password: theirs }, world.publishableKey)
  expect(signedIn.code).toBe('invalid_credentials')
  const url = await lead(person)
  expect(url.searchParams.get('code')).toBeNull()
}

describe('S34, S37: what a provider prepared that is not believed any more', () => {
  it.each(Object.keys(proofs))('goes when the owner of the address answers with %s', async (name) => {
    const before = await prepared()
    await set('custom:acme', { trustEmail: false })
    expect(await proofs[name]?.(before.email)).toBeTruthy()
    await expectSwept(before)
  })

  it('goes too where the provider was switched off besides, or taken away', async () => {
    const off = await prepared()
    await set('custom:acme', { trustEmail: false, enabled: false })
    expect(await proofs['a native code']?.(off.email)).toBeTruthy()
    await expectSwept(off)
    await set('custom:acme', { trustEmail: true, enabled: true })
    const gone = await prepared()
    expect((await ask('DELETE', '/v1/admin/providers/custom:acme')).status).toBe(204)
    expect(await proofs['a native recovery']?.(gone.email)).toBeTruthy()
    await expectSwept(gone)
  })

  it('S32: goes when somebody comes whose provider is believed', async () => {
    const before = await prepared()
    await set('custom:acme', { trustEmail: false })
    const { body } = await signInNatively(world, there(before.email))
    expect((body as Body).user).toMatchObject({ id: before.mallory.user.id, email: before.email })
    const user = await named(before.email)
    expect(user).toMatchObject({ phone: null, factors: [] })
    expect(providersOf(user)).toEqual(['email', 'google'])
    expect((await ask('GET', '/v1/me', undefined, before.mallory.tokens.accessToken)).code).toBe('session_not_found')
  })

  it('opens nothing to the stranger, who waits for a mail that the owner gets', async () => {
    const before = await prepared('custom:acme', false)
    await set('custom:acme', { trustEmail: false })
    for (const more of [{}, { email_verified: false }, { email: aFreshAddress('other') }]) {
      const back = await lead({ ...before.person, ...more })
      expect(back.searchParams.get('error')).toBe('email_not_confirmed')
    }
    expect(await told(before.email, 'sign_up')).not.toBe('')
    // The link in another browser than the one that began is the owner's, and takes the stranger's away.
    await createTraveller().fetch(await newestLink(before.email))
    expect(await proofs['a native code']?.(before.email)).toBeTruthy()
    await expectSwept(before)
  })

  it.each(['native', 'supabase', 'nhost', 'altogic'])(
    'goes when its owner opens the mail that a stranger caused with %s',
    async (dialect) => {
      const { email, person, mallory } = await prepared('google', false)
      await set('google', { trustEmail: false })
      world.openId.person = person
      const { url } = await createTraveller().go(starts()[dialect] ?? '', 'https://app.example.test')
      expect(url.href).not.toMatch(tokens)
      const { link } = await world.inbox.waitFor(email, 'sign_up')
      await openedByTheOwner(link ?? '')
      // Where the link is worth nothing in another browser, its owner asks for one of their own.
      expect(await proofs['a native code']?.(email)).toBeTruthy()
      const user = await named(email)
      expect([user?.id, ...(providersOf(user) ?? [])]).toEqual([mallory.user.id, 'email'])
      expect((await ask('GET', '/v1/me', undefined, mallory.tokens.accessToken)).code).toBe('session_not_found')
      world.openId.person = person
      const again = await createTraveller().go(starts()[dialect] ?? '', 'https://app.example.test')
      expect(again.url.href).not.toMatch(tokens)
    },
  )

  it('is not cleaned by taking the account elsewhere off, of a built-in provider neither', async () => {
    for (const provider of ['custom:acme', 'google']) {
      const before = await prepared(provider, false)
      const token = before.mallory.tokens.accessToken
      await ask('PUT', '/v1/me/password', { password: theirs }, token)
      await set(provider, { trustEmail: false })
      const [identity] = before.mallory.user.identities
      const taken = await ask('DELETE', `/v1/me/identities/${identity.id}`, undefined, token)
      expect([provider, taken.code]).toEqual([provider, 'single_identity_not_deletable'])
      expect(await proofs['a native code']?.(before.email)).toBeTruthy()
      expect(providersOf(await named(before.email))).toEqual(['email'])
      await set(provider, { trustEmail: true })
    }
  })

  it('becomes nobody’s address when another account elsewhere is taken off', async () => {
    const before = await prepared('custom:acme', false)
    const own = aFreshAddress('mallory')
    const made = await ask('POST', '/v1/admin/users', { email: own, password, emailConfirmed: true })
    await world.core.identities.remove(before.mallory.user.id, before.mallory.user.identities[0].id)
    await ask('DELETE', `/v1/admin/users/${before.mallory.user.id}`)
    const data = { email: before.email, email_verified: true }
    const put = { provider: 'custom:acme', subject: 'second', email: before.email, data }
    await world.core.identities.put({ ...put, userId: made.id })
    await set('custom:acme', { trustEmail: false })
    const email = (await world.core.users.find(made.id))?.identities.find(({ provider }) => provider === 'email')
    await ask('DELETE', `/v1/admin/users/${made.id}/identities/${email?.id}`)
    expect((await world.core.users.find(made.id))?.email).not.toBe(before.email)
  })

  it('stays with an honest owner, who proves it once where they began', async () => {
    const email = aFreshAddress('honest')
    const person = there(email)
    const first = await come(person)
    const { attempt, secret } = await beginApp(world, first.tokens.accessToken)
    await ask('POST', '/v1/attempts/answer', { attempt, code: freshCode(world, secret) }, first.tokens.accessToken)
    await set('custom:acme', { trustEmail: false })
    await lead(person)
    // The second factor is asked for as ever.
    expect(await answerWhereBegun(email)).toMatchObject({ status: 'pending', attempt: expect.anything() })
    const user = await named(email)
    expect(user?.id).toBe(first.user.id)
    expect(user?.factors).toHaveLength(1)
    expect(user?.identities.map(({ provider }) => provider)).toEqual(['custom:acme'])
    // From here on the account elsewhere leads in again, and so does one that is believed.
    expect((await lead(person)).searchParams.get('code')).not.toBeNull()
  })
})

describe('a provider that is believed', () => {
  it('keeps its people, with all that is theirs, when they answer a mail', async () => {
    const before = await prepared('custom:acme', false)
    expect(await proofs['a native code']?.(before.email)).toBeTruthy()
    expect((await named(before.email))?.identities.map(({ provider }) => provider)).toEqual(['custom:acme'])
    expect((await come(before.person)).user.id).toBe(before.mallory.user.id)
  })
})
