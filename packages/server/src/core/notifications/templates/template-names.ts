/** Messages that carry a link, a code, or both. */
export const actionNames = [
  /** Confirm the address of a new account. */
  'sign_up',
  /** Sign in with link and code. */
  'sign_in',
  /** Sign in with a code alone. */
  'sign_in_code',
  'recovery',
  'invite',
  /** To the new address. */
  'email_change',
  /** To the old address, which has to agree. */
  'email_change_current',
  /** A code before something sensitive. */
  'reauthentication',
] as const

/** Messages that tell the owner what happened. They never carry a secret. */
export const noticeNames = [
  /** Somebody tried to sign up with an address that has an account. */
  'already_registered',
  'password_changed',
  /** To the old address. */
  'email_changed',
  'phone_changed',
  'recovery_finished',
  'identity_linked',
  'identity_unlinked',
  'factor_added',
  'factor_removed',
  'access_key_added',
  'access_key_removed',
  'sign_in_locked',
  'new_device',
  /** A used refresh token came back, so its session was ended. */
  'session_replayed',
  'account_deleted',
] as const

/** Short texts for a telephone. */
export const smsNames = [
  'sms_code',
  /** To the old number. */
  'sms_phone_changed',
] as const

export type ActionName = (typeof actionNames)[number]
export type NoticeName = (typeof noticeNames)[number]
export type SmsName = (typeof smsNames)[number]
export type TemplateName = ActionName | NoticeName | SmsName

export const templateNames: readonly TemplateName[] = [...actionNames, ...noticeNames, ...smsNames]

/** What the upstream systems call the same messages, so that their template folders work unchanged. */
const upstream: ReadonlyMap<string, TemplateName> = new Map<string, TemplateName>([
  // Supabase
  ['confirmation', 'sign_up'],
  ['magic_link', 'sign_in'],
  ['password_changed_notification', 'password_changed'],
  ['email_changed_notification', 'email_changed'],
  ['phone_changed_notification', 'phone_changed'],
  ['identity_linked_notification', 'identity_linked'],
  ['identity_unlinked_notification', 'identity_unlinked'],
  ['mfa_factor_enrolled_notification', 'factor_added'],
  ['mfa_factor_unenrolled_notification', 'factor_removed'],
  // Nhost
  ['email-verify', 'sign_up'],
  ['signin-passwordless', 'sign_in'],
  ['signin-otp', 'sign_in_code'],
  ['password-reset', 'recovery'],
  ['email-confirm-change', 'email_change'],
  ['elevate-otp', 'reauthentication'],
  ['signin-passwordless-sms', 'sms_code'],
  // Altogic
  ['confirm_email', 'sign_up'],
  ['reset_password', 'recovery'],
  ['confirm_email_change', 'email_change'],
  ['verify_sms_code', 'sms_code'],
])

/** The message a name stands for, ours or an upstream's; undefined for any other. */
export function templateNameOf(name: string): TemplateName | undefined {
  return templateNames.find((known) => known === name) ?? upstream.get(name)
}
