import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import { clientDoorsOf } from './tools/client-doors.ts'
import { doorsOf } from './tools/door.ts'
import { aMember, type Member } from './tools/people.ts'
import { type Reply, send } from './tools/reply.ts'

let world: World
let me: Member
beforeAll(async () => {
  world = await startWorld()
  me = await aMember(world, doorsOf(world).native)
})
afterAll(() => world.close())

/** Everything that opens something, each by what it is meant for. */
async function everyToken(): Promise<Record<string, string>> {
  const { native, supabase } = doorsOf(world)
  const { nhost, altogic } = clientDoorsOf(world)
  const held = await native.signIn(me.email, me.password)
  const theirs = await altogic.signIn(me.email, me.password)
  const hers = await nhost.signIn(me.email, me.password)
  const nhostToken = nhost.tokenOf(hers) ?? ''
  const pat = await nhost.call('/pat', {
    token: nhostToken,
    body: { expiresAt: new Date(world.core.runtime.now().getTime() + 86_400_000).toISOString() },
  })
  const own = await send(`${world.url}/v1/me/access-keys`, {
    token: held.tokens?.access,
    body: {
      name: 'a',
      scopes: ['me:read'],
      expiresAt: new Date(world.core.runtime.now().getTime() + 86_400_000).toISOString(),
    },
  })
  const codeChallenge = createHash('sha256').update('v'.repeat(43)).digest('base64url')
  await nhost.recover(me.email)
  const recovery = await world.inbox.waitFor(me.email, 'recovery')
  world.clock.move(61)
  await nhost.call('/signin/passwordless/email', { body: { email: me.email, codeChallenge } })
  const link = new URL((await world.inbox.waitFor(me.email, 'sign_in')).link ?? '')
  const { place } = await nhost.follow(link.href)
  await nhost.call('/elevate/otp/email', { token: nhostToken })
  const elevation = await world.inbox.waitFor(me.email, 'reauthentication')
  const flow = await send(`${world.url}/v1/me/elevation`, { token: held.tokens?.access, body: {} })
  return {
    'an access token': held.tokens?.access ?? '',
    'a refresh token': held.tokens?.refresh ?? '',
    'an access token of Supabase': (await supabase.signIn(me.email, me.password)).tokens?.access ?? '',
    'a session token of Altogic': altogic.tokenOf(theirs) ?? '',
    'a personal access token of Nhost': String(pat.body['personalAccessToken']),
    'a personal access token': String(own.body['key']),
    'a mailed ticket': link.searchParams.get('ticket') ?? '',
    'a mailed ticket, bare': (link.searchParams.get('ticket') ?? '').split(':')[1] ?? '',
    'a return code': place?.searchParams.get('code') ?? '',
    'a recovery link': (new URL(recovery.link ?? '').searchParams.get('ticket') ?? '').split(':')[1] ?? '',
    'a mailed code': elevation.code ?? '',
    'an attempt': flow.attempt ?? '',
    'a session id': (await world.core.sessions.list(me.id, { limit: 1 }))[0]?.id ?? '',
    'the publishable key': world.publishableKey,
    'the secret key': world.secretKey,
    'the id of the account': me.id,
  }
}

const isAccess = (what: string) => what.startsWith('an access token')
const isRefresh = (what: string) => what === 'a refresh token' || what === 'a session token of Altogic'

