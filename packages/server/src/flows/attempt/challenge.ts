import { secondsUntil } from '../../base/duration.ts'
import type { Core } from '../../core/core.ts'
import type { TemplateName } from '../../core/notifications/templates/template-names.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { User } from '../../core/users/user.ts'
import type { Address } from '../../core/users/users.ts'
import type { Caller } from '../caller.ts'
import { openSeed } from '../steps/account-seed.ts'
import { evenly } from '../steps/even-time.ts'
import { mayReceive } from '../steps/may-receive.ts'
import { accountOf, addressKey } from './addresses.ts'
import { findAttempt, type Progress, refuseForeign } from './progress.ts'
import { maySendTo, messageOf, type Return } from './send.ts'
import { decideStep } from './step.ts'

/** Attempts whose message was sent when they began. */
const mailed = [
  'sign_up',
  'sign_in',
  'recovery',
  'invite',
  'email_change',
  'email_change_current',
  'reauthentication',
] as const
type Mailed = (typeof mailed)[number]

const isMailed = (purpose: Ticket['purpose']): purpose is Mailed => (mailed as readonly string[]).includes(purpose)

/** The attempt, and the session where it was begun in one. */
interface Again {
  readonly ticket: Ticket
  readonly attempt: string
  readonly session?: Parameters<typeof refuseForeign>[1]
}

interface Message {
  readonly address: Address
  readonly user: User | undefined
  readonly template: TemplateName | 'nothing'
}

/**
 * Sends the message of an attempt once more, with a fresh code and link; the old ones die. Before it may, and beyond the
 * recipient's limits, it answers as always and sends nothing. With nobody behind the attempt it does and costs the same.
 * @throws Refusal `attempt_expired`, `over_request_rate_limit`
 */
export function sendAgain(core: Core, caller: Caller, input: Again): Promise<Progress> {
  return evenly(core, (held) => challenge(held, caller, input))
}

async function challenge(core: Core, caller: Caller, input: Again): Promise<Progress> {
  const { ticket, attempt, session } = input
  refuseForeign(ticket, session)
  const step = decideStep(ticket, core.settings)
  const pending = { kind: 'pending', ticket, attempt } as const
  if (step.type !== 'code' || step.resendAt > core.runtime.now()) return pending
  const message = await messageFor(core, ticket)
  const key = ticket.addressKey ?? (message === undefined ? '' : addressKey(core, message.address))
  if (!(await maySendTo(core, caller, ticket.purpose, key))) return pending
  await core.transaction((tx) => renew(tx, caller, ticket, message ?? noMessage))
  core.wakeOutbox()
  return { ...pending, ticket: await findAttempt(core, attempt) }
}

const noMessage: Message = { address: { email: 'nobody@invalid' }, user: undefined, template: 'nothing' }

async function renew(tx: Core, caller: Caller, ticket: Ticket, { address, user, template }: Message): Promise<void> {
  const back = backOf(ticket)
  const renewed = await tx.tickets.recode(ticket.id, tx.settings.codes, ticket.hasLink)
  if (renewed === undefined) return
  await tx.tickets.patch(ticket.id, { sentAt: tx.runtime.now().toISOString() })
  const lives = secondsUntil(tx.runtime.now(), ticket.expiresAt)
  const values = {
    linkExpiresIn: lives,
    codeExpiresIn: Math.min(tx.settings.codes.seconds, lives),
    ...changeValues(user),
  }
  // Only whom an answer would open something for is told one.
  const secrets = isSomebodys(ticket) ? renewed : { code: undefined, link: undefined }
  await tx.outbox.enqueue([
    messageOf(tx, caller, { purpose: ticket.purpose as Mailed, address, user, template, back, values }, secrets),
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
    return { address: openSeed(core, ticket).address, user, template: 'sign_up' }
  }
  const address = addressOf(ticket, user)
  if (address === undefined || !mayReceive(user, core.runtime.now())) return undefined
  const taken = ticket.purpose === 'email_change' && (await core.users.findByAddress(address)) !== undefined
  return { address, user, template: taken ? 'nothing' : templateOf(ticket, user) }
}

function addressOf(ticket: Ticket, user: User): Address | undefined {
  if (ticket.payload['channel'] === 'sms') return user.phone === null ? undefined : { phone: user.phone }
  const email = ticket.purpose === 'email_change' ? user.pendingEmail : user.email
  return email === null ? undefined : { email }
}

function templateOf(ticket: Ticket, user: User): TemplateName | 'nothing' {
  if (ticket.payload['channel'] === 'sms') return 'sms_code'
  // Nobody is behind the ticket of somebody who has an account already; its owner is told again.
  if (ticket.userId === null) return 'already_registered'
  if (ticket.purpose === 'sign_in') return user.emailConfirmedAt === null ? 'sign_up' : 'sign_in'
  return isMailed(ticket.purpose) ? ticket.purpose : 'nothing'
}
