/** The longest password, in code points after normalisation. Longer ones are refused unhashed. */
export const maxPasswordLength = 256

// Composing shrinks text by a small factor only, so whatever is longer than this cannot normalise to the limit.
const maxRawUnits = 16 * maxPasswordLength
const loneSurrogate = /\p{Surrogate}/u

/**
 * The password as it is counted, judged and hashed: NFKC once and nothing else (NIST 800-63B-4 §3.1.1.2).
 * `null` for text that no account can have as its password: more than 256 code points, or lone surrogates, which all
 * turn into the same bytes and would let different passwords open one account.
 */
export function normalForm(password: string): string | null {
  if (password.length > maxRawUnits || loneSurrogate.test(password)) return null
  const normal = password.normalize('NFKC')
  return codePoints(normal) > maxPasswordLength ? null : normal
}

/** How many code points the text has: what a person would call characters, emoji counted once. */
export function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}
