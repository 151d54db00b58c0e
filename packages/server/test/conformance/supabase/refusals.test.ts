import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConfigInput } from '#src/config/schema.ts'
import { authenticator } from '../../world/authenticator.ts'
import { type HookReply, type HookServer, startHookServer } from '../../world/hook-server.ts'
import { securityKey } from '../../world/security-key.ts'
import { startWorld, type World } from '../../world/world.ts'
import {
  adminApi,
  aNumber,
  anAddress,
  aPasskeyOf,
  aSignedIn,
  authClient,
  goodPassword,
  raw,
  worked,
} from './clients.ts'

// Codes that clients know, each where it is met, with its status and its sentence.

const site = 'http://localhost:3000'
const worlds: World[] = []
async function started(config: ConfigInput = {}): Promise<World> {
  const world = await startWorld({ config: { siteUrl: site, ...config } })
  worlds.push(world)
  return world
}
let world: World
beforeAll(async () => {
  world = await started()
})
afterAll(() => Promise.all(worlds.map((each) => each.close())))

/** What a client is told. */
function told({ error }: { readonly error: unknown }) {
  const { status, code, message } = (error ?? {}) as { status?: number; code?: string; message?: string }
  return [status, code, message]
}

describe('too much of something', () => {
  let limited: World
  beforeAll(async () => {
    limited = await started({ limits: { enabled: true, signUp: '1/1h' }, phone: { countries: ['DE'] } })
  })

  it('requests, messages and texts', async () => {
    const signUp = () => authClient(limited).signUp({ email: anAddress(), password: goodPassword })
    worked(await signUp())
    expect(told(await signUp())).toEqual([429, 'over_request_rate_limit', 'Request rate limit reached'])
    const { client } = await aSignedIn(limited)
    const { id: factorId } = worked(await client.mfa.enroll({ factorType: 'phone', phone: aNumber() }))
    worked(await client.mfa.challenge({ factorId }))
    expect(told(await client.mfa.challenge({ factorId }))).toEqual([
      429,
      'over_sms_send_rate_limit',
      expect.stringMatching(/^For security purposes, you can only request this after \d+ seconds\.$/),
    ])
    expect(told(await authClient(limited).signInWithOtp({ phone: '+15555550100' }))).toEqual([
      422,
      'sms_send_failed',
      'Error sending confirmation OTP to provider: no messages go to this country',
    ])
  })

  it('factors and passkeys', async () => {
    const few = await started({ factors: { max: 1 } })
    const { client } = await aSignedIn(few)
    worked(await client.mfa.enroll({ factorType: 'totp', friendlyName: 'one' }))
    expect(told(await client.mfa.enroll({ factorType: 'totp', friendlyName: 'two' }))).toEqual([
      422,
      'too_many_enrolled_mfa_factors',
      'Maximum number of verified factors reached, unenroll to continue',
    ])
    const other = await aSignedIn(few)
    await aPasskeyOf(other.client, securityKey(site))
    expect(told(await other.client.passkey.startRegistration())).toEqual([
      422,
      'too_many_passkeys',
      'Maximum number of passkeys reached',
    ])
  })

  it('wrong recovery codes', async () => {
    const { client } = await aSignedIn(limited, { recoveryCodes: true })
    const { id: factorId, totp } = worked(await client.mfa.enroll({ factorType: 'totp' }))
    const code = authenticator(totp.secret).codeAt(limited.core.runtime.now())
    worked(await client.mfa.challengeAndVerify({ factorId, code }))
    worked(await client.mfa.recoveryCodes.generate())
    const wrong = () => client.mfa.recoveryCodes.verify({ code: 'aaaaaaaaaaaaaaaa' })
    expect(told(await wrong())).toEqual([422, 'mfa_verification_failed', 'Invalid recovery code entered'])
    const answers = []
    for (const _ of Array.from({ length: 10 })) answers.push(told(await wrong()))
    expect(answers.at(-1)).toEqual([
      429,
      'mfa_recovery_codes_locked',
      'Too many failed verification attempts, try again later',
    ])
  })

  it('custom providers', async () => {
    const make = (at: number) =>
      adminApi(world).customProviders.createProvider({
        provider_type: 'oauth2',
        identifier: `custom:p${at}`,
        name: `Provider ${at}`,
        client_id: 'ours',
        client_secret: 'secret',
        authorization_url: 'https://93.184.215.14/authorize',
        token_url: 'https://93.184.215.14/token',
        userinfo_url: 'https://93.184.215.14/me',
      })
    for (let at = 0; at < 100; at += 1) worked(await make(at))
    expect(told(await make(100))).toEqual([
      400,
      'over_custom_provider_quota',
      'Maximum number of custom OAuth/OIDC providers reached',
    ])
  })
})

