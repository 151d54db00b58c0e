import { describe, expect, it } from 'vitest'
import { hasuraText } from './hasura-text.ts'

describe('a session variable', () => {
  it.each([
    ['free', 'free'],
    [7, '7'],
    [true, 'true'],
    [null, 'null'],
    [{ a: 1 }, '{"a":1}'],
    [new Date('2026-01-02T03:04:05.000Z'), '2026-01-02T03:04:05.000Z'],
    [[], '{}'],
    [['only'], '{"only"}'],
    [[1, 2], '{"1","2"}'],
    [['a"b', 'c\\d', 'e,f', '{g}'], '{"a\\"b","c\\\\d","e,f","{g}"}'],
    [['a', null], '{"a",NULL}'],
    [
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
      '{{"a","b"},{"c","d"}}',
    ],
    [[{ id: 1 }], '{"{\\"id\\":1}"}'],
  ])('of %j', (value, text) => {
    expect(hasuraText(value)).toBe(text)
  })
})
