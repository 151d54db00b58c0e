import { HasuraAuthClient } from '@nhost/hasura-auth-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import { anAddress, aPerson, followMail, goodPassword } from './clients.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({ config: { siteUrl: 'http://localhost:3000', signUp: { anonymous: true } } })
})
afterAll(() => world.close())

function aClient(): HasuraAuthClient {
  const held = new Map<string, string>()
  return new HasuraAuthClient({
    url: `${world.url}/nhost/v1`,
    autoSignIn: false,
    autoRefreshToken: false,
    clientStorageType: 'custom',
    clientStorage: {
      getItem: (key: string) => held.get(key) ?? null,
      setItem: (key: string, value: string) => void held.set(key, value),
      removeItem: (key: string) => void held.delete(key),
    },
  })
}

describe('the client before nhost-js 4', () => {
  it('signs up, waits for the proof, and comes in with the token of the link', async () => {
    const auth = aClient()
    const email = anAddress()
    const { session, error } = await auth.signUp({ email, password: goodPassword })
    expect([session, error]).toEqual([null, null])
    const place = await followMail(world.inbox, email)
    const refreshed = await aClient().refreshSession(place.searchParams.get('refreshToken') ?? '')
    expect(refreshed.session?.user?.email).toBe(email)
  })

  it('signs in, reads who is there, renews, and signs out', async () => {
    const { email, password } = await aPerson(world)
    const auth = aClient()
    const { session } = await auth.signIn({ email, password })
    expect(session?.user.email).toBe(email)
    expect(auth.getHasuraClaims()).toMatchObject({ 'x-hasura-default-role': 'user' })
    const renewed = await auth.refreshSession()
    expect(renewed.session?.refreshToken).not.toBe(session?.refreshToken)
    await auth.signOut()
    expect(auth.getAccessToken()).toBeUndefined()
  })

  it('shows refusals in its own words', async () => {
    const { email } = await aPerson(world)
    const { error } = await aClient().signIn({ email, password: 'wrong otters' })
    expect(error).toMatchObject({ status: 401, error: 'invalid-email-password' })
    expect((await aClient().signUp({ email, password: goodPassword })).error).toMatchObject({
      status: 409,
      error: 'email-already-in-use',
    })
  })

  it('mails links and codes, and resets', async () => {
    const { email } = await aPerson(world)
    expect((await aClient().signIn({ email })).error).toBeNull()
    const place = await followMail(world.inbox, email)
    expect(place.searchParams.get('type')).toBe('passwordlessEmail')
    expect((await aClient().resetPassword({ email })).error).toBeNull()
    expect(await world.inbox.waitFor(email, 'recovery')).toBeDefined()
  })

  it('lets guests in', async () => {
    const { session } = await aClient().signIn()
    expect(session?.user.isAnonymous).toBe(true)
  })
})
