import { invalid, Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import { codePoints } from '../../core/passwords/normal-form.ts'
import type { PasswordReason } from '../../core/passwords/strength.ts'
import type { JsonObject } from '../../core/users/user.ts'
import { isBreached } from './breached.ts'

type Personal = readonly (string | null | undefined)[]

/**
 * Refuses a password that is too easy to guess, or that thieves have. May ask the network, so never within a transaction.
 * @throws Refusal `weak_password` with `details.reasons`, `validation_failed`; `unavailable` when the list of leaked ones
 * cannot be asked and must be
 */
export async function refuseWeak(core: Core, password: string, personal: Personal): Promise<void> {
  refuseEasy(core, password, personal)
  if (await isBreached(core, password, 'set')) refuseFor(core, ['breached'])
}

/** What of {@link refuseWeak} can be said without asking anybody. @throws Refusal `weak_password`, `validation_failed` */
export function refuseEasy(core: Pick<Core, 'judgePassword' | 'settings'>, password: string, personal: Personal): void {
  const reasons = core.judgePassword(password, personal)
  const { max } = core.settings.password
  if (codePoints(password.normalize('NFKC')) > max) throw invalid('password', `must have at most ${max} characters`)
  refuseFor(core, reasons)
}

function refuseFor({ settings }: Pick<Core, 'settings'>, reasons: readonly PasswordReason[]): void {
  if (reasons.length === 0) return
  const { min, requiredCharacters } = settings.password
  const sets = reasons.includes('characters') ? { requiredCharacters } : {}
  throw new Refusal('weak_password', { details: { reasons, min, ...sets } })
}

const names = [
  'name',
  'full_name',
  'display_name',
  'first_name',
  'last_name',
  'preferred_username',
  'username',
  'nickname',
]

/** What a person is called, by the account or by the names applications keep beside it: no part of a password. */
export function namesOf(about: {
  readonly displayName?: string | undefined
  readonly metadata?: JsonObject | undefined
}) {
  const kept = names.map((name) => about.metadata?.[name]).filter((value) => typeof value === 'string')
  return [about.displayName, ...kept]
}

/** Refuses metadata over the configured size. @throws Refusal `payload_too_large` */
export function refuseLarge(core: Pick<Core, 'settings'>, metadata: JsonObject | undefined): void {
  if (metadata === undefined) return
  const bytes = Buffer.byteLength(JSON.stringify(metadata))
  if (bytes > core.settings.metadataBytes) {
    throw new Refusal('payload_too_large', {
      message: `Metadata may hold ${core.settings.metadataBytes} bytes.`,
      details: { bytes },
    })
  }
}

/** Roles a person asked for at sign-up: only those that may be chosen. @throws Refusal `validation_failed` */
export function chosenRoles(core: Pick<Core, 'settings'>, asked: readonly string[] | undefined): readonly string[] {
  const { default: standard, allowed, selectable } = core.settings.roles
  if (asked === undefined) return [...new Set([...allowed, standard])]
  const foreign = asked.find((role) => !selectable.includes(role) && !allowed.includes(role))
  if (foreign !== undefined) throw invalid('roles', 'must be roles that may be chosen')
  return [...new Set([...asked, standard])]
}

/** The role that counts where none is named: of those that were chosen. @throws Refusal `validation_failed` */
export function chosenDefault(
  core: Pick<Core, 'settings'>,
  about: { readonly roles?: readonly string[] | undefined; readonly defaultRole?: string | undefined },
): string {
  const { defaultRole = core.settings.roles.default } = about
  if (!chosenRoles(core, about.roles).includes(defaultRole)) throw invalid('defaultRole', 'must be one of the roles')
  return defaultRole
}

/** The stored locale for somebody who asked for one, or for nobody in particular. */
export function chosenLocale(core: Pick<Core, 'settings'>, asked: string | undefined): string {
  const { available, default: fallback } = core.settings.locales
  const language = asked?.split('-')[0]?.toLowerCase()
  return available.find((locale) => locale === asked) ?? available.find((locale) => locale === language) ?? fallback
}
