import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '#src/storage/sql.ts'
import type { Employee } from '../../world/saml-idp.ts'
import { pkce } from '../../world/social.ts'
import { introduce, post, type SsoWorld, startSso } from '../../world/sso.ts'
import { createTraveller, type Traveller } from '../../world/traveller.ts'

// biome-ignore lint/suspicious/noExplicitAny: what an answer holds is what a test asserts.
type Body = any

let world: SsoWorld
let provider: string
beforeAll(async () => {
  world = await startSso()
  provider = await introduce(world, { attribute_mapping: { keys: { full_name: { name: 'displayName' } } } })
})
afterAll(() => world.close())

let count = 0
function employee(more: Record<string, readonly string[]> = {}): Employee {
  count += 1
  return { nameId: `acme-${count}`, attributes: { mail: [`grace${count}@acme.test`], ...more } }
}

async function ask(line: string, body?: unknown, token = world.secretKey): Promise<Body> {
  const [method = '', path = ''] = line.split(' ')
  const response = await fetch(`${world.url}/v1${path}`, {
    method,
    headers: {
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, ...(text === '' ? {} : JSON.parse(text)) }
}

/** The address of a navigation: `GET /callback/saml`. */
const addressOf = (line: string) => `${world.origin}/v1${line.split(' ')[1]}`

function start(query: Readonly<Record<string, string>> = {}): string {
  const fields = { domain: 'acme.test', codeChallenge: pkce().challenge, redirectTo: world.app, state: 's1', ...query }
  return `${addressOf('GET /sign-in/sso')}?${new URLSearchParams(fields)}`
}

const placeOf = (response: Response) => new URL(response.headers.get('location') ?? 'a:')

/** A browser that has been to its organisation and is about to post what it was given. */
async function beThere(browser: Traveller, person: Employee, query?: Readonly<Record<string, string>>) {
  world.idp.person = person
  const begun = await browser.fetch(start(query))
  expect(begun.status).toBe(303)
  return world.idp.visit(placeOf(begun).href)
}

/** The rest of its way. */
async function comeBack(browser: Traveller, there: Awaited<ReturnType<typeof beThere>>): Promise<URL> {
  const posted = await post(there.action, there.fields)
  expect(posted.status).toBe(303)
  const { url } = await browser.go(placeOf(posted).href, world.app)
  return url
}

const exchange = (code: string | null) => ask('POST /sessions/exchange', { code, codeVerifier: pkce().verifier }, '')

async function sessions(): Promise<{ readonly total: number }> {
  const [row] = await world.database.query<{ total: number }>(sql`select count(*)::int as total from auth.sessions`)
  return row ?? { total: -1 }
}

describe('signing in through an organisation', () => {
  it('comes back with a code, which is good for a session', async () => {
    const browser = createTraveller()
    const person = employee({ displayName: ['Grace Hopper'] })
    const place = await comeBack(browser, await beThere(browser, person))
    expect(place.searchParams.get('state')).toBe('s1')
    const outcome = await exchange(place.searchParams.get('code'))
    expect(outcome).toMatchObject({
      status: 'complete',
      user: {
        email: person.attributes['mail']?.[0],
        displayName: 'Grace Hopper',
        isSso: true,
        waysIn: ['sso'],
        identities: [{ provider: `sso:${provider}`, subject: person.nameId, emailVerified: true }],
      },
      session: { amr: [{ method: 'sso', provider: `sso:${provider}` }], aal: 'aal1' },
    })
  })

  it('lets whoever came by one dialect in by the other', async () => {
    const person = employee()
    const browser = createTraveller()
    const place = await comeBack(browser, await beThere(browser, person))
    const { user } = await exchange(place.searchParams.get('code'))
    const begun = await fetch(`${world.url}/auth/v1/sso`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ domain: 'acme.test', skip_http_redirect: true, redirect_to: world.app }),
    })
    const there = await world.idp.visit(((await begun.json()) as { url: string }).url)
    const token = new URLSearchParams(placeOf(await post(there.action, there.fields)).hash.slice(1)).get('access_token')
    expect((await ask('GET /me', undefined, token ?? '')).id).toBe(user.id)
  })

  it('S81: belongs to the browser that began', async () => {
    const [mine, other] = [createTraveller(), createTraveller()]
    const there = await beThere(mine, employee())
    const posted = await post(there.action, there.fields)
    const refused = placeOf(await other.fetch(placeOf(posted).href))
    expect(refused.searchParams.get('error')).toBe('bad_oauth_state')
    expect(refused.searchParams.has('code')).toBe(false)
    // Who began can still finish: the stranger used nothing up.
    const { url } = await mine.go(placeOf(posted).href, world.app)
    expect(url.searchParams.has('code')).toBe(true)
    expect(placeOf(await mine.fetch(placeOf(posted).href)).searchParams.get('error')).toBe('flow_state_already_used')
  })

  it('S81: takes the first answer alone', async () => {
    const browser = createTraveller()
    const there = await beThere(browser, employee())
    await post(there.action, there.fields)
    const again = placeOf(await post(there.action, { ...there.fields, SAMLResponse: 'AAAA' }))
    expect(again.searchParams.get('error_code')).toBe('flow_state_already_used')
    const { url } = await browser.go(
      `${addressOf('GET /callback/saml')}?state=${there.fields['RelayState']}`,
      world.app,
    )
    expect(url.searchParams.has('code')).toBe(true)
  })

  it('takes answers at its own address as well', async () => {
    const browser = createTraveller()
    const there = await beThere(browser, employee())
    const place = await comeBack(browser, { ...there, action: addressOf('POST /callback/saml') })
    expect(place.searchParams.has('code')).toBe(true)
  })

  it('S81: lets nobody in who did not begin here, whatever the provider may', async () => {
    await ask(`PATCH /admin/sso-providers/${provider}`, { allowUnsolicited: true })
    const there = await beThere(createTraveller(), employee())
    const { total: before } = await sessions()
    for (const RelayState of ['', world.app]) {
      const fields = { ...there.fields, RelayState }
      const place = placeOf(await post(addressOf('POST /callback/saml'), fields))
      expect(place.searchParams.get('error')).toBe('bad_oauth_state')
    }
    expect((await sessions()).total).toBe(before)
    await ask(`PATCH /admin/sso-providers/${provider}`, { allowUnsolicited: false })
  })

  it('leads back with what is wrong', async () => {
    const lead = async (query: Readonly<Record<string, string>>) =>
      placeOf(await createTraveller().fetch(start(query))).searchParams.get('error')
    expect(await lead({ domain: 'nobody.test' })).toBe('sso_provider_not_found')
    expect(await lead({ providerId: provider })).toBe('validation_failed')
    expect(await lead({ codeChallenge: 'short' })).toBe('validation_failed')
    expect(await lead({ redirectTo: 'https://evil.example/' })).toBe('redirect_not_allowed')
    await ask(`PATCH /admin/sso-providers/${provider}`, { enabled: false })
    expect(await lead({})).toBe('provider_disabled')
    await ask(`PATCH /admin/sso-providers/${provider}`, { enabled: true })
    const browser = createTraveller()
    const there = await beThere(browser, employee())
    const bad = { ...there.fields, SAMLResponse: Buffer.from('<a/>').toString('base64') }
    expect((await comeBack(browser, { ...there, fields: bad })).searchParams.get('error')).toBe(
      'saml_assertion_invalid',
    )
  })

  it('asks for the second factor before any session', async () => {
    const person = employee()
    const browser = createTraveller()
    const first = await exchange((await comeBack(browser, await beThere(browser, person))).searchParams.get('code'))
    await world.core.factors.add({
      userId: first.user.id,
      type: 'totp',
      name: 'App',
      status: 'verified',
      seed: Buffer.alloc(20),
    })
    const second = await exchange((await comeBack(browser, await beThere(browser, person))).searchParams.get('code'))
    expect(second).toMatchObject({ status: 'pending', attempt: expect.anything() })
    expect(second.tokens).toBeUndefined()
  })
})

