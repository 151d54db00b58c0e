import type { AuditEvent } from '../../core/audit/audit.ts'
import type { Consent } from '../../core/clients/consents.ts'
import type { Core } from '../../core/core.ts'
import type { AccessKey } from '../../core/keys/access-keys.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { auditOf } from '../steps/audit-of.ts'

/** Everything that is kept about somebody, save secrets: lists page by page, newest first. */
export interface AccountExport {
  readonly at: Date
  readonly user: User
  readonly grants: readonly Consent[]
  readonly sessions: AsyncIterable<readonly Session[]>
  readonly accessKeys: AsyncIterable<readonly AccessKey[]>
  /** What happened to the account, this included. */
  readonly events: AsyncIterable<readonly AuditEvent[]>
}

/** Writes down that somebody took out what is kept about them, and hands it over. It is read while it is handed over. */
export async function exportAccount(
  core: Core,
  caller: Caller,
  { user, session }: { readonly user: User; readonly session: Session },
): Promise<AccountExport> {
  const userId = user.id
  await core.audit.record({
    ...auditOf(caller, userId),
    action: 'user.exported',
    result: 'ok',
    sessionId: session.id,
  })
  return {
    at: core.runtime.now(),
    user,
    grants: await core.consents.list(userId),
    sessions: everyPage((page) => core.sessions.list(userId, page), 'lastUsedAt'),
    accessKeys: everyPage((page) => core.accessKeys.list(userId, page), 'createdAt'),
    events: everyPage((page) => core.audit.list({ userId }, page), 'at'),
  }
}

/** Few enough that one account in the middle of its export is no burden. */
const pageSize = 200

interface Page {
  readonly limit: number
  readonly after?: { readonly at: Date; readonly id: string }
}

/** @param by what the rows are ordered by */
async function* everyPage<By extends string, Row extends { readonly id: string } & Readonly<Record<By, Date>>>(
  read: (page: Page) => Promise<Row[]>,
  by: By,
): AsyncGenerator<readonly Row[]> {
  let after: Page['after']
  for (;;) {
    const rows = await read({ limit: pageSize, ...(after === undefined ? {} : { after }) })
    if (rows.length > 0) yield rows
    const last = rows.at(-1)
    if (last === undefined || rows.length < pageSize) return
    after = { at: last[by], id: last.id }
  }
}
