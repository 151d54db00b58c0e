import { describe, expect, it } from 'vitest'
import { maskPhone, parsePhone } from './phone.ts'

describe('S18: one number, stored in one form', () => {
  it.each([
    '+1 (555) 010-0000',
    '+15550100000',
    '001 555 010 0000',
    '＋１５５５０１００００0',
    ' +1.555.010.0000 ',
    '+1\u2011555\u2013010\u22120000',
    '+1 555/010/0000',
  ])('%s is +15550100000', (input) => {
    expect(parsePhone(input)).toBe('+15550100000')
  })

  it('numbers of several countries keep their own zeros', () => {
    expect(parsePhone('+34 612 345 678')).toBe('+34612345678')
    expect(parsePhone('+44 (0)20 7946 0000')).toBe('+442079460000')
    expect(parsePhone('+39 06 1234 5678')).toBe('+390612345678')
  })

  it.each([
    ['+1 800 FLOWERS', 'format'],
    ['+1 202 555 0123 x5', 'format'],
    ['+12025550123;ext=5', 'format'],
    ['+12025550123#5', 'format'],
    ['+12025550123, +12025550124', 'format'],
    ['+12025550123 +12025550124', 'format'],
    ['12025550123', 'format'],
    ['2025550123', 'format'],
    ['++12025550123', 'format'],
    ['+12025550123\r\n+1', 'format'],
    ['+12025550123\u0000', 'format'],
    ['+٠١٢٣٤٥٦٧٨٩', 'format'],
    ['+999123456789', 'format'],
    ['+', 'format'],
    ['', 'format'],
    ['+1234567890123456', 'length'],
    ['+1 202 555', 'length'],
    ['+1202555012345', 'length'],
    ['1'.repeat(100_000), 'length'],
    ['+19005550123', 'costly'],
    ['+33 892 12 34 56', 'costly'],
    ['+34 807 123 456', 'costly'],
    ['+44 843 123 4567', 'costly'],
    ['+49 1805 123456', 'costly'],
  ])('refuses %j', (input, reason) => {
    expect(() => parsePhone(input)).toThrow(
      expect.objectContaining({ code: 'phone_number_invalid', details: { reason } }),
    )
  })

  it('refuses what is not text', () => {
    for (const input of [15550100000, ['+15550100000'], null, {}]) {
      expect(() => parsePhone(input)).toThrow(expect.objectContaining({ code: 'validation_failed' }))
    }
  })
})

it('masks all but the last digits', () => {
  expect(maskPhone('+15550100023')).toBe('+•••23')
})
