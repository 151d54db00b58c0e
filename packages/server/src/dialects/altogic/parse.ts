import { cutText } from '../../base/cut-text.ts'
import { type ErrorCode, invalid, Refusal } from '../../base/errors.ts'
import { parseEmail } from '../../core/identifiers/email.ts'
import { parsePhone } from '../../core/identifiers/phone.ts'
import type { JsonObject } from '../../core/users/user.ts'
import type { NewAccount } from '../../flows/steps/create-account.ts'
import type { Exchange } from '../../http/exchange.ts'
import { newAccountOf } from './about.ts'
import { refusal } from './refuse.ts'

/** The fields of a JSON body; no body is an empty one, and none need be declared. @throws Refusal `unsupported_media_type` for another kind */
export async function readBody(exchange: Exchange): Promise<JsonObject> {
  if (exchange.bodyKind === 'form' || exchange.bodyKind === 'other') throw new Refusal('unsupported_media_type')
  const value = (await exchange.json({ empty: 'undefined' })) ?? {}
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('body', 'must be an object')
  return value as JsonObject
}

/** @throws Refusal `validation_failed` */
export function textOf(body: JsonObject, name: string): string {
  const value = Object.hasOwn(body, name) ? body[name] : undefined
  if (typeof value !== 'string' || value === '') throw invalid(name, 'is needed, as text')
  return value
}

const valueFaults: ReadonlySet<ErrorCode> = new Set([
  ...(['email_address_invalid', 'phone_number_invalid', 'weak_password', 'same_password'] as const),
])

/** A refusal that is about a value, with the field of the request that the value came in. @param path the field */
function inField(path: string, error: unknown): unknown {
  if (!(error instanceof Refusal)) return error
  const { code, message, details } = error
  const [fault] = details.fields ?? []
  if (code === 'validation_failed' && fault?.path === 'password') return invalid(path, fault.rule)
  if (!valueFaults.has(code)) return error
  return new Refusal(code, { message, details: { ...details, fields: [{ path, rule: message }] } })
}

/** An address in its stored form. @param path the field it came in */
export function readEmail(text: string, path = 'email'): string {
  try {
    return parseEmail(text, path)
  } catch (error) {
    throw inField(path, error)
  }
}

/** A number in its stored form. @param path the field it came in */
export function readPhone(text: string, path = 'phone'): string {
  try {
    return parsePhone(text, path)
  } catch (error) {
    throw inField(path, error)
  }
}

/** Does what may refuse a password. @param path the field it came in */
export async function judging<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw inField(path, error)
  }
}

/** The address of the query in its stored form. Clients do not encode it, so a plus sign arrives as a blank. */
export function emailInQuery(exchange: Exchange): string {
  return readEmail((exchange.query.one('email') ?? '').trim().replaceAll(' ', '+'))
}

export function phoneInQuery(exchange: Exchange): string {
  const text = exchange.query.one('phone') ?? ''
  if (text.trim() === '') throw refusal('missing_phone_number')
  return readPhone(text.trim().replace(/^(?!00)(?=\d)/, '+'))
}

export function codeInQuery(exchange: Exchange): string {
  const code = (exchange.query.one('code') ?? '').trim()
  if (code === '') throw refusal('missing_sms_code')
  return code
}

export function keyInQuery(exchange: Exchange): string {
  const key = exchange.query.one('key') ?? ''
  if (key === '') throw refusal('missing_access_token')
  return key
}

export interface SaidAtSignUp {
  readonly about: NewAccount
  /** The account says of its own address that it is verified. */
  readonly claimsVerified: boolean
}

/** A name, or an object of fields; older clients call it `name`. What the server owns is left out of it. */
export function aboutOf(body: JsonObject, flag: 'emailVerified' | 'phoneVerified'): SaidAtSignUp {
  const said = body['nameOrUserData'] ?? body['name']
  if (said === undefined || said === null) return { about: {}, claimsVerified: false }
  if (typeof said === 'string') return { about: { displayName: cutText(said, 255) }, claimsVerified: false }
  if (typeof said !== 'object' || Array.isArray(said)) throw invalid('nameOrUserData', 'must be a name or an object')
  const fields = said as JsonObject
  return { about: newAccountOf(fields), claimsVerified: fields[flag] === true }
}
