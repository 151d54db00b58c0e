import { Refusal } from '../base/errors.ts'
import { Duplicate } from './database.ts'

interface DriverError {
  readonly code?: string
  readonly constraint?: string
  readonly message?: string
}

const network = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'])

/** Classes of SQLSTATE that mean "not now": connection, resources, operator, cancelled, lock, serialisation. */
const passing = /^(08|53|57|55P03|40001|40P01|25006)/

const passingWords =
  /Connection terminated|connect(ion)? timeout|timeout exceeded when trying|Query read timeout|Client has encountered/i

/** Of two that waited for each other one was taken back whole (deadlock, serialisation): done again, it goes through. */
export function isTakenBack(error: unknown): boolean {
  const { code = '', cause } = (error ?? {}) as DriverError & { readonly cause?: DriverError }
  return /^40(001|P01)$/.test(cause?.code ?? code)
}

/** Turns what a driver threw into what the rest of the house understands; anything else stays as it is. */
export function translateFailure(error: unknown): unknown {
  if (error === null || typeof error !== 'object' || error instanceof Refusal) return error
  const { code = '', constraint = '', message = '' } = error as DriverError
  if (code === '23505') return new Duplicate(constraint, error)
  // What a row was to belong to went in this very moment.
  if (code === '23503') return new Refusal('conflict', { cause: error })
  if (network.has(code) || passing.test(code) || passingWords.test(message)) {
    return new Refusal('unavailable', { retryAfter: 2, cause: error })
  }
  return error
}
