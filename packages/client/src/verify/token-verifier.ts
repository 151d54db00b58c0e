import { AuthError } from '../base/auth-error.ts'
import { fromBase64url, readJson } from '../base/encoding.ts'
import type { Runtime } from '../base/runtime.ts'
import { createKeySource } from './key-source.ts'
import { toVerifiedToken, type VerifiedToken } from './verified-token.ts'

/** Checks access tokens here, with the server's public keys. */
export interface TokenVerifier {
  /**
   * The token's claims, or undefined where only the server can say: it signs with a shared secret, or this runtime has no
   * cryptography.
   * @throws AuthError `bad_jwt`, or `network_error` and its like where the keys cannot be had
   */
  verify(token: string): Promise<VerifiedToken | undefined>
}

export interface VerifierOptions {
  readonly runtime: Runtime
  /** Public address of the server. */
  readonly origin: string
  /** Default: what the server's discovery document says. */
  readonly issuer?: string | undefined
  /** Default `authenticated`. */
  readonly audience?: string | undefined
  /** Default `https://hasura.io/jwt/claims`. */
  readonly hasuraNamespace?: string | undefined
}

/** Seconds clocks may differ. */
const skew = 30
const longest = 16_384

export function createTokenVerifier({
  runtime,
  origin,
  issuer,
  audience = 'authenticated',
  hasuraNamespace,
}: VerifierOptions): TokenVerifier {
  const keys = createKeySource({ runtime, origin, issuer })
  return {
    async verify(token) {
      const parts = typeof token === 'string' && token.length <= longest ? token.split('.') : []
      const [head = '', body = '', signature = ''] = parts
      const [header, claims] = [readJson(head), readJson(body)]
      if (parts.length !== 3 || header === undefined || claims === undefined) throw bad('no token')
      if (header['alg'] === 'HS256' || runtime.subtle === undefined) return undefined
      checkHeader(header)
      const key = await keys.find(header['kid'], header['alg'])
      if (key === undefined) throw bad('unknown key')
      const signed = new TextEncoder().encode(`${head}.${body}`)
      const bytes = bytesOf(signature)
      if (bytes === undefined || !(await runtime.subtle.verify(key.how, key.key, bytes, signed)))
        throw bad('wrong signature')
      checkClaims(claims, { audience, issuer: await keys.issuer(), now: runtime.now() / 1000 })
      return toVerifiedToken(claims, hasuraNamespace)
    },
  }
}

/** The server's own answer is the same for every reason; this one is for whoever builds the app. */
const bad = (reason: string) =>
  new AuthError('bad_jwt', { message: 'The access token is not valid.', status: 401, details: { reason } })

function bytesOf(signature: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return fromBase64url(signature)
  } catch {
    return undefined
  }
}

/** Members that bring keys along or ask for extensions are never followed (RFC 8725 §3.10). */
function checkHeader(header: Record<string, unknown>): void {
  const { typ, crit, b64, zip } = header
  if (typ !== undefined && (typeof typ !== 'string' || typ.toUpperCase() !== 'JWT')) throw bad('wrong type')
  if (crit !== undefined || b64 !== undefined || zip !== undefined) throw bad('unknown extensions')
}

interface Expected {
  readonly audience: string
  readonly issuer: string
  /** Seconds since 1970. */
  readonly now: number
}

function checkClaims(claims: Record<string, unknown>, { audience, issuer, now }: Expected): void {
  const { iss, aud, exp, nbf, sub, session_id: session } = claims
  if (iss !== issuer) throw bad('wrong issuer')
  if (aud !== audience) throw bad('wrong audience')
  if (typeof exp !== 'number' || exp + skew <= now) throw bad('expired')
  if (nbf !== undefined && (typeof nbf !== 'number' || nbf - skew > now)) throw bad('not valid yet')
  if (typeof sub !== 'string' || typeof session !== 'string') throw bad('no user')
}
