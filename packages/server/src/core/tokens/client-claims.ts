import { sha256 } from '../../base/digest.ts'
import { unixSeconds } from '../../base/duration.ts'
import { base64url } from '../../base/encoding.ts'
import type { Session, SessionClient } from '../sessions/session.ts'
import type { Settings } from '../settings/settings.ts'
import type { JsonObject, User } from '../users/user.ts'
import { hasuraClaims } from './claims.ts'
import { profileClaims } from './profile-claims.ts'
import { dataScope } from './within-scopes.ts'

/** An access token whose audience is the application it was made for (RFC 9068 §2.2). */
export interface ClientClaims {
  readonly iss: string
  readonly sub: string
  /** The application. */
  readonly aud: string
  readonly exp: number
  readonly iat: number
  readonly scope: string
  readonly client_id: string
  readonly session_id: string
  readonly [claim: string]: unknown
}

/** What tells an application who signed in (OpenID Connect Core 1.0 §2). */
export interface IdClaims {
  readonly iss: string
  readonly sub: string
  readonly aud: string
  readonly exp: number
  readonly iat: number
  readonly auth_time: number
  readonly [claim: string]: unknown
}

interface Making {
  readonly user: User
  readonly session: Session
  readonly client: SessionClient
  readonly issuer: string
  readonly settings: Pick<Settings, 'tokens' | 'oauthServer'>
  readonly now: Date
}

const lifeOf = ({ session, settings, now }: Making): { readonly iat: number; readonly exp: number } => {
  const iat = unixSeconds(now)
  return { iat, exp: Math.min(iat + settings.oauthServer.accessSeconds, unixSeconds(session.endsAt)) }
}

/** The claims of an access token that is the application's own. It opens nothing of the account. */
export function clientClaims(making: Making): ClientClaims {
  const { user, session, client, issuer, settings } = making
  const { hasura } = settings.tokens
  return {
    ...(hasura.enabled && client.scopes.includes(dataScope)
      ? { [hasura.namespace]: hasuraClaims({ user }, hasura.claims) }
      : {}),
    iss: issuer,
    sub: user.id,
    aud: client.id,
    ...lifeOf(making),
    scope: client.scopes.join(' '),
    client_id: client.id,
    session_id: session.id,
  }
}

/** The claims of an ID token. @param more.accessToken the one it comes with, which it vouches for (§3.1.3.6) */
export function idClaims(
  making: Making,
  more: { readonly accessToken: string; readonly nonce: string | null; readonly authTime: Date },
): IdClaims {
  const { user, client, issuer } = making
  const half = sha256(more.accessToken).subarray(0, 16)
  return {
    ...profileClaims(user, client.scopes),
    iss: issuer,
    sub: user.id,
    aud: client.id,
    ...lifeOf(making),
    auth_time: unixSeconds(more.authTime),
    client_id: client.id,
    at_hash: base64url(half),
    ...(more.nonce === null ? {} : { nonce: more.nonce }),
  }
}

/** The Hasura claims as JSON values, for applications that read them themselves; none without the scope. */
export function dataClaims(user: User, scopes: readonly string[], settings: Pick<Settings, 'tokens'>): JsonObject {
  const { hasura } = settings.tokens
  if (!hasura.enabled || !scopes.includes(dataScope)) return {}
  const claims = hasuraClaims({ user }, hasura.claims)
  return { [hasura.namespace]: { ...claims, 'x-hasura-user-is-anonymous': user.isAnonymous } }
}
