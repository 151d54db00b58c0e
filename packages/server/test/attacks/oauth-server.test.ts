import { createServer } from 'node:http'
import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  adminApi,
  anAddress,
  aPerson,
  aSignedIn,
  authClient,
  goodPassword,
  raw,
  worked,
} from '../conformance/supabase/clients.ts'
import { freePort } from '../set-up/free-port.ts'
import {
  type Application,
  allow,
  anApplication,
  basicOf,
  begin,
  finish,
  place,
  rawToken,
  signInAt,
  startProvider,
} from '../world/applications.ts'
import type { World } from '../world/world.ts'
import { dumpDatabase } from './tools/dump.ts'
import { appCode } from './tools/factors.ts'

let world: World
let app: Application
let person: Awaited<ReturnType<typeof aSignedIn>>
beforeAll(async () => {
  world = await startProvider({
    emailChange: { bothAgree: false },
    oauthServer: { registration: true },
    redirectUrls: ['https://site.example.test/**'],
  })
  app = await anApplication(world)
  person = await aSignedIn(world)
})
afterAll(() => world.close())

const codeIn = (answer: string) => new URL(answer).searchParams.get('code') ?? ''
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** A code, and the verifier it waits for. */
async function aCode(of: Application = app, parameters: Record<string, string> = {}) {
  const pending = await begin(of, parameters)
  return { code: codeIn(await allow(person, pending.handle)), verifier: pending.verifier }
}

const exchange = (of: Application, { code, verifier }: { code: string; verifier: string }, more = {}) =>
  rawToken(world, of, { grant_type: 'authorization_code', code, code_verifier: verifier, ...more })

const errorOf = async (response: Response) => ((await response.json()) as { error?: string }).error
const isActive = async (token: string, of = app) => (await openid.tokenIntrospection(of.config, token)).active

describe('S67: a challenge is needed from everybody and never falls away', () => {
  it('at the beginning: none, a plain one, one of another length', async () => {
    for (const parameters of [
      { code_challenge: '' },
      { code_challenge_method: 'plain' },
      { code_challenge_method: '' },
      { code_challenge: 'c'.repeat(42) },
      { code_challenge: `${'c'.repeat(42)}=` },
    ])
      await expect(begin(app, parameters), JSON.stringify(parameters)).rejects.toThrow('error=invalid_request')
  })

  it('at the exchange: no verifier, the challenge itself, and each wrong shape', async () => {
    for (const wrong of ['', 'v'.repeat(42), 'v'.repeat(129), `${'v'.repeat(42)}!`, openid.randomPKCECodeVerifier()]) {
      const { code } = await aCode()
      const answer = await exchange(app, { code, verifier: wrong })
      expect(answer.status, wrong).toBe(400)
      expect(await errorOf(answer)).toBe('invalid_grant')
    }
    const pending = await begin(app)
    const code = codeIn(await allow(person, pending.handle))
    const challenge = await openid.calculatePKCECodeChallenge(pending.verifier)
    expect(await errorOf(await exchange(app, { code, verifier: challenge }))).toBe('invalid_grant')
  })
})

