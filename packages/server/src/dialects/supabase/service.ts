import type { Settings } from '../../core/settings/settings.ts'
import { json } from '../../http/answer.ts'
import type { Handler } from '../../http/route.ts'
import type { Supabase } from './dialect.ts'

/** The version of the upstream server whose wire this dialect speaks; ours is nobody's business (S112). */
const upstreamVersion = 'v2.196.0'

const cached = { 'cache-control': 'public, max-age=600' }

/** GET /health, by the name clients and probes look for. */
export function getHealth(): Handler {
  const description = 'GoTrue is a user registration and authentication API'
  return () => json(200, { version: upstreamVersion, name: 'GoTrue', description })
}

/** GET /.well-known/jwks.json (RFC 7517): the public keys, or none where a shared secret signs. */
export function getJwks({ core }: Supabase): Handler {
  return async () => json(200, await core.signingKeys.jwks(), cached)
}

/** GET /.well-known/openid-configuration (OpenID Connect Discovery 1.0 §3). */
export function getDiscovery({ core }: Supabase): Handler {
  return () => json(200, discovery(core.settings), cached)
}

function discovery({ tokens }: Pick<Settings, 'tokens'>) {
  const at = tokens.issuer.replace(/\/+$/, '')
  return {
    issuer: tokens.issuer,
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
    // Upstream lists `plain` as well, which is refused here (S67).
    code_challenge_methods_supported: ['S256'],
  }
}

const socialProviders = [
  ...['apple', 'azure', 'bitbucket', 'discord', 'facebook', 'snapchat', 'figma', 'fly', 'github', 'gitlab', 'google'],
  ...['keycloak', 'kakao', 'linkedin', 'linkedin_oidc', 'notion', 'spotify', 'slack', 'slack_oidc', 'workos'],
  ...['twitch', 'twitter', 'zoom'],
]

/** GET /settings: what is switched on. */
export function getSettings({ core }: Supabase): Handler {
  return () => {
    const { signUp } = core.settings
    const social = Object.fromEntries(socialProviders.map((name) => [name, false]))
    return json(200, {
      external: { anonymous_users: signUp.anonymous, ...social, email: true, phone: false },
      disable_signup: !signUp.enabled,
      mailer_autoconfirm: !signUp.emailConfirmation,
      phone_autoconfirm: !signUp.phoneConfirmation,
      sms_provider: '',
      saml_enabled: false,
      saml_private_key_next_configured: false,
      passkeys_enabled: false,
    })
  }
}
