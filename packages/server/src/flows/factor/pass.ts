import { invalid, Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import { mostProofs, type Session } from '../../core/sessions/session.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import { type Factor, isProtected } from '../../core/users/factor.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { type Entered, passSecondFactor } from '../session/enter.ts'
import { continueSession } from '../session/open.ts'
import { auditOf } from '../steps/audit-of.ts'
import { endUnproved } from '../steps/end-unproved.ts'
import { mayAdd } from '../steps/factor-options.ts'
import { notify } from '../steps/notice.ts'
import { refuseName } from './name.ts'
import type { FactorProof } from './prove.ts'

/** A factor that was just proved, whatever its type, and the ticket that asked for it. */
export interface Passing {
  readonly ticket: Ticket
  /** As it stands in this transaction, locked. */
  readonly user: User
  readonly factor: Factor
  readonly proof: FactorProof
  /** The session it was asked for in; absent where there is none yet. */
  readonly session?: Session | undefined
  /** What a new factor is to be called, where that is said only now. */
  readonly name?: string | undefined
  /** `end`: the sessions in which no factor was proved go. A new factor ends them in any case. */
  readonly others?: 'end' | 'keep'
}

/**
 * What a proved factor is good for: it finishes a sign-in, sets a factor up, or raises a session. Spends the ticket.
 * Runs in the transaction that makes sure the proof counts once.
 * @throws Refusal `attempt_expired`, `session_not_found`, `insufficient_aal`, `factor_name_taken`, `user_banned`
 */
export async function passFactor(tx: Core, caller: Caller, passing: Passing): Promise<Entered> {
  const { ticket, session } = passing
  if (ticket.purpose === 'second_factor') return passSecondFactor(tx, caller, passing)
  if (session === undefined || (await tx.tickets.spend(ticket.id)) === undefined) throw new Refusal('attempt_expired')
  await settle(tx, caller, { ...passing, session })
  return raised(tx, { ...passing, session })
}

/**
 * As {@link passFactor} inside a session, for clients that cannot be handed new tokens there: the session rises, and its
 * tokens go on.
 * @throws Refusal as {@link passFactor}
 */
export async function passFactorQuietly(tx: Core, caller: Caller, passing: InSession): Promise<Session> {
  const { ticket, session, proof } = passing
  if ((await tx.tickets.spend(ticket.id)) === undefined) throw new Refusal('attempt_expired')
  await settle(tx, caller, passing)
  const amr = [{ ...proof, at: tx.runtime.now().toISOString() }, ...session.amr].slice(0, mostProofs)
  const up = await tx.sessions.raise(session.id, { amr, ...(adds(passing) ? { aal: 'aal2' } : {}) })
  if (up === undefined) throw new Refusal('session_not_found')
  return up.session
}

function settle(tx: Core, caller: Caller, passing: InSession): Promise<void> {
  return passing.factor.status === 'unverified' ? finishSetUp(tx, caller, passing) : rise(tx, caller, passing)
}

type InSession = Passing & { readonly session: Session }

async function finishSetUp(tx: Core, caller: Caller, passing: InSession): Promise<void> {
  const { user, factor, session, name } = passing
  // Begun before another one was proved elsewhere: then this takes a session in which that one was proved too.
  if (isProtected(user) && session.aal === 'aal1') throw new Refusal('insufficient_aal', { details: { level: 'aal2' } })
  if (name !== undefined) {
    if (name === '') throw invalid('name', 'must not be empty')
    refuseName(user, name, factor.id)
    await tx.factors.change(factor.id, { name })
  }
  await tx.factors.verify(factor.id)
  await tx.factors.removeUnverified(user.id, { type: factor.type })
  await endUnproved(tx, session)
  await tx.audit.record({
    ...auditOf(caller, user.id),
    action: 'factor.added',
    result: 'ok',
    sessionId: session.id,
    target: { type: 'factor', id: factor.id },
    details: { type: factor.type },
  })
  await notify(tx, caller, { user, template: 'factor_added', values: { factorType: factor.type } })
}

async function rise(tx: Core, caller: Caller, passing: InSession): Promise<void> {
  const { user, factor, session, others } = passing
  if (others === 'end') await tx.sessions.endWithoutFactor(user.id, session.id)
  await tx.audit.record({
    ...auditOf(caller, user.id),
    action: 'session.elevated',
    result: 'ok',
    sessionId: session.id,
    details: { type: factor.type },
  })
}

/** Whether the proof is of another kind than those the session rests on. */
const adds = ({ user, factor, session }: InSession): boolean =>
  mayAdd({ ...factor, status: 'verified', remaining: 1 }, user, session.amr)

async function raised(tx: Core, passing: InSession): Promise<Entered> {
  const { ticket, user, factor, session, proof } = passing
  const fresh = (await tx.users.find(user.id)) ?? user
  const level = adds(passing) ? { aal: 'aal2' as const } : {}
  // No session in which a new factor was not proved outlives its being set up.
  const older = factor.status === 'unverified' ? 'die' : 'fall'
  const opened = await continueSession(tx, { user: fresh, session, proof, older, ...level })
  const isElevated = ticket.purpose === 'elevation'
  return { kind: 'opened', opened: { ...opened, isElevated }, weakPassword: [] }
}
