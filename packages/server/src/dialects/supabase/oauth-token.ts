import { isUuid } from '../../base/encoding.ts'
import { Refusal } from '../../base/errors.ts'
import type { OAuthClient } from '../../core/clients/client.ts'
import { profileClaims } from '../../core/tokens/profile-claims.ts'
import { withinScopes } from '../../core/tokens/within-scopes.ts'
import type { JsonObject } from '../../core/users/user.ts'
import { authenticateClient, type ClientCredentials } from '../../flows/oauth/authenticate-client.ts'
import { exchangeAuthorizationCode } from '../../flows/oauth/exchange.ts'
import { inspectToken, revokeToken } from '../../flows/oauth/inspect.ts'
import type { IssuedTokens } from '../../flows/oauth/issue.ts'
import { refreshForClient } from '../../flows/oauth/refresh.ts'
import { signedInKey } from '../../gate/bearer.ts'
import { clientCredentials } from '../../gate/client-credentials.ts'
import { type Answer, json } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Handler } from '../../http/route.ts'
import type { Supabase } from './dialect.ts'
import { readBody } from './parse.ts'
import { clientFault, oauthFault } from './refuse.ts'

/** A parameter of the body; empty is as good as absent (RFC 6749 §3.2). */
type Params = (name: string) => string | undefined

/** Tokens are nobody's to keep on the way (RFC 6749 §5.1). */
const unkept = { 'cache-control': 'no-store', pragma: 'no-cache' }

/** POST /oauth/token, with a form or JSON. */
export function postOAuthToken(at: Supabase): Handler {
  return async (exchange) => {
    const params = await paramsIn(exchange)
    const client = await clientIn(at, exchange, params)
    const type = params('grant_type')
    if (type === undefined) throw oauthFault('invalid_request', 'grant_type is required')
    const grant = client.grants.find((each) => each === type)
    if (grant === undefined)
      throw oauthFault('unsupported_grant_type', `Client is not allowed to use grant type: ${type.slice(0, 64)}`)
    const asking = { client, params }
    return grant === 'authorization_code' ? codeGrant(at, exchange, asking) : refreshGrant(at, exchange, asking)
  }
}

async function paramsIn(exchange: Exchange): Promise<Params> {
  if (exchange.bodyKind === 'form') {
    const form = await exchange.form()
    return (name) => form.one(name) || undefined
  }
  return (await readBody(exchange).catch(unreadable(exchange))).text
}

/** Upstream looks in the body first for what the application shows for itself, where that stands nowhere else. */
function unreadable(exchange: Exchange): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof Refusal) || error.code !== 'bad_json') throw error
    const isBasic = /^basic /i.test(exchange.header('authorization') ?? '')
    throw isBasic
      ? oauthFault('invalid_request', 'Invalid JSON body')
      : clientFault('Invalid client credentials: failed to parse JSON body')
  }
}

async function clientIn(at: Supabase, exchange: Exchange, params: Params): Promise<OAuthClient> {
  const credentials = shownIn(exchange, params)
  if (credentials === undefined) throw clientFault('Invalid client credentials: client_id is required')
  if (!isUuid(credentials.id)) throw clientFault('Invalid client_id format')
  return authenticateClient(at.core, at.callerOf(exchange), credentials).catch(unauthenticated)
}

function shownIn(exchange: Exchange, params: Params): ClientCredentials | undefined {
  try {
    return clientCredentials(exchange, params)
  } catch (error) {
    if (!(error instanceof Refusal) || error.details.reason !== 'unreadable') throw error
    const what = error.details['part'] === 'encoding' ? 'encoding' : 'format'
    throw clientFault(`Invalid client credentials: invalid basic auth ${what}`)
  }
}

function unauthenticated(error: unknown): never {
  if (!(error instanceof Refusal) || error.code !== 'oauth_refused') throw error
  const { reason, registered, used } = error.details
  throw clientFault(
    reason === 'method'
      ? `invalid authentication method: client is registered for '${registered}' but '${used}' was used`
      : error.message,
  )
}

