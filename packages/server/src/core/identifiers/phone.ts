import { createRequire } from 'node:module'
import { invalid, Refusal } from '../../base/errors.ts'

/**
 * The table of every country's numbers, read when the first one comes: it takes 10 MB, and many servers never see a phone.
 */
const numbers = (): typeof import('libphonenumber-js/max') => fromHere('libphonenumber-js/max')
const fromHere = createRequire(import.meta.url)

/** Why a number is not accepted. */
export type PhoneFault = 'format' | 'length' | 'costly'

/**
 * The one form in which a phone number is stored and looked up: E.164, a plus sign and digits. Accepted is an
 * international number, beginning with `+` or `00`, with spaces, dots, hyphens, slashes and brackets in it. The country
 * must exist and the number have one of that country's lengths; whether it is in use, only a message can tell.
 *
 * @param path the field named in the refusal; default `phone`.
 * @throws Refusal `validation_failed` when it is not text; `phone_number_invalid` with a {@link PhoneFault} as
 * `details.reason` for anything else than one such number, and for premium and shared-cost ranges, which would let
 * strangers spend the sender's money.
 */
export function parsePhone(input: unknown, path = 'phone'): string {
  if (typeof input !== 'string') throw invalid(path, 'must be text')
  if (input.length > 64) throw refused('length')
  const text = input.normalize('NFKC').trim().replace(/^00/, '+')
  if (!international.test(text)) throw refused('format')
  const number = numbers().parsePhoneNumberFromString(text)
  if (number === undefined) throw refused('format')
  if (!number.isPossible()) throw refused('length')
  if (costly.has(number.getType())) throw refused('costly')
  return number.number
}

/**
 * The country a number belongs to (ISO 3166-1 alpha-2), where its country calling code and what follows tell one; none for
 * numbers of no country and for those no country gives out. @param phone in the form {@link parsePhone} answers
 */
export function countryOf(phone: string): string | undefined {
  return numbers().parsePhoneNumberFromString(phone)?.country
}

/** The number with all but its last two digits hidden: `+•••23`. */
export function maskPhone(phone: string): string {
  return `+•••${phone.slice(-2)}`
}

const international = /^\+[0-9(][0-9 ()./\-\u2010-\u2015\u2212]*$/
const costly: ReadonlySet<string | undefined> = new Set(['PREMIUM_RATE', 'SHARED_COST'])

function refused(reason: PhoneFault): Refusal {
  return new Refusal('phone_number_invalid', { details: { reason } })
}
