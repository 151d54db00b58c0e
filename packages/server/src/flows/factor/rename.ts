import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { Factor } from '../../core/users/factor.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { refuseEnded } from '../session/open.ts'
import { auditOf } from '../steps/audit-of.ts'
import { refuseStale } from './level.ts'
import { refuseName } from './name.ts'

/**
 * Calls one's own second factor something else.
 * @throws Refusal `not_found`, `factor_name_taken`, `insufficient_aal`, `reauthentication_needed`
 */
export async function renameFactor(
  core: Core,
  caller: Caller,
  input: { readonly user: User; readonly session: Session; readonly factorId: string; readonly name: string },
): Promise<Factor> {
  const { user, session, factorId, name } = input
  return core.transaction(async (tx) => {
    const now = await tx.users.lock(user.id)
    await refuseEnded(tx, session)
    const factor = now?.factors.find(({ id }) => id === factorId)
    if (now === undefined || factor === undefined) throw new Refusal('not_found')
    refuseStale(tx, now, session)
    refuseName(now, name, factor.id)
    await tx.factors.change(factor.id, { name })
    await tx.audit.record({
      ...auditOf(caller, user.id),
      action: 'factor.renamed',
      result: 'ok',
      sessionId: session.id,
      target: { type: 'factor', id: factor.id },
    })
    return { ...factor, name }
  })
}
