import { Refusal } from '../../base/errors.ts'
import { type Outbound, OutboundError, type OutboundRequest } from '../../base/outbound.ts'

/** A provider did not answer as it should. The reason is for logs and for the operator; nothing of the answer is in it. */
export function failed(reason: string, cause?: unknown): Refusal {
  return new Refusal('provider_failed', { details: { reason }, ...(cause === undefined ? {} : { cause }) })
}

/**
 * Asks for JSON. Anything but 200 is a failure, and so is a redirect.
 * @throws Refusal `provider_failed`
 */
export async function readJson(outbound: Outbound, url: string, request: OutboundRequest = {}): Promise<unknown> {
  const headers = { accept: 'application/json', ...request.headers }
  const response = await outbound(url, { ...request, headers }).catch((error: unknown) => {
    // A door that is closed and one that must not be knocked at look the same from outside (S117).
    throw failed(error instanceof OutboundError && error.reason === 'too_large' ? 'too_large' : 'unreachable', error)
  })
  if (response.status !== 200) throw failed(`status_${response.status}`)
  try {
    return await response.json()
  } catch (error) {
    throw failed('not_json', error)
  }
}
