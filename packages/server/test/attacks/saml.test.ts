import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '#src/storage/sql.ts'
import { type CertifiedKey, certifiedKey } from '../world/key-pair.ts'
import {
  assertionOf,
  honest,
  paperMetadata,
  responseOf,
  type Said,
  type Signing,
  signed,
  xml,
} from '../world/saml-forge.ts'
import { pkce } from '../world/social.ts'
import { post, type SsoWorld, startSso } from '../world/sso.ts'
import { send } from './tools/reply.ts'

let world: SsoWorld
let key: CertifiedKey
let provider: string
const issuer = 'https://idp.acme.test/metadata'
const victim = 'victim@acme.test'

beforeAll(async () => {
  world = await startSso()
  key = await certifiedKey()
  provider = await register({ entityId: issuer, domains: ['acme.test'] })
})
afterAll(() => world.close())

async function register(
  { entityId, domains = [] }: { entityId: string; domains?: readonly string[] },
  own: CertifiedKey = key,
): Promise<string> {
  const { status, body } = await world.admin('POST', '/sso/providers', {
    type: 'saml',
    metadata_xml: paperMetadata(entityId, own),
    domains,
  })
  expect(status).toBe(201)
  return body.id
}

const callback = () => `${world.origin}/auth/v1/sso/saml/acs`
const entity = () => `${world.origin}/auth/v1/sso/saml/metadata`
const { verifier, challenge } = pkce()

/** What a browser takes along to its organisation. */
interface Begun {
  readonly requestId: string
  readonly relayState: string
}

async function begin(by: object = { domain: 'acme.test' }): Promise<Begun> {
  const response = await fetch(`${world.url}/auth/v1/sso`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...by,
      redirect_to: world.app,
      skip_http_redirect: true,
      code_challenge: challenge,
      code_challenge_method: 's256',
    }),
  })
  const { searchParams } = new URL(((await response.json()) as { url: string }).url)
  const request = inflateRawSync(Buffer.from(searchParams.get('SAMLRequest') ?? '', 'base64')).toString()
  const requestId = /\bID="([^"]+)"/.exec(request)?.[1] ?? ''
  return { requestId, relayState: searchParams.get('RelayState') ?? '' }
}

const said = ({ requestId }: Pick<Begun, 'requestId'>, change: Partial<Said> = {}): Said =>
  honest({ issuer, audience: entity(), recipient: callback(), requestId }, change)

/** What came of an answer: the code it brought, or why it brought none. */
async function come(
  document: string | Buffer,
  { relayState }: Pick<Begun, 'relayState'>,
): Promise<{ readonly code: string | null; readonly error: string | null; readonly status: number }> {
  const response = await post(callback(), {
    SAMLResponse: Buffer.from(document).toString('base64'),
    RelayState: relayState,
  })
  const location = response.headers.get('location')
  const facts = location === null ? new URLSearchParams() : new URL(location).searchParams
  expect(new URL(location ?? 'a:').hash).toBe('')
  return { status: response.status, code: facts.get('code'), error: facts.get('error_code') }
}

const withAssertionSigned = (what: Said, how?: Signing, own = key) =>
  signed(responseOf(what, assertionOf(what)), what.assertionId, own, how)
const withResponseSigned = (what: Said, how?: Signing, own = key) =>
  signed(responseOf(what, assertionOf(what)), what.responseId, own, how)

const sessions = async () =>
  Number((await world.database.query<{ n: number }>(sql`select count(*)::int as n from auth.sessions`))[0]?.n)
const accounts = async () =>
  Number((await world.database.query<{ n: number }>(sql`select count(*)::int as n from auth.users`))[0]?.n)

/** Sends what is made of an honest beginning, and expects that nothing comes of it. */
async function refused(make: (begun: Begun) => string | Buffer, expected: string | RegExp = 'validation_failed') {
  const before = [await sessions(), await accounts()]
  const begun = await begin()
  const { code, error, status } = await come(make(begun), begun)
  expect({ code, status }).toEqual({ code: null, status: 303 })
  expect(error).toMatch(expected)
  expect([await sessions(), await accounts()]).toEqual(before)
}

describe('what is honest', () => {
  it('is let in with a signed assertion, with a signed response, and with both', async () => {
    for (const make of [
      (what: Said) => withAssertionSigned(what),
      (what: Said) => withResponseSigned(what),
      (what: Said) => signed(withAssertionSigned(what), what.responseId, key),
      (what: Said) => withAssertionSigned(what, { keyInfo: false }),
      (what: Said) =>
        withAssertionSigned(what, {
          signature: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
          digest: 'http://www.w3.org/2001/04/xmlenc#sha512',
        }),
    ]) {
      const begun = await begin()
      expect(await come(make(said(begun)), begun)).toMatchObject({ status: 302, code: expect.any(String), error: null })
    }
  })

  it('may come in lines, with a declaration, and with whitespace around', async () => {
    const begun = await begin()
    const document = `<?xml version="1.0" encoding="UTF-8"?>\n${withAssertionSigned(said(begun))}\n`
    const lines = Buffer.from(document).toString('base64').replace(/.{76}/g, '$&\r\n')
    const response = await post(callback(), { SAMLResponse: lines, RelayState: begun.relayState })
    expect(new URL(response.headers.get('location') ?? '').searchParams.has('code')).toBe(true)
  })
})

