import { sameText, sha256 } from '../../base/digest.ts'
import { base64url } from '../../base/encoding.ts'
import { Refusal } from '../../base/errors.ts'
import { newId } from '../../base/id.ts'
import type { RefreshToken } from '../../base/secrets.ts'
import type { Authorization } from '../../core/clients/authorizations.ts'
import type { OAuthClient } from '../../core/clients/client.ts'
import type { Core } from '../../core/core.ts'
import type { Proof, Session } from '../../core/sessions/session.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { isVerifier } from '../session/exchange-code.ts'
import { refuseUnwelcome } from '../session/open.ts'
import { auditOf } from '../steps/audit-of.ts'
import { type IssuedTokens, issueTokens } from './issue.ts'
import { oauthRefusal } from './refuse.ts'
import { type AuthorizationServer, stillGiven } from './server.ts'

/** A code and what must come with it (RFC 6749 §4.1.3, RFC 7636 §4.5). */
export interface CodeExchange {
  readonly server: AuthorizationServer
  /** Authenticated. */
  readonly client: OAuthClient
  readonly code: string
  readonly verifier: string
  /** Compared where it is given. */
  readonly redirectUri: string | undefined
  readonly resource: string | undefined
}

type Opened =
  | { readonly kind: 'opened'; readonly user: User; readonly session: Session; readonly refreshToken: RefreshToken }
  | { readonly kind: 'used' }
  | { readonly kind: 'unwelcome'; readonly refusal: Refusal }

/**
 * Exchanges a code for a session of the application. A wrong verifier or place burns the code; a second use ends what the
 * first one opened (RFC 9700 §4.5). In the hands of another application it is worth nothing, and stays good for its own.
 * @throws Refusal `oauth_refused` (`invalid_grant`, `unauthorized_client`)
 */
export async function exchangeAuthorizationCode(
  core: Core,
  caller: Caller,
  input: CodeExchange,
): Promise<IssuedTokens> {
  const { server, client } = input
  if (!client.grants.includes('authorization_code'))
    throw oauthRefusal('unauthorized_client', 'the application does not use authorization codes')
  const asked = await core.authorizations.findByCode(input.code)
  if (asked === undefined || asked.tokens !== server.tokens)
    throw oauthRefusal('invalid_grant', 'Invalid authorization code')
  if (asked.clientId !== client.id)
    throw oauthRefusal('invalid_grant', 'Authorization code was not issued for this client')
  if (asked.spentAt !== null) return punishSecondUse(core, caller, asked)
  const fault = faultOf(asked, input)
  if (fault !== undefined) {
    await core.authorizations.spend(asked.id)
    throw oauthRefusal('invalid_grant', fault)
  }
  if (asked.codeExpiresAt === null || asked.codeExpiresAt <= core.runtime.now())
    throw oauthRefusal('invalid_grant', 'Authorization code has expired')
  const opened = await core.transaction((tx) => open(tx, caller, { asked, client }))
  if (opened.kind === 'unwelcome') throw opened.refusal
  if (opened.kind === 'used') return punishSecondUse(core, caller, asked)
  const { user, session, refreshToken } = opened
  const scopes = session.client?.scopes ?? []
  const { nonce } = asked
  return issueTokens(core, { server, client, user, session, refreshToken, scopes, idToken: { nonce } })
}

function faultOf(asked: Authorization, { verifier, redirectUri, resource }: CodeExchange): string | undefined {
  if (resource !== undefined && resource !== asked.resource)
    return 'Authorization code resource does not match the resource parameter'
  if (redirectUri !== undefined && redirectUri !== asked.redirectUri) return 'Invalid redirect_uri'
  if (verifier === '') return 'PKCE verification failed: code_verifier is required when PKCE challenge is present'
  return isVerifier(verifier) && sameText(base64url(sha256(verifier)), asked.codeChallenge)
    ? undefined
    : 'PKCE verification failed: code challenge does not match previously saved code verifier'
}

/** Account and application are locked first: what ends their sessions at this moment comes before all of this or after it. */
async function open(
  tx: Core,
  caller: Caller,
  { asked, client }: { readonly asked: Authorization; readonly client: OAuthClient },
): Promise<Opened> {
  const { userId, sessionId, provedAt, tokens } = asked
  const scopes = stillGiven(tx.settings, client, asked.scopes)
  const user = userId === null ? undefined : await tx.users.update(userId, {})
  const grounds = userId === null || sessionId === null ? undefined : await tx.sessions.findLive(sessionId, userId)
  const spent = (await tx.clients.hold(client.id)) ? await tx.authorizations.spend(asked.id) : undefined
  if (spent === undefined || user === undefined || grounds === undefined) return { kind: 'used' }
  const refusal = unwelcome(user, tx.runtime.now())
  if (refusal !== undefined) return { kind: 'unwelcome', refusal }
  const id = newId(tx.runtime)
  const at = (provedAt ?? tx.runtime.now()).toISOString()
  const opened = await tx.sessions.open({
    id,
    userId: user.id,
    dialect: caller.manners.name,
    aal: 'aal1',
    amr: [{ method: 'oauth_provider', at, provider: null }],
    userAgent: caller.userAgent,
    ip: caller.ip,
    client: { id: client.id, scopes, tokens },
    restsOn: grounds.session.amr.filter(isWayIn),
  })
  await tx.authorizations.opened(asked.id, id)
  await tx.audit.record({
    ...auditOf(caller, user.id, { type: 'nobody', id: null }),
    action: 'session.opened',
    result: 'ok',
    sessionId: id,
    target: { type: 'oauth_client', id: client.id },
    details: { amr: ['oauth_provider'], scopes },
  })
  return { kind: 'opened', user, ...opened }
}

/** A second factor lets nobody in. */
const isWayIn = ({ factor, method }: Proof): boolean => factor === undefined || method === 'passkey'

function unwelcome(user: User, now: Date): Refusal | undefined {
  try {
    refuseUnwelcome(user, now)
    return undefined
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return error.code === 'user_banned'
      ? oauthRefusal('access_denied', 'User is banned')
      : oauthRefusal('invalid_grant', 'Invalid authorization code')
  }
}

async function punishSecondUse(core: Core, caller: Caller, asked: Authorization): Promise<never> {
  const opened = (await core.authorizations.findById(asked.id))?.openedSession ?? null
  if (opened !== null)
    await core.transaction(async (tx) => {
      if (!(await tx.sessions.end(opened))) return
      await tx.audit.record({
        ...auditOf(caller, asked.userId, { type: 'nobody', id: null }),
        action: 'session.replayed',
        result: 'refused',
        code: 'flow_state_already_used',
        sessionId: opened,
        target: { type: 'oauth_client', id: asked.clientId },
      })
    })
  throw oauthRefusal('invalid_grant', 'Invalid authorization code')
}
