import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { introduce, post, type SsoWorld, startSso } from '../world/sso.ts'

let world: SsoWorld
beforeAll(async () => {
  world = await startSso({ sso: { encryptedAssertions: true } }, { encrypts: true })
  await introduce(world)
})
afterAll(() => world.close())

async function visit(): Promise<{ action: string; document: string; relayState: string }> {
  world.idp.person = { nameId: `person-${Math.random()}`, attributes: { mail: ['ada@acme.test'] } }
  const begun = await fetch(`${world.url}/auth/v1/sso`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      domain: 'acme.test',
      skip_http_redirect: true,
      code_challenge: 'c'.repeat(43),
      code_challenge_method: 's256',
    }),
  })
  const { action, fields } = await world.idp.visit(((await begun.json()) as { url: string }).url)
  const document = Buffer.from(fields['SAMLResponse'] ?? '', 'base64').toString()
  return { action, document, relayState: fields['RelayState'] ?? '' }
}

async function come(document: string, at: Awaited<ReturnType<typeof visit>>): Promise<URL> {
  const SAMLResponse = Buffer.from(document).toString('base64')
  const response = await post(at.action, { SAMLResponse, RelayState: at.relayState })
  return new URL(response.headers.get('location') ?? '')
}

describe('S84: encryption is not authentication', () => {
  it('lets in with an encrypted assertion in a signed response', async () => {
    const at = await visit()
    expect(at.document).toContain('EncryptedAssertion')
    expect(at.document).not.toContain('ada@acme.test')
    expect((await come(at.document, at)).searchParams.has('code')).toBe(true)
  })

  it('refuses one that nobody has signed, and blocks that were changed, with one and the same error', async () => {
    const flipped = (document: string) =>
      document.replace(/(CipherValue>)(.{40})(.)/g, (_, open, kept, one) => open + kept + (one === 'A' ? 'B' : 'A'))
    const unsigned = (document: string) => document.replace(/<ds:Signature [\s\S]*?<\/ds:Signature>/, '')
    for (const change of [flipped, unsigned, (document: string) => unsigned(flipped(document))]) {
      const at = await visit()
      const place = await come(change(at.document), at)
      expect(Object.fromEntries(place.searchParams)).toEqual({
        error: 'invalid_request',
        error_code: 'validation_failed',
        error_description: 'SAML Assertion is not valid',
      })
    }
  })

  it('refuses encrypted assertions where they are not accepted', async () => {
    const other = await startSso()
    const key = (await other.core.sso.metadata()).length
    expect(key).toBeGreaterThan(0)
    expect(await other.core.sso.metadata()).not.toContain('use="encryption"')
    const at = await visit()
    const found = await world.core.ssoProviders.find({ domain: 'acme.test' })
    if (found === undefined) throw new Error('the provider is gone')
    await expect(
      other.core.sso.judge(found, { response: Buffer.from(at.document).toString('base64'), requestId: null }),
    ).rejects.toMatchObject({ code: 'saml_assertion_invalid', details: { reason: 'encrypted' } })
    await other.close()
  })
})
