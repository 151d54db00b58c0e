import type { ErrorCode, Refusal } from '../base/errors.ts'
import type { Answer } from './answer.ts'
import { json } from './answer.ts'
import type { Exchange } from './exchange.ts'

const statuses: Partial<Record<ErrorCode, number>> = {
  not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  payload_too_large: 413,
  unsupported_media_type: 415,
  origin_not_allowed: 403,
  over_request_rate_limit: 429,
  unexpected_failure: 500,
  unavailable: 503,
}

/** The error outside all mounts: `{ code, message, requestId }`. Codes the kit itself does not use are 400. */
export function presentPlainly(error: Refusal, exchange: Pick<Exchange, 'requestId'>): Answer {
  const { code, message } = error
  return json(statuses[code] ?? 400, { code, message, requestId: exchange.requestId })
}
