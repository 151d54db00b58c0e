import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Body, type NativeWorld, startNative } from './native-world.ts'

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