describe('S68: codes are short-lived and single', () => {
  it('a second use gets nothing and ends what the first got', async () => {
    const held = await aCode()
    const first = await exchange(app, held)
    const { access_token, refresh_token } = (await first.json()) as { access_token: string; refresh_token: string }
    expect(await isActive(access_token)).toBe(true)
    expect(await errorOf(await exchange(app, held))).toBe('invalid_grant')
    expect(await isActive(access_token)).toBe(false)
    expect(await errorOf(await rawToken(world, app, { grant_type: 'refresh_token', refresh_token }))).toBe(
      'invalid_grant',
    )
    expect((await person.client.getUser()).error).toBeNull()
  })

  it('of fifty at the same time one is answered, and even that one is worth nothing then', async () => {
    const held = await aCode()
    const answers = await Promise.all(Array.from({ length: 50 }, () => exchange(app, held)))
    const good = answers.filter(({ status }) => status === 200)
    expect(good.length).toBe(1)
    expect(answers.every(({ status }) => status === 200 || status === 400)).toBe(true)
    const { access_token = '' } = ((await good.at(0)?.json()) ?? {}) as { access_token?: string }
    expect(await isActive(access_token)).toBe(false)
  })

  it('ends after five minutes, and with a wrong verifier', async () => {
    const late = await aCode()
    world.clock.move(301)
    const answer = await exchange(app, late)
    world.clock.move(-301)
    expect(await errorOf(answer)).toBe('invalid_grant')
    const burned = await aCode()
    await exchange(app, { ...burned, verifier: openid.randomPKCECodeVerifier() })
    expect(await errorOf(await exchange(app, burned))).toBe('invalid_grant')
  })

  it('ends with the session in which it was allowed (S51)', async () => {
    const guest = await aSignedIn(world)
    const pending = await begin(app)
    const code = codeIn(await allow(guest, pending.handle))
    expect((await guest.client.signOut()).error).toBeNull()
    expect(await errorOf(await exchange(app, { code, verifier: pending.verifier }))).toBe('invalid_grant')
  })

  it('is made once, however often somebody says yes at the same time', async () => {
    const pending = await begin(app, { prompt: 'consent' })
    worked(await person.client.oauth.getAuthorizationDetails(pending.handle))
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        person.client.oauth.approveAuthorization(pending.handle, { skipBrowserRedirect: true }),
      ),
    )
    expect(answers.filter(({ error }) => error === null).length).toBe(1)
  })
})

describe('S69: answers go to registered places only', () => {
  it('compares every character', async () => {
    const ask = (redirect_uri: string) =>
      raw(
        world,
        `/oauth/authorize?${new URLSearchParams({ client_id: app.id, redirect_uri, code_challenge: 'c'.repeat(43), code_challenge_method: 'S256' })}`,
      )
    for (const uri of [
      ...[
        `${place}/`,
        `${place}?x=1`,
        `${place}#x`,
        `${place}/../evil`,
        place.toUpperCase(),
        `${place}%2f`,
        ` ${place}`,
      ],
      ...['https://app.example.test:444/callback', 'http://app.example.test/callback', 'https://app.example.test'],
      ...['https://app.example.test.evil.test/callback', 'https://app.example.test@evil.test/callback', '//evil.test'],
      ...['https://evil.test\\@app.example.test/callback', 'javascript:alert(1)', 'data:text/html,x', `${place}\n`],
    ]) {
      const answer = await ask(uri)
      expect(answer.status, uri).toBe(400)
      expect(answer.headers.get('location'), uri).toBeNull()
    }
  })

  it('lets the port of a loopback address differ, and nothing else (RFC 8252 §7.3)', async () => {
    const local = await anApplication(world, {
      method: 'none',
      redirectUris: ['http://127.0.0.1/callback', 'http://[::1]:1/callback', 'http://localhost:3000/callback'],
    })
    for (const uri of ['http://127.0.0.1:51004/callback', 'http://127.0.0.1/callback', 'http://[::1]:51004/callback'])
      expect((await begin(local, { redirect_uri: uri })).handle).toBeTruthy()
    for (const uri of [
      ...['http://127.0.0.1:51004/other', 'https://127.0.0.1:51004/callback', 'http://127.0.0.2:51004/callback'],
      ...[
        'http://localhost:51004/callback',
        'http://127.0.0.1:80@evil.test/callback',
        'http://127.0.0.1.evil.test/callback',
      ],
      ...['http://127.0.0.1:99999/callback', 'http://127.0.0.1:/callback', 'http://2130706433:1/callback'],
    ])
      await expect(begin(local, { redirect_uri: uri }), uri).rejects.toThrow('nobody was asked')
  })

  it('compares the place again at the exchange, and burns the code where it differs', async () => {
    const held = await aCode()
    expect(await errorOf(await exchange(app, held, { redirect_uri: 'https://evil.test/' }))).toBe('invalid_grant')
    expect(await errorOf(await exchange(app, held, { redirect_uri: place }))).toBe('invalid_grant')
  })
})

