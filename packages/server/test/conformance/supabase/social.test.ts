import type { GoTrueClient } from '@supabase/auth-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Person } from '../../world/open-id.ts'
import { type SocialWorld, startSocial } from '../../world/social.ts'
import { createTraveller, type Traveller } from '../../world/traveller.ts'
import { adminApi, aNumber, anAddress, authClient, goodPassword, worked } from './clients.ts'

let world: SocialWorld
const app = 'https://app.example.test/welcome?from=home'
beforeAll(async () => {
  world = await startSocial({ providers: { github: { enabled: false } } })
})
afterAll(() => world.close())

let count = 0
/** Somebody new at the provider. */
function somebody(more: Partial<Person> = {}): Person {
  count += 1
  return { sub: `there-${count}`, email: anAddress('there'), email_verified: true, name: 'Ada Lovelace', ...more }
}

async function begin(client: GoTrueClient, more: object = {}) {
  const options = { redirectTo: app, skipBrowserRedirect: true, ...more }
  return worked(await client.signInWithOAuth({ provider: 'google', options })).url ?? ''
}

/** Where a browser ends up that follows an address. */
async function landing(url: string, browser: Traveller = createTraveller()) {
  const { url: place, response } = await browser.go(url, 'https://app.example.test')
  return { place, response, fragment: new URLSearchParams(place.hash.slice(1)) }
}

async function signIn(person: Person, client = authClient(world, { flowType: 'pkce' })) {
  world.openId.person = person
  const { place } = await landing(await begin(client))
  const data = worked(await client.exchangeCodeForSession(place.searchParams.get('code') ?? ''))
  return { client, session: data.session, user: data.user }
}

