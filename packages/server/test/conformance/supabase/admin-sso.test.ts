import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CertifiedKey, certifiedKey } from '../../world/key-pair.ts'
import { paperMetadata } from '../../world/saml-forge.ts'
import { post, type SsoWorld, startSso } from '../../world/sso.ts'

let world: SsoWorld
let key: CertifiedKey
beforeAll(async () => {
  world = await startSso()
  key = await certifiedKey()
})
afterAll(() => world.close())

let count = 0
function aDescription() {
  count += 1
  const entityId = `https://idp${count}.example.test/metadata`
  return { entityId, domain: `org${count}.test`, metadata_xml: paperMetadata(entityId, key) }
}
const path = '/sso/providers'
async function add(more: object = {}) {
  const { entityId, domain, metadata_xml } = aDescription()
  const { status, body } = await world.admin('POST', path, { type: 'saml', metadata_xml, domains: [domain], ...more })
  expect(status).toBe(201)
  return { entityId, domain, provider: body }
}

describe('/admin/sso/providers', () => {
  it('adds a provider and answers it whole', async () => {
    const { entityId, domain, metadata_xml } = aDescription()
    const attribute_mapping = {
      keys: { name: { names: ['a', 'b'] }, groups: { name: 'g', array: true, default: ['x'] } },
    }
    const name_id_format = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress'
    const input = { type: 'saml', metadata_xml, domains: [domain.toUpperCase()], attribute_mapping, name_id_format }
    const { status, body } = await world.admin('POST', path, { ...input, resource_id: 'acme-1' })
    expect(status).toBe(201)
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      resource_id: 'acme-1',
      disabled: false,
      saml: { entity_id: entityId, metadata_xml, attribute_mapping, name_id_format },
      domains: [{ domain }],
      created_at: expect.any(String),
      updated_at: expect.any(String),
    })
    expect(await world.admin('GET', `${path}/${body.id}`)).toEqual({ status: 200, body })
    expect(await world.admin('GET', `${path}/resource_acme-1`)).toEqual({ status: 200, body })
  })

  it('lists them without their metadata, filtered by what administrators call them', async () => {
    await add({ resource_id: 'filter-one' })
    await add({ resource_id: 'filter-two' })
    const { body } = await world.admin('GET', path)
    expect(body.items.length).toBeGreaterThanOrEqual(2)
    for (const item of body.items) expect(item.saml).not.toHaveProperty('metadata_xml')
    const named = async (query: string) =>
      (await world.admin('GET', `${path}?${query}`)).body.items.map((one: { resource_id: string }) => one.resource_id)
    expect(await named('resource_id_prefix=filter-')).toEqual(['filter-one', 'filter-two'])
    expect(await named('resource_id=filter-two')).toEqual(['filter-two'])
  })

  it('22: changes what is sent: domains stay unless sent, the form of NameID goes', async () => {
    const { provider, domain } = await add({ name_id_format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent' })
    const change = async (body: object) => (await world.admin('PUT', `${path}/${provider.id}`, body)).body
    expect(await change({ disabled: true })).toMatchObject({ disabled: true, domains: [{ domain }] })
    expect((await change({})).saml).not.toHaveProperty('name_id_format')
    expect((await change({ domains: [`new-${domain}`] })).domains).toEqual([{ domain: `new-${domain}` }])
    expect((await change({ domains: [] })).domains).toEqual([])
    expect((await change({ attribute_mapping: { keys: { a: { name: 'b' } } } })).saml.attribute_mapping).toEqual({
      keys: { a: { name: 'b' } },
    })
  })

  it('takes one away and answers what it was', async () => {
    const { provider } = await add()
    expect(await world.admin('DELETE', `${path}/${provider.id}`)).toEqual({ status: 200, body: provider })
    expect(await world.admin('GET', `${path}/${provider.id}`)).toMatchObject({
      status: 404,
      body: { error_code: 'sso_provider_not_found', msg: 'SSO Identity Provider not found' },
    })
  })

  it('says what is wrong', async () => {
    const { entityId, domain, provider } = await add()
    const fresh = aDescription()
    const xml = fresh.metadata_xml
    const saml = { type: 'saml' }
    const create: [object, number, string, RegExp][] = [
      [{ type: 'oidc' }, 400, 'validation_failed', /^Only 'saml' supported for SSO provider type$/],
      [saml, 400, 'validation_failed', /^Either metadata_xml or metadata_url must be set$/],
      [{ ...saml, metadata_xml: xml, metadata_url: 'https://x.test' }, 400, 'validation_failed', /^Only one of/],
      [{ ...saml, metadata_url: 'nonsense' }, 400, 'validation_failed', /^metadata_url is not a valid URL$/],
      [{ ...saml, metadata_url: 'http://x.test/' }, 400, 'validation_failed', /^metadata_url is not a HTTPS URL$/],
      [{ ...saml, metadata_xml: xml.replace(/entityID="[^"]*"/, '') }, 400, 'validation_failed', /EntityID/],
      [
        { ...saml, metadata_xml: xml.replaceAll('IDPSSODescriptor', 'Other') },
        400,
        'validation_failed',
        /IDPSSODescriptor/,
      ],
      [{ ...saml, metadata_xml: xml.replace('HTTP-Redirect', 'HTTP-POST') }, 400, 'validation_failed', /HTTP-Redirect/],
      [{ ...saml, metadata_xml: xml, name_id_format: 'x' }, 400, 'validation_failed', /name_id_format/],
      [{ ...saml, metadata_xml: xml, domains: ['not a domain'] }, 400, 'validation_failed', /domain/],
      [{ ...saml, metadata_xml: xml, domains: 'x.test' }, 400, 'bad_json', /./],
      [{ ...saml, metadata_xml: xml, attribute_mapping: { keys: { a: 'b' } } }, 400, 'bad_json', /./],
      [
        { ...saml, metadata_xml: paperMetadata(entityId, key) },
        422,
        'saml_idp_already_exists',
        new RegExp(`^SAML Identity Provider with this EntityID \\(${entityId}\\) already exists$`),
      ],
      [
        { ...saml, metadata_xml: xml, domains: [domain] },
        400,
        'sso_domain_already_exists',
        new RegExp(`^SSO Domain '${domain}' is already assigned to an SSO identity provider \\(${provider.id}\\)$`),
      ],
    ]
    for (const [input, status, error_code, msg] of create) {
      const answer = await world.admin('POST', path, input)
      expect(answer).toMatchObject({ status, body: { error_code, msg: expect.stringMatching(msg) } })
    }
    const other = (await add()).provider
    const update: [object, number, string][] = [
      [{ metadata_xml: xml }, 400, 'saml_entity_id_mismatch'],
      [{ domains: [domain] }, 400, 'sso_domain_already_exists'],
    ]
    for (const [input, status, error_code] of update)
      expect(await world.admin('PUT', `${path}/${other.id}`, input)).toMatchObject({ status, body: { error_code } })
    // What was refused changed nothing.
    expect((await world.admin('GET', `${path}/${other.id}`)).body).toEqual(other)
    expect(
      (await world.admin('GET', path)).body.items.map((one: { saml: { entity_id: string } }) => one.saml.entity_id),
    ).not.toContain(fresh.entityId)
  })

  it('opens to administrators alone', async () => {
    for (const headers of [{}, { authorization: `Bearer ${world.publishableKey}` }] as Record<string, string>[])
      expect((await fetch(`${world.url}/auth/v1/admin/sso/providers`, { headers })).status).toBeGreaterThanOrEqual(401)
  })
})

describe('metadata by address', () => {
  it('is fetched when a provider is added, and again when it is a day old', async () => {
    const { idp } = world
    const { status, body } = await world.admin('POST', path, {
      type: 'saml',
      metadata_url: idp.metadataUrl,
      domains: ['by-address.test'],
    })
    expect(status).toBe(201)
    expect(body.saml).toMatchObject({
      entity_id: idp.entityId,
      metadata_url: idp.metadataUrl,
      metadata_xml: idp.metadata,
    })
    const begin = () =>
      fetch(`${world.url}/auth/v1/sso`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ domain: 'by-address.test', skip_http_redirect: true }),
      })
    const before = idp.reads()
    expect((await begin()).status).toBe(200)
    expect(idp.reads()).toBe(before)
    world.clock.move(86_401)
    expect((await begin()).status).toBe(200)
    expect((await begin()).status).toBe(200)
    expect(idp.reads()).toBe(before + 1)
    world.clock.move(-86_401)
  })

  it('stays as it was where it cannot be read', async () => {
    const { status, body } = await world.admin('POST', path, {
      type: 'saml',
      metadata_url: `${world.idp.metadataUrl}/none`,
    })
    expect([status, body.error_code]).toEqual([400, 'saml_metadata_fetch_failed'])
    const found = await world.core.ssoProviders.find({ entityId: world.idp.entityId })
    if (found === undefined) throw new Error('the provider is gone')
    await world.core.ssoProviders.update(found.id, { ...found, metadataUrl: 'http://127.0.0.1:1/metadata' })
    world.clock.move(2 * 86_401)
    const answer = await fetch(`${world.url}/auth/v1/sso`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ domain: 'by-address.test', skip_http_redirect: true }),
    })
    expect(answer.status).toBe(200)
    expect(world.log.filter(({ level }) => level === 'warn')).not.toHaveLength(0)
    world.clock.move(-2 * 86_401)
  })
})

describe('where SAML is switched off', () => {
  it('says so', async () => {
    const off = await startSso({ sso: { enabled: false } })
    for (const answer of [
      await fetch(`${off.url}/auth/v1/sso`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      }),
      await fetch(`${off.url}/auth/v1/sso/saml/metadata`),
      await post(`${off.url}/auth/v1/sso/saml/acs`, {}),
    ]) {
      expect(answer.status).toBe(404)
      expect(await answer.json()).toMatchObject({ error_code: 'saml_provider_disabled', msg: 'SAML 2.0 is disabled' })
    }
    expect(await (await fetch(`${off.url}/auth/v1/settings`)).json()).toMatchObject({ saml_enabled: false })
    await off.close()
  })
})