describe('S77: only what was signed is read', () => {
  /** An honest assertion in a response, and one that somebody else made. */
  const parts = (begun: Begun) => {
    const good = said(begun)
    const document = withAssertionSigned(good)
    const original = /<saml:Assertion [\s\S]*<\/saml:Assertion>/.exec(document)?.[0] ?? ''
    const signature = /<ds:Signature [\s\S]*?<\/ds:Signature>/.exec(original)?.[0] ?? ''
    const evil = assertionOf({ ...good, assertionId: '_evil', nameId: 'victim', mail: victim })
    return { good, document, original, signature, evil, bare: original.replace(signature, '') }
  }
  const intoEvil = (evil: string, inside: string) => evil.replace('</saml:Issuer>', `</saml:Issuer>${inside}`)
  const holding = (signature: string, inside: string) =>
    signature.replace('</ds:Signature>', `${inside}</ds:Signature>`)
  const object = (inside: string) => `<ds:Object>${inside}</ds:Object>`

  const response = (begun: Begun) => {
    const good = said(begun)
    const document = withResponseSigned(good)
    const signature = /<ds:Signature [\s\S]*?<\/ds:Signature>/.exec(document)?.[0] ?? ''
    const evil = responseOf(
      { ...good, responseId: '_evil' },
      assertionOf({ ...good, assertionId: '_evil2', nameId: 'victim', mail: victim }),
    )
    return { original: document, signature, bare: document.replace(signature, ''), evil }
  }
  const intoResponse = (evil: string, inside: string) => evil.replace('</saml:Issuer>', `</saml:Issuer>${inside}`)

  const shapes: Record<string, (begun: Begun) => string> = {
    'XSW1: the signed response inside the signature of another': (begun) => {
      const { signature, bare, evil } = response(begun)
      return intoResponse(evil, holding(signature, bare))
    },
    'XSW1: the same inside an object': (begun) => {
      const { signature, bare, evil } = response(begun)
      return intoResponse(evil, holding(signature, object(bare)))
    },
    'XSW2: the signed response beside its signature in another': (begun) => {
      const { signature, bare, evil } = response(begun)
      return intoResponse(evil, bare + signature)
    },
    'XSW3: another assertion before the signed one': (begun) => {
      const { good, original, evil } = parts(begun)
      return responseOf(good, evil + original)
    },
    'XSW3: another assertion after the signed one': (begun) => {
      const { good, original, evil } = parts(begun)
      return responseOf(good, original + evil)
    },
    'XSW4: the signed assertion inside another': (begun) => {
      const { good, original, evil } = parts(begun)
      return responseOf(good, intoEvil(evil, original))
    },
    'XSW5: the signature moved to another assertion, the signed one behind': (begun) => {
      const { good, signature, bare, evil } = parts(begun)
      return responseOf(good, intoEvil(evil, signature) + bare)
    },
    'XSW6: the signed assertion inside the signature of another': (begun) => {
      const { good, signature, bare, evil } = parts(begun)
      return responseOf(good, intoEvil(evil, holding(signature, bare)))
    },
    'XSW7: another assertion among extensions': (begun) => {
      const { good, original, evil } = parts(begun)
      return responseOf(good, `<samlp:Extensions>${evil}</samlp:Extensions>${original}`)
    },
    'XSW8: the signed assertion in an object of the signature of another': (begun) => {
      const { good, signature, bare, evil } = parts(begun)
      return responseOf(good, intoEvil(evil, holding(signature, object(bare))))
    },
    'an unsigned assertion alone': (begun) => responseOf(said(begun), assertionOf(said(begun))),
    'an unsigned assertion around the signed one as advice': (begun) => {
      const { good, original, evil } = parts(begun)
      return responseOf(
        good,
        evil.replace('<saml:Conditions', `<saml:Advice>${original}</saml:Advice><saml:Conditions`),
      )
    },
    'an assertion in a namespace of its own': (begun) => {
      const { good, original, evil } = parts(begun)
      return responseOf(good, evil.replaceAll(xml.assertion, 'urn:other') + original)
    },
    'two signatures of one assertion': (begun) => {
      const { document, signature } = parts(begun)
      return document.replace(signature, signature + signature)
    },
    'two things that were signed': (begun) => {
      const { document } = parts(begun)
      return document.replace(/<ds:SignedInfo>[\s\S]*<\/ds:SignedInfo>/, (info) => info + info)
    },
    'two references': (begun) => {
      const { document } = parts(begun)
      return document.replace(/<ds:Reference [\s\S]*<\/ds:Reference>/, (reference) => reference + reference)
    },
    'an id that is there twice': (begun) => {
      const { document, good } = parts(begun)
      return document.replace('<samlp:Status>', `<samlp:Status ID="${good.assertionId}">`)
    },
    'an id of another spelling that is there twice': (begun) => {
      const { document, good } = parts(begun)
      return document.replace('<samlp:Status>', `<samlp:Status Id="${good.assertionId}">`)
    },
    'a signature of another element': (begun) => {
      const good = said(begun)
      const document = responseOf(good, assertionOf(good)).replace('<samlp:Status>', '<samlp:Status ID="_status">')
      const other = signed(
        document.replace('<samlp:Status ID="_status">', '$&<saml:Issuer xmlns:saml="x"/>'),
        '_status',
        key,
      )
      const signature = /<ds:Signature [\s\S]*?<\/ds:Signature>/.exec(other)?.[0] ?? ''
      return document.replace('</saml:Issuer><saml:Subject>', `</saml:Issuer>${signature}<saml:Subject>`)
    },
    'a signature of the whole document': (begun) => {
      const { document, good } = parts(begun)
      return document.replace(`URI="#${good.assertionId}"`, 'URI=""')
    },
    'an empty signed response': (begun) => {
      const good = said(begun)
      return signed(responseOf(good, ''), good.responseId, key)
    },
    'a name changed after signing': (begun) => {
      const { document, good } = parts(begun)
      return document.replace(good.nameId, 'victim')
    },
    'an address changed after signing': (begun) => {
      const { document, good } = parts(begun)
      return document.replace(good.mail, victim)
    },
    'a response changed after it was signed, its assertion signed as well': (begun) => {
      const good = said(begun)
      return signed(withAssertionSigned(good), good.responseId, key).replace(
        '<samlp:Status>',
        '<samlp:Status Changed="1">',
      )
    },
  }
  for (const [shape, make] of Object.entries(shapes)) it(`refuses ${shape}`, () => refused(make))
})

