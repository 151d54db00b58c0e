/** One step of a pattern. A `star` or `deep` step matches any run of characters, the others match one. */
export type GlobStep =
  | { readonly kind: 'char'; readonly char: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'class'; readonly negated: boolean; readonly ranges: readonly (readonly [string, string])[] }
  | { readonly kind: 'star' }
  | { readonly kind: 'deep' }

/** A pattern without alternatives. */
export type Glob = readonly GlobStep[]

/** What is wrong with a pattern. */
export class GlobError extends Error {
  override readonly name = 'GlobError'
}

const maxLength = 512
const maxAlternatives = 64

/**
 * Reads a pattern: `*` is any run without separators, `**` any run, `?` one character that is no separator, `[a-z]` and
 * `[!x]` one of a set or none of it, `{a,b}` alternatives, which may nest, and `\` takes away a special meaning.
 * The alternatives are multiplied out, one glob each. A bracket that opens an IPv6 address after `://` is itself.
 * @throws GlobError for a malformed pattern, for more than 512 characters or more than 64 alternatives.
 */
export function readGlobs(pattern: string): readonly Glob[] {
  if (pattern.length > maxLength) throw new GlobError(`must be at most ${maxLength} characters`)
  const reader = { text: pattern, at: 0, addressAt: addressStart(pattern) }
  const globs = readSequence(reader, 0)
  if (reader.at < pattern.length) throw new GlobError('has a brace that nothing opens')
  return globs
}

/**
 * Whether the text, as a whole, is what the glob describes. All possibilities advance together, one character at a
 * time, so that the work is the product of the two lengths and never more.
 * @param separators what neither `*`, `?` nor a set may match.
 */
export function matchesGlob(glob: Glob, text: string, separators: string): boolean {
  let reached = follow(glob, new Set([0]))
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charAt(index)
    const next = new Set<number>()
    for (const at of reached) {
      const step = glob[at]
      if (step === undefined || !takes(step, char, separators)) continue
      next.add(step.kind === 'star' || step.kind === 'deep' ? at : at + 1)
    }
    if (next.size === 0) return false
    reached = follow(glob, next)
  }
  return reached.has(glob.length)
}

/** The glob's text when it is nothing but characters, otherwise `null`. */
export function literalOf(glob: Glob): string | null {
  let text = ''
  for (const step of glob) {
    if (step.kind !== 'char') return null
    text += step.char
  }
  return text
}

// A run may also be empty, so whoever stands before one stands behind it as well.
function follow(glob: Glob, from: Set<number>): Set<number> {
  for (const at of from) {
    const kind = glob[at]?.kind
    if (kind === 'star' || kind === 'deep') from.add(at + 1)
  }
  return from
}

function takes(step: GlobStep, char: string, separators: string): boolean {
  if (step.kind === 'deep') return true
  if (step.kind === 'char') return step.char === char
  if (separators.includes(char)) return false
  if (step.kind !== 'class') return true
  return step.negated !== step.ranges.some(([first, last]) => first <= char && char <= last)
}

interface Reader {
  readonly text: string
  at: number
  /** Where the bracket of an IPv6 address stands, or -1. */
  readonly addressAt: number
}

function addressStart(pattern: string): number {
  const match = /^[a-z][a-z0-9+.-]*:\/\/(?=\[[0-9a-f:.]+\])/i.exec(pattern)
  return match === null ? -1 : match[0].length
}

function readSequence(reader: Reader, depth: number): Glob[] {
  let globs: Glob[] = [[]]
  while (reader.at < reader.text.length) {
    const char = reader.text[reader.at]
    if (char === '}' || (char === ',' && depth > 0)) break
    const next = char === '{' ? readAlternatives(reader, depth) : [[readStep(reader)]]
    if (globs.length * next.length > maxAlternatives)
      throw new GlobError(`has more than ${maxAlternatives} alternatives`)
    globs = globs.flatMap((glob) => next.map((more) => [...glob, ...more]))
  }
  return globs
}

function readAlternatives(reader: Reader, depth: number): Glob[] {
  if (depth > 4) throw new GlobError('nests braces too deeply')
  const all: Glob[] = []
  do {
    reader.at += 1
    all.push(...readSequence(reader, depth + 1))
  } while (reader.text[reader.at] === ',')
  if (reader.text[reader.at] !== '}') throw new GlobError('has a brace that nothing closes')
  reader.at += 1
  return all
}

function readStep(reader: Reader): GlobStep {
  const char = reader.text[reader.at] ?? ''
  if (char === '[' && reader.at !== reader.addressAt) return readClass(reader)
  reader.at += 1
  if (char === '?') return { kind: 'any' }
  if (char === '*') return readRun(reader)
  if (char !== '\\') return { kind: 'char', char }
  const escaped = reader.text[reader.at]
  if (escaped === undefined) throw new GlobError('ends in a backslash')
  reader.at += 1
  return { kind: 'char', char: escaped }
}

function readRun(reader: Reader): GlobStep {
  if (reader.text[reader.at] !== '*') return { kind: 'star' }
  while (reader.text[reader.at] === '*') reader.at += 1
  return { kind: 'deep' }
}

function readClass(reader: Reader): GlobStep {
  const end = reader.text.indexOf(']', reader.at + 2)
  if (end < 0) throw new GlobError('has a bracket that nothing closes')
  const inside = reader.text.slice(reader.at + 1, end)
  reader.at = end + 1
  const negated = inside.startsWith('!') || inside.startsWith('^')
  const set = negated ? inside.slice(1) : inside
  const ranges: [string, string][] = []
  for (let at = 0; at < set.length; at += 1) {
    const first = set[at] ?? ''
    const isRange = set[at + 1] === '-' && at + 2 < set.length
    const last = isRange ? (set[at + 2] ?? '') : first
    if (first > last) throw new GlobError('has a range that runs backwards')
    ranges.push([first, last])
    if (isRange) at += 2
  }
  return { kind: 'class', negated, ranges }
}
