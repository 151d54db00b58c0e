import type { Complete } from '../api/types.ts'
import type { Runtime } from '../base/runtime.ts'

/** The time as Watchword has it: cookies say when their token was made, and nothing about the clock here. */
export interface ServerClock {
  /** A runtime that goes by that time, as far as it is known by now; what is learned later does not move it. */
  runtime(): Runtime
  /** Learns from new tokens how far the clock here is off. */
  reading(work: () => Promise<Complete>): Promise<Complete>
}

export function createServerClock(given: Runtime): ServerClock {
  const known = { ahead: 0 }
  return {
    runtime() {
      const { ahead } = known
      return { ...given, now: () => given.now() - ahead }
    },
    async reading(work) {
      const begun = given.now()
      const complete = await work()
      const { expiresAt, expiresIn } = complete.tokens
      const madeAt = Date.parse(expiresAt) - expiresIn * 1000
      // They were made between question and answer, and are dated to the second before: what is not known to be wrong stays.
      if (Number.isFinite(madeAt)) known.ahead = Math.min(Math.max(0, begun - madeAt - 1000), given.now() - madeAt)
      return complete
    },
  }
}
