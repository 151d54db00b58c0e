import { createPrivateKey, type JsonWebKey } from 'node:crypto'
import type { JWK } from 'jose'
import { weakness } from './weak-secret.ts'

/** How access tokens are signed. */
export type Algorithm = 'ES256' | 'RS256' | 'HS256'

/**
 * What is wrong with a list of private JWKs: a sentence that reads on from the setting's name, or undefined. Each must
 * be a P-256, an RSA (2,048 bits or more) or an octet key (32 bytes or more), and at most one may say that it signs.
 */
export function jwtKeysProblem(keys: readonly JWK[]): string | undefined {
  const problems = keys.map((key, index) => {
    const problem = keyProblem(key)
    return problem === undefined ? undefined : `has a key (number ${index + 1}) that ${problem}`
  })
  const first = problems.find((problem) => problem !== undefined)
  if (first !== undefined) return first
  if (keys.filter(signs).length > 1) return 'has more than one key with `sign` among its key_ops; exactly one signs.'
  const ids = keys.map((key) => key.kid).filter((id) => id !== undefined)
  return new Set(ids).size === ids.length ? undefined : 'has two keys with the same kid.'
}

/** The algorithm of the key that signs: the one whose `key_ops` has `sign`, else the first. */
export function signingAlgorithm(keys: readonly JWK[]): Algorithm | undefined {
  const key = keys.find(signs) ?? keys[0]
  return key === undefined ? undefined : algorithmOf(key)
}

/** The same keys with the one that signs in front. */
export function signerFirst(keys: readonly JWK[]): readonly JWK[] {
  const signer = keys.find(signs)
  return signer === undefined ? keys : [signer, ...keys.filter((key) => key !== signer)]
}

const signs = (key: JWK) => Array.isArray(key.key_ops) && key.key_ops.includes('sign')

function algorithmOf(key: JWK): Algorithm | undefined {
  if (key.kty === 'EC' && key.crv === 'P-256') return 'ES256'
  if (key.kty === 'RSA') return 'RS256'
  return key.kty === 'oct' ? 'HS256' : undefined
}

function keyProblem(key: JWK): string | undefined {
  const algorithm = algorithmOf(key)
  if (algorithm === undefined) return 'is neither EC P-256, RSA nor oct.'
  if (key.alg !== undefined && key.alg !== algorithm) return `names an algorithm other than ${algorithm}.`
  if (algorithm === 'HS256') {
    return typeof key.k === 'string' ? weakness(Buffer.from(key.k, 'base64url')) : 'has no value.'
  }
  if (typeof key.d !== 'string') return 'is not private.'
  try {
    const bits = createPrivateKey({ key: key as JsonWebKey, format: 'jwk' }).asymmetricKeyDetails?.modulusLength
    return bits !== undefined && bits < 2_048 ? 'has fewer than 2,048 bits.' : undefined
  } catch {
    return 'cannot be read.'
  }
}
