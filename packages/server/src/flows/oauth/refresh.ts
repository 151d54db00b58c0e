import type { OAuthClient } from '../../core/clients/client.ts'
import type { Core } from '../../core/core.ts'
import type { Caller } from '../caller.ts'
import { rotateSession } from '../session/refresh.ts'
import { type IssuedTokens, issueTokens } from './issue.ts'
import { oauthRefusal } from './refuse.ts'
import { type AuthorizationServer, readScopes, stillGiven } from './server.ts'

/** A refresh token and who shows it (RFC 6749 §6). */
export interface ClientRefresh {
  readonly server: AuthorizationServer
  /** Authenticated. */
  readonly client: OAuthClient
  readonly token: string
  /** Fewer scopes than were granted, for the new access token alone. */
  readonly scope: string | undefined
}

/**
 * Renews an application's session with its refresh token, which is exchanged for another. It reaches no further than the
 * person allowed and the application may ask for by now. Another application's is not known here, and nothing happens to it.
 * @throws Refusal `oauth_refused` (`invalid_scope`, `unauthorized_client`), `refresh_token_not_found`,
 * `refresh_token_already_used` (the session is ended), `session_expired`, `user_banned`
 */
export async function refreshForClient(core: Core, caller: Caller, input: ClientRefresh): Promise<IssuedTokens> {
  const { server, client, token } = input
  if (!client.grants.includes('refresh_token'))
    throw oauthRefusal('unauthorized_client', 'the application does not use refresh tokens')
  const holder = { id: client.id, tokens: server.tokens }
  const asked = input.scope === undefined ? undefined : readScopes(input.scope)
  // Looked at before anything is exchanged: a token is not used up by asking for too much.
  if (asked !== undefined) {
    const held = await core.sessions.findHeld(token, holder)
    const beyond = held === undefined ? undefined : asked.find((scope) => !held.session.client?.scopes.includes(scope))
    if (beyond !== undefined) throw oauthRefusal('invalid_scope', 'the scope is wider than what was granted')
  }
  const { user, session, refreshToken } = await rotateSession(core, caller, token, { holder })
  // What an administrator has taken from the application since is over for what people had allowed, too.
  const granted = stillGiven(core.settings, client, session.client?.scopes ?? [])
  const scopes = asked === undefined ? granted : granted.filter((scope) => asked.includes(scope))
  const idToken = server.renewsIdToken ? { idToken: { nonce: null } } : {}
  return issueTokens(core, { server, client, user, session, refreshToken, scopes, cause: 'refresh', ...idToken })
}
