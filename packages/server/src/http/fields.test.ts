import { describe, expect, it } from 'vitest'
import { Refusal } from '../base/errors.ts'
import { parseFields } from './fields.ts'

describe('parseFields', () => {
  it('S116 refuses a parameter that was sent twice, even with equal values', () => {
    expect(() => parseFields('a=1&a=1').one('a')).toThrow(Refusal)
    expect(parseFields('a=1&a=2').all('a')).toEqual(['1', '2'])
  })

  it('S100 refuses NUL in a value', () => {
    expect(() => parseFields('a=%00').one('a')).toThrow('a: must not contain NUL')
  })

  it('S99 treats __proto__ as a name like any other', () => {
    const fields = parseFields('__proto__=1&__proto__[x]=2')
    expect(fields.one('__proto__')).toBe('1')
    expect(Reflect.get({}, 'x')).toBeUndefined()
    expect(fields.one('toString')).toBeUndefined()
  })

  it('survives bad escapes and bad UTF-8', () => {
    expect(parseFields('a=%zz&b=%ff').one('a')).toBe('%zz')
    expect(parseFields('b=%ff').one('b')).toBe('\ufffd')
  })

  it('tells absent from empty', () => {
    const fields = parseFields('a=')
    expect([fields.one('a'), fields.one('b'), fields.has('a'), fields.has('b')]).toEqual(['', undefined, true, false])
  })
})
