import { describe, expect, it } from 'vitest'
import { totpSetup, totpStep } from './totp.ts'

const seed = Buffer.from('12345678901234567890')

describe('codes of authenticator apps', () => {
  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('S88 RFC 6238 appendix B: at %d s it is %s', async (seconds, code) => {
    const at = new Date(seconds * 1000)
    expect(await totpStep(seed, code, at)).toBe(Math.floor(seconds / 30))
    expect(await totpStep(seed, code, new Date(at.getTime() + 30_000))).toBe(Math.floor(seconds / 30))
    expect(await totpStep(seed, code, new Date(at.getTime() - 30_000))).toBe(Math.floor(seconds / 30))
    expect(await totpStep(seed, code, new Date(at.getTime() + 90_000))).toBeUndefined()
    expect(await totpStep(seed, code, new Date(at.getTime() - 90_000))).toBeUndefined()
  })

  it.each(['28708', '2870820', '28708a', ' 287082', '٢٨٧٠٨٢', ''])(
    'takes six digits and nothing else: %j',
    async (code) => {
      expect(await totpStep(seed, code, new Date(59_000))).toBeUndefined()
    },
  )

  it('an app is told whose account it is for and where, whatever characters that takes', async () => {
    const { secret, uri, qr } = await totpSetup(seed, { issuer: 'Ada & Söhne: "x"', label: 'ada+1@example.test' })
    expect(secret).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')
    const url = new URL(uri)
    expect([url.protocol, url.host]).toEqual(['otpauth:', 'totp'])
    expect(url.searchParams.get('issuer')).toBe('Ada & Söhne: "x"')
    expect(decodeURIComponent(url.pathname)).toContain('ada+1@example.test')
    expect(Object.fromEntries(url.searchParams)).toMatchObject({ secret, algorithm: 'SHA1', digits: '6', period: '30' })
    expect(qr).toMatch(/^<svg [^#]*<\/svg>$/)
  })
})
