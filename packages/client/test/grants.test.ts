import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAccount } from '../src/account/index.ts'
import { createAdmin } from '../src/admin/create-admin.ts'
import { aSignedIn, codeOf, ok, type World } from './world.ts'

interface Application {
  readonly id: string
}
const place = '../../server/test/world/applications.ts'
const { startProvider, anApplication, begin, finish } = (await import(/* @vite-ignore */ place)) as {
  startProvider(): Promise<World>
  anApplication(world: World): Promise<Application>
  begin(app: Application): Promise<{ handle: string }>
  finish(app: Application, pending: object, answer: string): Promise<{ refresh_token?: string }>
}

let world: World
beforeAll(async () => {
  world = await startProvider()
})
afterAll(() => world.close())

describe('applications that act for somebody', () => {
  it('ask over the page of the app, are let in part, declined, and not asked again about the same', async () => {
    const { auth, email } = await aSignedIn(world)
    const { consent, grants } = createAccount(auth)
    const app = await anApplication(world)
    const pending = await begin(app)
    expect(await ok(consent.get(pending.handle))).toMatchObject({
      id: pending.handle,
      client: { id: app.id, name: 'Orders' },
      scopes: ['openid', 'email', 'profile'],
      user: { email },
    })
    const scopes = ['openid', 'email']
    const { redirectTo } = await ok(consent.decide(pending.handle, { decision: 'approve', scopes }))
    await finish(app, pending, redirectTo)
    expect(await ok(grants.list())).toMatchObject([{ scopes }])
    const more = await begin(app)
    await ok(consent.get(more.handle))
    const whole = await ok(consent.decide(more.handle, { decision: 'approve' }))
    await finish(app, more, whole.redirectTo)
    const known = await begin(app)
    const straight = await ok(consent.get(known.handle))
    expect(Object.keys(straight)).toEqual(['redirectTo'])
    const unwanted = await begin(await anApplication(world))
    await ok(consent.get(unwanted.handle))
    const { redirectTo: away } = await ok(consent.decide(unwanted.handle, { decision: 'deny' }))
    expect(new URL(away).searchParams.get('error')).toBe('access_denied')
    expect(await codeOf(consent.get('nothing'))).toBe('not_found')
    await expect(consent.get('../me')).rejects.toThrow(TypeError)
  })

  it('are listed with what they may do, and taken back', async () => {
    const { auth } = await aSignedIn(world)
    const { grants } = createAccount(auth)
    const app = await anApplication(world)
    const pending = await begin(app)
    const token = await ok(auth.getAccessToken())
    const at = `${world.url}/auth/v1/oauth/authorizations/${pending.handle}`
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    await fetch(at, { headers })
    const said = await fetch(`${at}/consent`, { method: 'POST', headers, body: JSON.stringify({ action: 'approve' }) })
    const { redirect_url: answer } = (await said.json()) as { redirect_url: string }
    await finish(app, pending, answer)

    expect(await ok(grants.list())).toEqual([
      {
        client: expect.objectContaining({ id: app.id, name: 'Orders' }),
        scopes: ['openid', 'email', 'profile'],
        grantedAt: expect.any(String),
      },
    ])
    await ok(grants.revoke(app.id))
    expect(await ok(grants.list())).toEqual([])
    await expect(grants.revoke('../me')).rejects.toThrow(TypeError)
  })
})

describe('applications as administrators see them', () => {
  it('are made, read, changed, given a new secret, and taken away', async () => {
    const at = createAdmin(world).oauthClients
    const { client: made, secret } = await ok(at.create({ name: 'Books', redirectUris: ['https://books.test/back'] }))
    expect(secret).toEqual(expect.any(String))
    expect((await ok(at.update(made.id, { name: 'Library' }))).name).toBe('Library')
    expect((await ok(at.get(made.id))).name).toBe('Library')
    expect((await ok(at.newSecret(made.id))).secret).not.toBe(secret)
    expect((await ok(at.list())).items.map(({ id }) => id)).toContain(made.id)
    expect(await ok(at.delete(made.id))).toBeNull()
    expect((await ok(at.list())).items.map(({ id }) => id)).not.toContain(made.id)
  })
})
