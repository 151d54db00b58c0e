import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anApplication, begin, faceUrl, finish, place, rawToken, startProvider } from '../../world/applications.ts'
import type { World } from '../../world/world.ts'
import { aSignedIn, nhostClient, raw, refused } from './clients.ts'

let world: World
beforeAll(async () => {
  world = await startProvider()
})
afterAll(() => world.close())

type Person = Awaited<ReturnType<typeof aSignedIn>>

async function allow({ nhost }: Person, requestId: string): Promise<string> {
  return (await nhost.auth.oauth2LoginPost({ requestId })).body.redirectUri
}

const bearer = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } })

describe('a standard client', () => {
  for (const method of ['none', 'client_secret_basic', 'client_secret_post'] as const)
    it(`signs somebody in, asks who it is, refreshes, inspects and revokes (${method})`, async () => {
      const app = await anApplication(world, { method, face: 'nhost' })
      const person = await aSignedIn(world)
      const pending = await begin(app)
      const tokens = await finish(app, pending, await allow(person, pending.handle))
      expect(tokens.claims()).toMatchObject({
        iss: faceUrl(world, 'nhost'),
        sub: person.id,
        aud: app.id,
        email: person.email,
        at_hash: expect.any(String),
      })
      const who = await openid.fetchUserInfo(app.config, tokens.access_token, person.id)
      expect(who).toMatchObject({ sub: person.id, email: person.email, email_verified: true })

      const renewed = await openid.refreshTokenGrant(app.config, tokens.refresh_token ?? '')
      expect(renewed.claims()).toMatchObject({ sub: person.id, auth_time: tokens.claims()?.['auth_time'] })
      expect(renewed.claims()).not.toHaveProperty('nonce')

      const access = await openid.tokenIntrospection(app.config, renewed.access_token)
      expect(access).toMatchObject({ active: true, client_id: app.id, token_type: 'access_token' })
      await openid.tokenRevocation(app.config, renewed.refresh_token ?? '')
      expect(await openid.tokenIntrospection(app.config, renewed.access_token)).toEqual({ active: false })
      await expect(openid.refreshTokenGrant(app.config, renewed.refresh_token ?? '')).rejects.toMatchObject({
        error: 'invalid_grant',
        status: 400,
      })
    })

  it('finds the server by RFC 8414 too', async () => {
    const app = await anApplication(world, { method: 'none' })
    const server = new URL(faceUrl(world, 'nhost'))
    const config = await openid.discovery(server, app.id, {}, openid.None(), {
      execute: [openid.allowInsecureRequests],
      algorithm: 'oauth2',
    })
    expect(config.serverMetadata().issuer).toBe(server.href)
  })
})

