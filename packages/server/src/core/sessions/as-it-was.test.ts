import { describe, expect, it } from 'vitest'
import { asItWas } from './as-it-was.ts'
import type { Session } from './session.ts'

const at = (seconds: number) => new Date(seconds * 1000)
const proved = (method: string, seconds: number, factor?: string) => ({
  ...{ method, at: at(seconds).toISOString(), provider: null },
  ...(factor === undefined ? {} : { factor }),
})
const amrOf = (...times: number[]) => times.map((timestamp) => ({ method: 'any', timestamp }))
const password = proved('password', 100.2)
const totp = proved('totp', 1000.4, 'f1')
const risen = {
  aal: 'aal2',
  amr: [totp, password],
  provedAt: at(1000.4),
  steppedAt: at(1000.4),
  client: null,
} as unknown as Session

describe('an access token and the session that it belongs to', () => {
  it('from before a step-up is worth what it was, however lately it was renewed', () => {
    for (const iat of [100, 990, 1000])
      expect(asItWas(risen, { aal: 'aal1', amr: amrOf(100), iat })).toMatchObject({
        aal: 'aal1',
        amr: [password],
        provedAt: at(100.2),
      })
  })

  it('keeps a level that rests on a factor', () => {
    const key = proved('webauthn', 500, 'f2')
    const again = { ...risen, amr: [totp, key, password] }
    const was = { aal: 'aal2', amr: [key, password], provedAt: at(500) }
    expect(asItWas(again, { aal: 'aal2', amr: amrOf(500, 100), iat: 900 })).toMatchObject(was)
  })

  it('loses a level that rests on a factor which the session has lost', () =>
    expect(asItWas(risen, { aal: 'aal2', amr: amrOf(500, 100), iat: 900 })).toMatchObject({
      aal: 'aal1',
      provedAt: at(100.2),
    }))

  it('from the step-up on is worth what the session is', () => {
    expect(asItWas(risen, { aal: 'aal2', amr: amrOf(1000, 100), iat: 1001 })).toBe(risen)
    expect(asItWas(risen, { aal: 'aal2', amr: amrOf(1000, 100), iat: 1000 })).toBe(risen)
  })

  it('does not rise in the second of the step-up either', () =>
    expect(
      asItWas({ ...risen, amr: [totp, proved('password', 1000.1)] }, { aal: 'aal1', amr: amrOf(1000), iat: 1000 }).aal,
    ).toBe('aal1'))

  it('where proofs were cut off is worth what was proved by then', () => {
    const many = { ...risen, amr: Array.from({ length: 10 }, (_, back) => proved('totp', 1000.4 - back, 'f1')) }
    const before = {
      aal: 'aal1',
      amr: many.amr.slice(1).map(() => ({ method: 'any', timestamp: 999 })),
      iat: 1000,
    } as const
    expect(asItWas(many, before)).toMatchObject({ aal: 'aal1', provedAt: at(999.4) })
  })

  it('is worth no more than the session, whatever it says', () => {
    const fallen = { ...risen, aal: 'aal1', amr: [password], provedAt: at(100.2) } as Session
    for (const iat of [900, 1000, 1100])
      expect(asItWas(fallen, { aal: 'aal2', amr: amrOf(1000, 100), iat })).toMatchObject({
        aal: 'aal1',
        provedAt: at(100.2),
      })
  })

  it('goes on with a session that rose without new tokens', () => {
    const quiet = { ...risen, steppedAt: null } as Session
    expect(asItWas(quiet, { aal: 'aal1', amr: amrOf(100), iat: 900 })).toBe(quiet)
    const code = proved('code', 1000.4)
    const both = { ...risen, amr: [proved('totp', 1030, 'f1'), code, password], provedAt: at(1030) } as Session
    expect(asItWas(both, { aal: 'aal1', amr: amrOf(1000, 100), iat: 1000 })).toBe(both)
  })

  it('that does not tell what was proved proves nothing', () => {
    const mute = { aal: 'aal2', iat: 900 } as unknown as Parameters<typeof asItWas>[1]
    expect(asItWas(risen, mute)).toMatchObject({ aal: 'aal1', amr: [], provedAt: at(0) })
  })

  it('of an application reaches as far as its own scopes, within those that were allowed', () => {
    const held = { ...risen, client: { id: 'app', tokens: 'account', scopes: ['openid', 'email'] } } as Session
    const scopesOf = (scope?: string) => asItWas(held, { aal: 'aal1', amr: [], iat: 1100, scope }).client?.scopes
    expect(scopesOf('openid email')).toEqual(['openid', 'email'])
    expect(scopesOf('openid phone')).toEqual(['openid'])
    expect(scopesOf()).toEqual([])
  })
})
