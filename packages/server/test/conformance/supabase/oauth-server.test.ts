import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allow, anApplication, begin, finish, place, startProvider } from '../../world/applications.ts'
import type { World } from '../../world/world.ts'
import { adminApi, aSignedIn, raw, worked } from './clients.ts'

let world: World
beforeAll(async () => {
  world = await startProvider({ oauthServer: { registration: true } })
})
afterAll(() => world.close())

describe('a standard client', () => {
  for (const method of ['none', 'client_secret_basic', 'client_secret_post'] as const)
    it(`signs somebody in, asks who it is, refreshes, inspects and revokes (${method})`, async () => {
      const app = await anApplication(world, { method })
      const person = await aSignedIn(world)
      const pending = await begin(app)
      const tokens = await finish(app, pending, await allow(person, pending.handle))

      const claims = tokens.claims()
      expect(claims).toMatchObject({ sub: person.id, aud: app.id, email: person.email, email_verified: true })
      expect(claims?.['auth_time']).toEqual(expect.any(Number))
      expect(claims?.['at_hash']).toEqual(expect.any(String))
      expect(tokens.expiresIn()).toBeLessThanOrEqual(900)
      expect(tokens.scope).toBe('openid email profile')

      const who = await openid.fetchUserInfo(app.config, tokens.access_token, person.id)
      expect(who).toMatchObject({ sub: person.id, email: person.email, email_verified: true })

      const renewed = await openid.refreshTokenGrant(app.config, tokens.refresh_token ?? '')
      expect(renewed.refresh_token).not.toBe(tokens.refresh_token)
      expect(renewed.id_token).toBeUndefined()

      const access = await openid.tokenIntrospection(app.config, renewed.access_token)
      expect(access).toMatchObject({ active: true, sub: person.id, client_id: app.id, scope: 'openid email profile' })
      const refresh = await openid.tokenIntrospection(app.config, renewed.refresh_token ?? '')
      expect(refresh).toMatchObject({ active: true, token_type: 'refresh_token' })

      await openid.tokenRevocation(app.config, renewed.refresh_token ?? '')
      expect(await openid.tokenIntrospection(app.config, renewed.access_token)).toEqual({ active: false })
      await expect(openid.refreshTokenGrant(app.config, renewed.refresh_token ?? '')).rejects.toMatchObject({
        error: 'invalid_grant',
      })
      await expect(openid.fetchUserInfo(app.config, renewed.access_token, person.id)).rejects.toBeDefined()
    })

  it('finds the server by RFC 8414 too, and may register itself', async () => {
    const server = new URL(world.config.settings.tokens.issuer)
    const config = await openid.dynamicClientRegistration(
      server,
      { client_name: 'A tool', redirect_uris: [place], token_endpoint_auth_method: 'none' },
      openid.None(),
      { execute: [openid.allowInsecureRequests], algorithm: 'oauth2' },
    )
    expect(config.serverMetadata()).toMatchObject({
      issuer: server.href,
      authorization_response_iss_parameter_supported: true,
      code_challenge_methods_supported: ['S256'],
    })
    const { client_id } = config.clientMetadata()
    const app = { id: client_id, secret: undefined, method: 'none' as const, config }
    const person = await aSignedIn(world)
    const pending = await begin(app)
    const tokens = await finish(app, pending, await allow(person, pending.handle))
    expect(tokens.claims()?.sub).toBe(person.id)
    const listed = worked(await adminApi(world).oauth.listClients()).clients.find(
      (each) => each.client_id === client_id,
    )
    expect(listed).toMatchObject({ registration_type: 'dynamic', client_type: 'public', client_name: 'A tool' })
  })

  it('is told no when the person says no', async () => {
    const app = await anApplication(world)
    const person = await aSignedIn(world)
    const pending = await begin(app)
    worked(await person.client.oauth.getAuthorizationDetails(pending.handle))
    const { redirect_url } = worked(
      await person.client.oauth.denyAuthorization(pending.handle, { skipBrowserRedirect: true }),
    )
    await expect(finish(app, pending, redirect_url)).rejects.toMatchObject({ error: 'access_denied' })
    expect(new URL(redirect_url).searchParams.get('error_description')).toBe('User denied the request')
  })
})

