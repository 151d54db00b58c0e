import { describe, expect, it } from 'vitest'
import { systemRuntime } from '../src/base/runtime.ts'
import {
  createServerAuth,
  createServerClient,
  expressGuard,
  guarded,
  nextCookies,
  requestCookies,
  svelteCookies,
} from '../src/server/index.ts'
import { createServerAuthOn } from '../src/server/server-auth.ts'
import { anAddress, aPerson, aSignedIn, aWorld, codeOf, ok, password } from './world.ts'

const world = aWorld({ config: { redirectUrls: ['https://app.example.test/**'] } })
const page = 'https://app.example.test/'
const withCookies = (cookie: string) => new Request(page, { headers: { cookie } })

/** Cookies as a browser would send them back. */
function cookiesOf(lines: readonly string[]): string {
  return lines.map((line) => line.split(';', 1)[0]).join('; ')
}

/** Somebody signed in through a server-rendered app: their cookies. */
async function signedInByCookies() {
  const email = await aPerson(world())
  const cookies = requestCookies(new Request(page))
  const auth = createServerClient({ url: world().url, cookies })
  await ok(auth.signInWithPassword({ email, password }))
  return {
    email,
    lines: cookies.headers.getSetCookie(),
    headers: cookies.headers,
    cookie: cookiesOf(cookies.headers.getSetCookie()),
  }
}

describe('a client for one request', () => {
  it('keeps the session in cookies that scripts cannot read, and its answer out of caches', async () => {
    const { email, lines, headers, cookie } = await signedInByCookies()
    expect(lines).toHaveLength(2)
    for (const line of lines)
      expect(line).toMatch(
        /^__Host-watchword-(access|refresh)=.+; Path=\/; Max-Age=\d+; Secure; SameSite=Lax; HttpOnly$/,
      )
    expect(headers.get('cache-control')).toBe('no-store')
    const next = createServerClient({ url: world().url, cookies: requestCookies(withCookies(cookie)) })
    expect(await ok(next.getUser())).toMatchObject({ user: { email } })
  })

  it('S147 believes no cookie: what was edited is nobody', async () => {
    const { cookie } = await signedInByCookies()
    const claims = Buffer.from(JSON.stringify({ sub: crypto.randomUUID(), exp: 9_999_999_999, iat: 1 })).toString(
      'base64url',
    )
    for (const forged of [
      cookie.replace(/(__Host-watchword-access=[^.]+\.)[^.]+/, `$1${claims}`),
      cookie.replace(/\.[\w-]+(; __Host|$)/, '.AAAA$1'),
      '__Host-watchword-access=x; __Host-watchword-refresh=y',
      '',
    ]) {
      const auth = createServerClient({ url: world().url, cookies: requestCookies(withCookies(forged)) })
      expect(await ok(auth.getUser())).toBeNull()
    }
  })

  it('says what it did not check, and has no snapshot to be believed', async () => {
    const { cookie } = await signedInByCookies()
    const auth = createServerClient({ url: world().url, cookies: requestCookies(withCookies(cookie)) })
    expect(await auth.unverifiedSession()).toMatchObject({ unverified: true, accessToken: expect.any(String) })
    expect((auth as unknown as { state: unknown }).state).toBeUndefined()
    expect(auth).not.toHaveProperty('getSession')
  })

  it('signs out, and takes its cookies away', async () => {
    const { cookie } = await signedInByCookies()
    const cookies = requestCookies(withCookies(cookie))
    await ok(createServerClient({ url: world().url, cookies }).signOut())
    expect(cookies.headers.getSetCookie().filter((line) => line.includes('Max-Age=0'))).toHaveLength(2)
    const after = createServerClient({ url: world().url, cookies: requestCookies(withCookies(cookie)) })
    expect(await ok(after.getUser({ fresh: true }))).toBeNull()
  })

  it('S148 renews an old session once for requests that come at the same time', async () => {
    const { email, cookie } = await signedInByCookies()
    const real = systemRuntime()
    const asked = { refreshes: 0 }
    const counting: typeof fetch = (input, init) => {
      if (String(input instanceof Request ? input.url : input).includes('/sessions/refresh')) asked.refreshes += 1
      return fetch(input, init)
    }
    world().clock.move(4_000)
    const later = { ...real, ...systemRuntime(counting), now: () => real.now() + 4_000_000 }
    const server = createServerAuthOn(later, { url: world().url })
    const answers = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const cookies = requestCookies(withCookies(cookie))
        return { user: await ok(server.client(cookies).getUser()), lines: cookies.headers.getSetCookie() }
      }),
    )
    for (const { user } of answers) expect(user).toMatchObject({ user: { email } })
    expect(asked.refreshes).toBe(1)
    expect(new Set(answers.map(({ lines }) => cookiesOf(lines))).size).toBe(1)
    world().clock.move(-4_000)
  })
})

