import { minute } from '../../base/duration.ts'
import type { Core } from '../../core/core.ts'
import type { TotpSetup } from '../../core/factors/totp.ts'
import type { TextChannel } from '../../core/notifications/outgoing.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { Caller } from '../caller.ts'
import { kindOf } from './kinds.ts'
import { type NewFactorInput, setUpFactor } from './set-up.ts'

const enrollSeconds = 10 * minute

/** A factor that waits for its first proof, as an attempt. */
export interface Enrollment {
  readonly ticket: Ticket
  readonly attempt: string
  /** What an authenticator app is given; shown here and never again. */
  readonly shown: TotpSetup | undefined
}

/**
 * Begins setting a second factor up, as an attempt that goes on in this session alone. A newer one replaces the older.
 * @throws Refusal as {@link setUpFactor} does, and `over_sms_send_rate_limit`
 */
export async function enroll(
  core: Core,
  caller: Caller,
  input: Omit<NewFactorInput, 'replaces'> & { readonly channel?: TextChannel | undefined },
): Promise<Enrollment> {
  const { user, session, type, channel } = input
  const { factor, shown } = await setUpFactor(core, caller, { ...input, replaces: true })
  const { message } = kindOf(type)
  await message?.admit(core, caller, { factor, channel })
  const { ticket, attempt } = await core.tickets.issue({
    purpose: 'enrollment',
    subject: user.id,
    userId: user.id,
    sessionId: session.id,
    seconds: enrollSeconds,
    payload: { factor: factor.id, type },
  })
  const sent = await message?.send(core, caller, { ticket, factor, user, channel })
  return { ticket: sent ?? ticket, attempt, shown: shown.totp }
}
