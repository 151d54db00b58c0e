import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../config.ts'
import { switchOf } from './switched-off.ts'

/** Says what is wrong with variables that a hint names. */
async function judged(hint: string | undefined): Promise<unknown> {
  const [, name = '', value = ''] = /^(WATCHWORD_\w+)=(\w+) switches it on\.$/.exec(hint ?? '') ?? []
  return loadConfig({ env: { [name]: value }, cwd: import.meta.dirname }).then(
    () => 'a setting',
    (mistake: unknown) => mistake,
  )
}

describe('what was switched off', () => {
  it.each([
    { feature: 'oauth_server' },
    { feature: 'oauth_registration' },
    { feature: 'sso' },
    { feature: 'passkeys' },
    { feature: 'webauthn' },
    { feature: 'totp' },
    { feature: 'recovery_codes' },
    { feature: 'linking' },
    { feature: 'proof_of_work' },
    { reason: 'disabled', provider: 'ethereum' },
    { reason: 'disabled', provider: 'solana' },
    { reason: 'phone' },
  ])('is switched on by a setting that there is: %j', async (details) => {
    expect(await judged(switchOf(details))).toBe('a setting')
  })

  it('is told of a provider by its own variables', () => {
    expect(switchOf({ reason: 'disabled', provider: 'google' })).toMatch(/^WATCHWORD_PROVIDERS_GOOGLE_CLIENT_ID and /)
    expect(switchOf({ reason: 'unknown', provider: 'nonsense' })).toBeUndefined()
    expect(switchOf({ reason: 'disabled', provider: 'custom:acme' })).toBeUndefined()
    expect(switchOf({ feature: 'constructor' })).toBeUndefined()
    expect(switchOf({})).toBeUndefined()
  })
})
