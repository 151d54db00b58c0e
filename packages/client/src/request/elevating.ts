import type { Json } from '../api/types.ts'
import type { Attempt, Outcome } from '../attempt/attempt.ts'
import { isAuthError } from '../base/auth-error.ts'

/** Does something as whoever is signed in; once more where it wanted another proof and that was given. */
export type Elevating = <T>(work: () => Promise<T>) => Promise<T>

const wantsProof = /^(reauthentication_needed|insufficient_aal)$/

/**
 * One question at a time: whatever is refused meanwhile waits for the same proof. Each call asks once.
 * @param elevate begins to prove, at the level that the refusal names
 * @param ask leads somebody through it; without it nobody is asked
 */
export function createElevating(
  elevate: (details: Json) => Promise<Outcome>,
  ask: ((attempt: Attempt) => Promise<void>) | undefined,
): Elevating {
  let asking: Promise<void> | undefined

  const prove = async (details: Json) => {
    const outcome = await elevate(details)
    if (outcome.status === 'pending') await ask?.(outcome.attempt)
  }

  return async (work) => {
    // What begins meanwhile may be what `ask` does itself: it must not wait for itself.
    const earlier = asking
    try {
      return await work()
    } catch (error) {
      if (!ask || earlier || !isAuthError(error) || !wantsProof.test(error.code)) throw error
      // In a later turn, so that what `prove` sends finds that somebody is asked already.
      asking ??= Promise.resolve(error.details)
        .then(prove)
        .finally(() => {
          asking = undefined
        })
      await asking
      return work()
    }
  }
}
