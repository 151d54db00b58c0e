import { createHash, randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import { doorNames, doorsOf } from './tools/door.ts'
import { aFreshAddress, aMember, goodPassword } from './tools/people.ts'
import { outcome, type Reply, send } from './tools/reply.ts'

const app = 'https://app.example.test/in'
let world: World
let clicks: World
beforeAll(async () => {
  world = await startWorld({ config: { redirectUrls: ['https://app.example.test/**'] } })
  clicks = await startWorld({
    config: { redirectUrls: ['https://app.example.test/**'], links: { confirmation: 'click' } },
  })
})
afterAll(async () => {
  await world.close()
  await clicks.close()
})

function aChallenge(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

const exchange = (name: 'native' | 'supabase', code: string, verifier: string): Promise<Reply> =>
  name === 'native'
    ? send(`${world.url}/v1/sessions/exchange`, { body: { code, codeVerifier: verifier } })
    : send(`${world.url}/auth/v1/token?grant_type=pkce`, { body: { auth_code: code, code_verifier: verifier } })

/** The link of a recovery that was asked for with a challenge. */
async function aBoundLink(name: 'native' | 'supabase', email: string, challenge: string): Promise<string> {
  await world.inbox.clear()
  await doorsOf(world)[name].recover(email, { redirectTo: app, challenge })
  return (await world.inbox.waitFor(email, 'recovery')).link ?? ''
}

/** What a scanner does: looks at a link in every way there is, and clicks nothing. */
async function scan(link: string): Promise<Reply[]> {
  const replies: Reply[] = []
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'GET', 'HEAD', 'GET', 'GET', 'GET'])
    replies.push(await send(link, { method }))
  return replies
}

const press = (link: string): Promise<Reply> =>
  send(`${world.url}/v1/links`, {
    body: new URLSearchParams({ token: new URL(link).searchParams.get('token') ?? '' }).toString(),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      origin: world.url,
      'sec-fetch-site': 'same-origin',
    },
  })

const locationOf = (reply: Reply): URL => new URL(reply.headers.get('location') ?? 'x:')

describe('a mailed link of the native dialect', () => {
  it('S26 is a page with one button however often it is looked at; the click alone leads on', async () => {
    const { email } = await aMember(world, doorsOf(world).native)
    const { verifier, challenge } = aChallenge()
    const link = await aBoundLink('native', email, challenge)
    for (const seen of await scan(link)) {
      expect([200, 204]).toContain(seen.status)
      expect([seen.headers.get('set-cookie'), seen.headers.get('location')]).toEqual([null, null])
    }
    const clicked = await press(link)
    expect(clicked.status).toBe(303)
    const code = locationOf(clicked).searchParams.get('code') ?? ''
    expect((await exchange('native', code, verifier)).tokens).toBeDefined()
  })

  it('S28 shows its page without leaking the token that is in its address', async () => {
    const { email } = await aMember(world, doorsOf(world).native)
    const page = await send(await aBoundLink('native', email, aChallenge().challenge), { method: 'GET' })
    expect(page.headers.get('referrer-policy')).toBe('no-referrer')
    expect(page.headers.get('cache-control')).toContain('no-store')
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'/)
    const elsewhere = [...page.text.matchAll(/(?:src|href|action)="([^"]*)"/g)].filter(([, to = '']) =>
      /^(https?:)?\/\//.test(to),
    )
    expect(elsewhere).toEqual([])
  })

  it('S26 the click needs the page it stands on', async () => {
    const { email } = await aMember(world, doorsOf(world).native)
    const { verifier, challenge } = aChallenge()
    const link = await aBoundLink('native', email, challenge)
    const body = new URLSearchParams({ token: new URL(link).searchParams.get('token') ?? '' }).toString()
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    for (const origin of ['https://evil.test', 'null'])
      expect((await send(`${world.url}/v1/links`, { body, headers: { ...form, origin } })).status).toBe(403)
    const code = locationOf(await press(link)).searchParams.get('code') ?? ''
    expect((await exchange('native', code, verifier)).tokens).toBeDefined()
  })

  it('S26 no mail of this dialect has a link that signs in by itself', async () => {
    const door = doorsOf(world).native
    const { email } = await aMember(world, door)
    await world.inbox.clear()
    await door.recover(email)
    await door.sendCode(email)
    await world.watchword.deliverer.drain()
    expect((await world.inbox.list(email)).map(({ link }) => link)).toEqual([null, null])
  })
})

