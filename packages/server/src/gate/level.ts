import { Refusal } from '../base/errors.ts'
import { isProtected } from '../core/users/factor.ts'
import type { Gate } from '../http/route.ts'
import { type SignedIn, signedInKey } from './bearer.ts'

/** Whether somebody has proved as much as they can: the second factor too, where the account has one. */
export function isAtReach({ user, session }: Pick<SignedIn, 'user' | 'session'>): boolean {
  return session.aal === 'aal2' || !isProtected(user)
}

/** Stands after `signedIn`: a first proof alone opens nothing but the way to the second. @throws Refusal `insufficient_aal` */
export const atReach: Gate = (exchange) => {
  if (!isAtReach(exchange.need(signedInKey))) throw new Refusal('insufficient_aal', { details: { level: 'aal2' } })
}