describe('an organisation', () => {
  it('is found by its domain', async () => {
    expect(await ask('GET /sso?domain=ACME.test', undefined, '')).toEqual({
      status: 200,
      providerId: provider,
      name: 'acme.test',
    })
    expect(await ask('GET /sso?domain=nobody.test', undefined, '')).toMatchObject({
      status: 404,
      code: 'sso_provider_not_found',
    })
  })

  it('is announced to sign-in forms', async () => {
    const settings = await ask('GET /settings', undefined, '')
    expect(settings).toMatchObject({ sso: true })
    expect(settings.waysIn).toContain('sso')
  })

  it('says which field is wrong, in the spelling of the interface', async () => {
    const metadataXml = world.idp.metadata.replaceAll(world.idp.entityId, 'https://wrong.example.test/metadata')
    const wrong: readonly (readonly [field: string, body: object])[] = [
      ['metadataUrl', {}],
      ['metadataUrl', { metadataXml, metadataUrl: 'https://a.test/' }],
      ['metadataUrl', { metadataUrl: 'http://plain.example.com/metadata' }],
      ['metadataUrl', { metadataUrl: 'nonsense' }],
      ['metadataXml', { metadataXml: '<x/>' }],
      ['metadataXml', { metadataXml: world.idp.metadata.replaceAll('IDPSSODescriptor', 'SPSSODescriptor') }],
      ['nameIdFormat', { metadataXml, nameIdFormat: 'nonsense' }],
      ['resourceId', { metadataXml, resourceId: 'a b' }],
      ['claims', { metadataXml, claims: Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`c${at}`, {}])) }],
      ['domains', { metadataXml, domains: ['not a domain'] }],
    ]
    for (const [field, body] of wrong) {
      const refused = await ask('POST /admin/sso-providers', { type: 'saml', ...body })
      expect(refused, JSON.stringify(body).slice(0, 80)).toMatchObject({ status: 400, code: 'validation_failed' })
      expect(refused.details.fields.map(({ path }: { path: string }) => path)).toEqual([field])
      expect(JSON.stringify(refused)).not.toMatch(/metadata_|resource_id|name_id|attribute_mapping/)
    }
    const moved = await ask(`PATCH /admin/sso-providers/${provider}`, { metadataXml })
    expect([moved.code, moved.details.fields[0].path]).toEqual(['validation_failed', 'metadataXml'])
  })

  it('is added, read, changed and removed by administrators', async () => {
    const metadataXml = world.idp.metadata.replaceAll(world.idp.entityId, 'https://other.example.test/metadata')
    const claims = { full_name: { names: ['cn', 'displayName'] } }
    const added = await ask('POST /admin/sso-providers', {
      type: 'saml',
      metadataXml,
      domains: ['Other.test'],
      claims,
    })
    expect(added).toMatchObject({
      status: 201,
      entityId: 'https://other.example.test/metadata',
      domains: ['other.test'],
      claims,
      enabled: true,
      allowUnsolicited: false,
      metadataUrl: null,
    })
    const { id } = added
    expect(await ask(`GET /admin/sso-providers/${id}`)).toMatchObject({ id: added.id, domains: ['other.test'] })
    expect(await ask(`PATCH /admin/sso-providers/${id}`, { allowUnsolicited: true, domains: [] })).toMatchObject({
      status: 200,
      allowUnsolicited: true,
      domains: [],
      claims,
    })
    expect((await ask('GET /admin/sso-providers')).items.map((one: { id: string }) => one.id)).toContain(id)
    expect(await ask('POST /admin/sso-providers', { type: 'saml', metadataXml })).toMatchObject({
      status: 409,
      code: 'conflict',
    })
    expect((await ask(`DELETE /admin/sso-providers/${id}`)).status).toBe(204)
    expect(await ask(`GET /admin/sso-providers/${id}`)).toMatchObject({ status: 404, code: 'sso_provider_not_found' })
    const actions = (await ask('GET /admin/audit?action=sso_provider')).items.map(
      ({ action }: { action: string }) => action,
    )
    expect(actions).toEqual(
      expect.arrayContaining(['sso_provider.created', 'sso_provider.updated', 'sso_provider.deleted']),
    )
  })

  it('has metadata of this server to read, the same as by the other dialect', async () => {
    const native = await fetch(addressOf('GET /saml/metadata'))
    expect(native.headers.get('content-type')).toBe('application/xml; charset=utf-8')
    expect(await native.text()).toBe(await (await fetch(`${world.url}/auth/v1/sso/saml/metadata`)).text())
  })
})

