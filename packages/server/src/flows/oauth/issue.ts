import { unixSeconds } from '../../base/duration.ts'
import type { RefreshToken } from '../../base/secrets.ts'
import type { OAuthClient } from '../../core/clients/client.ts'
import type { Core } from '../../core/core.ts'
import type { Session, SessionClient } from '../../core/sessions/session.ts'
import { accessClaims } from '../../core/tokens/claims.ts'
import { clientClaims, idClaims } from '../../core/tokens/client-claims.ts'
import type { User } from '../../core/users/user.ts'
import { askForClaims } from '../session/ask-for-claims.ts'
import type { AuthorizationServer } from './server.ts'

/** What an application gets for a code or a refresh token (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3). */
export interface IssuedTokens {
  readonly user: User
  readonly session: Session
  readonly accessToken: string
  /** Seconds. */
  readonly expiresIn: number
  /** Absent for applications that may not refresh. */
  readonly refreshToken: RefreshToken | undefined
  /** Absent without the scope `openid`. */
  readonly idToken: string | undefined
  readonly scopes: readonly string[]
}

/** A session of an application that is committed, and what its tokens are to say. */
export interface Issuing {
  readonly server: AuthorizationServer
  readonly client: OAuthClient
  readonly user: User
  readonly session: Session
  readonly refreshToken: RefreshToken
  /** How far this access token reaches; at most as far as the session. */
  readonly scopes: readonly string[]
  /** Absent where no ID token is wanted. */
  readonly idToken?: { readonly nonce: string | null }
  /** `refresh`: the session goes on as it was. Default: it is new. */
  readonly cause?: 'refresh'
}

/**
 * Signs the tokens of an application's session. Where its access token says what the person's own would, whoever adds
 * claims to that one adds them here.
 * @throws Refusal `hook_rejected`, `hook_unavailable`
 */
export async function issueTokens(core: Core, issuing: Issuing): Promise<IssuedTokens> {
  const { server, user, session, scopes, refreshToken, cause } = issuing
  const now = core.runtime.now()
  const client: SessionClient = { id: issuing.client.id, scopes, tokens: server.tokens }
  const making = { user, session, client, issuer: server.issuer, settings: core.settings, now }
  const claims =
    server.tokens === 'account'
      ? await askForClaims(core, accessClaims({ user, session: { ...session, client } }, core.settings, now), {
          session,
          cause,
        })
      : clientClaims(making)
  const accessToken = await core.accessTokens.sign(claims)
  const shown = { ...making, user: server.shown?.(user) ?? user }
  const isAsked = issuing.idToken !== undefined && scopes.includes('openid')
  return {
    user,
    session,
    accessToken,
    expiresIn: claims.exp - unixSeconds(now),
    refreshToken: issuing.client.grants.includes('refresh_token') ? refreshToken : undefined,
    idToken: isAsked
      ? await core.accessTokens.signIdToken(
          idClaims(shown, { accessToken, nonce: issuing.idToken?.nonce ?? null, authTime: authTimeOf(session) }),
        )
      : undefined,
    scopes,
  }
}

/** When the person had proved who they are, not when the application came for its tokens. */
function authTimeOf({ amr, provedAt }: Session): Date {
  const [proof] = amr
  return proof === undefined ? provedAt : new Date(proof.at)
}