describe('S78: the policy of signatures', () => {
  const sha1 = 'http://www.w3.org/2000/09/xmldsig#sha1'
  const weak: Record<string, Signing> = {
    'RSA with SHA-1': { signature: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1' },
    'a digest of SHA-1': { digest: sha1 },
    'canonical XML with comments': { canonical: 'http://www.w3.org/2001/10/xml-exc-c14n#WithComments' },
    'inclusive canonical XML with comments': {
      transforms: [xml.enveloped, 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments'],
    },
  }
  for (const [what, how] of Object.entries(weak))
    it(`refuses ${what}`, () => refused((begun) => withAssertionSigned(said(begun), how)))

  const changes: Record<string, (document: string) => string> = {
    'no signature at all': (document) => document.replace(/<ds:Signature [\s\S]*?<\/ds:Signature>/, ''),
    'a keyed digest in place of a signature': (document) =>
      document.replace(xml.rsaSha256, 'http://www.w3.org/2000/09/xmldsig#hmac-sha1'),
    MD5: (document) => document.replace(xml.rsaSha256, 'http://www.w3.org/2001/04/xmldsig-more#rsa-md5'),
    'three transforms': (document) =>
      document.replace('</ds:Transforms>', `<ds:Transform Algorithm="${xml.exclusive}"/></ds:Transforms>`),
    'a stylesheet as transform': (document) =>
      document.replace(
        `<ds:Transform Algorithm="${xml.exclusive}"/>`,
        '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/>',
      ),
    'a path as transform': (document) =>
      document.replace(
        `<ds:Transform Algorithm="${xml.exclusive}"/>`,
        '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"/>',
      ),
    'a comment inside the digest': (document) => document.replace('<ds:DigestValue>', '<ds:DigestValue><!-- -->'),
    'a comment inside the signature': (document) => document.replace(/(<ds:SignatureValue>.{20})/, '$1<!-- -->'),
  }
  for (const [what, change] of Object.entries(changes))
    it(`refuses ${what}`, () => refused((begun) => change(withAssertionSigned(said(begun)))))

  it('refuses a certificate that came along with the signature', async () => {
    const own = await certifiedKey()
    await refused((begun) => withAssertionSigned(said(begun), {}, own))
  })

  it('refuses to know a provider whose key is short, or is not there', async () => {
    const short = await certifiedKey(1_024)
    for (const metadata of [
      paperMetadata('https://short.test', short),
      paperMetadata('https://none.test', { certificate: 'AAAA' }),
    ])
      expect(await world.admin('POST', '/sso/providers', { type: 'saml', metadata_xml: metadata })).toMatchObject({
        status: 400,
        body: { error_code: 'validation_failed' },
      })
  })
})

describe('S79: hardened XML', () => {
  const prolog = '<?xml version="1.0"?>'
  const changes: Record<string, (document: string) => string | Buffer> = {
    'an external entity': (document) =>
      `${prolog}<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>${document.replace('person-', '&x;person-')}`,
    'an external document type': (document) => `${prolog}<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd">${document}`,
    'a billion laughs': (document) => {
      const lols = [...'bcdefghij'].map((name, at) => `<!ENTITY ${name} "${`&${'abcdefghi'[at]};`.repeat(10)}">`)
      return `${prolog}<!DOCTYPE r [<!ENTITY a "lol">${lols.join('')}]>${document.replace('person-', '&j;')}`
    },
    'a comment in the name': (document) => document.replace('person-', 'person-<!-- -->'),
    'a comment in the address': (document) => document.replace('@acme.test', '@acme.test<!-- -->.evil.test'),
    'a marked section': (document) => document.replace('person-', '<![CDATA[person-]]>'),
    'a processing instruction': (document) => document.replace('person-', 'person-<?x y?>'),
    'several roots': (document) => document + document,
    'text after the root': (document) => `${document}x`,
    'UTF-16': (document) => Buffer.from(`\ufeff${document}`, 'utf16le'),
    'another encoding by name': (document) => `<?xml version="1.0" encoding="UTF-7"?>${document}`,
    'bytes that are no text': (document) => Buffer.concat([Buffer.from(document), Buffer.of(0xff, 0xfe)]),
    'a prefix that means something else': (document) =>
      document.replace('<saml:Subject>', '<saml:Subject xmlns:saml="urn:other">'),
    'an undeclared prefix': (document) => document.replace('<samlp:Status>', '<other:Status>'),
    'an entity nobody declared': (document) => document.replace('person-', '&nbsp;person-'),
  }
  for (const [what, change] of Object.entries(changes))
    it(`refuses ${what}`, () => refused((begun) => change(withAssertionSigned(said(begun)))))

  it('refuses all of it in metadata as well', async () => {
    const good = paperMetadata('https://xml.test', key)
    for (const metadata of [
      `<!DOCTYPE r [<!ENTITY x "y">]>${good}`,
      good.replace('https://xml.test', '&x;'),
      `${good}${good}`,
      good.replace('EntityDescriptor>', 'Other>'),
      'not xml',
      `<a>${'<b>'.repeat(10_000)}`,
    ])
      expect(await world.admin('POST', '/sso/providers', { type: 'saml', metadata_xml: metadata })).toMatchObject({
        status: 400,
        body: { error_code: 'validation_failed' },
      })
  })
})

describe('S80: conditions', () => {
  const seconds = (from: number) => new Date(Date.now() + from * 1_000).toISOString()
  const changes: Record<string, (begun: Begun) => Partial<Said>> = {
    'what is not valid yet': () => ({ notBefore: seconds(120) }),
    'what is over': () => ({ notOnOrAfter: seconds(-120) }),
    'a confirmation that is over': () => ({ confirmedUntil: seconds(-120) }),
    'conditions without an end': () => ({ notOnOrAfter: null }),
    'a confirmation without an end': () => ({ confirmedUntil: null }),
    'an end that is no time': () => ({ notOnOrAfter: 'tomorrow' }),
    'an end without a zone': () => ({ notOnOrAfter: '2099-01-01T00:00:00' }),
    'another audience': () => ({ audience: 'https://other.example.test/metadata' }),
    'no audience': () => ({ audience: null }),
    'another recipient': () => ({ recipient: 'https://other.example.test/acs' }),
    'another destination': () => ({ destination: 'https://other.example.test/acs' }),
    'a confirmation of another kind': () => ({ method: 'urn:oasis:names:tc:SAML:2.0:cm:sender-vouches' }),
    'a status of failure with an assertion inside': () => ({ status: 'urn:oasis:names:tc:SAML:2.0:status:Responder' }),
    'another issuer': () => ({ issuer: 'https://idp.other.test/metadata' }),
    'another version': () => ({ version: '1.1' }),
    'an assertion that nobody signed in for': () => ({ statement: '' }),
  }
  for (const [what, change] of Object.entries(changes)) {
    it(`refuses ${what}, in a signed assertion`, () =>
      refused((begun) => withAssertionSigned(said(begun, change(begun)))))
    it(`refuses ${what}, in a signed response`, () =>
      refused((begun) => withResponseSigned(said(begun, change(begun)))))
  }

  it.each([
    [
      'of a kind of its own',
      '<saml:Condition xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Delegation"/>',
    ],
    ['of another namespace', '<del:Delegate xmlns:del="urn:oasis:names:tc:SAML:2.0:conditions:delegation"/>'],
  ])('refuses a condition %s: what is not understood is not fulfilled', async (_, condition) => {
    const bound = (what: Said) => {
      const assertion = assertionOf(what).replace('<saml:AudienceRestriction>', `${condition}$&`)
      return signed(responseOf(what, assertion), what.assertionId, key)
    }
    await refused((begun) => bound(said(begun)))
  })

  it('takes the conditions that everybody knows', async () => {
    const begun = await begin()
    const what = said(begun)
    const more = '<saml:OneTimeUse/><saml:ProxyRestriction Count="0"/>'
    const assertion = assertionOf(what).replace('<saml:AudienceRestriction>', `${more}$&`)
    const document = signed(responseOf(what, assertion), what.assertionId, key)
    expect(await come(document, begun)).toMatchObject({ code: expect.any(String) })
  })

  it('allows clocks to differ by a minute', async () => {
    const begun = await begin()
    const late = { notBefore: seconds(40), notOnOrAfter: seconds(-40), confirmedUntil: seconds(-40) }
    expect(await come(withAssertionSigned(said(begun, late)), begun)).toMatchObject({ code: expect.any(String) })
  })

  it('judges by the clock of this server', async () => {
    const begun = await begin()
    const document = withAssertionSigned(said(begun))
    world.clock.move(450)
    expect((await come(document, begun)).error).toBe('validation_failed')
    world.clock.move(-450)
  })
})

describe('S81: asked for', () => {
  it('refuses what answers no request, or another', async () => {
    const other = await begin()
    await refused((begun) => withAssertionSigned(said(begun, { requestId: null, responseTo: null })))
    await refused((begun) => withAssertionSigned(said(begun, { requestId: null })))
    await refused((begun) => withAssertionSigned(said(begun, { responseTo: '_other' })))
    await refused(() => withAssertionSigned(said(other)))
    await refused((begun) => withAssertionSigned(said(begun, { requestId: other.requestId })))
  })

  it('refuses a relay state that is unknown, used or old', async () => {
    const begun = await begin()
    const document = withAssertionSigned(said(begun))
    expect((await come(document, { relayState: '00000000-0000-4000-8000-000000000000' })).error).toBe(
      'saml_relay_state_not_found',
    )
    expect((await come(document, { relayState: 'anything' })).error).toBe('validation_failed')
    expect((await come('<x/>', begun)).error).toBe('validation_failed')
    expect((await come(document, begun)).error).toBe('saml_relay_state_not_found')
    const old = await begin()
    world.clock.move(601)
    expect((await come(withAssertionSigned(said(old)), old)).error).toBe('saml_relay_state_expired')
    world.clock.move(-601)
  })

  it('refuses whoever did not begin here, unless the provider may send them', async () => {
    const unasked = () => withAssertionSigned(said({ requestId: '' }, { requestId: null, responseTo: null }))
    const before = await sessions()
    expect((await come(unasked(), { relayState: '' })).error).toBe('validation_failed')
    expect((await come(unasked(), { relayState: world.app })).error).toBe('validation_failed')
    expect(await sessions()).toBe(before)
    const begun = await begin()
    expect((await come(withAssertionSigned(said(begun)), { relayState: '' })).error).toBe('validation_failed')
  })

  it('lets a provider send people by itself where an administrator allows it, to listed places, once', async () => {
    const own = await certifiedKey()
    const name = 'https://idp.sending.test/metadata'
    const id = await register({ entityId: name, domains: ['sending.test'] }, own)
    const allowed = await fetch(`${world.url}/v1/admin/sso-providers/${id}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${world.secretKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ allowUnsolicited: true }),
    })
    expect(allowed.status).toBe(200)
    const unasked = (change: Partial<Said> = {}) =>
      withAssertionSigned(
        said({ requestId: '' }, { issuer: name, requestId: null, responseTo: null, ...change }),
        {},
        own,
      )
    const send = async (document: string, RelayState?: string) => {
      const SAMLResponse = Buffer.from(document).toString('base64')
      const response = await post(callback(), { SAMLResponse, ...(RelayState === undefined ? {} : { RelayState }) })
      return new URL(response.headers.get('location') ?? 'a:')
    }
    const document = unasked()
    const place = await send(document, world.app)
    expect(`${place.origin}${place.pathname}`).toBe(world.app)
    expect(new URLSearchParams(place.hash.slice(1)).get('access_token')).toBeTruthy()
    expect((await send(document, world.app)).searchParams.get('error_code')).toBe('validation_failed')
    for (const elsewhere of ['https://evil.example/', undefined, ''])
      expect((await send(unasked(), elsewhere)).origin).toBe(world.origin)
    // An answer to a request that is shown without its relay state.
    expect((await send(unasked({ requestId: '_x', responseTo: '_x' }))).searchParams.get('error_code')).toBe(
      'validation_failed',
    )
    expect((await send(unasked(), '00000000-0000-4000-8000-000000000000')).searchParams.get('error_code')).toBe(
      'saml_relay_state_not_found',
    )
  })

  it('S78: forgets a key that such a provider has withdrawn, although nobody begins here', async () => {
    const [former, present] = [await certifiedKey(), await certifiedKey()]
    const entityId = 'https://idp.renewing.test/metadata'
    const shown = { key: former }
    const server = createServer((_, response) => response.end(paperMetadata(entityId, shown.key)))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const { status } = await send(`${world.url}/v1/admin/sso-providers`, {
      token: world.secretKey,
      body: {
        type: 'saml',
        metadataUrl: `http://127.0.0.1:${port}/`,
        domains: ['renewing.test'],
        allowUnsolicited: true,
      },
    })
    expect(status).toBe(201)
    const day = 86_400
    const later = (seconds: number) => new Date(Date.now() + (day + seconds) * 1_000).toISOString()
    const comes = async (own: CertifiedKey, change: Partial<Said> = {}) => {
      const what = said({ requestId: '' }, { issuer: entityId, requestId: null, responseTo: null, ...change })
      const SAMLResponse = Buffer.from(withAssertionSigned(what, {}, own)).toString('base64')
      const { hash } = new URL((await post(callback(), { SAMLResponse })).headers.get('location') ?? 'a:')
      return new URLSearchParams(hash.slice(1)).has('access_token')
    }
    expect(await comes(former)).toBe(true)
    shown.key = present
    world.clock.move(day + 10)
    const tomorrow = { notBefore: later(0), notOnOrAfter: later(300), confirmedUntil: later(300) }
    expect([await comes(former, tomorrow), await comes(present, tomorrow)]).toEqual([false, true])
    world.clock.move(-day - 10)
    server.close()
  })

  it('gives whoever begins elsewhere nothing: the code needs the verifier of the one who began', async () => {
    const begun = await begin()
    const { code } = await come(withAssertionSigned(said(begun)), begun)
    const response = await fetch(`${world.url}/auth/v1/token?grant_type=pkce`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ auth_code: code, code_verifier: 'w'.repeat(43) }),
    })
    expect(response.status).toBe(400)
  })
})