describe('passkeys', () => {
  it('are registered once', async () => {
    const { client } = await aSignedIn(world)
    const key = securityKey(site)
    await aPasskeyOf(client, key)
    const { challenge_id: challengeId, options } = worked(await client.passkey.startRegistration())
    expect(options).toMatchObject({ excludeCredentials: [{ id: key.id, type: 'public-key' }] })
    const credential = key.create(options as never, { verified: true }) as never
    expect(told(await client.passkey.verifyRegistration({ challengeId, credential }))).toEqual([
      422,
      'webauthn_credential_exists',
      'This credential is already registered',
    ])
  })

  it('are told of a challenge that is over', async () => {
    const { client } = await aSignedIn(world)
    const { challenge_id: challengeId, options } = worked(await client.passkey.startRegistration())
    const credential = securityKey(site).create(options as never, { verified: true }) as never
    world.clock.move(301)
    expect(told(await client.passkey.verifyRegistration({ challengeId, credential }))).toEqual([
      400,
      'webauthn_challenge_expired',
      'Challenge has expired',
    ])
  })

  it('have names of a length', async () => {
    const { client } = await aSignedIn(world)
    const made = await aPasskeyOf(client, securityKey(site))
    const rename = (friendlyName: string) => client.passkey.update({ passkeyId: made.id, friendlyName })
    expect(told(await rename(''))).toEqual([400, 'validation_failed', 'friendly_name is required'])
    expect(told(await rename('x'.repeat(121)))).toEqual([
      400,
      'validation_failed',
      'friendly_name must be 120 characters or less',
    ])
    const nobodys = await client.passkey.update({ passkeyId: crypto.randomUUID(), friendlyName: 'x' })
    expect(told(nobodys)).toEqual([404, 'validation_failed', 'Passkey not found'])
  })
})

describe('factors that are switched off', () => {
  it('cannot be set up', async () => {
    const off = await started({
      factors: { totp: false, phone: false, recoveryCodes: false },
      passkeys: { enabled: false },
    })
    const { client } = await aSignedIn(off, { recoveryCodes: true })
    expect(told(await client.mfa.enroll({ factorType: 'totp' }))).toEqual([
      422,
      'mfa_totp_enroll_not_enabled',
      'MFA enroll is disabled for TOTP',
    ])
    expect(told(await client.mfa.enroll({ factorType: 'phone', phone: '+15550101234' }))).toEqual([
      422,
      'mfa_phone_enroll_not_enabled',
      'MFA enroll is disabled for Phone',
    ])
    expect(told(await client.mfa.enroll({ factorType: 'webauthn', friendlyName: 'x' }))).toEqual([
      422,
      'mfa_webauthn_enroll_not_enabled',
      'MFA enroll is disabled for WebAuthn',
    ])
    expect(told(await client.mfa.recoveryCodes.generate())).toEqual([
      422,
      'mfa_recovery_codes_enroll_not_enabled',
      'MFA enroll is disabled for recovery codes',
    ])
  })
})

