import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import { adminApi, anAddress, aPerson, authClient, goodPassword, landing, memoryStorage, worked } from './clients.ts'

let world: World
const place = 'http://localhost:3000/welcome?from=mail'
beforeAll(async () => {
  world = await startWorld({ config: { siteUrl: 'http://localhost:3000' } })
})
afterAll(() => world.close())

const open = (link: string | null | undefined, init: RequestInit = {}) =>
  fetch(link ?? '', { redirect: 'manual', ...init })

async function aMailedSignUp(flowType: 'implicit' | 'pkce') {
  const email = anAddress()
  const client = authClient(world, { flowType })
  worked(await client.signUp({ email, password: goodPassword, options: { emailRedirectTo: place } }))
  const { link } = await world.inbox.waitFor(email, 'sign_up')
  return { email, client, link: new URL(link ?? '') }
}

describe('a mailed link of the implicit flow', () => {
  it('leads to this server with hash, type and place', async () => {
    const { link } = await aMailedSignUp('implicit')
    expect(link.href.startsWith(`${world.config.settings.publicUrl}/auth/v1/verify?token=`)).toBe(true)
    expect(link.searchParams.get('type')).toBe('signup')
    expect(link.searchParams.get('redirect_to')).toBe(place)
  })

  it('names a place as it is, where nothing in it could be taken for something else', async () => {
    const { properties } = worked(
      await adminApi(world).generateLink({
        type: 'signup',
        email: anAddress(),
        password: goodPassword,
        options: { redirectTo: 'http://localhost:3000/welcome' },
      }),
    )
    expect(properties?.action_link).toMatch(/[?]token=[\w-]+&type=signup&redirect_to=http:\/\/localhost:3000\/welcome$/)
    expect((await aMailedSignUp('implicit')).link.href).toContain(`redirect_to=${encodeURIComponent(place)}`)
  })

  it('brings tokens in the fragment, in alphabetical order', async () => {
    const { link, email } = await aMailedSignUp('implicit')
    const answer = await open(link.href)
    expect(answer.status).toBe(303)
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
    const { location, fragment } = landing(answer)
    expect(location.startsWith(`${place}#access_token=`)).toBe(true)
    expect([...fragment.keys()]).toEqual([
      ...['access_token', 'expires_at', 'expires_in', 'refresh_token', 'sb', 'token_type', 'type'],
    ])
    expect(Object.fromEntries(fragment)).toMatchObject({
      sb: '',
      token_type: 'bearer',
      type: 'signup',
      expires_in: '3600',
    })
    const tokens = {
      access_token: fragment.get('access_token') ?? '',
      refresh_token: fragment.get('refresh_token') ?? '',
    }
    const { user } = worked(await authClient(world).setSession(tokens))
    expect(user).toMatchObject({
      email,
      email_confirmed_at: expect.any(String),
      user_metadata: { email_verified: true },
    })
    expect((await authClient(world).signInWithPassword({ email, password: goodPassword })).error).toBeNull()
  })

  it('is used once', async () => {
    const { link } = await aMailedSignUp('implicit')
    await open(link.href)
    const { url, fragment, query } = landing(await open(link.href))
    expect(`${url.origin}${url.pathname}${url.search}`).toBe(place)
    expect([...fragment]).toEqual([
      ['error', 'access_denied'],
      ['error_code', 'otp_expired'],
      ['error_description', 'Email link is invalid or has expired'],
      ['sb', ''],
    ])
    expect(query.has('error')).toBe(false)
  })

  it('is not used by looking at it', async () => {
    const { link } = await aMailedSignUp('implicit')
    expect((await open(link.href, { method: 'HEAD' })).headers.get('location')).toBeNull()
    expect((await open(link.href, { method: 'OPTIONS' })).headers.get('location')).toBeNull()
    expect(landing(await open(link.href)).fragment.has('access_token')).toBe(true)
  })

  it('never leads anywhere that is not allowed', async () => {
    const { link } = await aMailedSignUp('implicit')
    link.searchParams.set('redirect_to', 'https://evil.test/')
    expect(landing(await open(link.href, { headers: { referer: 'https://evil.test/x' } })).url.origin).toBe(
      'http://localhost:3000',
    )
  })

  it('works for one purpose alone', async () => {
    const { link } = await aMailedSignUp('implicit')
    link.searchParams.set('type', 'recovery')
    expect(landing(await open(link.href)).fragment.get('error_code')).toBe('otp_expired')
    link.searchParams.set('type', 'email')
    expect(landing(await open(link.href)).fragment.get('type')).toBe('signup')
  })

  it('says in JSON when it says nothing', async () => {
    const at = `${world.url}/auth/v1/verify`
    expect(await (await open(`${at}?token=x`)).json()).toMatchObject({
      code: 400,
      msg: 'Verify requires a verification type',
    })
    expect(await (await open(`${at}?type=signup`)).json()).toMatchObject({
      msg: 'Verify requires a token or a token hash',
    })
    const odd = landing(await open(`${at}?token=x&type=sms`))
    expect(odd.fragment.get('error_description')).toBe('Invalid email verification type')
    expect(odd.fragment.get('error')).toBe('invalid_request')
  })
})

