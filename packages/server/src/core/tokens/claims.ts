import { unixSeconds } from '../../base/duration.ts'
import type { Aal, Proof, Session } from '../sessions/session.ts'
import type { ClaimSource, Settings } from '../settings/settings.ts'
import type { JsonObject, User } from '../users/user.ts'
import { claimFacts } from './claim-facts.ts'
import { follow } from './claim-path.ts'
import { hasuraText } from './hasura-text.ts'
import { dataScope, withinScopes } from './within-scopes.ts'

/** What an access token says, in the claims that row-level security and Hasura permissions already know. */
export interface AccessClaims {
  readonly iss: string
  readonly sub: string
  readonly aud: string
  readonly exp: number
  readonly iat: number
  readonly session_id: string
  readonly role: string
  readonly aal: Aal
  readonly amr: readonly { readonly method: string; readonly timestamp: number; readonly provider?: string }[]
  readonly email: string
  readonly phone: string
  readonly is_anonymous: boolean
  readonly app_metadata: JsonObject
  readonly user_metadata: JsonObject
  readonly [claim: string]: unknown
}

/** Metadata that would make the token longer than many proxies accept as a header stays out of it. */
const metadataBudget = 4_096

/** Links that their requester exchanged; one that was opened anywhere says no more than a code does. */
const linkMethods: Readonly<Record<string, string>> = {
  sign_up: 'email/signup',
  sign_in: 'magiclink',
  email_change: 'email_change',
}

const factorMethods: Readonly<Record<string, string>> = {
  phone: 'mfa/phone',
  webauthn: 'mfa/webauthn',
  recovery_code: 'mfa/recovery_code',
}

/** How a proof is called in `amr` (RFC 8176 leaves the names to the parties; these are the ones deployed policies test). */
function methodName(proof: Proof): string {
  if (proof.factor !== undefined) return factorMethods[proof.method] ?? proof.method
  if (proof.method === 'link') return (proof.exchanged && linkMethods[proof.purpose ?? '']) || 'otp'
  if (proof.method === 'provider' || proof.method === 'id_token') return 'oauth'
  if (proof.method === 'wallet') return 'web3'
  if (proof.method === 'oauth_provider') return 'oauth_provider/authorization_code'
  if (proof.method === 'sso') return 'sso/saml'
  return proof.method === 'code' || proof.method === 'invite' ? 'otp' : proof.method
}

/** Whom a token speaks for. */
export interface ClaimSubject {
  readonly user: User
  readonly session: Session
  /** Whether a key, a second factor or a code that was sent to this end was proved once more a moment ago. */
  readonly isElevated?: boolean
}

/**
 * The claims of a session's access token. Declared claims come first, so they can never replace one of ours. A token for an
 * application says of the person what its scopes allow, and names it.
 */
export function accessClaims(
  subject: ClaimSubject,
  settings: Pick<Settings, 'tokens' | 'oauthServer'>,
  now: Date,
): AccessClaims {
  const { session } = subject
  const { tokens, oauthServer } = settings
  const { client } = session
  const user = client === null ? subject.user : withinScopes(subject.user, client.scopes)
  const seconds = client === null ? tokens.accessSeconds : oauthServer.accessSeconds
  const isForData = tokens.hasura.enabled && (client === null || client.scopes.includes(dataScope))
  const iat = unixSeconds(now)
  const metadata = metadataWithProofs(user)
  const fits = JSON.stringify(metadata).length + JSON.stringify(user.appMetadata).length <= metadataBudget
  return {
    ...unregistered(declared(tokens.claims, user)),
    ...(isForData ? { [tokens.hasura.namespace]: hasuraClaims({ ...subject, user }, tokens.hasura.claims) } : {}),
    iss: tokens.issuer,
    sub: user.id,
    aud: tokens.audience,
    exp: Math.min(iat + seconds, unixSeconds(session.endsAt)),
    iat,
    email: user.email ?? '',
    phone: (user.phone ?? '').replace('+', ''),
    app_metadata: fits ? appMetadataWithProviders(user) : {},
    user_metadata: fits ? metadata : {},
    role: user.role,
    aal: session.aal,
    amr: session.amr.map((proof) => ({
      method: methodName(proof),
      timestamp: unixSeconds(new Date(proof.at)),
      ...(proof.provider === null ? {} : { provider: proof.provider.replace(/^sso:/, '') }),
    })),
    session_id: session.id,
    is_anonymous: user.isAnonymous,
    ...(client === null ? {} : { client_id: client.id, scope: client.scopes.join(' ') }),
    ...(session.scopes === null ? {} : { scope: session.scopes.join(' ') }),
    // Who acts for the person (RFC 8693 §4.1).
    ...(session.actorId === null ? {} : { act: { sub: session.actorId } }),
  }
}

