import { Refusal } from '../../base/errors.ts'
import type { AttemptToken } from '../../base/secrets.ts'
import type { Core } from '../../core/core.ts'
import type { JsonObject, User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { refuseEnded } from '../session/open.ts'
import { auditOf } from '../steps/audit-of.ts'
import { maySend, type Return, refuseFrequent, type Sent, sendNow } from './send.ts'

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
    const common = {
      user: updated,
      back: input.back,
      carries: { link: true, code: true },
      ...(input.sessionId === undefined ? {} : { sessionId: input.sessionId }),
    }
    const first = await sendNow(tx, caller, {
      ...common,
      purpose: 'email_change',
      address: { email },
      template: taken ? 'nothing' : 'email_change',
      payload: { ...input.payload, bothAgree },
      values: { newEmail: email, email: user.email ?? email },
    })
    if (bothAgree && user.email !== null)
      await askOld(tx, caller, { ...common, email, old: user.email, attempt: first.attempt })
    await tx.audit.record({ ...auditOf(caller, user.id), action: 'email.change_requested', result: 'ok' })
    return first
  })
  core.wakeOutbox()
  return sent
}

type Common = Pick<Parameters<typeof sendNow>[2], 'user' | 'back' | 'carries' | 'sessionId'>

async function askOld(
  tx: Core,
  caller: Caller,
  input: Common & { readonly email: string; readonly old: string; readonly attempt: AttemptToken },
): Promise<void> {
  const { email, old, ...common } = input
  await sendNow(tx, caller, {
    ...common,
    purpose: 'email_change_current',
    address: { email: old },
    template: 'email_change_current',
    payload: { bothAgree: true },
    values: { newEmail: email, email: old },
  })
}

/** What an organisation manages is changed there. @throws Refusal `user_sso_managed` */
export function refuseManaged(user: User): void {
  if (user.isSso) throw new Refusal('user_sso_managed')
}
