// Data: what each refusal looks like on this dialect's wire.
import type { ErrorCode, Refusal } from '../../base/errors.ts'
import { sentenceOf } from '../../base/errors.ts'
import { hookRejected, hookUnavailable } from './hook-errors.ts'

/** A refusal as clients of this dialect read it. */
export interface Wire {
  readonly status: number
  readonly code: string
  readonly message: string
}

type Telling = Wire | ((refusal: Refusal) => Wire)
type ErrorTable = Readonly<Record<ErrorCode, Telling>>

/** What a handler was doing, where that changes how a refusal is told. */
export type Doing =
  | 'sign_up'
  | 'password'
  | 'refresh'
  | 'exchange'
  | 'link'
  | 'reauthenticate'
  | 'user'
  | 'admin'
  | 'linking'
  | 'factor'
  | 'passkey'
  | 'unenroll'
  | 'recovery_codes'
  | 'oauth'
  | 'oauth_clients'
  | 'magic_link'

export const wire = (status: number, code: string, message: string): Wire => ({ status, code, message })
const own = (status: number, code: string) => (refusal: Refusal) => wire(status, code, refusal.message)
const plain = (status: number, code: ErrorCode) => wire(status, code, sentenceOf(code))

const badRefresh = (code: string, text: string) => wire(400, code, `Invalid Refresh Token: ${text}`)
const duplicateEmail = wire(422, 'email_exists', 'A user with this email address has already been registered')
const rateLimit = wire(429, 'over_request_rate_limit', 'Request rate limit reached')
const frequency = (code: string) => (refusal: Refusal) =>
  wire(429, code, `For security purposes, you can only request this after ${refusal.retryAfter ?? 60} seconds.`)

const jsonDetail = ({ details, message }: Refusal): string =>
  details.reason === 'empty' ? 'unexpected end of JSON input' : message

function badJson(refusal: Refusal): Wire {
  return wire(400, 'bad_json', `Could not parse request body as JSON: ${jsonDetail(refusal)}`)
}

function badInput({ details, message }: Refusal): Wire {
  const rule = details.fields?.find(({ path }) => path === 'password')?.rule
  const most = /at most (\d+) characters/.exec(rule ?? '')?.[1]
  const text = most === undefined ? message : `Password cannot be longer than ${most} characters`
  return wire(400, 'validation_failed', text)
}

function badJwt({ details }: Refusal): Wire {
  if (details['missing'] === 'sub') return wire(403, 'bad_jwt', 'invalid claim: missing sub claim')
  if (details['claim'] === 'sub') return wire(400, 'bad_jwt', 'invalid claim: sub claim must be a UUID')
  if (details['claim'] === 'session_id') return wire(403, 'bad_jwt', 'invalid claim: session_id claim must be a UUID')
  return wire(
    403,
    'bad_jwt',
    `invalid JWT: unable to parse or verify signature, ${details.reason ?? 'it is not valid'}`,
  )
}

function tooLarge({ details, message }: Refusal): Wire {
  const { limit } = details
  const text = limit === undefined ? message : `Request body too large (max ${limit} bytes)`
  return wire(413, 'request_entity_too_large', text)
}

function duplicate({ details }: Refusal): Wire {
  if (details['field'] === 'phone')
    return wire(422, 'phone_exists', 'A user with this phone number has already been registered')
  return details['field'] === 'id' ? wire(422, 'conflict', 'A user with this id already exists') : duplicateEmail
}

function notAllowed({ details }: Refusal): Wire {
  if (details.reason === 'country')
    return wire(422, 'sms_send_failed', 'Error sending confirmation OTP to provider: no messages go to this country')
  return details['field'] === 'phone'
    ? wire(400, 'validation_failed', 'Phone number cannot be used as it is not authorized')
    : wire(400, 'email_address_not_authorized', 'Email address cannot be used as it is not authorized')
}

