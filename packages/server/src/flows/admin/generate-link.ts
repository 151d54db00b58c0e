import { invalid, Refusal } from '../../base/errors.ts'
import type { LinkToken, OneTimeCode } from '../../base/secrets.ts'
import type { Actor } from '../../core/audit/audit.ts'
import type { Core } from '../../core/core.ts'
import type { Purpose, Ticket } from '../../core/tickets/ticket.ts'
import type { NewTicket } from '../../core/tickets/tickets.ts'
import type { JsonObject, User } from '../../core/users/user.ts'
import type { UserChanges } from '../../core/users/users.ts'
import { addressKey, refuseUnlisted } from '../attempt/addresses.ts'
import { messageOf } from '../attempt/send.ts'
import type { Caller } from '../caller.ts'
import { auditOf } from '../steps/audit-of.ts'
import { isProvisioned } from '../steps/is-provisioned.ts'
import { hashFor, insertUser } from './create-user.ts'

export interface LinkRequest {
  readonly purpose: 'sign_up' | 'invite' | 'sign_in' | 'recovery' | 'email_change' | 'email_change_current'
  readonly email: string
  /** For a new account. */
  readonly password?: string | undefined
  readonly newEmail?: string | undefined
  readonly metadata?: JsonObject | undefined
  readonly redirectTo?: string | undefined
  /** Whether it is mailed to its person, without a code. Default no. */
  readonly delivery?: 'mailed' | 'handed over' | undefined
}

/** A link and a code that an administrator delivers. */
export interface GeneratedLink {
  readonly user: User
  /** A sign-in link for somebody who has no account becomes a sign-up. */
  readonly purpose: Purpose
  readonly link: LinkToken
  readonly code: OneTimeCode
  readonly url: string
  readonly ticket: Ticket
}

/**
 * Makes a link as its mail would carry it, and mails it where that is asked for. It has no challenge, so it opens for whoever holds it: it is audited with
 * its maker and its code counts tries like any other.
 * @throws Refusal `user_not_found`, `user_already_exists`, `weak_password`, `validation_failed`, `identifier_not_allowed`
 */
export async function generateLink(
  core: Core,
  caller: Caller,
  actor: Actor,
  input: LinkRequest,
): Promise<GeneratedLink> {
  const seen = await core.users.findByAddress({ email: input.email })
  const purpose = input.purpose === 'sign_in' && seen === undefined ? 'sign_up' : input.purpose
  const needsPassword = input.purpose === 'sign_up' && seen === undefined
  if (needsPassword && input.password === undefined) throw invalid('password', 'is needed for a new account')
  const storedHash = needsPassword ? await hashFor(core, { email: input.email, password: input.password }) : null
  const made = await core.transaction(async (tx) => {
    // Addresses may be proved, or move, at this moment.
    const known = seen === undefined ? undefined : await tx.users.lock(seen.id)
    if (seen !== undefined && known?.email !== seen.email) throw new Refusal('user_not_found')
    const user = await subjectOf(tx, caller, actor, { ...input, purpose, storedHash, known })
    const updated = (await tx.users.update(user.id, remembered(tx, purpose, input))) ?? user
    const issued = await issue(tx, user, { ...input, purpose })
    await tx.audit.record({
      ...auditOf(caller, user.id, actor),
      action: 'user.link_made',
      result: 'ok',
      details: { purpose },
    })
    if (input.delivery === 'mailed') await mailLink(tx, caller, { user: updated, purpose, link: issued.link, input })
    const url = caller.manners.mailLink({ purpose, token: issued.link, redirectTo: input.redirectTo, pkce: false })
    return { user: updated, purpose, url, ...issued }
  })
  if (input.delivery === 'mailed') core.wakeOutbox()
  return made
}

interface Made {
  readonly user: User
  readonly purpose: LinkRequest['purpose']
  readonly link: LinkToken
  readonly input: LinkRequest
}

