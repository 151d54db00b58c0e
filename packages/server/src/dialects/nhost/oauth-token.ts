import type { OAuthClient } from '../../core/clients/client.ts'
import { dataClaims } from '../../core/tokens/client-claims.ts'
import { profileClaims } from '../../core/tokens/profile-claims.ts'
import { authenticateClient } from '../../flows/oauth/authenticate-client.ts'
import { exchangeAuthorizationCode } from '../../flows/oauth/exchange.ts'
import { inspectToken, revokeToken } from '../../flows/oauth/inspect.ts'
import type { IssuedTokens } from '../../flows/oauth/issue.ts'
import { refreshForClient } from '../../flows/oauth/refresh.ts'
import { oauthRefusal } from '../../flows/oauth/refuse.ts'
import { representedKey } from '../../gate/bearer.ts'
import { clientCredentials } from '../../gate/client-credentials.ts'
import { type Answer, json } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Handler } from '../../http/route.ts'
import type { Nhost } from './dialect.ts'

type Params = (name: string) => string | undefined

/** Tokens are nobody's to keep on the way (RFC 6749 §5.1). */
const unkept = { 'cache-control': 'no-store', pragma: 'no-cache' }

/** POST /oauth2/token */
export function postOAuthToken(at: Nhost): Handler {
  return async (exchange) => {
    const params = await paramsIn(exchange)
    const type = params('grant_type')
    if (type === undefined) throw oauthRefusal('invalid_request', 'grant_type is required')
    const answer = Object.hasOwn(grants, type) ? grants[type as keyof typeof grants] : undefined
    if (answer === undefined)
      throw oauthRefusal('unsupported_grant_type', 'grant_type must be authorization_code or refresh_token')
    return answer(at, exchange, { client: await clientIn(at, exchange, params), params })
  }
}

async function paramsIn(exchange: Exchange): Promise<Params> {
  const form = await exchange.form()
  return (name) => form.one(name) || undefined
}

async function clientIn(at: Nhost, exchange: Exchange, params: Params): Promise<OAuthClient> {
  const credentials = clientCredentials(exchange, params)
  if (credentials === undefined) throw oauthRefusal('invalid_client', 'client_id is required')
  return authenticateClient(at.core, at.callerOf(exchange), { ...credentials, eitherWay: true })
}

interface Asking {
  readonly client: OAuthClient
  readonly params: Params
}

async function codeGrant(at: Nhost, exchange: Exchange, { client, params }: Asking): Promise<Answer> {
  const needed = (name: string): string => {
    const value = params(name)
    if (value === undefined) throw oauthRefusal('invalid_request', `${name} is required`)
    return value
  }
  const input = {
    server: at.server,
    client,
    code: needed('code'),
    verifier: params('code_verifier') ?? '',
    redirectUri: needed('redirect_uri'),
    resource: params('resource'),
  }
  return present(await exchangeAuthorizationCode(at.core, at.callerOf(exchange), input))
}

async function refreshGrant(at: Nhost, exchange: Exchange, { client, params }: Asking): Promise<Answer> {
  const token = params('refresh_token')
  if (token === undefined) throw oauthRefusal('invalid_request', 'refresh_token is required')
  const input = { server: at.server, client, token, scope: params('scope') }
  return present(await refreshForClient(at.core, at.callerOf(exchange), input))
}

const grants = { authorization_code: codeGrant, refresh_token: refreshGrant } as const

function present({ accessToken, expiresIn, refreshToken, idToken, scopes }: IssuedTokens): Answer {
  const body = {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: expiresIn,
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    scope: scopes.join(' '),
    ...(idToken === undefined ? {} : { id_token: idToken }),
  }
  return json(200, body, unkept)
}

/** POST /oauth2/revoke (RFC 7009): 200 whatever the token was. */
export function postRevoke(at: Nhost): Handler {
  return async (exchange) => {
    await revokeToken(at.core, at.callerOf(exchange), await questionIn(at, exchange))
    return json(200, {}, unkept)
  }
}

/** POST /oauth2/introspect (RFC 7662). */
export function postIntrospect(at: Nhost): Handler {
  return async (exchange) => {
    const question = await questionIn(at, exchange)
    const active = await inspectToken(at.core, question)
    if (active === undefined) return json(200, { active: false }, unkept)
    const body = {
      active: true,
      sub: active.user.id,
      client_id: question.client.id,
      scope: active.scopes.join(' '),
      exp: active.expiresAt,
      iat: active.issuedAt,
      iss: at.server.issuer,
      token_type: active.kind,
    }
    return json(200, body, unkept)
  }
}

async function questionIn(at: Nhost, exchange: Exchange) {
  const params = await paramsIn(exchange)
  const client = await clientIn(at, exchange, params)
  const token = params('token')
  if (token === undefined) throw oauthRefusal('invalid_request', 'token is required')
  return { server: at.server, client, token }
}

/** GET and POST /oauth2/userinfo (OpenID Connect Core 1.0 §5.3). */
export function getUserinfo({ core, server }: Nhost): Handler {
  return (exchange) => {
    const { user, scopes } = exchange.need(representedKey)
    const claims = {
      ...profileClaims(server.shown?.(user) ?? user, scopes),
      ...dataClaims(user, scopes, core.settings),
    }
    return json(200, { ...claims, sub: user.id }, unkept)
  }
}