describe('S82: once', () => {
  it('refuses a response that was used, and its assertion in another envelope', async () => {
    const begun = await begin()
    const document = withAssertionSigned(said(begun))
    expect((await come(document, begun)).code).not.toBeNull()
    expect(await come(document, begun)).toMatchObject({ code: null, error: 'saml_relay_state_not_found' })
    const next = await begin()
    const assertion = /<saml:Assertion [\s\S]*<\/saml:Assertion>/.exec(document)?.[0] ?? ''
    expect(await come(responseOf(said(next), assertion), next)).toMatchObject({
      code: null,
      error: 'validation_failed',
    })
  })

  it('lets one of many at once through', async () => {
    const begun = await begin()
    const document = withAssertionSigned(said(begun))
    const ends = await Promise.all(Array.from({ length: 10 }, () => come(document, begun)))
    expect(ends.filter(({ code }) => code !== null)).toHaveLength(1)
  })

  it('refuses an assertion that came before in another flow, for as long as it could be shown', async () => {
    const [first, second] = [await begin(), await begin()]
    const what = said(first)
    expect((await come(withAssertionSigned(what), first)).code).not.toBeNull()
    // Another request, and the same name of the assertion.
    const again = withAssertionSigned(said(second, { assertionId: what.assertionId }))
    expect((await come(again, second)).error).toBe('validation_failed')
  })
})