interface Asking {
  readonly client: OAuthClient
  readonly params: Params
}

async function codeGrant(at: Supabase, exchange: Exchange, { client, params }: Asking): Promise<Answer> {
  const code = params('code')
  if (code === undefined) throw oauthFault('invalid_request', 'code is required for authorization_code grant')
  const verifier = params('code_verifier') ?? ''
  const [redirectUri, resource] = [params('redirect_uri'), params('resource')]
  const input = { server: at.server, client, code, verifier, redirectUri, resource }
  return present(await exchangeAuthorizationCode(at.core, at.callerOf(exchange), input))
}

async function refreshGrant(at: Supabase, exchange: Exchange, { client, params }: Asking): Promise<Answer> {
  const token = params('refresh_token')
  if (token === undefined) throw oauthFault('invalid_request', 'refresh_token is required for refresh_token grant')
  const input = { server: at.server, client, token, scope: params('scope') }
  return present(await refreshForClient(at.core, at.callerOf(exchange), input).catch(foreign))
}

/** A token of somebody else's is told by its name in the standard (RFC 6749 §5.2). */
function foreign(error: unknown): never {
  if (!(error instanceof Refusal) || error.details.reason !== 'foreign') throw error
  throw oauthFault(
    'invalid_grant',
    error.details['of'] === 'person'
      ? 'Client authentication not allowed for non-OAuth session'
      : "Client does not match the session's OAuth client",
  )
}

function present({ user, session, accessToken, expiresIn, refreshToken, idToken, scopes }: IssuedTokens): Answer {
  const body = {
    access_token: accessToken,
    token_type: 'bearer',
    expires_in: expiresIn,
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    ...(idToken === undefined ? {} : { id_token: idToken }),
    scope: scopes.join(' '),
  }
  return json(200, body, { ...unkept, 'sb-auth-user-id': user.id, 'sb-auth-session-id': session.id })
}

/** POST /oauth/revoke (RFC 7009): 200 whatever the token was. */
export function postRevoke(at: Supabase): Handler {
  return async (exchange) => {
    const question = await questionIn(at, exchange)
    await revokeToken(at.core, at.callerOf(exchange), question)
    return json(200, {}, unkept)
  }
}

/** POST /oauth/introspect (RFC 7662). */
export function postIntrospect(at: Supabase): Handler {
  return async (exchange) => {
    const question = await questionIn(at, exchange)
    const active = await inspectToken(at.core, question)
    if (active === undefined) return json(200, { active: false }, unkept)
    const { kind, user, scopes, issuedAt, expiresAt } = active
    const body = {
      active: true,
      sub: user.id,
      client_id: question.client.id,
      scope: scopes.join(' '),
      iss: at.server.issuer,
      iat: issuedAt,
      exp: expiresAt,
      token_type: kind,
    }
    return json(200, body, unkept)
  }
}

async function questionIn(at: Supabase, exchange: Exchange) {
  const params = await paramsIn(exchange)
  const client = await clientIn(at, exchange, params)
  const token = params('token')
  if (token === undefined) throw oauthFault('invalid_request', 'token is required')
  return { server: at.server, client, token }
}

/** GET /oauth/userinfo (OpenID Connect Core 1.0 §5.3): whose token it is, as far as its scopes go. */
export function getUserinfo(): Handler {
  return (exchange) => {
    const { user, session } = exchange.need(signedInKey)
    const scopes = session.client?.scopes ?? []
    const { phone, phoneConfirmedAt, metadata } = withinScopes(user, scopes)
    const claimed: JsonObject = {
      ...profileClaims(user, scopes),
      // As upstream spells them, beside the standard's.
      ...(phone === null ? {} : { phone: phone.replace('+', ''), phone_verified: phoneConfirmedAt !== null }),
      ...(Object.keys(metadata).length === 0 ? {} : { user_metadata: metadata }),
    }
    const told = Object.entries(claimed).filter(([, value]) => value !== false)
    return json(200, { sub: user.id, ...Object.fromEntries(told) }, unkept)
  }
}
