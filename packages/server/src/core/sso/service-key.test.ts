import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { certify } from './certify.ts'
import { readRsaKey } from './service-key.ts'

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })

describe('readRsaKey', () => {
  it('reads PKCS#1 and PKCS#8 as base64, and PEM', () => {
    const base64 = (type: 'pkcs1' | 'pkcs8') => privateKey.export({ type, format: 'der' }).toString('base64')
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    for (const text of [base64('pkcs1'), base64('pkcs8'), pem]) expect(readRsaKey(text)?.equals(privateKey)).toBe(true)
  })

  it('takes no short key, no other kind, and no noise', () => {
    const short = generateKeyPairSync('rsa', { modulusLength: 1_024 }).privateKey
    const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    for (const key of [short, curve])
      expect(readRsaKey(key.export({ type: 'pkcs8', format: 'pem' }).toString())).toBeUndefined()
    expect(readRsaKey('noise')).toBeUndefined()
  })
})

describe('certify', () => {
  it('makes a certificate that vouches for itself, the same one every time', async () => {
    const pem = await certify(
      createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })),
      'auth.example.test',
    )
    const certificate = new X509Certificate(pem)
    expect(certificate.subject).toBe('CN=SAML 2.0 Certificate for auth.example.test')
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    expect(certificate.checkPrivateKey(privateKey)).toBe(true)
    expect(await certify(privateKey, 'auth.example.test')).toBe(pem)
  })
})