describe('a mailed link of the PKCE flow', () => {
  it('brings a code that its requester exchanges', async () => {
    const { link, client, email } = await aMailedSignUp('pkce')
    expect(link.searchParams.get('token')).toMatch(/^pkce_/)
    // A scanner's visit harms nobody.
    await open(link.href)
    const answer = await open(link.href)
    expect(answer.status).toBe(303)
    const { query, url } = landing(answer)
    expect(query.get('from')).toBe('mail')
    expect(url.hash).toBe('')
    const { session, user } = worked(await client.exchangeCodeForSession(query.get('code') ?? ''))
    expect(user.email).toBe(email)
    expect(session.refresh_token).toBeDefined()
    expect(worked(await client.getClaims())?.claims.amr).toMatchObject([{ method: 'email/signup' }])
    const late = landing(await open(link.href))
    expect(late.query.get('error_code')).toBe('otp_expired')
    expect(late.fragment.get('error_code')).toBe('otp_expired')
  })

  it('is worth nothing in another browser', async () => {
    const { link } = await aMailedSignUp('pkce')
    const code = landing(await open(link.href)).query.get('code') ?? ''
    const storage = memoryStorage()
    const thief = authClient(world, { flowType: 'pkce', storage })
    worked(await thief.signInWithOtp({ email: anAddress() }))
    expect((await thief.exchangeCodeForSession(code)).error).toMatchObject({
      status: 400,
      code: 'bad_code_verifier',
      message: 'code challenge does not match previously saved code verifier',
    })
  })

  it('gives a session at once to a server that posts its hash', async () => {
    const { link, email } = await aMailedSignUp('pkce')
    const hash = link.searchParams.get('token') ?? ''
    const { session, user } = worked(await authClient(world).verifyOtp({ token_hash: hash, type: 'email' }))
    expect(user?.email).toBe(email)
    expect(session?.access_token).toBeDefined()
    expect((await authClient(world).verifyOtp({ token_hash: hash, type: 'email' })).error).toMatchObject({
      code: 'otp_expired',
    })
  })

  it('can still be answered with its code', async () => {
    const email = anAddress()
    const client = authClient(world, { flowType: 'pkce' })
    worked(await client.signInWithOtp({ email }))
    const { code } = await world.inbox.waitFor(email)
    expect(worked(await client.verifyOtp({ email, token: code ?? '', type: 'email' })).session).not.toBeNull()
  })

  it('yields codes that are unknown, spent or malformed only once told', async () => {
    const { link, client } = await aMailedSignUp('pkce')
    const gone = { status: 404, code: 'flow_state_not_found', message: 'invalid flow state, no valid flow state found' }
    const unknown = authClient(world, { flowType: 'pkce' })
    worked(await unknown.signInWithOtp({ email: anAddress() }))
    expect((await unknown.exchangeCodeForSession('0190a5b0-0000-7000-8000-000000000000')).error).toMatchObject(gone)
    const code = landing(await open(link.href)).query.get('code') ?? ''
    worked(await client.exchangeCodeForSession(code))
    worked(await client.signInWithOtp({ email: anAddress() }))
    expect((await client.exchangeCodeForSession(code)).error).toMatchObject(gone)
  })
})

describe('invitations', () => {
  it('are accepted by link and by hash', async () => {
    const [first, second] = [anAddress(), anAddress()]
    for (const email of [first, second])
      worked(await adminApi(world).inviteUserByEmail(email, { redirectTo: place, data: { team: 1 } }))
    const link = (await world.inbox.waitFor(first, 'invite')).link
    expect(new URL(link ?? '').searchParams.get('type')).toBe('invite')
    const { fragment } = landing(await open(link))
    expect(fragment.get('type')).toBe('invite')
    const client = authClient(world)
    const tokens = {
      access_token: fragment.get('access_token') ?? '',
      refresh_token: fragment.get('refresh_token') ?? '',
    }
    worked(await client.setSession(tokens))
    expect(worked(await client.updateUser({ password: goodPassword })).user).toMatchObject({
      email: first,
      user_metadata: { team: 1 },
    })
    expect((await authClient(world).signInWithPassword({ email: first, password: goodPassword })).error).toBeNull()
    const hash = new URL((await world.inbox.waitFor(second, 'invite')).link ?? '').searchParams.get('token') ?? ''
    expect(worked(await authClient(world).verifyOtp({ token_hash: hash, type: 'invite' })).user?.email).toBe(second)
  })
})

