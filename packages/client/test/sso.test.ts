import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAdmin } from '../src/admin/create-admin.ts'
import { createSso } from '../src/sso/index.ts'
import { aClient, codeOf, ok, type World } from './world.ts'

/** What is used of a server with an organisation beside it, and of a browser that goes there. */
interface SsoWorld extends World {
  readonly origin: string
  readonly app: string
  readonly idp: {
    person: { nameId: string; attributes: Record<string, readonly string[]> }
    visit(url: string): Promise<{ action: string; fields: Record<string, string> }>
  }
}
interface Traveller {
  fetch(url: string): Promise<Response>
  go(url: string, end: string): Promise<{ url: URL }>
}

// The server is typed for Node and this package for browsers: they meet at run time.
const places = { sso: '../../server/test/world/sso.ts', traveller: '../../server/test/world/traveller.ts' }
const { startSso, introduce, post } = (await import(/* @vite-ignore */ places.sso)) as {
  startSso(): Promise<SsoWorld>
  introduce(world: SsoWorld): Promise<string>
  post(action: string, fields: object): Promise<Response>
}
const { createTraveller } = (await import(/* @vite-ignore */ places.traveller)) as { createTraveller(): Traveller }

let world: SsoWorld
let provider: string
beforeAll(async () => {
  world = await startSso()
  provider = await introduce(world)
})
afterAll(() => world.close())

const client = () => aClient({ ...world, url: world.origin }, { redirectTo: world.app })
const placeOf = (response: Response) => new URL(response.headers.get('location') ?? 'a:')

describe('organisations', () => {
  it('are found by their domain', async () => {
    const sso = createSso(client())
    expect(await ok(sso.find('acme.test'))).toMatchObject({ providerId: provider })
    expect(await codeOf(sso.find('nobody.test'))).toBe('sso_provider_not_found')
  })

  it.each(['domain', 'email', 'providerId'] as const)('are gone to by %s, and come back with a session', async (by) => {
    const auth = client()
    const whose = { domain: 'acme.test', email: 'ada@acme.test', providerId: provider }
    const organisation = { [by]: whose[by] } as { domain: string }
    const { url } = await ok(createSso(auth).signIn(organisation, { mode: 'url' }))
    const browser = createTraveller()
    world.idp.person = { nameId: `there-${by}`, attributes: { mail: [`${by.toLowerCase()}@acme.test`] } }
    const there = await world.idp.visit(placeOf(await browser.fetch(url)).href)
    const posted = await post(there.action, there.fields)
    const back = await browser.go(placeOf(posted).href, world.app)
    const outcome = await ok(auth.handleRedirect(back.url.href))
    expect(outcome).toMatchObject({ status: 'complete', user: { email: `${by.toLowerCase()}@acme.test` } })
  })

  it('need an address to be one', async () => {
    await expect(createSso(client()).signIn({ email: 'acme' }, { mode: 'url' })).rejects.toThrow(TypeError)
  })
})

describe('organisations as administrators see them', () => {
  it('are listed, read, changed and taken away', async () => {
    const at = createAdmin({ url: world.origin, secretKey: world.secretKey }).ssoProviders
    expect((await ok(at.list())).items.map(({ id }) => id)).toContain(provider)
    expect((await ok(at.update(provider, { resourceId: 'the-otters' }))).resourceId).toBe('the-otters')
    expect((await ok(at.get(provider))).resourceId).toBe('the-otters')
    expect(await codeOf(at.create({ type: 'saml', metadataXml: '<no/>' }))).toBe('validation_failed')
    expect(await ok(at.delete(provider))).toBeNull()
    expect(await codeOf(at.get(provider))).toBe('sso_provider_not_found')
  })
})
