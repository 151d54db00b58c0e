import { createClient } from 'altogic'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Person } from '../../world/open-id.ts'
import { type SocialWorld, startSocial } from '../../world/social.ts'
import { createTraveller, type Traveller } from '../../world/traveller.ts'
import { altogicClient, anAddress, appUrl, aSignedIn, goodPassword, refusedWith, worked } from './clients.ts'

let world: SocialWorld
beforeAll(async () => {
  const client = { clientId: ['watchword'], clientSecret: 'a-secret-of-the-client-at-the-provider' }
  world = await startSocial((openId) => ({
    siteUrl: 'http://localhost:3000',
    dialects: { altogic: { redirectUrl: `${appUrl}?kept=1` } },
    providers: { apple: { ...client, url: openId, scopes: ['openid'] }, facebook: client },
  }))
})
afterAll(() => world.close())

/** Where the official client sends a browser. */
function placeOf(provider: string, base = world.origin): string {
  const held = globalThis as { window?: unknown }
  const location = { href: '' }
  held.window = { location }
  try {
    createClient(base, world.publishableKey).auth.signInWithProvider(provider as 'google')
  } finally {
    delete held.window
  }
  return location.href
}

const person = (more: Partial<Person> = {}): Person => {
  const email = anAddress('there')
  return { sub: `sub-${email}`, email, email_verified: true, name: 'Ada There', picture: 'https://p.test/a', ...more }
}

/** Signs somebody in at the provider, and says what the app is told. */
async function comeBack(who: Person, start = placeOf('google'), browser: Traveller = createTraveller()) {
  world.openId.person = who
  const { url } = await browser.go(start, appUrl)
  expect(url.searchParams.get('kept')).toBe('1')
  url.searchParams.delete('kept')
  return Object.fromEntries(url.searchParams)
}

/** The same, up to the session. */
async function signIn(who: Person, start?: string) {
  const told = await comeBack(who, start)
  const client = altogicClient(world)
  return { told, client, ...worked(await client.auth.getAuthGrant(told['access_token'])) }
}