/** Registered claims (RFC 7519 §4.1) that we do not set mean something to every verifier, so nobody else sets them either. */
function unregistered({ nbf: _, jti: __, ...claims }: JsonObject): JsonObject {
  return claims
}

/** Permissions may ask for it beside the user's id: a key, a second factor or a code sent to this end was proved once more, for this token alone. */
const elevatedClaim = 'x-hasura-auth-elevated'

/** Whether a token was signed for a proof that was just made once more. */
export function saysElevated(claims: AccessClaims, { tokens }: Pick<Settings, 'tokens'>): boolean {
  const said = claims[tokens.hasura.namespace] as JsonObject | undefined
  return said?.[elevatedClaim] === claims.sub
}

/** What guests are to Hasura permissions: their account's roles wait until somebody is behind it. */
const guestRole = 'anonymous'

/** Session variables of Hasura: the person, their roles, and what is declared beside. */
export function hasuraClaims(
  { user, isElevated }: Pick<ClaimSubject, 'user' | 'isElevated'>,
  extra: Readonly<Record<string, ClaimSource>>,
): JsonObject {
  const own = Object.entries(declared(extra, user))
    .map(([name, value]) => [hasuraName(name), hasuraText(value)] as const)
    .filter(([name]) => name !== elevatedClaim)
  return {
    ...Object.fromEntries(own),
    'x-hasura-user-id': user.id,
    'x-hasura-default-role': user.isAnonymous ? guestRole : user.defaultRole,
    'x-hasura-allowed-roles': user.isAnonymous ? [guestRole] : [...new Set([...user.roles, user.defaultRole])],
    'x-hasura-user-is-anonymous': String(user.isAnonymous),
    ...(isElevated === true ? { [elevatedClaim]: user.id } : {}),
  }
}

const hasuraPrefix = 'x-hasura-'

/** Session variables begin alike; whoever writes that out means the same. */
function hasuraName(name: string): string {
  const lower = name.toLowerCase()
  return lower.startsWith(hasuraPrefix) ? lower : hasuraPrefix + lower
}

function declared(sources: Readonly<Record<string, ClaimSource>>, user: User): JsonObject {
  const facts = claimFacts(user)
  const entries = Object.entries(sources).map(([name, source]) => [name, declaredValue(facts, source)])
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}

function declaredValue(facts: unknown, source: ClaimSource): unknown {
  if ('value' in source) return source.value
  const found = follow(facts, source.path)
  return source.default === undefined ? found : (found ?? source.default)
}

/** `provider`, the first one linked, and `providers`, all of them, in front of what administrators keep. */
export function appMetadataWithProviders(user: User): JsonObject {
  const providers = [...new Set(user.identities.map((identity) => identity.provider))]
  return providers.length === 0 ? user.appMetadata : { provider: providers[0], providers, ...user.appMetadata }
}

const selfMade = new Set(['password', 'code'])

/**
 * A user's metadata with what is proved about the addresses beside it, as applications and policies read it there.
 * Who signed up alone also finds `sub` and `email`; an account made by an administrator holds what was put in.
 */
export function metadataWithProofs(user: User): JsonObject {
  const emailVerified = user.emailConfirmedAt !== null && user.email !== null
  if (!selfMade.has(user.createdBy.way))
    return emailVerified ? { ...user.metadata, email_verified: true } : user.metadata
  return {
    ...user.metadata,
    ...(user.email === null ? {} : { email: user.email }),
    email_verified: emailVerified,
    phone_verified: user.phoneConfirmedAt !== null && user.phone !== null,
    sub: user.id,
  }
}