function sessionExpired({ details }: Refusal): Wire {
  return badRefresh('session_expired', `Session Expired${details.reason === 'idle' ? ' (Inactivity)' : ''}`)
}

function alreadyLinked({ details }: Refusal): Wire {
  const text = details.reason === 'own' ? 'Identity is already linked' : 'Identity is already linked to another user'
  return wire(422, 'identity_already_exists', text)
}

const notSaml = 'SAMLResponse is not a valid XML SAML assertion'

const badAssertions: Readonly<Record<string, Wire>> = {
  no_user_id: wire(
    400,
    'saml_assertion_no_user_id',
    'SAML Assertion did not contain a persistent Subject Identifier attribute or Subject NameID uniquely identifying this user',
  ),
  no_email: wire(400, 'saml_assertion_no_email', 'SAML Assertion does not contain an email address'),
  unknown_issuer: wire(
    404,
    'saml_idp_not_found',
    'A SAML connection has not been established with this Identity Provider',
  ),
  missing: wire(400, 'validation_failed', 'SAMLResponse is missing'),
  not_base64: wire(400, 'validation_failed', 'SAMLResponse is not a valid Base64 string'),
  xml: wire(400, 'validation_failed', notSaml),
  not_a_response: wire(400, 'validation_failed', notSaml),
}

function badAssertion({ details }: Refusal): Wire {
  return badAssertions[details.reason ?? ''] ?? wire(400, 'validation_failed', 'SAML Assertion is not valid')
}

const wrongCode: Readonly<Record<string, string>> = {
  phone: 'Invalid MFA Phone code entered',
  recovery_code: 'Invalid recovery code entered',
  webauthn: 'Failed to validate WebAuthn MFA response',
}

function wrongFactor({ details }: Refusal): Wire {
  const message = wrongCode[String(details['type'])] ?? 'Invalid TOTP code entered'
  return wire(422, 'mfa_verification_failed', message)
}

function nameConflict({ details }: Refusal): Wire {
  const name = String(details['name'] ?? '')
  return wire(422, 'mfa_factor_name_conflict', `A factor with the friendly name "${name}" for this user already exists`)
}

function badChallenge({ details }: Refusal): Wire {
  if (details.reason === 'used')
    return wire(422, 'mfa_ip_address_mismatch', 'Challenge and verify IP addresses mismatch.')
  if (details.reason === 'unknown')
    return wire(422, 'mfa_factor_not_found', 'MFA factor with the provided challenge ID not found')
  const which = typeof details['challenge'] === 'string' ? ` ${details['challenge']}` : ''
  const text = `MFA challenge${which} has expired, verify against another challenge or create a new challenge.`
  return wire(422, 'mfa_challenge_expired', text)
}

function factorExists(refusal: Refusal): Wire {
  const exists = (text: string) => wire(422, 'mfa_verified_factor_exists', text)
  switch (refusal.details.reason) {
    case 'phone':
      return exists('A verified phone factor already exists, unenroll the existing factor to continue')
    case 'credential':
      return wire(422, 'webauthn_credential_exists', 'This credential is already registered')
    case 'exists':
      return exists('Recovery codes already exist, regenerate them to continue')
    case 'sole_factor':
      return wire(422, 'mfa_recovery_codes_sole_factor', 'Recovery codes cannot be the only verified factor')
    default:
      return wire(409, 'conflict', refusal.message)
  }
}

const switchedOffFactors: Readonly<Record<string, Wire>> = {
  totp: wire(422, 'mfa_totp_enroll_not_enabled', 'MFA enroll is disabled for TOTP'),
  phone: wire(422, 'mfa_phone_enroll_not_enabled', 'MFA enroll is disabled for Phone'),
  webauthn: wire(422, 'mfa_webauthn_enroll_not_enabled', 'MFA enroll is disabled for WebAuthn'),
  recovery_codes: wire(422, 'mfa_recovery_codes_enroll_not_enabled', 'MFA enroll is disabled for recovery codes'),
}

