import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import { anAddress, raw } from './clients.ts'

let closed: World
beforeAll(async () => {
  const off = { passkeys: { enabled: false }, phone: { enabled: false }, signUp: { enabled: false } }
  closed = await startWorld({ config: off })
})
afterAll(() => closed.close())

async function told(answer: Promise<Response>) {
  const response = await answer
  const { error } = (await response.json()) as { error: string }
  return [response.status, error]
}

describe('of several things that are wrong', () => {
  it('what is switched off is told before who may sign up, and both before what is asked for', async () => {
    const options = { redirectTo: 'https://evil.test', allowedRoles: ['admin'] }
    const off = [409, 'disabled-endpoint']
    expect(await told(raw(closed, '/signup/webauthn', { json: { email: anAddress(), options } }))).toEqual(off)
    const phoneNumber = '+12025550123'
    for (const path of ['/signup/passwordless/sms', '/signin/passwordless/sms'])
      expect(await told(raw(closed, path, { json: { phoneNumber, options } }))).toEqual(off)
    const world = await startWorld({ config: { signUp: { enabled: false }, phone: { enabled: true } } })
    try {
      const shut = [403, 'signup-disabled']
      expect(await told(raw(world, '/signup/webauthn', { json: { email: anAddress(), options } }))).toEqual(shut)
      expect(await told(raw(world, '/signup/passwordless/sms', { json: { phoneNumber, options } }))).toEqual(shut)
    } finally {
      await world.close()
    }
  })

  it('the place is told before the roles where an account begins with a key', async () => {
    const world = await startWorld()
    try {
      const options = { redirectTo: 'https://evil.test', allowedRoles: ['admin'] }
      const asked = raw(world, '/signup/webauthn', { json: { email: anAddress(), options } })
      expect(await told(asked)).toEqual([400, 'redirectTo-not-allowed'])
    } finally {
      await world.close()
    }
  })

  it('the form of an address is told before that nobody may sign up by way of a provider', async () => {
    const at = (path: string) => fetch(`${closed.config.settings.publicUrl}/nhost/v1/signup/provider/${path}`)
    expect(await told(at('nowhere'))).toEqual([400, 'schema-validation-error'])
    expect(await told(at('google?locale=x'))).toEqual([400, 'schema-validation-error'])
    expect(await told(at('google'))).toEqual([403, 'signup-disabled'])
  })
})
