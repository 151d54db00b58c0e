import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { MessageValues } from '../../core/notifications/message-values.ts'
import { DeliveryFailure, type OutgoingMessage, type Sender } from '../../core/notifications/outgoing.ts'
import type { JsonObject } from '../../core/users/user.ts'
import { addressFields, hookCandidate, hookUser } from '../steps/hook-user.ts'

type Needs = Pick<Core, 'hooks' | 'users' | 'settings'>

/** What messages are called on their way to a hook; all others are `<name>_notification`. */
const actionTypes: Partial<Readonly<Record<OutgoingMessage['template'], string>>> = {
  sign_up: 'signup',
  sign_in: 'magiclink',
  sign_in_code: 'magiclink',
  recovery: 'recovery',
  invite: 'invite',
  email_change: 'email_change',
  email_change_current: 'email_change',
  reauthentication: 'reauthentication',
  factor_added: 'mfa_factor_enrolled_notification',
  factor_removed: 'mfa_factor_unenrolled_notification',
}

/**
 * Sends mail by asking the application to. A message has one id, however often it is tried.
 * @param externalUrl what the hook is told as the address of this server
 */
export function createEmailHookSender(core: Needs, externalUrl: string): Sender {
  return {
    async send(message) {
      const input = { user: await userOf(core, message), email_data: emailData(message, externalUrl) }
      await ask(core, 'sendEmail', message, input)
    },
  }
}

/** Sends texts by asking the application to. */
export function createSmsHookSender(core: Needs): Sender {
  return {
    async send(message) {
      const { to, template, values } = message
      const type = smsTypeOf(template, values)
      const sms = {
        otp: values.code ?? '',
        phone: to.replace('+', ''),
        ...(type === undefined ? {} : { sms_type: type }),
      }
      await ask(core, 'sendSms', message, { user: await userOf(core, message), sms })
    },
  }
}

/** What a text is about; nothing for the usual one, a code for a way in or a number. */
function smsTypeOf(template: OutgoingMessage['template'], { factorType }: MessageValues): string | undefined {
  if (factorType === 'phone') return 'mfa'
  return template === 'sms_phone_changed' ? 'phone_changed_notification' : undefined
}

/** Tells the application what happened. It may be told more than once, under one id, and cannot undo it. */
export function createEventHookSender(core: Needs): Sender {
  return {
    async send(message) {
      const { event, user = {} } = message.values
      if (message.template === 'after_event') await ask(core, 'afterEvent', message, { event })
      else await ask(core, 'afterUserCreated', message, { user })
    },
  }
}

/** Everything is always there, and text. */
function emailData({ template, values }: OutgoingMessage, externalUrl: string): Readonly<Record<string, string>> {
  return {
    ...tokensOf(template, values),
    redirect_to: values.redirectTo ?? values.siteUrl ?? '',
    email_action_type: actionTypes[template] ?? `${template}_notification`,
    site_url: externalUrl,
    old_email: values.oldEmail ?? '',
    old_phone: values.oldPhone ?? '',
    provider: values.provider ?? '',
    factor_type: values.factorType ?? '',
    link: values.link ?? '',
  }
}

/** Where both addresses agree to a change the names are crossed: `token_hash` belongs to `token_new`, as existing hooks expect. */
function tokensOf(template: OutgoingMessage['template'], values: MessageValues): Readonly<Record<string, string>> {
  const { code = '', tokenHash = '', current } = values
  if (current !== undefined)
    return { token: current.code, token_hash: tokenHash, token_new: code, token_hash_new: current.tokenHash }
  if (template === 'email_change_current')
    return { token: code, token_hash: '', token_new: '', token_hash_new: tokenHash }
  return { token: code, token_hash: tokenHash, token_new: '', token_hash_new: '' }
}

const nobody = '00000000-0000-0000-0000-000000000000'

/** Whose message it is, with the address it goes to where a hook looks for one. */
async function userOf(core: Needs, { userId, to, channel, template, values }: OutgoingMessage): Promise<JsonObject> {
  const known = userId === undefined ? undefined : await core.users.find(userId)
  if (channel !== 'email') return known === undefined ? strangerAt(core, { phone: to }, values) : hookUser(known, core)
  if (known === undefined) return strangerAt(core, { email: to }, values)
  const user = hookUser(known, core)
  if (template === 'email_change') return { ...user, new_email: to }
  if (template === 'email_change_current' || template === 'email_changed') return user
  return { ...user, email: to }
}

function strangerAt(
  core: Needs,
  address: { readonly email: string } | { readonly phone: string },
  values: MessageValues,
): JsonObject {
  const { database: role } = core.settings.roles
  const who = { ...addressFields(address), role, metadata: values.data ?? {}, appMetadata: {}, isAnonymous: false }
  return hookCandidate(nobody, who, core)
}

async function ask(
  core: Needs,
  name: 'sendEmail' | 'sendSms' | 'afterUserCreated' | 'afterEvent',
  { id, values }: OutgoingMessage,
  input: JsonObject,
): Promise<void> {
  try {
    await core.hooks.ask(name, { id, ip: values.ip ?? null, input })
  } catch (error) {
    throw failureOf(error)
  }
}

/** A no is final where it is about the message, and not where it is about the moment. */
function failureOf(error: unknown): unknown {
  if (!(error instanceof Refusal)) return error
  const { reason = error.code, status } = error.details
  const isPassing = Number(status) === 429 || Number(status) >= 500
  if (error.code === 'hook_rejected')
    return new DeliveryFailure(isPassing ? 'temporary' : 'permanent', `hook_rejected:${status}`, error)
  const isAway = reason === 'timeout' || reason === 'timeout_after_retry' || Number(status) === 503
  return new DeliveryFailure(isAway ? 'unreachable' : 'temporary', `hook:${reason}`, error)
}
