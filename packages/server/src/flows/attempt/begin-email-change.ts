import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { OutboxMessage } from '../../core/notifications/outgoing.ts'
import type { JsonObject, User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { refuseEnded } from '../session/open.ts'
import { auditOf } from '../steps/audit-of.ts'
import { mistakable } from './mixed-up.ts'
import { issueFor, maySend, messageOf, type Return, refuseFrequent, type Sent } from './send.ts'

export interface EmailChange {
  readonly user: User
  readonly email: string
  readonly back: Return
  readonly sessionId?: string
  /** Further facts for the ticket of the new address. */
  readonly payload?: JsonObject
  /** What happens when a message is held back by a limit: the person is told, or nothing is said. */
  readonly held: 'refuse' | 'silently'
}

/**
 * Begins a change of e-mail: one ticket to the new address and, where both must agree, one to the old. A newer change
 * replaces an older one. An address that somebody else has gets a message that goes nowhere.
 * @throws Refusal `over_email_send_rate_limit`, `session_not_found` when the session behind it ended meanwhile
 */
export async function changeOfEmail(core: Core, caller: Caller, input: EmailChange): Promise<Sent | undefined> {
  const { user, email } = input
  if (input.held === 'refuse') await refuseFrequent(core, caller, 'email_change', { email })
  else if (!(await maySend(core, caller, 'email_change', { email }))) return undefined
  const taken = (await core.users.findByAddress({ email })) !== undefined
  const bothAgree = core.settings.emailChange.bothAgree && user.email !== null && user.emailConfirmedAt !== null
  const sent = await core.transaction(async (tx) => {
    const updated =
      (await tx.users.update(user.id, { pendingEmail: email, emailChangeSentAt: tx.runtime.now() })) ?? user
    if (input.sessionId !== undefined) await refuseEnded(tx, { id: input.sessionId, userId: user.id })
    await tx.tickets.killAll(user.id, ['email_change', 'email_change_current'])
    const asking: Asking = {
      user: updated,
      back: input.back,
      sessionId: input.sessionId,
      payload: { ...input.payload, ...(user.isAnonymous ? await mistakable(tx, { email }) : {}) },
      email,
      old: bothAgree ? user.email : null,
      taken,
    }
    const first = await ask(tx, caller, asking)
    await tx.audit.record({ ...auditOf(caller, user.id), action: 'email.change_requested', result: 'ok' })
    return first
  })
  core.wakeOutbox()
  return sent
}

interface Asking {
  readonly user: User
  readonly back: Return
  readonly sessionId: string | undefined
  readonly payload: JsonObject | undefined
  readonly email: string
  /** The old address, where it must agree. */
  readonly old: string | null
  /** The new one is somebody else's: nothing is sent there. */
  readonly taken: boolean
}

/** Issues a ticket for each address that has to agree, and queues their messages. */
async function ask(tx: Core, caller: Caller, asking: Asking): Promise<Sent> {
  const { user, email, old, back, sessionId, taken } = asking
  const common = {
    user,
    back,
    carries: { link: true, code: true },
    ...(sessionId === undefined ? {} : { sessionId }),
  }
  const toNew = {
    ...common,
    purpose: 'email_change',
    address: { email },
    template: taken ? 'nothing' : 'email_change',
    payload: { ...asking.payload, bothAgree: old !== null },
    values: { newEmail: email, email: user.email ?? email },
  } as const
  const first = await issueFor(tx, caller, toNew)
  const sent = { ...first, held: false }
  const ours = messageOf(tx, caller, toNew, first)
  if (old === null) {
    await tx.outbox.enqueue([ours])
    return sent
  }
  const toOld = {
    ...common,
    purpose: 'email_change_current',
    address: { email: old },
    template: 'email_change_current',
    payload: { bothAgree: true },
    values: { newEmail: email, email: old },
    attempt: first.attempt,
  } as const
  const theirs = messageOf(tx, caller, toOld, await issueFor(tx, caller, toOld))
  const isOneCall = tx.hooks.has('sendEmail') && !taken
  await tx.outbox.enqueue(isOneCall ? asOneCall(ours, theirs) : [ours, theirs])
  return sent
}

/** A hook that sends mail is called once for both addresses; the other message goes nowhere. */
function asOneCall(toNew: OutboxMessage, toOld: OutboxMessage): OutboxMessage[] {
  const { code = '', tokenHash = '' } = toOld.values
  return [
    { ...toNew, values: { ...toNew.values, current: { code, tokenHash } } },
    { ...toOld, template: 'nothing' },
  ]
}

/** What an organisation manages is changed there. @throws Refusal `user_sso_managed` */
export function refuseManaged(user: User): void {
  if (user.isSso) throw new Refusal('user_sso_managed')
}