describe('the page that asks', () => {
  it('lies at the site, and learns who asks for what', async () => {
    const app = await anApplication(world, { name: 'Invoices' })
    const person = await aSignedIn(world)
    const pending = await begin(app, { scope: 'email phone' })
    expect(pending.page.origin + pending.page.pathname).toBe(`${world.config.settings.siteUrl}/oauth/consent`)
    expect(pending.handle).toMatch(/^[a-z2-7]{32}$/)
    expect(worked(await person.client.oauth.getAuthorizationDetails(pending.handle))).toEqual({
      authorization_id: pending.handle,
      redirect_uri: place,
      client: { id: app.id, name: 'Invoices' },
      user: { id: person.id, email: person.email },
      scope: 'email phone',
    })
  })

  it('is skipped for what was allowed before, and not for more', async () => {
    const app = await anApplication(world)
    const person = await aSignedIn(world)
    await allow(person, (await begin(app)).handle)
    const again = await begin(app)
    const details = worked(await person.client.oauth.getAuthorizationDetails(again.handle))
    expect(details).toEqual({ redirect_url: expect.stringContaining(`${place}?code=`) })
    expect((await finish(app, again, 'redirect_url' in details ? details.redirect_url : '')).claims()?.sub).toBe(
      person.id,
    )
    for (const parameters of [{ scope: 'openid phone' }, { prompt: 'consent' }]) {
      const more = await begin(app, parameters)
      expect(worked(await person.client.oauth.getAuthorizationDetails(more.handle))).toHaveProperty('client')
    }
  })

  it('is told about requests that are unknown, over, or answered', async () => {
    const person = await aSignedIn(world)
    const unknown = await person.client.oauth.getAuthorizationDetails('a'.repeat(32))
    expect(unknown.error).toMatchObject({ status: 404, code: 'oauth_authorization_not_found' })
    const app = await anApplication(world)
    const { handle } = await begin(app)
    const early = await person.client.oauth.approveAuthorization(handle)
    expect(early.error).toMatchObject({ status: 404 })
    await allow(person, handle)
    expect((await person.client.oauth.getAuthorizationDetails(handle)).error).toMatchObject({
      status: 400,
      message: 'authorization request cannot be processed',
    })
    expect((await person.client.oauth.denyAuthorization(handle)).error).toMatchObject({
      status: 400,
      message: 'authorization request is no longer pending',
    })
    const late = await begin(app)
    world.clock.move(601)
    const answer = await person.client.oauth.getAuthorizationDetails(late.handle)
    world.clock.move(-601)
    expect(answer.error).toMatchObject({ status: 404 })
  })

  it('gives one of two answers', async () => {
    const person = await aSignedIn(world)
    const { handle } = await begin(await anApplication(world))
    const answer = await raw(world, `/oauth/authorizations/${handle}/consent`, {
      json: { action: 'perhaps' },
      headers: { authorization: `Bearer ${person.session.access_token}` },
    })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ msg: "action must be 'approve' or 'deny'" })
  })
})

describe('access tokens of applications', () => {
  it('carry client_id and scope beside the claims policies know, and no more of the person than was allowed', async () => {
    const app = await anApplication(world)
    const person = await aSignedIn(world)
    const pending = await begin(app, { scope: 'openid' })
    const { access_token } = await finish(app, pending, await allow(person, pending.handle))
    const jwks = (await (await raw(world, '/.well-known/jwks.json')).json()) as JSONWebKeySet
    const { payload } = await jwtVerify(access_token, createLocalJWKSet(jwks), { audience: 'authenticated' })
    expect(payload).toMatchObject({
      sub: person.id,
      role: 'authenticated',
      aal: 'aal1',
      client_id: app.id,
      scope: 'openid',
      email: '',
      user_metadata: {},
    })
    expect(payload['amr']).toEqual([expect.objectContaining({ method: 'oauth_provider/authorization_code' })])
    expect(payload).not.toHaveProperty(['https://hasura.io/jwt/claims'])
    const user = await raw(world, '/user', { headers: { authorization: `Bearer ${access_token}` } })
    expect(await user.json()).toMatchObject({ id: person.id, email: '', identities: [] })
  })
})

