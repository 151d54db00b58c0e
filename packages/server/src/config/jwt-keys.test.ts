import { generateKeyPairSync } from 'node:crypto'
import type { JWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { jwtKeysProblem, signingAlgorithm } from './jwt-keys.ts'

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const privateEc = ec.privateKey.export({ format: 'jwk' }) as JWK
const publicEc = ec.publicKey.export({ format: 'jwk' }) as JWK
const weakRsa = generateKeyPairSync('rsa', { modulusLength: 1_024 }).privateKey.export({ format: 'jwk' }) as JWK
const octets = { kty: 'oct', k: Buffer.from('kT3vQm8ZpX1cYf6RbN0hJ9sLwE5uGaD2').toString('base64url') }

describe('jwtKeysProblem', () => {
  it('has nothing against private keys that can sign', () => {
    expect(jwtKeysProblem([privateEc, octets])).toBeUndefined()
  })

  it.each([
    ['a public key', publicEc, 'is not private'],
    ['RSA with 1,024 bits', weakRsa, 'fewer than 2,048 bits'],
    ['another curve', { ...privateEc, crv: 'P-384' }, 'neither EC P-256, RSA nor oct'],
    ['an algorithm of another family', { ...privateEc, alg: 'HS256' }, 'an algorithm other than ES256'],
    ['a broken key', { ...privateEc, d: 'AAAA', x: 'AAAA' }, 'cannot be read'],
    ['a weak secret', { kty: 'oct', k: 'c2VjcmV0' }, 'is too short'],
  ])('names %s', (_, key, reason) => {
    expect(jwtKeysProblem([octets, key])).toMatch(new RegExp(`^has a key \\(number 2\\) that .*${reason}`))
  })

  it('lets one key sign and wants different names', () => {
    const signing = { ...privateEc, key_ops: ['sign'] }
    expect(jwtKeysProblem([signing, { ...octets, key_ops: ['sign'] }])).toContain('exactly one signs')
    expect(
      jwtKeysProblem([
        { ...privateEc, kid: 'a' },
        { ...octets, kid: 'a' },
      ]),
    ).toContain('same kid')
  })
})

describe('signingAlgorithm', () => {
  it('is that of the key marked to sign, else of the first', () => {
    expect(signingAlgorithm([octets, privateEc])).toBe('HS256')
    expect(signingAlgorithm([octets, { ...privateEc, key_ops: ['sign', 'verify'] }])).toBe('ES256')
    expect(signingAlgorithm([])).toBeUndefined()
  })
})
