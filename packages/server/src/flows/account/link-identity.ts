import { minute } from '../../base/duration.ts'
import type { Core } from '../../core/core.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { User } from '../../core/users/user.ts'
import type { Return } from '../attempt/send.ts'
import { enabledProvider } from '../steps/arrival.ts'
import { refuseLinking } from '../steps/refuse-linking.ts'

const linkSeconds = 10 * minute

/**
 * Begins to connect an account elsewhere with the user's. What comes back carries on in this session alone (S40).
 * @throws Refusal `provider_disabled`, `feature_disabled`, `reauthentication_needed`
 */
export async function linkIdentity(
  core: Core,
  input: {
    readonly user: User
    readonly session: Session
    readonly provider: string
    readonly back: Return
    /** Where the dialect begins such a flow; the text of the ticket is added to it. */
    readonly startAt: string
    readonly scopes: readonly string[]
    readonly params: Readonly<Record<string, string>>
  },
): Promise<{ readonly ticket: Ticket; readonly attempt: string }> {
  const { user, session, back, startAt, scopes, params } = input
  refuseLinking(core, input)
  const at = await enabledProvider(core, input.provider)
  return core.tickets.issue({
    purpose: 'link',
    subject: user.id,
    userId: user.id,
    sessionId: session.id,
    seconds: linkSeconds,
    payload: { provider: at.provider.id, startAt, scopes, params, ...back },
  })
}
