import { invalid, Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { TextChannel } from '../../core/notifications/outgoing.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { Factor } from '../../core/users/factor.ts'
import type { User } from '../../core/users/user.ts'
import { findAttempt, type Progress } from '../attempt/progress.ts'
import { decideStep, optionsOf } from '../attempt/step.ts'
import type { Caller } from '../caller.ts'
import { kindOf } from './kinds.ts'

/** The factor an attempt asks for, or the one of those it offers that is meant by its id or by its type. */
export function meantFactor(ticket: Ticket, user: User, option: string | undefined): Factor {
  const { payload } = ticket
  const asked = ticket.purpose === 'enrollment' ? payload['factor'] : (option ?? payload['chosen'])
  const offered = optionsOf(payload)
  const [meant, another] = offered.filter(({ id, type }) => id === asked || type === asked)
  const id = ticket.purpose === 'enrollment' ? asked : meant?.id
  if (id === undefined || another !== undefined) throw invalid('option', 'must be one of those offered')
  const factor = user.factors.find((each) => each.id === id)
  if (factor === undefined) throw new Refusal('attempt_expired')
  return factor
}

/** The account behind an attempt. @throws Refusal `attempt_expired` */
export async function ownerOf(core: Core, { userId }: Ticket): Promise<User> {
  const user = userId === null ? undefined : await core.users.find(userId)
  if (user === undefined) throw new Refusal('attempt_expired')
  return user
}

/**
 * Says which factor is to be proved: a code is texted where it needs one, not oftener than once a minute; otherwise the
 * list is narrowed to it.
 * @throws Refusal `attempt_expired`, `validation_failed`, `over_sms_send_rate_limit`
 */
export async function chooseFactor(
  core: Core,
  caller: Caller,
  input: {
    readonly ticket: Ticket
    readonly attempt: string
    readonly option: string | undefined
    readonly channel?: TextChannel | undefined
  },
): Promise<Progress> {
  const { ticket, attempt, option, channel } = input
  const user = await ownerOf(core, ticket)
  const factor = meantFactor(ticket, user, option)
  const { message, ceremony } = kindOf(factor.type)
  const publicKey = (await ceremony?.(core, { user, factor })) ?? null
  if (message !== undefined) {
    const step = decideStep(ticket, core.settings)
    const isWaiting = step.type === 'code' && step.resendAt > core.runtime.now()
    if (!isWaiting || ticket.payload['factor'] !== factor.id) {
      await message.admit(core, caller, { factor, channel })
      await message.send(core, caller, { ticket, factor, user, channel })
    }
  }
  if (ticket.purpose !== 'enrollment')
    await core.tickets.patch(ticket.id, {
      chosen: factor.id,
      publicKey,
      ...(message === undefined ? { sentAt: null } : {}),
    })
  return { kind: 'pending', ticket: await findAttempt(core, attempt), attempt }
}
