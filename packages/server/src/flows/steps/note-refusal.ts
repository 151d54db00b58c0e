import type { ErrorCode } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { JsonObject } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { auditOf } from './audit-of.ts'

/**
 * Writes down that somebody was not let in. Never inside the transaction of what is refused, which takes it back.
 * @param about whose account it was, `null` where it is nobody's
 */
export function noteRefusal(
  core: Pick<Core, 'audit'>,
  caller: Caller,
  about: { readonly userId: string | null; readonly code: ErrorCode; readonly details?: JsonObject },
): Promise<void> {
  return core.audit.record({
    ...auditOf(caller, about.userId, { type: 'nobody', id: null }),
    action: 'session.refused',
    result: 'refused',
    code: about.code,
    ...(about.details === undefined ? {} : { details: about.details }),
  })
}
