import type { Core } from '../../core/core.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { JsonObject } from '../../core/users/user.ts'
import type { Address } from '../../core/users/users.ts'
import { addressKey } from './addresses.ts'

// Messages to somebody new look the same: whoever asked to sign in may answer the one of a sign-up that somebody else began
// with their address. Then only an answer in the attempt of that sign-up may keep its password or passkey (S32, S34).

type Rooms = Pick<Core, 'tickets' | 'vault'>

/** What makes an account somebody's who has the address; a guest's first address is as good as a sign-up. */
const newcomers = ['sign_up', 'email_change', 'phone_change'] as const

/**
 * What the ticket of somebody new says where its message may be taken for another's that is out. What came with those is
 * nobody's from now on, until they are answered.
 */
export async function mistakable(core: Rooms, address: Address): Promise<JsonObject> {
  const waiting = await core.tickets.findByAddress(addressKey(core, address), ['sign_in', ...newcomers])
  await contestWaiting(core, address)
  return waiting.some(isAnothers) ? { contested: true } : {}
}

const isAnothers = ({ purpose, payload }: Ticket): boolean =>
  purpose !== 'sign_up' || payload['contested'] === true || payload['newAccount'] !== undefined

/** A code to sign in was asked for: what came with the messages that wait at this address is nobody's until they are answered. */
export async function contestWaiting(core: Rooms, address: Address): Promise<void> {
  await core.tickets.patchOf(addressKey(core, address), newcomers, { contested: true })
}
