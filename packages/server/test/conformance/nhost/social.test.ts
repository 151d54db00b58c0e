import type { NhostClient } from '@nhost/nhost-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Issuer, startIssuer } from '../../world/issuer.ts'
import type { Person } from '../../world/open-id.ts'
import { type SocialWorld, startSocial } from '../../world/social.ts'
import { createTraveller, type Traveller } from '../../world/traveller.ts'
import { startWorld, type World } from '../../world/world.ts'
import { anAddress, aSignedIn, nhostClient, pkcePair, raw, refused } from './clients.ts'

const app = 'https://app.example.test/welcome'
let world: SocialWorld
beforeAll(async () => {
  world = await startSocial({ providers: { google: { keepTokens: true } } })
})
afterAll(() => world.close())

const people = { count: 0 }
/** Somebody new at the provider. */
function somebody(more: Partial<Person> = {}): Person {
  people.count += 1
  return {
    sub: `there-${people.count}`,
    email: anAddress('there'),
    email_verified: true,
    name: 'Ada Lovelace',
    ...more,
  }
}

/** Where a browser ends up that follows an address. */
async function landing(url: string, browser: Traveller = createTraveller()): Promise<URL> {
  return (await browser.go(url, 'https://app.example.test')).url
}

async function comeIn(nhost: NhostClient, person: Person, more: object = {}) {
  world.openId.person = person
  const place = await landing(nhost.auth.signInProviderURL('google', { redirectTo: app, ...more }))
  const refreshToken = place.searchParams.get('refreshToken') ?? ''
  return { place, session: (await nhost.auth.refreshToken({ refreshToken })).body }
}

describe('signing in with a provider', () => {
  it('ends at the app with a refresh token, its state, and no type', async () => {
    const person = somebody()
    const { place, session } = await comeIn(nhostClient(world), person, { state: 'mine', displayName: 'Ada L.' })
    expect([...place.searchParams.keys()]).toEqual(['refreshToken', 'state'])
    expect(place.searchParams.get('state')).toBe('mine')
    expect(session.user).toMatchObject({ email: person['email'], emailVerified: true, displayName: 'Ada L.' })
  })

  it('finds the same account again', async () => {
    const person = somebody()
    const first = await comeIn(nhostClient(world), person)
    const second = await comeIn(nhostClient(world), person)
    expect(second.session.user?.id).toBe(first.session.user?.id)
  })

  it('gives a code for a challenge', async () => {
    world.openId.person = somebody()
    const nhost = nhostClient(world)
    const { verifier, challenge } = await pkcePair()
    const place = await landing(nhost.auth.signInProviderURL('google', { redirectTo: app, codeChallenge: challenge }))
    expect(place.searchParams.get('refreshToken')).toBeNull()
    const code = place.searchParams.get('code') ?? ''
    expect((await nhost.auth.tokenExchange({ code, codeVerifier: verifier })).body.session?.accessToken).toBeDefined()
  })

  it('signs up newcomers alone where that was asked for', async () => {
    const person = somebody()
    const nhost = nhostClient(world)
    world.openId.person = person
    const first = await landing(nhost.auth.signUpProviderURL('google', { redirectTo: app }))
    expect(first.searchParams.get('refreshToken')).toBeTruthy()
    const again = await landing(nhost.auth.signUpProviderURL('google', { redirectTo: app }))
    expect(Object.fromEntries(again.searchParams)).toEqual({
      error: 'user-already-exists',
      errorDescription: 'User already exists',
    })
  })

  it('connects an account to whoever is signed in, once they say so in that browser', async () => {
    const { nhost, session } = await aSignedIn(world)
    world.openId.person = somebody()
    const browser = createTraveller()
    const url = nhost.auth.signInProviderURL('google', { redirectTo: app, connect: session.accessToken })
    const { url: place, response } = await browser.go(url, app)
    expect(response?.status).toBe(200)
    const page = (await response?.text()) ?? ''
    const handle = /name="handle" value="([^"]+)"/.exec(page)?.[1] ?? ''
    const answer = await browser.fetch(`${place.origin}${place.pathname}/confirm`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        origin: place.origin,
        'sec-fetch-site': 'same-origin',
      },
      body: new URLSearchParams({ handle }),
    })
    expect([answer.status, answer.headers.get('location')]).toEqual([302, app])
    expect((await comeIn(nhostClient(world), world.openId.person)).session.user?.id).toBe(session.user?.id)
  })

  it('says at the app why it came to nothing', async () => {
    const browser = createTraveller()
    const off = await browser.go(nhostClient(world).auth.signInProviderURL('github', { redirectTo: app }), app)
    expect(off.url.href).toBe(`${app}?error=disabled-endpoint&errorDescription=This+endpoint+is+disabled`)
    const stray = await browser.fetch(`${world.url}/nhost/v1/signin/provider/google/callback?state=nonsense&code=x`)
    const place = new URL(stray.headers.get('location') ?? '')
    expect(Object.fromEntries(place.searchParams)).toMatchObject({
      error: 'invalid-state',
      errorDescription: 'Invalid state',
    })
    const elsewhere = await raw(
      { ...world, url: world.origin },
      '/signin/provider/google?redirectTo=https%3A%2F%2Fevil.test',
    )
    expect([elsewhere.status, await elsewhere.json()]).toMatchObject([400, { error: 'redirectTo-not-allowed' }])
    expect((await raw({ ...world, url: world.origin }, '/signin/provider/nobody')).status).toBe(400)
  })

  it('7: names a refused code by the misspelt name that clients know', async () => {
    const browser = createTraveller()
    const { auth } = nhostClient({ ...world, url: world.origin })
    const begun = await browser.fetch(auth.signInProviderURL('google', { redirectTo: app }))
    const asked = new URL(begun.headers.get('location') ?? '')
    const back = new URLSearchParams({
      code: 'none',
      state: asked.searchParams.get('state') ?? '',
      iss: world.openId.issuer,
    })
    const answer = await browser.fetch(`${world.origin}/nhost/v1/signin/provider/google/callback?${back}`)
    const place = new URL(answer.headers.get('location') ?? '')
    expect(place.searchParams.get('error')).toBe('oauth-token-echange-failed')
  })

  it('keeps the tokens of the provider for their owner', async () => {
    const nhost = nhostClient(world)
    await comeIn(nhost, somebody())
    const { body } = await nhost.auth.getProviderTokens('google')
    expect(body.accessToken).toBeTruthy()
    expect(new Date(body.expiresAt).getTime()).toBeGreaterThan(Date.now())
    const other = await aSignedIn(world)
    expect((await other.nhost.auth.getProviderTokens('google')).body.accessToken).toBe('')
    expect(await refused(nhost.auth.refreshProviderToken('google', { refreshToken: 'none of theirs' }))).toMatchObject({
      status: 400,
      body: { error: 'oauth-provider-error' },
    })
  })
})

