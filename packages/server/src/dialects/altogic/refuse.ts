import { Refusal } from '../../base/errors.ts'
import { type OwnError, ownErrors } from './errors.ts'

const prefix = 'altogic:'

/** A refusal that this dialect's clients know and the core does not. @param facts what is told with it */
export function refusal(name: OwnError, facts: Readonly<Record<string, string>> = {}): Refusal {
  return new Refusal('validation_failed', { message: ownErrors[name][1], details: { ...facts, reason: prefix + name } })
}

/** The name given to {@link refusal}. */
export function nameOf({ code, details }: Refusal): OwnError | undefined {
  if (code !== 'validation_failed' || details.reason?.startsWith(prefix) !== true) return undefined
  return details.reason.slice(prefix.length) as OwnError
}
