import type { AuditEvent, AuditFilter } from '../../core/audit/audit.ts'
import { json } from '../../http/answer.ts'
import type { Handler } from '../../http/route.ts'
import type { Supabase } from './dialect.ts'
import { pageHeaders, readPage } from './page.ts'
import { fault } from './refuse.ts'

type LogType = 'account' | 'team' | 'token' | 'user' | 'factor'

/** Upstream's names of what we record. What has none there keeps ours. */
const actions: Readonly<Record<string, readonly [action: string, type: LogType]>> = {
  'session.opened': ['login', 'account'],
  'session.ended': ['logout', 'account'],
  'session.replayed': ['token_revoked', 'token'],
  'user.created': ['user_signedup', 'team'],
  'user.invited': ['user_invited', 'team'],
  'user.deleted': ['user_deleted', 'team'],
  'user.updated': ['user_modified', 'user'],
  'user.changed_by_admin': ['user_modified', 'user'],
  'user.signed_up_again': ['user_repeated_signup', 'user'],
  'recovery.requested': ['user_recovery_requested', 'user'],
  'password.changed': ['user_updated_password', 'user'],
  'password.removed': ['user_updated_password', 'user'],
  'email.change_requested': ['user_modified', 'user'],
  'email.changed': ['user_modified', 'user'],
  'email.removed': ['user_modified', 'user'],
  'phone.change_requested': ['user_modified', 'user'],
  'phone.changed': ['user_modified', 'user'],
  'phone.removed': ['user_modified', 'user'],
  'identity.linked': ['identity_linked', 'user'],
  'identity.unlinked': ['identity_unlinked', 'user'],
  'factor.set_up': ['factor_in_progress', 'factor'],
  'session.factor_asked': ['challenge_created', 'factor'],
  'factor.added': ['verification_attempted', 'factor'],
  'session.elevated': ['verification_attempted', 'factor'],
  'factor.changed': ['factor_updated', 'factor'],
  'factor.renamed': ['factor_updated', 'factor'],
  'factor.removed': ['factor_unenrolled', 'factor'],
}

/** GET /admin/audit: what happened, newest first. */
export function getAudit({ core }: Supabase): Handler {
  return async (exchange) => {
    const page = readPage(exchange.query)
    const filter = readScope(exchange.query.one('query') ?? '')
    const offset = (page.number - 1) * page.size
    const [events, total] = await Promise.all([
      core.audit.list(filter, { limit: page.size, offset }),
      core.audit.count(filter),
    ])
    return json(200, events.map(presentEvent), pageHeaders('/admin/audit', page, total, exchange.query))
  }
}

function readScope(query: string): AuditFilter {
  if (query === '') return {}
  const at = query.indexOf(':')
  const [scope, text] = [query.slice(0, at), query.slice(at + 1)]
  if (at > 0 && scope === 'author') return { actorId: text }
  if (at > 0 && scope === 'action') return { actions: ownNames(([action]) => action === text, text) }
  if (at > 0 && scope === 'type') return { actions: ownNames(([, type]) => type === text) }
  throw fault(`Invalid query scope: ${query.slice(0, 32)}`)
}

function ownNames(fits: (named: readonly [string, LogType]) => boolean, ...others: string[]): string[] {
  const found = Object.entries(actions).flatMap(([own, named]) => (fits(named) ? [own] : []))
  return [...found, ...others]
}

function presentEvent(event: AuditEvent) {
  const [action, type] = actions[event.action] ?? [event.action, 'user']
  const { userId } = event
  return {
    id: event.id,
    payload: {
      actor_id: event.actorId ?? '',
      actor_via_sso: false,
      // Addresses are not written into the log, so that deleting an account empties it.
      actor_username: '',
      action,
      log_type: type,
      ...(userId === null || userId === event.actorId ? {} : { traits: { user_id: userId } }),
    },
    created_at: event.at.toISOString(),
    ip_address: event.ip ?? '',
  }
}
