import type { AuthorizationFacts } from '../../core/clients/authorizations.ts'
import type { OAuthClient } from '../../core/clients/client.ts'
import type { Core } from '../../core/core.ts'
import { isRegisteredRedirect } from '../../core/identifiers/client-redirect.ts'
import { answerTo } from './answer.ts'
import { type OAuthError, oauthRefusal } from './refuse.ts'
import { type AuthorizationServer, readScopes, stillGiven } from './server.ts'

/** The parameters of an authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 8707 §2, OpenID Connect Core §3.1.2.1). */
export interface AuthorizationParams {
  readonly clientId: string | undefined
  readonly redirectUri: string | undefined
  readonly responseType: string | undefined
  readonly responseMode: string | undefined
  readonly scope: string | undefined
  readonly state: string | undefined
  readonly nonce: string | undefined
  readonly prompt: string | undefined
  readonly resource: string | undefined
  readonly codeChallenge: string | undefined
  readonly codeChallengeMethod: string | undefined
  readonly request: string | undefined
  readonly requestUri: string | undefined
}

/** Where the browser goes next: to the page that asks, with a handle, or straight back with an error. */
export type Begun =
  | { readonly kind: 'begun'; readonly handle: string }
  | { readonly kind: 'declined'; readonly redirectTo: string }

interface Fault {
  readonly error: OAuthError
  readonly description: string
}

const longest = { state: 2_048, nonce: 512, resource: 2_048, prompt: 64, scope: 2_048 } as const
const challenge = /^[A-Za-z0-9_-]{43}$/

/**
 * Takes up what an application asks for. Only once it is known and its place of return registered is anything sent there
 * (RFC 9700 §4.11); every other fault is.
 * @throws Refusal `oauth_refused` with `details.reason` `client_id`, `client` or `redirect_uri`
 */
export async function beginAuthorization(
  core: Core,
  server: AuthorizationServer,
  params: AuthorizationParams,
): Promise<Begun> {
  const { client, redirectUri } = await askerOf(core, params)
  const decline = ({ error, description }: Fault): Begun => ({
    kind: 'declined',
    redirectTo: answerTo(server, { redirectUri, state: stateOf(params) }, { error, error_description: description }),
  })
  const fault = faultOf(params)
  if (fault !== undefined) return decline(fault)
  const scopes = params.scope === undefined ? server.defaultScopes : readScopes(params.scope)
  if (stillGiven(core.settings, client, scopes).length < scopes.length)
    return decline({ error: 'invalid_scope', description: 'the application may not ask for one of these scopes' })
  const facts: AuthorizationFacts = {
    clientId: client.id,
    tokens: server.tokens,
    issuer: server.issuer,
    redirectUri,
    scopes,
    state: params.state ?? null,
    nonce: params.nonce ?? null,
    resource: params.resource ?? null,
    prompt: params.prompt ?? null,
    codeChallenge: params.codeChallenge ?? '',
  }
  const { requestSeconds: seconds } = core.settings.oauthServer
  return { kind: 'begun', handle: await core.authorizations.begin(facts, { seconds, form: server.handles }) }
}

const stateOf = ({ state }: AuthorizationParams): string | null =>
  state === undefined || state.length > longest.state ? null : state

async function askerOf(
  core: Core,
  { clientId, redirectUri }: AuthorizationParams,
): Promise<{ client: OAuthClient; redirectUri: string }> {
  if (!clientId) throw oauthRefusal('invalid_request', 'client_id is required', { reason: 'client_id' })
  if (!redirectUri) throw oauthRefusal('invalid_request', 'redirect_uri is required', { reason: 'redirect_uri' })
  const client = clientId.length > 255 ? undefined : await core.clients.find(clientId)
  if (client === undefined) throw oauthRefusal('invalid_client', 'invalid client_id', { reason: 'client' })
  if (redirectUri.length > 2_048 || !isRegisteredRedirect(client.redirectUris, redirectUri))
    throw oauthRefusal('invalid_request', 'invalid redirect_uri', { reason: 'redirect_uri' })
  if (!client.grants.includes('authorization_code'))
    throw oauthRefusal('unauthorized_client', 'the application does not use authorization codes', { reason: 'client' })
  return { client, redirectUri }
}

function faultOf(params: AuthorizationParams): Fault | undefined {
  const { responseType, responseMode, request, requestUri } = params
  const invalid = (description: string): Fault => ({ error: 'invalid_request', description })
  if (request !== undefined) return { error: 'request_not_supported', description: 'request objects are not taken' }
  if (requestUri !== undefined)
    return { error: 'request_uri_not_supported', description: 'request objects are not taken' }
  if (responseType !== 'code')
    return { error: 'unsupported_response_type', description: 'only response_type=code is supported' }
  if (responseMode !== undefined && responseMode !== 'query') return invalid('only response_mode=query is supported')
  for (const [name, most] of Object.entries(longest))
    if ((params[name as keyof typeof longest]?.length ?? 0) > most) return invalid(`${name} is too long`)
  // Who sits in front of the browser is known to the page that asks, not here.
  if (params.prompt === 'none') return { error: 'login_required', description: 'somebody must be asked' }
  return challengeFault(params) ?? targetFault(params.resource)
}

/** A challenge is needed from everybody, and a plain one stands in every log (RFC 9700 §2.1.1). */
function challengeFault({ codeChallenge, codeChallengeMethod }: AuthorizationParams): Fault | undefined {
  const invalid = (description: string): Fault => ({ error: 'invalid_request', description })
  if (codeChallenge === undefined) return invalid('PKCE is required: code_challenge is missing')
  if (codeChallengeMethod?.toUpperCase() !== 'S256') return invalid('code_challenge_method must be S256')
  return challenge.test(codeChallenge) ? undefined : invalid('code_challenge must be 43 characters of base64url')
}

function targetFault(resource: string | undefined): Fault | undefined {
  if (resource === undefined || (URL.canParse(resource) && !resource.includes('#'))) return undefined
  return { error: 'invalid_target', description: 'resource must be an absolute URI without a fragment' }
}
