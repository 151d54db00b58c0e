import type { Refusal } from '../../base/errors.ts'
import type { Wire } from './errors.ts'

const wire = (status: number, code: string, message: string): Wire => ({ status, code, message })

/** A hook said no. The status is the hook's own choice, and so is the sentence. */
export function hookRejected({ details, message }: Refusal): Wire {
  if (details.reason === 'password') return wire(400, 'invalid_credentials', message)
  if (details.reason === 'factor') return wire(403, 'mfa_verification_rejected', message)
  const status = Number(details['status'] ?? 403)
  return wire(status, status === 500 ? 'unexpected_failure' : 'unknown', message)
}

/** A hook did not answer as it must. */
export function hookUnavailable({ details }: Refusal): Wire {
  const seconds = Number(details['seconds'] ?? 5).toFixed(6)
  switch (details.reason) {
    case undefined:
    case 'timeout':
      return wire(422, 'hook_timeout', `Failed to reach hook within maximum time of ${seconds} seconds`)
    case 'timeout_after_retry':
      return wire(422, 'hook_timeout_after_retry', 'Failed to reach hook after maximum retries')
    case 'over_size_limit':
      return wire(422, 'hook_payload_over_size_limit', 'Payload of hook exceeded size limit')
    case 'content_type':
      return wire(
        400,
        'hook_payload_invalid_content_type',
        'Invalid JSON response. Expected content-type application/json',
      )
    case 'status':
      return wire(500, 'unexpected_failure', hookStatus(Number(details['status'])))
    default:
      return wire(500, 'unexpected_failure', 'Invalid response from hook')
  }
}

function hookStatus(status: number): string {
  if (status === 400) return 'Invalid payload sent to hook'
  if (status === 401) return 'Hook requires authorization token'
  if (status === 429 || status === 503) return 'Service currently unavailable due to hook'
  return `Unexpected status code returned from hook: ${status}`
}
