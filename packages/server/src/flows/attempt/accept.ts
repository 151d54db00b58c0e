import { minute } from '../../base/duration.ts'
import { invalid, Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { Caller } from '../caller.ts'
import { namesOf, refuseWeak } from '../steps/account-policy.ts'
import { isProvisioned } from '../steps/is-provisioned.ts'
import type { Progress } from './progress.ts'
import { finish } from './verify.ts'

const acceptSeconds = 30 * minute

/** Whether an administrator, and nobody who could have left a challenge, had this ticket made. */
export function isFromAdmin(ticket: Pick<Ticket, 'purpose' | 'payload'>): boolean {
  return ticket.purpose === 'invite' || ticket.payload['madeByAdmin'] === true
}

/**
 * An administrator's link was opened: nobody is signed in by that alone, they are asked first. The link stays good until
 * the yes; opening it again replaces the question.
 * @throws Refusal `flow_state_not_found` when the link is dead
 */
export async function askToAccept(core: Core, parent: Ticket): Promise<Progress> {
  const user = parent.userId === null ? undefined : await core.users.find(parent.userId)
  if (user === undefined) throw new Refusal('flow_state_not_found')
  const { ticket, attempt } = await core.tickets.issue({
    purpose: 'acceptance',
    subject: `acceptance:${parent.id}`,
    userId: user.id,
    seconds: acceptSeconds,
    payload: {
      of: parent.id,
      purpose: parent.purpose,
      email: user.email,
      displayName: user.displayName,
      password: parent.purpose !== 'sign_in',
    },
  })
  return { kind: 'pending', ticket, attempt }
}

/**
 * The yes to an invitation or to another link of an administrator.
 * @throws Refusal `attempt_expired`, `validation_failed`, `weak_password`, `user_banned`
 */
export async function accept(
  core: Core,
  caller: Caller,
  input: { readonly ticket: Ticket; readonly password?: string | undefined },
): Promise<Progress> {
  const { ticket, password } = input
  if (password !== undefined && ticket.payload['password'] !== true)
    throw invalid('password', 'cannot be chosen with this link')
  const parent = await core.tickets.findById(String(ticket.payload['of']))
  const user = ticket.userId === null ? undefined : await core.users.find(ticket.userId)
  if (parent === undefined || user === undefined) throw new Refusal('attempt_expired')
  if (password !== undefined) await refuseWeak(core, password, [user.email, user.phone, ...namesOf(user)])
  const passwordHash = password === undefined ? undefined : await core.hasher.hash(password)
  // One yes alone gets here; the link itself is used up by what follows.
  if ((await core.tickets.spend(ticket.id)) === undefined) throw new Refusal('attempt_expired')
  const verified = await finish(core, caller, {
    ticket: parent,
    via: 'link',
    more: { keepPassword: isProvisioned(user), ...(passwordHash === undefined ? {} : { passwordHash }) },
  }).catch(asExpired)
  if (verified.kind === 'half') throw new Refusal('attempt_expired')
  return verified
}

/** A newer link, or another way, was faster. */
function asExpired(error: unknown): never {
  throw error instanceof Refusal && error.code === 'otp_expired' ? new Refusal('attempt_expired') : error
}
