import { minute } from '../../base/duration.ts'
import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { TextChannel } from '../../core/notifications/outgoing.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { Factor } from '../../core/users/factor.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { type Grant, grant } from '../session/open.ts'
import type { Said } from './kind.ts'
import { kindOf } from './kinds.ts'
import { passFactor } from './pass.ts'
import { proveFactor } from './prove.ts'

const challengeSeconds = 5 * minute

/** One's own factor. @throws Refusal `not_found` */
export function ownFactor({ factors }: User, id: string): Factor {
  const factor = factors.find((each) => each.id === id)
  if (factor === undefined) throw new Refusal('not_found')
  return factor
}

/**
 * Asks for a factor inside a session, as a challenge with an id of its own. For a text there is one open challenge per
 * number; a newer one replaces it.
 * @throws Refusal `over_sms_send_rate_limit`
 */
export async function challengeFactor(
  core: Core,
  caller: Caller,
  input: {
    readonly user: User
    readonly session: Session
    readonly factor: Factor
    readonly channel?: TextChannel | undefined
  },
): Promise<Ticket> {
  const { user, session, factor, channel } = input
  const kind = kindOf(factor.type)
  const { message } = kind
  await message?.admit(core, caller, { factor, channel })
  const publicKey = await kind.ceremony?.(core, { user, factor })
  const { ticket } = await core.tickets.issue({
    purpose: 'factor_challenge',
    subject: message === undefined ? `${factor.id}:${session.id}` : factor.id,
    userId: user.id,
    sessionId: session.id,
    seconds: challengeSeconds,
    payload: { factor: factor.id, ...(publicKey === undefined ? {} : { publicKey }) },
  })
  if (message !== undefined) return message.send(core, caller, { ticket, factor, user, channel })
  await core.factors.noteChallenged(factor.id)
  return ticket
}

/**
 * The answer to a challenge: a new factor is verified by it, a session rises. Other sessions without a factor end.
 * @throws Refusal `attempt_expired` (`details.reason` `unknown`, `used`, `expired`), `mfa_verification_failed`,
 * `over_attempt_limit`, `insufficient_aal`
 */
export async function answerChallenge(
  core: Core,
  caller: Caller,
  input: {
    readonly user: User
    readonly session: Session
    readonly factor: Factor
    readonly challengeId: string
    readonly said: Said
  },
): Promise<Grant> {
  const { user, session, factor, said } = input
  const ticket = await livingChallenge(core, input)
  return prove(core, caller, { user, session, factor, ticket, said })
}

/** A recovery code stands for itself: nothing asks for it first. @throws Refusal as {@link answerChallenge}, `not_found` */
export async function answerWithRecoveryCode(
  core: Core,
  caller: Caller,
  input: { readonly user: User; readonly session: Session; readonly code: string },
): Promise<Grant> {
  const { user, session, code } = input
  const factor = user.factors.find(({ type }) => type === 'recovery_code')
  if (factor === undefined) throw new Refusal('not_found')
  const ticket = await challengeFactor(core, caller, { user, session, factor })
  return prove(core, caller, { user, session, factor, ticket, said: { code } })
}

async function prove(
  core: Core,
  caller: Caller,
  input: {
    readonly user: User
    readonly session: Session
    readonly factor: Factor
    readonly ticket: Ticket
    readonly said: Said
  },
): Promise<Grant> {
  const { user, session, factor, ticket, said } = input
  const entered = await proveFactor(core, caller, { ticket, factor, user, said }, (tx, proved) =>
    passFactor(tx, caller, { ...proved, ticket, session, others: 'end' }),
  )
  if (entered.kind !== 'opened') throw new Refusal('insufficient_aal')
  return grant(core, entered.opened)
}

async function livingChallenge(
  core: Core,
  { session, factor, challengeId }: Parameters<typeof answerChallenge>[2],
): Promise<Ticket> {
  const ticket = await core.tickets.findAny(challengeId)
  const isMeant =
    ticket?.purpose === 'factor_challenge' && ticket.sessionId === session.id && ticket.payload['factor'] === factor.id
  if (ticket === undefined || !isMeant) throw new Refusal('attempt_expired', { details: { reason: 'unknown' } })
  if (ticket.spentAt !== null) throw new Refusal('attempt_expired', { details: { reason: 'used' } })
  if (ticket.expiresAt <= core.runtime.now()) throw new Refusal('attempt_expired', { details: { reason: 'expired' } })
  return ticket
}
