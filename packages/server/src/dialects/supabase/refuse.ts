// Data: refusals that only this dialect knows.
import { Refusal } from '../../base/errors.ts'
import { type Wire, wire } from './errors.ts'

/** What is told where a way in or a feature is switched off, and where a flow's answer is this dialect's own. */
const dialectRefusals = {
  otp_disabled: wire(422, 'otp_disabled', 'Signups not allowed for otp'),
  unsupported_grant_type: wire(400, 'invalid_credentials', 'unsupported_grant_type'),
  email_exists: wire(422, 'email_exists', 'A user with this email address has already been registered'),
  link_user_not_found: wire(404, 'user_not_found', 'User with this email not found'),
  email_format: wire(422, 'validation_failed', 'Invalid email format'),
  recovery_email: wire(422, 'validation_failed', 'Password recovery requires an email'),
  recovery_codes_route: wire(422, 'validation_failed', 'Recovery codes are removed at /factors/recovery-codes'),
  factor_id: wire(404, 'validation_failed', 'factor_id must be an UUID'),
  user_id: wire(404, 'validation_failed', 'user_id must be an UUID'),
  app_metadata: wire(403, 'not_admin', 'Updating app_metadata requires admin privileges'),
  phone_sign_up: wire(400, 'phone_provider_disabled', 'Phone signups are disabled'),
  phone_sign_in: wire(422, 'phone_provider_disabled', 'Phone logins are disabled'),
  phone_resend: wire(400, 'phone_provider_disabled', 'Phone logins are disabled'),
  phone_code: wire(400, 'phone_provider_disabled', 'Unsupported phone provider'),
  web3: wire(422, 'web3_provider_disabled', 'Web3 provider is disabled'),
  web3_chain: wire(400, 'web3_unsupported_chain', 'Unsupported chain'),
  saml: wire(404, 'saml_provider_disabled', 'SAML 2.0 is disabled'),
  sso_unknown_id: wire(404, 'sso_provider_not_found', 'No such SSO provider'),
  sso_unknown_domain: wire(404, 'sso_provider_not_found', 'No SSO provider assigned for this domain'),
  sso_unknown: wire(404, 'sso_provider_not_found', 'SSO Identity Provider not found'),
  sso_disabled: wire(404, 'sso_provider_disabled', 'SSO Provider is currently disabled'),
  sso_entity_exists: wire(422, 'saml_idp_already_exists', 'SAML Identity Provider already exists'),
  sso_entity_mismatch: wire(400, 'saml_entity_id_mismatch', 'SAML Metadata is of another EntityID'),
  sso_domain_exists: wire(400, 'sso_domain_already_exists', 'SSO Domain is already assigned'),
  sso_conflict: wire(422, 'conflict', 'Updating SSO provider failed, likely due to a conflict. Try again?'),
  saml_fetch: wire(400, 'saml_metadata_fetch_failed', 'SAML Metadata cannot be fetched'),
  relay_not_found: wire(404, 'saml_relay_state_not_found', 'SAML RelayState does not exist, try logging in again?'),
  relay_expired: wire(422, 'saml_relay_state_expired', 'SAML RelayState has expired. Try logging in again?'),
  passkey_not_found: wire(404, 'validation_failed', 'Passkey not found'),
  webauthn_unreadable: wire(400, 'webauthn_verification_failed', 'Invalid credential response'),
  passkeys: wire(404, 'passkey_disabled', 'Passkeys are disabled'),
  invite_user: wire(404, 'user_not_found', 'User identified by token not found'),
  identity_id: wire(404, 'validation_failed', 'identity_id must be an UUID'),
  identity_not_found: wire(422, 'identity_not_found', "Identity doesn't exist"),
  identity_email_conflict: wire(
    422,
    'email_conflict_identity_not_deletable',
    'Unable to unlink identity due to email conflict',
  ),
  email_needs_verification: wire(422, 'provider_email_needs_verification', 'Unverified email'),
  custom_provider_not_found: wire(404, 'custom_provider_not_found', 'Custom OAuth provider not found'),
  custom_provider_conflict: wire(400, 'conflict', 'A custom OAuth provider with this identifier already exists'),
  custom_provider_quota: wire(
    400,
    'over_custom_provider_quota',
    'Maximum number of custom OAuth/OIDC providers reached',
  ),
  oauth_server: wire(404, 'feature_disabled', 'OAuth server is disabled'),
  oauth_registration: wire(
    403,
    'oauth_dynamic_client_registration_disabled',
    'Dynamic client registration is not enabled',
  ),
  oauth_client_unknown: wire(400, 'oauth_client_not_found', 'invalid client_id'),
  oauth_client_not_found: wire(404, 'oauth_client_not_found', 'OAuth client not found'),
  oauth_authorization_not_found: wire(404, 'oauth_authorization_not_found', 'authorization not found'),
  oauth_consent_not_found: wire(404, 'oauth_consent_not_found', 'No active grant found for this client'),
  users_row: wire(403, '42501', 'new row violates row-level security policy for table "users"'),
  scim: wire(404, 'feature_disabled', 'SCIM server is disabled'),
} satisfies Readonly<Record<string, Wire>>

export type DialectRefusal = keyof typeof dialectRefusals

/** A refusal that this dialect's clients know and the core does not. */
export function refusal(name: DialectRefusal, message: string = dialectRefusals[name].message): Refusal {
  return new Refusal('feature_disabled', { message, details: { reason: name } })
}

/** How a refusal made by {@link refusal} is told. */
export function dialectWire({ code, details, message }: Refusal): Wire | undefined {
  const { reason } = details
  if (code !== 'feature_disabled' || reason === undefined || !Object.hasOwn(dialectRefusals, reason)) return undefined
  return { ...dialectRefusals[reason as DialectRefusal], message }
}

/** The provider has not made sure that the address is theirs; a mail does that now. @param provider its id */
export function needsVerification(provider: string): Refusal {
  return refusal(
    'email_needs_verification',
    `Unverified email with ${provider}. A confirmation email has been sent to your ${provider} email`,
  )
}

/** An input fault in this dialect's words. */
export function fault(message: string): Refusal {
  return new Refusal('validation_failed', { message })
}

/** A refusal in the form of OAuth 2.0 (RFC 6749 §5.2), which some grants answer. Always 400. */
export function oauthFault(error: string, description: string): Refusal {
  return new Refusal('validation_failed', { message: description, details: { oauthError: error } })
}

/** What an application shows for itself is not good: told in the ordinary form, and by its name in the standard. */
export function clientFault(message: string): Refusal {
  return new Refusal('invalid_credentials', { message, details: { reason: 'client' } })
}
