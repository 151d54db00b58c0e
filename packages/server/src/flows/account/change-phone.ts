import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { TextChannel } from '../../core/notifications/outgoing.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { User } from '../../core/users/user.ts'
import { refuseUnlisted } from '../attempt/addresses.ts'
import { refuseManaged } from '../attempt/begin-email-change.ts'
import { changeOfPhone } from '../attempt/begin-phone-change.ts'
import { sealPassword } from '../attempt/own-password.ts'
import { movePhone } from '../attempt/phone-change.ts'
import type { Sent } from '../attempt/send.ts'
import { refuseChannel, refuseCountry, refusePhoneOff } from '../attempt/texts.ts'
import type { Caller } from '../caller.ts'
import { refuseEnded } from '../session/open.ts'
import { evenly } from '../steps/even-time.ts'
import { firstPassword } from './change-email.ts'
import { countChange } from './count-change.ts'
import { type FreshProof, requireProof } from './proof.ts'

export interface PhoneChangeRequest {
  readonly user: User
  readonly session: Session
  readonly phone: string
  readonly channel?: TextChannel | undefined
  readonly proof: FreshProof
  /** A guest's first password; it counts once the number does. */
  readonly password?: string | undefined
}

export type PhoneChangeAnswer =
  | { readonly kind: 'same' }
  | { readonly kind: 'changed'; readonly user: User }
  | { readonly kind: 'sent'; readonly sent: Sent; readonly user: User }

/**
 * Begins a change of phone number, or gives an account its first one. Whether the number is somebody else's is told to
 * whoever proves that it is theirs, and to nobody before. Where numbers are not confirmed, the new one counts at once.
 * @throws Refusal `reauthentication_needed`, `user_sso_managed`, `provider_disabled`, `feature_disabled` for a channel that
 * is not there, `identifier_not_allowed`, `validation_failed`, `weak_password`, `over_sms_send_rate_limit`,
 * `over_request_rate_limit`; `user_already_exists` where numbers are not confirmed
 */
export async function changePhone(core: Core, caller: Caller, input: PhoneChangeRequest): Promise<PhoneChangeAnswer> {
  const { user, phone, password } = input
  refusePhoneChange(core, input)
  if (phone === user.phone) return { kind: 'same' }
  await requireProof(core, caller, input)
  const passwordHash =
    password === undefined ? undefined : await firstPassword(core, { user, address: phone }, password)
  await countChange(core, user)
  return evenly(core, (held) => beginPhoneChange(held, caller, { ...input, passwordHash }))
}

/** What can be said against a change before anything is proved. */
export function refusePhoneChange(core: Core, input: Pick<PhoneChangeRequest, 'user' | 'phone' | 'channel'>): void {
  const { user, phone, channel } = input
  refuseManaged(user)
  refusePhoneOff(core, { phone })
  refuseChannel(core, channel)
  if (phone === user.phone) return
  refuseUnlisted(core, { phone })
  refuseCountry(core, { phone })
}

/**
 * Begins a change that was judged and counted, and whose requester has proved who they are.
 * @throws Refusal `over_sms_send_rate_limit`; `user_already_exists` where numbers are not confirmed
 */
export async function beginPhoneChange(
  core: Core,
  caller: Caller,
  input: Omit<PhoneChangeRequest, 'proof' | 'password'> & {
    readonly passwordHash?: string | undefined
  },
): Promise<Exclude<PhoneChangeAnswer, { kind: 'same' }>> {
  const { user, session, phone, channel, passwordHash } = input
  if (!core.settings.signUp.phoneConfirmation) return { kind: 'changed', user: await changeAtOnce(core, caller, input) }
  const sent = await changeOfPhone(core, caller, {
    user,
    phone,
    channel,
    sessionId: session.id,
    held: 'refuse',
    ...(passwordHash === undefined ? {} : { payload: { password: sealPassword(core, user.id, passwordHash) } }),
  })
  const updated = await core.users.find(user.id)
  if (updated === undefined || sent === undefined) throw new Refusal('session_not_found')
  return { kind: 'sent', sent, user: updated }
}

async function changeAtOnce(
  core: Core,
  caller: Caller,
  input: Pick<PhoneChangeRequest, 'user' | 'session' | 'phone'> & { readonly passwordHash?: string | undefined },
): Promise<User> {
  const { user, session, phone, passwordHash } = input
  const changed = await core.transaction(async (tx) => {
    const moved = await movePhone(tx, caller, { user, phone, keepSession: session.id })
    await refuseEnded(tx, session)
    return passwordHash === undefined ? moved : ((await tx.users.update(user.id, { passwordHash })) ?? moved)
  })
  core.wakeOutbox()
  return changed
}