describe('a mailed link of the Supabase dialect', () => {
  it('S26 with a challenge it is spent by its exchange and not by looking', async () => {
    const { email } = await aMember(world, doorsOf(world).supabase)
    const { verifier, challenge } = aChallenge()
    const link = await aBoundLink('supabase', email, challenge)
    for (const seen of await scan(link)) {
      expect(seen.text + (seen.headers.get('location') ?? '')).not.toMatch(/access_token|refresh_token/)
      expect(seen.headers.get('set-cookie')).toBeNull()
    }
    const code = locationOf(await send(link, { method: 'GET' })).searchParams.get('code') ?? ''
    expect((await exchange('supabase', code, verifier)).tokens).toBeDefined()
    expect(outcome(await exchange('supabase', code, verifier))).not.toBe('200')
  })

  it('S26 without one its first GET signs in, as its clients expect; HEAD and OPTIONS never do', async () => {
    const door = doorsOf(world).supabase
    const { email } = await aMember(world, door)
    await world.inbox.clear()
    await door.sendCode(email)
    const { link } = await world.inbox.waitFor(email, 'sign_in')
    for (const method of ['HEAD', 'OPTIONS', 'HEAD']) {
      const seen = await send(link ?? '', { method })
      expect(seen.headers.get('location') ?? '').not.toContain('access_token')
    }
    const opened = locationOf(await send(link ?? '', { method: 'GET' }))
    expect(new URLSearchParams(opened.hash.slice(1)).get('access_token')).toBeTruthy()
    const again = locationOf(await send(link ?? '', { method: 'GET' }))
    expect(new URLSearchParams(again.hash.slice(1)).get('error_code')).toBe('otp_expired')
  })

  it('S26 set to wait for a click, its GETs change nothing', async () => {
    const door = doorsOf(clicks).supabase
    const { email } = await aMember(clicks, door)
    await clicks.inbox.clear()
    await door.sendCode(email)
    const { link } = await clicks.inbox.waitFor(email, 'sign_in')
    const address = new URL(link ?? '')
    for (const seen of await scan(address.href)) {
      expect(seen.headers.get('location') ?? '').not.toContain('access_token')
      expect(seen.text).not.toContain('access_token')
    }
    const clicked = await send(`${clicks.url}/auth/v1/verify/confirm`, {
      body: address.searchParams.toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: address.origin },
    })
    expect(locationOf(clicked).hash, `${clicked.status} ${clicked.text}`).toContain('access_token')
  })

  it('S28 session tokens travel in the fragment alone, and the code of a challenge in the query', async () => {
    const door = doorsOf(world).supabase
    const member = await aMember(world, door)
    await world.inbox.clear()
    await door.recover(member.email, { redirectTo: app })
    const { link } = await world.inbox.waitFor(member.email, 'recovery')
    const opened = await send(link ?? '', { method: 'GET' })
    expect(opened.headers.get('cache-control')).toContain('no-store')
    const place = locationOf(opened)
    expect(place.origin + place.pathname).toBe(app)
    expect(`${place.search}${place.pathname}`).not.toMatch(/token|eyJ/)
    const fragment = new URLSearchParams(place.hash.slice(1))
    const secrets = [fragment.get('access_token'), fragment.get('refresh_token')]
    const log = JSON.stringify(world.log)
    for (const secret of [...secrets, new URL(link ?? '').searchParams.get('token')]) {
      expect(secret?.length).toBeGreaterThan(20)
      expect(log.includes(secret ?? '')).toBe(false)
    }
  })
})

