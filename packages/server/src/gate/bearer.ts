import { Refusal } from '../base/errors.ts'
import type { Core } from '../core/core.ts'
import type { AccessKey } from '../core/keys/access-keys.ts'
import { type AccessScope, reaches } from '../core/keys/access-scopes.ts'
import { asItWas } from '../core/sessions/as-it-was.ts'
import type { Session } from '../core/sessions/session.ts'
import type { AccessClaims } from '../core/tokens/claims.ts'
import type { User } from '../core/users/user.ts'
import type { Exchange } from '../http/exchange.ts'
import { newKey } from '../http/key.ts'
import type { Gate } from '../http/route.ts'
import { refuseBelowReach } from './level.ts'

/** Somebody who is signed in, with everything known about it from one look at the database. */
export interface SignedIn {
  readonly user: User
  readonly session: Session
  readonly claims: AccessClaims
}

/** Where {@link signedIn} leaves what it found. */
export const signedInKey = newKey<SignedIn>('signed-in')

/** Whoever shows a personal access token with the request itself: no session, and no further than its scopes. */
export interface KeyBearer {
  readonly user: User
  readonly key: AccessKey
}

/** Where a gate leaves what it found behind such a token. */
export const keyBearerKey = newKey<KeyBearer>('key-bearer')

/** Whose request it is, whether a session or a personal access token is behind it. */
export function callingUser(exchange: Exchange): { readonly user: User; readonly session?: Session } {
  return exchange.get(signedInKey) ?? exchange.need(keyBearerKey)
}

const scheme = /^bearer +([^\s,]+)$/i

/** The token of an `Authorization: Bearer` header (RFC 6750 §2.1), or undefined. */
export function bearerToken(exchange: Exchange): string | undefined {
  return scheme.exec(exchange.header('authorization') ?? '')?.[1]
}

/** What is asked of a token less than usual. */
export interface Leniency {
  readonly expired?: 'accepted'
  /** `door`: a second factor that is owed may still be owed. */
  readonly level?: 'door'
  /** Tokens made for applications open what stands here too. */
  readonly clients?: 'accepted'
  /** What a session that a personal access token opened needs for this. Default: no such session gets here. */
  readonly scope?: AccessScope | 'any'
}

/**
 * Whom an access token speaks for: the token is genuine, its session stands, its user is welcome and has proved the second
 * factor, where there is one.
 * @throws Refusal `bad_jwt`, `user_not_found`, `session_not_found`, `user_banned`, `insufficient_scope`, `insufficient_aal`
 */
export async function authenticate(core: Core, token: string, more: Leniency = {}): Promise<SignedIn> {
  const claims = await core.accessTokens.verify(
    token,
    more.expired === undefined ? undefined : { expired: more.expired },
  )
  const { user, session } = await standing(core, claims)
  const found = { user, session: asItWas(session, claims) }
  if (found.session.client !== null && more.clients !== 'accepted')
    throw new Refusal('bad_jwt', { details: { reason: 'it was made for an application' } })
  if (!reaches(found.session, more.scope)) throw new Refusal('insufficient_scope', { details: { scope: more.scope } })
  // What scopes allow was allowed by somebody at their full level.
  if (more.level !== 'door' && found.session.scopes === null) refuseBelowReach(found)
  return { ...found, claims }
}

/** The session of a genuine token, and its user. @throws Refusal `user_not_found`, `session_not_found`, `user_banned` */
async function standing(core: Core, claims: Pick<AccessClaims, 'session_id' | 'sub'>) {
  const found = await core.sessions.findLive(claims.session_id, claims.sub)
  if (found === undefined) {
    const user = await core.users.find(claims.sub)
    // A ban ends the sessions, and is what should be told.
    if (user !== undefined) refuseBanned(core, user)
    throw new Refusal(user === undefined ? 'user_not_found' : 'session_not_found')
  }
  refuseBanned(core, found.user)
  return found
}

function refuseBanned(core: Core, { bannedUntil }: User): void {
  if (bannedUntil !== null && bannedUntil > core.runtime.now())
    throw new Refusal('user_banned', { details: { until: bannedUntil.toISOString() } })
}

/** Lets through whoever carries a good access token. @throws Refusal `no_authorization`, and as {@link authenticate} */
export function signedIn(core: Core, more?: Leniency): Gate {
  return async (exchange) => {
    const token = bearerToken(exchange)
    if (token === undefined) throw new Refusal('no_authorization')
    exchange.set(signedInKey, await authenticate(core, token, more))
  }
}

/** Whom an application speaks for, and how far. */
export interface Represented {
  readonly user: User
  readonly scopes: readonly string[]
}

/** Where {@link application} leaves what it found. */
export const representedKey = newKey<Represented>('represented')

/**
 * Lets through an application with a token of its own, whose audience it is.
 * @param issuer the `iss` of such tokens
 * @throws Refusal `no_authorization`, `bad_jwt`, `user_not_found`, `session_not_found`, `user_banned`
 */
export function application(core: Core, issuer: string): Gate {
  return async (exchange) => {
    const token = bearerToken(exchange)
    if (token === undefined) throw new Refusal('no_authorization')
    const claims = await core.accessTokens.verifyClient(token, issuer)
    const { user, session } = await standing(core, claims)
    if (session.client?.id !== claims.client_id || session.client.tokens !== 'client')
      throw new Refusal('bad_jwt', { details: { reason: 'its session is not that of the application' } })
    const asked = claims.scope.split(' ')
    exchange.set(representedKey, { user, scopes: session.client.scopes.filter((scope) => asked.includes(scope)) })
  }
}
