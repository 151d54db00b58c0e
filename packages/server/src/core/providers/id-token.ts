import { createHash } from 'node:crypto'
import type { JWTPayload, JWTVerifyResult } from 'jose'
import { sameText, sha256 } from '../../base/digest.ts'
import { day } from '../../base/duration.ts'
import { base64url, hex } from '../../base/encoding.ts'
import { Refusal } from '../../base/errors.ts'
import type { Runtime } from '../../base/runtime.ts'
import type { JsonObject } from '../users/user.ts'
import type { KeyCache } from './key-cache.ts'

/** What an ID token must say. All of it comes from our configuration, none from the token (S70). */
export interface IdTokenExpectation {
  /** Where the issuer's keys are. */
  readonly jwks: string
  isIssuer(issuer: string, claims: JsonObject): boolean
  readonly audiences: readonly string[]
  /** `exact`: what was sent with the request; `handed`: what an app says it has asked for; `unchecked`: not compared. */
  readonly nonce:
    | { readonly kind: 'exact'; readonly value: string }
    | { readonly kind: 'handed'; readonly value: string | undefined }
    | { readonly kind: 'unchecked' }
  /** Compared with `at_hash`, where both are there. */
  readonly accessToken?: string | undefined
}

/** Asymmetric signatures alone: a client's secret or a public key is no one's signature (RFC 8725 §3.1). */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']
const longest = 16_384
/** Seconds since it was made; what was used is remembered as long. */
export const oldest = day

const refused = (reason: string, more: JsonObject = {}, cause?: unknown) =>
  new Refusal('id_token_invalid', { details: { reason, ...more }, ...(cause === undefined ? {} : { cause }) })

/**
 * Verifies an ID token (OpenID Connect Core §3.1.3.7): signature, time, issuer, audience, authorized party, nonce, and
 * the access token it came with (§3.1.3.6).
 * @param deps.skew seconds that clocks may differ
 * @throws Refusal `id_token_invalid` with `details.reason`, `provider_failed` when the keys cannot be had
 */
export async function verifyIdToken(
  deps: { readonly keys: KeyCache; readonly runtime: Pick<Runtime, 'now'>; readonly skew: number },
  token: string,
  expected: IdTokenExpectation,
): Promise<JsonObject> {
  if (token.length > longest) throw refused('signature')
  const { payload, protectedHeader } = await verified(deps, token, expected.jwks)
  // An access token of the same issuer has the same keys (RFC 9068 §2.1).
  if (/^(application\/)?at\+jwt$/i.test(protectedHeader.typ ?? '')) throw refused('type')
  if (payload.exp === undefined || payload.iat === undefined) throw refused('time')
  if (!expected.isIssuer(payload.iss ?? '', payload)) throw refused('issuer')
  if (expected.accessToken !== undefined) checkAccessToken(payload, protectedHeader.alg, expected.accessToken)
  if (typeof payload.sub !== 'string') throw refused('subject')
  if (payload.sub === '') throw refused('subject', { empty: true })
  checkAudience(payload, expected.audiences)
  checkNonce(payload, expected.nonce)
  return payload
}

/** What a token says of its issuer; nothing has been verified. @throws Refusal `id_token_invalid` (`issuer_unreadable`) */
export async function issuerIn(token: string): Promise<string> {
  const { decodeJwt } = await import('jose')
  try {
    const { iss = '' } = decodeJwt(token.length > longest ? '' : token)
    if (typeof iss === 'string') return iss
  } catch (error) {
    throw refused('issuer_unreadable', {}, error)
  }
  throw refused('issuer_unreadable')
}

/** Nobody's keys are asked for about what no key of theirs can have signed. @throws Refusal `id_token_invalid` */
export async function refuseUnreadable(token: string): Promise<void> {
  const { decodeJwt, decodeProtectedHeader } = await import('jose')
  try {
    decodeJwt(token)
    if (algorithms.includes(decodeProtectedHeader(token).alg ?? '')) return
  } catch (error) {
    throw refused('signature', {}, error)
  }
  throw refused('signature')
}

async function verified(
  { keys, runtime, skew }: Parameters<typeof verifyIdToken>[0],
  token: string,
  jwks: string,
): Promise<JWTVerifyResult> {
  const { jwtVerify, errors } = await import('jose')
  const options = { algorithms, clockTolerance: skew, currentDate: runtime.now(), maxTokenAge: oldest }
  return jwtVerify(token, keys.keysAt(jwks), options).catch((error: unknown) => {
    if (error instanceof errors.JWTExpired) throw refused('expired', {}, error)
    if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'iat') throw refused('time', {}, error)
    // Which key is tried a token says: one that is malformed or too short is the provider's fault, and verifies nothing (S71).
    throw error instanceof Refusal ? error : refused('signature', {}, error)
  })
}

function checkAudience({ aud, azp }: JWTPayload, accepted: readonly string[]): void {
  const named = Array.isArray(aud) ? aud : aud === undefined ? [] : [aud]
  if (!named.some((one) => accepted.includes(one))) throw refused('audience', { audience: named.slice(0, 10) })
  const isParty = typeof azp === 'string' && accepted.includes(azp)
  if (azp !== undefined ? !isParty : named.length > 1) throw refused('authorized_party')
}

function checkNonce({ nonce }: JWTPayload, expected: IdTokenExpectation['nonce']): void {
  if (expected.kind === 'unchecked') return
  const said = typeof nonce === 'string' && nonce !== '' ? nonce : undefined
  const { value } = expected
  if ((said === undefined) !== (value === undefined)) throw refused('nonce_missing')
  if (said === undefined || value === undefined) return
  // Native SDKs are given the digest of the nonce, so that the token alone does not tell it.
  const isHashed = expected.kind === 'handed' && sameText(said, hex(sha256(value)))
  if (!isHashed && !sameText(said, value)) throw refused('nonce')
}

const digests: Readonly<Record<string, string>> = { '256': 'sha256', '384': 'sha384', '512': 'sha512' }

function checkAccessToken(claims: JWTPayload, algorithm: string, accessToken: string): void {
  const said = claims['at_hash']
  if (said === undefined) return
  const digest = createHash(digests[algorithm.slice(-3)] ?? 'sha512')
    .update(accessToken)
    .digest()
  const half = base64url(digest.subarray(0, digest.length / 2))
  if (typeof said !== 'string' || !sameText(said, half)) throw refused('access_token')
}