describe('a server without the dialect of Supabase’s clients', () => {
  it('is a service provider at its own address', async () => {
    const own = await startSso({ dialects: { supabase: { enabled: false } } })
    const xml = await (await fetch(`${own.url}/v1/saml/metadata`)).text()
    expect(xml).toContain(`entityID="${own.origin}/v1/saml/metadata"`)
    const metadataXml = own.idp.metadata
    const added = await fetch(`${own.url}/v1/admin/sso-providers`, {
      method: 'POST',
      headers: { authorization: `Bearer ${own.secretKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'saml', metadataXml, domains: ['acme.test'] }),
    })
    expect(added.status).toBe(201)
    own.idp.trust(xml)
    own.idp.person = employee()
    const browser = createTraveller()
    const begun = await browser.fetch(
      `${own.origin}/v1/sign-in/sso?domain=acme.test&codeChallenge=${pkce().challenge}&redirectTo=${encodeURIComponent(own.app)}`,
    )
    const there = await own.idp.visit(placeOf(begun).href)
    expect(there.action).toBe(`${own.origin}/v1/callback/saml`)
    const { url } = await browser.go(placeOf(await post(there.action, there.fields)).href, own.app)
    expect(url.searchParams.has('code')).toBe(true)
    await own.close()
  })
})
