import { Refusal } from '../base/errors.ts'
import { isAtReach } from '../core/users/factor.ts'
import type { SignedIn } from './bearer.ts'

/** A first proof alone opens nothing but the way to the second. @throws Refusal `insufficient_aal` */
export function refuseBelowReach(who: Pick<SignedIn, 'user' | 'session'>): void {
  if (!isAtReach(who)) throw new Refusal('insufficient_aal', { details: { level: 'aal2' } })
}