describe('signing in with a provider', () => {
  it('makes an account, and brings a token that is good for one session', async () => {
    const who = person()
    const { told, client, user, session } = await signIn(who)
    expect(told).toEqual({ status: '200', action: 'oauth-signin', access_token: expect.any(String) })
    expect(user).toMatchObject({
      provider: 'google',
      providerUserId: who.sub,
      email: who['email'],
      name: 'Ada There',
      profilePicture: 'https://p.test/a',
      signUpAt: expect.stringMatching(/Z$/),
    })
    expect(session).toMatchObject({ userId: user?._id, token: expect.any(String) })
    expect(worked(await client.auth.getUserFromDB()).user).toMatchObject({ _id: user?._id })
    const again = await altogicClient(world).auth.getAuthGrant(told['access_token'])
    expect(refusedWith(again)).toEqual([403, 'invalid_access_token'])
  })

  it('finds the account again, with a session of its own and a later login', async () => {
    const who = person()
    const first = await signIn(who)
    world.clock.move(2)
    const second = await signIn(who)
    expect(second.user?._id).toBe(first.user?._id)
    expect(second.session?.token).not.toBe(first.session?.token)
    expect(second.user?.lastLoginAt.localeCompare(first.user?.lastLoginAt ?? '')).toBe(1)
    const password = await altogicClient(world).auth.signInWithEmail(String(who['email']), goodPassword)
    expect(refusedWith(password)).toEqual([401, 'invalid_credentials'])
  })

  it('begins at every form of the base, in any case', async () => {
    for (const start of [
      placeOf('Google'),
      placeOf('google', `${world.origin}/e:62ab0123456789abcdef0123`),
      `${world.origin}/_auth/62ab0123456789abcdef0123/google`,
    ])
      expect((await comeBack(person(), start))['status']).toBe('200')
    expect((await fetch(`${world.origin}/a.b/_auth/google`, { redirect: 'manual' })).status).toBe(404)
  })

  it('takes the answer of a provider that posts it', async () => {
    world.openId.person = person({ email_verified: 'true' })
    const browser = createTraveller()
    const { response } = await browser.go(placeOf('apple'), appUrl)
    const page = (await response?.text()) ?? ''
    const fields = [...page.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(
      ([, name = '', value = '']) => [name, value] as const,
    )
    // Another site posts it: no cookie comes along.
    const posted = await fetch(`${world.origin}/_auth/apple/callback`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams(Object.fromEntries(fields)),
    })
    expect(posted.status).toBe(303)
    const { url } = await browser.go(posted.headers.get('location') ?? '', appUrl)
    const grant = await altogicClient(world).auth.getAuthGrant(url.searchParams.get('access_token') ?? '')
    expect(worked(grant).user).toMatchObject({ provider: 'apple' })
  })

  it('tells the app when somebody says no, without a token', async () => {
    world.openId.declines = true
    try {
      expect(await comeBack(person())).toEqual({
        status: '401',
        action: 'oauth-signin',
        code: 'permission_denied',
        error: expect.any(String),
      })
    } finally {
      world.openId.declines = false
    }
  })

  it('tells the app when the provider’s answer is no good, as when somebody says no', async () => {
    world.openId.person = person()
    const browser = createTraveller()
    const { url } = await browser.go(placeOf('google'), `${world.origin}/_auth/google/callback`)
    const { url: place } = await browser.go(url.href.replace(/iss=[^&]*/, 'iss=http%3A%2F%2Fevil.test'), appUrl)
    place.searchParams.delete('kept')
    expect(Object.fromEntries(place.searchParams)).toEqual({
      status: '401',
      action: 'oauth-signin',
      code: 'oauth_provider_failed',
      error: expect.any(String),
    })
  })

  it('answers JSON where no sign-in can begin', async () => {
    const ask = async (provider: string) => {
      const response = await fetch(placeOf(provider), { redirect: 'manual' })
      return [response.status, ((await response.json()) as { errors: { code: string }[] }).errors[0]?.code]
    }
    expect(await ask('myspace')).toEqual([400, 'unsupported_oauth_provider'])
    expect(await ask('discord')).toEqual([400, 'oauth_provider_not_configured'])
  })

  it('sends browsers to the providers that the client names', async () => {
    const { headers } = await createTraveller().fetch(placeOf('facebook'))
    expect(headers.get('location')).toMatch(/^https:\/\/www\.facebook\.com\//)
  })
})

describe('accounts with the same address', () => {
  it('S37: are one where both sides have proved it', async () => {
    const { email, user } = await aSignedIn(world)
    const { user: same } = await signIn(person({ email }))
    expect(same).toMatchObject({ _id: user._id, provider: 'altogic' })
  })

  it('S36: stay apart where the provider has not, and the app hears what it hears of any such address', async () => {
    const { email, user } = await aSignedIn(world)
    const told = await comeBack(person({ email, email_verified: false }))
    expect(told).toEqual({
      status: '401',
      action: 'oauth-signin',
      code: 'email_not_verified',
      error: expect.any(String),
    })
    expect(await comeBack(person({ email_verified: false }))).toEqual(told)
    const known = await world.core.users.find(user._id)
    expect(known?.identities.map(({ provider }) => provider)).toEqual(['email'])
  })
})

describe('what is brought back', () => {
  it('S66: counts in the browser that began, once', async () => {
    world.openId.person = person()
    const [mallory, victim] = [createTraveller(), createTraveller()]
    const { url: callback } = await mallory.go(placeOf('google'), `${world.origin}/_auth/google/callback`)
    const lost = { status: '400', action: 'oauth-signin', code: 'invalid_oauth_state', error: expect.any(String) }
    const told = async (browser: Traveller) => {
      const { url } = await browser.go(callback.href, appUrl)
      return Object.fromEntries([...url.searchParams].filter(([name]) => name !== 'kept'))
    }
    expect(await told(victim)).toEqual(lost)
    expect((await told(mallory))['status']).toBe('200')
    expect(await told(mallory)).toEqual(lost)
    expect(await comeBack(person(), `${world.origin}/_auth/google/callback`)).toEqual(lost)
  })

  it('is for signing in alone, and for minutes', async () => {
    const { access_token: token = '' } = await comeBack(person())
    const { auth } = altogicClient(world)
    expect(refusedWith(await auth.resetPwdWithToken(token, goodPassword))).toEqual([401, 'invalid_token_type'])
    world.clock.move(301)
    expect(refusedWith(await auth.getAuthGrant(token))).toEqual([403, 'invalid_access_token'])
  })

  it('S87: opens nothing where a second factor is owed, for the client has no word for it', async () => {
    const who = person()
    const { user } = await signIn(who)
    await world.core.factors.add({ userId: user?._id ?? '', type: 'totp', name: '', status: 'verified' })
    const { access_token: token = '' } = await comeBack(who)
    expect(refusedWith(await altogicClient(world).auth.getAuthGrant(token))).toEqual([401, 'second_factor_required'])
  })

  it('S11: opens nothing once its account is banned', async () => {
    const who = person()
    const { user } = await signIn(who)
    const { access_token: token = '' } = await comeBack(who)
    await world.core.users.update(user?._id ?? '', { bannedUntil: new Date(Date.now() + 86_400_000) })
    expect(refusedWith(await altogicClient(world).auth.getAuthGrant(token))).toEqual([401, 'not_allowed'])
    expect(await comeBack(who)).toMatchObject({ status: '401', code: 'not_allowed' })
  })
})
