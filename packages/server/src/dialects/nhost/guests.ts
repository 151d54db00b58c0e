import { Refusal } from '../../base/errors.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { User } from '../../core/users/user.ts'
import { describeGuest } from '../../flows/account/describe-guest.ts'
import type { Caller } from '../../flows/caller.ts'
import type { NewAccount } from '../../flows/steps/create-account.ts'
import { type SignedIn, signedInKey } from '../../gate/bearer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Gate } from '../../http/route.ts'
import type { Nhost } from './dialect.ts'
import { refusal } from './refuse.ts'

/** A guest is nobody yet. @throws Refusal `forbidden-anonymous` */
export function refuseGuest({ isAnonymous }: Pick<User, 'isAnonymous'>): void {
  if (isAnonymous) throw refusal('forbidden-anonymous')
}

/**
 * Whoever is signed in and somebody already. Asked for once the body is read and the feature is on: that is the order in
 * which clients are told what is wrong.
 * @throws Refusal `forbidden-anonymous`
 */
export function somebody(exchange: Exchange): SignedIn {
  const who = exchange.need(signedInKey)
  refuseGuest(who.user)
  return who
}

/** Lets through whoever is somebody already, where nothing else could be wrong. */
export const noGuests: Gate = (exchange) => {
  somebody(exchange)
}

/** A guest with what they say about the account they ask for. @throws Refusal `user-not-anonymous` */
export async function describedGuest(
  { core }: Pick<Nhost, 'core'>,
  caller: Caller,
  { user, session, about }: { readonly user: User; readonly session: Session; readonly about: NewAccount },
): Promise<User> {
  return describeGuest(core, caller, { userId: user.id, sessionId: session.id, about }).catch((error: unknown) => {
    throw error instanceof Refusal && error.code === 'conflict' ? refusal('user-not-anonymous') : error
  })
}
