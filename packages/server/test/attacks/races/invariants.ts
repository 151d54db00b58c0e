import type { Database } from '#src/storage/database.ts'
import { type Statement, sql } from '#src/storage/sql.ts'

/** Ways in of `auth.users u`. */
const wayIn: Statement = sql`(u.email_confirmed_at is not null and u.email is not null)
  or (u.phone_confirmed_at is not null and u.phone is not null)
  or exists (select from auth.identities i where i.user_id = u.id and i.provider not in ('email', 'phone'))
  or exists (select from auth.passkeys p join auth.factors f on f.id = p.factor_id where p.user_id = u.id and p.signs_in and f.status = 'verified')`

/** What must hold of every account whenever nothing is under way: each selects what breaks it. */
const broken: Readonly<Record<string, (now: Date) => Statement>> = {
  'a session of somebody deleted or banned': (
    now,
  ) => sql`select s.id from auth.sessions s join auth.users u on u.id = s.user_id
    where u.deleted_at is not null or u.banned_until > ${now}`,
  'a session without exactly one living refresh token': () => sql`select s.id from auth.sessions s
    where (select count(*) from auth.refresh_tokens t where t.session_id = s.id and t.used_at is null and not t.void) <> 1`,
  'a session with more than one family': () => sql`select t.session_id from auth.refresh_tokens t
    where t.parent is null group by t.session_id having count(*) > 1`,
  'an address of two accounts': () => sql`select lower(email) from auth.users where email is not null and not is_sso
    group by lower(email) having count(*) > 1`,
  'a number of two accounts': () => sql`select phone from auth.users where phone is not null and not is_sso
    group by phone having count(*) > 1`,
  'something of a person in the row of a deleted account':
    () => sql`select u.id from auth.users u where u.deleted_at is not null
    and (u.email is not null or u.phone is not null or u.pending_email is not null or u.password_hash is not null
      or u.metadata <> '{}' or exists (select from auth.identities i where i.user_id = u.id)
      or exists (select from auth.factors f where f.user_id = u.id)
      or exists (select from auth.access_keys k where k.user_id = u.id))`,
  'an identity of an address that the account does not have': () => sql`select i.id from auth.identities i
    join auth.users u on u.id = i.user_id where i.provider = 'email' and (u.email is null or u.email is distinct from i.email)`,
  'a session that has proved a factor which is none': () => sql`select s.id from auth.sessions s where s.aal = 'aal2'
    and not exists (select from auth.factors f where f.user_id = s.user_id and f.status = 'verified')`,
  'a proof by a factor that is gone': () => sql`select s.id from auth.sessions s, jsonb_array_elements(s.amr) p
    where p ? 'factor' and not exists (select from auth.factors f where f.id = (p ->> 'factor')::uuid)`,
  'a session that nobody wrote down': () => sql`select s.id from auth.sessions s where not exists
    (select from auth.audit_events e where e.action = 'session.opened' and e.session_id = s.id and e.user_id = s.user_id)`,
  'a factor that nobody wrote down':
    () => sql`select f.id from auth.factors f where f.status = 'verified' and not exists
    (select from auth.audit_events e where e.action = 'factor.added' and e.target_id = f.id::text)`,
  'a key that nobody wrote down': () => sql`select k.id from auth.access_keys k where not exists
    (select from auth.audit_events e where e.action = 'access_key.created' and e.target_id = k.id::text)`,
  'an account that nobody wrote down': () => sql`select u.id from auth.users u where not exists
    (select from auth.audit_events e where e.action = 'user.created' and e.user_id = u.id)`,
  'a deletion that nobody wrote down':
    () => sql`select u.id from auth.users u where u.deleted_at is not null and not exists
    (select from auth.audit_events e where e.action = 'user.deleted' and e.user_id = u.id)`,
  'an identity that nobody wrote down':
    () => sql`select i.id from auth.identities i where i.provider not in ('email', 'phone')
    and not exists (select from auth.audit_events e where e.user_id = i.user_id and ((e.action = 'identity.linked'
      and e.details ->> 'identityId' = i.id::text) or (e.action = 'user.created' and e.details ->> 'way' = 'provider')))`,
}

/** Accounts that have a way in. */
export async function whoCanComeIn(database: Database): Promise<ReadonlySet<string>> {
  const rows = await database.query<{ id: string }>(
    sql`select u.id from auth.users u where u.deleted_at is null and (${wayIn})`,
  )
  return new Set(rows.map(({ id }) => id))
}

/** Accounts that could come in before, are there, and cannot any more. */
export async function lockedOut(database: Database, before: ReadonlySet<string>): Promise<readonly string[]> {
  const rows = await database.query<{
    id: string
  }>(sql`select u.id from auth.users u where u.deleted_at is null and not (${wayIn})
    and u.id = any(${[...before]}::uuid[])`)
  return rows.map(({ id }) => id)
}

/** What is broken, by name, with the ids that show it. */
export async function brokenIn(database: Database, now: Date): Promise<Readonly<Record<string, readonly string[]>>> {
  const found: Record<string, readonly string[]> = {}
  for (const [name, statement] of Object.entries(broken)) {
    const rows = await database.query<object>(statement(now))
    if (rows.length > 0) found[name] = rows.map((row) => String(Object.values(row)[0]))
  }
  return found
}

/** How often each action stands in the audit log. */
export async function auditCounts(database: Database): Promise<ReadonlyMap<string, number>> {
  const rows = await database.query<{ action: string; count: number }>(
    sql`select action, count(*)::int as count from auth.audit_events where result = 'ok' group by action`,
  )
  return new Map(rows.map(({ action, count }) => [action, count]))
}
