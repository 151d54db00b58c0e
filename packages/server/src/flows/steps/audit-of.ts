import type { Actor, AuditEntry } from '../../core/audit/audit.ts'
import type { Caller } from '../caller.ts'

type Common = Pick<AuditEntry, 'requestId' | 'userId' | 'actor' | 'dialect' | 'ip' | 'userAgent'>

/** The part of an audit entry that follows from who called and whom it is about. @param actor default: the user themselves */
export function auditOf(caller: Caller, userId: string | null, actor?: Actor): Common {
  return {
    requestId: caller.requestId,
    userId,
    actor: actor ?? (userId === null ? { type: 'nobody', id: null } : { type: 'user', id: userId }),
    dialect: caller.manners.name,
    ip: caller.ip,
    userAgent: caller.userAgent,
  }
}
