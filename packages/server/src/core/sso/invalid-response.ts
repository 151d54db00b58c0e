import { Refusal } from '../../base/errors.ts'

/** Why a response was not believed. For the log and the operator; nothing of the response is in it. */
export function invalidResponse(reason: string, cause?: unknown): Refusal {
  return new Refusal('saml_assertion_invalid', { details: { reason }, ...(cause === undefined ? {} : { cause }) })
}
