import { describe, expect, it } from 'vitest'
import { cutText } from './cut-text.ts'

describe('cutText', () => {
  it('keeps what is short enough', () => {
    expect(cutText('', 4)).toBe('')
    expect(cutText('abcd', 4)).toBe('abcd')
    expect(cutText('ab😀', 4)).toBe('ab😀')
  })

  it('leaves out a character that would be cut in two', () => {
    expect(cutText('abc😀', 4)).toBe('abc')
    expect(cutText('😀😀', 3)).toBe('😀')
    expect(cutText('😀', 1)).toBe('')
  })
})