describe('S66: a request belongs to whoever looked at it first', () => {
  it('nobody else reads, allows or denies it', async () => {
    const other = await aSignedIn(world)
    const pending = await begin(app, { prompt: 'consent' })
    worked(await person.client.oauth.getAuthorizationDetails(pending.handle))
    for (const answer of [
      await other.client.oauth.getAuthorizationDetails(pending.handle),
      await other.client.oauth.approveAuthorization(pending.handle),
      await other.client.oauth.denyAuthorization(pending.handle),
    ])
      expect(answer.error).toMatchObject({ status: 404, code: 'oauth_authorization_not_found' })
    expect(codeIn(await allow(person, pending.handle))).not.toBe('')
  })

  it('of many who look at the same time one has it', async () => {
    const people = await Promise.all(Array.from({ length: 5 }, () => aSignedIn(world)))
    const { handle } = await begin(app)
    const looks = await Promise.all(people.map(({ client }) => client.oauth.getAuthorizationDetails(handle)))
    expect(looks.filter(({ error }) => error === null).length).toBe(1)
  })

  it('no page of a stranger answers for somebody, and no cookie does (S109)', async () => {
    const pending = await begin(app, { prompt: 'consent' })
    worked(await person.client.oauth.getAuthorizationDetails(pending.handle))
    const path = `/oauth/authorizations/${pending.handle}/consent`
    const say = (headers: Record<string, string>) => raw(world, path, { json: { action: 'approve' }, headers })
    const token = bearer(person.session.access_token)
    for (const origin of ['https://evil.test', 'null', 'https://site.example.test.evil.test', 'https://evil.test#'])
      expect((await say({ ...token, origin })).status, origin).toBe(400)
    expect((await say({})).status).toBe(401)
    expect((await say({ cookie: `sb-access-token=${person.session.access_token}` })).status).toBe(401)
    const form = await fetch(`${world.url}/auth/v1${path}`, {
      method: 'POST',
      headers: { ...token, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'action=approve',
    })
    expect(form.status).toBe(415)
    expect((await say({ ...token, origin: 'https://site.example.test' })).status).toBe(200)
  })

  it('is not answered by whoever owes a second factor (S86)', async () => {
    const guarded = await aSignedIn(world)
    const factor = worked(await guarded.client.mfa.enroll({ factorType: 'totp', friendlyName: 'app' }))
    const { TOTP } = await import('otpauth')
    const secret = 'totp' in factor ? factor.totp.secret : ''
    const challenge = worked(await guarded.client.mfa.challenge({ factorId: factor.id }))
    worked(
      await guarded.client.mfa.verify({
        factorId: factor.id,
        challengeId: challenge.id,
        code: new TOTP({ secret }).generate(),
      }),
    )
    const again = worked(await guarded.client.signInWithPassword({ email: guarded.email, password: goodPassword }))
    const { handle } = await begin(app)
    const answer = await raw(world, `/oauth/authorizations/${handle}`, {
      headers: bearer(again.session?.access_token ?? ''),
    })
    expect(answer.status).toBe(403)
    expect(await answer.json()).toMatchObject({ error_code: 'insufficient_aal' })
  })

  it('programs that others could pose as are asked about each time (RFC 8252 §8.6)', async () => {
    const local = await anApplication(world, { method: 'none', redirectUris: ['http://127.0.0.1/callback'] })
    const to = { redirect_uri: 'http://127.0.0.1:5000/callback' }
    await allow(person, (await begin(local, to)).handle)
    const again = await begin(local, to)
    expect(worked(await person.client.oauth.getAuthorizationDetails(again.handle))).toHaveProperty('client')
  })
})

describe('S73: applications are not mixed up', () => {
  it('a code is worth nothing to another one, and stays good for its own', async () => {
    const other = await anApplication(world, { method: 'none' })
    const held = await aCode()
    expect(await errorOf(await exchange(other, held))).toBe('invalid_grant')
    expect((await exchange(app, held)).status).toBe(200)
  })

  it('a refresh token is not known to another one, nor is an access token', async () => {
    const other = await anApplication(world)
    const tokens = await signInAt(app, person)
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '' }
    expect(await errorOf(await rawToken(world, other, refresh))).toBe('invalid_grant')
    for (const token of [tokens.access_token, tokens.refresh_token ?? '']) {
      expect(await openid.tokenIntrospection(other.config, token)).toEqual({ active: false })
      await openid.tokenRevocation(other.config, token)
    }
    expect(await isActive(tokens.access_token)).toBe(true)
    expect((await rawToken(world, app, refresh)).status).toBe(200)
  })

  it('every answer names who gives it (RFC 9207)', async () => {
    const pending = await begin(app)
    const answer = new URL(await allow(person, pending.handle))
    expect(answer.searchParams.get('iss')).toBe(world.config.settings.tokens.issuer)
  })

  it('an application shows itself the way it registered', async () => {
    const open = await anApplication(world, { method: 'none' })
    const posted = await anApplication(world, { method: 'client_secret_post' })
    const tries: [Record<string, string>, Record<string, string>][] = [
      [{}, {}],
      [{}, { client_id: app.id }],
      [{}, { client_id: app.id, client_secret: app.secret ?? '' }],
      [{}, { client_id: app.id, client_secret: 'wrong' }],
      [{}, { client_id: crypto.randomUUID(), client_secret: 'wrong' }],
      [{}, { client_id: open.id, client_secret: 'any' }],
      [basicOf({ ...posted, method: 'client_secret_basic' }), {}],
      [basicOf({ ...app, secret: 'wrong' }), {}],
      [basicOf({ ...app, secret: '' }), {}],
      [{ authorization: 'Basic !' }, {}],
      [{ authorization: 'Basic %%%' }, { client_id: app.id }],
      [basicOf(app), { client_secret: app.secret ?? '' }],
      [basicOf(app), { client_id: posted.id }],
    ]
    for (const [headers, fields] of tries) {
      const response = await fetch(`${world.url}/auth/v1/oauth/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x'.repeat(36), ...fields }),
      })
      expect(response.status, JSON.stringify([headers, fields])).toBe(400)
      expect(['invalid_client', 'invalid_request']).toContain(await errorOf(response))
    }
  })
})

describe('S46: refresh tokens of applications', () => {
  const renew = async (token: string) => {
    const response = await rawToken(world, app, { grant_type: 'refresh_token', refresh_token: token })
    return (await response.json()) as { access_token?: string; refresh_token?: string; error?: string }
  }

  it('replay ends the session of the application, and no other', async () => {
    const tokens = await signInAt(app, person)
    const first = tokens.refresh_token ?? ''
    const second = (await renew(first)).refresh_token ?? ''
    const third = await renew(second)
    world.clock.move(11)
    const replayed = await renew(first)
    world.clock.move(-11)
    expect(replayed.error).toBe('invalid_grant')
    expect((await renew(third.refresh_token ?? '')).error).toBe('invalid_grant')
    expect(await isActive(third.access_token ?? '')).toBe(false)
    expect((await person.client.getUser()).error).toBeNull()
  })

  it('of fifty at the same time all get the same successor (S47)', async () => {
    const tokens = await signInAt(app, person)
    const answers = await Promise.all(Array.from({ length: 50 }, () => renew(tokens.refresh_token ?? '')))
    expect(new Set(answers.map(({ refresh_token }) => refresh_token)).size).toBe(1)
  })

  it('never reach further than what was allowed', async () => {
    const tokens = await signInAt(app, person, { scope: 'openid email' })
    const refresh_token = tokens.refresh_token ?? ''
    const wider = await rawToken(world, app, { grant_type: 'refresh_token', refresh_token, scope: 'openid phone' })
    expect(await errorOf(wider)).toBe('invalid_scope')
    const narrow = await openid.refreshTokenGrant(app.config, refresh_token, { scope: 'openid' })
    expect(narrow.scope).toBe('openid')
    expect(await openid.fetchUserInfo(app.config, narrow.access_token, person.id)).toEqual({ sub: person.id })
    await expect(begin(app, { scope: 'openid graphql' })).rejects.toThrow('error=invalid_scope')
  })

  it('nor further than the server gives anybody by now: no ID token where no key is left that others could verify with', async () => {
    const shared = await startProvider({ tokens: { algorithm: 'HS256' } })
    try {
      const { id } = await aPerson(shared)
      for (const face of ['supabase', 'nhost'] as const) {
        const older = await anApplication(shared, { face })
        const scopes = ['openid', 'email', 'orders:write']
        await shared.core.clients.change(older.id, { scopes })
        const { refreshToken } = await shared.core.sessions.open({
          userId: id,
          dialect: face,
          aal: 'aal1',
          amr: [{ method: 'oauth_provider', at: new Date(0).toISOString(), provider: null }],
          userAgent: null,
          ip: null,
          client: { id: older.id, scopes, tokens: face === 'nhost' ? 'client' : 'account' },
        })
        const refresh = { grant_type: 'refresh_token', refresh_token: refreshToken }
        const renewed = await rawToken(shared, older, refresh, face)
        expect(renewed.status, face).toBe(200)
        const body = (await renewed.json()) as Record<string, unknown>
        expect(body['scope']).toBe('email')
        expect(body).not.toHaveProperty('id_token')
      }
    } finally {
      await shared.close()
    }
  })

  it('nor further than the application may ask for by now', async () => {
    const narrowed = await anApplication(world)
    const before = await signInAt(narrowed, person, { scope: 'openid email profile' })
    const waiting = await aCode(narrowed)
    const changed = await fetch(`${world.url}/v1/admin/oauth-clients/${narrowed.id}`, {
      method: 'PATCH',
      headers: { ...bearer(world.secretKey), 'content-type': 'application/json' },
      body: JSON.stringify({ scopes: ['openid', 'profile'] }),
    })
    expect(changed.status, await changed.clone().text()).toBe(200)
    const after = await openid.refreshTokenGrant(narrowed.config, before.refresh_token ?? '')
    const exchanged = (await (await exchange(narrowed, waiting)).json()) as { scope: string; access_token: string }
    for (const { scope, access_token } of [after, exchanged]) {
      expect(scope).toBe('openid profile')
      expect(await openid.fetchUserInfo(narrowed.config, access_token, person.id)).not.toHaveProperty('email')
    }
  })
})

describe('S61: one kind of token, one use', () => {
  it('tokens of applications open nothing of the account', async () => {
    const { access_token, id_token = '' } = await signInAt(app, person)
    const pending = await begin(app, { prompt: 'consent' })
    const doors: [string, string, object?][] = [
      ['PUT', '/auth/v1/user', { data: { x: 1 } }],
      ['GET', '/auth/v1/reauthenticate'],
      ['POST', '/auth/v1/factors', { factor_type: 'totp' }],
      ['GET', '/auth/v1/user/oauth/grants'],
      ['DELETE', `/auth/v1/user/oauth/grants?client_id=${app.id}`],
      ['GET', `/auth/v1/oauth/authorizations/${pending.handle}`],
      ['POST', `/auth/v1/oauth/authorizations/${pending.handle}/consent`, { action: 'approve' }],
      ['POST', '/auth/v1/logout?scope=global'],
      ['GET', '/auth/v1/admin/users'],
      ['GET', '/v1/me'],
      ['GET', '/v1/me/sessions'],
      ['GET', '/nhost/v1/user'],
      ['POST', '/nhost/v1/pat', { expiresAt: '2099-01-01T00:00:00Z' }],
    ]
    for (const token of [access_token, id_token])
      for (const [method, path, body] of doors) {
        const response = await fetch(world.url + path, {
          method,
          headers: { ...bearer(token), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        })
        expect([401, 403], `${method} ${path}`).toContain(response.status)
      }
    expect((await raw(world, '/user', { headers: bearer(id_token) })).status).toBe(403)
  })

  it('a refresh token of an application renews nothing of the person, and theirs nothing of an application', async () => {
    const { refresh_token = '' } = await signInAt(app, person)
    const asPerson = await raw(world, '/token?grant_type=refresh_token', { json: { refresh_token } })
    expect(await asPerson.json()).toEqual(expect.objectContaining({ error: 'invalid_client' }))
    const asNhost = await fetch(`${world.url}/nhost/v1/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refreshToken: refresh_token }),
    })
    expect(asNhost.status).toBe(401)
    const asNative = await fetch(`${world.url}/v1/sessions/refresh`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-watchword-key': world.publishableKey },
      body: JSON.stringify({ refreshToken: refresh_token }),
    })
    expect(await asNative.json()).toMatchObject({ code: 'refresh_token_not_found' })
    const asAltogic = (session: string) =>
      fetch(`${world.url}/_api/rest/v1/auth/user`, { headers: { session, 'x-client-key': world.publishableKey } })
    expect((await asAltogic(person.session.refresh_token)).status).toBe(200)
    expect((await asAltogic(refresh_token)).status).toBe(401)
    const theirs = { grant_type: 'refresh_token', refresh_token: person.session.refresh_token }
    expect(await errorOf(await rawToken(world, app, theirs))).toBe('invalid_grant')
    expect((await rawToken(world, app, { grant_type: 'refresh_token', refresh_token })).status).toBe(200)
  })

  it('an application signs nobody out with its refresh token', async () => {
    const { refresh_token = '' } = await signInAt(app, person)
    const post = (path: string, body: object) =>
      fetch(world.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-client-key': world.publishableKey },
        body: JSON.stringify(body),
      })
    await post('/v1/sign-out', { refreshToken: refresh_token, scope: 'all' })
    await post('/nhost/v1/signout', { refreshToken: refresh_token, all: true })
    expect((await person.client.getUser()).error).toBeNull()
    expect(await isActive(refresh_token)).toBe(true)
  })

  it('a code of an application is no return code of the app itself', async () => {
    const { code, verifier } = await aCode()
    const answer = await raw(world, '/token?grant_type=pkce', { json: { auth_code: code, code_verifier: verifier } })
    expect(answer.status).toBe(404)
  })

  it('the one thing they do open shows no more than was allowed', async () => {
    const { access_token } = await signInAt(app, person, { scope: 'openid' })
    expect(await openid.fetchUserInfo(app.config, access_token, person.id)).toEqual({ sub: person.id })
    const own = await raw(world, '/oauth/userinfo', { headers: bearer(person.session.access_token) })
    expect(await own.json()).toEqual({ sub: person.id })
  })
})

