import { describe, expect, it } from 'vitest'
import { headerValue, locationValue } from './header-value.ts'

describe('locationValue', () => {
  it('S116 encodes line breaks, blanks and non-ASCII', () => {
    expect(locationValue('https://a.test/x\r\nSet-Cookie: a=b')).toBe('https://a.test/x%0D%0ASet-Cookie:%20a=b')
    expect(locationValue('https://a.test/ü?q=€')).toBe('https://a.test/%C3%BC?q=%E2%82%AC')
  })

  it('S116 encodes a lone surrogate instead of failing', () => {
    expect(locationValue('https://a.test/\ud800')).toBe('https://a.test/%EF%BF%BD')
  })

  it('keeps a clean URL with its escapes, and app schemes', () => {
    expect(locationValue('myapp://back?x=%20y#t=1&u=[2]')).toBe('myapp://back?x=%20y#t=1&u=[2]')
  })
})

describe('headerValue', () => {
  it('S116 encodes CR, LF, NUL and non-ASCII and keeps blanks', () => {
    expect(headerValue('a b\r\nc\0é')).toBe('a b%0D%0Ac%00%C3%A9')
  })
})
