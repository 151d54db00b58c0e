import { describe, expect, it } from 'vitest'
import { errorCodes } from '../../base/errors.ts'
import { nativeCodes, wireOf } from './errors.ts'

describe('the table of refusals', () => {
  it('gives every code of the core a status and a code of this dialect', () => {
    const known = new Map(nativeCodes.map(({ code, status }) => [code, status]))
    for (const code of errorCodes) expect(known.get(wireOf(code).code)).toBe(wireOf(code).status)
  })

  it('says the same for what has no code of its own here', () => {
    expect(wireOf('user_not_found')).toEqual({ code: 'not_found', status: 404 })
    expect(wireOf('current_password_required')).toEqual({ code: 'current_password_invalid', status: 400 })
    expect(wireOf('reauthentication_not_valid')).toEqual({ code: 'otp_expired', status: 403 })
  })
})
