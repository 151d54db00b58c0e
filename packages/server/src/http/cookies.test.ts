import { describe, expect, it } from 'vitest'
import { clearedHostCookie, hostCookie, parseCookies, sharedCookie } from './cookies.ts'

describe('parseCookies', () => {
  it('S111 lets the prefixed cookie win over look-alikes', () => {
    const cookies = parseCookies('flow=evil; __Host-flow=mine; __host-flow=evil; __Secure-flow=evil')
    expect(cookies.own('flow')).toBe('mine')
    expect(parseCookies('flow=evil').own('flow')).toBeUndefined()
  })

  it('S111 ignores a name sent twice with different values', () => {
    const cookies = parseCookies('a=1; a=2; b=1; b=1')
    expect([cookies.get('a'), cookies.get('b')]).toEqual([undefined, '1'])
    expect(cookies.names()).toEqual(['a', 'b'])
  })

  it('S111 ignores an over-long one and reads the others', () => {
    const cookies = parseCookies(`a=${'x'.repeat(5000)}; b=2`)
    expect([cookies.get('a'), cookies.get('b')]).toEqual([undefined, '2'])
  })

  it.each(['', ';;;', '=', '=x', 'novalue', 'a=%zz', 'a=%ff', '; '.repeat(8000)])(
    'S111 takes %j for nothing and does not throw',
    (header) => {
      expect(parseCookies(header).get('a')).toBeUndefined()
    },
  )

  it('S99 has no inherited names', () => {
    expect(parseCookies('__proto__=1').get('toString')).toBeUndefined()
  })

  it('reads back what it wrote', () => {
    const value = 'a b;c,"d"\\é%20\r\n=x'
    const set = hostCookie('flow', value)
    expect(parseCookies(set.split(';')[0]).own('flow')).toBe(value)
  })
})

describe('hostCookie', () => {
  it('S111 carries every guard', () => {
    expect(hostCookie('flow', 'v', { maxAge: 600, sameSite: 'Strict' })).toBe(
      '__Host-flow=v; Path=/; Max-Age=600; Secure; HttpOnly; SameSite=Strict',
    )
    expect(clearedHostCookie('flow')).toBe('__Host-flow=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax')
  })

  it('S116 lets no line break or attribute in', () => {
    expect(hostCookie('flow', 'x\r\nSet-Cookie: a=b; Domain=evil.test')).toBe(
      '__Host-flow=x%0D%0ASet-Cookie:%20a=b%3B%20Domain=evil.test; Path=/; Secure; HttpOnly; SameSite=Lax',
    )
    expect(() => hostCookie('a;b', '')).toThrow('name')
    expect(() => sharedCookie('a', '', 'x.test; Path=/y')).toThrow('domain')
  })

  it('S111 refuses to write more than 4,096 bytes', () => {
    expect(() => hostCookie('flow', 'x'.repeat(4096))).toThrow('longer')
  })
})
