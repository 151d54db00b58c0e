import type { Core } from '../../core/core.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { JsonObject, User } from '../../core/users/user.ts'
import type { Address } from '../../core/users/users.ts'
import type { Caller } from '../caller.ts'
import { evenly } from '../steps/even-time.ts'
import { mayReceive } from '../steps/may-receive.ts'
import { addressKey, nobody } from './addresses.ts'
import { changeOfEmail } from './begin-email-change.ts'
import { changeOfPhone } from './begin-phone-change.ts'
import { type Return, send } from './send.ts'
import { channelOf } from './texts.ts'

export interface Resend {
  /** `sms`: the text of a sign-up, or of the sign-in that becomes one. */
  readonly kind: 'sign_up' | 'email_change' | 'phone_change' | 'sms'
  /** The account's address; for `phone_change` the new number does as well. */
  readonly address: Address
  readonly back: Return
}

/**
 * Sends the message of a flow that waits for an answer once more, with a new code and link; the old ones die.
 * Does nothing, and says nothing, where no such flow waits.
 * @throws Refusal `over_request_rate_limit`, `over_sms_send_rate_limit`, `identifier_not_allowed`
 */
export function resend(core: Core, caller: Caller, input: Resend): Promise<void> {
  return evenly(core, (held) => sendOnceMore(held, caller, input))
}

async function sendOnceMore(core: Core, caller: Caller, input: Resend): Promise<void> {
  const { address, back, kind } = input
  if (kind === 'phone_change') return changePhoneAgain(core, caller, address)
  const owner = await core.users.findByAddress(address)
  if (kind === 'email_change') return changeEmailAgain(core, caller, owner, back)
  const isMail = 'email' in address
  const confirmed = isMail ? owner?.emailConfirmedAt : owner?.phoneConfirmedAt
  const waits = owner !== undefined && confirmed === null && mayReceive(owner, core.runtime.now())
  const subject = waits ? owner.id : nobody(addressKey(core, address))
  // Looked for whether or not anybody is there: the answer must not come sooner where nobody is.
  const found = await core.tickets.findBySubject(subject, 'sign_up')
  const signIn = kind === 'sms' ? await core.tickets.findBySubject(subject, 'sign_in') : undefined
  const isSeed = owner === undefined && found?.payload['newAccount'] !== undefined
  const again = newestOf(waits || isSeed ? found : undefined, owner === undefined || waits ? signIn : undefined)
  const seed = again?.payload['newAccount']
  await send(core, caller, {
    purpose: again?.purpose === 'sign_in' ? 'sign_in' : 'sign_up',
    address,
    channel: again === undefined ? undefined : textChannelOf(again),
    user: waits ? owner : undefined,
    template: waits || seed !== undefined ? (isMail ? 'sign_up' : 'sms_code') : 'nothing',
    back,
    carries: { link: isMail, code: true },
    payload:
      again?.purpose === 'sign_in' || seed !== undefined
        ? { ...(seed === undefined ? {} : { newAccount: seed }), ...contestedFacts(again) }
        : passwordFacts(owner, waits ? found : undefined),
  })
}

/** The one that was sent last: a code for signing in says nothing about a password that somebody else may have set. */
function newestOf(signUp: Ticket | undefined, signIn: Ticket | undefined): Ticket | undefined {
  if (signUp === undefined || signIn === undefined) return signUp ?? signIn
  const sentAt = ({ payload }: Ticket) => String(payload['sentAt'] ?? '')
  return sentAt(signIn) >= sentAt(signUp) ? signIn : signUp
}

/** The password of the account is the one of its newest sign-up, whose message this is again. */
function passwordFacts(owner: User | undefined, waiting: Ticket | undefined): JsonObject {
  return {
    withPassword: waiting === undefined ? (owner?.hasPassword ?? false) : waiting.payload['withPassword'] === true,
    ...contestedFacts(waiting),
  }
}

const contestedFacts = (ticket: Ticket | undefined): JsonObject =>
  ticket?.payload['contested'] === true ? { contested: true } : {}

function textChannelOf(ticket: Ticket) {
  const channel = channelOf(ticket)
  return channel === 'email' ? undefined : channel
}

/** A change that was dropped, or ran out, is not brought back by whoever knows the address (S30, S35). */
async function changeEmailAgain(core: Core, caller: Caller, user: User | undefined, back: Return): Promise<void> {
  if (user?.pendingEmail == null) return
  const waiting =
    (await core.tickets.findBySubject(user.id, 'email_change')) ??
    (await core.tickets.findBySubject(user.id, 'email_change_current'))
  if (waiting === undefined) return
  const { sessionId } = waiting
  const asked = sessionId === null ? {} : { sessionId }
  await changeOfEmail(core, caller, { user, email: user.pendingEmail, back, held: 'silently', ...asked })
}

async function changePhoneAgain(core: Core, caller: Caller, address: Address): Promise<void> {
  const [begun] = await core.tickets.findByAddress(addressKey(core, address), ['phone_change'])
  const owner = await core.users.findByAddress(address)
  const user = begun?.userId == null ? owner : await core.users.find(begun.userId)
  if (user?.pendingPhone == null) return
  const waiting = await core.tickets.findBySubject(user.id, 'phone_change')
  if (waiting === undefined) return
  const { password } = waiting.payload
  await changeOfPhone(core, caller, {
    user,
    phone: user.pendingPhone,
    channel: textChannelOf(waiting),
    held: 'silently',
    ...(waiting.sessionId === null ? {} : { sessionId: waiting.sessionId }),
    ...(password === undefined ? {} : { payload: { password } }),
  })
}