describe('S145: an assertion that has no end', () => {
  it.each(['9999-12-31T23:59:59Z', '9999-12-31T23:59:59-14:00'])('is taken with %s, and once', async (end) => {
    const [first, second] = [await begin(), await begin()]
    const what = said(first, { notOnOrAfter: end, confirmedUntil: end })
    expect(await come(withAssertionSigned(what), first)).toMatchObject({ code: expect.any(String) })
    const again = said(second, { notOnOrAfter: end, confirmedUntil: end, assertionId: what.assertionId })
    expect((await come(withAssertionSigned(again), second)).error).toBe('validation_failed')
  })
})

describe('S83: each provider speaks for its own', () => {
  it('keeps apart whom two providers call the same', async () => {
    const other = await certifiedKey()
    const otherIssuer = 'https://idp.umbrella.test/metadata'
    await register({ entityId: otherIssuer, domains: ['umbrella.test'] }, other)
    const [here, there] = [await begin(), await begin({ domain: 'umbrella.test' })]
    const name = { nameId: 'person-one', mail: 'one@acme.test' }
    expect((await come(withAssertionSigned(said(here, name)), here)).code).not.toBeNull()
    const foreign = withAssertionSigned(said(there, { ...name, issuer: otherIssuer }), {}, other)
    expect((await come(foreign, there)).code).not.toBeNull()
    const rows = await world.database.query<{
      id: string
      confirmed: boolean
    }>(sql`select u.id, u.email_confirmed_at is not null as confirmed from auth.users u join auth.identities i on i.user_id = u.id
        where i.subject = 'person-one' order by u.created_at`)
    expect(rows).toHaveLength(2)
    // The address is Acme's: the other provider's word about it proves nothing.
    expect(rows.map(({ confirmed }) => confirmed)).toEqual([true, false])
  })

  it('does not take the word of one provider in the flow of another', async () => {
    const other = await certifiedKey()
    await register({ entityId: 'https://idp.hooli.test/metadata', domains: ['hooli.test'] }, other)
    await refused((begun) => withAssertionSigned(said(begun, { issuer: 'https://idp.hooli.test/metadata' }), {}, other))
    await refused((begun) => withAssertionSigned(said(begun), {}, other))
    const begun = await begin({ domain: 'hooli.test' })
    expect((await come(withAssertionSigned(said(begun)), begun)).error).toBe('validation_failed')
  })

  it('never finds an account by its address', async () => {
    const email = 'holder@acme.test'
    const { body } = await world.admin('POST', '/users', { email, password: 'seven quiet otters', email_confirm: true })
    const begun = await begin()
    expect((await come(withAssertionSigned(said(begun, { mail: email })), begun)).code).not.toBeNull()
    const after = await world.admin('GET', `/users/${body.id}`)
    expect(after.body.identities.map((one: { provider: string }) => one.provider)).toEqual(['email'])
  })

  it('S16, S38: keeps apart who is only written like another, in another alphabet or behind a blank', async () => {
    const enter = async (change: Partial<Said>) => {
      const begun = await begin()
      return (await come(withAssertionSigned(said(begun, change)), begun)).code
    }
    const byMail = { nameIdFormat: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress' }
    expect(await enter({ ...byMail, nameId: 'Kim@acme.test', mail: 'kim@acme.test' })).not.toBeNull()
    expect(await enter({ ...byMail, nameId: '\u212aim@acme.test', mail: '\u212aim@acme.test' })).not.toBeNull()
    expect(await enter({ ...byMail, nameId: '\u00a0kim@acme.test', mail: 'other@acme.test' })).not.toBeNull()
    // As people type it, it is the same name.
    expect(await enter({ ...byMail, nameId: ' KIM@ACME.TEST\n', mail: 'kim@acme.test' })).not.toBeNull()
    const rows = await world.database.query<{ subject: string; confirmed: boolean }>(
      sql`select i.subject, u.email_confirmed_at is not null as confirmed from auth.users u
        join auth.identities i on i.user_id = u.id where i.subject like '%im@acme.test' order by u.created_at`,
    )
    expect(rows).toEqual([
      { subject: 'kim@acme.test', confirmed: true },
      { subject: '\u212aim@acme.test', confirmed: false },
      { subject: '\u00a0kim@acme.test', confirmed: true },
    ])
  })

  it('refuses a provider under a name or a domain that is taken', async () => {
    const again = { type: 'saml', metadata_xml: paperMetadata(issuer, key) }
    expect(await world.admin('POST', '/sso/providers', again)).toMatchObject({
      status: 422,
      body: { error_code: 'saml_idp_already_exists' },
    })
    const domain = { type: 'saml', metadata_xml: paperMetadata('https://new.test', key), domains: ['ACME.test'] }
    expect(await world.admin('POST', '/sso/providers', domain)).toMatchObject({
      status: 400,
      body: { error_code: 'sso_domain_already_exists' },
    })
    const own = { type: 'saml', metadata_xml: paperMetadata(entity(), key) }
    expect((await world.admin('POST', '/sso/providers', own)).status).toBe(400)
  })

  it('refuses a name that is made up for the day, or none', async () => {
    const transient = { nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' }
    await refused((begun) => withAssertionSigned(said(begun, transient)), 'saml_assertion_no_user_id')
    await refused((begun) => withAssertionSigned(said(begun, { nameId: ' ' })), 'saml_assertion_no_user_id')
    await refused((begun) => withAssertionSigned(said(begun, { mail: 'nobody' })), 'saml_assertion_no_email')
  })
})

describe('S85: bounds', () => {
  it('refuses what is too large, too deep, or no base64', async () => {
    const begun = await begin()
    const big = await post(callback(), { SAMLResponse: 'A'.repeat(5 * 1024 * 1024), RelayState: begun.relayState })
    expect(big.status).toBe(413)
    await refused(() => `<a>${'x'.repeat(220_000)}</a>`)
    await refused(() => `${'<a>'.repeat(10_000)}${'</a>'.repeat(10_000)}`)
    await refused(() => `<a>${'<b/>'.repeat(50_000)}</a>`)
    await refused(() => `<a ${Array.from({ length: 20_000 }, (_, at) => `b${at}=""`).join(' ')}/>`)
    for (const SAMLResponse of ['', '!', 'AAA', 'A===', '%00', 'é', '<xml/>'])
      expect(
        new URL(
          (await post(callback(), { SAMLResponse, RelayState: (await begin()).relayState })).headers.get('location') ??
            '',
        ).searchParams.get('error_code'),
      ).toBe('validation_failed')
  })

  it('refuses fields that came twice', async () => {
    for (const body of ['SAMLResponse=AAAA&SAMLResponse=AAAA', 'SAMLResponse=AAAA&RelayState=a&RelayState=b']) {
      const response = await fetch(callback(), {
        method: 'POST',
        redirect: 'manual',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body,
      })
      expect(response.status).toBe(400)
    }
  })

  it('stays alive under random bytes', async () => {
    const good = withAssertionSigned(said(await begin()))
    for (let round = 0; round < 150; round += 1) {
      const bytes = Buffer.from(good)
      for (const at of randomBytes(4)) bytes[(at * 31 + round * 17) % bytes.length] = randomBytes(1)[0] ?? 0
      const { status, code } = await come(round % 2 === 0 ? bytes : randomBytes(200), await begin())
      expect([status, code]).toEqual([303, null])
    }
  })

  it('refuses a response that is under way while the provider is switched off or goes', async () => {
    const begun = await begin()
    await world.admin('PUT', `/sso/providers/${provider}`, { disabled: true })
    expect((await come(withAssertionSigned(said(begun)), begun)).error).toBe('sso_provider_disabled')
    await world.admin('PUT', `/sso/providers/${provider}`, { disabled: false })
    const other = await certifiedKey()
    const gone = await register({ entityId: 'https://gone.test', domains: ['gone.test'] }, other)
    const late = await begin({ domain: 'gone.test' })
    expect((await world.admin('DELETE', `/sso/providers/${gone}`)).status).toBe(200)
    const document = withAssertionSigned(said(late, { issuer: 'https://gone.test' }), {}, other)
    expect((await come(document, late)).error).toBe('saml_relay_state_not_found')
  })

  it('S53: refuses whoever came back before their provider was switched off, and goes on only after it', async () => {
    const begun = await begin()
    const { code } = await come(withAssertionSigned(said(begun)), begun)
    await world.admin('PUT', `/sso/providers/${provider}`, { disabled: true })
    const exchange = () =>
      fetch(`${world.url}/auth/v1/token?grant_type=pkce`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ auth_code: code, code_verifier: verifier }),
      })
    const refusal = await exchange()
    expect([refusal.status, ((await refusal.json()) as { error_code: string }).error_code]).toEqual([
      400,
      'provider_disabled',
    ])
    await world.admin('PUT', `/sso/providers/${provider}`, { disabled: false })
    expect((await exchange()).status).toBe(200)
  })

  it('S117: does not fetch metadata from an inner address', async () => {
    for (const url of [
      'http://127.0.0.2/metadata',
      'https://[::1]/metadata',
      'https://169.254.169.254/',
      'file:///etc/passwd',
      'https://localhost/',
    ]) {
      const { status, body } = await world.admin('POST', '/sso/providers', { type: 'saml', metadata_url: url })
      expect(status).toBe(400)
      expect(body.error_code).toMatch(/^(validation_failed|saml_metadata_fetch_failed)$/)
    }
  })
})

