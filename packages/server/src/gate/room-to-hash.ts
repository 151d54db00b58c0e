import type { Core } from '../core/core.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Gate } from '../http/route.ts'

/**
 * Turns those away whose password could not be compared in time, before anything is counted or looked up for them: while
 * more sign-ins come than can be hashed, everybody else still gets the database. Stands before all other gates.
 * @param hashes which requests of a route compare a password. Default: each
 * @throws Refusal `unavailable` with `retryAfter`
 */
export function roomToHash(core: Pick<Core, 'hasher'>, hashes: (exchange: Exchange) => boolean = () => true): Gate {
  return (exchange) => {
    if (hashes(exchange)) core.hasher.refuseFull()
  }
}
