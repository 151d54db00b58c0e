import type { Core } from '../../core/core.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { countCodeTry } from '../steps/guesses.ts'
import { noteWrongCode } from '../steps/note-wrong-code.ts'
import { addressKey } from './addresses.ts'
import { tryCode, wrongCode } from './try-code.ts'

/**
 * The ticket of the change of number that this very session asked for, whose code was typed together with the number. What
 * somebody else asked for with the same number does not count. The try is counted, nothing is used up (S21, S24).
 * @throws Refusal `otp_expired` as {@link wrongCode} says it, `over_attempt_limit`, `over_request_rate_limit`
 */
export async function matchOwnChange(
  core: Core,
  caller: Caller,
  input: { readonly user: User; readonly session: Session; readonly phone: string; readonly code: string },
): Promise<Ticket> {
  const { user, session, phone, code } = input
  const ticket = await core.tickets.findBySubject(user.id, 'phone_change')
  const isOwn = ticket?.sessionId === session.id && ticket.addressKey === addressKey(core, { phone })
  await countCodeTry(core, caller, { account: user.id, addressKey: null })
  const outcome = ticket !== undefined && isOwn ? await tryCode(core, ticket, code) : undefined
  if (outcome?.kind === 'right') return outcome.ticket
  await noteWrongCode(core, caller, { userId: user.id, account: user.id, purpose: 'phone_change' })
  throw wrongCode(outcome === undefined ? [] : [outcome])
}
