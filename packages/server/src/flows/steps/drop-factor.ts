import type { Actor } from '../../core/audit/audit.ts'
import type { Core } from '../../core/core.ts'
import { type Factor, isProtected, isProtecting } from '../../core/users/factor.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { auditOf } from './audit-of.ts'
import { notify } from './notice.ts'

export interface Dropping {
  /** As it stands in this transaction, locked. */
  readonly user: User
  readonly factor: Factor
  readonly actor: Actor
  /** The session that keeps its level. */
  readonly except?: string
  /** Why, where an administrator says so. */
  readonly reason?: string
}

/**
 * Takes a factor away. What it gave goes with it: sessions fall to `aal1`, and those that rest on a passkey alone end; recovery
 * codes that stand in for nothing any more are dead, and the owner is told. One that was never proved leaves no trace.
 */
export async function dropFactor(tx: Core, caller: Caller, input: Dropping): Promise<void> {
  const { user, factor, actor, reason } = input
  await tx.factors.remove(user.id, factor.id)
  if (factor.status === 'unverified') return
  if (isProtecting(factor)) await takeWhatItGave(tx, input)
  if (factor.type === 'passkey') await tx.sessions.endOfFactor(user.id, factor.id, input.except)
  await tx.audit.record({
    ...auditOf(caller, user.id, actor),
    action: 'factor.removed',
    result: 'ok',
    target: { type: 'factor', id: factor.id },
    details: { type: factor.type, ...(reason === undefined ? {} : { reason }) },
  })
  await notify(tx, caller, { user, template: 'factor_removed', values: { factorType: factor.type } })
}

async function takeWhatItGave(tx: Core, { user, factor, except }: Dropping): Promise<void> {
  const left = user.factors.filter(({ id }) => id !== factor.id)
  const codes = isProtected({ factors: left }) ? [] : left.filter(({ type }) => type === 'recovery_code')
  for (const { id } of codes) await tx.factors.remove(user.id, id)
  await tx.tickets.killAll(user.id, ['second_factor', 'factor_challenge'])
  await tx.sessions.lower(user.id, except)
}
