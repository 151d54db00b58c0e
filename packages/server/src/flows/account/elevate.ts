import { invalid, Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import { maskEmail } from '../../core/identifiers/email.ts'
import { maskPhone } from '../../core/identifiers/phone.ts'
import type { OutboxMessage, TextChannel } from '../../core/notifications/outgoing.ts'
import type { Proof, Session } from '../../core/sessions/session.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { Issued } from '../../core/tickets/tickets.ts'
import { isProtected } from '../../core/users/factor.ts'
import type { JsonObject, User } from '../../core/users/user.ts'
import type { Address } from '../../core/users/users.ts'
import { usableWallet } from '../../core/wallets/wallet-identity.ts'
import { addressKey } from '../attempt/addresses.ts'
import { messageOf, refuseFrequent, type Send, sentFacts } from '../attempt/send.ts'
import { optionsOf } from '../attempt/step.ts'
import { channelOf, codeFor, refuseChannel } from '../attempt/texts.ts'
import { tryCode, wrongCode } from '../attempt/try-code.ts'
import type { Caller } from '../caller.ts'
import { continueSession, type Grant, grant } from '../session/open.ts'
import { auditOf } from '../steps/audit-of.ts'
import { type FactorOption, factorOptions } from '../steps/factor-options.ts'
import { countCodeTry, forgiveCodes } from '../steps/guesses.ts'
import { noteWrongCode } from '../steps/note-wrong-code.ts'
import { askForKey, type ProvedKey, readKey } from '../steps/own-key.ts'
import { refuseKeys } from '../steps/refuse-keys.ts'
import { checkPassword } from './proof.ts'

export interface Elevation {
  readonly ticket: Ticket
  readonly attempt: string
}

type ElevationOption = 'password' | 'email' | 'phone' | 'passkey' | 'wallet' | FactorOption

/** How somebody may prove it. */
function elevationOptions(
  { settings }: Pick<Core, 'settings'>,
  { user, session, level }: Parameters<typeof beginElevation>[1],
): readonly ElevationOption[] {
  if (user.isAnonymous) throw new Refusal('anonymous_not_allowed')
  const factors = factorOptions(user, session.amr)
  const keys = hasPasskey(user) ? (['passkey'] as const) : []
  if (isProtected(user) || level === 'aal2') {
    if (factors.length > 0) return [...factors, ...keys]
    throw new Refusal('insufficient_aal', { message: 'You have no second factor that could be proved here.' })
  }
  const ways = [
    ...(user.hasPassword ? (['password'] as const) : []),
    ...(user.email !== null && user.emailConfirmedAt !== null ? (['email'] as const) : []),
    ...(user.phone !== null && user.phoneConfirmedAt !== null ? (['phone'] as const) : []),
    ...keys,
    ...(usableWallet(user, settings) === undefined ? [] : (['wallet'] as const)),
  ]
  if (ways.length === 0) throw new Refusal('anonymous_not_allowed')
  return ways
}

const hasPasskey = ({ factors }: User): boolean => factors.some(({ credential }) => credential?.signsIn === true)

/**
 * Begins proving once more who it is, inside a session. Nothing is sent before a way is chosen. Whoever has a second
 * factor proves that.
 * @throws Refusal `anonymous_not_allowed` for guests, who have nothing to prove; `insufficient_aal` where the level is out
 * of reach
 */
export async function beginElevation(
  core: Core,
  input: { readonly user: User; readonly session: Session; readonly level?: 'recent' | 'aal2' | undefined },
): Promise<Elevation> {
  return issueElevation(core, input, elevationOptions(core, input))
}

/** What an elevation is filed under: one session has one at a time. */
export const elevationSubject = ({ user, session }: { readonly user: User; readonly session: Session }): string =>
  `${user.id}:${session.id}`

/**
 * Issues the ticket of an elevation that these ways answer.
 * @param sentTo where its code goes, where it has one from the start
 */
export async function issueElevation(
  core: Core,
  { user, session }: { readonly user: User; readonly session: Session },
  options: readonly ElevationOption[],
  sentTo?: Address,
): Promise<Elevation & Pick<Issued, 'code'>> {
  refuseKeys(session)
  const wallet = usableWallet(user, core.settings)
  const issued = await core.tickets.issue({
    purpose: 'elevation',
    subject: elevationSubject({ user, session }),
    userId: user.id,
    sessionId: session.id,
    seconds: 600,
    ...(sentTo === undefined ? {} : { addressKey: addressKey(core, sentTo), code: codeFor(core, sentTo) }),
    payload: {
      options,
      ...(sentTo === undefined ? {} : sentFacts(core, sentTo)),
      ...(wallet === undefined ? {} : { wallet: wallet.address }),
      ...(user.email === null ? {} : { email: maskEmail(user.email) }),
      ...(user.phone === null ? {} : { phone: maskPhone(user.phone) }),
    },
  })
  return issued
}

/**
 * Mails or texts the code of an elevation.
 * @throws Refusal `validation_failed` where it does not offer that, `attempt_expired`, `over_email_send_rate_limit`, `over_sms_send_rate_limit`, `feature_disabled`
 */
export async function sendElevationCode(
  core: Core,
  caller: Caller,
  input: {
    readonly ticket: Ticket
    readonly user: User
    readonly by: 'email' | 'phone'
    readonly channel?: TextChannel | undefined
  },
): Promise<Ticket> {
  const { user, channel } = input
  refuseUnoffered(input.ticket, input.by)
  const address = provedAddress(user, input.by)
  if (address === undefined) throw new Refusal('attempt_expired')
  refuseChannel(core, channel)
  await refuseFrequent(core, caller, 'elevation', address)
  const sent = await core.transaction(async (tx) => {
    const recoded = await tx.tickets.recode(input.ticket.id, codeFor(tx, address), false)
    if (recoded === undefined) throw new Refusal('attempt_expired')
    await tx.outbox.enqueue([elevationMessage(tx, caller, { user, address, channel, back: {}, code: recoded.code })])
    const facts = sentFacts(tx, address, channel)
    await tx.tickets.patch(recoded.ticket.id, facts)
    return { ...recoded.ticket, payload: { ...recoded.ticket.payload, ...facts } }
  })
  core.wakeOutbox()
  return sent
}

/** The message that carries the code of an elevation. */
export function elevationMessage(
  tx: Core,
  caller: Caller,
  input: Pick<Send, 'address' | 'channel' | 'back'> & { readonly user: User; readonly code: Issued['code'] },
): OutboxMessage {
  const { code, ...whom } = input
  const template = 'email' in whom.address ? 'reauthentication' : 'sms_code'
  return messageOf(tx, caller, { ...whom, purpose: 'reauthentication', template }, { code, link: undefined })
}

/** Asks for one of the person's own keys, in an elevation. @throws Refusal `attempt_expired` */
export async function askElevationKey(
  core: Core,
  { ticket, user }: { readonly ticket: Ticket; readonly user: User },
): Promise<Ticket> {
  const asked = { chosen: 'passkey', publicKey: await askForKey(core, user, 'any') }
  await core.tickets.patch(ticket.id, asked)
  return { ...ticket, payload: { ...ticket.payload, ...asked } }
}

/** The address of somebody that was proved, if there is one of that kind. */
export function provedAddress(user: User, by: 'email' | 'phone'): Address | undefined {
  if (by === 'phone') return user.phone === null || user.phoneConfirmedAt === null ? undefined : { phone: user.phone }
  return user.email === null || user.emailConfirmedAt === null ? undefined : { email: user.email }
}

/** What proves it: a secret, or what the browser made of a passkey. */
export type ElevationAnswer =
  | { readonly password: string }
  | { readonly code: string }
  | { readonly credential: JsonObject }

/**
 * Proves once more who it is: the session goes on with new tokens and a recent proof.
 * @throws Refusal `validation_failed` for a way that it does not offer, `invalid_credentials`, `otp_expired`,
 * `webauthn_verification_failed`, `over_attempt_limit`, `attempt_expired`
 */
export async function elevate(
  core: Core,
  caller: Caller,
  input: {
    readonly ticket: Ticket
    readonly user: User
    readonly session: Session
    readonly answer: ElevationAnswer
    /** Says so in the next token although no key proved it: for a code that nothing but that was asked for. */
    readonly says?: 'elevated'
  },
): Promise<Grant> {
  const { ticket, user, session, answer } = input
  const key = await compareAnswer(core, caller, input)
  const opened = await core.transaction(async (tx) => {
    // As it stands now: a second factor that was set up since it began is asked for as well.
    const now = await tx.users.lock(user.id)
    if (now === undefined || (isProtected(now) && !isSecond(key))) throw new Refusal('attempt_expired')
    if ((await tx.tickets.spend(ticket.id)) === undefined) throw new Refusal('attempt_expired')
    if (key !== undefined && !(await tx.passkeys.use(key.factorId, key.assertion)))
      throw new Refusal('webauthn_verification_failed')
    const continued = await continueSession(tx, {
      user: now,
      session,
      proof: proofOf(ticket, answer, key),
      older: 'fall',
      ...(key?.assertion.userVerified === true ? { aal: 'aal2' as const } : {}),
    })
    await forgiveCodes(tx, now)
    await tx.audit.record({
      ...auditOf(caller, user.id),
      action: 'session.elevated',
      result: 'ok',
      sessionId: session.id,
    })
    return continued
  })
  return grant(core, { ...opened, isElevated: key !== undefined || input.says === 'elevated' })
}

async function compareAnswer(
  core: Core,
  caller: Caller,
  { ticket, user, answer }: { readonly ticket: Ticket; readonly user: User; readonly answer: ElevationAnswer },
): Promise<ProvedKey | undefined> {
  refuseUnoffered(ticket, wayOf(ticket, answer))
  if ('credential' in answer) return compareKey(core, caller, { ticket, user, credential: answer.credential })
  if ('password' in answer) await comparePassword(core, caller, user, answer.password)
  else await compareCode(core, caller, ticket, answer.code)
  return undefined
}

type Way = Extract<ElevationOption, string>

/** By which of the ways an answer proves it. */
function wayOf(ticket: Ticket, answer: ElevationAnswer): Way {
  if ('credential' in answer) return 'passkey'
  if ('password' in answer) return 'password'
  return channelOf(ticket) === 'email' ? 'email' : 'phone'
}

/** Whoever has a second factor is offered that, and nothing weaker takes its place. @throws Refusal `validation_failed` */
function refuseUnoffered({ payload }: Ticket, way: Way): void {
  if (!optionsOf(payload).some(({ id }) => id === way)) throw invalid('option', 'must be one of those offered')
}

async function compareKey(
  core: Core,
  caller: Caller,
  { ticket, user, credential }: { readonly ticket: Ticket; readonly user: User; readonly credential: JsonObject },
): Promise<ProvedKey> {
  const publicKey = ticket.payload['publicKey'] as JsonObject | undefined
  if (publicKey === undefined) throw invalid('option', 'must be asked for first')
  await countCodeTry(core, caller, { account: user.id, addressKey: null })
  if ((await core.tickets.countTry(ticket.id)) === undefined) throw new Refusal('attempt_expired')
  try {
    const key = await readKey(core, { user, use: 'any', credential, publicKey })
    if (isProtected(user) && !isSecond(key)) throw new Refusal('webauthn_verification_failed')
    return key
  } catch (error) {
    const wrong = {
      userId: user.id,
      account: user.id,
      purpose: ticket.purpose,
      code: 'webauthn_verification_failed',
    } as const
    if (error instanceof Refusal) await noteWrongCode(core, caller, wrong)
    throw error
  }
}

/** A passkey that did not verify its person is a first factor alone (S97), and so is everything that is no key. */
const isSecond = (key: ProvedKey | undefined): boolean =>
  key !== undefined && (key.protects || key.assertion.userVerified)

function proofOf(ticket: Ticket, answer: object, key: ProvedKey | undefined): Omit<Proof, 'at'> {
  const common = { provider: null, purpose: 'elevation' } as const
  if (key !== undefined) return { method: key.protects ? 'webauthn' : 'passkey', ...common, factor: key.factorId }
  if ('password' in answer) return { method: 'password', ...common }
  return { method: 'code', ...common, ...(channelOf(ticket) === 'email' ? {} : { channel: 'sms' }) }
}

async function comparePassword(core: Core, caller: Caller, user: User, password: string): Promise<void> {
  await checkPassword(core, caller, user, password).catch((error: unknown) => {
    throw error instanceof Refusal && error.code === 'current_password_invalid'
      ? new Refusal('invalid_credentials')
      : error
  })
}

async function compareCode(core: Core, caller: Caller, ticket: Ticket, code: string): Promise<void> {
  await countCodeTry(core, caller, { account: ticket.userId ?? '', addressKey: null })
  const outcome = await tryCode(core, ticket, code)
  if (outcome.kind === 'right') return
  await noteWrongCode(core, caller, { userId: ticket.userId, account: ticket.userId ?? '', purpose: ticket.purpose })
  throw wrongCode([outcome])
}
