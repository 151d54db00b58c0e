import { AuthError } from '../base/auth-error.ts'
import { isObject } from '../base/encoding.ts'
import type { Runtime } from '../base/runtime.ts'

/** A public key, and how signatures are checked with it. */
export interface VerifyKey {
  readonly key: CryptoKey
  readonly how: Algorithm['how']
}

/** The server's public keys, remembered for ten minutes. */
export interface KeySource {
  /** @param kid from a token nobody has checked yet */
  find(kid: unknown, algorithm: unknown): Promise<VerifyKey | undefined>
  issuer(): Promise<string>
}

interface Algorithm {
  readonly alg: string
  readonly kty: string
  /** For importing and for verifying: each takes the members it knows. */
  readonly how: { readonly name: string; readonly namedCurve?: string; readonly hash?: string }
}

/** The key decides the algorithm (RFC 8725 §3.1): a token that names another one finds no key. */
const algorithms: readonly Algorithm[] = [
  { alg: 'ES256', kty: 'EC', how: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } },
  { alg: 'RS256', kty: 'RSA', how: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } },
  { alg: 'EdDSA', kty: 'OKP', how: { name: 'Ed25519' } },
]

const freshMs = 600_000
/** An unknown key id asks again, but not more often than this. */
const againMs = 60_000

export function createKeySource({
  runtime,
  origin,
  issuer,
}: {
  readonly runtime: Runtime
  readonly origin: string
  readonly issuer: string | undefined
}): KeySource {
  const imported = new WeakMap<JsonWebKey, CryptoKey>()
  let keys: readonly JsonWebKey[] = []
  let readAt = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined
  let named = issuer

  const document = async (path: string): Promise<Record<string, unknown>> => {
    const response = await runtime.fetch(`${origin}/.well-known/${path}`).catch((cause: unknown) => {
      throw new AuthError('network_error', { cause })
    })
    const body: unknown = response.ok ? await response.json().catch(() => null) : null
    if (!isObject(body)) throw new AuthError('bad_answer', { status: response.status })
    return body
  }

  const read = async () => {
    const { keys: list } = await document('jwks.json')
    keys = Array.isArray(list) ? list.filter(isObject) : []
    readAt = runtime.uptime()
  }

  const known = (kid: unknown, algorithm: Algorithm) =>
    keys.find((key) => key.kty === algorithm.kty && (key as { kid?: unknown }).kid === kid)

  return {
    async find(kid, name) {
      const algorithm = algorithms.find(({ alg }) => alg === name)
      if (algorithm === undefined || runtime.subtle === undefined) return undefined
      const age = runtime.uptime() - readAt
      if (age > freshMs || (known(kid, algorithm) === undefined && age > againMs)) {
        reading ??= read().finally(() => {
          reading = undefined
        })
        await reading
      }
      const jwk = known(kid, algorithm)
      if (jwk === undefined) return undefined
      const { how } = algorithm
      const { kty, crv, x, y, n, e } = jwk
      // Members without a value count as absent (Web IDL).
      const bare = { kty, crv, x, y, n, e } as JsonWebKey
      const key = imported.get(jwk) ?? (await runtime.subtle.importKey('jwk', bare, how, false, ['verify']))
      imported.set(jwk, key)
      return { key, how }
    },
    async issuer() {
      named ??= String((await document('openid-configuration'))['issuer'])
      return named
    },
  }
}
