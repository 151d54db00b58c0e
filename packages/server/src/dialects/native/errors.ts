import { type ErrorCode, type Refusal, sentenceOf } from '../../base/errors.ts'
import { type Answer, json } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Native } from './dialect.ts'
import { switchOf } from './switched-off.ts'
import { weakSentence } from './weak-sentence.ts'

/** A status, or the code of this dialect that says the same. */
type Wire = number | { readonly as: NativeCode }

/** One line for each code, or it does not build. */
const wire = {
  validation_failed: 400,
  bad_json: 400,
  captcha_failed: 400,
  redirect_not_allowed: 400,
  invalid_credentials: 400,
  email_address_invalid: 400,
  phone_number_invalid: 400,
  current_password_invalid: 400,
  current_password_required: { as: 'current_password_invalid' },
  refresh_token_not_found: 400,
  refresh_token_overtaken: 400,
  refresh_token_already_used: 400,
  session_expired: 400,
  flow_state_not_found: 400,
  flow_state_already_used: 400,
  bad_code_verifier: 400,
  bad_oauth_state: 400,
  id_token_invalid: 400,
  wallet_signature_invalid: 400,
  saml_assertion_invalid: 400,
  no_authorization: 401,
  bad_jwt: 401,
  access_key_invalid: 401,
  key_invalid: 401,
  reauthentication_needed: 401,
  not_admin: 403,
  insufficient_scope: 403,
  insufficient_aal: 403,
  session_not_found: 403,
  user_banned: 403,
  email_not_confirmed: 403,
  phone_not_confirmed: 403,
  anonymous_not_allowed: 403,
  user_sso_managed: 403,
  origin_not_allowed: 403,
  feature_disabled: 403,
  provider_disabled: 403,
  access_denied: 403,
  signup_disabled: 403,
  identifier_not_allowed: 403,
  hook_rejected: 403,
  otp_expired: 403,
  reauthentication_not_valid: { as: 'otp_expired' },
  not_found: 404,
  sso_provider_not_found: 404,
  user_not_found: { as: 'not_found' },
  method_not_allowed: 405,
  request_timeout: 408,
  conflict: 409,
  idempotency_key_reused: 409,
  attempt_expired: 410,
  payload_too_large: 413,
  unsupported_media_type: 415,
  webauthn_verification_failed: 400,
  weak_password: 422,
  same_password: 422,
  user_already_exists: 422,
  single_identity_not_deletable: 422,
  mfa_verification_failed: 422,
  factor_name_taken: 422,
  identity_already_exists: 422,
  limit_reached: 422,
  hash_not_supported: 422,
  over_request_rate_limit: 429,
  over_email_send_rate_limit: 429,
  over_sms_send_rate_limit: 429,
  over_attempt_limit: 429,
  unexpected_failure: 500,
  oauth_refused: 400,
  provider_failed: 502,
  unavailable: 503,
  hook_unavailable: 503,
} as const satisfies Record<ErrorCode, number | { readonly as: ErrorCode }>

/** A code as it may stand in an answer. */
export type NativeCode = {
  [Code in ErrorCode]: (typeof wire)[Code] extends number ? Code : never
}[ErrorCode]

const table: Readonly<Record<ErrorCode, Wire>> = wire

/** What helps whoever builds the app; said in development alone. */
const hints: { readonly [Code in NativeCode]?: string } = {
  redirect_not_allowed: 'List it in redirectUrls (WATCHWORD_REDIRECT_URLS), or try it at POST /admin/redirects/test.',
  origin_not_allowed:
    'A page may call from the origins of siteUrl, redirectUrls and corsOrigins. A secret key is for servers alone.',
  key_invalid: 'The publishable key goes into Watchword-Key, the secret key into Authorization: Bearer.',
  not_admin: 'Send the secret key as Authorization: Bearer.',
  no_authorization: 'Send the access token as Authorization: Bearer, or ask for cookie mode with Watchword-Session.',
  insufficient_aal: 'POST /me/elevation with level aal2 asks for the second factor; after it this call works again.',
  reauthentication_needed: 'POST /me/elevation begins a fresh proof; after it this call works again.',
  attempt_expired: 'Start again at the endpoint this attempt came from.',
  bad_code_verifier: 'The verifier is the one whose S256 digest was sent as codeChallenge.',
  signup_disabled: 'signUp.enabled and signUp.anonymous say who may come.',
  over_request_rate_limit: 'WATCHWORD_RATE_LIMITS=off stops counting in development.',
  unsupported_media_type: 'Every call that changes something is JSON, an empty one too: {}.',
}

/** The codes of this dialect, with their status. */
export const nativeCodes: readonly { readonly code: NativeCode; readonly status: number; readonly message: string }[] =
  Object.entries(table).flatMap(([code, status]) =>
    typeof status === 'number' ? [{ code: code as NativeCode, status, message: sentenceOf(code as ErrorCode) }] : [],
  )

/** The code and status that a refusal has here. */
export function wireOf(code: ErrorCode): { readonly code: NativeCode; readonly status: number } {
  const found = table[code]
  return typeof found === 'number' ? { code: code as NativeCode, status: found } : wireOf(found.as)
}

const isOff = (code: NativeCode) => code === 'feature_disabled' || code === 'provider_disabled'

const hintOf = (code: NativeCode, { details }: Refusal) => (isOff(code) ? switchOf(details) : hints[code])

/** Every refusal below this mount: `{ code, message, requestId, details, retryAfter }`. */
export function presentError({ core }: Native, error: Refusal, exchange: Exchange): Answer {
  const { code, status } = wireOf(error.code)
  const isOurs = typeof table[error.code] === 'number'
  const hint = core.settings.environment === 'development' ? hintOf(code, error) : undefined
  const weak = code === 'weak_password' ? weakSentence(error.details) : undefined
  const body = {
    code,
    message: weak ?? (isOurs ? error.message : sentenceOf(code)),
    requestId: exchange.requestId,
    details: { ...error.details, ...(hint === undefined ? {} : { hint }) },
    retryAfter: error.retryAfter ?? null,
  }
  return json(status, body, { 'content-language': 'en' })
}
