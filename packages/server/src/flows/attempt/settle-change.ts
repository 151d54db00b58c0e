import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import { awaitsApproval } from '../../core/users/approval.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { refuseUnwelcome } from '../session/open.ts'
import { forgiveCodesOf } from '../steps/guesses.ts'
import { awaitingApproval } from '../steps/hold-newcomer.ts'
import { applyEmailChange, type EmailChangeOutcome } from './email-change.ts'
import { applyPhoneChange } from './phone-change.ts'

/**
 * Finishes a change of address whose ticket was proved, and opens no session: the one that asked for the change goes on.
 * @throws Refusal `otp_expired` when it was dropped or finished meanwhile, `user_already_exists`, `user_banned`
 */
export async function settleChange(core: Core, caller: Caller, ticket: Ticket): Promise<EmailChangeOutcome> {
  const { userId, sessionId } = ticket
  if (userId === null) throw new Refusal('otp_expired')
  const outcome = await core.transaction(async (tx): Promise<EmailChangeOutcome> => {
    const user = await tx.users.update(userId, {})
    if (user === undefined || (await tx.tickets.spend(ticket.id)) === undefined) throw new Refusal('otp_expired')
    refuseUnwelcome(user, tx.runtime.now())
    await forgiveCodesOf(tx, ticket)
    return apply(tx, caller, { ticket, user, keepSession: user.isAnonymous ? undefined : (sessionId ?? undefined) })
  })
  core.wakeOutbox()
  if (outcome.kind === 'changed' && awaitsApproval(outcome.user)) throw awaitingApproval()
  return outcome
}

async function apply(
  tx: Core,
  caller: Caller,
  input: { readonly ticket: Ticket; readonly user: User; readonly keepSession: string | undefined },
): Promise<EmailChangeOutcome> {
  if (input.ticket.purpose !== 'phone_change') return applyEmailChange(tx, caller, input)
  return { kind: 'changed', user: await applyPhoneChange(tx, caller, input) }
}
