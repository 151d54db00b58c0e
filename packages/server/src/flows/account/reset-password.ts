import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import { isProtected } from '../../core/users/factor.ts'
import { prove } from '../attempt/redeem.ts'
import { channelOf } from '../attempt/texts.ts'
import type { Caller } from '../caller.ts'
import { applyEffects } from '../session/effects.ts'
import { refuseUnwelcome } from '../session/open.ts'
import { namesOf, refuseWeak } from '../steps/account-policy.ts'
import { isDisbelieved } from '../steps/disbelieved.ts'

/**
 * Sets a new password with a recovery that was proved, and signs nobody in: every session of the account ends. A password
 * that is refused leaves the ticket good. Whoever has a second factor passes it first, which this way cannot ask for (S56).
 * @throws Refusal `otp_expired`, `weak_password`, `user_banned`, `insufficient_aal`
 */
export async function resetPassword(
  core: Core,
  caller: Caller,
  input: { readonly ticket: Ticket; readonly newPassword: string },
): Promise<void> {
  const { ticket, newPassword } = input
  const { userId } = ticket
  const user = userId === null ? undefined : await core.users.find(userId)
  if (user === undefined) throw new Refusal('otp_expired')
  await refuseWeak(core, newPassword, [user.email, user.phone, ...namesOf(user)])
  const passwordHash = await core.hasher.hash(newPassword)
  await core.transaction(async (tx) => {
    // A factor that was set up while this one waited counts too.
    const now = await tx.users.lock(user.id)
    if (now === undefined) throw new Refusal('otp_expired')
    refuseUnwelcome(now, tx.runtime.now())
    // A factor on an account that was prepared for somebody else's address goes with the proof.
    const isSwept = channelOf(ticket) === 'email' && (await isDisbelieved(tx, now))
    if (isProtected(now) && !isSwept) throw new Refusal('insufficient_aal')
    const spent = await tx.tickets.spend(ticket.id)
    if (spent === undefined) throw new Refusal('otp_expired')
    const proved = await prove(tx, caller, { ticket: spent, user: now, more: {} })
    await applyEffects(tx, caller, { user: proved, effects: { recovery: true, passwordHash }, proved: 'way in' })
  })
  core.wakeOutbox()
}