describe('what somebody has allowed', () => {
  it('is listed and taken back, and the sessions of the application end with it', async () => {
    const app = await anApplication(world, { name: 'Calendar' })
    const person = await aSignedIn(world)
    const pending = await begin(app)
    const tokens = await finish(app, pending, await allow(person, pending.handle))
    expect(worked(await person.client.oauth.listGrants())).toEqual([
      {
        client: { id: app.id, name: 'Calendar' },
        scopes: ['openid', 'email', 'profile'],
        granted_at: expect.stringMatching(/^\d{4}-/),
      },
    ])
    worked(await person.client.oauth.revokeGrant({ clientId: app.id }))
    expect(worked(await person.client.oauth.listGrants())).toEqual([])
    await expect(openid.refreshTokenGrant(app.config, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    })
    expect((await person.client.getUser()).error).toBeNull()
    expect((await person.client.oauth.revokeGrant({ clientId: app.id })).error).toMatchObject({
      status: 404,
      code: 'oauth_consent_not_found',
    })
    expect((await person.client.oauth.revokeGrant({ clientId: 'x' })).error).toMatchObject({ status: 400 })
  })
})

describe('administrators', () => {
  it('create, read, change, list and remove applications', async () => {
    const admin = adminApi(world)
    const made = worked(
      await admin.oauth.createClient({
        client_name: 'Shop',
        client_uri: 'https://shop.example.test',
        redirect_uris: [place, 'com.example.shop://callback', 'http://localhost:3000/callback'],
      }),
    )
    expect(made).toMatchObject({
      client_uri: 'https://shop.example.test',
      client_type: 'confidential',
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      registration_type: 'manual',
    })
    expect(Buffer.from(made.client_secret ?? '', 'base64url').length).toBe(32)
    const { client_secret: _, ...shown } = made
    expect(worked(await admin.oauth.getClient(made.client_id))).toEqual(shown)
    const changed = worked(
      await admin.oauth.updateClient(made.client_id, {
        client_name: 'The shop',
        logo_uri: 'https://shop.example.test/l.png',
      }),
    )
    expect(changed).toMatchObject({ client_name: 'The shop', redirect_uris: made.redirect_uris })
    expect(worked(await admin.oauth.listClients({ page: 1, perPage: 1 })).clients).toHaveLength(1)
    const renewed = worked(await admin.oauth.regenerateClientSecret(made.client_id))
    expect(renewed.client_secret).not.toBe(made.client_secret)
    worked(await admin.oauth.deleteClient(made.client_id))
    expect((await admin.oauth.getClient(made.client_id)).error).toMatchObject({
      status: 404,
      code: 'oauth_client_not_found',
    })
  })

  it('are told what is wrong with one', async () => {
    const admin = adminApi(world)
    const wrong = async (params: object) =>
      (await admin.oauth.createClient({ client_name: 'x', redirect_uris: [place], ...params } as never)).error
    expect(await wrong({ redirect_uris: [] })).toMatchObject({ status: 400, message: 'redirect_uris is required' })
    for (const uri of [
      ...['/callback', 'http://app.example.test/', `${place}#top`, 'javascript:alert(1)', 'data:text/html,x'],
      ...['https://u:p@app.example.test/', 'https://app.example.test/../x', 'about:blank', 'blob:https://x.test/1'],
    ])
      expect(await wrong({ redirect_uris: [uri] }), uri).toMatchObject({ status: 400, code: 'validation_failed' })
    for (const params of [
      ...[{ grant_types: ['client_credentials'] }, { response_types: ['token'] }, { client_name: 'x'.repeat(1025) }],
      ...[{ client_uri: 'javascript:1' }, { logo_uri: 'file:///x' }, { scope: 'admin' }],
      ...[{ token_endpoint_auth_method: 'private_key_jwt' }, { redirect_uris: Array(11).fill(place) }],
      { client_type: 'public', token_endpoint_auth_method: 'client_secret_basic' },
    ])
      expect(await wrong(params), JSON.stringify(params)).toMatchObject({ status: 400 })
    const open = worked(
      await admin.oauth.createClient({ client_name: 'o', redirect_uris: [place], token_endpoint_auth_method: 'none' }),
    )
    expect(open).not.toHaveProperty('client_secret')
    expect((await admin.oauth.regenerateClientSecret(open.client_id)).error).toMatchObject({
      message: 'Cannot regenerate secret for public client',
    })
    expect((await admin.oauth.updateClient(open.client_id, {})).error).toMatchObject({
      message: 'No fields provided for update',
    })
    expect((await admin.oauth.getClient('x')).error).toMatchObject({ status: 400, message: 'invalid client_id format' })
  })
})

