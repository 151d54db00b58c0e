import { describe, expect, it } from 'vitest'
import { readAnswer } from './read-answer.ts'

const nested = (depth: number): unknown => (depth === 0 ? {} : { a: nested(depth - 1) })
const reasonOf = (text: string) => {
  try {
    return readAnswer(text)
  } catch (error) {
    const { code, message, details } = error as { code: string; message: string; details: Record<string, unknown> }
    return code === 'hook_rejected' ? [details['status'], message] : details['reason']
  }
}

describe('the answer of a hook', () => {
  it('is a JSON object', () => {
    expect(readAnswer('{"claims":{"a":1}}')).toEqual({ claims: { a: 1 } })
    expect(readAnswer('{}')).toEqual({})
    for (const text of ['', 'no', '[]', 'null', '"yes"', 'true', '1']) expect(reasonOf(text)).toBe('answer')
  })

  it('is refused where it is too large, too deep or has too many keys', () => {
    expect(reasonOf(JSON.stringify({ a: 'x'.repeat(204_800) }))).toBe('over_size_limit')
    expect(reasonOf(JSON.stringify(nested(100)))).toBe('answer')
    expect(readAnswer(JSON.stringify(nested(20)))).toBeDefined()
    const keys = Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`k${index}`, 1]))
    expect(reasonOf(JSON.stringify(keys))).toBe('answer')
  })

  it('S99 names no prototype', () => {
    expect(reasonOf('{"__proto__":{"polluted":1}}')).toBe('answer')
    expect(reasonOf('{"claims":{"a":[{"__proto__":{"polluted":1}}]}}')).toBe('answer')
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('says no with a sentence, and with a status that means no or 500', () => {
    const error = (http_code: unknown, message: unknown = 'No.') => JSON.stringify({ error: { http_code, message } })
    expect(reasonOf(error(403))).toEqual([403, 'No.'])
    expect(reasonOf(error(429))).toEqual([429, 'No.'])
    for (const odd of [undefined, 200, 302, 399, 600, 1e9, '403', 403.5, null])
      expect(reasonOf(error(odd))).toEqual([500, 'No.'])
    expect(reasonOf(error(403, 'x'.repeat(5_000)))).toEqual([403, 'x'.repeat(1_000)])
  })

  it('is no yes where it says no without a sentence', () => {
    for (const error of [
      '{"error":{}}',
      '{"error":{"message":""}}',
      '{"error":"no"}',
      '{"error":true}',
      '{"error":{"message":1}}',
    ])
      expect(reasonOf(error)).toBe('answer')
    expect(readAnswer('{"error":null}')).toEqual({ error: null })
  })
})