describe('S53: doors that are closed', () => {
  it('stay closed to whoever comes from an organisation', async () => {
    const first = await begin()
    const what = said(first, { nameId: 'banned-one' })
    expect((await come(withAssertionSigned(what), first)).code).not.toBeNull()
    const [row] = await world.database.query<{ id: string }>(
      sql`select user_id as id from auth.identities where subject = 'banned-one'`,
    )
    await world.admin('PUT', `/users/${row?.id}`, { ban_duration: '24h' })
    await refused((begun) => withAssertionSigned(said(begun, { nameId: 'banned-one' })), 'user_banned')
  })
})

describe('S54: the end of a session', () => {
  it('comes when the organisation says, where that is sooner', async () => {
    const begun = await begin()
    const ends = new Date(Date.now() + 600_000)
    const what = said(begun, { nameId: 'short-session' })
    const statement = what.statement.replace('<saml:AuthnStatement', `$& SessionNotOnOrAfter="${ends.toISOString()}"`)
    const { code } = await come(withAssertionSigned({ ...what, statement }), begun)
    const response = await fetch(`${world.url}/auth/v1/token?grant_type=pkce`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ auth_code: code, code_verifier: verifier }),
    })
    const session = (await response.json()) as { expires_at: number; refresh_token: string }
    expect(session.expires_at).toBe(Math.floor(ends.getTime() / 1_000))
    await refused((again) => {
      const over = new Date(Date.now() - 1_000).toISOString()
      const late = said(again)
      const said2 = late.statement.replace('<saml:AuthnStatement', `$& SessionNotOnOrAfter="${over}"`)
      return withAssertionSigned({ ...late, statement: said2 })
    })
  })
})

describe('S126: logs', () => {
  it('hold nothing of what was said', () => {
    expect(JSON.stringify(world.log)).not.toMatch(/acme\.test"|person-|SAMLResponse/)
  })
})
