import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import { parseEmail } from '../../core/identifiers/email.ts'
import { parsePhone } from '../../core/identifiers/phone.ts'
import type { TextChannel } from '../../core/notifications/outgoing.ts'
import type { JsonObject } from '../../core/users/user.ts'
import type { Return } from '../../flows/attempt/send.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Fields } from '../../http/fields.ts'
import { fault } from './refuse.ts'

/** A JSON body: unknown fields are ignored, `null` is as good as absent, and so is empty text unless it is asked for. */
export interface Body {
  text(name: string): string | undefined
  /** As {@link text}, with empty text told from absent. */
  exactText(name: string): string | undefined
  flag(name: string): boolean | undefined
  object(name: string): JsonObject | undefined
  /** The object of a field, as a body of its own. */
  nested(name: string): Body | undefined
  texts(name: string): readonly string[] | undefined
  /** The address in its stored form. @throws Refusal `email_address_invalid` */
  email(name?: string): string | undefined
  /** The number in its stored form; clients send digits with or without a plus. @throws Refusal `phone_number_invalid` */
  phone(): string | undefined
  /** Whether anything but `null` and empty text was sent, of whatever type. */
  has(name: string): boolean
}

/** @throws Refusal `bad_json` for anything but an object */
export async function readBody(exchange: Exchange, settings?: { readonly empty: 'accept' }): Promise<Body> {
  const value = settings === undefined ? await exchange.json() : ((await exchange.json({ empty: 'undefined' })) ?? {})
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongType('the body', 'an object')
  return bodyOf(value as JsonObject)
}

function wrongType(name: string, type: string): Refusal {
  return new Refusal('bad_json', { message: `${name} must be ${type}`, details: { reason: 'type' } })
}

function bodyOf(fields: JsonObject): Body {
  const read = (name: string): unknown => (Object.hasOwn(fields, name) ? (fields[name] ?? undefined) : undefined)
  const exactText = (name: string): string | undefined => {
    const value = read(name)
    if (value === undefined || typeof value === 'string') return value
    throw wrongType(name, 'text')
  }
  const object = (name: string): JsonObject | undefined => {
    const value = read(name)
    if (value === undefined) return undefined
    if (typeof value !== 'object' || Array.isArray(value)) throw wrongType(name, 'an object')
    return value as JsonObject
  }
  return {
    exactText,
    object,
    nested(name) {
      const value = object(name)
      return value === undefined ? undefined : bodyOf(value)
    },
    text: (name) => exactText(name) || undefined,
    flag(name) {
      const value = read(name)
      if (value === undefined || typeof value === 'boolean') return value
      throw wrongType(name, 'true or false')
    },
    texts(name) {
      const value = read(name)
      if (value === undefined) return undefined
      if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value
      throw wrongType(name, 'a list of texts')
    },
    email(name = 'email') {
      const address = exactText(name) || undefined
      return address === undefined ? undefined : parseEmail(address, name)
    },
    phone() {
      const number = exactText('phone') || undefined
      return number === undefined ? undefined : parsePhone(international(number))
    },
    has: (name) => read(name) !== undefined && read(name) !== '',
  }
}

function international(text: string): string {
  const bare = text.trim()
  return /^[1-9]/.test(bare) ? `+${bare}` : bare
}

/**
 * A place that holds what no address has is none; it is never an error.
 * @throws Refusal `validation_failed` when two are named: of two readers each could believe another (S116)
 */
function placeIn(fields: Fields): string | undefined {
  try {
    fields.all('redirect_to')
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
  return fields.one('redirect_to') || undefined
}

/**
 * Where a person returns to: the header `redirect_to`, without one the parameter, then the page they came from. A place
 * that is not allowed is never an error: the next counts, and in the end the site.
 * @param more.fields what the parameter is in; the query by default
 * @param more.first counts before all of these
 */
export function returnPlace(
  { redirects, settings }: Pick<Core, 'redirects' | 'settings'>,
  exchange: Exchange,
  { fields = exchange.query, first }: { readonly fields?: Fields; readonly first?: string | undefined } = {},
): string {
  const named = placeIn(fields)
  const asked = exchange.header('redirect_to') || named
  const place = [first, asked, exchange.header('referer')].find((each) => each && redirects.allows(each).allowed)
  return place === undefined ? settings.siteUrl : redirects.orSite(place)
}

const unreserved = /^[A-Za-z0-9\-._~]+$/

/** The challenge of a PKCE flow (RFC 7636 §4.3). S256 alone: a plain challenge stands in every log. */
export function challengeOf(body: Pick<Body, 'text'>): string | undefined {
  const challenge = body.text('code_challenge')
  const method = body.text('code_challenge_method')
  if (challenge === undefined && method === undefined) return undefined
  if (challenge === undefined || method === undefined)
    throw fault('PKCE flow requires code_challenge_method and code_challenge')
  if (method.toLowerCase() !== 's256') throw fault('Invalid code_challenge_method')
  if (challenge.length < 43 || challenge.length > 128)
    throw fault('code challenge has to be between 43 and 128 characters')
  if (!unreserved.test(challenge))
    throw fault('code challenge can only contain alphanumeric characters, hyphens, periods, underscores and tildes')
  return challenge
}

/** Where a mailed link leads back to, and the challenge it is bound to. */
export function backOf(core: Core, exchange: Exchange, body: Body): Return {
  return { redirectTo: returnPlace(core, exchange), codeChallenge: challengeOf(body) }
}

const channels: readonly TextChannel[] = ['sms', 'whatsapp']

/**
 * How a text is to leave.
 * @throws Refusal `validation_failed` for a channel nobody knows, or that cannot be served
 */
export function channelOf({ settings }: Pick<Core, 'settings'>, body: Body): TextChannel | undefined {
  const channel = body.text('channel')
  if (channel === undefined) return undefined
  const known = channels.find((each) => each === channel)
  if (known === undefined || (settings.phone.enabled && !settings.phone.channels.includes(known)))
    throw fault(
      "Invalid channel, supported values are 'sms' or 'whatsapp'. 'whatsapp' is only supported if Twilio or Twilio Verify is used as the provider.",
    )
  return known
}
