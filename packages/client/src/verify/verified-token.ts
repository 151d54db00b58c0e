import type { Json } from '../api/types.ts'
import { isObject } from '../base/encoding.ts'

/** What a verified access token says by itself. */
export interface TokenUser {
  readonly id: string
  readonly email: string | null
  readonly phone: string | null
  readonly isAnonymous: boolean
  /** The role in the sense of the database. */
  readonly role: string
  /** The roles in the sense of the app. */
  readonly roles: readonly string[]
  readonly defaultRole: string | null
  /** Written by the user. Empty where it was too long for a token. */
  readonly metadata: Json
  /** Written by administrators alone. Empty where it was too long for a token. */
  readonly appMetadata: Json
}

/** An access token whose signature, issuer, audience and times were checked. */
export interface VerifiedToken {
  readonly user: TokenUser
  readonly aal: 'aal1' | 'aal2'
  readonly sessionId: string
  /** Seconds since 1970. */
  readonly expiresAt: number
  /** Everything the token says. */
  readonly claims: Json
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)
const object = (value: unknown): Json => (isObject(value) ? value : {})

/**
 * Reads the claims of a token that was verified.
 * @param namespace where its roles stand, and nowhere else: people write into other claims themselves
 */
export function toVerifiedToken(claims: Json, namespace = 'https://hasura.io/jwt/claims'): VerifiedToken {
  const hasura = Object.hasOwn(claims, namespace) ? object(claims[namespace]) : {}
  const { 'x-hasura-allowed-roles': roles, 'x-hasura-default-role': defaultRole } = hasura
  const phone = text(claims['phone'])
  return {
    user: {
      id: String(claims['sub']),
      email: text(claims['email']),
      phone: phone === null || phone.startsWith('+') ? phone : `+${phone}`,
      isAnonymous: claims['is_anonymous'] === true,
      role: text(claims['role']) ?? 'authenticated',
      roles: Array.isArray(roles) ? roles.map(String) : [],
      defaultRole: text(defaultRole),
      metadata: object(claims['user_metadata']),
      appMetadata: object(claims['app_metadata']),
    },
    aal: claims['aal'] === 'aal2' ? 'aal2' : 'aal1',
    sessionId: String(claims['session_id']),
    expiresAt: Number(claims['exp']),
    claims,
  }
}
