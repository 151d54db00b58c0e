import { newId } from '../../base/id.ts'
import type { Runtime } from '../../base/runtime.ts'
import type { Audit, AuditEntry } from '../audit/audit.ts'
import type { Outbox } from '../notifications/outbox.ts'
import type { HookInputs } from './hook.ts'

/**
 * The record of what happened, which also tells the application of what happened to an account: in the transaction that
 * records it, so that nothing is told that did not happen. What was refused is not told.
 */
export function tellingAudit(
  audit: Audit,
  deps: { readonly outbox: Pick<Outbox, 'enqueue'>; readonly runtime: Pick<Runtime, 'now' | 'randomBytes'> },
): Audit {
  return {
    ...audit,
    async record(entry) {
      await audit.record(entry)
      if (entry.result !== 'ok' || entry.userId === null) return
      await deps.outbox.enqueue([
        {
          channel: 'hook',
          to: '',
          template: 'after_event',
          // What is still to be told of somebody goes with them, save that they went.
          ...(entry.action === 'user.deleted' ? {} : { userId: entry.userId }),
          values: { event: eventOf(entry, entry.userId, deps.runtime), ...(entry.ip === null ? {} : { ip: entry.ip }) },
        },
      ])
    },
  }
}

function eventOf(
  entry: AuditEntry,
  userId: string,
  runtime: Pick<Runtime, 'now' | 'randomBytes'>,
): HookInputs['afterEvent']['event'] {
  const { action, sessionId, actor, target, dialect, details } = entry
  return {
    id: newId(runtime),
    type: action,
    at: runtime.now().toISOString(),
    user_id: userId,
    session_id: sessionId ?? null,
    actor: { type: actor.type, id: actor.id },
    target: target ?? null,
    dialect,
    details: details ?? {},
  }
}
