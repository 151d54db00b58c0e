import { invalid } from '../../base/errors.ts'
import type { CommonPasswords } from './common-passwords.ts'
import { codePoints, normalForm } from './normal-form.ts'

/** Why a password is too weak. `breached` is added by whoever asks a list of leaked passwords. */
export type PasswordReason = 'length' | 'characters' | 'common' | 'personal' | 'breached'

/** What a new password is measured against. */
export interface PasswordRules {
  /** Fewest code points; default 8, never less than 6. */
  readonly min?: number
  /** What belongs to the account: e-mail, phone, name, name of the application. Absent ones may be left out. */
  readonly personal?: readonly (string | null | undefined)[]
  /** The list of passwords everybody tries first; without it nothing is called common. */
  readonly common?: CommonPasswords
  /** Sets of characters of which the password must have one each; default none, since such rules do not help. */
  readonly requiredCharacters?: readonly string[]
}

/**
 * Says what is weak about a new password; an empty list means that it may be used (NIST 800-63B-4 §3.1.1.2).
 * Length counts code points of the normal form. A password is personal when it is one of the account's own facts, or
 * the product's name, with nothing but digits and punctuation around it.
 * @throws Refusal `validation_failed` for more than 256 code points or malformed Unicode.
 */
export function judgePassword(password: string, rules: PasswordRules = {}): PasswordReason[] {
  const normal = normalForm(password)
  if (normal === null) throw invalid('password', 'must be well-formed text of at most 256 characters')
  const { min = 8, personal = [], common, requiredCharacters = [] } = rules
  const reasons: PasswordReason[] = []
  if (codePoints(normal) < Math.max(6, min)) reasons.push('length')
  if (!requiredCharacters.every((set) => [...normal].some((character) => set.includes(character)))) {
    reasons.push('characters')
  }
  if (common?.has(normal)) reasons.push('common')
  if (isPersonal(normal, personal)) reasons.push('personal')
  return reasons
}

const productName = 'watchword'

function isPersonal(password: string, facts: readonly (string | null | undefined)[]): boolean {
  const known = new Set<string>()
  for (const fact of [productName, ...facts]) {
    if (fact) for (const piece of pieces(fact.normalize('NFKC'))) known.add(piece)
  }
  return known.has(squash(password)) || known.has(core(password)) || isPhone(password, facts)
}

/** The fact itself, and those of its parts that are long enough to be a password's heart. */
function pieces(fact: string): string[] {
  const local = fact.includes('@') ? [fact.slice(0, fact.indexOf('@'))] : []
  const words = fact.includes('@') ? [] : fact.split(/\s/u)
  const all = [fact, ...local, ...words].flatMap((piece) => [squash(piece), core(piece)])
  return all.filter((piece) => codePoints(piece) >= 4)
}

/** Letters and digits alone, in lower case. */
function squash(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}\p{M}]/gu, '')
}

/** What is left between leading and trailing digits. */
function core(text: string): string {
  return squash(text)
    .replace(/^\p{N}+/u, '')
    .replace(/\p{N}+$/u, '')
}

// A national number is the end of the international one.
function isPhone(password: string, facts: readonly (string | null | undefined)[]): boolean {
  const digits = password.replace(/[\s+().\-/]/g, '').replace(/^0+/, '')
  if (!/^[0-9]{6,}$/.test(digits)) return false
  return facts.some((fact) => fact?.startsWith('+') && fact.endsWith(digits))
}
