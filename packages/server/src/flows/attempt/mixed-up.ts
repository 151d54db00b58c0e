import type { Core } from '../../core/core.ts'
import type { Address } from '../../core/users/users.ts'
import { addressKey } from './addresses.ts'

// Two texts with a code look the same: whoever asked to sign in may type the code of a sign-up that somebody else began
// with their number. Then only an answer in the attempt of that sign-up may keep its password (S32).

/** Whether somebody waits for a code to sign in with this number. */
export async function isAwaited(core: Pick<Core, 'tickets' | 'vault'>, address: Address): Promise<boolean> {
  if ('email' in address) return false
  const waiting = await core.tickets.findByAddress(addressKey(core, address), ['sign_in'])
  return waiting.length > 0
}

/** A code to sign in was asked for: the password of a sign-up that waits on this number is nobody's until it is answered. */
export async function contestSignUp(core: Pick<Core, 'tickets' | 'vault'>, address: Address): Promise<void> {
  if ('email' in address) return
  const [signUp] = await core.tickets.findByAddress(addressKey(core, address), ['sign_up'])
  if (signUp?.userId != null) await core.tickets.patch(signUp.id, { contested: true })
}
