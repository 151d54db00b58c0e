import { isUuid } from '../../base/encoding.ts'
import { invalid, Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Address } from '../../core/users/users.ts'
import type { Return } from '../../flows/attempt/send.ts'
import type { NewAccount } from '../../flows/steps/create-account.ts'
import type { Exchange } from '../../http/exchange.ts'

/** Where somebody wants to return to. @throws Refusal `redirect_not_allowed` */
export function returnOf(core: Core, { redirectTo, codeChallenge, state }: Return): Return {
  refuseUnlisted(core, redirectTo)
  return { redirectTo, codeChallenge, state }
}

/** @throws Refusal `redirect_not_allowed` with `details.reason` for a place that is not listed */
export function refuseUnlisted(core: Core, redirectTo: string | undefined): void {
  if (redirectTo === undefined) return
  const verdict = core.redirects.allows(redirectTo)
  if (!verdict.allowed)
    throw new Refusal('redirect_not_allowed', { details: { url: redirectTo, reason: verdict.reason } })
}

/** The one address of a body. @throws Refusal `validation_failed` for none and for two */
export function addressOf(body: { readonly email?: string | undefined; readonly phone?: string | undefined }): Address {
  const { email, phone } = body
  if ((email === undefined) === (phone === undefined))
    throw invalid('email', 'either an e-mail address or a phone number is needed')
  return email === undefined ? { phone: phone ?? '' } : { email }
}

/** What somebody says about an account that may be made. */
export function aboutOf({ displayName, avatarUrl, locale, metadata, roles }: NewAccount): NewAccount {
  return { displayName, avatarUrl, locale, metadata, roles }
}

/** A path parameter that is an id. @throws Refusal `not_found` for what cannot be one: as if it were unknown */
export function idOf(exchange: Exchange, name: string): string {
  const text = exchange.param(name)
  if (!isUuid(text)) throw new Refusal('not_found')
  return text.toLowerCase()
}

/** The given members of a record, without those that are absent. */
export function given<T extends object>(record: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as never
}
