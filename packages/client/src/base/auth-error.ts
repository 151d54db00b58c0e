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
  timeout: 'The server takes too long. Please try again.',
  bad_answer: 'The answer cannot be read.',
  not_signed_in: 'Please sign in first.',
  other_browser: 'This link was asked for in another browser. Please type the code there.',
}

/**
 * A refusal, or something that happened on the way.
 * @example
 * const { error } = await auth.signInWithPassword({ email, password: 'not this one' })
 * if (error?.code === 'invalid_credentials') show(error.message)
 */
export class AuthError extends Error {
  override readonly name = 'AuthError'
  declare readonly code: ErrorCode
  /** The HTTP status, 0 where no answer came. */
  declare readonly status: number
  /** What an administrator finds this request by. */
  declare readonly requestId: string | null
  /** Facts: `reasons` of `weak_password`, `triesLeft` of `otp_expired` … */
  declare readonly details: Json
  /** Seconds after which it may work. */
  declare readonly retryAfter: number | null
  /** From `validation_failed`: what is wrong, by field. */
  declare readonly fields: Readonly<Record<string, string>>
  /** The attempt that was refused and lives on: show its step again. */
  declare readonly attempt: Attempt | null

  constructor(code: ErrorCode, { message = sentences[code] ?? code, ...facts }: Refusal = {}) {
    super(message, facts)
    const absent = { status: 0, requestId: null, details: {}, retryAfter: null, attempt: null }
    Object.assign(this, { ...absent, ...facts, code, fields: fieldsOf(facts.details?.['fields']) })
  }
}

function fieldsOf(list: unknown): Record<string, string> {
  const entries = Array.isArray(list) ? (list as { path: string; rule: string }[]) : []
  return Object.fromEntries(entries.map(({ path, rule }) => [path, rule]))
}

/**
 * Whether something thrown or returned is an {@link AuthError}; holds across copies of this package.
 * @example
 * try {
 *   await unwrap(auth.me.delete())
 * } catch (error) {
 *   if (!isAuthError(error)) throw error
 *   show(error.message)
 * }
 */
export function isAuthError(value: unknown): value is AuthError {
  return value instanceof Error && value.name === 'AuthError' && 'code' in value
}
