import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { Caller } from '../caller.ts'
import { exchangeCode } from '../session/exchange-code.ts'
import { askToAccept, isFromAdmin } from './accept.ts'
import type { Progress } from './progress.ts'
import type { Verified } from './verify.ts'

export interface ComingBack {
  readonly code: string
  /** Absent only for the links of administrators, which have no challenge. */
  readonly verifier?: string | undefined
  readonly session?: Session | undefined
}

/** The session a return code belongs to, so that whoever exchanges it can be asked for it. */
export async function sessionOfReturn(core: Core, code: string): Promise<string | null> {
  const returned = code.length > 128 ? undefined : await core.tickets.findByReturn(code)
  return returned?.sessionId ?? null
}

/**
 * Exchanges what a link brought back. With a verifier it yields what the link is good for. Without one it is an
 * administrator's link, which asks first, or it is refused and the code is burnt.
 * @throws Refusal `flow_state_not_found`, `flow_state_already_used`, `bad_code_verifier`, `user_banned`
 */
export async function comeBack(core: Core, caller: Caller, input: ComingBack): Promise<Progress> {
  const { code, verifier, session } = input
  const returned = code.length > 128 ? undefined : await core.tickets.findByReturn(code)
  if (returned === undefined || returned.parentId === null) throw new Refusal('flow_state_not_found')
  // Somebody else's: as if it were not there.
  if (returned.sessionId !== null && returned.sessionId !== session?.id) throw new Refusal('flow_state_not_found')
  if (verifier === undefined && returned.payload['codeChallenge'] === undefined)
    return openAdminsLink(core, returned, returned.parentId)
  const more = returned.sessionId === null || session === undefined ? {} : { session }
  return goOn(core, await exchangeCode(core, caller, { code, verifier: verifier ?? '', more }))
}

async function openAdminsLink(core: Core, returned: Ticket, parentId: string): Promise<Progress> {
  if (returned.spentAt !== null || (await core.tickets.spend(returned.id)) === undefined)
    throw new Refusal('flow_state_already_used')
  const parent = await core.tickets.findById(parentId)
  if (parent === undefined) throw new Refusal('flow_state_not_found')
  if (!isFromAdmin(parent)) throw new Refusal('bad_code_verifier')
  return askToAccept(core, parent)
}

/** One of two addresses agreed: the attempt goes on with the other, under a handle of its own. */
async function goOn(core: Core, verified: Verified): Promise<Progress> {
  if (verified.kind !== 'half') return verified
  const other = verified.ticket.purpose === 'email_change' ? 'email_change_current' : 'email_change'
  const joined = await core.tickets.joinAttempt(verified.user.id, other)
  if (joined?.kept !== true) throw new Refusal('attempt_expired')
  return { kind: 'pending', ticket: joined.ticket, attempt: joined.attempt }
}
