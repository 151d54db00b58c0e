import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anAddress, type Body, type NativeWorld, startNative } from './native-world.ts'

let world: NativeWorld
beforeAll(async () => {
  world = await startNative()
})
afterAll(() => world.close())

describe('signing in with a passkey', () => {
  it('asks for any passkey of the site, and names nobody', async () => {
    const { body } = await world.ask('POST /sign-in/passkey', { body: {} })
    expect(body).toMatchObject({
      status: 'pending',
      attempt: {
        purpose: 'sign_in',
        step: {
          type: 'passkey',
          mode: 'get',
          publicKey: {
            rpId: 'localhost',
            challenge: expect.stringMatching(/^[\w-]{43}$/),
            userVerification: 'preferred',
          },
        },
      },
    })
    expect(((body['attempt'] as Body)['step'] as Body)['publicKey']).not.toHaveProperty('allowCredentials')
  })

  it('refuses what is no answer, and then the attempt is over', async () => {
    const { body } = await world.ask('POST /sign-in/passkey', { body: {} })
    const attempt = (body['attempt'] as Body)['token']
    const answer = (more: object) => world.ask('POST /attempts/answer', { body: { attempt, ...more } })
    expect((await answer({})).body).toMatchObject({ code: 'validation_failed' })
    expect((await answer({ credential: { id: 'AAAA' } })).body).toMatchObject({ code: 'webauthn_verification_failed' })
    expect((await answer({ credential: { id: 'AAAA' } })).body).toMatchObject({ code: 'attempt_expired' })
  })
})

describe('signing up with a passkey', () => {
  it('shows the browser what to make, for an account that is not there yet', async () => {
    const email = anAddress()
    const { status, body } = await world.ask('POST /sign-up/passkey', { body: { email, displayName: 'Ada' } })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      status: 'pending',
      attempt: {
        purpose: 'sign_up',
        step: {
          type: 'passkey',
          mode: 'create',
          publicKey: { rp: { id: 'localhost' }, user: { name: email, displayName: 'Ada' }, attestation: 'none' },
        },
      },
    })
    const attempt = (body['attempt'] as Body)['token']
    expect((await world.ask('POST /attempts/status', { body: { attempt } })).body).toEqual(body)
    const answered = await world.ask('POST /attempts/answer', { body: { attempt, credential: { id: 'AAAA' } } })
    expect(answered.body).toMatchObject({ code: 'webauthn_verification_failed' })
  })

  it('needs an address, unless accounts may be without', async () => {
    const { status, body } = await world.ask('POST /sign-up/passkey', { body: {} })
    expect([status, body]).toMatchObject([400, { code: 'validation_failed' }])
  })
})
