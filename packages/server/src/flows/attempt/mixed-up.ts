import type { Core } from '../../core/core.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { JsonObject } from '../../core/users/user.ts'
import type { Address } from '../../core/users/users.ts'
import { addressKey } from './addresses.ts'

// Messages to somebody new look the same: whoever asked to sign in may answer the one of a sign-up that somebody else began
// with their address. Then only an answer in the attempt of that sign-up may keep its password or passkey (S32, S34).

type Rooms = Pick<Core, 'tickets' | 'vault'>

/** What the ticket of a sign-up says where its message may be taken for another's that is out. */
export async function mistakable(core: Rooms, address: Address): Promise<JsonObject> {
  const waiting = await core.tickets.findByAddress(addressKey(core, address), ['sign_in', 'sign_up'])
  return waiting.some(isAnothers) ? { contested: true } : {}
}

const isAnothers = ({ purpose, payload }: Ticket): boolean =>
  purpose === 'sign_in' || payload['contested'] === true || payload['newAccount'] !== undefined

/** A code to sign in was asked for: what came with a sign-up that waits on this address is nobody's until it is answered. */
export async function contestSignUp(core: Rooms, address: Address): Promise<void> {
  const [signUp] = await core.tickets.findByAddress(addressKey(core, address), ['sign_up'])
  if (signUp !== undefined) await core.tickets.patch(signUp.id, { contested: true })
}