describe('S61, S104: a token that reaches less far', () => {
  it('is told no more of the person than its own scopes allow, wherever it is shown', async () => {
    const wide = await signInAt(app, person)
    const narrow = await openid.refreshTokenGrant(app.config, wide.refresh_token ?? '', { scope: 'openid' })
    expect(narrow.scope).toBe('openid')
    const { id: sub } = worked(await person.client.getUser()).user
    for (const path of ['/oauth/userinfo', '/user']) {
      const told = await (await fetch(`${world.url}/auth/v1${path}`, { headers: bearer(narrow.access_token) })).text()
      expect(told).toContain(sub)
      expect(told, path).not.toContain(person.email)
    }
  })
})

describe('S52, S53: what ends sessions ends those of applications', () => {
  const isOver = async (token: string, refresh_token: string) =>
    !(await isActive(token)) &&
    (await errorOf(await rawToken(world, app, { grant_type: 'refresh_token', refresh_token }))) === 'invalid_grant'

  it('a ban, with the code that was out', async () => {
    const banned = await aSignedIn(world)
    const { access_token, refresh_token = '' } = await signInAt(app, banned)
    const pending = await begin(app, { prompt: 'consent' })
    const code = codeIn(await allow(banned, pending.handle))
    worked(await adminApi(world).updateUserById(banned.id, { ban_duration: '1h' }))
    expect(await errorOf(await exchange(app, { code, verifier: pending.verifier }))).toMatch(
      /^(access_denied|invalid_grant)$/,
    )
    expect(await isOver(access_token, refresh_token)).toBe(true)
    expect((await raw(world, '/oauth/userinfo', { headers: bearer(access_token) })).status).toBe(403)
  })

  it('a deletion, a change of password, and a sign-out everywhere', async () => {
    const gone = await aSignedIn(world)
    const ofGone = await signInAt(app, gone)
    worked(await adminApi(world).deleteUser(gone.id))
    expect(await isOver(ofGone.access_token, ofGone.refresh_token ?? '')).toBe(true)

    const careful = await aSignedIn(world)
    const ofCareful = await signInAt(app, careful)
    worked(await careful.client.updateUser({ password: 'another good horse 7' }))
    expect(await isOver(ofCareful.access_token, ofCareful.refresh_token ?? '')).toBe(true)

    const out = await aSignedIn(world)
    const ofOut = await signInAt(app, out)
    await out.client.signOut({ scope: 'global' })
    expect(await isOver(ofOut.access_token, ofOut.refresh_token ?? '')).toBe(true)
  })

  it('S25 a change of password or address, with the code that was out, also in the session that makes it', async () => {
    const changes = {
      password: ({ client }: typeof person) => client.updateUser({ password: 'another good horse 7' }),
      address: async ({ client }: typeof person) => {
        const email = anAddress('moved')
        worked(await client.updateUser({ email }))
        const { code } = await world.inbox.waitFor(email)
        return client.verifyOtp({ email, token: code ?? '', type: 'email_change' })
      },
    }
    for (const [name, change] of Object.entries(changes)) {
      const careful = await aSignedIn(world)
      const pending = await begin(app)
      const code = codeIn(await allow(careful, pending.handle))
      worked(await change(careful))
      expect(await errorOf(await exchange(app, { code, verifier: pending.verifier })), name).toBe('invalid_grant')
      const anew = await signInAt(app, careful)
      expect(await isActive(anew.access_token), name).toBe(true)
    }
  })

  it('S90 a second factor that is set up, with the code that was out, also in the session that sets it up', async () => {
    const guarded = await aSignedIn(world)
    const pending = await begin(app)
    const code = codeIn(await allow(guarded, pending.handle))
    const factor = worked(await guarded.client.mfa.enroll({ factorType: 'totp', friendlyName: 'app' }))
    const secret = 'totp' in factor ? factor.totp.secret : ''
    worked(await guarded.client.mfa.challengeAndVerify({ factorId: factor.id, code: appCode(world, secret) }))
    expect(await errorOf(await exchange(app, { code, verifier: pending.verifier }))).toBe('invalid_grant')
    const anew = await signInAt(app, guarded)
    expect(await isActive(anew.access_token)).toBe(true)
  })

  it('S41 what a guest has allowed is for nobody who comes after', async () => {
    const client = authClient(world)
    worked(await client.signInAnonymously())
    await signInAt(app, { client })
    const email = anAddress('guest')
    worked(await client.updateUser({ email }))
    const { code } = await world.inbox.waitFor(email)
    worked(await client.verifyOtp({ email, token: code ?? '', type: 'email_change' }))
    const { handle } = await begin(app)
    expect(worked(await client.oauth.getAuthorizationDetails(handle))).not.toHaveProperty('redirect_url')
  })

  it('taking it back, with the code that was out', async () => {
    const wary = await aSignedIn(world)
    const tokens = await signInAt(app, wary)
    const pending = await begin(app, { prompt: 'consent' })
    const code = codeIn(await allow(wary, pending.handle))
    worked(await wary.client.oauth.revokeGrant({ clientId: app.id }))
    expect(await errorOf(await exchange(app, { code, verifier: pending.verifier }))).toBe('invalid_grant')
    expect(await isOver(tokens.access_token, tokens.refresh_token ?? '')).toBe(true)
  })

  it('removing the application, and of a renewed secret the old one', async () => {
    const doomed = await anApplication(world, { method: 'client_secret_post' })
    const { access_token, refresh_token = '' } = await signInAt(doomed, person)
    const { client_secret } = worked(await adminApi(world).oauth.regenerateClientSecret(doomed.id))
    const refresh = { grant_type: 'refresh_token', refresh_token }
    expect(await errorOf(await rawToken(world, doomed, refresh))).toBe('invalid_client')
    const renewed = await rawToken(world, { ...doomed, secret: client_secret }, refresh)
    expect(renewed.status).toBe(200)
    worked(await adminApi(world).oauth.deleteClient(doomed.id))
    expect((await raw(world, '/oauth/userinfo', { headers: bearer(access_token) })).status).toBe(403)
  })
})

