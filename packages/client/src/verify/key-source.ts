import { AuthError } from '../base/auth-error.ts'
import { isObject } from '../base/encoding.ts'
import type { Runtime } from '../base/runtime.ts'

/** A public key, and how signatures are checked with it. */
export interface VerifyKey {
  readonly key: CryptoKey
  readonly how: AlgorithmIdentifier | EcdsaParams
}

/** The server's public keys, remembered for ten minutes. */
export interface KeySource {
  /** @param kid from a token nobody has checked yet */
  find(kid: unknown, algorithm: string): Promise<VerifyKey | undefined>
  issuer(): Promise<string>
}

interface Algorithm {
  readonly kty: string
  readonly imported: EcKeyImportParams | RsaHashedImportParams | AlgorithmIdentifier
  readonly how: AlgorithmIdentifier | EcdsaParams
}

/** The key decides the algorithm (RFC 8725 §3.1): a token that names another one finds no key. */
const algorithms: Readonly<Record<string, Algorithm>> = {
  ES256: {
    kty: 'EC',
    imported: { name: 'ECDSA', namedCurve: 'P-256' },
    how: { name: 'ECDSA', hash: 'SHA-256' },
  },
  RS256: { kty: 'RSA', imported: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, how: 'RSASSA-PKCS1-v1_5' },
  EdDSA: { kty: 'OKP', imported: { name: 'Ed25519' }, how: 'Ed25519' },
}

const freshMs = 600_000
/** An unknown key id asks again, but not more often than this. */
const againMs = 60_000

export function createKeySource({
  runtime,
  url,
  issuer,
}: {
  readonly runtime: Runtime
  readonly url: string
  readonly issuer: string | undefined
}): KeySource {
  const imported = new Map<string, VerifyKey>()
  let keys: readonly JsonWebKey[] = []
  let readAt = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined
  let named = issuer

  const document = async (path: string): Promise<Record<string, unknown>> => {
    const response = await runtime.fetch(`${url}/.well-known/${path}`).catch((cause: unknown) => {
      throw new AuthError('network_error', { cause })
    })
    const body: unknown = response.ok ? await response.json().catch(() => null) : null
    if (!isObject(body)) throw new AuthError('bad_answer', { status: response.status })
    return body
  }

  const read = async () => {
    const { keys: list } = await document('jwks.json')
    keys = Array.isArray(list) ? list.filter(isObject) : []
    imported.clear()
    readAt = runtime.uptime()
  }

  const readOnce = () => {
    reading ??= read().finally(() => {
      reading = undefined
    })
    return reading
  }

  const known = (kid: unknown, algorithm: Algorithm) =>
    keys.find((key) => key.kty === algorithm.kty && (key as { kid?: unknown }).kid === kid)

  return {
    async find(kid, name) {
      const algorithm = Object.hasOwn(algorithms, name) ? algorithms[name] : undefined
      if (algorithm === undefined || runtime.subtle === undefined) return undefined
      const age = runtime.uptime() - readAt
      if (age > freshMs || (known(kid, algorithm) === undefined && age > againMs)) await readOnce()
      const jwk = known(kid, algorithm)
      if (jwk === undefined) return undefined
      const id = `${name} ${String(kid)}`
      const ready = imported.get(id)
      if (ready !== undefined) return ready
      const { kty, crv, x, y, n, e } = jwk
      const bare = Object.fromEntries(
        Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined),
      )
      const key = await runtime.subtle.importKey('jwk', bare as JsonWebKey, algorithm.imported, false, ['verify'])
      const found = { key, how: algorithm.how }
      imported.set(id, found)
      return found
    },
    async issuer() {
      named ??= String((await document('openid-configuration'))['issuer'])
      return named
    },
  }
}
