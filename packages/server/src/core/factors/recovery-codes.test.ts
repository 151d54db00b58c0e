import { describe, expect, it } from 'vitest'
import { systemRuntime } from '../../base/runtime.ts'
import { drawRecoveryCodes, plainRecoveryCode } from './recovery-codes.ts'

describe('recovery codes', () => {
  it('S92 are ten different ones of eighty bits', () => {
    const codes = drawRecoveryCodes(systemRuntime())
    expect(new Set(codes).size).toBe(10)
    for (const code of codes) expect(code).toMatch(/^[a-z2-7]{16}$/)
  })

  it('may be typed in groups and in capitals', () => {
    expect(plainRecoveryCode(' ABCD efgh-2345 - mnop\n')).toBe('abcdefgh2345mnop')
  })
})
