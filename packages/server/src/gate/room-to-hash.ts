import type { Core } from '../core/core.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Gate } from '../http/route.ts'

/**
 * Turns those away whose password could not be compared in time, before anything is counted or looked up for them, and has
 * the others counted a few at a time: while more sign-ins come than can be hashed, everybody else still gets the database.
 * Stands before all other gates.
 * @param counts the gate that counts them
 * @param hashes which requests of a route compare a password. Default: each
 * @throws Refusal `unavailable` with `retryAfter`
 */
export function roomToHash(
  core: Pick<Core, 'hasher'>,
  counts: Gate,
  hashes: (exchange: Exchange) => boolean = () => true,
): Gate {
  return async (exchange) => {
    if (!hashes(exchange)) return counts(exchange)
    const leave = await core.hasher.turn('count', () => exchange.isGone)
    try {
      await counts(exchange)
    } finally {
      leave()
    }
  }
}
