import { describe, expect, it } from 'vitest'
import { errorCodes, Refusal } from '../../base/errors.ts'
import type { Doing } from './errors.ts'
import { wireOf } from './present-error.ts'
import { fault, refusal } from './refuse.ts'

const everyDoing: (Doing | undefined)[] = [
  ...([undefined, 'sign_up', 'password', 'refresh', 'exchange', 'link', 'reauthenticate', 'user', 'admin'] as const),
]

describe('refusals on this wire', () => {
  it('are never a server’s fault unless they are one: clients repeat those without end', () => {
    const faults = everyDoing.flatMap((doing) =>
      errorCodes.filter((code) => wireOf(new Refusal(code), doing).status >= 500),
    )
    expect(new Set(faults)).toEqual(new Set(['unexpected_failure', 'unavailable']))
  })

  it('all have a code and a sentence', () => {
    const mute = errorCodes.filter((code) => {
      const told = wireOf(new Refusal(code), undefined)
      return told.code === '' || told.message.length < 4
    })
    expect(mute).toEqual([])
  })

  it('are told by what the handler was doing', () => {
    const told = (code: 'user_banned' | 'otp_expired' | 'user_not_found', doing?: Doing) =>
      wireOf(new Refusal(code), doing)
    expect(told('user_banned')).toMatchObject({ status: 403, message: 'User is banned' })
    expect(told('user_banned', 'password')).toMatchObject({ status: 400, message: 'User is banned' })
    expect(told('user_banned', 'refresh').message).toBe('Invalid Refresh Token: User Banned')
    expect(told('otp_expired').message).toBe('Token has expired or is invalid')
    expect(told('otp_expired', 'link').message).toBe('Email link is invalid or has expired')
    expect(told('user_not_found').status).toBe(403)
    expect(told('user_not_found', 'admin').status).toBe(404)
  })

  it('of this dialect alone keep their own words whatever was done', () => {
    for (const doing of everyDoing)
      expect(wireOf(refusal('otp_disabled'), doing)).toMatchObject({ status: 422, code: 'otp_disabled' })
    expect(wireOf(fault('Say which.'), 'admin')).toEqual({
      status: 400,
      code: 'validation_failed',
      message: 'Say which.',
    })
  })

  it('say how long to wait', () => {
    const refused = new Refusal('over_email_send_rate_limit', { retryAfter: 42 })
    expect(wireOf(refused, undefined)).toEqual({
      status: 429,
      code: 'over_email_send_rate_limit',
      message: 'For security purposes, you can only request this after 42 seconds.',
    })
  })

  it('of a token name the claim that is wrong', () => {
    const told = (details: Refusal['details']) => wireOf(new Refusal('bad_jwt', { details }), undefined)
    expect(told({ claim: 'sub' })).toEqual({
      status: 400,
      code: 'bad_jwt',
      message: 'invalid claim: sub claim must be a UUID',
    })
    expect(told({ claim: 'session_id' })).toMatchObject({ status: 403 })
    expect(told({ reason: 'too old' }).message).toBe('invalid JWT: unable to parse or verify signature, too old')
  })
})
