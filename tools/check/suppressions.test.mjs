import { describe, expect, it } from 'vitest'
import { source } from './source.mjs'
import { checkSuppressions } from './suppressions.mjs'

const complaints = (text, caps = { most: 2, lowest: 2 }) =>
  checkSuppressions([source('packages/server/src/a.ts', text)], caps).map(({ message }) => message)

describe('suppressions', () => {
  it('asks each for its reason, in its own line', () => {
    expect(complaints('// @ts-expect-error: the types of x are wrong')).toEqual([])
    expect(complaints('// biome-ignore lint/a/b: control characters are meant')).toEqual([])
    expect(complaints('// @ts-expect-error')).toEqual([expect.stringContaining('without a reason')])
    expect(complaints('// biome-ignore lint/a/b')).toEqual([expect.stringContaining('without a reason')])
    expect(complaints('// @ts-ignore\n// because of this')).toEqual([expect.stringContaining('without a reason')])
  })

  it('stops the third where two are allowed', () => {
    const three = '// @ts-ignore: a good reason\n'.repeat(3)
    expect(complaints(three)).toEqual([expect.stringContaining('3 silenced rules, 2 are allowed')])
  })

  it('stops a cap that was raised', () => {
    expect(complaints('', { most: 3, lowest: 2 })).toEqual([expect.stringContaining('may only fall')])
    expect(complaints('', { most: 1, lowest: 1 })).toEqual([])
  })
})
