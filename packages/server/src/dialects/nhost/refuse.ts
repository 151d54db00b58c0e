import { type ErrorCode, Refusal } from '../../base/errors.ts'
import type { NhostError } from './errors.ts'

const reasonPrefix = 'nhost:'

/** A refusal that this dialect's clients know and the core does not. */
export function refusal(name: NhostError): Refusal {
  return new Refusal('validation_failed', { details: { reason: reasonPrefix + name } })
}

/** Tells refusals of the core by other names, one for each of their codes; what is not among them stays what it is. */
export function told(names: Readonly<Partial<Record<ErrorCode, NhostError>>>): (error: unknown) => never {
  return (error) => {
    const name = error instanceof Refusal ? names[error.code] : undefined
    throw name === undefined ? error : refusal(name)
  }
}

/**
 * What a code that does not fit is told.
 * @param otherwise what it is called as long as it may be tried again
 */
export function wrongCodeAs(otherwise: NhostError): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof Refusal) || error.code !== 'otp_expired') throw error
    throw refusal(error.details.reason === 'tries' ? 'otp-too-many-attempts' : otherwise)
  }
}

/** The name given to {@link refusal}. */
export function nameOf({ code, details }: Refusal): NhostError | undefined {
  if (code !== 'validation_failed' || details.reason?.startsWith(reasonPrefix) !== true) return undefined
  return details.reason.slice(reasonPrefix.length) as NhostError
}

/** What the schema of a request does not allow. */
export function schemaFault(reason: string): Refusal {
  return new Refusal('validation_failed', { message: reason })
}

/** A query argument that is needed and missing, in upstream's odd form. */
export function missingArgument(name: string): Refusal {
  return argumentFault(`Query argument ${name} is required, but not found`)
}

/** A query argument that cannot be read, in the same form. */
export function argumentFault(message: string): Refusal {
  return new Refusal('validation_failed', { message, details: { reason: 'argument' } })
}
