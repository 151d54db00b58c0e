import { Refusal } from '../../base/errors.ts'

/** Why a hook gave no answer that counts. Stable: dialects tell them apart. */
export type HookFault =
  /** It took too long. */
  | 'timeout'
  /** Nobody was there, several times. */
  | 'timeout_after_retry'
  | 'over_size_limit'
  | 'content_type'
  /** It answered with a status that means no; `details.status` has it. */
  | 'status'
  /** It answered what this hook may not answer. */
  | 'answer'
  /** It failed by itself: an exception in a function or in the database. */
  | 'fault'

/** Most bytes of an answer. */
export const mostBytes = 204_800

/** Seconds a hook may take, over all tries. */
export const hookSeconds = { http: 5, function: 5, postgres: 2 } as const

/** A hook that fails closes the door it guards. Nothing of what it said is shown. */
export function unavailable(
  fault: HookFault,
  more: { readonly status?: number; readonly seconds?: number; readonly cause?: unknown } = {},
): Refusal {
  const { status, seconds, cause } = more
  return new Refusal('hook_unavailable', {
    details: {
      reason: fault,
      ...(status === undefined ? {} : { status }),
      ...(seconds === undefined ? {} : { seconds }),
    },
    retryAfter: 5,
    cause,
  })
}
