import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { begin, faceUrl, finish, place, startProvider } from '../../world/applications.ts'
import { nhostClient } from '../nhost/clients.ts'
import { aPerson, type Body, codeOf, type NativeWorld, password, speakNative, startNative } from './native-world.ts'

let world: NativeWorld
beforeAll(async () => {
  world = speakNative(await startProvider())
})
afterAll(() => world.close())

const make = async (body: object = {}) =>
  (await world.admin('POST /admin/oauth-clients', { name: 'Orders', redirectUris: [place], ...body })).body

describe('applications that people let act for them', () => {
  it('are made, read, changed, listed and taken away', async () => {
    const { client, secret } = await make({ homeUrl: 'https://app.example.test/' })
    expect(client).toMatchObject({
      name: 'Orders',
      authMethod: 'client_secret_basic',
      grants: ['authorization_code', 'refresh_token'],
      registration: 'manual',
      logoUrl: null,
    })
    expect(secret).toMatch(/^[\w-]{43}$/)
    const { id } = client
    const { body: changed } = await world.admin(`PATCH /admin/oauth-clients/${id}`, {
      scopes: ['openid', 'graphql'],
      homeUrl: null,
    })
    expect(changed).toMatchObject({ name: 'Orders', scopes: ['openid', 'graphql'], homeUrl: null })
    expect((await world.admin(`GET /admin/oauth-clients/${id}`)).body).toEqual(changed)
    expect((await world.admin(`POST /admin/oauth-clients/${id}/secret`)).body.secret).not.toBe(secret)
    const open = await make({ authMethod: 'none' })
    expect(open.secret).toBeNull()
    const first = await world.admin('GET /admin/oauth-clients?limit=1')
    expect(first.body.items).toEqual([open.client])
    const next = await world.admin(`GET /admin/oauth-clients?limit=1&cursor=${first.body.nextCursor}`)
    expect(next.body.items[0].id).toBe(id)
    expect((await world.admin(`DELETE /admin/oauth-clients/${id}`)).status).toBe(204)
    expect(codeOf(await world.admin(`GET /admin/oauth-clients/${id}`))).toBe('not_found')
  })

  it('say what is wrong with them', async () => {
    const { client } = await make({ authMethod: 'none' })
    const at = `/admin/oauth-clients/${client.id}`
    for (const [line, body] of [
      ['POST /admin/oauth-clients', { name: 'x' }],
      ['POST /admin/oauth-clients', { redirectUris: ['http://app.example.test/'] }],
      ['POST /admin/oauth-clients', { redirectUris: [place], scopes: ['everything'] }],
      ['POST /admin/oauth-clients', { redirectUris: [place], id: 'mine' }],
      [`PATCH ${at}`, {}],
      [`PATCH ${at}`, { authMethod: 'client_secret_post' }],
      [`POST ${at}/secret`, undefined],
    ] as const)
      expect(codeOf(await world.admin(line, body)), line).toBe('validation_failed')
    expect(codeOf(await world.ask(`GET ${at}`))).toBe('no_authorization')
  })

  it('are used through another dialect, and what was allowed is seen and taken back here', async () => {
    const { client, secret } = await make()
    const server = new URL(faceUrl(world, 'nhost'))
    const config = await openid.discovery(server, client.id, {}, openid.ClientSecretBasic(secret), {
      execute: [openid.allowInsecureRequests],
    })
    const app = { id: client.id, secret, method: 'client_secret_basic' as const, config }
    const person = await aPerson(world)
    const { auth } = nhostClient(world)
    await auth.signInEmailPassword({ email: person.email, password })
    const pending = await begin(app)
    const answer = await auth.oauth2LoginPost({ requestId: pending.handle })
    const tokens = await finish(app, pending, answer.body.redirectUri)
    const token = person.complete.tokens.accessToken
    const { body } = await world.ask('GET /me/grants', { token })
    expect(body.items).toEqual([
      {
        client: { id: client.id, name: 'Orders', homeUrl: null, logoUrl: null },
        scopes: ['openid', 'email', 'profile'],
        grantedAt: expect.any(String),
      },
    ])
    expect((await world.ask(`DELETE /me/grants/${client.id}`, { token })).status).toBe(204)
    expect(codeOf(await world.ask(`DELETE /me/grants/${client.id}`, { token }))).toBe('not_found')
    await expect(openid.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    })
    const events = (await world.ask('GET /me/activity', { token })).body.items.map((event: Body) => event.action)
    expect(events).toEqual(expect.arrayContaining(['consent.given', 'consent.revoked']))
  })

  it('are not there where this server is no provider', async () => {
    const off = await startNative()
    const { complete } = await aPerson(off)
    expect(codeOf(await off.admin('GET /admin/oauth-clients'))).toBe('feature_disabled')
    expect(codeOf(await off.ask('GET /me/grants', { token: complete.tokens.accessToken }))).toBe('feature_disabled')
    await off.close()
  })
})
