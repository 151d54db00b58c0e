import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { TextChannel } from '../../core/notifications/outgoing.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { Purpose } from '../../core/tickets/ticket.ts'
import type { User } from '../../core/users/user.ts'
import { refuseUnlisted } from '../attempt/addresses.ts'
import { refuseManaged } from '../attempt/begin-email-change.ts'
import type { Return } from '../attempt/send.ts'
import type { Caller } from '../caller.ts'
import { refuseLarge } from '../steps/account-policy.ts'
import { beginChange } from './change-email.ts'
import { hashNew, putPassword, refusePassword } from './change-password.ts'
import { beginPhoneChange, refusePhoneChange } from './change-phone.ts'
import { countAndTell } from './count-change.ts'
import { type FreshProof, requireProof } from './proof.ts'
import { type ProfileChange, updateProfile } from './update-profile.ts'

/** Several changes of one's own account at once. */
export interface AccountChange {
  readonly user: User
  readonly session: Session
  readonly profile?: ProfileChange | undefined
  readonly password?: string | undefined
  readonly email?: string | undefined
  readonly phone?: string | undefined
  /** How the code for a new number is sent. */
  readonly channel?: TextChannel | undefined
  readonly proof: FreshProof
  readonly back: Return
}

/**
 * Changes profile, password and addresses together. All of it is judged, and one proof asked for, before any of it is
 * applied; an address that is somebody else's is told at once.
 * @throws Refusal as the single changes do
 */
export async function updateAccount(core: Core, caller: Caller, input: AccountChange): Promise<User> {
  const { user, session, profile, password, back } = input
  const email = input.email === user.email ? undefined : input.email
  const phone = input.phone === user.phone ? undefined : input.phone
  const moving = { email, phone }
  await judge(core, input, moving)
  if ([password, email, phone].some((each) => each !== undefined)) await requireProof(core, caller, input)
  await countAndTell(core, { user, email, phone })
  const passwordHash = password === undefined ? undefined : await hashNew(core, { user, password })
  if (email !== undefined) await beginChange(core, caller, { user, session, email, back })
  if (phone !== undefined) await beginPhoneChange(core, caller, { ...input, phone })
  if (passwordHash !== undefined)
    await putPassword(core, caller, { user, session, passwordHash, spare: begunWith(moving) })
  if (profile !== undefined)
    await updateProfile(core, caller, { userId: user.id, sessionId: session.id, change: profile })
  core.wakeOutbox()
  const updated = await core.users.find(user.id)
  if (updated === undefined) throw new Refusal('session_not_found')
  return updated
}

interface Moving {
  readonly email: string | undefined
  readonly phone: string | undefined
}

function begunWith({ email, phone }: Moving): readonly Purpose[] {
  return [
    ...(email === undefined ? [] : (['email_change', 'email_change_current'] as const)),
    ...(phone === undefined ? [] : (['phone_change'] as const)),
  ]
}

async function judge(core: Core, input: AccountChange, { email, phone }: Moving): Promise<void> {
  const { user, session, password, proof, channel } = input
  const metadata = input.profile?.metadata
  if (metadata !== undefined) refuseLarge(core, { ...user.metadata, ...metadata })
  if (password !== undefined) await refusePassword(core, { user, session, password, proof, newAddress: email ?? phone })
  if (phone !== undefined) refusePhoneChange(core, { user, phone, channel })
  if (email === undefined) return
  refuseManaged(user)
  refuseUnlisted(core, { email })
}
