import { later, minute } from '../../base/duration.ts'
import type { AttemptToken } from '../../base/secrets.ts'
import type { AuditEntry } from '../../core/audit/audit.ts'
import type { Core } from '../../core/core.ts'
import { maskEmail } from '../../core/identifiers/email.ts'
import { maskPhone } from '../../core/identifiers/phone.ts'
import { refuseOver, type Take } from '../../core/limits/limits.ts'
import type { MessageValues } from '../../core/notifications/message-values.ts'
import type { OutboxMessage, TextChannel } from '../../core/notifications/outgoing.ts'
import type { TemplateName } from '../../core/notifications/templates/template-names.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { Issued } from '../../core/tickets/tickets.ts'
import type { JsonObject, User } from '../../core/users/user.ts'
import type { Address, UserChanges } from '../../core/users/users.ts'
import type { Caller } from '../caller.ts'
import { chosenLocale } from '../steps/account-policy.ts'
import type { NewAccount } from '../steps/create-account.ts'
import { siteValues } from '../steps/notice.ts'
import { addressKey, nobody } from './addresses.ts'
import { blockOf, codeFor, isTestNumber, refuseCountry, tellBudgetSpent, textTakes } from './texts.ts'
import { keptNumber } from './try-code.ts'

/** Where a person returns to, and the challenge that only their browser can answer (RFC 7636, S256). */
export interface Return {
  readonly redirectTo?: string | undefined
  readonly codeChallenge?: string | undefined
  readonly state?: string | undefined
}

/** What a message carries; the other tickets never leave by one. */
type MailedPurpose =
  | 'sign_up'
  | 'sign_in'
  | 'recovery'
  | 'invite'
  | 'email_change'
  | 'email_change_current'
  | 'phone_change'
  | 'reauthentication'

export interface Send {
  readonly purpose: MailedPurpose
  readonly address: Address
  /** How a text leaves. Default `sms`. */
  readonly channel?: TextChannel | undefined
  /** Whom it is for; absent for an address that nobody owns. */
  readonly user: User | undefined
  /** What somebody says of themselves whose account the answer makes: they are written to in their words. */
  readonly newcomer?: Pick<NewAccount, 'displayName' | 'locale' | 'metadata'>
  /** The message; `nothing` is queued like any other and goes nowhere, so that it takes as long. */
  readonly template: TemplateName | 'nothing'
  readonly back: Return
  readonly carries: { readonly link: boolean; readonly code: boolean }
  readonly sessionId?: string
  readonly payload?: JsonObject
  readonly values?: MessageValues
  /** What the account remembers of it, such as when it was sent. */
  readonly remember?: UserChanges
  readonly attempt?: AttemptToken
  /** Held back by a limit: goes nowhere, and takes the place of no ticket whose message left. */
  readonly held?: boolean
  /** What is written down of it, in the same transaction. */
  readonly record?: AuditEntry
}

/** A message on its way, and the handle on the flow that waits for its answer. */
export interface Sent {
  readonly ticket: Ticket
  readonly attempt: AttemptToken
  /** Held back by the recipient's limit: an earlier message still counts. */
  readonly held: boolean
}

const seconds: Readonly<Record<MailedPurpose, (core: Core) => number>> = {
  sign_up: (core) => core.settings.links.confirm,
  sign_in: (core) => core.settings.links.signIn,
  recovery: (core) => core.settings.links.recovery,
  invite: (core) => core.settings.links.invite,
  email_change: (core) => core.settings.links.confirm,
  email_change_current: (core) => core.settings.links.confirm,
  phone_change: (core) => core.settings.links.confirm,
  reauthentication: (core) => core.settings.codes.seconds,
}

/** To whom a message goes, as its counters name them. */
export interface Recipient {
  /** The keyed digest of the address. */
  readonly key: string
  /** That of a number without its last digits, where it is a number. */
  readonly block: string | undefined
}

/**
 * Counts a message to a recipient. The same kind once a minute; all kinds together by the hour and the day. A text counts
 * by block of numbers, by network and for the day as well.
 * @returns whether it may leave
 * @throws Refusal `over_request_rate_limit` when the network sends too much, `over_sms_send_rate_limit` when there were too
 * many texts, whoever gets them, `identifier_not_allowed` for a country that no texts go to
 */
export async function maySend(core: Core, caller: Caller, purpose: string, address: Address): Promise<boolean> {
  refuseCountry(core, address)
  return maySendTo(core, caller, purpose, { key: addressKey(core, address), block: blockOf(core, address) })
}