describe('the client', () => {
  it('does the same by its own methods', async () => {
    const app = await anApplication(world, {
      method: 'client_secret_post',
      scope: 'openid email graphql',
      face: 'nhost',
    })
    const person = await aSignedIn(world)
    const { auth } = person.nhost
    const [verifier, state] = [openid.randomPKCECodeVerifier(), openid.randomState()]
    const url = auth.oauth2AuthorizeURL({
      client_id: app.id,
      redirect_uri: place,
      response_type: 'code',
      scope: 'openid email graphql',
      state,
      nonce: 'n',
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      prompt: 'login',
    })
    const page = new URL((await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '')
    expect(page.origin + page.pathname).toBe(`${world.config.settings.siteUrl}/oauth2/login`)
    expect(page.searchParams.get('prompt')).toBe('login')
    const request_id = page.searchParams.get('request_id') ?? ''
    expect(request_id).toMatch(/^[0-9a-f-]{36}$/)
    expect((await nhostClient(world).auth.oauth2LoginGet({ request_id })).body).toEqual({
      requestId: request_id,
      clientId: app.id,
      scopes: ['openid', 'email', 'graphql'],
      redirectUri: place,
    })
    const answer = new URL(await allow(person, request_id))
    expect(answer.searchParams.get('state')).toBe(state)
    expect(answer.searchParams.get('iss')).toBe(faceUrl(world, 'nhost'))
    const shown = { client_id: app.id, client_secret: app.secret ?? '' }
    const { body: tokens } = await auth.oauth2Token({
      grant_type: 'authorization_code',
      code: answer.searchParams.get('code') ?? '',
      redirect_uri: place,
      code_verifier: verifier,
      ...shown,
    })
    expect(Object.keys(tokens).sort()).toEqual(
      ['access_token', 'token_type', 'expires_in', 'refresh_token', 'scope', 'id_token'].sort(),
    )
    expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 900, scope: 'openid email graphql' })

    const { body: jwks } = await auth.oauth2Jwks()
    const { payload } = await jwtVerify(tokens.access_token, createLocalJWKSet(jwks as unknown as JSONWebKeySet), {
      issuer: faceUrl(world, 'nhost'),
      audience: app.id,
    })
    expect(payload).toMatchObject({
      sub: person.id,
      scope: 'openid email graphql',
      'https://hasura.io/jwt/claims': { 'x-hasura-user-id': person.id, 'x-hasura-default-role': 'user' },
    })
    expect(payload).not.toHaveProperty('email')

    const claims = { sub: person.id, email: person.email, email_verified: true }
    const data = { 'https://hasura.io/jwt/claims': expect.objectContaining({ 'x-hasura-user-is-anonymous': false }) }
    const bare = nhostClient(world).auth
    expect((await bare.oauth2UserinfoGet(bearer(tokens.access_token))).body).toEqual({ ...claims, ...data })
    expect((await bare.oauth2UserinfoPost(bearer(tokens.access_token))).body).toEqual({ ...claims, ...data })

    const { body: active } = await auth.oauth2Introspect({ token: tokens.refresh_token ?? '', ...shown })
    expect(active).toMatchObject({ active: true, token_type: 'refresh_token', iss: faceUrl(world, 'nhost') })
    await auth.oauth2Revoke({ token: tokens.refresh_token ?? '', ...shown })
    expect((await auth.oauth2Introspect({ token: tokens.refresh_token ?? '', ...shown })).body).toEqual({
      active: false,
    })
    expect((await auth.getOpenIDConfiguration()).body).toEqual((await auth.getOAuthAuthorizationServer()).body)
  })

  it('tells the name and the picture that the user is shown with', async () => {
    const app = await anApplication(world, { face: 'nhost' })
    const person = await aSignedIn(world)
    const { displayName: name, avatarUrl: picture } = (await person.nhost.auth.getUser()).body
    expect([name, picture]).toEqual([person.email, expect.stringContaining('gravatar')])
    const pending = await begin(app)
    const tokens = await finish(app, pending, await allow(person, pending.handle))
    expect(tokens.claims()).toMatchObject({ name, picture, locale: 'en' })
    const who = await nhostClient(world).auth.oauth2UserinfoGet(bearer(tokens.access_token))
    expect(who.body).toMatchObject({ name, picture, locale: 'en' })
  })

  it('shows its secret in the form or in the header, whichever was registered', async () => {
    for (const method of ['client_secret_basic', 'client_secret_post'] as const) {
      const { id: client_id, secret: client_secret = '' } = await anApplication(world, { method })
      const { auth } = nhostClient(world)
      const shown = await auth.oauth2Introspect({ token: 'x', client_id, client_secret })
      expect(shown.body).toEqual({ active: false })
      const headers = { authorization: `Basic ${btoa(`${client_id}:${client_secret}`)}` }
      expect((await auth.oauth2Introspect({ token: 'x' }, { headers })).body).toEqual({ active: false })
      const wrong = await refused(auth.oauth2Introspect({ token: 'x', client_id, client_secret: 'wrong' }))
      expect(wrong).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
      const none = await refused(auth.oauth2Introspect({ token: 'x', client_id }))
      expect(none).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    }
  })

  it('may begin with a form', async () => {
    const app = await anApplication(world)
    const response = await fetch(nhostClient(world).auth.oauth2AuthorizePostURL({} as never), {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({
        client_id: app.id,
        redirect_uri: place,
        response_type: 'code',
        code_challenge: 'c'.repeat(43),
        code_challenge_method: 'S256',
        other: 'ignored',
      }),
    })
    expect(response.headers.get('location')).toContain('/oauth2/login?request_id=')
  })
})

