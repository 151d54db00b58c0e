import { HasuraAuthClient } from '@nhost/hasura-auth-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authenticator } from '../../world/authenticator.ts'
import { startWorld, type World } from '../../world/world.ts'
import { anAddress, aSignedIn, followMail, goodPassword } from './clients.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({ config: { signUp: { anonymous: true }, phone: { enabled: true, countries: ['US'] } } })
})
afterAll(() => world.close())

const aClient = () =>
  new HasuraAuthClient({
    url: `${world.url}/nhost/v1`,
    autoSignIn: false,
    autoRefreshToken: false,
    clientStorageType: 'custom',
    clientStorage: { getItem: () => null, setItem: () => undefined, removeItem: () => undefined },
  })

/** Somebody whose account an authenticator app protects, and the next code of it. */
async function withApp() {
  const person = await aSignedIn(world)
  const { auth } = person.nhost
  const app = authenticator((await auth.changeUserMfa()).body.totpSecret)
  const nextCode = () => {
    world.clock.move(30)
    return app.codeAt(world.core.runtime.now())
  }
  await auth.verifyChangeUserMfa({ code: nextCode(), activeMfaType: 'totp' })
  return { ...person, nextCode }
}

describe('the client before nhost-js 4', () => {
  it('signs in with a password and a code: its tickets must be UUIDs', async () => {
    const { email, password, nextCode } = await withApp()
    const auth = aClient()
    const first = await auth.signIn({ email, password })
    expect([first.error, first.session]).toEqual([null, null])
    expect(first.mfa?.ticket).toMatch(/^mfaTotp:/)
    const { session, error } = await auth.signIn({ otp: nextCode() })
    expect([error, session?.user.email]).toEqual([null, email])
  })

  it('hands the ticket on to another page, and shows what a wrong code is told', async () => {
    const { email, password, nextCode } = await withApp()
    const { mfa } = await aClient().signIn({ email, password })
    const ticket = mfa?.ticket ?? ''
    expect((await aClient().signIn({ otp: '000000', ticket })).error).toMatchObject({ error: 'invalid-totp' })
    expect((await aClient().signIn({ otp: nextCode(), ticket })).session?.user.email).toBe(email)
  })

  it('signs in by a text', async () => {
    const phoneNumber = '+12025550161'
    const auth = aClient()
    expect((await auth.signIn({ phoneNumber })).error).toBeNull()
    const { code } = await world.inbox.waitFor(phoneNumber)
    expect((await aClient().signIn({ phoneNumber, otp: '000000' })).session).toBeNull()
    const { session } = await auth.signIn({ phoneNumber, otp: code ?? '' })
    expect(session?.user).toMatchObject({ phoneNumber, phoneNumberVerified: true })
  })

  it('makes a guest somebody who signs up, or asks for a link', async () => {
    for (const more of [{ password: goodPassword }, {}]) {
      const auth = aClient()
      const guest = await auth.signIn()
      const email = anAddress()
      const asked = 'password' in more ? auth.signUp({ email, password: goodPassword }) : auth.signIn({ email })
      expect((await asked).error).toBeNull()
      const place = await followMail(world.inbox, email)
      const { session } = await aClient().refreshSession(place.searchParams.get('refreshToken') ?? '')
      expect(session?.user).toMatchObject({ id: guest.session?.user.id, email, isAnonymous: false })
    }
  })
})