describe('ID tokens', () => {
  let issuer: Issuer
  let here: World
  beforeAll(async () => {
    issuer = await startIssuer('an-app')
    const google = { clientId: 'an-app', clientSecret: 'secret', url: issuer.issuer }
    here = await startWorld({ config: { outbound: { allow: ['127.0.0.1'] }, providers: { google } } })
  })
  afterAll(async () => {
    await here.close()
    await issuer.close()
  })
  const someone = () => ({ sub: `token-${anAddress()}`, email: anAddress(), email_verified: true, name: 'Grace' })

  it('sign in, and sign up newcomers alone', async () => {
    const person = someone()
    const nhost = nhostClient(here)
    const { body } = await nhost.auth.signInIdToken({ provider: 'google', idToken: await issuer.token(person) })
    expect(body.session?.user).toMatchObject({ email: person.email, displayName: 'Grace', emailVerified: true })
    expect(
      await refused(nhost.auth.signUpIdToken({ provider: 'google', idToken: await issuer.token(person) })),
    ).toMatchObject({
      status: 409,
      body: { error: 'user-already-exists' },
    })
    const newcomer = await nhost.auth.signUpIdToken({ provider: 'google', idToken: await issuer.token(someone()) })
    expect(newcomer.body.session).toBeDefined()
  })

  it('are refused for another audience, a wrong nonce, and a second use', async () => {
    const nhost = nhostClient(here)
    const bad = async (claims: object, nonce?: string) =>
      refused(
        nhost.auth.signInIdToken({
          provider: 'google',
          idToken: await issuer.token({ ...someone(), ...claims }),
          ...(nonce === undefined ? {} : { nonce }),
        }),
      )
    expect(await bad({ aud: 'another' })).toMatchObject({ status: 400, body: { error: 'invalid-request' } })
    expect(await bad({ nonce: 'a' }, 'b')).toMatchObject({ status: 400, body: { error: 'invalid-request' } })
    const idToken = await issuer.token(someone())
    await nhost.auth.signInIdToken({ provider: 'google', idToken })
    expect(await refused(nhost.auth.signInIdToken({ provider: 'google', idToken }))).toMatchObject({ status: 400 })
    expect(await refused(nhost.auth.signInIdToken({ provider: 'apple', idToken }))).toMatchObject({
      status: 409,
      body: { error: 'disabled-endpoint' },
    })
  })

  it('connect an account to whoever is signed in', async () => {
    const { nhost } = await aSignedIn(here)
    const person = someone()
    expect((await nhost.auth.linkIdToken({ provider: 'google', idToken: await issuer.token(person) })).body).toBe('OK')
    const other = await aSignedIn(here)
    expect(
      await refused(other.nhost.auth.linkIdToken({ provider: 'google', idToken: await issuer.token(person) })),
    ).toMatchObject({
      status: 400,
      body: { error: 'provider-account-already-linked' },
    })
  })
})
