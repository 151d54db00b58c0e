import type { Json, ServerCode } from '../api/types.ts'
import type { Attempt } from '../attempt/attempt.ts'

/** Every code: those of the server, and those of what may happen on the way. They never change; messages may. */
export type ErrorCode =
  | ServerCode
  | 'network_error'
  | 'timeout'
  | 'bad_answer'
  | 'not_signed_in'
  | 'other_browser'
  | 'access_denied'
  | 'attempt_pending'
  | 'popup_blocked'
  | 'popup_closed'
  | 'passkey_unsupported'
  | 'passkey_cancelled'
  | 'passkey_known'
  | 'wallet_cancelled'
  | 'wallet_failed'

/** What is known about a refusal beside its code. */
export interface Refusal {
  readonly message?: string
  /** 0 where no answer came. */
  readonly status?: number
  readonly requestId?: string | null
  readonly details?: Json
  readonly retryAfter?: number | null
  readonly attempt?: Attempt
  readonly cause?: unknown
}

const sentences: { readonly [Code in ErrorCode]?: string } = {
  network_error: 'The server could not be reached. Please check the connection and try again.',
  timeout: 'The server took too long to answer. Please try again.',
  bad_answer: 'The server answered in a way that cannot be read.',
  not_signed_in: 'Please sign in first.',
  other_browser: 'This link was asked for in another browser. Please type the code there, where you began.',
}

/**
 * A refusal, or something that happened on the way.
 * @example
 * const { error } = await auth.signInWithPassword({ email, password: 'not this one' })
 * if (error?.code === 'invalid_credentials') show(error.message)
 */
export class AuthError extends Error {
  override readonly name = 'AuthError'
  readonly code: ErrorCode
  /** The HTTP status, 0 where no answer came. */
  readonly status: number
  /** What an administrator finds this request by. */
  readonly requestId: string | null
  /** Facts: `reasons` of `weak_password`, `triesLeft` of `otp_expired` … */
  readonly details: Json
  /** Seconds after which it may work. */
  readonly retryAfter: number | null
  /** From `validation_failed`: what is wrong, by field. */
  readonly fields: Readonly<Record<string, string>>
  /** The attempt that was refused and lives on: show its step again. */
  readonly attempt: Attempt | null

  constructor(code: ErrorCode, refusal: Refusal = {}) {
    super(refusal.message ?? sentences[code] ?? code, refusal.cause === undefined ? {} : { cause: refusal.cause })
    this.code = code
    this.status = refusal.status ?? 0
    this.requestId = refusal.requestId ?? null
    this.details = refusal.details ?? {}
    this.retryAfter = refusal.retryAfter ?? null
    this.attempt = refusal.attempt ?? null
    this.fields = fieldsOf(this.details['fields'])
  }
}

function fieldsOf(list: unknown): Record<string, string> {
  const entries = Array.isArray(list) ? (list as { path?: unknown; rule?: unknown }[]) : []
  return Object.fromEntries(entries.map(({ path, rule }) => [String(path), String(rule)]))
}

/** Whether something thrown or returned is an {@link AuthError}; holds across copies of this package. */
export function isAuthError(value: unknown): value is AuthError {
  return value instanceof Error && value.name === 'AuthError' && 'code' in value
}
