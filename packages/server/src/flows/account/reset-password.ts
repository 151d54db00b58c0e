import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import { findLink, finish } from '../attempt/verify.ts'
import type { Caller } from '../caller.ts'
import { signOut } from '../session/sign-out.ts'
import { namesOf, refuseWeak } from '../steps/account-policy.ts'

/**
 * Sets a new password with the token of a recovery mail, and signs nobody in: every session of the account ends. A
 * password that is refused leaves the token good.
 * Whoever has a second factor passes it first, which this way cannot ask for (S56).
 * @throws Refusal `otp_expired`, `weak_password`, `user_banned`, `insufficient_aal`
 */
export async function resetPassword(
  core: Core,
  caller: Caller,
  input: { readonly token: string; readonly newPassword: string },
): Promise<void> {
  const ticket = await findLink(core, { token: input.token, purposes: ['recovery'] })
  const user = ticket.userId === null ? undefined : await core.users.find(ticket.userId)
  if (user === undefined) throw new Refusal('otp_expired')
  refuseWeak(core, input.newPassword, [user.email, user.phone, ...namesOf(user)])
  const passwordHash = await core.hasher.hash(input.newPassword)
  const verified = await finish(core, caller, { ticket, via: 'link', more: { passwordHash } })
  if (verified.kind === 'pending') {
    await core.tickets.spend(verified.ticket.id)
    throw new Refusal('insufficient_aal')
  }
  if (verified.kind === 'complete') await signOut(core, caller, { session: verified.grant.session, scope: 'this' })
}
