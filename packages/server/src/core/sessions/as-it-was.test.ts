import { describe, expect, it } from 'vitest'
import { asItWas } from './as-it-was.ts'
import type { Session } from './session.ts'

const at = (seconds: number) => new Date(seconds * 1000)
const risen = { aal: 'aal2', provedAt: at(1000.4), steppedAt: at(1000.4), client: null } as Session

describe('an access token and the session that it belongs to', () => {
  it('from before a step-up is worth what it was', () => {
    expect(asItWas(risen, { aal: 'aal1', iat: 900 })).toMatchObject({ aal: 'aal1', provedAt: at(900) })
    expect(asItWas(risen, { aal: 'aal2', iat: 900 })).toMatchObject({ aal: 'aal2', provedAt: at(900) })
  })

  it('from the step-up on is worth what the session is', () => {
    expect(asItWas(risen, { aal: 'aal2', iat: 1001 })).toBe(risen)
    expect(asItWas(risen, { aal: 'aal2', iat: 1000 })).toMatchObject({ aal: 'aal2', provedAt: at(1000) })
  })

  it('does not rise in the second of the step-up either', () =>
    expect(asItWas(risen, { aal: 'aal1', iat: 1000 }).aal).toBe('aal1'))

  it('is worth no more than the session, whatever it says', () => {
    const fallen = { ...risen, aal: 'aal1' } as Session
    expect(asItWas(fallen, { aal: 'aal2', iat: 900 }).aal).toBe('aal1')
    expect(asItWas(fallen, { aal: 'aal2', iat: 1100 }).aal).toBe('aal1')
  })

  it('goes on with a session that rose without new tokens', () => {
    const quiet = { ...risen, steppedAt: null } as Session
    expect(asItWas(quiet, { aal: 'aal1', iat: 900 })).toBe(quiet)
  })

  it('of an application reaches as far as its own scopes, within those that were allowed', () => {
    const held = { ...risen, client: { id: 'app', tokens: 'account', scopes: ['openid', 'email'] } } as Session
    const scopesOf = (scope?: string) => asItWas(held, { aal: 'aal1', iat: 1100, scope }).client?.scopes
    expect(scopesOf('openid email')).toEqual(['openid', 'email'])
    expect(scopesOf('openid phone')).toEqual(['openid'])
    expect(scopesOf()).toEqual([])
  })
})
