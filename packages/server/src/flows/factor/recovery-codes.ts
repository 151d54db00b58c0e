import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import { drawRecoveryCodes } from '../../core/factors/recovery-codes.ts'
import type { Session } from '../../core/sessions/session.ts'
import { type Factor, isProtected } from '../../core/users/factor.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { refuseEnded } from '../session/open.ts'
import { auditOf } from '../steps/audit-of.ts'
import { forgiveCodes } from '../steps/guesses.ts'
import { notify } from '../steps/notice.ts'
import { refuseStale } from './level.ts'
import { refuseName } from './name.ts'
import { refuseMany } from './set-up.ts'

/** A set of recovery codes; the codes themselves are shown here and never again. */
export interface RecoveryCodes {
  readonly factor: Factor
  readonly codes: readonly string[]
}

/**
 * Makes ten recovery codes; older ones are dead. They stand in for another factor, so there must be one.
 * @param input.mode `first`: there must be none yet; `again`: there must be some. Default either
 * @throws Refusal `conflict` (`details.reason` `sole_factor` or `exists`), `not_found`, `feature_disabled`,
 * `factor_name_taken`, `limit_reached`, `insufficient_aal`, `reauthentication_needed`
 */
export async function makeRecoveryCodes(
  core: Core,
  caller: Caller,
  input: {
    readonly user: User
    readonly session: Session
    readonly name?: string | undefined
    readonly mode?: 'first' | 'again'
  },
): Promise<RecoveryCodes> {
  const { user, session, mode } = input
  const made = await core.transaction(async (tx) => {
    const now = await tx.users.lock(user.id)
    await refuseEnded(tx, session)
    if (now === undefined) throw new Refusal('session_not_found')
    refuseStale(tx, now, session)
    const known = now.factors.find(({ type }) => type === 'recovery_code')
    if (known === undefined && mode === 'again') throw new Refusal('not_found')
    if (known === undefined && !tx.settings.factors.recoveryCodes)
      throw new Refusal('feature_disabled', { details: { feature: 'recovery_codes' } })
    if (known !== undefined && mode === 'first')
      throw new Refusal('conflict', {
        message: 'There are recovery codes already. Ask for new ones in their place.',
        details: { reason: 'exists' },
      })
    const id = known?.id ?? (await addSet(tx, now, input.name))
    const codes = drawRecoveryCodes(tx.runtime)
    await tx.factors.putCodes(id, codes)
    await forgiveCodes(tx, now)
    await record(tx, caller, { user: now, session, id })
    const factor = (await tx.users.find(user.id))?.factors.find((each) => each.id === id)
    if (factor === undefined) throw new Error('recovery codes were not written')
    return { factor, codes }
  })
  core.wakeOutbox()
  return made
}

async function addSet(tx: Core, user: User, name = 'Recovery codes'): Promise<string> {
  refuseName(user, name)
  refuseMany(tx, user)
  if (!isProtected(user))
    throw new Refusal('conflict', {
      message: 'Recovery codes stand in for another factor. Please set one up first.',
      details: { reason: 'sole_factor' },
    })
  return tx.factors.add({ userId: user.id, type: 'recovery_code', name, status: 'verified' })
}

async function record(
  tx: Core,
  caller: Caller,
  { user, session, id }: { readonly user: User; readonly session: Session; readonly id: string },
): Promise<void> {
  await tx.audit.record({
    ...auditOf(caller, user.id),
    action: 'factor.added',
    result: 'ok',
    sessionId: session.id,
    target: { type: 'factor', id },
    details: { type: 'recovery_code' },
  })
  await notify(tx, caller, { user, template: 'factor_added', values: { factorType: 'recovery_code' } })
}
