import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { User } from '../../core/users/user.ts'
import { refuseFrequent, sendNow } from '../attempt/send.ts'
import { refusePhoneOff } from '../attempt/texts.ts'
import type { Caller } from '../caller.ts'

/**
 * Mails (or texts) the code that stands in for a recent sign-in.
 * @throws Refusal `validation_failed` without any address, `email_not_confirmed`, `phone_not_confirmed`, `over_email_send_rate_limit`,
 * `over_sms_send_rate_limit`, `provider_disabled`
 */
export async function reauthenticate(
  core: Core,
  caller: Caller,
  input: { readonly user: User; readonly sessionId: string },
): Promise<void> {
  const { user, sessionId } = input
  if (user.email === null && user.phone === null) {
    throw new Refusal('validation_failed', { details: { reason: 'no_address' } })
  }
  const address = user.email !== null ? { email: user.email } : { phone: user.phone ?? '' }
  if ('email' in address && user.emailConfirmedAt === null) throw new Refusal('email_not_confirmed')
  if ('phone' in address && user.phoneConfirmedAt === null) throw new Refusal('phone_not_confirmed')
  refusePhoneOff(core, address)
  await refuseFrequent(core, caller, 'reauthentication', address)
  await core.transaction((tx) =>
    sendNow(tx, caller, {
      purpose: 'reauthentication',
      address,
      user,
      template: 'email' in address ? 'reauthentication' : 'sms_code',
      back: {},
      carries: { link: false, code: true },
      sessionId,
      remember: { reauthenticationSentAt: tx.runtime.now() },
    }),
  )
  core.wakeOutbox()
}