const factorOff = (refusal: Refusal): Wire =>
  switchedOffFactors[String(refusal.details['feature'])] ?? wire(422, 'feature_disabled', refusal.message)

const enrollLevel = wire(403, 'insufficient_aal', 'AAL2 required to enroll a new factor')
const unenrollLevel = wire(422, 'insufficient_aal', 'AAL2 required to unenroll verified factor')

/** A proof of the second factor that is old is as good as none: clients ask for it then. */
function staleProof({ details }: Refusal): Wire {
  return details['level'] === 'aal2'
    ? enrollLevel
    : wire(400, 'reauthentication_needed', 'Please sign in again to set up a second factor')
}

const factorErrors: Partial<ErrorTable> = {
  not_found: wire(404, 'mfa_factor_not_found', 'Factor not found'),
  limit_reached: wire(
    422,
    'too_many_enrolled_mfa_factors',
    'Maximum number of verified factors reached, unenroll to continue',
  ),
  conflict: factorExists,
  feature_disabled: factorOff,
  insufficient_aal: enrollLevel,
  reauthentication_needed: staleProof,
  attempt_expired: badChallenge,
}

function deadCeremony({ details }: Refusal): Wire {
  return details.reason === 'expired'
    ? wire(400, 'webauthn_challenge_expired', 'Challenge has expired')
    : wire(400, 'webauthn_challenge_not_found', 'Challenge not found or already used')
}

const passkeyLevel = wire(403, 'insufficient_aal', 'AAL2 session is required to manage passkeys when MFA is enabled')

const passkeyErrors: Partial<ErrorTable> = {
  user_sso_managed: wire(422, 'validation_failed', 'SSO users cannot register passkeys'),
  insufficient_aal: passkeyLevel,
  reauthentication_needed: ({ details }) =>
    details['level'] === 'aal2'
      ? passkeyLevel
      : wire(400, 'reauthentication_needed', 'Please sign in again to manage passkeys'),
  limit_reached: wire(422, 'too_many_passkeys', 'Maximum number of passkeys reached'),
  conflict: wire(422, 'webauthn_credential_exists', 'This credential is already registered'),
  attempt_expired: deadCeremony,
  email_not_confirmed: wire(403, 'email_not_confirmed', 'Email not confirmed'),
  phone_not_confirmed: wire(403, 'phone_not_confirmed', 'Phone not confirmed'),
  not_found: wire(404, 'validation_failed', 'Passkey not found'),
}