/** As {@link maySend}, for an address of which only digests are known. */
export async function maySendTo(
  core: Core,
  caller: Caller,
  purpose: string,
  { key, block }: Recipient,
): Promise<boolean> {
  const perRecipient = recipientTakes(core, key, purpose)
  const network = sendTake(core, caller)
  const texts = block === undefined ? [] : textTakes(core, caller, block)
  const over = (await core.limits.take([network, ...perRecipient, ...texts])).filter((each) => each.over)
  const overOf = (takes: readonly Take[]) => over.filter((each) => takes.some((take) => take.key === each.key))
  if (over.length === 0) return true
  // What is not sent must not count for whom it was for, or for everybody: asking often would silence them for a day.
  await core.limits.refund([...perRecipient, ...texts].map((take) => take.key))
  refuseOver(overOf([network]), 'over_request_rate_limit')
  if (overOf(perRecipient).length > 0) return false
  await tellBudgetSpent(core, caller, over)
  refuseOver(over, 'over_sms_send_rate_limit')
  return false
}

/** What a message counts for whom it goes to. @param key names the address. @param purpose absent: what all messages count */
export function recipientTakes({ settings }: Pick<Core, 'settings'>, key: string, purpose?: string): readonly Take[] {
  return settings.limits.send.flatMap((rate) => {
    if (rate.seconds > minute) return [{ key: `send:${rate.seconds}:${key}`, rate }]
    return purpose === undefined ? [] : [{ key: `send:${purpose}:${key}`, rate }]
  })
}

/** What a message counts where it is asked for. */
export function sendTake({ settings }: Pick<Core, 'settings'>, { network }: Pick<Caller, 'network'>): Take {
  return { key: `send-network:${network}`, rate: settings.limits.sendNetwork }
}

/** The same count for somebody who is signed in and may be told. @throws Refusal `over_email_send_rate_limit` with `retryAfter` */
export async function refuseFrequent(core: Core, caller: Caller, purpose: string, address: Address): Promise<void> {
  const key = addressKey(core, address)
  if (await maySend(core, caller, purpose, address)) return
  const standing = await core.limits.look(
    core.settings.limits.send.map((rate) => ({
      key: rate.seconds <= minute ? `send:${purpose}:${key}` : `send:${rate.seconds}:${key}`,
      rate,
    })),
  )
  const code = 'email' in address ? 'over_email_send_rate_limit' : 'over_sms_send_rate_limit'
  refuseOver(
    standing.map((each) => ({ ...each, over: each.over || each.remaining === 0 })),
    code,
  )
}

/**
 * Issues a ticket and queues its message, in one transaction; the message leaves after the commit.
 * A recipient's limit holds the message back without a word: the earlier ticket stays good and is joined. One from before
 * there was an account lives and dies like the account's own: nobody learns from it that the account is new (S13).
 */
export async function send(core: Core, caller: Caller, input: Send): Promise<Sent> {
  const allowed = await maySend(core, caller, input.purpose, input.address)
  const nobodys = nobody(addressKey(core, input.address))
  if (!allowed) {
    const own = await core.tickets.joinAttempt(input.user?.id ?? nobodys, input.purpose)
    const joined = own ?? (await core.tickets.joinAttempt(nobodys, input.purpose))
    if (joined !== undefined) {
      if (input.record !== undefined) await core.audit.record(input.record)
      return { ...joined, held: true }
    }
  }
  const sent = await core.transaction(async (tx) => {
    if (allowed) await tx.tickets.killOf(nobodys, input.purpose)
    return sendNow(tx, caller, allowed ? input : { ...input, template: 'nothing', held: true })
  })
  core.wakeOutbox()
  return sent
}

/** As {@link send}, inside the caller's transaction and past the limits. */
export async function sendNow(tx: Core, caller: Caller, input: Send): Promise<Sent & Pick<Issued, 'code' | 'link'>> {
  const issued = await issueFor(tx, caller, input)
  await tx.outbox.enqueue([messageOf(tx, caller, input, issued)])
  if (input.user !== undefined && input.remember !== undefined) await tx.users.update(input.user.id, input.remember)
  if (input.record !== undefined) await tx.audit.record(input.record)
  return { ...issued, held: input.held ?? false }
}

/** The ticket of a message, which looks the same whether or not anybody is behind it. */
export function issueFor(tx: Core, caller: Caller, input: Omit<Send, 'template' | 'values'>): Promise<Issued> {
  const key = addressKey(tx, input.address)
  const link = input.carries.link && mayCarryLink(caller, input)
  const hasCode = input.carries.code && !(link && caller.manners.mails === 'link')
  return tx.tickets.issue({
    purpose: input.purpose,
    subject: input.user?.id ?? nobody(key),
    userId: input.user?.id ?? null,
    sessionId: input.sessionId ?? null,
    addressKey: key,
    link,
    form: caller.manners.tokens,
    seconds: seconds[input.purpose](tx),
    ...(hasCode ? { code: codeFor(tx, input.address) } : {}),
    ...(input.attempt === undefined ? {} : { attempt: input.attempt }),
    ...(input.held === undefined ? {} : { held: input.held }),
    payload: {
      ...input.payload,
      ...returnFacts(input.back),
      ...(caller.manners.mails === 'challenged' ? { link: 'challenged' } : {}),
      ...sentFacts(tx, input.address, input.channel),
    },
  })
}

