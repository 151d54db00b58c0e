import { createHmac, sign } from 'node:crypto'
import { decodeProtectedHeader, errors, type JWTVerifyOptions, jwtVerify } from 'jose'
import { sha256 } from '../../base/digest.ts'
import { base64url, isUuid } from '../../base/encoding.ts'
import { Refusal } from '../../base/errors.ts'
import type { Runtime } from '../../base/runtime.ts'
import { type AccessToken, secret } from '../../base/secrets.ts'
import type { AccessClaims } from './claims.ts'
import type { ClientClaims, IdClaims } from './client-claims.ts'
import type { SigningKey, SigningKeys } from './signing-keys.ts'

/** Signs access tokens and reads them back. */
export interface AccessTokens {
  /** Signs claims as a compact JWS (RFC 7515, RFC 7519). */
  sign(claims: AccessClaims | ClientClaims): Promise<AccessToken>
  /** Signs what tells an application who signed in. @throws Error where a shared secret signs: nobody could verify it */
  signIdToken(claims: IdClaims): Promise<string>
  /**
   * Checks signature, algorithm, issuer, audience, times and the shape of every claim we rely on (RFC 8725).
   * @param more `expired: 'accepted'` for signing out with a token that has run out
   * @throws Refusal `bad_jwt`, with `details.reason`
   */
  verify(token: string, more?: { readonly expired: 'accepted' }): Promise<AccessClaims>
  /**
   * The same for a token whose audience is the application it was made for.
   * @param issuer the `iss` of such tokens
   * @throws Refusal `bad_jwt`
   */
  verifyClient(token: string, issuer: string): Promise<ClientClaims>
  /** The `role` of a token without a user, signed with the shared secret: what some platforms use as API keys. */
  verifyRoleKey(token: string): Promise<string | undefined>
}

interface Policy {
  readonly issuer: string
  readonly audience: string
  readonly skew: number
}

/** Longest token looked at: anything longer is not ours. */
const maxLength = 16_384
const rememberAtMost = 10_000