async function mailLink(tx: Core, caller: Caller, { user, purpose, link, input }: Made): Promise<void> {
  const address = { email: purpose === 'email_change' ? (input.newEmail ?? input.email) : input.email }
  const back = { redirectTo: input.redirectTo }
  await tx.outbox.enqueue([
    messageOf(tx, caller, { purpose, address, user, template: purpose, back }, { link, code: undefined }),
  ])
}

type Resolved = LinkRequest & { readonly storedHash: string | null; readonly known: User | undefined }

async function subjectOf(tx: Core, caller: Caller, actor: Actor, input: Resolved): Promise<User> {
  const { known, purpose, email, metadata } = input
  if (purpose !== 'sign_up' && purpose !== 'invite') {
    if (known === undefined) throw new Refusal('user_not_found')
    return known
  }
  if (known?.emailConfirmedAt != null) throw new Refusal('user_already_exists', { details: { field: 'email' } })
  if (known === undefined) {
    refuseUnlisted(tx, { email })
    return insertUser(tx, caller, actor, {
      email,
      metadata,
      way: purpose === 'invite' ? 'invite' : 'link',
      invited: purpose === 'invite',
      storedHash: input.storedHash,
    })
  }
  if (purpose === 'sign_up' && metadata !== undefined)
    return (await tx.users.update(known.id, { metadataPatch: metadata })) ?? known
  return known
}

function remembered(tx: Core, purpose: Purpose, { newEmail }: LinkRequest): UserChanges {
  const now = tx.runtime.now()
  if (purpose === 'sign_up') return { confirmationSentAt: now }
  if (purpose === 'invite') return { invitedAt: now, confirmationSentAt: now }
  if (purpose === 'sign_in' || purpose === 'recovery') return { recoverySentAt: now }
  return { emailChangeSentAt: now, ...(newEmail === undefined ? {} : { pendingEmail: newEmail }) }
}

async function issue(tx: Core, user: User, input: LinkRequest) {
  const { purpose, newEmail } = input
  if (purpose === 'email_change' || purpose === 'email_change_current') await refuseChange(tx, user, input)
  const { links, codes } = tx.settings
  const lives = {
    sign_up: links.confirm,
    invite: links.invite,
    sign_in: links.signIn,
    recovery: links.recovery,
    email_change: links.confirm,
    email_change_current: links.confirm,
  }
  const address = purpose === 'email_change' ? (newEmail ?? '') : input.email
  const request: NewTicket = {
    purpose,
    subject: user.id,
    userId: user.id,
    addressKey: addressKey(tx, { email: address }),
    link: true,
    code: { length: codes.length, seconds: codes.seconds },
    seconds: lives[purpose],
    payload: {
      channel: 'email',
      madeByAdmin: true,
      ...(input.redirectTo === undefined ? {} : { redirectTo: input.redirectTo }),
      // A password that a stranger may have set on an unproved address does not survive an administrator's link.
      ...(purpose === 'sign_up' ? { withPassword: isProvisioned(user) } : {}),
      ...(purpose.startsWith('email_change')
        ? { bothAgree: tx.settings.emailChange.bothAgree && user.emailConfirmedAt !== null }
        : {}),
    },
  }
  const { link, code, ticket } = await tx.tickets.issue(request)
  if (link === undefined || code === undefined) throw new Error('a ticket was made without link or code')
  return { link, code, ticket }
}

async function refuseChange(tx: Core, user: User, { purpose, newEmail }: LinkRequest): Promise<void> {
  if (newEmail === undefined) throw invalid('new_email', 'the new e-mail address is needed')
  if (purpose === 'email_change_current' && !tx.settings.emailChange.bothAgree) {
    throw new Refusal('validation_failed', { details: { reason: 'single_confirmation' } })
  }
  refuseUnlisted(tx, { email: newEmail })
  if ((await tx.users.findByAddress({ email: newEmail })) !== undefined)
    throw new Refusal('user_already_exists', { details: { field: 'email' } })
  // Each side fills its own slot; a change to another address starts from nothing.
  if (user.pendingEmail !== newEmail) await tx.tickets.killAll(user.id, ['email_change', 'email_change_current'])
}