function mayCarryLink(caller: Caller, { purpose, back }: Pick<Send, 'purpose' | 'back'>): boolean {
  return caller.manners.mails !== 'challenged' || back.codeChallenge !== undefined || purpose === 'invite'
}

/** What a ticket remembers of its message, for whoever shows the step that waits for the answer. */
export function sentFacts(
  tx: Pick<Core, 'runtime' | 'vault' | 'keptCodes'>,
  address: Address,
  channel: TextChannel = 'sms',
): JsonObject {
  return {
    channel: 'email' in address ? 'email' : channel,
    ...numberFacts(tx, address),
    sentTo: 'email' in address ? maskEmail(address.email) : maskPhone(address.phone),
    sentAt: tx.runtime.now().toISOString(),
  }
}

function numberFacts(tx: Pick<Core, 'vault' | 'keptCodes'>, address: Address): JsonObject {
  const block = blockOf(tx, address)
  return block === undefined ? {} : { block, ...keptNumber(tx, address, block) }
}

function returnFacts(back: Return): JsonObject {
  return {
    ...(back.redirectTo === undefined ? {} : { redirectTo: back.redirectTo }),
    ...(back.codeChallenge === undefined ? {} : { codeChallenge: back.codeChallenge }),
    ...(back.state === undefined ? {} : { state: back.state }),
  }
}

/** What somebody without a name is called, where clients expect them to be called anything. */
function namelessFacts(
  { manners }: Caller,
  { user, address, newcomer }: Pick<Send, 'user' | 'address' | 'newcomer'>,
): MessageValues {
  if (manners.nameless === undefined || (user ?? newcomer)?.displayName) return {}
  return { displayName: user?.email ?? ('email' in address ? address.email : address.phone) }
}

/** What a dialect's mails say of themselves in their headers, where they carry a secret. */
function headerFacts(
  { manners }: Caller,
  { purpose, address, back }: Pick<Send, 'purpose' | 'address' | 'back'>,
  { code, link, tokenHash }: MessageValues,
): Pick<OutboxMessage, 'headers'> {
  const ticket = tokenHash ?? code
  if (manners.mailHeaders === undefined || ticket === undefined || !('email' in address)) return {}
  const { redirectTo } = back
  return { headers: manners.mailHeaders({ purpose, codeAlone: link === undefined, link, ticket, redirectTo }) }
}

/** The message of a ticket: link and code where it has both, and what templates may mention. */
export function messageOf(
  tx: Core,
  caller: Caller,
  input: Omit<Send, 'carries'>,
  issued: Pick<Issued, 'code' | 'link'>,
): OutboxMessage {
  const { address, back, user, newcomer } = input
  const lives = seconds[input.purpose](tx)
  const wish = newcomer?.locale === undefined ? caller.locale : chosenLocale(tx, newcomer.locale)
  const link =
    issued.link === undefined
      ? undefined
      : {
          purpose: input.purpose,
          token: issued.link,
          redirectTo: back.redirectTo,
          pkce: back.codeChallenge !== undefined,
        }
  const secrets = {
    ...(issued.code === undefined ? {} : { code: issued.code }),
    ...(link === undefined ? {} : { link: caller.manners.mailLink(link), tokenHash: caller.manners.tokenHash(link) }),
  }
  return {
    channel: 'email' in address ? 'email' : (input.channel ?? 'sms'),
    to: 'email' in address ? address.email : address.phone,
    template: isTestNumber(tx, address) ? 'nothing' : input.template,
    locale: user?.locale ?? wish ?? tx.settings.locales.default,
    ...(user === undefined ? {} : { userId: user.id }),
    ...(caller.requestId === null ? {} : { requestId: caller.requestId }),
    expiresAt: later(tx.runtime.now(), lives),
    ...headerFacts(caller, input, secrets),
    values: {
      ...siteValues(tx, caller),
      linkExpiresIn: lives,
      codeExpiresIn: Math.min(tx.settings.codes.seconds, lives),
      ...('email' in address ? { email: user?.email ?? address.email } : { phone: address.phone }),
      ...(user === undefined ? {} : { displayName: user.displayName, data: user.metadata }),
      ...(newcomer === undefined ? {} : { displayName: newcomer.displayName ?? '', data: newcomer.metadata ?? {} }),
      ...namelessFacts(caller, input),
      ...(caller.ip === null ? {} : { ip: caller.ip }),
      ...(back.redirectTo === undefined ? {} : { redirectTo: back.redirectTo }),
      ...secrets,
      ...input.values,
    },
  }
}