describe('the beginning', () => {
  const ask = (query: Record<string, string>) => raw(world, `/oauth/authorize?${new URLSearchParams(query)}`)

  it('says what is wrong with the application or its place to nobody but the browser', async () => {
    const { id } = await anApplication(world)
    const said = async (query: Record<string, string>) => {
      const response = await ask(query)
      expect(response.headers.get('location')).toBeNull()
      return { status: response.status, ...((await response.json()) as object) }
    }
    expect(await said({})).toMatchObject({ status: 400, msg: 'client_id is required' })
    expect(await said({ client_id: id })).toMatchObject({ status: 400, msg: 'redirect_uri is required' })
    expect(await said({ client_id: id, redirect_uri: 'https://evil.test/' })).toMatchObject({
      status: 400,
      error_code: 'validation_failed',
      msg: 'invalid redirect_uri',
    })
    expect(await said({ client_id: 'x', redirect_uri: place })).toMatchObject({
      error_code: 'oauth_client_not_found',
      msg: 'invalid client_id format',
    })
    expect(await said({ client_id: crypto.randomUUID(), redirect_uri: place })).toMatchObject({
      error_code: 'oauth_client_not_found',
      msg: 'invalid client_id',
    })
  })

  it('sends every other fault to the application, with its state and who says so', async () => {
    const { id } = await anApplication(world)
    const good = {
      client_id: id,
      redirect_uri: place,
      response_type: 'code',
      state: 's',
      code_challenge: 'c'.repeat(43),
      code_challenge_method: 'S256',
    }
    const faults: [Record<string, string>, string][] = [
      [{ response_type: 'token' }, 'unsupported_response_type'],
      [{ scope: 'openid admin' }, 'invalid_scope'],
      [{ response_mode: 'fragment' }, 'invalid_request'],
      [{ request: 'x' }, 'request_not_supported'],
      [{ request_uri: 'https://evil.test/' }, 'request_uri_not_supported'],
      [{ resource: 'x' }, 'invalid_target'],
      [{ nonce: 'n'.repeat(513) }, 'invalid_request'],
      [{ prompt: 'none' }, 'login_required'],
    ]
    for (const [query, error] of faults) {
      const url = new URL((await ask({ ...good, ...query })).headers.get('location') ?? '')
      expect(url.origin + url.pathname).toBe(place)
      expect(url.searchParams.get('error'), JSON.stringify(query)).toBe(error)
      expect(url.searchParams.get('state')).toBe('s')
      expect(url.searchParams.get('iss')).toBe(world.config.settings.tokens.issuer)
    }
  })
})

describe('where a shared secret signs', () => {
  it('there are no ID tokens, and all else works', async () => {
    const shared = await startProvider({ tokens: { algorithm: 'HS256' } })
    const app = await anApplication(shared)
    await expect(begin(app)).rejects.toThrow('error=invalid_scope')
    const person = await aSignedIn(shared)
    const pending = await begin(app, { scope: 'email' })
    const tokens = await openid.authorizationCodeGrant(app.config, new URL(await allow(person, pending.handle)), {
      pkceCodeVerifier: pending.verifier,
      expectedState: pending.state,
    })
    expect(tokens.id_token).toBeUndefined()
    const who = await openid.fetchUserInfo(app.config, tokens.access_token, person.id)
    expect(who).toMatchObject({ sub: person.id, email: person.email })
    await shared.close()
  })
})

describe('where it is switched off', () => {
  it('every route says so, and nobody registers', async () => {
    const off = await startProvider({ oauthServer: { enabled: false } })
    for (const path of ['/oauth/authorize', '/oauth/userinfo', '/.well-known/oauth-authorization-server'])
      expect(await (await raw(off, path)).json()).toMatchObject({ error_code: 'feature_disabled' })
    const person = await aSignedIn(off)
    expect((await person.client.oauth.listGrants()).error).toMatchObject({ status: 404, code: 'feature_disabled' })
    expect((await adminApi(off).oauth.listClients()).error).toMatchObject({ status: 404, code: 'feature_disabled' })
    await off.close()
  })

  it('registration is off by default', async () => {
    const closed = await startProvider()
    const answer = await raw(closed, '/oauth/clients/register', { json: { redirect_uris: [place] } })
    expect(answer.status).toBe(403)
    expect(await answer.json()).toMatchObject({ error_code: 'oauth_dynamic_client_registration_disabled' })
    await closed.close()
  })
})
