import { isUuid } from '../../base/encoding.ts'
import { Refusal } from '../../base/errors.ts'
import { wireOf } from './present-error.ts'
import { fault, refusal } from './refuse.ts'

type Facts = Readonly<Record<string, string>>

/** What OAuth calls a refusal, by its status (RFC 6749 §4.1.2.1). */
export const oauthNames: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  401: 'unauthorized_client',
  403: 'access_denied',
  500: 'server_error',
  503: 'temporarily_unavailable',
}

const denied = new Set(['signup_disabled', 'user_banned', 'provider_email_needs_verification'])

/** A provider that cannot be used, in this dialect's words. */
export function externalFault(error: unknown): never {
  if (!(error instanceof Refusal)) throw error
  if (error.code === 'user_not_found') throw refusal('invite_user')
  if (error.code === 'provider_failed') throw fault('Unsupported provider: it cannot be reached')
  if (error.code !== 'provider_disabled') throw error
  throw fault(`Unsupported provider: ${whyOf(error)}`)
}

function whyOf({ details }: Refusal): string {
  const id = String(details['provider'] ?? '')
  if (details.reason === 'unknown')
    return id.startsWith('custom:') ? `custom provider ${id} not found` : `Provider ${id} could not be found`
  if (details.reason === 'no_credentials') return 'missing OAuth client ID'
  return id.startsWith('custom:') ? `custom provider ${id} is disabled` : 'provider is not enabled'
}

/** Why a callback belongs to nothing, for the site. @param state as it came */
export function stateFacts(refusal: Refusal, state: string | undefined): Facts {
  const { code, message } = stateFault(refusal, state || undefined) ?? wireOf(refusal, undefined)
  return { error: 'invalid_request', error_code: code, error_description: message }
}

function stateFault(
  { code, details: { reason, challenged } }: Refusal,
  state: string | undefined,
): { readonly code: string; readonly message: string } | undefined {
  if (code !== 'bad_oauth_state') return undefined
  if (state === undefined) return { code: 'bad_oauth_callback', message: 'OAuth state parameter missing' }
  if (reason === 'expired') return { code, message: 'OAuth state has expired' }
  // What ended in tokens is forgotten; what waits for the exchange of a code is known until it is over.
  if (reason === 'used' && challenged === true)
    return { code: 'flow_state_already_used', message: 'State has already been used' }
  return isShaped(state) ? undefined : { code, message: 'OAuth state parameter is invalid' }
}

/** Ours, or what upstream's are. */
const isShaped = (state: string): boolean => /^[\w-]{43}$/.test(state) || isUuid(state)

const failures: Readonly<Record<string, string>> = {
  exchange: 'Unable to exchange external code',
  no_email: 'Error getting user email from external provider',
}

/** Why a sign-in at a provider came to nothing, for the app that began it. */
export function leadFacts(refused: Refusal): Facts {
  const { details } = refused
  const reason = details.reason ?? ''
  if (refused.code === 'access_denied')
    return { error: String(details['error']), error_description: String(details['description']) }
  if (reason === 'no_code')
    return {
      error: 'invalid_request',
      error_code: 'bad_oauth_callback',
      error_description: 'OAuth callback with missing authorization code missing',
    }
  if (refused.code === 'provider_failed' || refused.code === 'id_token_invalid') {
    const text = failures[reason] ?? 'Error getting user profile from external provider'
    return { error: 'server_error', error_code: 'unexpected_failure', error_description: text }
  }
  if (reason === 'invite') return inviteFacts(refused)
  const { status, code, message } = wireOf(refused, undefined)
  const error = denied.has(code) ? 'access_denied' : (oauthNames[status] ?? 'server_error')
  return { error, error_code: code, error_description: message }
}

function inviteFacts({ code }: Refusal): Facts {
  return code === 'user_not_found'
    ? { error: 'server_error', error_code: 'invite_not_found', error_description: 'Invite not found' }
    : {
        error: 'invalid_request',
        error_code: 'validation_failed',
        error_description: 'Invited email does not match emails from external provider',
      }
}
