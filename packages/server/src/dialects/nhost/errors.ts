// Data: what each refusal looks like on this dialect's wire.
import type { ErrorCode, Refusal } from '../../base/errors.ts'

/** A refusal as clients of this dialect read it. */
export interface Wire {
  readonly status: number
  readonly error: string
  readonly message: string
}

const wire = (status: number, error: string, message: string): Wire => ({ status, error, message })

/** Every reason this dialect has a name for. `tells`: says something about an account, and is concealed where that is asked for. */
const named = {
  'cannot-send-sms': wire(400, 'cannot-send-sms', 'Cannot send SMS, check your phone number is correct'),
  'default-role-must-be-in-allowed-roles': wire(
    400,
    'default-role-must-be-in-allowed-roles',
    'Default role must be in allowed roles',
  ),
  'disabled-endpoint': wire(409, 'disabled-endpoint', 'This endpoint is disabled'),
  'disabled-user': wire(401, 'disabled-user', 'User is disabled'),
  'email-already-in-use': wire(409, 'email-already-in-use', 'Email already in use'),
  'email-already-verified': wire(400, 'email-already-verified', "User's email is already verified"),
  'forbidden-anonymous': wire(403, 'forbidden-anonymous', 'Forbidden, user is anonymous.'),
  'internal-server-error': wire(500, 'internal-server-error', 'Internal server error'),
  'invalid-email-password': wire(401, 'invalid-email-password', 'Incorrect email or password'),
  'invalid-refresh-token': wire(401, 'invalid-refresh-token', 'Invalid or expired refresh token'),
  'invalid-request': wire(400, 'invalid-request', 'The request payload is incorrect'),
  'invalid-ticket': wire(401, 'invalid-ticket', 'Invalid ticket'),
  'disabled-mfa-totp': wire(401, 'disabled-mfa-totp', 'User does not have TOTP MFA enabled'),
  'invalid-totp': wire(401, 'invalid-totp', 'Invalid TOTP code'),
  'no-totp-secret': wire(400, 'no-totp-secret', 'User does not have a TOTP secret'),
  'totp-already-active': wire(400, 'totp-already-active', 'TOTP MFA is already active'),
  'mfa-required': wire(401, 'mfa-required', 'Please sign in with your password and your second factor'),
  'invalid-pat': wire(401, 'invalid-pat', 'Invalid or expired personal access token'),
  'invalid-otp': wire(400, 'invalid-otp', 'Invalid or expired OTP'),
  'invalid-state': wire(400, 'invalid-state', 'Invalid state'),
  'oauth-profile-fetch-failed': wire(400, 'oauth-profile-fetch-failed', 'Failed to get user profile'),
  'oauth-provider-error': wire(400, 'oauth-provider-error', 'Provider returned an error'),
  'oauth-token-echange-failed': wire(400, 'oauth-token-echange-failed', 'Failed to exchange token'),
  'provider-account-already-linked': wire(
    400,
    'provider-account-already-linked',
    'This provider account is already linked to a user',
  ),
  'not-found': wire(404, 'not-found', 'There is nothing here.'),
  'otp-too-many-attempts': wire(400, 'otp-too-many-attempts', 'Too many incorrect attempts, please request a new OTP'),
  'password-in-hibp-database': wire(400, 'password-in-hibp-database', 'Password is in HIBP database'),
  'password-too-short': wire(400, 'password-too-short', 'Password is too short'),
  'redirectTo-not-allowed': wire(400, 'redirectTo-not-allowed', 'The value of "options.redirectTo" is not allowed.'),
  'role-not-allowed': wire(400, 'role-not-allowed', 'Role not allowed'),
  'signup-disabled': wire(403, 'signup-disabled', 'Sign up is disabled.'),
  'unverified-user': wire(401, 'unverified-user', 'User is not verified.'),
  'user-already-exists': wire(409, 'user-already-exists', 'User already exists'),
  'user-not-anonymous': wire(400, 'user-not-anonymous', 'Logged in user is not anonymous'),
} satisfies Readonly<Record<string, Wire>>

export type NhostError = keyof typeof named

export const wireOfName = (name: NhostError): Wire => named[name]

const sensitive: ReadonlySet<string> = new Set<NhostError>([
  'disabled-mfa-totp',
  'disabled-user',
  'invalid-totp',
  'no-totp-secret',
  'email-already-in-use',
  'email-already-verified',
  'forbidden-anonymous',
  'invalid-email-password',
  'invalid-otp',
  'invalid-pat',
  'invalid-refresh-token',
  'invalid-ticket',
  'otp-too-many-attempts',
  'role-not-allowed',
  'signup-disabled',
  'unverified-user',
  'user-already-exists',
])

/** Takes out of a refusal what it says about an account. */
export function concealed(told: Wire): Wire {
  return sensitive.has(told.error) ? named['invalid-request'] : told
}

const own = (status: number, error: string) => (refusal: Refusal) => wire(status, error, refusal.message)

/** A password that is common or known to thieves has leaked; everything else that is too weak is too short for it. */
function weak({ details }: Refusal): Wire {
  const reasons = Array.isArray(details['reasons']) ? details['reasons'] : []
  const hasLeaked = reasons.length > 0 && reasons.every((reason) => reason === 'breached' || reason === 'common')
  return named[hasLeaked ? 'password-in-hibp-database' : 'password-too-short']
}

type Telling = NhostError | ((refusal: Refusal) => Wire)

/** The refusals that have a word of their own here; all others are `invalid-request` with their own sentence. */
export const nhostErrors: Readonly<Partial<Record<ErrorCode, Telling>>> = {
  not_found: 'not-found',
  method_not_allowed: 'not-found',
  request_timeout: own(408, 'request-timeout'),
  payload_too_large: own(413, 'payload-too-large'),
  redirect_not_allowed: 'redirectTo-not-allowed',
  invalid_credentials: 'invalid-email-password',
  identifier_not_allowed: 'invalid-email-password',
  user_not_found: 'invalid-email-password',
  email_not_confirmed: 'unverified-user',
  phone_not_confirmed: 'unverified-user',
  user_banned: 'disabled-user',
  anonymous_not_allowed: 'forbidden-anonymous',
  signup_disabled: 'signup-disabled',
  feature_disabled: 'disabled-endpoint',
  provider_disabled: 'disabled-endpoint',
  identity_already_exists: 'provider-account-already-linked',
  id_token_invalid: 'invalid-request',
  wallet_signature_invalid: 'invalid-request',
  oauth_refused: 'invalid-request',
  provider_failed: 'oauth-provider-error',
  bad_oauth_state: 'invalid-state',
  access_key_invalid: 'invalid-pat',
  weak_password: weak,
  same_password: own(400, 'invalid-request'),
  otp_expired: 'invalid-ticket',
  attempt_expired: 'invalid-ticket',
  flow_state_not_found: 'invalid-request',
  flow_state_already_used: 'invalid-request',
  bad_code_verifier: 'invalid-request',
  refresh_token_not_found: 'invalid-refresh-token',
  refresh_token_overtaken: 'invalid-refresh-token',
  refresh_token_already_used: 'invalid-refresh-token',
  session_expired: 'invalid-refresh-token',
  over_request_rate_limit: own(429, 'too-many-requests'),
  over_attempt_limit: own(429, 'too-many-requests'),
  over_email_send_rate_limit: own(429, 'too-many-requests'),
  over_sms_send_rate_limit: own(429, 'too-many-requests'),
  hook_rejected: own(400, 'invalid-request'),
  hook_unavailable: own(503, 'unavailable'),
  unexpected_failure: 'internal-server-error',
  unavailable: own(503, 'unavailable'),
}
