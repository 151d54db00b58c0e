/**
 * Every reason the core can refuse for, with the sentence shown when a dialect has none of its own.
 * Codes never change; sentences may. A status is a dialect's business and stands in its own table.
 */
const refusals = {
  // what was sent
  validation_failed: 'Please check the fields of your request.',
  bad_json: 'The body is not valid JSON.',
  unsupported_media_type: 'Send the body as application/json.',
  payload_too_large: 'The request is larger than this server accepts.',
  request_timeout: 'The request took too long to arrive. Please try again.',
  not_found: 'There is nothing here.',
  method_not_allowed: 'This address does not answer that method.',
  conflict: 'It was changed meanwhile. Please read it again and retry.',
  idempotency_key_reused: 'This Idempotency-Key was used with another request.',
  email_address_invalid: 'This e-mail address cannot be used.',
  phone_number_invalid: 'This phone number cannot be used.',
  redirect_not_allowed: 'This return address is not on the list of allowed ones.',
  captcha_failed: 'The captcha was not solved. Please try again.',
  // who is asking
  no_authorization: 'Please sign in first.',
  bad_jwt: 'The access token is not valid. Please refresh it.',
  key_invalid: 'The API key is not valid.',
  access_key_invalid: 'The access key is not valid.',
  not_admin: 'This needs a secret key or an administrator.',
  insufficient_scope: 'The key does not reach this far.',
  insufficient_aal: 'Please confirm with your second factor first.',
  reauthentication_needed: 'Please prove once more that it is you.',
  session_not_found: 'This session has ended. Please sign in again.',
  session_expired: 'This session has expired. Please sign in again.',
  origin_not_allowed: 'Requests from this origin are not allowed.',
  // accounts and secrets
  invalid_credentials: 'E-mail, phone or password is wrong.',
  current_password_required: 'Please give the current password.',
  current_password_invalid: 'The current password is wrong.',
  reauthentication_not_valid: 'The code is wrong or has expired.',
  weak_password: 'Please choose a stronger password.',
  same_password: 'The new password must differ from the old one.',
  user_not_found: 'There is no such user.',
  user_banned: 'This account is blocked.',
  user_already_exists: 'There is already an account with this address.',
  user_sso_managed: 'This account is managed by your organisation.',
  email_not_confirmed: 'Please confirm your e-mail address first.',
  phone_not_confirmed: 'Please confirm your phone number first.',
  anonymous_not_allowed: 'Guests cannot do this. Please add an e-mail address first.',
  signup_disabled: 'New accounts are not being accepted.',
  identifier_not_allowed: 'This address is not accepted here.',
  feature_disabled: 'This is switched off on this server.',
  provider_disabled: 'This way to sign in is switched off.',
  oauth_refused: 'The request of the application was refused.',
  provider_failed: 'The provider did not answer as expected. Please try again.',
  access_denied: 'The sign-in was declined.',
  bad_oauth_state: 'This sign-in is unknown here or has expired. Please start again.',
  id_token_invalid: 'The ID token is not valid.',
  wallet_signature_invalid: 'The wallet’s signature is not valid here. Please sign a new message.',
  saml_assertion_invalid: 'What your organisation sent is not valid. Please start again.',
  sso_provider_not_found: 'There is no organisation of that name here.',
  identity_already_exists: 'This account is connected already.',
  hash_not_supported: 'This password hash cannot be imported.',
  limit_reached: 'There are as many as allowed already.',
  hook_rejected: 'This was refused by the application.',
  hook_unavailable: 'The application could not be asked. Please try again.',
  single_identity_not_deletable: 'This is the last way to sign in and cannot be removed.',
  // second factors
  mfa_verification_failed: 'The code is wrong or was used already.',
  factor_name_taken: 'You have a factor of this name already.',
  // one-time things
  webauthn_verification_failed: 'The passkey could not be verified. Please try again.',
  otp_expired: 'The code or link is wrong or has expired.',
  attempt_expired: 'This step has expired. Please start again.',
  flow_state_not_found: 'The return code is unknown or has expired.',
  flow_state_already_used: 'The return code was used already.',
  bad_code_verifier: 'The code verifier does not fit.',
  refresh_token_not_found: 'The refresh token is not known.',
  refresh_token_overtaken: 'The session has gone on with a newer refresh token. Use that one.',
  refresh_token_already_used: 'The refresh token was used already.',
  // too much
  over_request_rate_limit: 'Too many requests. Please wait a moment.',
  over_email_send_rate_limit: 'Too many mails. Please wait a moment.',
  over_sms_send_rate_limit: 'Too many text messages. Please wait a moment.',
  over_attempt_limit: 'Too many wrong tries. Please wait before the next one.',
  // not the caller's fault
  unexpected_failure: 'Something went wrong here. Please try again.',
  unavailable: 'The service is busy or its database cannot be reached. Please try again.',
} as const

export type ErrorCode = keyof typeof refusals

/** The closed list of codes, for tables that must be total and for the generated reference page. */
export const errorCodes = Object.keys(refusals) as readonly ErrorCode[]

/** What may travel with a refusal to its reader: facts, never secrets. */
export interface RefusalDetails {
  /** A finer difference inside one code, for dialects that must show it. */
  readonly reason?: string
  /** Input faults, by path. */
  readonly fields?: readonly { readonly path: string; readonly rule: string }[]
  readonly [fact: string]: unknown
}

/**
 * The one error that means "no": refused on purpose, for a reason with a stable code.
 * Anything else that is thrown is a fault of ours and is shown as `unexpected_failure`.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: ErrorCode
  readonly details: RefusalDetails
  /** Whole seconds until another try makes sense; absent where waiting does not help. */
  readonly retryAfter: number | undefined

  constructor(
    code: ErrorCode,
    more: { message?: string; details?: RefusalDetails; retryAfter?: number; cause?: unknown } = {},
  ) {
    super(more.message ?? refusals[code], more.cause === undefined ? undefined : { cause: more.cause })
    this.code = code
    this.details = more.details ?? {}
    this.retryAfter = more.retryAfter
  }
}

/** A `validation_failed` for one field. @param rule a sentence or rule name that tells the reader what is expected. */
export function invalid(path: string, rule: string): Refusal {
  return new Refusal('validation_failed', { message: `${path}: ${rule}`, details: { fields: [{ path, rule }] } })
}

/** The sentence a code stands for when nobody has a better one. */
export function sentenceOf(code: ErrorCode): string {
  return refusals[code]
}
