import { invalid } from '../base/errors.ts'

/** The parameters of a query or of an urlencoded body. Duplicates stay visible (S116). */
export interface Fields {
  /** The value, or `undefined` when absent. @throws `validation_failed` when it was sent twice or holds NUL. */
  one(name: string): string | undefined
  /** Every value, in order. @throws `validation_failed` when one holds NUL. */
  all(name: string): readonly string[]
  has(name: string): boolean
  /** The names that were sent, each once. */
  names(): readonly string[]
}

/** Reads `a=1&b=2` (WHATWG URL §5.1). Bad escapes become U+FFFD; nothing in the text makes it throw. */
export function parseFields(text: string): Fields {
  const parsed = new URLSearchParams(text)
  const all = (name: string): readonly string[] => {
    const values = parsed.getAll(name)
    if (values.some((value) => value.includes('\0'))) throw invalid(name, 'must not contain NUL')
    return values
  }
  return {
    one(name) {
      const values = all(name)
      if (values.length > 1) throw invalid(name, 'must be given once')
      return values[0]
    },
    all,
    has: (name) => parsed.has(name),
    names: () => [...new Set(parsed.keys())],
  }
}
