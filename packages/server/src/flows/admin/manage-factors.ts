import { Refusal } from '../../base/errors.ts'
import type { Actor } from '../../core/audit/audit.ts'
import type { Core } from '../../core/core.ts'
import type { Factor } from '../../core/users/factor.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { auditOf } from '../steps/audit-of.ts'
import { dropFactor } from '../steps/drop-factor.ts'
import { notify } from '../steps/notice.ts'

interface Meant {
  readonly userId: string
  /** Absent: all of them. */
  readonly factorId?: string
}

/**
 * Takes second factors from a user who lost them. Sessions fall to `aal1`, and the owner is told.
 * @returns what was taken
 * @throws Refusal `user_not_found`, `not_found`
 */
export async function removeUserFactors(
  core: Core,
  caller: Caller,
  actor: Actor,
  input: Meant & { readonly reason?: string },
): Promise<readonly Factor[]> {
  const { reason } = input
  const removed = await core.transaction(async (tx) => {
    const { user, factors } = await locked(tx, input)
    for (const [at, factor] of factors.entries()) {
      const left = { ...user, factors: user.factors.filter((each) => !factors.slice(0, at).includes(each)) }
      await dropFactor(tx, caller, { user: left, factor, actor, ...(reason === undefined ? {} : { reason }) })
    }
    return factors
  })
  core.wakeOutbox()
  return removed
}

/**
 * Changes what a user's second factor is called, or where its codes go. Another number is another factor: what went to the
 * one before is worth nothing, sessions fall to `aal1`, and the owner is told.
 * @throws Refusal `user_not_found`, `not_found`
 */
export async function changeUserFactor(
  core: Core,
  caller: Caller,
  actor: Actor,
  input: Required<Meant> & { readonly name?: string; readonly phone?: string },
): Promise<Factor> {
  const { name, phone } = input
  const changed = await core.transaction(async (tx) => {
    const { user, factors } = await locked(tx, input)
    const [factor] = factors
    if (factor === undefined) throw new Refusal('not_found')
    const isPhone = factor.type === 'phone' && phone !== undefined
    await tx.factors.change(factor.id, { ...(name === undefined ? {} : { name }), ...(isPhone ? { phone } : {}) })
    if (isPhone && phone !== factor.phone) await forgetNumber(tx, caller, { user, factor })
    await tx.audit.record({
      ...auditOf(caller, user.id, actor),
      action: 'factor.changed',
      result: 'ok',
      target: { type: 'factor', id: factor.id },
      details: { fields: [...(name === undefined ? [] : ['name']), ...(isPhone ? ['phone'] : [])] },
    })
    return (await tx.users.find(user.id))?.factors.find(({ id }) => id === factor.id) ?? factor
  })
  core.wakeOutbox()
  return changed
}

async function forgetNumber(
  tx: Core,
  caller: Caller,
  { user, factor }: { readonly user: User; readonly factor: Factor },
): Promise<void> {
  await tx.tickets.killAll(user.id, ['second_factor', 'factor_challenge', 'elevation'])
  if (factor.status === 'unverified') return
  await tx.sessions.lower(user.id)
  await notify(tx, caller, { user, template: 'factor_added', values: { factorType: factor.type } })
}

async function locked(tx: Core, { userId, factorId }: Meant): Promise<{ user: User; factors: readonly Factor[] }> {
  const user = await tx.users.lock(userId)
  if (user === undefined) throw new Refusal('user_not_found')
  const factors = factorId === undefined ? user.factors : user.factors.filter(({ id }) => id === factorId)
  if (factorId !== undefined && factors.length === 0) throw new Refusal('not_found')
  return { user, factors }
}
