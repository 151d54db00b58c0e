import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Purpose, Ticket } from '../../core/tickets/ticket.ts'
import type { User } from '../../core/users/user.ts'
import type { Address } from '../../core/users/users.ts'
import type { Caller } from '../caller.ts'
import { arrive, owesFactor } from '../session/enter.ts'
import type { Grant } from '../session/open.ts'
import { codeTargetOf, countCodeTry, forgiveCodesOf } from '../steps/guesses.ts'
import { noteWrongCode } from '../steps/note-wrong-code.ts'
import { accountOf, addressKey, nobody } from './addresses.ts'
import { type Redeemed, type RedeemMore, redeem, type Via } from './redeem.ts'
import { type Tried, tryCode, wrongCode } from './try-code.ts'

export type Verified =
  | { readonly kind: 'complete'; readonly grant: Grant; readonly ticket: Ticket }
  /** A second factor is asked for first; `ticket` is the one that waits for it. */
  | { readonly kind: 'pending'; readonly ticket: Ticket; readonly attempt: string }
  /** One of two addresses agreed to a change. */
  | { readonly kind: 'half'; readonly user: User; readonly ticket: Ticket }

/**
 * A code typed by somebody who names the address it was sent to.
 * @throws Refusal `otp_expired`, `over_attempt_limit`, `over_request_rate_limit`, `user_banned`
 */
export async function verifyCode(core: Core, caller: Caller, input: TypedCode): Promise<Verified> {
  return finish(core, caller, { ticket: await matchCode(core, caller, input), via: 'code', more: {} })
}

/** A code and the address it was sent to. */
export interface TypedCode {
  readonly address: Address
  readonly code: string
  /** What the code may be good for, first match first. */
  readonly purposes: readonly Purpose[]
}

/**
 * The living ticket whose code was typed; the try is counted, nothing is used up.
 * @throws Refusal `otp_expired` as {@link wrongCode} says it, `over_attempt_limit`, `over_request_rate_limit`
 */
export async function matchCode(core: Core, caller: Caller, input: TypedCode): Promise<Ticket> {
  const key = addressKey(core, input.address)
  const tickets = await core.tickets.findByAddress(key, input.purposes)
  const ordered = input.purposes.flatMap((purpose) =>
    tickets.filter((ticket) => ticket.purpose === purpose && ticket.hasCode),
  )
  // A stranger may have a ticket of nobody's issued for the address: what is tried counts at the account all the same.
  const meant = ordered.find(({ userId }) => userId !== null) ?? ordered[0]
  const account = meant === undefined ? nobody(key) : accountOf(meant)
  await countCodeTry(core, caller, { account, addressKey: key })
  const outcomes: Tried[] = []
  for (const ticket of ordered) {
    const outcome = await tryCode(core, ticket, input.code)
    if (outcome.kind === 'right') return ticket
    outcomes.push(outcome)
  }
  await noteWrongCode(core, caller, { userId: meant?.userId ?? null, account, purpose: meant?.purpose })
  throw wrongCode(outcomes)
}

/**
 * A code typed into an attempt.
 * @throws Refusal `otp_expired` with `details.triesLeft`, `over_attempt_limit`, `over_request_rate_limit`, `user_banned`
 */
export async function verifyTicketCode(
  core: Core,
  caller: Caller,
  input: { readonly ticket: Ticket; readonly code: string; readonly more?: RedeemMore },
): Promise<Verified> {
  await countCodeTry(core, caller, codeTargetOf(input.ticket))
  const outcome = await tryCode(core, input.ticket, input.code)
  if (outcome.kind === 'right')
    return finish(core, caller, { ticket: input.ticket, via: 'code', more: input.more ?? {} })
  const { userId, purpose } = input.ticket
  await noteWrongCode(core, caller, { userId, account: accountOf(input.ticket), purpose })
  throw wrongCode([outcome])
}

/**
 * The token of a mailed link, used directly.
 * @throws Refusal `otp_expired`, `over_request_rate_limit`, `user_banned`
 */
export async function verifyLink(
  core: Core,
  caller: Caller,
  input: { readonly token: string; readonly purposes?: readonly Purpose[] },
): Promise<Verified> {
  const ticket = await findOpenLink(core, input)
  return finish(core, caller, { ticket, via: 'link', more: {} })
}

/**
 * As {@link findLink}, for whoever uses a link without the verifier of the challenge it was asked for with. Where that is
 * never enough for the dialect whose mail it came with, it is not enough for another one either (S24, S67).
 * @throws Refusal `otp_expired`
 */
export async function findOpenLink(core: Core, input: Parameters<typeof findLink>[1]): Promise<Ticket> {
  const ticket = await findLink(core, input)
  const { link, codeChallenge } = ticket.payload
  if (link === 'challenged' && codeChallenge !== undefined) throw new Refusal('otp_expired')
  return ticket
}

/** The living ticket of a mailed link, looked at and left as it is. @throws Refusal `otp_expired` */
export async function findLink(
  core: Core,
  input: { readonly token: string; readonly purposes?: readonly Purpose[] },
): Promise<Ticket> {
  const ticket = input.token.length > 128 ? undefined : await core.tickets.findByLink(input.token)
  if (ticket === undefined || !(input.purposes?.includes(ticket.purpose) ?? true)) throw new Refusal('otp_expired')
  return ticket
}

/**
 * Redeems in one transaction and signs after its commit. A success clears the account's count of wrong codes, unless a
 * second factor is still owed: its guesses are counted there too.
 */
export async function finish(
  core: Core,
  caller: Caller,
  input: { readonly ticket: Ticket; readonly via: Via; readonly more: RedeemMore },
): Promise<Verified> {
  const { ticket, via, more } = input
  const redeemed = await core.transaction(async (tx): Promise<Redeemed> => {
    const outcome = await redeem(tx, caller, ticket, via, more)
    const owes = outcome.kind === 'entered' && owesFactor(outcome.entered)
    if (!owes) await forgiveCodesOf(tx, ticket)
    return outcome
  })
  core.wakeOutbox()
  return verifiedOf(core, redeemed, ticket)
}

/** What a redemption that is committed comes to. */
export async function verifiedOf(core: Core, redeemed: Redeemed, ticket: Ticket): Promise<Verified> {
  if (redeemed.kind === 'half') return { kind: 'half', user: redeemed.user, ticket }
  const progress = await arrive(core, redeemed.entered)
  return progress.kind === 'pending' ? progress : { ...progress, ticket }
}
