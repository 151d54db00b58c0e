import { inflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CertifiedKey, certifiedKey } from '../../world/key-pair.ts'
import { assertionOf, honest, paperMetadata, responseOf, type Said, signed } from '../../world/saml-forge.ts'
import { post, type SsoWorld, startSso } from '../../world/sso.ts'
import { authClient, landing, worked } from './clients.ts'

let world: SsoWorld
let key: CertifiedKey
let provider: string
const issuer = 'https://idp.acme.test/metadata'
beforeAll(async () => {
  world = await startSso()
  key = await certifiedKey()
  const { body } = await world.admin('POST', '/sso/providers', {
    type: 'saml',
    metadata_xml: paperMetadata(issuer, key),
    domains: ['acme.test'],
  })
  provider = body.id
})
afterAll(() => world.close())

const callback = () => `${world.origin}/auth/v1/sso/saml/acs`

/** A sign-in that has begun, and the answer an organisation would give. */
async function begun(change: Partial<Said> = {}) {
  const client = authClient(world, { flowType: 'pkce' })
  const { url } = worked(await client.signInWithSSO({ domain: 'acme.test', options: { redirectTo: world.app } }))
  const { searchParams } = new URL(url)
  const request = inflateRawSync(Buffer.from(searchParams.get('SAMLRequest') ?? '', 'base64')).toString()
  const requestId = /\bID="([^"]+)"/.exec(request)?.[1] ?? ''
  const audience = `${world.origin}/auth/v1/sso/saml/metadata`
  const said = honest({ issuer, audience, recipient: callback(), requestId }, change)
  const document = signed(responseOf(said, assertionOf(said)), said.assertionId, key)
  return { document, relayState: searchParams.get('RelayState') ?? '' }
}

/** What the site is told of an answer that is refused: in the query, and there alone. */
const told = (document: string, relayState: string) =>
  toldOf({ SAMLResponse: Buffer.from(document).toString('base64'), RelayState: relayState })

async function toldOf(form: Readonly<Record<string, string>>) {
  const answer = await post(callback(), form)
  const { url, query } = landing(answer)
  expect([answer.status, url.origin, url.hash]).toEqual([303, world.origin, ''])
  return [query.get('error'), query.get('error_code'), query.get('error_description')]
}

const unknown = ['server_error', 'saml_relay_state_not_found', 'SAML RelayState does not exist, try logging in again?']
const invalid = (text: string) => ['invalid_request', 'validation_failed', text]

describe('what an organisation says, and is not taken', () => {
  it('for what is missing in it, once it is known whether anybody waits for it', async () => {
    expect(await toldOf({ RelayState: crypto.randomUUID() })).toEqual(unknown)
    expect(await toldOf({ RelayState: 'anything' })).toEqual(invalid('SAML RelayState is not a valid UUID or URL'))
    const { document, relayState } = await begun()
    expect(await toldOf({ RelayState: relayState })).toEqual(invalid('SAML Assertion is not valid'))
    expect(await told(document, relayState)).toEqual(unknown)
    const unreadable = await begun()
    expect(await toldOf({ RelayState: unreadable.relayState, SAMLResponse: '!' })).toEqual(
      invalid('SAML Assertion is not valid'),
    )
  })

  it('where nobody began here, in the order upstream looks at it', async () => {
    for (const RelayState of ['', 'https://app.example.test/', '/']) {
      expect(await toldOf({ RelayState })).toEqual(invalid('SAMLResponse is missing'))
      expect(await toldOf({ RelayState, SAMLart: 'x' })).toEqual(
        invalid('SAML Artifact response can only be used with SP initiated flow'),
      )
      expect(await toldOf({ RelayState, SAMLResponse: '!' })).toEqual(
        invalid('SAMLResponse is not a valid Base64 string'),
      )
      for (const document of ['<x/>', 'no markup'])
        expect(await told(document, RelayState)).toEqual(invalid('SAMLResponse is not a valid XML SAML assertion'))
    }
  })

  it('for the request it answers', async () => {
    const { document, relayState } = await begun()
    expect(await told(document, crypto.randomUUID())).toEqual(unknown)
    expect(await told(document, 'anything')).toEqual([
      'invalid_request',
      'validation_failed',
      'SAML RelayState is not a valid UUID or URL',
    ])
    expect(await told('<x/>', relayState)).toEqual(invalid('SAML Assertion is not valid'))
    expect(await told(document, relayState)).toEqual(unknown)
    const old = await begun()
    world.clock.move(601)
    expect(await told(old.document, old.relayState)).toEqual([
      'server_error',
      'saml_relay_state_expired',
      'SAML RelayState has expired. Try logging in again?',
    ])
    world.clock.move(-601)
  })

  it('for what it says of the person', async () => {
    const nobody = await begun({ nameId: ' ' })
    expect(await told(nobody.document, nobody.relayState)).toEqual([
      'invalid_request',
      'saml_assertion_no_user_id',
      'SAML Assertion did not contain a persistent Subject Identifier attribute or Subject NameID uniquely identifying this user',
    ])
    const mailless = await begun({ mail: 'nobody' })
    expect(await told(mailless.document, mailless.relayState)).toEqual([
      'invalid_request',
      'saml_assertion_no_email',
      'SAML Assertion does not contain an email address',
    ])
  })

  it('for who it is', async () => {
    const switched = await begun()
    expect((await world.admin('PUT', `/sso/providers/${provider}`, { disabled: true })).status).toBe(200)
    expect(await told(switched.document, switched.relayState)).toEqual([
      'server_error',
      'sso_provider_disabled',
      'SSO Provider assigned for this domain is currently disabled',
    ])
    expect((await world.admin('GET', `/sso/providers/${provider}`)).body).toMatchObject({ disabled: true })
    await world.admin('PUT', `/sso/providers/${provider}`, { disabled: false })
    const gone = await begun()
    expect((await world.admin('DELETE', `/sso/providers/${provider}`)).status).toBe(200)
    expect(await told(gone.document, gone.relayState)).toEqual(unknown)
    expect(await told(gone.document, '')).toEqual([
      'server_error',
      'saml_idp_not_found',
      'A SAML connection has not been established with this Identity Provider',
    ])
  })
})
