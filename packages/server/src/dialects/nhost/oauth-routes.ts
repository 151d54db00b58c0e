import { knownScopes } from '../../flows/oauth/server.ts'
import { application, signedIn } from '../../gate/bearer.ts'
import { limited } from '../../gate/limited.ts'
import { json } from '../../http/answer.ts'
import type { Handler, Route } from '../../http/route.ts'
import type { Nhost } from './dialect.ts'
import { authorize, getLogin, postLogin } from './oauth-authorize.ts'
import { standardErrors } from './oauth-error.ts'
import { getUserinfo, postIntrospect, postOAuthToken, postRevoke } from './oauth-token.ts'
import { getJwks } from './service.ts'

const metadataPaths = ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']

/** Where applications look for an issuer that has a path (RFC 8414 §3.1). */
export function wellKnownRoutes(at: Nhost): readonly Route[] {
  const path = `/.well-known/oauth-authorization-server${at.options.path}`
  return [
    { method: 'GET', path, safe: true, gates: [limited(at.core, 'public')], handle: whileOn(at, getMetadata(at)) },
  ]
}

/** Being a provider for other applications. */
export function oauthRoutes(at: Nhost): readonly Route[] {
  const { core } = at
  const everybody = [limited(core, 'public')]
  const starts = [standardErrors('application'), limited(core, 'start')]
  const applications = [standardErrors('application'), limited(core, 'oauth')]
  const bearers = [
    standardErrors('bearer'),
    ...(core.settings.oauthServer.enabled ? [application(core, at.server.issuer)] : []),
    limited(core, 'oauth'),
  ]
  const on = (handle: Handler) => whileOn(at, handle)
  const fromForm = on(authorize(at, (exchange) => exchange.form()))
  const login = '/oauth2/login'
  const userinfo = '/oauth2/userinfo'
  return [
    ...metadataPaths.map(
      (path): Route => ({ method: 'GET', path, safe: true, gates: everybody, handle: on(getMetadata(at)) }),
    ),
    { method: 'GET', path: '/oauth2/jwks', safe: true, gates: everybody, handle: on(getJwks(at)) },
    { method: 'GET', path: '/oauth2/authorize', gates: starts, handle: on(authorize(at, ({ query }) => query)) },
    { method: 'POST', path: '/oauth2/authorize', body: 'form', gates: starts, handle: fromForm },
    { method: 'GET', path: login, gates: [limited(core, 'answerNetwork')], handle: loginOn(at, getLogin(at)) },
    {
      method: 'POST',
      path: login,
      gates: [signedIn(core), limited(core, 'change')],
      handle: loginOn(at, postLogin(at)),
    },
    { method: 'POST', path: '/oauth2/token', body: 'form', gates: applications, handle: on(postOAuthToken(at)) },
    { method: 'POST', path: '/oauth2/revoke', body: 'form', gates: applications, handle: on(postRevoke(at)) },
    { method: 'POST', path: '/oauth2/introspect', body: 'form', gates: applications, handle: on(postIntrospect(at)) },
    { method: 'GET', path: userinfo, safe: true, gates: bearers, handle: on(getUserinfo(at)) },
    { method: 'POST', path: userinfo, body: 'none', gates: bearers, handle: on(getUserinfo(at)) },
  ]
}

/** Upstream's answer where it is switched off, save that a setting is no fault of the server. */
function whileOn({ core }: Nhost, handle: Handler): Handler {
  if (core.settings.oauthServer.enabled) return handle
  return () => json(400, { error: 'server_error', error_description: 'OAuth2 provider is disabled' })
}

function loginOn({ core }: Nhost, handle: Handler): Handler {
  if (core.settings.oauthServer.enabled) return handle
  return () => json(400, { status: 400, error: 'disabled-endpoint', message: 'OAuth2 provider is disabled' })
}

/** What applications need to know (OpenID Connect Discovery 1.0 §3, RFC 8414 §2). */
function getMetadata({ core: { settings }, server }: Nhost): Handler {
  const at = `${server.issuer}/oauth2`
  const { algorithm } = settings.tokens
  const metadata = {
    issuer: server.issuer,
    authorization_endpoint: `${at}/authorize`,
    token_endpoint: `${at}/token`,
    userinfo_endpoint: `${at}/userinfo`,
    jwks_uri: `${at}/jwks`,
    revocation_endpoint: `${at}/revoke`,
    introspection_endpoint: `${at}/introspect`,
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    scopes_supported: knownScopes(settings),
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [algorithm],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
    code_challenge_methods_supported: ['S256'],
    claims_supported: [
      ...['sub', 'name', 'email', 'email_verified', 'picture', 'locale', 'phone_number', 'phone_number_verified'],
    ],
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    authorization_response_iss_parameter_supported: true,
  }
  return () => json(200, metadata, { 'cache-control': 'public, max-age=600' })
}
