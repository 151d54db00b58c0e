import { minute } from '../../base/duration.ts'
import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Proof } from '../../core/sessions/session.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import { awaitsApproval } from '../../core/users/approval.ts'
import { isProtected } from '../../core/users/factor.ts'
import type { JsonObject, User } from '../../core/users/user.ts'
import type { Progress } from '../attempt/progress.ts'
import type { AttemptPurpose } from '../attempt/step.ts'
import type { Caller } from '../caller.ts'
import { auditOf } from '../steps/audit-of.ts'
import { factorOptions } from '../steps/factor-options.ts'
import { forgiveCodes } from '../steps/guesses.ts'
import { awaitingApproval } from '../steps/hold-newcomer.ts'
import { refuseClosedWay } from '../steps/refuse-closed-way.ts'
import { applyEffects, type Effects } from './effects.ts'
import { type Brought, type Grant, grant, type Opened, type Opening, openSession, refuseUnwelcome } from './open.ts'

const askSeconds = 10 * minute

/** Somebody has proved a way in. `aal2`: it was proof of more than one kind by itself. */
export interface Entrance extends Opening {
  /** What the attempt is called if more is asked for. Default `sign_in`. */
  readonly purpose?: AttemptPurpose
  /** Tickets that led here; each remembers the session that comes of it, so that a second use can end it. */
  readonly from?: readonly string[]
  /** What happens to the account once they are in. */
  readonly effects?: Effects | undefined
  /** Why the accepted password would not be accepted anew. */
  readonly weakPassword?: readonly string[]
}

/** Where somebody stands after the door. */
export type Entered =
  | { readonly kind: 'opened'; readonly opened: Opened; readonly weakPassword: readonly string[] }
  /** A second factor is asked for first: no session, no token, nothing done to the account. */
  | { readonly kind: 'asked'; readonly user: User; readonly ticket: Ticket; readonly attempt: string }
  /** The account was made and waits for an administrator: it is kept, and nothing is opened. */
  | { readonly kind: 'held'; readonly user: User }

/**
 * The door: every way in goes through it once it has proved somebody, inside the transaction of the sign-in. Whether a
 * second factor is asked for before any session is a manner of the dialect; {@link arrive} tells the rest after the commit.
 * @throws Refusal `user_banned`, `user_not_found`, `insufficient_aal` where a factor is owed that cannot be asked for,
 * `conflict` when one was set up in this very moment
 */
export async function enter(tx: Core, caller: Caller, entrance: Entrance): Promise<Entered> {
  if (awaitsApproval(entrance.user)) return { kind: 'held', user: entrance.user }
  if (!isAsked(caller, entrance)) return goIn(tx, caller, entrance)
  if (!isProtected(entrance.user)) return goInUnlessProtected(tx, caller, entrance)
  // As it stands now, and locked: nothing about it changes before the commit.
  const user = await tx.users.lock(entrance.user.id)
  if (user === undefined) throw new Refusal('user_not_found')
  refuseUnwelcome(user, tx.runtime.now())
  if (!isProtected(user)) return goInUnlessProtected(tx, caller, { ...entrance, user })
  return ask(tx, caller, { ...entrance, user })
}

/**
 * What the door said, for whoever waits for it. Signs the tokens of a session that is committed.
 * @throws Refusal `user_banned` (`details.reason` `approval`) where the account waits for an administrator
 */
export async function arrive(core: Core, entered: Entered): Promise<Progress> {
  if (entered.kind === 'held') throw awaitingApproval()
  if (entered.kind === 'asked') return { kind: 'pending', ticket: entered.ticket, attempt: entered.attempt }
  return { kind: 'complete', grant: await grant(core, entered.opened, entered.weakPassword) }
}

/** The session of an arrival, for dialects that never ask on the way. @throws Refusal `insufficient_aal` */
export function grantOf(progress: Progress): Grant {
  if (progress.kind === 'pending') throw new Refusal('insufficient_aal')
  return progress.grant
}

/** Whether somebody owes a second factor although they are in, or nearly. */
export function owesFactor(entered: Entered): boolean {
  if (entered.kind !== 'opened') return entered.kind === 'asked'
  const { user, session } = entered.opened
  return isProtected(user) && session.aal === 'aal1'
}

const isAsked = ({ manners }: Caller, { aal }: Entrance): boolean =>
  aal !== 'aal2' && manners.secondFactor !== 'step_up'

async function goIn(tx: Core, caller: Caller, entrance: Entrance): Promise<Entered & { kind: 'opened' }> {
  const { effects, from = [], weakPassword = [] } = entrance
  const proved = entrance.aal === 'aal2' ? 'factor' : 'way in'
  const user =
    effects === undefined ? entrance.user : await applyEffects(tx, caller, { user: entrance.user, effects, proved })
  const opened = await openSession(tx, caller, { ...entrance, user })
  for (const id of from) await tx.tickets.opened(id, opened.session.id)
  return { kind: 'opened', opened, weakPassword }
}

