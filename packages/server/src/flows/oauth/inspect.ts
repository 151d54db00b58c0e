import { unixSeconds } from '../../base/duration.ts'
import { Refusal } from '../../base/errors.ts'
import type { OAuthClient } from '../../core/clients/client.ts'
import type { Core } from '../../core/core.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { auditOf } from '../steps/audit-of.ts'
import type { AuthorizationServer } from './server.ts'

/** A token and the application that asks about it. */
export interface TokenQuestion {
  readonly server: AuthorizationServer
  /** Authenticated. */
  readonly client: OAuthClient
  readonly token: string
}

/** A token that is good at this moment. */
export interface ActiveToken {
  readonly kind: 'access_token' | 'refresh_token'
  readonly user: User
  readonly session: Session
  readonly scopes: readonly string[]
  /** Unix seconds. */
  readonly issuedAt: number
  readonly expiresAt: number
}

const longestRefreshToken = 128

/**
 * What a token is worth (RFC 7662): undefined for one that is not the application's own, whatever else it may be, for one
 * that is over, and for one whose session ended.
 */
export async function inspectToken(core: Core, question: TokenQuestion): Promise<ActiveToken | undefined> {
  return (await activeRefresh(core, question)) ?? (await activeAccess(core, question))
}

async function activeRefresh(core: Core, { server, client, token }: TokenQuestion): Promise<ActiveToken | undefined> {
  if (token.length > longestRefreshToken) return undefined
  const found = await core.sessions.findHeld(token, { id: client.id, tokens: server.tokens })
  if (found === undefined || !isWelcome(core, found.user)) return undefined
  const { session, user } = found
  return {
    kind: 'refresh_token',
    user,
    session,
    scopes: session.client?.scopes ?? [],
    issuedAt: unixSeconds(session.lastUsedAt),
    expiresAt: unixSeconds(session.endsAt),
  }
}

async function activeAccess(core: Core, question: TokenQuestion): Promise<ActiveToken | undefined> {
  const held = await sessionOfAccess(core, question)
  if (held === undefined || !isWelcome(core, held.user)) return undefined
  const { claims, user, session } = held
  return {
    kind: 'access_token',
    user,
    session,
    scopes: claims.scopes,
    issuedAt: claims.iat,
    expiresAt: claims.exp,
  }
}

const isWelcome = (core: Core, { bannedUntil }: User): boolean =>
  bannedUntil === null || bannedUntil <= core.runtime.now()

interface HeldByAccess {
  readonly claims: { readonly iat: number; readonly exp: number; readonly scopes: readonly string[] }
  readonly user: User
  readonly session: Session
}

async function sessionOfAccess(
  core: Core,
  { server, client, token }: TokenQuestion,
): Promise<HeldByAccess | undefined> {
  const reading =
    server.tokens === 'account' ? core.accessTokens.verify(token) : core.accessTokens.verifyClient(token, server.issuer)
  const claims = await reading.catch((error: unknown) => {
    if (error instanceof Refusal) return undefined
    throw error
  })
  if (claims === undefined) return undefined
  const found = await core.sessions.findLive(claims.session_id, claims.sub)
  if (found === undefined || found.session.client?.id !== client.id || found.session.client.tokens !== server.tokens)
    return undefined
  const scopes = String(claims['scope'] ?? '').split(' ')
  return { ...found, claims: { iat: claims.iat, exp: claims.exp, scopes } }
}

/**
 * Ends the session of a token, if it is the application's own (RFC 7009). Whatever else it is, nothing happens and nothing
 * is told.
 */
export async function revokeToken(core: Core, caller: Caller, question: TokenQuestion): Promise<void> {
  const { client, server, token } = question
  const refreshed =
    token.length > longestRefreshToken
      ? undefined
      : await core.sessions.findByToken(token, { id: client.id, tokens: server.tokens })
  const held = refreshed ?? (await sessionOfAccess(core, question))
  if (held?.session.client?.id !== client.id || held.session.client.tokens !== server.tokens) return
  await core.transaction(async (tx) => {
    if (!(await tx.sessions.end(held.session.id))) return
    await tx.audit.record({
      ...auditOf(caller, held.user.id, { type: 'nobody', id: null }),
      action: 'session.ended',
      result: 'ok',
      sessionId: held.session.id,
      target: { type: 'oauth_client', id: client.id },
      details: { scope: 'client' },
    })
  })
}
