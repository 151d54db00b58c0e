import { json, type Statement, sql } from '../../storage/sql.ts'
import type { AuditEntry } from '../audit/audit.ts'
import type { JsonObject } from '../users/user.ts'
import type { UserEventType } from './user-event.ts'

/** What of the record is also told live. Sessions are not here: they are told of where their rows come and go. */
const told: Readonly<Record<string, UserEventType>> = {
  'session.elevated': 'session.elevated',
  'user.updated': 'user.updated',
  'user.changed_by_admin': 'user.updated',
  'user.deleted': 'user.deleted',
  'email.confirmed': 'user.updated',
  'phone.confirmed': 'user.updated',
  'identity.linked': 'user.updated',
  'identity.unlinked': 'user.updated',
  'password.changed': 'password.changed',
  'password.removed': 'password.changed',
  'email.changed': 'email.changed',
  'email.removed': 'email.changed',
  'phone.changed': 'phone.changed',
  'phone.removed': 'phone.changed',
  'factor.added': 'factor.added',
  'factor.removed': 'factor.removed',
  'access_key.created': 'access_key.created',
  'access_key.revoked': 'access_key.revoked',
}

/** The types an entry of the record is told as; none for most. */
export function eventTypesOf(entry: Pick<AuditEntry, 'action' | 'result' | 'events'>): readonly UserEventType[] {
  if (entry.result !== 'ok') return []
  const type = told[entry.action]
  return entry.events ?? (type === undefined ? [] : [type])
}

/** Writes the events of an entry of the record, as part of the statement that writes the entry; undefined where there are none. */
export function noteEntry(entry: AuditEntry, now: Date): Statement | undefined {
  const types = eventTypesOf(entry)
  if (entry.userId === null || types.length === 0) return undefined
  return sql`insert into auth.user_events (id, at, user_id, session_id, type, data)
    select gen_random_uuid(), ${now}::timestamptz, ${entry.userId}::uuid, ${entry.sessionId ?? null}::uuid, told.type, ${json(dataOf(entry))}::jsonb
    from unnest(${types}::text[]) as told (type)`
}

function dataOf({ action, target, details }: AuditEntry): JsonObject {
  if (!action.startsWith('factor.')) return {}
  return { factorId: target?.id ?? null, type: details?.['type'] ?? null }
}

/**
 * Writes one event for each session among some rows, as part of the statement that opens or ends them.
 * @param rows what the rows of `auth.sessions` are called in that statement
 */
export function noteSessions(type: 'session.opened' | 'session.ended', rows: Statement, now: Date): Statement {
  return sql`insert into auth.user_events (id, at, user_id, session_id, type, data)
    select gen_random_uuid(), ${now}::timestamptz, one.user_id, one.id, ${type}::text,
      jsonb_build_object('dialect', one.dialect, 'userAgent', one.user_agent, 'createdAt', one.created_at)
    from ${rows} as one`
}