describe('S75, S113, S117: what applications send', () => {
  it('parameters count once, and oversize is refused without a fault of ours', async () => {
    const once = new URLSearchParams({ client_id: app.id, redirect_uri: place, state: 's' })
    for (const twice of ['client_id', 'redirect_uri', 'state', 'code_challenge', 'scope']) {
      const query = new URLSearchParams(once)
      query.append(twice, 'a')
      query.append(twice, 'b')
      expect((await raw(world, `/oauth/authorize?${query}`)).status, twice).toBe(400)
    }
    const long = 'x'.repeat(6_000)
    for (const name of ['state', 'nonce', 'scope', 'resource', 'code_challenge', 'prompt'])
      await expect(begin(app, { [name]: long }), name).rejects.toThrow('nobody was asked')
    for (const fields of [
      { grant_type: long },
      { grant_type: 'authorization_code', code: long, code_verifier: long },
      { grant_type: 'refresh_token', refresh_token: long },
      { grant_type: 'refresh_token', refresh_token: 'a\0b' },
      { grant_type: 'password', username: 'x', password: 'x' },
      { grant_type: '__proto__' },
    ])
      expect((await rawToken(world, app, fields)).status).toBe(400)
    const token = await fetch(`${world.url}/auth/v1/oauth/introspect`, {
      method: 'POST',
      headers: { ...basicOf(app), 'content-type': 'application/json' },
      body: JSON.stringify({ token: long }),
    })
    expect(await token.json()).toEqual({ active: false })
  })

  it('nothing an application says of itself is fetched, and nothing of it runs', async () => {
    const asked: string[] = []
    const port = await freePort()
    const listener = createServer((request, response) => {
      asked.push(request.url ?? '')
      response.end('{}')
    })
    await new Promise<void>((resolve) => listener.listen(port, '127.0.0.1', resolve))
    const here = `http://127.0.0.1:${port}`
    const register = (json: object) => raw(world, '/oauth/clients/register', { json })
    const made = await register({
      redirect_uris: [`${here}/callback`],
      token_endpoint_auth_method: 'none',
      ...{ client_uri: `${here}/a`, logo_uri: `${here}/b`, jwks_uri: `${here}/c`, sector_identifier_uri: `${here}/d` },
      ...{
        policy_uri: `${here}/e`,
        tos_uri: `${here}/f`,
        request_uris: [`${here}/g`],
        initiate_login_uri: `${here}/h`,
      },
      ...{ client_id: 'mine', client_secret: 'mine', registration_type: 'manual', scope: 'openid graphql admin' },
      software_statement: 'x.y.z',
    })
    const client = (await made.json()) as Record<string, string>
    expect(made.status).toBe(201)
    expect(client['client_id']).not.toBe('mine')
    expect(client).toMatchObject({ registration_type: 'dynamic', scope: 'openid' })
    expect(client).not.toHaveProperty('client_secret')
    const config = await openid.discovery(
      new URL(world.config.settings.tokens.issuer),
      client['client_id'] ?? '',
      {},
      openid.None(),
      {
        execute: [openid.allowInsecureRequests],
      },
    )
    const self = { id: client['client_id'] ?? '', secret: undefined, method: 'none' as const, config }
    const to = { redirect_uri: `${here}/callback`, scope: 'openid' }
    const pending = await begin(self, to)
    await finish(self, pending, await allow(person, pending.handle))
    expect(asked).toEqual([])
    await new Promise((resolve) => listener.close(resolve))
    for (const odd of [
      { logo_uri: 'javascript:alert(1)' },
      { client_uri: 'https://good.test@evil.test' },
      { client_name: 'Evil‮gnihton' },
      { client_name: {} },
      { redirect_uris: [{}] },
      { redirect_uris: 'https://x.test' },
      { redirect_uris: [`https://x.test/${'y'.repeat(3_000)}`] },
    ])
      expect((await register({ redirect_uris: [place], ...odd })).status, JSON.stringify(odd)).toBe(400)
  })
})

describe('S6: a stolen database', () => {
  it('holds no handle, code, secret or token of an application', async () => {
    const pending = await begin(app)
    const answer = await allow(person, pending.handle)
    const open = await aCode()
    const tokens = await finish(app, pending, answer)
    const dump = await dumpDatabase(world.database)
    const secrets = [
      ...[app.secret ?? '', pending.handle, codeIn(answer), pending.verifier, open.code, open.verifier],
      ...[tokens.access_token, tokens.refresh_token ?? '', tokens.id_token ?? ''],
    ]
    expect(secrets.every((secret) => secret.length > 20)).toBe(true)
    expect(secrets.filter((secret) => dump.includes(secret))).toEqual([])
  })
})