/** @param deps.policy whose tokens they are, for whom, and the seconds clocks may differ */
export function createAccessTokens(deps: {
  readonly keys: SigningKeys
  readonly runtime: Runtime
  readonly policy: Policy
}): AccessTokens {
  const { keys, runtime, policy } = deps
  const headers = new Map<string | undefined, string>()
  /**
   * When tokens that were verified expire, by digest. Their claims are read from the token again, which costs little and
   * keeps nothing. Whether their session still stands is another question, asked each time.
   */
  const verified = new Map<string, number>()

  const headerFor = (key: SigningKey): string => {
    const known = headers.get(key.kid)
    if (known !== undefined) return known
    const header = { alg: key.algorithm, typ: 'JWT', ...(key.kid === undefined ? {} : { kid: key.kid }) }
    const made = Buffer.from(JSON.stringify(header)).toString('base64url')
    headers.set(key.kid, made)
    return made
  }

  const check = async (token: string, expected: JWTVerifyOptions): Promise<Record<string, unknown>> => {
    const header = readHeader(token)
    const key = await keys.find(header.kid, header.alg)
    if (key === undefined) throw badJwt('the key that signed it is not known')
    const { payload } = await jwtVerify(token, key.verifyWith, {
      algorithms: [key.algorithm],
      typ: 'JWT',
      clockTolerance: policy.skew,
      currentDate: runtime.now(),
      requiredClaims: ['exp', 'sub', 'session_id'],
      ...expected,
    }).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : 'it cannot be read'
      // Genuine, but nobody's: a key of a platform, shown where a person should be.
      const isNobodys = error instanceof errors.JWTClaimValidationFailed && error.payload.sub === undefined
      throw new Refusal('bad_jwt', { details: { reason, ...(isNobodys ? { missing: 'sub' } : {}) }, cause: error })
    })
    return payload
  }

  const signWith = (key: SigningKey, claims: object): string => {
    const input = `${headerFor(key)}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
    return `${input}.${base64url(signature(key, input))}`
  }

  return {
    sign: async (claims) => secret(signWith(await keys.current(), claims)),
    async signIdToken(claims) {
      const key = await keys.current()
      if (key.algorithm === 'HS256') throw new Error('an ID token would be signed with a secret that nobody else has')
      return signWith(key, claims)
    },
    async verify(token, more) {
      if (token.length > maxLength) throw badJwt('it is too long')
      const digest = sha256(token).toString('latin1')
      const expires = verified.get(digest)
      if (expires !== undefined && expires > runtime.now().getTime() / 1000) {
        const { kid, alg } = readHeader(token)
        if ((await keys.find(kid, alg)) !== undefined) return readClaims(token)
      }
      const tolerance = more?.expired === 'accepted' ? { clockTolerance: 10 * 365 * 86_400 } : {}
      const { issuer, audience } = policy
      const claims = checkClaims<AccessClaims>(await check(token, { issuer, audience, ...tolerance }), audience)
      if (verified.size >= rememberAtMost) verified.delete(verified.keys().next().value ?? '')
      verified.set(digest, claims.exp)
      return claims
    },
    async verifyClient(token, issuer) {
      if (token.length > maxLength) throw badJwt('it is too long')
      const payload = await check(token, { issuer })
      if (typeof payload['client_id'] !== 'string' || typeof payload['scope'] !== 'string')
        throw badJwt('it was not made for an application')
      return checkClaims(payload, payload['client_id'])
    },
    async verifyRoleKey(token) {
      if (token.length > maxLength) return undefined
      const shared = await keys.find(undefined, 'HS256')
      if (shared === undefined) return undefined
      const payload = await jwtVerify(token, shared.verifyWith, {
        algorithms: ['HS256'],
        clockTolerance: policy.skew,
        currentDate: runtime.now(),
      }).then(
        (result) => result.payload,
        () => undefined,
      )
      const role = payload?.['role']
      return payload?.sub === undefined && typeof role === 'string' ? role : undefined
    },
  }
}

/** The claims of a token that was verified before. */
function readClaims(token: string): AccessClaims {
  const payload = token.slice(token.indexOf('.') + 1, token.lastIndexOf('.'))
  return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as AccessClaims
}

function badJwt(reason: string, cause?: unknown): Refusal {
  return new Refusal('bad_jwt', { details: { reason }, cause })
}

/** The two members that choose a key. Members that bring keys along (RFC 7515 §4.1.2–4.1.8) are never looked at. */
function readHeader(token: string): { kid: string | undefined; alg: string } {
  const header = decoded(token)
  const { kid, alg } = header
  if (typeof alg !== 'string') throw badJwt('it names no algorithm')
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > 128)) throw badJwt('its key id is not readable')
  if (header['crit'] !== undefined || header['b64'] !== undefined || header['zip'] !== undefined)
    throw badJwt('it asks for extensions')
  return { kid, alg }
}

function decoded(token: string): Record<string, unknown> {
  try {
    return decodeProtectedHeader(token) as Record<string, unknown>
  } catch (error) {
    throw badJwt('it is not a JWT', error)
  }
}

/** An access token is ours alone: text where text belongs, one audience, ids that are ids. */
function checkClaims<C extends AccessClaims | ClientClaims>(payload: Record<string, unknown>, audience: string): C {
  if (!isUuid(payload['sub']))
    throw new Refusal('bad_jwt', { details: { reason: 'sub claim must be a UUID', claim: 'sub' } })
  if (!isUuid(payload['session_id']))
    throw new Refusal('bad_jwt', { details: { reason: 'session_id claim must be a UUID', claim: 'session_id' } })
  if (payload['aud'] !== audience || typeof payload['iss'] !== 'string')
    throw badJwt('its audience or issuer is not ours')
  if (!Number.isSafeInteger(payload['exp']) || !Number.isSafeInteger(payload['iat']))
    throw badJwt('its times are not whole seconds')
  return payload as unknown as C
}

/** JWS signatures: ECDSA as r ‖ s (RFC 7518 §3.4), RSA as PKCS #1 v1.5, HMAC as it is. */
function signature(key: SigningKey, input: string): Buffer {
  if (key.algorithm === 'HS256') return createHmac('sha256', key.signWith).update(input).digest()
  const bytes = Buffer.from(input)
  return key.algorithm === 'ES256'
    ? sign('sha256', bytes, { key: key.signWith, dsaEncoding: 'ieee-p1363' })
    : sign('sha256', bytes, key.signWith)
}
