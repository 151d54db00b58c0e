import type { Database } from './database.ts'

/** Names of database roles that can be quoted without doubt. */
const roleName = /^[A-Za-z_][A-Za-z0-9_.-]{0,62}$/

/** Whether {@link grantRights} takes this for the name of a role. */
export const isRoleName = (name: string): boolean => roleName.test(name)

/**
 * Gives a database role what a running server needs and no more (S132): rows of every table, and of the audit log only to
 * add and to read, and to take out where from and with what device something was done. It cannot alter the schema. To be
 * repeated after each migration that adds a table.
 * @throws Error when the role is not there, or the one that is connected may not grant
 */
export function grantRights(database: Database, role: string): Promise<void> {
  if (!isRoleName(role)) throw new Error(`${role} is no name of a database role.`)
  const to = `"${role}"`
  return database.script(`
    grant usage on schema auth to ${to};
    grant select, insert, update, delete on all tables in schema auth to ${to};
    revoke all on auth.migrations, auth.audit_events from ${to};
    grant select on auth.migrations to ${to};
    grant select, insert on auth.audit_events to ${to};
    grant update (ip, user_agent) on auth.audit_events to ${to}`)
}
