import { describe, expect, it } from 'vitest'
import { cleanText } from './display.ts'

describe('S29: names in mails', () => {
  it('lose control characters and line breaks', () => {
    expect(cleanText('a\r\nBcc: x@y.test')).toBe('a Bcc: x@y.test')
    expect(cleanText('a\u0000b\u001b[31mc\u007f\u0085d\u2028e')).toBe('ab[31mc d e')
  })

  it('lose marks that turn or hide text', () => {
    expect(cleanText('abc\u202egpj.exe\u202c')).toBe('abcgpj.exe')
    expect(cleanText('\u2066a\u2069\u200e\u200f\u061cb\u200b\ufeff\u00adc\u{e0041}')).toBe('abc')
  })

  it('are cut to 64 characters and never through one', () => {
    expect(cleanText('x'.repeat(100))).toBe('x'.repeat(64))
    expect(cleanText('😀'.repeat(100))).toBe('😀'.repeat(64))
    expect(cleanText(`${'x'.repeat(63)} tail`)).toBe('x'.repeat(63))
    expect(cleanText('abcdef', 3)).toBe('abc')
    expect(cleanText(`${'x'.repeat(15)}😀`, 1)).toBe('x')
  })

  it('keep the letters of every script and their emoji', () => {
    for (const name of ['Zoë Müller', 'محمد', '李小龍', 'Ада', '👩‍👩‍👧 Ana', 'क्‍ष', "O'Brien-Łukasz"])
      expect(cleanText(name)).toBe(name)
  })

  it('keep markup as text for the escaper', () => {
    expect(cleanText('<a href=//evil.test>x</a>')).toBe('<a href=//evil.test>x</a>')
  })

  it('are empty when nothing can be shown', () => {
    for (const input of ['', ' \r\n ', '\u202e', null, undefined, 7, ['x']]) expect(cleanText(input)).toBe('')
  })

  it('S118: cost no more when they are long', () => {
    expect(cleanText('\u202e'.repeat(100_000))).toBe('')
    expect(cleanText(' '.repeat(100_000))).toBe('')
  })
})
