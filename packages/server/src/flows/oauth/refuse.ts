import { Refusal, type RefusalDetails } from '../../base/errors.ts'

/** Names of errors in the standards (RFC 6749 §4.1.2.1, §5.2; RFC 6750 §3.1; RFC 7591 §3.2.2; RFC 8707 §2; OpenID Connect Core §3.1.2.6). */
export type OAuthError =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'access_denied'
  | 'login_required'
  | 'request_not_supported'
  | 'request_uri_not_supported'

/** A refusal that applications understand by its name in the standards. @param more finer differences, for dialects that show them */
export function oauthRefusal(error: OAuthError, message: string, more: RefusalDetails = {}): Refusal {
  return new Refusal('oauth_refused', { message, details: { oauthError: error, ...more } })
}