/** Encodes what it sets and decodes what it reads, as the store of Next.js does. */
function aStore() {
  const lines = new Map<string, string>()
  const store = {
    get(name: string) {
      const value = lines.get(name)
      return value === undefined ? undefined : { value: decodeURIComponent(value) }
    },
    set: (name: string, value: string) => lines.set(name, encodeURIComponent(value)),
  }
  return { store, header: () => [...lines].map(([name, value]) => `${name}=${value}`).join('; ') }
}

describe('the cookies of a request', () => {
  it('are handed on as they are by now, and nothing else of the request changes', () => {
    const headers = { cookie: 'theme=dark; __Host-watchword-access=old; lang=en;gone=1', 'x-kept': 'yes' }
    const cookies = requestCookies(new Request(page, { headers }))
    expect(cookies.forward().get('cookie')).toBe('theme=dark; __Host-watchword-access=old; lang=en; gone=1')
    const options = { path: '/', secure: true, sameSite: 'lax', httpOnly: true, maxAge: 1 } as const
    void cookies.set('__Host-watchword-access', 'new', options)
    void cookies.set('gone', '', { ...options, maxAge: 0 })
    const forwarded = cookies.forward()
    expect(forwarded.get('cookie')).toBe('theme=dark; lang=en; __Host-watchword-access=new')
    expect(forwarded.get('x-kept')).toBe('yes')
    const last = requestCookies(new Request(page, { headers: { cookie: 'gone=1' } }))
    void last.set('gone', '', { ...options, maxAge: 0 })
    expect(last.forward().has('cookie')).toBe(false)
  })

  it('bring a page behind a middleware what was renewed before it', async () => {
    const { email, cookie } = await signedInByCookies()
    const first = requestCookies(withCookies(cookie))
    await ok(createServerClient({ url: world().url, cookies: first }).refresh())
    const handedOn = requestCookies(new Request(page, { headers: first.forward() }))
    const auth = createServerClient({ url: world().url, cookies: handedOn })
    expect(await ok(auth.getUser())).toMatchObject({ user: { email } })
    expect((await auth.unverifiedSession())?.accessToken).not.toBe(/access=([^;]+)/.exec(cookie)?.[1])
  })

  it('say the same whether they are read as a header or by the store of Next.js', async () => {
    const { store, header } = aStore()
    const server = createServerAuth({ url: world().url, redirectTo: page })
    const action = server.client(nextCookies(store))
    const { url } = await ok(action.signInWithProvider('google', { mode: 'url' }))
    await ok(action.signUp({ email: anAddress(), password }))
    const back = `${page}?error=access_denied&state=${new URL(url).searchParams.get('state')}`
    for (const jar of [nextCookies(store), requestCookies(withCookies(header()))]) {
      const client = server.client(jar)
      await ok(client.getUser())
      expect(client.attempt).toMatchObject({ purpose: 'sign_up' })
    }
    const route = server.client(requestCookies(withCookies(header())))
    expect(await codeOf(route.handleRedirect(back))).toBe('access_denied')
  })

  it('come back from the stores of frameworks as they were set', async () => {
    const lines = new Map<string, string>()
    const options = { path: '/', secure: true, sameSite: 'lax', httpOnly: true, maxAge: 1 } as const
    const svelte = svelteCookies({
      setHeaders: () => {},
      cookies: {
        get(name, { decode }) {
          const value = lines.get(name)
          return value === undefined ? undefined : decode(value)
        },
        set: (name, value, { encode }: { encode?: (text: string) => string }) =>
          lines.set(name, (encode ?? encodeURIComponent)(value)),
      },
    })
    const value = encodeURIComponent('{"sentTo":"50 % at home"}')
    for (const jar of [svelte, nextCookies(aStore().store)]) {
      await jar.set('held', value, options)
      expect(await jar.get('held')).toBe(value)
      expect(await jar.get('other')).toBeUndefined()
    }
    expect(lines.get('held')).toBe(value)
  })

  it('keep what belongs to a mailed link for as long as that may lie unread', async () => {
    const cookies = requestCookies(new Request(page))
    const auth = createServerClient({ url: world().url, redirectTo: page, cookies })
    await ok(auth.signUp({ email: anAddress(), password }))
    const kept = cookies.headers
      .getSetCookie()
      .map((line) => /^(__Host-[a-z-]+)=.+ Max-Age=(\d+);/.exec(line)?.slice(1))
    expect(Object.fromEntries(kept.flatMap((pair) => (pair ? [pair] : [])))).toEqual({
      '__Host-watchword-flow': '86400',
      '__Host-watchword-attempt': '600',
    })
  })
})

