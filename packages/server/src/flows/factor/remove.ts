import { Refusal } from '../../base/errors.ts'
import type { Actor } from '../../core/audit/audit.ts'
import type { Core } from '../../core/core.ts'
import type { Session } from '../../core/sessions/session.ts'
import { accountsElsewhere } from '../../core/users/accounts-elsewhere.ts'
import { type Factor, isProtected, isProtecting } from '../../core/users/factor.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { refuseEnded } from '../session/open.ts'
import { dropFactor } from '../steps/drop-factor.ts'
import { refuseStale } from './level.ts'

export interface FactorRemoval {
  readonly user: User
  readonly session: Session
  readonly factorId: string
  /** Whether recovery codes that are left without a factor go with the last one, or keep it in place. Default go. */
  readonly codes?: 'go' | 'stay'
  /** Whether the acting session keeps its level even where this factor gave it. Default yes. */
  readonly own?: 'keep' | 'lower'
}

/**
 * Removes one's own second factor. A verified one needs `aal2` and a fresh proof; every other session falls to `aal1`.
 * @throws Refusal `not_found`, `insufficient_aal`, `reauthentication_needed`, `conflict` (`details.reason` `sole_factor`),
 * `single_identity_not_deletable` for a passkey that nobody would get in without
 */
export async function removeFactor(core: Core, caller: Caller, input: FactorRemoval): Promise<Factor> {
  const { user, session, factorId } = input
  const removed = await core.transaction(async (tx) => {
    const now = await tx.users.lock(user.id)
    await refuseEnded(tx, session)
    const factor = now?.factors.find(({ id }) => id === factorId)
    if (now === undefined || factor === undefined) throw new Refusal('not_found')
    if (factor.status === 'verified') refuseStale(tx, now, session)
    if (isLastWayIn(now, factor)) throw new Refusal('single_identity_not_deletable')
    if (input.codes === 'stay' && isLastBesideCodes(now, factor))
      throw new Refusal('conflict', {
        message: 'Recovery codes cannot stand alone. Please remove them first.',
        details: { reason: 'sole_factor' },
      })
    const lowersOwn = input.own === 'lower' && session.amr.some((proof) => proof.factor === factor.id)
    const actor: Actor = { type: 'user', id: user.id }
    await dropFactor(tx, caller, { user: now, factor, actor, ...(lowersOwn ? {} : { except: session.id }) })
    return factor
  })
  core.wakeOutbox()
  return removed
}

const signsIn = ({ status, credential }: Factor): boolean => status === 'verified' && credential?.signsIn === true

/**
 * Somebody without a proved address and without an account elsewhere gets in by passkey alone (S40): to an address that
 * nobody has proved, a code may go to somebody else.
 */
function isLastWayIn(user: User, factor: Factor): boolean {
  const { isAnonymous, emailConfirmedAt, phoneConfirmedAt, factors } = user
  const isProved = emailConfirmedAt !== null || phoneConfirmedAt !== null
  const hasMore = isAnonymous || isProved || accountsElsewhere(user).length > 0
  return signsIn(factor) && !hasMore && !factors.some((other) => other.id !== factor.id && signsIn(other))
}

function isLastBesideCodes({ factors }: User, factor: Factor): boolean {
  const left = factors.filter(({ id }) => id !== factor.id)
  return isProtecting(factor) && !isProtected({ factors: left }) && left.some(({ type }) => type === 'recovery_code')
}