describe('signInWithOAuth', () => {
  it('ends in a session with the tokens of the provider, in the PKCE flow', async () => {
    const person = somebody()
    const { session, user } = await signIn(person)
    expect(user).toMatchObject({
      email: person['email'],
      app_metadata: { provider: 'google', providers: ['google'] },
      user_metadata: { email_verified: true, full_name: 'Ada Lovelace', provider_id: person.sub, sub: person.sub },
      identities: [
        { id: person.sub, provider: 'google', identity_data: { email: person['email'], email_verified: true } },
      ],
    })
    expect(user.email_confirmed_at).toBeTruthy()
    expect(session.provider_token).toBeTruthy()
    const claims = JSON.parse(Buffer.from(session.access_token.split('.')[1] ?? '', 'base64url').toString())
    expect(claims.amr).toEqual([{ method: 'oauth', timestamp: expect.any(Number), provider: 'google' }])
  })

  it('keeps the query of the place it returns to', async () => {
    world.openId.person = somebody()
    const { place } = await landing(await begin(authClient(world, { flowType: 'pkce' })))
    expect(place.searchParams.get('from')).toBe('home')
    expect(place.searchParams.get('code')).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('brings tokens in the fragment, in the implicit flow', async () => {
    world.openId.person = somebody()
    const client = authClient(world, { flowType: 'implicit' })
    const { place, fragment } = await landing(await begin(client))
    expect([...fragment.keys()]).toEqual([
      ...['access_token', 'expires_at', 'expires_in', 'provider_refresh_token', 'provider_token', 'refresh_token'],
      ...['sb', 'token_type'],
    ])
    expect(place.search).toBe('?from=home')
    const tokens = {
      access_token: fragment.get('access_token') ?? '',
      refresh_token: fragment.get('refresh_token') ?? '',
    }
    const { user } = worked(await client.setSession(tokens))
    expect(user?.email).toBe(world.openId.person['email'])
  })

  it('finds the account again, and refreshes what it knows', async () => {
    const person = somebody()
    const first = await signIn(person)
    const again = await signIn({ ...person, name: 'Countess Lovelace' })
    expect(again.user.id).toBe(first.user.id)
    expect(again.user.user_metadata['full_name']).toBe('Countess Lovelace')
  })

  it('says no to providers that are off, unknown or hidden', async () => {
    for (const [provider, text] of [
      ['github', 'Unsupported provider: provider is not enabled'],
      ['nonsense', 'Unsupported provider: Provider nonsense could not be found'],
      ['custom:nobody', 'Unsupported provider: custom provider custom:nobody not found'],
      ['', 'Unsupported provider: Provider  could not be found'],
    ]) {
      const answer = await fetch(`${world.origin}/auth/v1/authorize?provider=${provider}`, { redirect: 'manual' })
      expect(answer.status).toBe(400)
      expect(await answer.json()).toEqual({ code: 400, error_code: 'validation_failed', msg: text })
    }
  })

  it('shows what is on', async () => {
    const answer = await fetch(`${world.origin}/auth/v1/settings`)
    const settings = (await answer.json()) as { external: Record<string, boolean> }
    expect(settings.external).toMatchObject({ google: true, github: false, apple: false, email: true })
  })

  it('passes the no of the provider on, in query and fragment', async () => {
    world.openId.declines = true
    const { place, fragment } = await landing(await begin(authClient(world, { flowType: 'pkce' })))
    world.openId.declines = false
    expect(Object.fromEntries(place.searchParams)).toEqual({
      from: 'home',
      error: 'access_denied',
      error_description: 'The person said no',
    })
    expect(fragment.get('error')).toBe('access_denied')
    expect(fragment.has('sb')).toBe(true)
  })

  it('tells a state that nobody knows at the site', async () => {
    const unknown = ['bad_oauth_state', 'OAuth state not found or expired']
    for (const [state, told] of [
      [undefined, ['bad_oauth_callback', 'OAuth state parameter missing']],
      ['', ['bad_oauth_callback', 'OAuth state parameter missing']],
      ['nonsense', ['bad_oauth_state', 'OAuth state parameter is invalid']],
      [`${'x'.repeat(43)}.`, ['bad_oauth_state', 'OAuth state parameter is invalid']],
      ['x'.repeat(43), unknown],
      [crypto.randomUUID(), unknown],
    ] as const) {
      const params = new URLSearchParams({ code: 'x', ...(state === undefined ? {} : { state }) })
      const callback = `${world.origin}/auth/v1/callback`
      const answers = [
        await fetch(`${callback}?${params}`, { redirect: 'manual' }),
        await fetch(callback, { method: 'POST', redirect: 'manual', body: params }),
      ]
      for (const answer of answers) {
        const place = new URL(answer.headers.get('location') ?? '')
        expect([state, answer.status, place.origin, place.hash]).toEqual([state, 303, world.origin, ''])
        expect(Object.fromEntries(place.searchParams)).toEqual({
          error: 'invalid_request',
          error_code: told[0],
          error_description: told[1],
        })
      }
    }
  })

  it('tells a state that was used, and one that is over, to the browser it belongs to', async () => {
    const told = async (callback: string, browser: Traveller) => {
      const place = new URL((await browser.fetch(callback)).headers.get('location') ?? '')
      expect([place.origin, place.hash]).toEqual([world.origin, ''])
      return ['error', 'error_code', 'error_description'].map((name) => place.searchParams.get(name))
    }
    const unknown = ['invalid_request', 'bad_oauth_state', 'OAuth state not found or expired']
    /** A browser that has just come back from the provider, and does not go on. */
    const back = async (flowType: 'implicit' | 'pkce' = 'implicit') => {
      world.openId.person = somebody()
      const browser = createTraveller()
      const started = await begin(authClient(world, { flowType }))
      const { url } = await browser.go(started, `${world.origin}/auth/v1/callback?`)
      return { browser, callback: url.href }
    }
    const used = await back('pkce')
    expect((await used.browser.fetch(used.callback)).headers.get('location')).toContain('code=')
    expect(await told(used.callback, createTraveller())).toEqual(unknown)
    expect(await told(used.callback, used.browser)).toEqual([
      'invalid_request',
      'flow_state_already_used',
      'State has already been used',
    ])
    const over = await back('implicit')
    expect((await over.browser.fetch(over.callback)).headers.get('location')).toContain('access_token=')
    expect(await told(over.callback, over.browser)).toEqual(unknown)
    const expired = ['invalid_request', 'bad_oauth_state', 'OAuth state has expired']
    const late = await back()
    world.clock.move(601)
    expect(await told(late.callback, createTraveller())).toEqual(unknown)
    expect(await told(late.callback, late.browser)).toEqual(expired)
    expect(await told(used.callback, used.browser)).toEqual(expired)
    world.clock.move(-601)
  })

  it('sends a mail first where the provider has not verified the address, and keeps the account for whoever answers', async () => {
    const client = authClient(world, { flowType: 'pkce' })
    const person = somebody({ email_verified: false })
    world.openId.person = person
    const { place } = await landing(await begin(client))
    expect(place.searchParams.get('error')).toBe('access_denied')
    expect(place.searchParams.get('error_code')).toBe('provider_email_needs_verification')
    const { link } = await world.inbox.waitFor(String(person['email']), 'sign_up')
    const { url } = await createTraveller().go(link ?? '', 'https://app.example.test')
    const { user } = worked(await client.exchangeCodeForSession(url.searchParams.get('code') ?? ''))
    expect(user.identities?.map(({ provider }) => provider)).toEqual(['google'])
    expect((await signIn(person)).user.id).toBe(user.id)
  })
})

describe('an invitation', () => {
  async function invited() {
    const email = anAddress('invited')
    const { user } = worked(await adminApi(world).inviteUserByEmail(email))
    const { link } = await world.inbox.waitFor(email, 'invite')
    return { email, id: user?.id ?? '', token: new URL(link ?? '').searchParams.get('token') ?? '' }
  }
  const start = (token: string) =>
    `${world.origin}/auth/v1/authorize?${new URLSearchParams({ provider: 'google', redirect_to: app, invite_token: token })}`

  it('is accepted with an account elsewhere that has its address, and with no other', async () => {
    const { email, token } = await invited()
    world.openId.person = somebody()
    const other = await landing(start(token))
    expect(other.fragment.get('error_description')).toBe('Invited email does not match emails from external provider')
    world.openId.person = somebody({ email })
    const { fragment } = await landing(start(token))
    const client = authClient(world)
    const tokens = {
      access_token: fragment.get('access_token') ?? '',
      refresh_token: fragment.get('refresh_token') ?? '',
    }
    const { user } = worked(await client.setSession(tokens))
    expect(user).toMatchObject({ email, email_confirmed_at: expect.any(String), invited_at: expect.any(String) })
    expect(user?.identities?.map(({ provider }) => provider)).toContain('google')
  })

  it('whose account was removed meanwhile is told to whoever comes back', async () => {
    const { email, token, id } = await invited()
    world.openId.person = somebody({ email })
    const browser = createTraveller()
    const away = (await browser.fetch(start(token))).headers.get('location') ?? ''
    worked(await adminApi(world).deleteUser(id))
    const { fragment } = await landing(away, browser)
    expect(['error', 'error_code', 'error_description'].map((name) => fragment.get(name))).toEqual([
      'server_error',
      'invite_not_found',
      'Invite not found',
    ])
  })

  it('that nobody has is told at once', async () => {
    const answer = await fetch(start('nonsense'), { redirect: 'manual' })
    expect([answer.status, await answer.json()]).toMatchObject([
      404,
      { error_code: 'user_not_found', msg: 'User identified by token not found' },
    ])
  })
})

describe('where nobody may sign up', () => {
  it('only those come in who have an account', async () => {
    const closed = await startSocial({ signUp: { enabled: false } })
    try {
      const lead = async (person: Person) => {
        closed.openId.person = person
        const client = authClient(closed, { flowType: 'pkce' })
        const options = { redirectTo: app, skipBrowserRedirect: true }
        const { url } = worked(await client.signInWithOAuth({ provider: 'google', options }))
        return (await landing(url ?? '')).place
      }
      const stranger = await lead(somebody())
      expect(stranger.searchParams.get('error')).toBe('access_denied')
      expect(stranger.searchParams.get('error_code')).toBe('signup_disabled')
      const email = anAddress()
      worked(await adminApi(closed).createUser({ email, email_confirm: true }))
      expect((await lead(somebody({ email }))).searchParams.has('code')).toBe(true)
    } finally {
      await closed.close()
    }
  })
})

describe('identities', () => {
  async function withPassword(more: { phone?: string } = {}) {
    const email = anAddress()
    worked(await adminApi(world).createUser({ email, password: goodPassword, email_confirm: true, ...more }))
    const client = authClient(world, { flowType: 'pkce' })
    worked(await client.signInWithPassword({ email, password: goodPassword }))
    return { client, email }
  }

  it('links, lists and unlinks', async () => {
    const { client } = await withPassword()
    world.openId.person = somebody()
    const options = { redirectTo: app, skipBrowserRedirect: true }
    const { url } = worked(await client.linkIdentity({ provider: 'google', options }))
    const { place } = await landing(url ?? '')
    worked(await client.exchangeCodeForSession(place.searchParams.get('code') ?? ''))
    const { identities } = worked(await client.getUserIdentities())
    expect(identities.map(({ provider }) => provider)).toEqual(['email', 'google'])
    const google = identities.find(({ provider }) => provider === 'google')
    if (google === undefined) throw new Error('there is no such identity')
    worked(await client.unlinkIdentity(google))
    expect(worked(await client.getUserIdentities()).identities.map(({ provider }) => provider)).toEqual(['email'])
  })

  it('asks on a page before it links without a challenge', async () => {
    const email = anAddress()
    worked(await adminApi(world).createUser({ email, password: goodPassword, email_confirm: true }))
    const client = authClient(world, { flowType: 'implicit' })
    worked(await client.signInWithPassword({ email, password: goodPassword }))
    world.openId.person = somebody()
    const options = { redirectTo: app, skipBrowserRedirect: true }
    const { url } = worked(await client.linkIdentity({ provider: 'google', options }))
    const browser = createTraveller()
    const { response } = await landing(url ?? '', browser)
    const page = (await response?.text()) ?? ''
    expect(page).toContain(`j•••@example.test`)
    const handle = /name="handle" value="([^"]+)"/.exec(page)?.[1] ?? ''
    const answer = await browser.fetch(`${world.origin}/auth/v1/callback/confirm`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: world.origin },
      body: new URLSearchParams({ handle }).toString(),
    })
    expect(answer.headers.get('location')).toContain(`${app}#access_token=`)
    const { identities } = worked(await client.getUserIdentities())
    expect(identities.map(({ provider }) => provider)).toEqual(['email', 'google'])
  })

  it('refuses an identity twice, the only one, and a foreign one', async () => {
    const person = somebody()
    const { client, user } = await signIn(person)
    const [only] = user.identities ?? []
    if (only === undefined) throw new Error('there is no identity')
    expect((await client.unlinkIdentity(only)).error?.code).toBe('single_identity_not_deletable')
    const other = await withPassword()
    expect((await other.client.unlinkIdentity(only)).error?.code).toBe('single_identity_not_deletable')
    const two = await withPassword({ phone: aNumber() })
    expect((await two.client.unlinkIdentity(only)).error?.code).toBe('identity_not_found')
    const options = { redirectTo: app, skipBrowserRedirect: true }
    const { url } = worked(await other.client.linkIdentity({ provider: 'google', options }))
    const { place } = await landing(url ?? '')
    expect(place.searchParams.get('error_code')).toBe('identity_already_exists')
  })

  it('keeps the one whose removal would leave an address that is somebody else’s', async () => {
    const { client } = await withPassword()
    const theirs = (await withPassword()).email
    world.openId.person = somebody({ email: theirs })
    const options = { redirectTo: app, skipBrowserRedirect: true }
    const { url } = worked(await client.linkIdentity({ provider: 'google', options }))
    const { place } = await landing(url ?? '')
    worked(await client.exchangeCodeForSession(place.searchParams.get('code') ?? ''))
    const own = worked(await client.getUserIdentities()).identities.find(({ provider }) => provider === 'email')
    expect((await client.unlinkIdentity(own as never)).error).toMatchObject({
      status: 422,
      code: 'email_conflict_identity_not_deletable',
      message: 'Unable to unlink identity due to email conflict',
    })
    expect(worked(await client.getUserIdentities()).identities).toHaveLength(2)
  })
})
