import { Refusal } from '../../base/errors.ts'
import type { LinkToken } from '../../base/secrets.ts'
import type { Core } from '../../core/core.ts'
import type { Purpose, Ticket } from '../../core/tickets/ticket.ts'
import type { JsonObject } from '../../core/users/user.ts'
import type { Progress } from '../attempt/progress.ts'
import { redeemReturn } from '../attempt/provider-return.ts'
import { proofOf, prove } from '../attempt/redeem.ts'
import { purposeOf } from '../attempt/step.ts'
import { findLink } from '../attempt/verify.ts'
import type { Caller } from '../caller.ts'
import { forgiveCodes } from '../steps/guesses.ts'
import { arrive, enter } from './enter.ts'
import { refuseUnwelcome } from './open.ts'

/** Seconds between following a link and picking up what it is good for. */
const pickupSeconds = 600

/** What whoever follows a link, or comes back from a provider, is sent on with: worth one session, or one new password. */
export interface Pickup {
  readonly token: LinkToken
}

/**
 * Follows a mailed link for clients that pick up its session later: the link is used up and the address proved now, and a
 * second secret waits for whoever is sent back.
 * @throws Refusal `otp_expired`, `user_banned`
 */
export async function openPickup(core: Core, caller: Caller, ticket: Ticket): Promise<Pickup> {
  const { userId } = ticket
  if (userId === null) throw new Refusal('otp_expired')
  const token = await core.transaction(async (tx) => {
    const user = await tx.users.lock(userId)
    const spent = await tx.tickets.spend(ticket.id)
    if (spent === undefined || user === undefined) throw new Refusal('otp_expired')
    refuseUnwelcome(user, tx.runtime.now())
    await prove(tx, caller, { ticket: spent, user, more: {} })
    const { link } = await tx.tickets.issue({
      purpose: 'pickup',
      subject: `${userId}:${spent.purpose}`,
      userId,
      seconds: pickupSeconds,
      link: true,
      payload: { for: purposeOf(spent), proof: proofOf(spent, 'link'), isNew: user.lastSignInAt === null },
    })
    return link
  })
  core.wakeOutbox()
  if (token === undefined) throw new Error('a ticket was issued without its link')
  return { token }
}

/** What a pickup is for. @throws Refusal `otp_expired` */
export async function findPickup(core: Core, token: string): Promise<{ ticket: Ticket; for: Purpose }> {
  const ticket = await findLink(core, { token, purposes: ['pickup', 'provider_return'] })
  return { ticket, for: ticket.purpose === 'pickup' ? (ticket.payload['for'] as Purpose) : ticket.purpose }
}

/**
 * Opens the session that waits behind a pickup, once.
 * @throws Refusal `otp_expired`, `user_banned`, and as the door does
 */
export async function redeemPickup(core: Core, caller: Caller, ticket: Ticket): Promise<Progress> {
  const { userId } = ticket
  if (userId === null) throw new Refusal('otp_expired')
  const entered = await core.transaction(async (tx) => {
    const user = await tx.users.lock(userId)
    const spent = user === undefined ? undefined : await tx.tickets.spend(ticket.id)
    if (user === undefined || spent === undefined) throw new Refusal('otp_expired')
    if (spent.purpose === 'provider_return') {
      refuseUnwelcome(user, tx.runtime.now())
      return redeemReturn(tx, caller, { ticket: spent, user, session: undefined, from: [spent.id] })
    }
    await forgiveCodes(tx, user)
    const proof = spent.payload['proof'] as JsonObject as ReturnType<typeof proofOf>
    return enter(tx, caller, {
      user,
      amr: [proof],
      isNewUser: spent.payload['isNew'] === true,
      purpose: purposeOf({ purpose: spent.payload['for'] as Purpose, payload: spent.payload }),
      from: [spent.id],
    })
  })
  return arrive(core, entered)
}
