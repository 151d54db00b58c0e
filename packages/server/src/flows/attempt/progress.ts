import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { Purpose, Ticket } from '../../core/tickets/ticket.ts'
import type { Factor } from '../../core/users/factor.ts'
import type { Grant } from '../session/open.ts'

/** How far an attempt has come: finished, or waiting for its next step. */
export type Progress =
  | {
      readonly kind: 'complete'
      readonly grant: Grant
      /** The second factor it has added. */
      readonly factor?: Factor
    }
  | { readonly kind: 'pending'; readonly ticket: Ticket; readonly attempt: string }

/** What has a handle that is no attempt's, such as the state that travels through a provider. */
const notAttempts: ReadonlySet<Purpose> = new Set([
  'return',
  'provider',
  'provider_return',
  'id_token',
  'wallet_message',
  'factor_challenge',
])

/**
 * The living ticket of an attempt.
 * @throws Refusal `attempt_expired` when it is finished, too old, replaced or unknown: nobody can tell which
 */
export async function findAttempt(core: Core, attempt: string): Promise<Ticket> {
  const ticket = await core.tickets.findByAttempt(attempt)
  if (ticket === undefined || notAttempts.has(ticket.purpose)) throw new Refusal('attempt_expired')
  return ticket
}

/** What was begun inside a session goes on in that session alone. @throws Refusal `attempt_expired` */
export function refuseForeign(ticket: Ticket, session: Session | undefined): void {
  if (ticket.sessionId !== null && ticket.sessionId !== session?.id) throw new Refusal('attempt_expired')
}
