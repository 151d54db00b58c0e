import type { HandleForm } from '../../core/clients/authorizations.ts'
import type { OAuthClient } from '../../core/clients/client.ts'
import type { TokenKind } from '../../core/sessions/session.ts'
import type { Settings } from '../../core/settings/settings.ts'
import { dataScope, standardScopes } from '../../core/tokens/within-scopes.ts'
import type { User } from '../../core/users/user.ts'

/** One face of this server towards applications: each has an issuer of its own and tokens of one kind. */
export interface AuthorizationServer {
  /** The `iss` of ID tokens and of answers (RFC 9207). */
  readonly issuer: string
  readonly tokens: TokenKind
  readonly handles: HandleForm
  /** What is meant where an application names no scope. */
  readonly defaultScopes: readonly string[]
  /** Whether a refresh answers an ID token too. */
  readonly renewsIdToken: boolean
  /** Who applications are told that somebody is, with the name and the picture they go by. Default: as they said themselves. */
  readonly shown?: (user: User) => User
}

/** Every scope an application may be given. An ID token needs a key that others can verify with. */
export function knownScopes({ oauthServer, tokens }: Pick<Settings, 'oauthServer' | 'tokens'>): readonly string[] {
  const standard = standardScopes.filter((scope) => scope !== 'openid' || tokens.algorithm !== 'HS256')
  return [...new Set([...standard, dataScope, ...oauthServer.scopes])]
}

/** Those of some scopes that an application may be given still: settings change, and so does what it may ask for. */
export function stillGiven(
  settings: Pick<Settings, 'oauthServer' | 'tokens'>,
  client: Pick<OAuthClient, 'scopes'>,
  scopes: readonly string[],
): readonly string[] {
  const known = new Set(knownScopes(settings))
  return scopes.filter((scope) => known.has(scope) && client.scopes.includes(scope))
}

/** The scopes in a text (RFC 6749 §3.3), each once. */
export function readScopes(text: string): readonly string[] {
  return [...new Set(text.split(' ').filter((scope) => scope !== ''))]
}
