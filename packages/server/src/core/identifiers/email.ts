import { domainToASCII } from 'node:url'
import { invalid, Refusal } from '../../base/errors.ts'

const maxLocal = 64
const maxWhole = 254
// NFKC lengthens and shortens text by small factors only; far longer input need not be looked at.
const maxRaw = 8 * maxWhole

/** Why an address is not accepted. */
export type EmailFault = 'length' | 'format' | 'characters' | 'domain'

/**
 * The one form in which an e-mail address is stored and looked up: NFKC, trimmed, in lower case whatever the locale,
 * the domain in its ASCII form (UTS 46), and then exactly one addr-spec (RFC 5321 §4.1.2) of dot-atom and host name with
 * at least one dot. Local part up to 64 octets, whole up to 254.
 *
 * What normalises to a stored address is that address: a full-width letter or at sign, the Kelvin sign (a `k`), a long
 * s (an `s`). A local part which is not ASCII after that is refused, so a dotless i, an accent or a letter of another
 * alphabet never stands for the letter it looks like; invisible characters are refused everywhere. Dots and tags in the
 * local part count: nothing is folded.
 *
 * @param path the field named in the refusal; default `email`.
 * @throws Refusal `validation_failed` when it is not text; `email_address_invalid` with an {@link EmailFault} as
 * `details.reason` when it is no address.
 */
export function parseEmail(input: unknown, path = 'email'): string {
  if (typeof input !== 'string') throw invalid(path, 'must be text')
  if (input.length > maxRaw) throw refused('length')
  const text = input.normalize('NFKC').trim().toLowerCase()
  if (unseen.test(text)) throw refused('characters')
  const at = text.indexOf('@')
  if (at < 1 || text.includes('@', at + 1)) throw refused('format')
  const local = text.slice(0, at)
  assertLocal(local)
  const email = `${local}@${parseDomain(text.slice(at + 1))}`
  if (email.length > maxWhole) throw refused('length')
  return email
}

/** The address with all but the first character of its local part hidden: `j•••@example.test`. */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf('@')
  return `${email.slice(0, 1)}•••${at < 0 ? '' : email.slice(at)}`
}

const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{White_Space}\p{Default_Ignorable_Code_Point}]/u
const atom = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+$/

function assertLocal(local: string): void {
  if (local.length > maxLocal) throw refused('length')
  for (const part of local.split('.')) {
    if (part === '') throw refused('format')
    if (!atom.test(part)) throw refused('characters')
  }
}

// What the URL parser would take for something else than a letter of the name: escapes, ports, paths, brackets.
const notInNames = /[^\p{L}\p{M}\p{N}.\-\u3002\u30fb\u00b7]/u
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const numeric = /^[0-9]+$/

/** A host name in its ASCII form. @throws Refusal `email_address_invalid` when no address can end in it */
export function parseDomain(domain: string): string {
  if (domain.length > maxWhole) throw refused('length')
  if (domain === '' || notInNames.test(domain)) throw refused('domain')
  const ascii = domainToASCII(domain)
  const labels = ascii.split('.')
  const last = labels.at(-1) ?? ''
  // A last label of digits is an IPv4 address in one of its spellings.
  if (labels.length < 2 || numeric.test(last) || !labels.every((part) => label.test(part))) throw refused('domain')
  return ascii
}

function refused(reason: EmailFault): Refusal {
  return new Refusal('email_address_invalid', { details: { reason } })
}
