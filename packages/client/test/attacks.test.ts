import { describe, expect, it, vi } from 'vitest'
import { createAccessKeys } from '../src/access-keys/index.ts'
import { createAdmin } from '../src/admin/index.ts'
import type { Page } from '../src/base/runtime.ts'
import { memoryStorage, type SessionStorage } from '../src/index.ts'
import { createServerAuth, type GuardOptions, guarded, requestCookies } from '../src/server/index.ts'
import { aClient, aPerson, aSignedIn, aWorld, codeOf, followLink, ok, password } from './world.ts'

const world = aWorld()

/** A page at an address, for a client that believes itself in a browser. */
function aPage(href: string): Page & { readonly at: string[] } {
  const at = [href]
  return {
    at,
    href: () => at.at(-1) ?? '',
    replace: (next) => void at.push(next),
    leave: (next) => void at.push(next),
    close() {},
    isVisible: () => false,
    onWake: () => () => {},
    onHide: () => () => {},
  }
}

/** A storage whose content can be read. */
function anOpenStorage(): SessionStorage & { readonly held: Map<string, string> } {
  const held = new Map<string, string>()
  return {
    held,
    get: (key) => held.get(key) ?? null,
    set: (key, value) => void held.set(key, value),
    remove: (key) => void held.delete(key),
  }
}

describe('S146: ids are ids', { retry: 0 }, () => {
  const wrong = ['../x', '', 'a/b', '?x', '.', '%2e%2e', {}, null, 7, ['0199a3c4-0000-7000-8000-000000000000']]

  it('throws before any request, in every call that builds a path', async () => {
    const fetch = vi.fn()
    const admin = createAdmin({ url: world().url, secretKey: world().secretKey, fetch })
    const auth = aClient(world(), {}, { fetch })
    for (const id of wrong as string[]) {
      const calls = [
        () => auth.sessions.revoke(id),
        () => admin.users.get(id),
        () => admin.users.update(id, {}),
        () => admin.users.delete(id),
        () => admin.users.sessions(id),
        () => admin.users.signOut(id),
        () => admin.users.signOut('0199a3c4-0000-7000-8000-000000000000', id),
        () => admin.users.identities(id),
        () => admin.users.createLink(id, { purpose: 'sign_in' }),
        () => admin.users.unlock(id),
        () => admin.invites.revoke(id),
        () => admin.apiKeys.revoke(id),
        () => admin.signingKeys.revoke(id),
        () => admin.outbox.retry(id),
        () => admin.outbox.drop(id),
      ]
      // An absent session means all of them; an empty one is nonsense.
      for (const call of calls) await expect(call()).rejects.toThrow(TypeError)
    }
    expect(fetch).not.toHaveBeenCalled()
  })
})