/** The account was looked at before it was locked: a factor that was set up since counts too. */
async function goInUnlessProtected(tx: Core, caller: Caller, entrance: Entrance): Promise<Entered> {
  const going = goIn(tx, caller, entrance)
  // The look must be sent after what locks the account.
  if (entrance.effects !== undefined) await going
  const look = tx.factors.protects(entrance.user.id)
  // Where going in fails the look fails with it, and knows less of why.
  look.catch(() => undefined)
  const entered = await going
  if (await look) throw new Refusal('conflict')
  return entered
}

async function ask(tx: Core, caller: Caller, entrance: Entrance): Promise<Entered> {
  const { user, amr, purpose = 'sign_in' } = entrance
  if (caller.manners.secondFactor === 'refuse')
    throw new Refusal('insufficient_aal', {
      message: 'This account has a second factor, which cannot be asked for here. Please sign in where it can.',
    })
  const options = factorOptions(user, amr)
  if (options.length === 0)
    throw new Refusal('insufficient_aal', {
      message: 'Your second factor adds nothing here. Please sign in another way.',
    })
  const subject = `${user.id}:${purpose}`
  const { ticket, attempt } = await tx.tickets.issue({
    purpose: 'second_factor',
    subject,
    userId: user.id,
    seconds: askSeconds,
    form: caller.manners.tokens,
    payload: { ...sealEntrance(tx, subject, entrance), account: user.id, for: purpose, options },
  })
  await tx.audit.record({
    ...auditOf(caller, user.id),
    action: 'session.factor_asked',
    result: 'ok',
    details: { amr: amr.map(({ method }) => method) },
  })
  return { kind: 'asked', user, ticket, attempt }
}

type Kept = Pick<Entrance, 'amr' | 'isNewUser' | 'from' | 'weakPassword' | 'effects' | 'brought' | 'notAfter'>

const contextOf = (subject: string): string => `tickets/${subject}/payload entrance`

/** What is kept of an entrance until the factor is proved. Sealed for its ticket: it may hold the hash of a password. */
function sealEntrance(tx: Core, subject: string, entrance: Entrance): JsonObject {
  const { amr, isNewUser = false, from = [], weakPassword = [], effects, brought, notAfter } = entrance
  const kept: Kept = { amr, isNewUser, from, weakPassword, effects, brought, notAfter }
  return { entrance: tx.vault.seal(JSON.stringify(kept), contextOf(subject)).toString('base64') }
}

function openEntrance({ vault }: Pick<Core, 'vault'>, { subject, payload }: Ticket): Kept {
  const sealed = Buffer.from(String(payload['entrance']), 'base64')
  const kept = JSON.parse(vault.open(sealed, contextOf(subject)).toString('utf8')) as Kept
  const notAfter = kept.notAfter === undefined ? undefined : new Date(kept.notAfter)
  return { ...kept, brought: revived(kept.brought), notAfter }
}

function revived(brought: Brought | undefined): Brought | undefined {
  const expiresAt = brought?.tokens?.expiresAt ?? null
  if (brought?.tokens == null || expiresAt === null) return brought
  return { ...brought, tokens: { ...brought.tokens, expiresAt: new Date(expiresAt) } }
}

/**
 * The second factor of a ticket of {@link enter} was proved: the way in is finished, at `aal2`. Runs in the transaction
 * that makes sure the proof counts once.
 * @throws Refusal `attempt_expired` when it was finished or replaced meanwhile, `user_banned`, `provider_disabled` where
 * whoever vouched for the way in lets nobody in any more
 */
export async function passSecondFactor(
  tx: Core,
  caller: Caller,
  input: { readonly ticket: Ticket; readonly user: User; readonly proof: Omit<Proof, 'at'> },
): Promise<Entered> {
  const { user, proof } = input
  const ticket = await tx.tickets.spend(input.ticket.id)
  if (ticket === undefined) throw new Refusal('attempt_expired')
  const kept = openEntrance(tx, ticket)
  // Taken away while the factor was asked for, an account elsewhere or a passkey signs nobody in any more.
  if (!hasWayIn(user, kept)) throw new Refusal('attempt_expired')
  for (const way of kept.amr) await refuseClosedWay(tx, way)
  await forgiveCodes(tx, user)
  return goIn(tx, caller, {
    ...kept,
    user,
    amr: [proof, ...kept.amr],
    aal: 'aal2',
    from: [...(kept.from ?? []), ticket.id],
  })
}

const hasWayIn = ({ identities, factors }: User, { amr, brought }: Kept): boolean =>
  (brought === undefined || identities.some(({ id }) => id === brought.identityId)) &&
  amr.every(({ factor }) => factor === undefined || factors.some(({ id }) => id === factor))
