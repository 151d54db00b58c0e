import type { Core } from '../../core/core.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import { refuseForeign } from './progress.ts'

/**
 * Gives an attempt up. Its code and link die with it, unless somebody else waits for the same message. A change of
 * address is dropped.
 * @throws Refusal `attempt_expired` when it was begun in another session
 */
export async function cancelAttempt(
  core: Core,
  input: { readonly ticket: Ticket; readonly attempt: string; readonly session?: Session | undefined },
): Promise<void> {
  const { ticket, attempt, session } = input
  refuseForeign(ticket, session)
  await core.transaction(async (tx) => {
    if (ticket.purpose === 'phone_change' && ticket.userId !== null) {
      await tx.tickets.killAll(ticket.userId, ['phone_change'])
      return void (await tx.users.update(ticket.userId, { pendingPhone: null }))
    }
    const isChange = ticket.purpose === 'email_change' || ticket.purpose === 'email_change_current'
    if (!isChange || ticket.userId === null) return tx.tickets.leaveAttempt(attempt)
    await tx.tickets.killAll(ticket.userId, ['email_change', 'email_change_current'])
    await tx.users.update(ticket.userId, { pendingEmail: null })
  })
}
