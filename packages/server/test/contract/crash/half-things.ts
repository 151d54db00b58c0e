import type { Sql } from '#src/storage/database.ts'
import type { Statement } from '#src/storage/sql.ts'

/** What must never be found, as a statement that finds it. */
const halves: Readonly<Record<string, string>> = {
  'an account without the identity of its address': `select u.id from auth.users u where u.email is not null
    and not exists (select from auth.identities i where i.user_id = u.id and i.provider = 'email' and i.email = u.email)`,
  'an account whose making is not written down': `select u.id from auth.users u
    where not exists (select from auth.audit_events a where a.user_id = u.id and a.action = 'user.created')`,
  'an account written down as made or deleted that is not, or is': `select a.user_id from auth.audit_events a
    where a.action = 'user.created'
      and exists (select from auth.users u where u.id = a.user_id)
        = exists (select from auth.audit_events d where d.user_id = a.user_id and d.action = 'user.deleted')`,
  'an identity that says another thing about its address than its account': `select u.id from auth.users u
    join auth.identities i on i.user_id = u.id and i.provider = 'email'
    where (i.data ->> 'email_verified')::boolean is distinct from (u.email_confirmed_at is not null)`,
  'a session whose opening is not written down': `select s.id from auth.sessions s
    where not exists (select from auth.audit_events a where a.session_id = s.id and a.action = 'session.opened')`,
  'a session that was opened, not ended, and is not there': `select o.session_id from auth.audit_events o
    join auth.users u on u.id = o.user_id
    where o.action = 'session.opened' and not exists (select from auth.sessions s where s.id = o.session_id)
      and not exists (select from auth.audit_events e where e.user_id = o.user_id and e.at >= o.at and e.id <> o.id
        and e.action in ('session.ended', 'session.replayed', 'recovery.completed', 'email.confirmed'))`,
  'a session of somebody who never proved the address': `select s.id from auth.sessions s join auth.users u on u.id = s.user_id
    where u.email_confirmed_at is null and not u.is_anonymous`,
  'a session without exactly one refresh token that works': `select s.id from auth.sessions s
    where (select count(*) from auth.refresh_tokens t where t.session_id = s.id and t.used_at is null and not t.void) <> 1`,
  'a used refresh token without its successor': `select t.session_id from auth.refresh_tokens t where t.used_at is not null
    and not exists (select from auth.refresh_tokens n where n.digest = t.successor and n.session_id = t.session_id)`,
  'a sign-up that waits for an answer without its mail': `select t.id from auth.tickets t
    where t.purpose = 'sign_up' and t.user_id is not null
      and not exists (select from auth.outbox o where o.user_id = t.user_id and o.template = 'sign_up')`,
  'a sign-up mail without what answers it': `select o.user_id from auth.outbox o join auth.users u on u.id = o.user_id
    where o.template = 'sign_up' and u.email_confirmed_at is null
      and not exists (select from auth.tickets t where t.user_id = o.user_id and t.purpose = 'sign_up' and t.spent_at is null)`,
  'an unproved account whose sign-up was answered': `select u.id from auth.users u
    join auth.tickets t on t.user_id = u.id and t.purpose = 'sign_up' and t.spent_at is not null
    where u.email_confirmed_at is null`,
  'a recovery written down without its ticket': `select a.user_id from auth.audit_events a join auth.users u on u.id = a.user_id
    where a.action = 'recovery.requested'
      and not exists (select from auth.tickets t where t.user_id = a.user_id and t.purpose = 'recovery')
      and not exists (select from auth.audit_events e where e.user_id = a.user_id and e.at >= a.at and e.action = 'email.confirmed')`,
}

/** Everything in a database that was begun and not finished, by what it is; empty when all is whole (S141). */
export async function halfThings(database: Sql): Promise<Record<string, unknown[]>> {
  const found: Record<string, unknown[]> = {}
  for (const [name, text] of Object.entries(halves)) {
    const statement: Statement = { text, values: [], name: `half_${name.replaceAll(' ', '_').slice(0, 50)}` }
    const rows = await database.query(statement)
    if (rows.length > 0) found[name] = rows
  }
  return found
}