describe('S147: a careful client', { retry: 0 }, () => {
  it('takes no token from the address', async () => {
    const { auth } = await aSignedIn(world())
    const state = auth.state
    if (state.status !== 'signed_in') throw new Error('nobody is in')
    const { accessToken, refreshToken } = state.tokens ?? {}
    for (const mark of ['#', '?']) {
      const href = `https://app.example.test/in${mark}access_token=${accessToken}&refresh_token=${refreshToken}&type=signup`
      const victim = aClient(world(), {}, { page: aPage(href) })
      await victim.ready
      expect(victim.state).toEqual({ status: 'signed_out', reason: null })
    }
  })

  it('exchanges no code of a flow that another browser began, and asks nobody about it', async () => {
    const email = await aPerson(world())
    const attacker = aClient(world())
    await ok(attacker.signInWithCode({ email, redirectTo: `${world().url}/in` }))
    const back = await followLink((await world().inbox.waitFor(email)).link)
    const fetch = vi.fn(globalThis.fetch)
    const page = aPage(back)
    const victim = aClient(world(), {}, { page, fetch })
    await victim.ready
    expect(victim.state).toEqual({ status: 'signed_out', reason: 'other_browser' })
    expect(fetch).not.toHaveBeenCalled()
    expect(page.href()).not.toMatch(/code=|state=/)
    expect(await ok(attacker.handleRedirect(back))).toMatchObject({ status: 'complete' })
  })

  it('uses a verifier once and removes it, when the flow fails too', async () => {
    const email = await aPerson(world())
    const storage = anOpenStorage()
    const auth = aClient(world(), { storage })
    await ok(auth.signInWithCode({ email, redirectTo: `${world().url}/in` }))
    const back = new URL(await followLink((await world().inbox.waitFor(email)).link))
    expect([...storage.held.keys()].some((key) => key.endsWith(':flows'))).toBe(true)
    back.searchParams.set('code', '0199a3c4-0000-7000-8000-000000000000')
    expect(await codeOf(auth.handleRedirect(back.href))).toBe('flow_state_not_found')
    expect([...storage.held.keys()].some((key) => key.endsWith(':flows'))).toBe(false)
  })

  it('tells a refusal of ours by its code, and cleans the address', async () => {
    const email = await aPerson(world())
    const storage = memoryStorage()
    const auth = aClient(world(), { storage })
    await ok(auth.signInWithCode({ email, redirectTo: `${world().url}/in` }))
    const state = new URL(await followLink((await world().inbox.waitFor(email)).link)).searchParams.get('state')
    const page = aPage(`https://app.example.test/in?error=access_denied&error_description=No&state=${state}&tab=2`)
    const back = aClient(world(), { storage }, { page })
    await back.ready
    expect(back.state).toEqual({ status: 'signed_out', reason: 'access_denied' })
    expect(page.href()).toBe('https://app.example.test/in?tab=2')
  })

  it('leaves an address alone that is none of its business', async () => {
    const page = aPage('https://app.example.test/shop?code=WELCOME10&state=open')
    const auth = aClient(world(), {}, { page })
    await auth.ready
    expect(page.at).toHaveLength(1)
  })

  it('keeps the five newest flows, and no secret in errors or on the console', async () => {
    const storage = anOpenStorage()
    const spies = (['log', 'warn', 'error', 'info', 'debug'] as const).map((name) => vi.spyOn(console, name))
    const auth = aClient(world(), { storage })
    for (let at = 0; at < 8; at += 1)
      await auth.signInWithCode({ email: await aPerson(world()), redirectTo: world().url })
    const flows = [...storage.held].find(([key]) => key.endsWith(':flows'))?.[1] ?? '{}'
    expect(Object.keys(JSON.parse(flows))).toHaveLength(5)
    const secret = 'a very secret password'
    const { error } = await auth.signInWithPassword({ email: await aPerson(world()), password: secret })
    expect(JSON.stringify([error, error?.message, error?.stack, String(error?.cause)])).not.toContain(secret)
    for (const spy of spies) {
      expect(spy).not.toHaveBeenCalled()
      spy.mockRestore()
    }
  })

  it('keeps a secret key out of browsers', () => {
    vi.stubGlobal('window', {})
    vi.stubGlobal('document', {})
    expect(() => createAdmin({ url: world().url, secretKey: world().secretKey })).toThrow(TypeError)
    vi.unstubAllGlobals()
  })
})

/** A request with the cookies of a session, as a browser would send it. */
async function aRequest(more: { readonly expired?: boolean } = {}) {
  const email = await aPerson(world())
  const server = createServerAuth({ url: world().url })
  const first = requestCookies(new Request('https://app.example.test/in'))
  await ok(server.client(first).signInWithPassword({ email, password }))
  const lines = first.headers.getSetCookie()
  if (more.expired === true) world().clock.move(4_000)
  return { email, server, lines, cookie: cookieOf(lines) }
}

const cookieOf = (lines: readonly string[]) =>
  lines
    .map((line) => line.split(';', 1)[0] ?? '')
    .filter((pair) => !pair.endsWith('='))
    .join('; ')

const asking = (cookie: string, headers: Record<string, string> = {}) =>
  new Request('https://app.example.test/', { headers: { cookie, ...headers } })

