import type { Actor } from '../../core/audit/audit.ts'
import type { Core } from '../../core/core.ts'
import type { Caller } from '../caller.ts'
import { auditOf } from '../steps/audit-of.ts'

/** What was ended, by kind. */
export interface Voided {
  readonly sessions: number
  /** Links, codes, invitations and everything that was begun and not finished. */
  readonly tickets: number
  /** Requests of applications and their codes. */
  readonly requests: number
  /** Personal access tokens. */
  readonly accessKeys: number
}

/** Rows one statement takes away: small enough that nobody waits for it. */
const batch = 500

/**
 * Ends every session and every token of everybody that is older than a moment. For a database that was restored: what was
 * ended or used after the backup was made would otherwise be good again (S132). Passwords, factors and API keys stay.
 */
export async function voidOlder(
  core: Core,
  caller: Caller,
  input: { readonly actor: Actor; readonly before: Date },
): Promise<Voided> {
  const { actor, before } = input
  const voided: Voided = {
    accessKeys: await untilNone(() => core.accessKeys.revokeOlder(before, batch)),
    tickets: await untilNone(() => core.tickets.killOlder(before, batch)),
    requests: await untilNone(() => core.authorizations.killOlder(before, batch)),
    sessions: await untilNone(() => core.sessions.endOlder(before, batch)),
  }
  // An answer that was kept to be given twice may hold a token.
  await core.idempotency.purge(before)
  await core.audit.record({
    ...auditOf(caller, null, actor),
    action: 'tokens.voided',
    result: 'ok',
    details: { before: before.toISOString(), ...voided },
  })
  return voided
}

async function untilNone(work: () => Promise<number>): Promise<number> {
  for (let all = 0; ; ) {
    const count = await work()
    all += count
    if (count < batch) return all
  }
}