describe('one kind of token, one use, over all dialects', () => {
  it('S61 S24 a bearer is an access token and nothing else', async () => {
    const all = await everyToken()
    for (const [what, token] of Object.entries(all)) {
      expect(token, what).not.toBe('')
      expect(token, what).not.toBe('undefined')
      const places: readonly (readonly [string, string])[] = [
        ['GET', '/v1/me'],
        ['GET', '/auth/v1/user'],
        ['GET', '/nhost/v1/user'],
        ['POST', '/nhost/v1/token/verify'],
        ['GET', '/auth/v1/factors'],
        ['GET', '/v1/events'],
        ['GET', '/nhost/v1/oauth2/userinfo'],
        ['GET', '/oauth/userinfo'],
      ]
      for (const [method, path] of places) {
        if (path === '/v1/events' && isAccess(what)) continue
        const reply = await send(world.url + path, { method, token, ...(method === 'POST' ? { body: {} } : {}) })
        const opens = isAccess(what) && !/userinfo|factors/.test(path)
        const isOwnKey = what.startsWith('a personal access token') && path === '/v1/me'
        if (opens) expect(reply.status, `${what} at ${path}`).toBe(200)
        else if (!isOwnKey) expect(reply.status, `${what} at ${path}: ${reply.text}`).toBeGreaterThanOrEqual(400)
        expect(reply.status, `${what} at ${path}`).toBeLessThan(500)
      }
    }
  })

  it('S61 a session token of Altogic is one that was not exchanged, and nothing else', async () => {
    const { altogic } = clientDoorsOf(world)
    for (const [what, token] of Object.entries(await everyToken())) {
      const reply = await altogic.me(token)
      if (isRefresh(what)) expect(reply.status, what).toBe(200)
      else expect(reply.status, `${what}: ${reply.text}`).toBe(401)
      const cookie = await altogic.call('/user', { method: 'GET', headers: { cookie: `session_token=${token}` } })
      expect(cookie.status, what).toBe(isRefresh(what) ? 200 : 401)
    }
  })

  it('S24 S61 whatever renews, redeems or exchanges takes its own kind alone', async () => {
    const verifier = 'v'.repeat(43)
    const doors: Readonly<Record<string, { readonly ask: (token: string) => Promise<Reply>; readonly own: RegExp }>> = {
      'supabase refresh': {
        ask: (token) => send(`${world.url}/auth/v1/token?grant_type=refresh_token`, { body: { refresh_token: token } }),
        own: /refresh token|session token/,
      },
      'nhost refresh': {
        ask: (token) => send(`${world.url}/nhost/v1/token`, { body: { refreshToken: token } }),
        own: /refresh token|session token/,
      },
      'nhost personal access token': {
        ask: (token) => send(`${world.url}/nhost/v1/signin/pat`, { body: { personalAccessToken: token } }),
        own: /personal access token of Nhost/,
      },
      'nhost exchange': {
        ask: (token) => send(`${world.url}/nhost/v1/token/exchange`, { body: { code: token, codeVerifier: verifier } }),
        own: /return code/,
      },
      'supabase exchange': {
        ask: (token) =>
          send(`${world.url}/auth/v1/token?grant_type=pkce`, { body: { auth_code: token, code_verifier: verifier } }),
        own: /return code/,
      },
      'nhost second factor': {
        ask: (token) =>
          send(`${world.url}/nhost/v1/signin/mfa/totp`, { body: { ticket: `mfaTotp:${token}`, otp: '123456' } }),
        own: /nothing/,
      },
      'nhost reset': {
        ask: (token) =>
          send(`${world.url}/nhost/v1/user/password`, {
            body: { ticket: `passwordReset:${token}`, newPassword: 'nine loud herons' },
          }),
        own: /recovery link/,
      },
      'altogic reset': {
        ask: (token) =>
          send(`${world.url}/_api/rest/v1/auth/reset-pwd?key=${encodeURIComponent(token)}`, {
            headers: { 'x-client-key': world.publishableKey },
            body: { newPassword: 'nine loud herons' },
          }),
        own: /nothing/,
      },
      'altogic grant': {
        ask: (token) =>
          send(`${world.url}/_api/rest/v1/auth/grant?key=${encodeURIComponent(token)}`, {
            method: 'GET',
            headers: { 'x-client-key': world.publishableKey },
          }),
        own: /nothing/,
      },
      'supabase code': {
        ask: (token) => send(`${world.url}/auth/v1/verify`, { body: { type: 'magiclink', email: me.email, token } }),
        own: /nothing/,
      },
      'supabase hash': {
        ask: (token) => send(`${world.url}/auth/v1/verify`, { body: { type: 'magiclink', token_hash: token } }),
        own: /nothing|mailed ticket, bare/,
      },
      'supabase hash of an invitation': {
        ask: (token) => send(`${world.url}/auth/v1/verify`, { body: { type: 'invite', token_hash: token } }),
        own: /nothing/,
      },
    }
    for (const [door, { ask, own }] of Object.entries(doors)) {
      const all = await everyToken()
      for (const [what, token] of Object.entries(all)) {
        if (own.test(what)) continue
        const reply = await ask(token)
        expect(reply.status, `${what} at ${door}: ${reply.text}`).toBeGreaterThanOrEqual(400)
        expect(reply.status, `${what} at ${door}: ${reply.text}`).toBeLessThan(500)
      }
      world.clock.move(61)
    }
    expect((await doorsOf(world).native.signIn(me.email, me.password)).status).toBe(200)
  })
})