describe('S148: rendering on a server', { retry: 0 }, () => {
  it('sets cookies that scripts cannot read and no other host gets, and says no-store with them', async () => {
    const { lines, server, cookie } = await aRequest()
    const tokens = lines.filter((line) => /access|refresh/.test(line))
    expect(tokens).toHaveLength(2)
    for (const line of tokens) {
      expect(line).toMatch(
        /^__Host-watchword-(access|refresh)=[^;]+; Path=\/; Max-Age=\d+; Secure; SameSite=Lax; HttpOnly$/,
      )
      expect(line.length).toBeLessThan(4_300)
    }
    const quiet = requestCookies(asking(cookie))
    expect(await ok(server.client(quiet).getUser())).toMatchObject({ verified: 'local' })
    expect([...quiet.headers]).toEqual([])
    const leaving = requestCookies(asking(cookie))
    await ok(server.client(leaving).signOut())
    const answer = leaving.respond(new Response('bye', { headers: { 'cache-control': 'public, max-age=600' } }))
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.getSetCookie().filter((line) => line.includes('Max-Age=0')).length).toBeGreaterThanOrEqual(2)
  })

  it('renews once for twenty parallel loads with an expired token, however many readers each has', async () => {
    const { cookie } = await aRequest({ expired: true })
    const shift = 4_000_000
    const refreshes: string[] = []
    const fetcher: typeof fetch = (input, init) => {
      if (String(input).endsWith('/refresh')) refreshes.push(String(input))
      return fetch(input, init)
    }
    const { createServerAuthOn } = await import('../src/server/server-auth.ts')
    const { systemRuntime } = await import('../src/base/runtime.ts')
    const runtime = { ...systemRuntime(), fetch: fetcher, now: () => Date.now() + shift }
    const server = createServerAuthOn(runtime, { url: world().url })
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const cookies = requestCookies(asking(cookie))
        const auth = server.client(cookies)
        const users = await Promise.all([auth.getUser(), auth.getUser(), auth.getAccessToken()])
        return { users, answer: cookies.respond(new Response('page')) }
      }),
    )
    world().clock.move(-4_000)
    expect(refreshes).toHaveLength(1)
    expect(answers.flatMap(({ users }) => users.map(({ error }) => error))).toEqual(Array(60).fill(null))
    const set = answers.map(({ answer }) => answer.headers.getSetCookie().filter((line) => line.includes('refresh')))
    expect(new Set(set.flat()).size).toBe(1)
    for (const { answer } of answers) expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  it('leaves a newer cookie alone when its own renewal fails', async () => {
    const { cookie, server } = await aRequest()
    const forged = cookie.replace(/refresh=[^;]+/, 'refresh=00000000-0000-4000-8000-000000000000')
    const cookies = requestCookies(asking(forged))
    const auth = server.client(cookies)
    expect(await codeOf(auth.refresh())).toBe('refresh_token_not_found')
    expect(await ok(auth.getUser())).toBeNull()
    expect(cookies.headers.getSetCookie()).toEqual([])
  })

  it.each([
    ['edited', (cookie: string) => cookie.replace(/access=ey\w{4}/, 'access=eyAAAA')],
    ['cut', (cookie: string) => cookie.replace(/(access=[^;]{60})[^;]+/, '$1')],
    ['half missing', (cookie: string) => cookie.split('; ').find((pair) => pair.includes('access')) ?? ''],
    ['the other half missing', (cookie: string) => cookie.split('; ').find((pair) => pair.includes('refresh')) ?? ''],
    ['over-long', (cookie: string) => cookie.replace('access=', `access=${'a'.repeat(9_000)}`)],
    ['unprefixed', (cookie: string) => cookie.replaceAll('__Host-', '')],
  ])('treats a session in %s cookies as signed out', async (_, spoil) => {
    const { cookie, server } = await aRequest()
    const auth = server.client(requestCookies(asking(spoil(cookie))))
    expect(await ok(auth.getUser())).toBeNull()
  })

  it('is not talked out of guarding by a header', async () => {
    const { server, cookie } = await aRequest()
    const handle = guarded(server, (_, who) => Response.json({ id: who.user.id }))
    const headers = {
      'x-middleware-subrequest': 'middleware:middleware:middleware:middleware:middleware',
      'x-middleware-next': '1',
      'x-forwarded-user': 'root',
    }
    expect((await handle(new Request('https://app.example.test/', { headers }))).status).toBe(401)
    expect((await handle(asking(cookie, headers))).status).toBe(200)
  })
})

