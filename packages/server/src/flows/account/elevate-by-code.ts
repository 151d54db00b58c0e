import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import { isProtected } from '../../core/users/factor.ts'
import type { User } from '../../core/users/user.ts'
import type { Address } from '../../core/users/users.ts'
import { type Return, refuseFrequent } from '../attempt/send.ts'
import { channelOf, refusePhoneOff } from '../attempt/texts.ts'
import { wrongCode } from '../attempt/try-code.ts'
import type { Caller } from '../caller.ts'
import type { Grant } from '../session/open.ts'
import { countCodeTry } from '../steps/guesses.ts'
import { noteWrongCode } from '../steps/note-wrong-code.ts'
import { refuseKeys } from '../steps/refuse-keys.ts'
import { elevate, elevationMessage, elevationSubject, issueElevation, provedAddress } from './elevate.ts'

interface Whose {
  readonly user: User
  readonly session: Session
}

/** Where the code of an elevation may go. */
export type CodeWay = 'email' | 'phone'

/**
 * Where somebody may be sent a code that raises their session. Whoever has a second factor proves that, and nothing less:
 * a mailbox is what the factor is there to stand against.
 */
export function codeWays({ settings }: Pick<Core, 'settings'>, user: User): readonly CodeWay[] {
  if (user.isAnonymous || isProtected(user)) return []
  const ways = settings.phone.enabled ? (['email', 'phone'] as const) : (['email'] as const)
  return ways.filter((way) => provedAddress(user, way) !== undefined)
}

/** @throws Refusal as {@link beginCodeElevation} says, save for limits */
function addressOf(core: Pick<Core, 'settings'>, { user, session }: Whose, by: CodeWay): Address {
  refuseKeys(session)
  if (user.isAnonymous) throw new Refusal('anonymous_not_allowed')
  if (by === 'phone') refusePhoneOff(core, { phone: '' })
  if (isProtected(user)) throw new Refusal('insufficient_aal', { details: { level: 'aal2' } })
  const address = provedAddress(user, by)
  if (address === undefined) throw new Refusal(by === 'email' ? 'email_not_confirmed' : 'phone_not_confirmed')
  return address
}

/**
 * Mails or texts a code that raises this session alone, for clients that send the code and nothing else. It takes the place
 * of any elevation that the session waits for; one that is held back leaves the earlier code good.
 * @throws Refusal `anonymous_not_allowed` for guests, `insufficient_aal` for whoever has a second factor,
 * `email_not_confirmed`, `phone_not_confirmed`, `provider_disabled` where numbers are no way in, `insufficient_scope`,
 * `over_email_send_rate_limit`, `over_sms_send_rate_limit`, `identifier_not_allowed`
 */
export async function beginCodeElevation(
  core: Core,
  caller: Caller,
  { user, session, by, back }: Whose & { readonly by: CodeWay; readonly back: Return },
): Promise<void> {
  const address = addressOf(core, { user, session }, by)
  await refuseFrequent(core, caller, 'elevation', address)
  await core.transaction(async (tx) => {
    const { code } = await issueElevation(tx, { user, session }, [by], address)
    await tx.outbox.enqueue([elevationMessage(tx, caller, { user, address, back, code })])
  })
  core.wakeOutbox()
}

/**
 * Takes the code of {@link beginCodeElevation}: this session's own, and sent that way. The session goes on with new tokens,
 * the first of which says that it was raised.
 * @throws Refusal `otp_expired` with `details.reason` `tries` once it was guessed at too often, `attempt_expired` where
 * another was faster, `over_attempt_limit`, and as {@link beginCodeElevation}
 */
export async function elevateByCode(
  core: Core,
  caller: Caller,
  { user, session, by, code }: Whose & { readonly by: CodeWay; readonly code: string },
): Promise<Grant> {
  addressOf(core, { user, session }, by)
  const ticket = await core.tickets.findBySubject(elevationSubject({ user, session }), 'elevation')
  if (ticket !== undefined && wentBy(ticket, by))
    return elevate(core, caller, { ticket, user, session, answer: { code }, says: 'elevated' })
  await countCodeTry(core, caller, { account: user.id, addressKey: null })
  await noteWrongCode(core, caller, { userId: user.id, account: user.id, purpose: 'elevation' })
  throw wrongCode([])
}

const wentBy = (ticket: Ticket, by: CodeWay): boolean =>
  ticket.hasCode && (channelOf(ticket) === 'email') === (by === 'email')
