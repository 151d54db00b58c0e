import { Refusal } from '../../base/errors.ts'
import type { Actor } from '../../core/audit/audit.ts'
import type { Core } from '../../core/core.ts'
import type { JsonObject, User } from '../../core/users/user.ts'
import { refuseUnlisted } from '../attempt/addresses.ts'
import { type Sent, sendNow } from '../attempt/send.ts'
import type { Caller } from '../caller.ts'
import { refuseLarge } from '../steps/account-policy.ts'
import { auditOf } from '../steps/audit-of.ts'
import { isProvisioned } from '../steps/is-provisioned.ts'
import { insertUser } from './create-user.ts'

export interface InviteInput {
  readonly email: string
  readonly metadata?: JsonObject | undefined
  readonly appMetadata?: JsonObject | undefined
  readonly displayName?: string | undefined
  readonly locale?: string | undefined
  readonly roles?: readonly string[] | undefined
  readonly redirectTo?: string | undefined
  /** Whether the mail shows a code beside its link. Default yes. */
  readonly code?: 'shown' | 'left out' | undefined
}

/**
 * Invites somebody by mail. Inviting again replaces the earlier invitation; accepting proves the address.
 * @throws Refusal `user_already_exists` for a confirmed account, `identifier_not_allowed`, `payload_too_large`
 */
export async function invite(
  core: Core,
  caller: Caller,
  actor: Actor,
  input: InviteInput,
): Promise<{ user: User; sent: Sent }> {
  refuseUnlisted(core, { email: input.email })
  refuseLarge(core, input.metadata)
  refuseLarge(core, input.appMetadata)
  const invited = await core.transaction(async (tx) => {
    const user = await invitee(tx, caller, actor, input)
    const now = tx.runtime.now()
    const sent = await sendNow(tx, caller, {
      purpose: 'invite',
      address: { email: input.email },
      user,
      template: 'invite',
      back: { redirectTo: input.redirectTo },
      carries: { link: true, code: input.code !== 'left out' },
      payload: { invitedBy: actor.id },
    })
    const updated = await tx.users.update(user.id, { invitedAt: now, confirmationSentAt: now })
    await tx.audit.record({ ...auditOf(caller, user.id, actor), action: 'user.invited', result: 'ok' })
    return { user: updated ?? user, sent }
  })
  core.wakeOutbox()
  return invited
}

async function invitee(tx: Core, caller: Caller, actor: Actor, input: InviteInput): Promise<User> {
  const { email, redirectTo: _, code: __, ...about } = input
  const seen = await tx.users.findByAddress({ email })
  // They may be proving the address at this moment.
  const known = seen === undefined ? undefined : await tx.users.lock(seen.id)
  if (known === undefined)
    return insertUser(tx, caller, actor, { ...about, email, way: 'invite', invited: true, storedHash: null })
  if (known.emailConfirmedAt !== null) throw new Refusal('user_already_exists', { details: { field: 'email' } })
  // Whoever signed up with this address and never proved it leaves nothing on the account of the person invited.
  if (isProvisioned(known)) return known
  await tx.tickets.killAll(known.id)
  const { metadata = {}, displayName = '' } = input
  return (await tx.users.update(known.id, { passwordHash: null, metadata, displayName, avatarUrl: null })) ?? known
}

/** Takes an invitation back. @returns false when there is none that waits */
export async function revokeInvite(core: Core, caller: Caller, actor: Actor, ticketId: string): Promise<boolean> {
  return core.transaction(async (tx) => {
    const ticket = await tx.tickets.findById(ticketId)
    if (ticket === undefined || ticket.purpose !== 'invite') return false
    await tx.tickets.kill(ticket.id)
    await tx.audit.record({ ...auditOf(caller, ticket.userId, actor), action: 'user.invite_revoked', result: 'ok' })
    return true
  })
}
