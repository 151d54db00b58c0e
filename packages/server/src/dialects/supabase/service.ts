import { discovery } from '../../core/tokens/discovery.ts'
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

const socialProviders = [
  ...['apple', 'azure', 'bitbucket', 'discord', 'facebook', 'snapchat', 'figma', 'fly', 'github', 'gitlab', 'google'],
  ...['keycloak', 'kakao', 'linkedin', 'linkedin_oidc', 'notion', 'spotify', 'slack', 'slack_oidc', 'workos'],
  ...['twitch', 'twitter', 'zoom'],
]

/** GET /settings: what is switched on. */
export function getSettings({ core }: Supabase): Handler {
  return async () => {
    const { signUp, phone } = core.settings
    const offered = new Set((await core.providers.list()).map(({ provider }) => provider.id))
    const social = Object.fromEntries(socialProviders.map((name) => [name, offered.has(name)]))
    return json(200, {
      external: { anonymous_users: signUp.anonymous, ...social, email: true, phone: phone.enabled },
      disable_signup: !signUp.enabled,
      mailer_autoconfirm: !signUp.emailConfirmation,
      phone_autoconfirm: !signUp.phoneConfirmation,
      sms_provider: phone.gateway,
      saml_enabled: core.settings.sso.enabled,
      saml_private_key_next_configured: false,
      passkeys_enabled: core.settings.passkeys.enabled,
    })
  }
}