describe('what goes wrong', () => {
  const ask = (query: Record<string, string>) => raw(world, `/oauth2/authorize?${new URLSearchParams(query)}`)
  const challenge = { code_challenge: 'c'.repeat(43), code_challenge_method: 'S256' }

  it('at the beginning', async () => {
    const { id } = await anApplication(world)
    const good = { client_id: id, redirect_uri: place, response_type: 'code', ...challenge }
    const shown: [Record<string, string>, number, string][] = [
      [{ client_id: 'nobody' }, 401, 'invalid_client'],
      [{ redirect_uri: 'https://evil.test/' }, 400, 'invalid_request'],
      [{ code_challenge_method: 'plain' }, 400, 'invalid_request'],
      [{ response_type: '' }, 400, 'invalid_request'],
    ]
    for (const [query, status, error] of shown) {
      const response = await ask({ ...good, ...query })
      expect(response.status).toBe(status)
      expect(await response.json()).toMatchObject({ error })
    }
    const sent: [Record<string, string>, string][] = [
      [{ response_type: 'token' }, 'unsupported_response_type'],
      [{ scope: 'openid graphql' }, 'invalid_scope'],
      [{ code_challenge: '' }, 'invalid_request'],
    ]
    for (const [query, error] of sent) {
      const url = new URL((await ask({ ...good, state: 's', ...query })).headers.get('location') ?? '')
      expect(Object.fromEntries(url.searchParams)).toMatchObject({ error, state: 's', iss: faceUrl(world, 'nhost') })
    }
  })

  it('at the page that asks', async () => {
    const person = await aSignedIn(world)
    const { auth } = person.nhost
    const { handle } = await begin(await anApplication(world, { face: 'nhost' }))
    expect((await raw(world, '/oauth2/login', { json: { requestId: handle } })).status).toBe(401)
    await allow(person, handle)
    const missing = crypto.randomUUID()
    const sentences = [
      [() => auth.oauth2LoginPost({ requestId: handle }), 'Authorization request already completed'],
      [() => auth.oauth2LoginGet({ request_id: handle }), 'Authorization request already completed'],
      [() => auth.oauth2LoginPost({ requestId: missing }), 'Unknown authorization request'],
      [() => auth.oauth2LoginGet({ request_id: missing }), 'Unknown authorization request'],
    ] as const
    for (const [work, message] of sentences)
      expect(await refused(work())).toEqual({ status: 400, body: { status: 400, error: 'invalid-request', message } })
  })

  it('at the page that asks, for guests: applications are told of nobody', async () => {
    const { handle } = await begin(await anApplication(world, { face: 'nhost' }))
    const { auth } = nhostClient(world)
    await auth.signInAnonymous()
    const told = { status: 403, body: { error: 'forbidden-anonymous' } }
    expect(await refused(auth.oauth2LoginPost({ requestId: handle }))).toMatchObject(told)
    const person = await aSignedIn(world)
    expect(await allow(person, handle)).toContain('code=')
  })

  it('at the token endpoint, and with tokens of another kind', async () => {
    const app = await anApplication(world, { face: 'nhost' })
    const person = await aSignedIn(world)
    const answer = (fields: Record<string, string>, of = app) => rawToken(world, of, fields, 'nhost')
    const wrong = await answer({ grant_type: 'refresh_token', refresh_token: 'x' }, { ...app, secret: 'wrong' })
    expect(wrong.status).toBe(401)
    expect(wrong.headers.get('www-authenticate')).toMatch(/^Basic /)
    expect(await wrong.json()).toMatchObject({ error: 'invalid_client' })
    for (const [fields, error] of [
      [{}, 'invalid_request'],
      [{ grant_type: 'password' }, 'unsupported_grant_type'],
      [{ grant_type: 'authorization_code' }, 'invalid_request'],
      [{ grant_type: 'refresh_token', refresh_token: person.session.refreshToken }, 'invalid_grant'],
    ] as [Record<string, string>, string][]) {
      const response = await answer(fields)
      expect(response.status).toBe(400)
      expect(response.headers.get('cache-control')).toBe('no-store')
      expect(await response.json()).toMatchObject({ error })
    }
    const unknown = await raw(world, '/oauth2/token', {
      method: 'POST',
      body: 'grant_type=password',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect([unknown.status, ((await unknown.json()) as { error: string }).error]).toEqual([
      ...[400, 'unsupported_grant_type'],
    ])
    const theirs = await refused(nhostClient(world).auth.oauth2UserinfoGet(bearer(person.session.accessToken)))
    expect(theirs).toMatchObject({ status: 401, body: { error: 'invalid_token' } })
    expect((await raw(world, '/oauth2/userinfo')).status).toBe(401)
  })

  it('S61: its tokens open nothing but userinfo, at no face', async () => {
    const app = await anApplication(world, { face: 'nhost' })
    const person = await aSignedIn(world)
    const pending = await begin(app)
    const {
      access_token,
      id_token = '',
      refresh_token = '',
    } = await finish(app, pending, await allow(person, pending.handle))
    const other = await begin(app)
    for (const token of [access_token, id_token]) {
      for (const path of ['/nhost/v1/user', '/auth/v1/user', '/auth/v1/oauth/userinfo', '/v1/me'])
        expect([401, 403], path).toContain((await fetch(world.url + path, bearer(token))).status)
      const login = await raw(world, '/oauth2/login', {
        json: { requestId: other.handle },
        headers: { authorization: `Bearer ${token}` },
      })
      expect(login.status).toBe(401)
    }
    expect((await fetch(`${faceUrl(world, 'nhost')}/oauth2/userinfo`, bearer(id_token))).status).toBe(401)
    // The other face gives tokens of another kind, and knows neither these nor what leads to them.
    const refresh = { grant_type: 'refresh_token', refresh_token }
    expect(await (await rawToken(world, app, refresh, 'supabase')).json()).toMatchObject({ error: 'invalid_grant' })
    const code = new URL(await allow(person, other.handle)).searchParams.get('code') ?? ''
    const exchange = { grant_type: 'authorization_code', code, code_verifier: other.verifier }
    expect(await (await rawToken(world, app, exchange, 'supabase')).json()).toMatchObject({ error: 'invalid_grant' })
    expect((await rawToken(world, app, refresh, 'nhost')).status).toBe(200)
  })

  it('where it is switched off', async () => {
    const off = await startProvider({ oauthServer: { enabled: false } })
    const answer = await raw(off, '/oauth2/authorize')
    expect(answer.status).toBe(400)
    expect(await answer.json()).toEqual({ error: 'server_error', error_description: 'OAuth2 provider is disabled' })
    expect(await (await raw(off, '/oauth2/login?request_id=x')).json()).toEqual({
      status: 400,
      error: 'disabled-endpoint',
      message: 'OAuth2 provider is disabled',
    })
    expect((await raw(off, '/oauth2/userinfo')).status).toBe(400)
    await off.close()
  })
})