describe('a backend', () => {
  it('verifies a token by the public keys', async () => {
    const { auth, email } = await aSignedIn(world())
    const token = await ok(auth.getAccessToken())
    const server = createServerAuth({ url: world().url })
    expect(await ok(server.verifyToken(token ?? ''))).toMatchObject({ user: { email }, aal: 'aal1' })
    expect(await codeOf(server.verifyToken('a.b.c'))).toBe('bad_jwt')
    expect(await codeOf(server.authenticate(new Request(page)))).toBe('no_authorization')
  })

  it('guards routes: by being signed in, by role, by guests', async () => {
    const { cookie, email } = await signedInByCookies()
    const server = createServerAuth({ url: world().url })
    const handle = guarded(server, (_, { user }) => Response.json({ email: user.email }))
    expect(await (await handle(withCookies(cookie))).json()).toEqual({ email })
    const nobody = await handle(new Request(page))
    expect([nobody.status, await nobody.json()]).toMatchObject([401, { code: 'no_authorization' }])
    const admins = guarded(server, () => Response.json({}), { roles: ['admin'] })
    expect((await admins(withCookies(cookie))).status).toBe(403)
    const strict = guarded(server, () => Response.json({}), { aal: 'aal2' })
    expect(await (await strict(withCookies(cookie))).json()).toMatchObject({ code: 'insufficient_aal' })
  })

  it('lets nobody in where the keys cannot be had, and blames no token for it', async () => {
    const { cookie } = await signedInByCookies()
    const server = createServerAuth({ url: 'http://127.0.0.1:1' })
    const answer = await guarded(server, () => Response.json({}))(withCookies(cookie))
    expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'unavailable' }])
  })

  it('guards Express, and leaves who it is in the request', async () => {
    const { cookie, email } = await signedInByCookies()
    const guard = expressGuard(createServerAuth({ url: world().url }))
    const told: unknown[] = []
    const response = { status: (code: number) => ({ json: (body: object) => told.push([code, body]) }) }
    const request = { headers: { cookie } }
    await guard(request, response, () => told.push('next'))
    expect(told).toEqual(['next'])
    expect(request).toMatchObject({ auth: { user: { email } } })
    await guard({ headers: {} as { cookie?: string } }, response, () => told.push('next'))
    expect(told[1]).toMatchObject([401, { code: 'no_authorization' }])
  })
})