describe('addresses and numbers', () => {
  it('that may not sign up are named', async () => {
    const listed = await started({ signUp: { allow: ['acme.test'] } })
    const email = anAddress()
    expect(told(await authClient(listed).signUp({ email, password: goodPassword }))).toEqual([
      400,
      'email_address_not_authorized',
      'Email address cannot be used as it is not authorized',
    ])
  })

  it('two at once are one too many, at every door', async () => {
    const both = { email: anAddress(), phone: aNumber() }
    const ask = async (path: string, json: object) => {
      const body = (await (await raw(world, path, { json })).json()) as { error_code: string; msg: string }
      return [body.error_code, body.msg]
    }
    const text = 'Only an email address or phone number should be provided'
    expect(await ask('/signup', { ...both, password: goodPassword })).toEqual([
      'validation_failed',
      `${text} on signup.`,
    ])
    expect(await ask('/token?grant_type=password', both)).toEqual(['validation_failed', `${text} on login.`])
    expect(await ask('/otp', both)).toEqual(['validation_failed', text])
    expect(await ask('/resend', { ...both, type: 'signup' })).toEqual(['validation_failed', `${text}.`])
    expect(await ask('/verify', { ...both, type: 'signup', token: '123456' })).toEqual([
      'validation_failed',
      `${text} on verify`,
    ])
  })
})

describe('a new password', () => {
  it('wants the old one where that is asked for', async () => {
    const strict = await started({ password: { requireCurrent: true } })
    const { client } = await aSignedIn(strict)
    const text = 'Current password required when setting new password.'
    const next = 'another good one 7'
    expect(told(await client.updateUser({ password: next }))).toEqual([400, 'current_password_required', text])
    expect(told(await client.updateUser({ password: next, current_password: 'wrong' } as never))).toEqual([
      400,
      'current_password_invalid',
      text,
    ])
    worked(await client.updateUser({ password: next, current_password: goodPassword } as never))
  })
})

describe('a hook', () => {
  let hooks: HookServer
  beforeAll(async () => {
    hooks = await startHookServer()
  })
  afterAll(() => hooks.close())

  it('that does not answer as it must is told in upstream’s words', { timeout: 60_000 }, async () => {
    const hooked = await started({
      outbound: { allow: ['127.0.0.1'] },
      hooks: { beforeUserCreated: hooks.at('/before') },
    })
    const signUp = async (reply: HookReply) => {
      hooks.answer('/before', reply)
      const json = { email: anAddress(), password: goodPassword }
      const answer = await raw(hooked, '/signup', { json })
      const { error_code, msg } = (await answer.json()) as { error_code: string; msg: string }
      return [answer.status, error_code, msg]
    }
    const headers = { 'content-type': 'application/json' }
    expect(await signUp({ raw: () => undefined })).toEqual([
      ...[422, 'hook_timeout', 'Failed to reach hook within maximum time of 5.000000 seconds'],
    ])
    expect(await signUp({ raw: (response) => response.destroy() })).toEqual([
      ...[422, 'hook_timeout_after_retry', 'Failed to reach hook after maximum retries'],
    ])
    const large = await signUp({ status: 200, headers, body: `{"a":"${'x'.repeat(210_000)}"}` })
    expect(large.slice(0, 2)).toEqual([422, 'hook_payload_over_size_limit'])
    const page = await signUp({ status: 200, headers: { 'content-type': 'text/html' }, body: '<p>' })
    expect(page.slice(0, 2)).toEqual([400, 'hook_payload_invalid_content_type'])
    for (const [status, text] of [
      [400, 'Invalid payload sent to hook'],
      [401, 'Hook requires authorization token'],
      [503, 'Service currently unavailable due to hook'],
      [418, 'Unexpected status code returned from hook: 418'],
    ] as const)
      expect(await signUp({ status })).toEqual([500, 'unexpected_failure', text])
    expect(await signUp({ json: { error: { http_code: 418, message: 'No tea.' } } })).toEqual([
      418,
      'unknown',
      'No tea.',
    ])
    expect(await signUp({ status: 204 })).toEqual([200, undefined, undefined])
  })
})
