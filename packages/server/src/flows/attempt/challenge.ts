import { secondsUntil } from '../../base/duration.ts'
import type { Core } from '../../core/core.ts'
import type { TextChannel } from '../../core/notifications/outgoing.ts'
import type { TemplateName } from '../../core/notifications/templates/template-names.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { User } from '../../core/users/user.ts'
import type { Address } from '../../core/users/users.ts'
import type { Caller } from '../caller.ts'
import { openSeed } from '../steps/account-seed.ts'
import { evenly } from '../steps/even-time.ts'
import { mayReceive } from '../steps/may-receive.ts'
import { accountOf, addressKey, isKeyOf } from './addresses.ts'
import { findAttempt, type Progress, refuseForeign } from './progress.ts'
import { maySendTo, messageOf, type Return } from './send.ts'
import { decideStep } from './step.ts'
import { channelOf, codeFor, refuseChannel } from './texts.ts'

/** Attempts whose message was sent when they began. */
const mailed = [
  'sign_up',
  'sign_in',
  'recovery',
  'invite',
  'email_change',
  'email_change_current',
  'phone_change',
  'reauthentication',
] as const
type Mailed = (typeof mailed)[number]

const isMailed = (purpose: Ticket['purpose']): purpose is Mailed => (mailed as readonly string[]).includes(purpose)

/** The attempt, and the session where it was begun in one. */
interface Again {
  readonly ticket: Ticket
  readonly attempt: string
  readonly session?: Parameters<typeof refuseForeign>[1]
  /** Another way for the text to leave; default the one of the message before. */
  readonly channel?: TextChannel | undefined
}

interface Message {
  readonly address: Address
  readonly user: User | undefined
  readonly template: TemplateName | 'nothing'
}

/**
 * Sends the message of an attempt once more, with a fresh code and link; the old ones die. Before it may, and beyond the
 * recipient's limits, it answers as always and sends nothing. With nobody behind the attempt it does and costs the same.
 * @throws Refusal `attempt_expired`, `over_request_rate_limit`, `over_sms_send_rate_limit`, `feature_disabled`
 */
export function sendAgain(core: Core, caller: Caller, input: Again): Promise<Progress> {
  return evenly(core, (held) => challenge(held, caller, input))
}

async function challenge(core: Core, caller: Caller, input: Again): Promise<Progress> {
  const { ticket, attempt, session } = input
  refuseForeign(ticket, session)
  refuseChannel(core, input.channel)
  const step = decideStep(ticket, core.settings)
  const pending = { kind: 'pending', ticket, attempt } as const
  if (step.type !== 'code' || step.resendAt > core.runtime.now()) return pending
  const message = await messageFor(core, ticket)
  const key = ticket.addressKey ?? (message === undefined ? '' : addressKey(core, message.address))
  const { block } = ticket.payload
  const recipient = { key, block: typeof block === 'string' ? block : undefined }
  if (!(await maySendTo(core, caller, ticket.purpose, recipient))) return pending
  const was = channelOf(ticket)
  const channel = was === 'email' ? undefined : (input.channel ?? was)
  await core.transaction((tx) => renew(tx, caller, ticket, { ...(message ?? noMessageBy(channel)), channel }))
  core.wakeOutbox()
  return { ...pending, ticket: await findAttempt(core, attempt) }
}

const noMessageBy = (channel: TextChannel | undefined): Message => ({
  address: channel === undefined ? { email: 'nobody@invalid' } : { phone: '+0' },
  user: undefined,
  template: 'nothing',
})

type Sending = Message & { readonly channel: TextChannel | undefined }

async function renew(
  tx: Core,
  caller: Caller,
  ticket: Ticket,
  { address, user, template, channel }: Sending,
): Promise<void> {
  const back = backOf(ticket)
  const renewed = await tx.tickets.recode(ticket.id, codeFor(tx, address), ticket.hasLink)
  if (renewed === undefined) return
  const sentAt = tx.runtime.now().toISOString()
  await tx.tickets.patch(ticket.id, { sentAt, ...(channel === undefined ? {} : { channel }) })
  const lives = secondsUntil(tx.runtime.now(), ticket.expiresAt)
  const values = {
    linkExpiresIn: lives,
    codeExpiresIn: Math.min(tx.settings.codes.seconds, lives),
    ...changeValues(user),
  }
  // Only whom an answer would open something for is told one.
  const secrets = isSomebodys(ticket) ? renewed : { code: undefined, link: undefined }
  await tx.outbox.enqueue([
    messageOf(
      tx,
      caller,
      { purpose: ticket.purpose as Mailed, address, channel, user, template, back, values },
      secrets,
    ),
  ])
}

const isSomebodys = ({ userId, payload }: Ticket): boolean => userId !== null || payload['newAccount'] !== undefined

const changeValues = (user: User | undefined) =>
  user?.pendingEmail == null ? {} : { newEmail: user.pendingEmail, email: user.email ?? user.pendingEmail }

function backOf({ payload }: Ticket): Return {
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined)
  return { redirectTo: text(payload['redirectTo']), codeChallenge: text(payload['codeChallenge']) }
}

async function nobodyThere(core: Core): Promise<undefined> {
  await core.users.findAnybody()
}

/** The message of a ticket as it would be sent now, or undefined where it would go to nobody. */
async function messageFor(core: Core, ticket: Ticket): Promise<Message | undefined> {
  const account = ticket.userId ?? (accountOf(ticket) === ticket.subject ? null : accountOf(ticket))
  // Looked for whether or not anybody is there: the answer must not come sooner where nobody is.
  const user = account === null ? await nobodyThere(core) : await core.users.find(account)
  if (user === undefined) {
    if (ticket.payload['newAccount'] === undefined) return undefined
    const template = channelOf(ticket) === 'email' ? 'sign_up' : 'sms_code'
    return { address: openSeed(core, ticket).address, user, template }
  }
  const address = addressOf(ticket, user)
  if (address === undefined || !isMeant(core, ticket, address) || !mayReceive(user, core.runtime.now()))
    return undefined
  const isChange = ticket.purpose === 'email_change' || ticket.purpose === 'phone_change'
  const taken = isChange && (await core.users.findByAddress(address)) !== undefined
  return { address, user, template: taken ? 'nothing' : templateOf(ticket, user) }
}

/** Where an account has moved to since, the message of somebody who knows the old address does not follow it. */
const isMeant = (core: Core, { addressKey: key }: Ticket, address: Address): boolean =>
  key === null || isKeyOf(core, key, 'email' in address ? { ...address, phone: null } : { ...address, email: null })

function addressOf(ticket: Ticket, user: User): Address | undefined {
  if (channelOf(ticket) !== 'email') {
    const phone = ticket.purpose === 'phone_change' ? user.pendingPhone : user.phone
    return phone === null ? undefined : { phone }
  }
  const email = ticket.purpose === 'email_change' ? user.pendingEmail : user.email
  return email === null ? undefined : { email }
}

function templateOf(ticket: Ticket, user: User): TemplateName | 'nothing' {
  const isText = channelOf(ticket) !== 'email'
  // Nobody is behind the ticket of somebody who has an account already; its owner is told again, if by mail.
  if (ticket.userId === null) return isText ? 'nothing' : 'already_registered'
  if (isText) return 'sms_code'
  if (ticket.purpose === 'sign_in') return user.emailConfirmedAt === null ? 'sign_up' : 'sign_in'
  if (ticket.purpose === 'phone_change') return 'nothing'
  return isMailed(ticket.purpose) ? ticket.purpose : 'nothing'
}
