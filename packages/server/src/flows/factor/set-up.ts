import { later, minute } from '../../base/duration.ts'
import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { Factor } from '../../core/users/factor.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { refuseEnded } from '../session/open.ts'
import { auditOf } from '../steps/audit-of.ts'
import type { Prepared } from './kind.ts'
import { kindOf } from './kinds.ts'
import { refuseUnproved } from './level.ts'
import { refuseName } from './name.ts'

export interface NewFactorInput {
  readonly user: User
  readonly session: Session
  readonly type: 'totp' | 'phone' | 'webauthn'
  /** What its owner calls it. Empty is a name like any other; none is none. */
  readonly name: string | undefined
  /** Whether it takes the place of one of its type that is being set up already. */
  readonly replaces?: boolean
  readonly phone?: string | undefined
  /** What an authenticator app files it under. */
  readonly issuer: string
}

/** A factor that is not proved yet, and what is shown of it, once. */
export interface SetUp {
  readonly factor: Factor
  readonly shown: Prepared
}

/**
 * Sets a second factor up. Until it is proved it neither protects nor blocks, and it goes away by itself.
 * @throws Refusal `feature_disabled`, `limit_reached`, `factor_name_taken`, `conflict` (`details.reason` `phone`) where the
 * number is a verified factor already, and as {@link refuseUnproved}
 */
export async function setUpFactor(core: Core, caller: Caller, input: NewFactorInput): Promise<SetUp> {
  const { user, session, type, name } = input
  refuseUnproved(core, user, session)
  const kind = kindOf(type)
  if (!kind.isEnabled(core.settings)) throw new Refusal('feature_disabled', { details: { feature: type } })
  const shown = await kind.prepare(core, { user, issuer: input.issuer, phone: input.phone })
  return core.transaction(async (tx) => {
    const now = await cleared(tx, input, shown.phone)
    refuseUnproved(tx, now, session)
    refuseClash(now, shown.phone)
    if (name !== undefined) refuseName(now, name)
    refuseMany(tx, now)
    const { totp: _, ...stored } = shown
    const id = await tx.factors.add({ userId: user.id, type, name: name ?? '', status: 'unverified', ...stored })
    await tx.audit.record({
      ...auditOf(caller, user.id),
      action: 'factor.set_up',
      result: 'ok',
      sessionId: session.id,
      target: { type: 'factor', id },
      details: { type },
    })
    const factor = (await tx.users.find(user.id))?.factors.find((each) => each.id === id)
    if (factor === undefined) throw new Error('a factor was not written')
    return { factor, shown }
  })
}

/** Locks the account, takes away what was begun and given up, and answers it as it stands then. */
async function cleared(tx: Core, input: NewFactorInput, phone: string | undefined): Promise<User> {
  const { user, session, type, replaces } = input
  await tx.users.update(user.id, {})
  await refuseEnded(tx, session)
  await tx.factors.removeUnverified(user.id, { unaskedSince: later(tx.runtime.now(), -5 * minute) })
  if (replaces === true) await tx.factors.removeUnverified(user.id, { type })
  else if (phone !== undefined) await tx.factors.removeUnverified(user.id, { type: 'phone', phone })
  const now = await tx.users.find(user.id)
  if (now === undefined) throw new Refusal('session_not_found')
  return now
}

function refuseClash({ factors, ...user }: User, phone: string | undefined): void {
  if (phone === undefined) return
  if (phone === user.phone && !user.hasPassword && user.emailConfirmedAt === null)
    throw new Refusal('conflict', { message: 'This number signs you in already; a second proof must be another one.' })
  if (factors.some((factor) => factor.status === 'verified' && factor.phone === phone))
    throw new Refusal('conflict', {
      message: 'This number is a second factor of yours already.',
      details: { reason: 'phone' },
    })
}

/** @throws Refusal `limit_reached` */
export function refuseMany({ settings }: Pick<Core, 'settings'>, { factors }: Pick<User, 'factors'>): void {
  const limit = settings.factors.max
  if (factors.length >= limit) throw new Refusal('limit_reached', { details: { limit } })
}
