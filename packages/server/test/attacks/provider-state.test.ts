import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exchange, nativeStart, pkce, type SocialWorld, signInNatively, startSocial } from '../world/social.ts'
import { createTraveller } from '../world/traveller.ts'

let world: SocialWorld
beforeAll(async () => {
  world = await startSocial()
})
afterAll(() => world.close())

let count = 0
const somebody = () => {
  count += 1
  return { sub: `somebody-${count}`, email: `somebody${count}@example.test`, email_verified: true }
}

/** A browser that has been to the provider and holds the address it was sent back to, unopened. */
async function halfway(query: Record<string, string> = {}) {
  world.openId.person = somebody()
  const browser = createTraveller()
  const { url } = await browser.go(nativeStart(world, query), `${world.origin}/v1/callback`)
  return { browser, url }
}

const errorOf = (response: Response) => new URL(response.headers.get('location') ?? '').searchParams.get('error')

describe('S66: the state', () => {
  it('is worth nothing in another browser, and stays good in its own', async () => {
    const { browser, url } = await halfway()
    const other = createTraveller()
    await other.fetch(nativeStart(world))
    for (const stranger of [createTraveller(), other])
      expect(errorOf(await stranger.fetch(url.href))).toBe('bad_oauth_state')
    expect((await browser.go(url.href, world.app)).url.searchParams.has('code')).toBe(true)
  })

  it('counts once, also of fifty at the same time (S23)', async () => {
    const { browser, url } = await halfway()
    const answers = await Promise.all(Array.from({ length: 50 }, () => browser.fetch(url.href)))
    const codes = answers.filter((answer) => new URL(answer.headers.get('location') ?? '').searchParams.has('code'))
    expect(codes.length).toBe(1)
    expect(answers.every(({ status }) => status === 303)).toBe(true)
    expect(errorOf(await browser.fetch(url.href))).toBe('bad_oauth_state')
  })

  it('ends after ten minutes', async () => {
    const { browser, url } = await halfway()
    world.clock.move(601)
    const answer = await browser.fetch(url.href)
    world.clock.move(-601)
    expect(errorOf(answer)).toBe('bad_oauth_state')
  })

  it('is answered at the callback it was made for, and as one value', async () => {
    const { browser, url } = await halfway()
    const elsewhere = [
      url.href.replace('/callback/google', '/callback/apple'),
      url.href.replace('/v1/callback/google', '/auth/v1/callback'),
      `${url.href}&state=${url.searchParams.get('state')}`,
      url.href.replace(/state=[^&]+/, 'state[]=x'),
    ]
    for (const place of elsewhere) {
      const answer = await browser.fetch(place)
      expect(new URL(answer.headers.get('location') ?? '').origin).toBe(world.origin)
      expect(new URL(answer.headers.get('location') ?? '').searchParams.get('error')).toBeTruthy()
    }
    expect((await browser.go(url.href, world.app)).url.searchParams.has('code')).toBe(true)
  })

  it('opens nothing else: no attempt, no link, no return code', async () => {
    const { url } = await halfway()
    const state = url.searchParams.get('state') ?? ''
    const post = async (path: string, body: object) => {
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(`${world.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
      return answer.status
    }
    expect(await post('/v1/attempts/status', { attempt: `wwa_${state}` })).toBe(410)
    expect(await post('/v1/attempts/answer', { attempt: `wwa_${state}`, code: '123456' })).toBe(410)
    expect(await post('/v1/links', { token: `wwl_${state}`, codeVerifier: pkce().verifier })).toBe(403)
    expect((await exchange(world, state)).status).toBe(400)
  })

  it('is kept as a digest, and its cookie belongs to this host alone (S6)', async () => {
    const browser = createTraveller()
    const begun = await browser.fetch(nativeStart(world))
    const cookie = begun.headers.getSetCookie().find((line) => line.startsWith('__Host-watchword-flow=')) ?? ''
    expect(cookie).toMatch(/; Path=\/; Max-Age=600; Secure; HttpOnly; SameSite=Lax$/)
    const asked = new URL(begun.headers.get('location') ?? '').searchParams
    const dump = JSON.stringify(
      await world.database.query({ text: 'select * from auth.tickets', values: [], name: 'all' }),
    )
    const value = /=([^;]+)/.exec(cookie)?.[1] ?? ''
    for (const secret of [asked.get('state'), asked.get('nonce'), value]) {
      expect(secret?.length).toBeGreaterThanOrEqual(43)
      expect(dump).not.toContain(secret)
    }
  })
})

describe('S67, S68: what comes back', () => {
  it('is worth nothing without its verifier, dies of a wrong one, and counts once', async () => {
    const { browser, url } = await halfway()
    const code = (await browser.go(url.href, world.app)).url.searchParams.get('code') ?? ''
    const wrong = await fetch(`${world.url}/v1/sessions/exchange`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code, codeVerifier: 'w'.repeat(43) }),
    })
    expect(await wrong.json()).toMatchObject({ code: 'bad_code_verifier' })
    expect((await exchange(world, code)).status).toBe(400)
    const again = await halfway()
    const second = (await again.browser.go(again.url.href, world.app)).url.searchParams.get('code') ?? ''
    const answers = await Promise.all(Array.from({ length: 20 }, () => exchange(world, second)))
    expect(answers.filter(({ status }) => status === 200).length).toBe(1)
  })

  it('ends what the first exchange opened when it comes a second time', async () => {
    const { browser, url } = await halfway()
    const code = (await browser.go(url.href, world.app)).url.searchParams.get('code') ?? ''
    const { body } = await exchange(world, code)
    expect((await exchange(world, code)).body).toMatchObject({ code: 'flow_state_already_used' })
    const token = (body as { tokens: { accessToken: string } }).tokens.accessToken
    const me = await fetch(`${world.url}/v1/me`, { headers: { authorization: `Bearer ${token}` } })
    expect(me.status).toBe(403)
  })

  it('is not begun without a challenge, or with a plain one', async () => {
    for (const query of [{ codeChallenge: '' }, { codeChallenge: 'short' }, { codeChallenge: 'v'.repeat(129) }])
      expect(errorOf(await createTraveller().fetch(nativeStart(world, query)))).toBe('validation_failed')
    const plain = `provider=google&code_challenge=${'v'.repeat(43)}&code_challenge_method=plain`
    expect((await fetch(`${world.origin}/auth/v1/authorize?${plain}`, { redirect: 'manual' })).status).toBe(400)
  })
})

describe('S69: redirects', () => {
  it.each([
    'https://evil.test/',
    '//evil.test',
    'https://app.example.test@evil.test',
    'https://app.example.test.evil.test',
    'javascript:alert(1)',
    'https://app.example.test\\@evil.test',
  ])('never lead to %s', async (place) => {
    world.openId.person = somebody()
    const native = await createTraveller().fetch(nativeStart(world, { redirectTo: place }))
    expect(new URL(native.headers.get('location') ?? '').origin).toBe(world.origin)
    const start = `${world.origin}/auth/v1/authorize?provider=google&redirect_to=${encodeURIComponent(place)}`
    const { url } = await createTraveller().go(start, `${world.origin}/#`)
    expect(url.origin).toBe(world.origin)
  })
})

describe('S73: mixing up providers', () => {
  it('refuses an answer that names another issuer, or none where one is promised', async () => {
    for (const change of ['iss=http%3A%2F%2Fevil.test', 'nobody=']) {
      const { browser, url } = await halfway()
      const changed = url.href.replace(/iss=[^&]*/, change)
      expect(changed).not.toBe(url.href)
      const { url: place } = await browser.go(changed, world.app)
      expect(place.searchParams.get('error')).toBe('provider_failed')
    }
  })

  it('refuses a code that was issued to another sign-in', async () => {
    const victim = await halfway()
    const attacker = await halfway()
    const injected = attacker.url.href.replace(/code=[^&]*/, `code=${victim.url.searchParams.get('code')}`)
    const { url } = await attacker.browser.go(injected, world.app)
    expect(url.searchParams.get('error')).toBe('provider_failed')
  })
})

describe('S74: providers that misbehave', () => {
  const answers: Record<
    string,
    (url: string) => { status: number; headers?: Record<string, string>; body: string } | 'slow' | 'large'
  > = {
    'a fault': () => ({ status: 500, body: 'broken secret-of-the-provider' }),
    'a page': () => ({
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: '<h1>secret-of-the-provider</h1>',
    }),
    'another protocol': () => ({ status: 101, headers: { connection: 'upgrade', upgrade: 'x' }, body: '' }),
    'a redirect': () => ({ status: 302, headers: { location: 'http://127.0.0.1:1/' }, body: '' }),
    'no JSON': () => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"access_token": secret-of-the-provider',
    }),
    'wrong types': () => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"access_token": {}, "token_type": 7}',
    }),
    prototypes: () => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"__proto__": {"access_token": "x"}, "constructor": {"prototype": {"polluted": true}}}',
    }),
    'an endless answer': () => 'large',
    'a trickle': () => 'slow',
  }

  it.each(Object.keys(answers))(
    'answers %s within six seconds, tells nothing of it and makes nothing',
    async (kind) => {
      const timers: NodeJS.Timeout[] = []
      const server = createServer((request, response) => {
        const answer = answers[kind]?.(request.url ?? '')
        if (request.url?.startsWith('/authorize') === true || answer === undefined) return response.end()
        if (answer === 'slow') {
          response.writeHead(200, { 'content-type': 'application/json' })
          return timers.push(setInterval(() => response.write(' '), 100))
        }
        if (answer === 'large') {
          response.writeHead(200, { 'content-type': 'application/json' })
          const more = () => {
            if (!response.destroyed && response.write(Buffer.alloc(65_536, 32))) setImmediate(more)
            else response.once('drain', more)
          }
          return more()
        }
        return response.writeHead(answer.status, answer.headers).end(answer.body)
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const address = server.address()
      const base = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
      const put = await fetch(`${world.url}/v1/admin/providers/custom:bad`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${world.secretKey}` },
        body: JSON.stringify({
          kind: 'oauth2',
          clientId: 'x',
          authorizationUrl: `${base}/authorize`,
          tokenUrl: `${base}/token`,
          userinfoUrl: `${base}/userinfo`,
        }),
      })
      expect(put.status).toBe(200)
      const browser = createTraveller()
      const begun = await browser.fetch(nativeStart(world, {}, 'custom:bad'))
      const state = new URL(begun.headers.get('location') ?? '').searchParams.get('state') ?? ''
      const before = await countUsers()
      const { url } = await browser.go(`${world.origin}/v1/callback/custom:bad?code=c&state=${state}`, world.app)
      expect(url.searchParams.get('error')).toBe('provider_failed')
      expect(url.href + JSON.stringify(world.log)).not.toContain('secret-of-the-provider')
      expect(await countUsers()).toBe(before)
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
      for (const timer of timers) clearInterval(timer)
      server.closeAllConnections()
      server.close()
    },
  )

  const countUsers = async () => (await world.core.userSearch.page({}, '-createdAt', { limit: 1_000 })).length
})

describe('S75: protocol parameters', () => {
  it('are ours alone, however they are spelt and wherever they stand', async () => {
    const tricks =
      'state=x&client_id=evil&redirect_uri=https://evil.test&response_type=token&nonce=n&Code_Challenge=c&response_mode=fragment&request_uri=https://evil.test&scope=admin&prompt=consent'
    const answer = await fetch(`${world.origin}/auth/v1/authorize?provider=google&${tricks}`, { redirect: 'manual' })
    const asked = new URL(answer.headers.get('location') ?? '').searchParams
    expect(asked.get('client_id')).toBe(world.openId.clientId)
    expect(asked.get('redirect_uri')).toBe(`${world.origin}/auth/v1/callback`)
    expect(asked.get('response_type')).toBe('code')
    expect(asked.get('scope')).toBe('openid email profile')
    expect(asked.get('prompt')).toBe('consent')
    for (const name of ['Code_Challenge', 'response_mode', 'request_uri']) expect(asked.has(name)).toBe(false)
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(asked.getAll(name).length).toBe(1)
      expect(asked.get(name)?.length).toBe(43)
    }
  })
})

describe('S76: tokens of a provider', () => {
  it('are told once, to whoever began, and stand nowhere else', async () => {
    const { body, back } = await signInNatively(world, somebody())
    const { providerTokens, tokens, user } = body as {
      providerTokens: { accessToken: string }
      tokens: { accessToken: string }
      user: { id: string }
    }
    const theirs = providerTokens.accessToken
    expect(theirs.length).toBeGreaterThan(20)
    const ask = async (path: string, token: string) =>
      (await fetch(`${world.url}/v1${path}`, { headers: { authorization: `Bearer ${token}` } })).text()
    const seen = [
      back.href,
      Buffer.from(tokens.accessToken.split('.')[1] ?? '', 'base64url').toString(),
      JSON.stringify(world.log),
      await ask('/me', tokens.accessToken),
      await ask(`/admin/users/${user.id}`, world.secretKey),
      await ask('/admin/audit', world.secretKey),
      JSON.stringify(await world.database.query({ text: 'select * from auth.tickets', values: [], name: 'tickets' })),
      JSON.stringify(
        await world.database.query({ text: 'select * from auth.provider_tokens', values: [], name: 'kept' }),
      ),
    ]
    for (const text of seen) expect(text).not.toContain(theirs)
  })
})
