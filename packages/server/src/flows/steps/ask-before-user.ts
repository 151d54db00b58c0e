import { newId } from '../../base/id.ts'
import type { Core } from '../../core/core.ts'
import type { Caller } from '../caller.ts'
import { type Candidate, hookCandidate } from './hook-user.ts'

/**
 * Asks the application whether an account may be made, where it wants to be asked. It is asked about the same person once
 * for one transaction, and whether or not the address turns out to be taken.
 * @param id the id that was announced already; default a new one
 * @returns the id it was asked about, which the account then has
 * @throws Refusal `hook_rejected`, `hook_unavailable`
 */
export async function askBeforeUser(
  tx: Pick<Core, 'hooks' | 'runtime' | 'settings'>,
  { ip }: Pick<Caller, 'ip'>,
  who: Candidate,
  id?: string,
): Promise<string> {
  if (!tx.hooks.has('beforeUserCreated')) return id ?? newId(tx.runtime)
  const { question } = await tx.hooks.settle('beforeUserCreated', JSON.stringify([who, id]), () => {
    const subject = id ?? newId(tx.runtime)
    return { input: { user: hookCandidate(subject, who, tx) }, ip, subject }
  })
  return question.subject
}
