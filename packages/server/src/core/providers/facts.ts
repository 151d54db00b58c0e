import { Refusal } from '../../base/errors.ts'
import type { JsonObject } from '../users/user.ts'
import type { Profile } from './provider.ts'

/** The value as an object, or an empty one: a provider may send anything. */
export function record(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}

/** The value as a list of objects. */
export function records(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.slice(0, 100).map(record) : []
}

/** The value at a dotted path (`picture.data.url`), own members alone. */
export function at(from: JsonObject, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => {
    const within = record(value)
    return Object.hasOwn(within, name) ? within[name] : undefined
  }, from)
}

/** Text at a dotted path, trimmed; null where there is none or it is longer than 2,048 characters. */
export function text(from: JsonObject, path: string): string | null {
  const value = at(from, path)
  if (typeof value !== 'string' || value.length > 2_048) return null
  return value.trim() || null
}

/** Whether the value at a path is `true` itself: neither 1 nor "true" (S36). */
export function isTrue(from: JsonObject, path: string): boolean {
  return at(from, path) === true
}

/** As {@link isTrue}, for providers that are known to send text. */
export function isTrueAsText(from: JsonObject, path: string): boolean {
  const value = at(from, path)
  return value === true || value === 'true'
}

/**
 * What names an account: text, or a whole number above 0, at a dotted path.
 * @throws Refusal `provider_failed` where there is none (S38)
 */
export function subject(from: JsonObject, path: string): string {
  const value = at(from, path)
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return String(value)
  if (typeof value === 'string' && /^[^\p{Cc}]{1,255}$/u.test(value) && value.trim() !== '') return value
  throw new Refusal('provider_failed', { details: { reason: 'no_subject' } })
}

/** Names joined by spaces, without those that are missing. */
export function joined(...parts: readonly (string | null)[]): string | null {
  return parts.filter((part) => part !== null).join(' ') || null
}

const standardClaims = [
  ...['family_name', 'given_name', 'middle_name', 'nickname', 'preferred_username', 'profile', 'website', 'gender'],
  ...['birthdate', 'zoneinfo', 'locale', 'updated_at'],
]

/** The standard claims (OpenID Connect Core §5.1) of an ID token or a userinfo answer. */
export function standardProfile(claims: JsonObject): Profile {
  return {
    subject: subject(claims, 'sub'),
    email: text(claims, 'email'),
    emailVerified: isTrue(claims, 'email_verified'),
    name: text(claims, 'name') ?? joined(text(claims, 'given_name'), text(claims, 'family_name')),
    username: text(claims, 'preferred_username') ?? text(claims, 'nickname'),
    avatarUrl: text(claims, 'picture'),
    more: keep(claims, standardClaims),
  }
}

/** The named members that hold short text, numbers or booleans. */
export function keep(from: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = at(from, name)
      const isShort = typeof value === 'string' ? value.length <= 2_048 : ['number', 'boolean'].includes(typeof value)
      return isShort ? [[name, value]] : []
    }),
  )
}
