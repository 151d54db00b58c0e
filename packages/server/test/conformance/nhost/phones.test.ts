import { createHash, randomInt } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import { nhostClient, refused } from './clients.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({ config: { phone: { enabled: true, countries: ['US'] } } })
})
afterAll(() => world.close())

const aNumber = () => `+1202555${randomInt(10_000).toString().padStart(4, '0')}`

describe('codes by text', () => {
  it('sign in, and make an account for a new number', async () => {
    const phoneNumber = aNumber()
    const nhost = nhostClient(world)
    expect((await nhost.auth.signInPasswordlessSms({ phoneNumber })).body).toBe('OK')
    const { code } = await world.inbox.waitFor(phoneNumber)
    expect(await refused(nhost.auth.verifySignInPasswordlessSms({ phoneNumber, otp: '000000' }))).toMatchObject({
      status: 400,
      body: { error: 'invalid-otp' },
    })
    const { body } = await nhost.auth.verifySignInPasswordlessSms({ phoneNumber, otp: code ?? '' })
    expect(body.session?.user).toMatchObject({ phoneNumber, phoneNumberVerified: true, displayName: phoneNumber })
    const { body: user } = await nhost.auth.getUser()
    expect(user.phoneNumber).toBe(phoneNumber)
    // SHA-256 of nothing: apps put it into an image as it stands.
    const picture = `https://www.gravatar.com/avatar/${createHash('sha256').update('').digest('hex')}?d=blank&r=g`
    expect([user.avatarUrl, body.session?.user?.avatarUrl]).toEqual([picture, picture])
  })

  it('sign up newcomers alone, and say OK to everybody', async () => {
    const phoneNumber = aNumber()
    const nhost = nhostClient(world)
    await nhost.auth.signUpPasswordlessSms({ phoneNumber })
    const { code } = await world.inbox.waitFor(phoneNumber)
    await nhost.auth.verifySignInPasswordlessSms({ phoneNumber, otp: code ?? '' })
    await world.inbox.clear()
    expect((await nhost.auth.signUpPasswordlessSms({ phoneNumber })).body).toBe('OK')
    expect(await world.inbox.staysEmpty(phoneNumber)).toBe(true)
  })

  it('are told to be guessed at too often, until there is another', async () => {
    const phoneNumber = aNumber()
    const { auth } = nhostClient(world)
    await auth.signInPasswordlessSms({ phoneNumber })
    const { code } = await world.inbox.waitFor(phoneNumber)
    const guess = (otp: string) => refused(auth.verifySignInPasswordlessSms({ phoneNumber, otp }))
    for (let turn = 1; turn < 5; turn += 1)
      expect(await guess('00000x')).toMatchObject({ status: 400, body: { error: 'invalid-otp' } })
    const burned = { status: 400, body: { error: 'otp-too-many-attempts' } }
    expect(await guess('00000x')).toMatchObject(burned)
    expect(await guess(code ?? '')).toMatchObject(burned)
    await world.inbox.clear()
    await auth.signInPasswordlessSms({ phoneNumber })
    const { code: otp } = await world.inbox.waitFor(phoneNumber)
    expect((await auth.verifySignInPasswordlessSms({ phoneNumber, otp: otp ?? '' })).body.session).toBeDefined()
  })

  it('do not go where texts do not go, nor to what is no number', async () => {
    const nhost = nhostClient(world)
    expect(await refused(nhost.auth.signInPasswordlessSms({ phoneNumber: 'nonsense' }))).toMatchObject({ status: 400 })
    expect(await refused(nhost.auth.signInPasswordlessSms({ phoneNumber: '+4915112345678' }))).toMatchObject({
      status: 400,
      body: { error: 'cannot-send-sms', message: 'Cannot send SMS, check your phone number is correct' },
    })
  })

  it('are switched off where phones are no way in', async () => {
    const without = await startWorld({ config: { phone: { enabled: false } } })
    try {
      expect(await refused(nhostClient(without).auth.signInPasswordlessSms({ phoneNumber: aNumber() }))).toMatchObject({
        status: 409,
        body: { error: 'disabled-endpoint' },
      })
    } finally {
      await without.close()
    }
  })
})