/** Sends a request line and headers that fetch would not let through. */
function raw(path: string, headers: Record<string, string>, body: unknown): Promise<number> {
  const { hostname, port } = new URL(world.url)
  return new Promise((resolve, reject) => {
    const sent = request({
      hostname,
      port,
      path,
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
    })
    sent.on('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    sent.on('error', reject)
    sent.end(JSON.stringify(body))
  })
}

const liars: readonly (readonly [string, Record<string, string>])[] = [
  ['Host', { host: 'evil.test' }],
  ['X-Forwarded-Host', { 'x-forwarded-host': 'evil.test' }],
  ['X-Forwarded-Proto', { 'x-forwarded-proto': 'gopher', 'x-forwarded-port': '666' }],
  ['Forwarded', { forwarded: 'for=1.2.3.4;host=evil.test;proto=https' }],
  ['X-Original-Host', { 'x-original-host': 'evil.test', 'x-host': 'evil.test', 'x-rewrite-url': 'http://evil.test/' }],
  ['Referer and Origin', { referer: 'https://evil.test/', origin: 'https://evil.test' }],
]

describe.each(doorNames)('links of mails asked for through %s', (name) => {
  const paths =
    name === 'native'
      ? { recover: '/v1/recovery', signIn: '/v1/sign-in/code', challenge: { codeChallenge: aChallenge().challenge } }
      : { recover: '/auth/v1/recover', signIn: '/auth/v1/otp', challenge: {} }

  it.each([...liars, ['an absolute request line', {}] as const])(
    'S27 %s does not choose where they lead',
    async (what, headers) => {
      const { email } = await aMember(world, doorsOf(world)[name])
      await world.inbox.clear()
      for (const path of [paths.recover, paths.signIn]) {
        const line = what === 'an absolute request line' ? `http://evil.test${path}` : path
        const status = await raw(line, headers, { email, ...paths.challenge })
        expect([200, 400, 403, 404, 421]).toContain(status)
      }
      await world.watchword.deliverer.drain()
      for (const mail of await world.inbox.list(email)) {
        expect(`${mail.html}${mail.text}${mail.link}`).not.toContain('evil.test')
        if (mail.link !== null) expect(new URL(mail.link).origin).toBe(world.config.settings.publicUrl)
      }
    },
  )

  it('S27 a place that is not listed is never where a link leads', async () => {
    const door = doorsOf(world)[name]
    const { email } = await aMember(world, door)
    for (const redirectTo of [
      'https://evil.test/',
      'https://app.example.test.evil.test/',
      'javascript:alert(1)',
      '//evil.test',
    ]) {
      await world.inbox.clear()
      const asked = await door.recover(email, { redirectTo, challenge: aChallenge().challenge })
      expect(outcome(asked)).toBe(name === 'native' ? '400 redirect_not_allowed' : '200')
      await world.watchword.deliverer.drain()
      for (const mail of await world.inbox.list(email)) expect(`${mail.html}${mail.link}`).not.toContain('evil.test')
    }
  })

  it.each([
    ['<a href=//evil.test>x</a>'],
    ['Win $$$ https://evil.test/prize now'],
    ['www.evil.test'],
    ["{{constructor.constructor('return 7*191')()}}"],
    [`$\{7*191} #{7*191} <%= 7*191 %>`],
    ['a\r\nBcc: x@y.test'],
    ['\u202Etset.live\u202C \u2066evil\u2069'],
    ['x'.repeat(500)],
  ])('S29 a name of %j is inert text in a mail', async (given) => {
    const door = doorsOf(world)[name]
    const email = aFreshAddress('named')
    const begun = await door.signUp({ email, password: goodPassword, name: given })
    if (begun.status === 400) return expect(name).toBe('native')
    const first = await world.inbox.waitFor(email)
    await door.type({ kind: 'sign_up', email, code: first.code ?? '', begun })
    await door.recover(email)
    await world.inbox.waitFor(email, 'recovery')
    for (const { subject, html, text } of await world.inbox.list(email)) {
      expect(`${subject}${html}${text}`).not.toContain('1337')
      expect(html).not.toMatch(/<a [^>]*evil\.test/i)
      expect(html).not.toContain('<a href=//')
      expect(subject).not.toMatch(/[\r\n]/)
      expect(`${subject}${text}`).not.toMatch(/[\u202A-\u202E\u2066-\u2069]/)
      expect(`${html}${text}`).not.toContain('x'.repeat(65))
      expect(text).not.toMatch(/https?:\/\/evil|www\.evil/)
    }
  })
})