/** Every reason the core can refuse for. */
export const supabaseErrors = {
  webauthn_verification_failed: wire(400, 'webauthn_verification_failed', 'Credential verification failed'),
  validation_failed: badInput,
  bad_json: badJson,
  unsupported_media_type: wire(415, 'validation_failed', 'Content-Type must be application/json'),
  payload_too_large: tooLarge,
  request_timeout: plain(408, 'request_timeout'),
  not_found: wire(404, 'unknown', 'Not found'),
  method_not_allowed: wire(405, 'unknown', 'Method not allowed'),
  conflict: own(409, 'conflict'),
  idempotency_key_reused: own(422, 'conflict'),
  email_address_invalid: ({ details }) =>
    wire(
      400,
      'validation_failed',
      details.reason === 'length' ? 'An email address is too long' : 'Unable to validate email address: invalid format',
    ),
  phone_number_invalid: wire(400, 'validation_failed', 'Invalid phone number format (E.164 required)'),
  redirect_not_allowed: own(400, 'validation_failed'),
  captcha_failed: ({ details: { reason, codes } }) => {
    const why = reason === 'missing' || !Array.isArray(codes) ? 'no captcha_token found' : codes.join(', ')
    return wire(400, 'captcha_failed', `captcha protection: request disallowed (${why})`)
  },
  no_authorization: wire(401, 'no_authorization', 'This endpoint requires a valid Bearer token'),
  bad_jwt: badJwt,
  key_invalid: wire(401, 'no_authorization', 'Invalid API key'),
  access_key_invalid: wire(401, 'no_authorization', 'Invalid API key'),
  not_admin: wire(403, 'not_admin', 'User not allowed'),
  insufficient_scope: wire(403, 'not_admin', 'User not allowed'),
  insufficient_aal: wire(403, 'insufficient_aal', 'AAL2 session is required'),
  reauthentication_needed: wire(400, 'reauthentication_needed', 'Password update requires reauthentication'),
  session_not_found: wire(403, 'session_not_found', 'Session from session_id claim in JWT does not exist'),
  session_expired: sessionExpired,
  origin_not_allowed: own(403, 'validation_failed'),
  invalid_credentials: wire(400, 'invalid_credentials', 'Invalid login credentials'),
  current_password_required: wire(
    400,
    'current_password_required',
    'Current password required when setting new password.',
  ),
  current_password_invalid: wire(
    400,
    'current_password_invalid',
    'Current password required when setting new password.',
  ),
  reauthentication_not_valid: wire(422, 'reauthentication_not_valid', 'Nonce has expired or is invalid'),
  weak_password: own(422, 'weak_password'),
  same_password: wire(422, 'same_password', 'New password should be different from the old password.'),
  user_not_found: wire(403, 'user_not_found', 'User from sub claim in JWT does not exist'),
  user_banned: wire(403, 'user_banned', 'User is banned'),
  user_already_exists: duplicate,
  user_sso_managed: wire(
    422,
    'user_sso_managed',
    'Updating email, phone, password of a SSO account only possible via SSO',
  ),
  email_not_confirmed: wire(400, 'email_not_confirmed', 'Email not confirmed'),
  phone_not_confirmed: wire(400, 'phone_not_confirmed', 'Phone not confirmed'),
  anonymous_not_allowed: wire(403, 'no_authorization', 'Anonymous user not allowed to perform these actions'),
  signup_disabled: ({ details }) =>
    details.reason === 'anonymous'
      ? wire(422, 'anonymous_provider_disabled', 'Anonymous sign-ins are disabled')
      : wire(422, 'signup_disabled', 'Signups not allowed for this instance'),
  identifier_not_allowed: notAllowed,
  feature_disabled: (refusal) =>
    refusal.details['feature'] === 'linking'
      ? wire(404, 'manual_linking_disabled', 'Manual linking is disabled')
      : wire(404, 'feature_disabled', refusal.message),
  provider_disabled: own(400, 'provider_disabled'),
  oauth_refused: own(400, 'validation_failed'),
  provider_failed: wire(400, 'unexpected_failure', 'Error getting user profile from external provider'),
  access_denied: own(403, 'access_denied'),
  bad_oauth_state: wire(400, 'bad_oauth_state', 'OAuth state not found or expired'),
  wallet_signature_invalid: own(400, 'validation_failed'),
  id_token_invalid: wire(400, 'bad_jwt', 'Bad ID token'),
  saml_assertion_invalid: badAssertion,
  sso_provider_not_found: own(404, 'sso_provider_not_found'),
  identity_already_exists: alreadyLinked,
  hash_not_supported: own(422, 'validation_failed'),
  limit_reached: own(422, 'validation_failed'),
  hook_rejected: hookRejected,
  hook_unavailable: hookUnavailable,
  mfa_verification_failed: wrongFactor,
  factor_name_taken: nameConflict,
  single_identity_not_deletable: wire(
    422,
    'single_identity_not_deletable',
    'User must have at least 1 identity after unlinking',
  ),
  otp_expired: wire(403, 'otp_expired', 'Token has expired or is invalid'),
  attempt_expired: wire(403, 'otp_expired', 'Token has expired or is invalid'),
  flow_state_not_found: ({ details }) =>
    details.reason === 'expired'
      ? wire(422, 'flow_state_expired', 'invalid flow state, flow state has expired')
      : wire(404, 'flow_state_not_found', 'invalid flow state, no valid flow state found'),
  flow_state_already_used: wire(400, 'flow_state_already_used', 'State has already been used'),
  bad_code_verifier: wire(400, 'bad_code_verifier', 'code challenge does not match previously saved code verifier'),
  refresh_token_not_found: badRefresh('refresh_token_not_found', 'Refresh Token Not Found'),
  refresh_token_overtaken: badRefresh('refresh_token_not_found', 'Refresh Token Not Found'),
  refresh_token_already_used: badRefresh('refresh_token_already_used', 'Already Used'),
  over_request_rate_limit: rateLimit,
  over_email_send_rate_limit: frequency('over_email_send_rate_limit'),
  over_sms_send_rate_limit: frequency('over_sms_send_rate_limit'),
  over_attempt_limit: rateLimit,
  unexpected_failure: wire(
    500,
    'unexpected_failure',
    'Unexpected failure, please check server logs for more information',
  ),
  unavailable: plain(503, 'unavailable'),
} satisfies ErrorTable

