// Data: what each refusal looks like on this dialect's wire.
import type { ErrorCode, Refusal } from '../../base/errors.ts'

/** A refusal as clients of this dialect read it. */
export interface Wire {
  readonly status: number
  readonly code: string
}

const wire = (status: number, code: string): Wire => ({ status, code })
const missingSession = wire(401, 'missing_session_token')
/** These two make a client forget its session, so they stand for nothing else. */
const badSession = wire(401, 'invalid_session_token')
const invalidInput = wire(400, 'validation_error')
const rateLimited = wire(429, 'rate_limit_exceeded')
const wrongSecret = wire(403, 'invalid_access_token')

function taken({ details }: Refusal): Wire {
  return wire(400, details['field'] === 'phone' ? 'phone_not_unique' : 'email_not_unique')
}

/** A browser that has not left yet is told; nobody else sees these. */
function closedProvider({ details }: Refusal): Wire {
  if (details.reason === 'unknown') return wire(400, 'unsupported_oauth_provider')
  return wire(400, details.reason === 'no_credentials' ? 'no_oauth_provider_config' : 'oauth_provider_not_configured')
}

type Telling = Wire | ((refusal: Refusal) => Wire)

/** Reasons of the core; what is not named is an input fault. */
export const altogicErrors: Readonly<Partial<Record<ErrorCode, Telling>>> = {
  bad_json: wire(400, 'invalid_request_body_syntax'),
  unsupported_media_type: wire(415, 'unsupported_media_type'),
  payload_too_large: wire(413, 'request_body_size_too_large'),
  request_timeout: wire(408, 'request_timeout'),
  not_found: wire(404, 'resource_not_found'),
  method_not_allowed: wire(405, 'method_not_allowed'),
  no_authorization: missingSession,
  bad_jwt: badSession,
  session_not_found: badSession,
  session_expired: badSession,
  captcha_failed: wire(400, 'captcha_failed'),
  key_invalid: wire(401, 'invalid_client_key'),
  origin_not_allowed: wire(401, 'domain_not_authorized'),
  invalid_credentials: wire(401, 'invalid_credentials'),
  current_password_invalid: wire(401, 'invalid_credentials'),
  current_password_required: invalidInput,
  user_not_found: wire(404, 'user_not_found'),
  user_banned: wire(401, 'not_allowed'),
  user_already_exists: taken,
  user_sso_managed: wire(401, 'not_allowed'),
  email_not_confirmed: wire(401, 'email_not_verified'),
  phone_not_confirmed: wire(401, 'phone_not_verified'),
  insufficient_aal: wire(401, 'second_factor_required'),
  reauthentication_needed: wire(401, 'reauthentication_needed'),
  signup_disabled: wire(401, 'not_allowed'),
  identifier_not_allowed: wire(401, 'not_allowed'),
  provider_disabled: closedProvider,
  provider_failed: wire(400, 'oauth_provider_failed'),
  id_token_invalid: wire(400, 'oauth_provider_failed'),
  access_denied: wire(401, 'permission_denied'),
  bad_oauth_state: wire(400, 'invalid_oauth_state'),
  flow_state_already_used: wire(400, 'invalid_oauth_state'),
  feature_disabled: wire(401, 'not_allowed'),
  otp_expired: wrongSecret,
  attempt_expired: wrongSecret,
  limit_reached: wire(400, 'limit_reached'),
  over_request_rate_limit: rateLimited,
  over_attempt_limit: rateLimited,
  over_email_send_rate_limit: rateLimited,
  over_sms_send_rate_limit: rateLimited,
  hook_rejected: wire(401, 'not_allowed'),
  hook_unavailable: wire(503, 'service_unavailable'),
  unexpected_failure: wire(500, 'internal_server_error'),
  unavailable: wire(503, 'service_unavailable'),
}

/** Reasons that only this dialect has. */
export const ownErrors = {
  not_allowed: [401, 'This way in is switched off.'],
  email_not_verified: [401, 'The e-mail address is not verified yet.'],
  phone_not_verified: [401, 'The phone number is not verified yet.'],
  email_already_verified: [401, 'The e-mail address is verified already.'],
  phone_already_verified: [401, 'The phone number is verified already.'],
  email_verification_disabled: [401, 'E-mail addresses are not verified here.'],
  phone_verification_disabled: [401, 'Phone numbers are not verified here.'],
  sms_auth_codes_disabled: [401, 'Signing in with codes is switched off.'],
  invalid_provider: [401, 'This account is one of a provider and has no password here. A reset sets one.'],
  email_not_unique: [400, 'There is already an account with this e-mail address.'],
  phone_not_unique: [400, 'There is already an account with this phone number.'],
  missing_access_token: [400, 'An access token is needed: pass it as key.'],
  invalid_token_type: [401, 'This access token is for something else.'],
  missing_phone_number: [400, 'A phone number is needed.'],
  missing_sms_code: [400, 'The code of the text message is needed.'],
  missing_client_key: [401, 'A client key is needed: send it as X-Client-Key.'],
  expired_client_key: [403, 'The time of this client key is over. Ask for a new one.'],
  missing_request_origin: [401, 'This client key works from listed origins alone.'],
  channels_not_supported: [
    404,
    'There are no channels here: sockets are told what happens to their user, and nothing else.',
  ],
  not_your_session: [403, 'This session is not yours.'],
} as const satisfies Readonly<Record<string, readonly [number, string]>>

export type OwnError = keyof typeof ownErrors
