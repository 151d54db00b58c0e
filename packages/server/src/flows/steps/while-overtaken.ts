import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import { Overtaken } from './create-account.ts'

/** Of several first sign-ins of one person at once one makes the account; the others find it (S142). */
const tries = 4

/**
 * Does `work` in a transaction, and once more where somebody else made the same account in this very moment.
 * @throws Refusal `unavailable` when that happens again and again
 */
export async function whileOvertaken<T>(core: Core, work: (tx: Core) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const done = await core.transaction(work)
      core.wakeOutbox()
      return done
    } catch (error) {
      if (!(error instanceof Overtaken)) throw error
      if (attempt === tries) throw new Refusal('unavailable', { retryAfter: 1, cause: error })
    }
  }
}