/** The same code told otherwise, by what the handler was doing. */
export const supabaseErrorsWhile: Readonly<Record<Doing, Partial<ErrorTable>>> = {
  sign_up: { user_already_exists: wire(422, 'user_already_exists', 'User already registered') },
  password: { user_banned: wire(400, 'user_banned', 'User is banned') },
  refresh: { user_banned: badRefresh('user_banned', 'User Banned') },
  exchange: {
    // A code that was used is gone, as upstream deletes it.
    flow_state_already_used: wire(404, 'flow_state_not_found', 'invalid flow state, no valid flow state found'),
  },
  link: { otp_expired: wire(403, 'otp_expired', 'Email link is invalid or has expired') },
  reauthenticate: {
    email_not_confirmed: wire(422, 'email_not_confirmed', 'Please verify your email first.'),
    phone_not_confirmed: wire(422, 'phone_not_confirmed', 'Please verify your phone first.'),
    validation_failed: wire(
      400,
      'validation_failed',
      'Reauthentication requires the user to have an email or a phone number',
    ),
  },
  user: {
    anonymous_not_allowed: wire(
      422,
      'validation_failed',
      'Updating password of an anonymous user without an email or phone is not allowed',
    ),
    insufficient_aal: wire(
      401,
      'insufficient_aal',
      'AAL2 session is required to update email or password when MFA is enabled.',
    ),
  },
  linking: {
    reauthentication_needed: wire(
      400,
      'reauthentication_needed',
      'Please sign in again to connect or remove an account',
    ),
  },
  factor: factorErrors,
  passkey: passkeyErrors,
  unenroll: { ...factorErrors, insufficient_aal: unenrollLevel, reauthentication_needed: unenrollLevel },
  recovery_codes: {
    ...factorErrors,
    not_found: wire(404, 'mfa_factor_not_found', 'The user has not enrolled recovery codes'),
    over_attempt_limit: wire(
      429,
      'mfa_recovery_codes_locked',
      'Too many failed verification attempts, try again later',
    ),
  },
  oauth: {
    invalid_credentials: own(400, 'invalid_credentials'),
    user_banned: badRefresh('user_banned', 'User Banned'),
  },
  oauth_clients: { bad_json: wire(400, 'bad_json', 'Invalid JSON body') },
  magic_link: {
    bad_json: (refusal) => wire(400, 'bad_json', `Could not read verification params: ${jsonDetail(refusal)}`),
  },
  admin: {
    not_found: wire(404, 'mfa_factor_not_found', 'Factor not found'),
    user_not_found: wire(404, 'user_not_found', 'User not found'),
    user_already_exists: (refusal) =>
      refusal.details['field'] === 'phone'
        ? wire(422, 'phone_exists', 'Phone number already registered by another user')
        : duplicate(refusal),
  },
}
