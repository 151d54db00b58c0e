import type { User } from '../../core/users/user.ts'
import { signedInKey } from '../../gate/bearer.ts'
import type { Gate } from '../../http/route.ts'
import { refusal } from './refuse.ts'

/** A guest is nobody yet. @throws Refusal `forbidden-anonymous` */
export function refuseGuest({ isAnonymous }: Pick<User, 'isAnonymous'>): void {
  if (isAnonymous) throw refusal('forbidden-anonymous')
}

/** Lets through whoever is somebody already. */
export const noGuests: Gate = (exchange) => refuseGuest(exchange.need(signedInKey).user)
