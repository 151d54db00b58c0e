import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Purpose, Ticket } from '../../core/tickets/ticket.ts'
import type { CodeOutcome } from '../../core/tickets/tickets.ts'
import type { JsonObject } from '../../core/users/user.ts'
import type { Address } from '../../core/users/users.ts'
import { countAnswered } from '../steps/count-texts.ts'
import { channelOf } from './texts.ts'

/** Everything whose code may be texted to an address of its own. */
const texted: readonly Purpose[] = ['sign_up', 'sign_in', 'recovery', 'phone_change', 'reauthentication', 'elevation']

const contextOf = (block: unknown): string => `tickets/${String(block)}/payload number`

/** What a ticket keeps of the number its code went to, where a gateway compares codes. Nobody's tickets keep it as well. */
export function keptNumber(core: Pick<Core, 'keptCodes' | 'vault'>, address: Address, block: unknown): JsonObject {
  if (core.keptCodes === undefined || 'email' in address) return {}
  return { number: core.vault.seal(address.phone, contextOf(block)).toString('base64') }
}

/**
 * Compares a typed code with that of a ticket. The try counts before anything is compared. A gateway that keeps the codes is
 * asked, and since it has one code for each number, the newest ticket of a number is the only one it speaks for.
 * @throws Refusal `unavailable` when the gateway does not answer
 */
export async function tryCode(core: Core, ticket: Ticket, typed: string): Promise<Tried> {
  const outcome = await compare(core, ticket, typed)
  if (outcome.kind === 'right') await countAnswered(core, ticket)
  return outcome.kind === 'dead' ? { kind: 'dead', why: await deathOf(core, ticket) } : outcome
}

/** What came of a typed code. A dead one was guessed at too often (`tries`), or is old, used or was never sent (`over`). */
export type Tried =
  | Exclude<CodeOutcome, { readonly kind: 'dead' }>
  | { readonly kind: 'dead'; readonly why: 'tries' | 'over' }

async function deathOf({ tickets, settings, runtime }: Core, { id }: Ticket): Promise<'tries' | 'over'> {
  const living = await tickets.findById(id)
  if (living === undefined || living.codeExpiresAt === null || living.codeExpiresAt <= runtime.now()) return 'over'
  return living.misses >= settings.codes.tries ? 'tries' : 'over'
}

/**
 * What somebody whose code did not fit is told. `details.triesLeft` counts down; `details.reason` is `tries` once the code
 * was guessed at too often, and another one has to be asked for.
 * @param outcomes what came of each code it was compared with; none where there was nothing to compare with
 */
export function wrongCode(outcomes: readonly Tried[]): Refusal {
  const triesLeft = Math.max(0, ...outcomes.map((outcome) => (outcome.kind === 'wrong' ? outcome.triesLeft : 0)))
  const isGuessedAt = triesLeft === 0 && outcomes.some((each) => each.kind === 'wrong' || isDeadByTries(each))
  return new Refusal('otp_expired', { details: { triesLeft, ...(isGuessedAt ? { reason: 'tries' } : {}) } })
}

const isDeadByTries = (outcome: Tried): boolean => outcome.kind === 'dead' && outcome.why === 'tries'

async function compare(core: Core, ticket: Ticket, typed: string): Promise<CodeOutcome> {
  const outcome = await core.tickets.tryCode(ticket.id, typed)
  if (outcome.kind !== 'wrong' || core.keptCodes === undefined || channelOf(ticket) === 'email') return outcome
  const { number, block } = ticket.payload
  if (typeof number !== 'string' || !(await isNewest(core, ticket))) return outcome
  const to = core.vault.open(Buffer.from(number, 'base64'), contextOf(block)).toString('utf8')
  const isRight = await core.keptCodes.check(to, typed).catch((error: unknown) => {
    core.runtime.log.warn(
      { reason: error instanceof Error ? error.message : 'unknown' },
      'a code could not be compared',
    )
    throw new Refusal('unavailable', { retryAfter: 5, cause: error })
  })
  return isRight ? { kind: 'right', ticket } : outcome
}

async function isNewest(core: Core, ticket: Ticket): Promise<boolean> {
  if (ticket.addressKey === null) return true
  const sentAt = ({ payload }: Ticket) => String(payload['sentAt'] ?? '')
  const living = await core.tickets.findByAddress(ticket.addressKey, texted)
  return living.every((each) => each.id === ticket.id || sentAt(each) <= sentAt(ticket))
}