describe('where every link is confirmed with a click', () => {
  let careful: World
  beforeAll(async () => {
    careful = await startWorld({ config: { links: { confirmation: 'click' }, siteUrl: 'http://localhost:3000' } })
  })
  afterAll(() => careful.close())

  it('shows a button first, which leads on', async () => {
    const { email } = await aPerson(careful)
    worked(await authClient(careful).signInWithOtp({ email, options: { emailRedirectTo: place } }))
    const { link } = await careful.inbox.waitFor(email)
    const shown = await open(link)
    expect(shown.status).toBe(200)
    expect(shown.headers.get('content-security-policy')).toContain("form-action 'self' http://localhost:3000")
    expect(shown.headers.get('referrer-policy')).toBe('no-referrer')
    const html = await shown.text()
    expect(html).not.toContain('access_token')
    const action = /action="([^"]+)"/.exec(html)?.[1] ?? ''
    const fields = [...html.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [
      name,
      value?.replaceAll('&amp;', '&'),
    ])
    const press = (headers: Record<string, string>) =>
      open(action, { method: 'POST', headers, body: new URLSearchParams(fields as [string, string][]) })
    expect((await press({ origin: 'https://evil.test' })).status).toBe(403)
    const { fragment, location } = landing(await press({ origin: careful.config.settings.publicUrl }))
    expect(location.startsWith(place)).toBe(true)
    expect(fragment.get('type')).toBe('magiclink')
    expect(fragment.has('access_token')).toBe(true)
  })
})

describe('a code that a link brought back', () => {
  it('is told to be too late when it is', async () => {
    const { link, client } = await aMailedSignUp('pkce')
    const code = landing(await open(link.href)).query.get('code') ?? ''
    world.clock.move(301)
    expect((await client.exchangeCodeForSession(code)).error).toMatchObject({
      status: 422,
      code: 'flow_state_expired',
      message: 'invalid flow state, flow state has expired',
    })
  })
})

describe('how somebody came in', () => {
  const methodsOf = (token: string) => {
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { amr: Json[] }
    return claims.amr.map(({ method }) => method)
  }
  type Json = { method: string }
  const kinds = {
    async signup() {
      return (await aMailedSignUp('implicit')).link
    },
    async magiclink() {
      const { email } = await aPerson(world)
      worked(await authClient(world).signInWithOtp({ email }))
      return new URL((await world.inbox.waitFor(email)).link ?? '')
    },
    async invite() {
      const email = anAddress()
      worked(await adminApi(world).inviteUserByEmail(email))
      return new URL((await world.inbox.waitFor(email)).link ?? '')
    },
  }

  it('by a link that anybody may open is a one-time password, whichever way it is used', async () => {
    for (const [type, ask] of Object.entries(kinds)) {
      const opened = landing(await open((await ask()).href))
      expect([type, ...methodsOf(opened.fragment.get('access_token') ?? '')]).toEqual([type, 'otp'])
      const token_hash = (await ask()).searchParams.get('token') ?? ''
      const { session } = worked(await authClient(world).verifyOtp({ type: type as 'signup', token_hash }))
      expect([type, ...methodsOf(session?.access_token ?? '')]).toEqual([type, 'otp'])
    }
  })
})

describe('the place a link leads to', () => {
  it('is the header’s, then the query’s, then the page they came from', async () => {
    const at = 'http://localhost:3000'
    const placeOf = async (query: string, headers: Record<string, string>) => {
      const answer = await open(`${world.url}/auth/v1/verify?type=signup&token=x${query}`, { headers })
      return landing(answer).url.href.split('#')[0]
    }
    const [named, from] = [`&redirect_to=${at}/query`, { referer: `${at}/page` }]
    expect(await placeOf(named, { ...from, redirect_to: `${at}/header` })).toBe(`${at}/header`)
    expect(await placeOf(named, from)).toBe(`${at}/query`)
    expect(await placeOf('', from)).toBe(`${at}/page`)
    expect(await placeOf('', {})).toBe(`${at}/`)
  })

  it('S69: is never one that is not listed, whoever names it', async () => {
    const [evil, page] = ['https://evil.test/x', 'http://localhost:3000/page']
    const placeOf = async (query: string, headers: Record<string, string>) => {
      const answer = await open(`${world.url}/auth/v1/verify?type=signup&token=x${query}`, { headers })
      return landing(answer).url.href.split('#')[0]
    }
    expect(await placeOf(`&redirect_to=${page}`, { redirect_to: evil, referer: page })).toBe(page)
    expect(await placeOf(`&redirect_to=${page}`, { redirect_to: evil })).toBe('http://localhost:3000/')
    expect(await placeOf(`&redirect_to=${evil}`, { referer: evil })).toBe('http://localhost:3000/')
  })
})

describe('a place that cannot be one', () => {
  it('is no error: people land at the site', async () => {
    const at = `${world.url}/auth/v1`
    for (const odd of ['redirect_to=%00', 'redirect_to=%zz']) {
      const { url } = landing(await open(`${at}/verify?type=signup&token=x&${odd}`))
      expect(url.origin).toBe('http://localhost:3000')
      const asked = await fetch(`${at}/recover?${odd}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email: anAddress() }),
      })
      expect([odd, asked.status]).toEqual([odd, 200])
    }
  })
  it('is refused where two are named', async () => {
    const at = `${world.url}/auth/v1`
    const two = 'redirect_to=http://localhost:3000/a&redirect_to=http://localhost:3000/b'
    const opened = await fetch(`${at}/verify?type=signup&token=x&${two}`, { redirect: 'manual' })
    expect(opened.status).toBe(400)
    const asked = await fetch(`${at}/recover?${two}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: anAddress() }),
    })
    expect(asked.status).toBe(400)
  })
})
