import type { Refusal } from '../../base/errors.ts'
import type { JsonObject } from '../../core/users/user.ts'
import { type Answer, json } from '../../http/answer.ts'
import { altogicErrors, ownErrors, type Wire } from './errors.ts'
import { nameOf } from './refuse.ts'

/** A refusal in this dialect's words. */
export function wireOf(refusal: Refusal): Wire {
  const name = nameOf(refusal)
  if (name !== undefined) return { status: ownErrors[name][0], code: name }
  const telling = altogicErrors[refusal.code]
  if (telling === undefined) return { status: 400, code: 'validation_error' }
  return typeof telling === 'function' ? telling(refusal) : telling
}

/** Every error is a JSON object with an array: anything else leaves a client's promise open for ever. */
export function presentError(refusal: Refusal): Answer {
  return json(wireOf(refusal).status, errorsOf(refusal))
}

/** What is said of a refusal, at routes and at sockets. */
export function errorsOf(refusal: Refusal): JsonObject {
  const { status, code } = wireOf(refusal)
  const { fields, reasons, value } = refusal.details
  const details = {
    ...(fields === undefined ? {} : { fields }),
    ...(code.endsWith('_not_unique') ? { param: code.replace('_not_unique', '') } : {}),
    ...(value === undefined ? {} : { value }),
    ...(reasons === undefined ? {} : { reasons }),
    ...(refusal.retryAfter === undefined ? {} : { retryAfter: refusal.retryAfter }),
  }
  const origin = status >= 500 ? 'server_error' : 'client_error'
  return { errors: [{ origin, code, message: refusal.message, details }] }
}
