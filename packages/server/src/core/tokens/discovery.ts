import type { Settings } from '../settings/settings.ts'

type Known = Pick<Settings, 'tokens' | 'oauthServer' | 'publicUrl'>

/** Where the issuer of tokens is found: verifiers may know it by a name that is no address. */
export function issuerAddress({ tokens: { issuer }, publicUrl }: Pick<Known, 'tokens' | 'publicUrl'>): string {
  return /^https?:/i.test(issuer) ? issuer : `${publicUrl}/auth/v1`
}

/** What a verifier needs to know about our tokens (OpenID Connect Discovery 1.0 §3), and an application (RFC 8414 §2). */
export function discovery(settings: Known): Readonly<Record<string, unknown>> {
  const { oauthServer } = settings
  const issuer = issuerAddress(settings)
  const at = issuer.replace(/\/+$/, '')
  return {
    issuer,
    authorization_endpoint: `${at}/oauth/authorize`,
    token_endpoint: `${at}/oauth/token`,
    userinfo_endpoint: `${at}/oauth/userinfo`,
    jwks_uri: `${at}/.well-known/jwks.json`,
    scopes_supported: ['openid', 'profile', 'email', 'phone', 'offline_access'],
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256', 'HS256', 'ES256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
    claims_supported: [
      ...['sub', 'aud', 'iss', 'exp', 'iat', 'auth_time', 'nonce', 'email', 'email_verified', 'phone_number'],
      ...['phone_number_verified', 'name', 'picture', 'preferred_username', 'updated_at'],
    ],
    // `plain` is refused (RFC 9700 §2.1.1).
    code_challenge_methods_supported: ['S256'],
    ...(oauthServer.enabled ? { ...whileOn(at), ...registrationAt(at, oauthServer) } : {}),
  }
}

const whileOn = (at: string) => ({
  revocation_endpoint: `${at}/oauth/revoke`,
  introspection_endpoint: `${at}/oauth/introspect`,
  authorization_response_iss_parameter_supported: true,
  request_parameter_supported: false,
  request_uri_parameter_supported: false,
})

const registrationAt = (at: string, { registration }: Settings['oauthServer']) =>
  registration ? { registration_endpoint: `${at}/oauth/clients/register` } : {}
