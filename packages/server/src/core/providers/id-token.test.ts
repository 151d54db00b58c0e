import { generateKeyPair, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { tryProvider } from '../../../test/world/asked-provider.ts'
import { google } from './built-in/google.ts'

const jwks = 'https://issuer.example.test/jwks'

describe('keys that are none', () => {
  it.each([
    ['RS256', { kty: 'RSA' }],
    ['RS256', { kty: 'RSA', n: 'AQAB', e: 7 }],
    ['RS256', { kty: 'RSA', n: '!', e: '!' }],
    ['ES256', { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' }],
    ['ES256', { kty: 'EC', crv: 'P-256', x: null, y: {} }],
    ['EdDSA', { kty: 'OKP', crv: 'Ed25519', x: 'AA' }],
  ])('S71, S145: verify nothing for %s, and are no fault of ours', async (alg, odd) => {
    const keys = { keys: [{ ...odd, kid: 'odd' }] }
    const { providers, at } = await tryProvider(google, { answers: { [jwks]: keys } })
    const { privateKey } = await generateKeyPair(alg)
    const idToken = await new SignJWT({ sub: 'x' })
      .setProtectedHeader({ alg, kid: 'odd' })
      .setIssuer('https://accounts.google.com')
      .setAudience('our-client')
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(privateKey)
    const handed = providers.identify(at, { idToken, nonce: undefined, accessToken: undefined })
    await expect(handed).rejects.toMatchObject({ code: 'id_token_invalid', details: { reason: 'signature' } })
  })
})
