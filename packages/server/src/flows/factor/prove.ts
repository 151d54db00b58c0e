import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Proof } from '../../core/sessions/session.ts'
import type { Factor } from '../../core/users/factor.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { askAboutFactor } from '../steps/ask-about-attempt.ts'
import { countCodeTry, forgiveCodes } from '../steps/guesses.ts'
import { noteWrongCode } from '../steps/note-wrong-code.ts'
import type { Claim } from './kind.ts'
import { kindOf } from './kinds.ts'

export type FactorProof = Omit<Proof, 'at'> & { readonly factor: string }

/** What came of a claim that fits. */
export interface Proved {
  /** As the account stands in this transaction, locked. */
  readonly user: User
  readonly factor: Factor
  readonly proof: FactorProof
}

const proofOf = ({ id, type }: Factor): FactorProof => ({ method: type, provider: null, factor: id })

/**
 * Compares what was said with a factor and, where it fits, uses it up and lets `pass` do the rest in the same
 * transaction: of many who say the same thing at once one passes. Tries are counted at the ticket and, over all tickets
 * and factors, at the account, before anything is compared.
 * @throws Refusal `mfa_verification_failed` with `details.triesLeft`, `attempt_expired`, `over_attempt_limit`,
 * `over_request_rate_limit`, `hook_rejected`, `hook_unavailable`, and what `pass` throws
 */
export async function proveFactor<T>(
  core: Core,
  caller: Caller,
  claim: Claim,
  pass: (tx: Core, proved: Proved) => Promise<T>,
): Promise<T> {
  const { factor, user } = claim
  const kind = kindOf(factor.type)
  await countCodeTry(core, caller, { account: user.id, addressKey: null })
  const compared = await kind.compare(core, claim)
  if (compared.kind === 'dead') return refuseDead(core, caller, claim)
  const meant = compared.kind === 'right' ? (compared.factor ?? factor) : factor
  await askAboutFactor(core, caller, { user, factor: meant, valid: compared.kind === 'right' })
  if (compared.kind === 'wrong') return refuseWrong(core, caller, claim, compared.triesLeft)
  const outcome = await core.transaction(async (tx) => {
    // Whatever else happens to the account waits for this, or this for it.
    const now = await tx.users.lock(user.id)
    if (now?.factors.find(({ id }) => id === factor.id)?.status !== factor.status) throw new Refusal('attempt_expired')
    if (!(await kind.use(tx, meant, compared.match))) return undefined
    await forgiveCodes(tx, now)
    return { passed: await pass(tx, { user: now, proof: proofOf(meant), factor: meant }) }
  })
  core.wakeOutbox()
  return outcome === undefined ? refuseWrong(core, caller, claim, undefined) : outcome.passed
}

/** A ticket that takes no more tries: it was a try at the account all the same. */
async function refuseDead(core: Core, caller: Caller, { user, ticket }: Claim): Promise<never> {
  const code = 'attempt_expired'
  await noteWrongCode(core, caller, { userId: user.id, account: user.id, purpose: ticket.purpose, code })
  throw new Refusal(code, { details: { reason: 'tries' } })
}

async function refuseWrong(
  core: Core,
  caller: Caller,
  { user, ticket, factor }: Claim,
  triesLeft: number | undefined,
): Promise<never> {
  const code = 'mfa_verification_failed'
  await noteWrongCode(core, caller, { userId: user.id, account: user.id, purpose: ticket.purpose, code })
  const { type } = factor
  throw new Refusal(code, { details: { type, ...(triesLeft === undefined ? {} : { triesLeft }) } })
}