describe('S149: trust on a server', { retry: 0 }, () => {
  const asked = (token: string) =>
    new Request('https://app.example.test/', { headers: { authorization: `Bearer ${token}` } })
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

  async function forgeries() {
    const { cookie } = await aRequest()
    const token = /access=([^;]+)/.exec(cookie)?.[1] ?? ''
    const [head = '', body = '', signature = ''] = token.split('.')
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>
    const other = { ...claims, sub: '0199a3c4-0000-7000-8000-000000000000' }
    const header = JSON.parse(Buffer.from(head, 'base64url').toString()) as Record<string, unknown>
    return {
      cookie,
      token,
      forged: {
        'of somebody else': `${head}.${part(other)}.${signature}`,
        unsigned: `${part({ alg: 'none', typ: 'JWT' })}.${part(other)}.`,
        'signed with a shared secret': `${part({ alg: 'HS256', typ: 'JWT' })}.${part(other)}.${signature}`,
        'that brings its key': `${part({ ...header, jwk: {}, jku: 'https://evil.test' })}.${body}.${signature}`,
        'with a hostile key id': `${part({ ...header, kid: '__proto__' })}.${body}.${signature}`,
        'for another audience': `${head}.${part({ ...claims, aud: 'x' })}.${signature}`,
        'that is no token': 'x',
      },
    }
  }

  it('refuses forged tokens, from the cookie and as a bearer', async () => {
    const server = createServerAuth({ url: world().url })
    const { cookie, token, forged } = await forgeries()
    expect(await ok(server.verifyToken(token))).toMatchObject({ aal: 'aal1' })
    for (const [what, bad] of Object.entries(forged)) {
      const carrying = cookie.replace(token, bad)
      expect([what, await codeOf(server.verifyToken(bad))]).toEqual([what, expect.stringMatching(/bad_jwt|not_found/)])
      expect([what, await codeOf(server.authenticate(asking(carrying)))]).toEqual([what, expect.any(String)])
      expect([what, (await ok(server.client(requestCookies(asking(carrying))).getUser()))?.user.id]).not.toEqual([
        what,
        '0199a3c4-0000-7000-8000-000000000000',
      ])
    }
  })

  it('refuses an expired token', async () => {
    const { token } = await forgeries()
    const { createServerAuthOn } = await import('../src/server/server-auth.ts')
    const { systemRuntime } = await import('../src/base/runtime.ts')
    const late = createServerAuthOn({ ...systemRuntime(), now: () => Date.now() + 3_700_000 }, { url: world().url })
    expect(await codeOf(late.verifyToken(token))).toBe('bad_jwt')
  })

  it('marks what nobody checked, in its name and its type, and has no snapshot to be believed', async () => {
    const server = createServerAuth({ url: world().url })
    const { cookie, token, forged } = await forgeries()
    const bad = forged['of somebody else']
    const auth = server.client(requestCookies(asking(cookie.replace(token, bad))))
    expect(await auth.unverifiedSession()).toEqual({ unverified: true, accessToken: bad })
    expect('state' in auth && auth['state']).toBe(undefined)
  })

  it('takes nobody’s own words for their roles, wherever in a token they stand', async () => {
    const { startWorld } = await import('./world.ts')
    const mine = { 'x-hasura-allowed-roles': ['admin'], 'x-hasura-default-role': 'admin' }
    const claims = { about: { path: 'metadata.about' } }
    for (const hasura of [{ enabled: false }, { enabled: true }, { namespace: 'https://claims.test' }]) {
      const open = await startWorld({ config: { tokens: { claims, hasura } } })
      const { auth } = await aSignedIn(open)
      await ok(auth.me.update({ metadata: { ...mine, about: mine } }))
      await ok(auth.refresh())
      const token = (await ok(auth.getAccessToken())) ?? ''
      const hasuraNamespace = hasura.namespace
      const server = createServerAuth({ url: open.url, ...(hasuraNamespace ? { hasuraNamespace } : {}) })
      const { user } = await ok(server.verifyToken(token))
      expect(user.metadata).toMatchObject(mine)
      expect(user.roles).toEqual(hasura.enabled === false ? [] : ['user', 'me'])
      expect(user.defaultRole).toBe(hasura.enabled === false ? null : 'user')
      const admins = guarded(server, () => Response.json({}), { roles: ['admin'] })
      expect((await admins(asked(token))).status).toBe(403)
      await open.close()
    }
  })

  it('S104 lets in what is limited to scopes where one of them is named, and nowhere else', async () => {
    const { auth } = await aSignedIn(world())
    const ends = new Date(Date.now() + 86_400_000).toISOString()
    const { key } = await ok(
      createAccessKeys(auth).create({ name: 'Deploys', scopes: ['me:read', 'app:deploy'], expiresAt: ends }),
    )
    const opened = await ok(createAccessKeys(aClient(world())).signIn(key ?? ''))
    const limited = opened.status === 'complete' ? (opened.tokens?.accessToken ?? '') : ''
    const own = (await ok(auth.getAccessToken())) ?? ''
    const server = createServerAuth({ url: world().url })
    const ask = async (token: string, options?: GuardOptions) =>
      (await guarded(server, () => Response.json({}), options)(asked(token))).status
    for (const options of [{}, { roles: ['user'] }, { scope: 'app:read' }, { scope: 'app' }, { scope: '' }])
      expect([options, await ask(limited, options)]).toEqual([options, 403])
    expect(await ask(limited, { scope: 'app:deploy' })).toBe(200)
    expect([await ask(own), await ask(own, { scope: 'app:deploy' })]).toEqual([200, 200])
  })

  it('asks Watchword where it signs with a shared secret', async () => {
    const { startWorld } = await import('./world.ts')
    const shared = await startWorld({
      config: {
        tokens: { algorithm: 'HS256' },
        secrets: { jwtSecret: 'a'.repeat(8) + 'Zk3vQ9xLw2Rt7Yp4Ns6Bd1Hf8Jg5Mc0' },
      },
    })
    const { auth } = await aSignedIn(shared)
    const token = (await ok(auth.getAccessToken())) ?? ''
    const server = createServerAuth({ url: shared.url })
    expect(await ok(server.verifyToken(token))).toMatchObject({ aal: 'aal1' })
    const [head = '', body = ''] = token.split('.')
    expect(await codeOf(server.verifyToken(`${head}.${body}.AAAA`))).toBe('bad_jwt')
    await shared.close()
  })
})
