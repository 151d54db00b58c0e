import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import { anAddress, aPerson, authClient, goodPassword, worked } from './clients.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

async function aGuest(at: World = world) {
  const client = authClient(at)
  const { user } = worked(await client.signInAnonymously({ options: { data: { cart: 3 } } }))
  return { client, id: user?.id, user }
}

describe('guests', () => {
  it('are signed in at once, with nothing but their data', async () => {
    const { client, user } = await aGuest()
    expect(user).toMatchObject({
      is_anonymous: true,
      email: '',
      phone: '',
      app_metadata: {},
      user_metadata: { cart: 3 },
      identities: [],
      role: 'authenticated',
    })
    expect(user?.user_metadata).toEqual({ cart: 3 })
    const claims = worked(await client.getClaims())?.claims
    expect(claims).toMatchObject({ is_anonymous: true, amr: [{ method: 'anonymous' }], email: '', phone: '' })
  })

  it('keep their id when they get an address and then a password', async () => {
    const { client, id } = await aGuest()
    const email = anAddress()
    expect((await client.updateUser({ password: goodPassword })).error).toMatchObject({
      status: 422,
      code: 'validation_failed',
      message: 'Updating password of an anonymous user without an email or phone is not allowed',
    })
    expect(worked(await client.updateUser({ email })).user).toMatchObject({ is_anonymous: true, new_email: email })
    const { code } = await world.inbox.waitFor(email)
    const { user } = worked(await client.verifyOtp({ email, token: code ?? '', type: 'email_change' }))
    expect(user).toMatchObject({ id, email, is_anonymous: false, user_metadata: { cart: 3 } })
    expect(user?.identities).toMatchObject([{ provider: 'email' }])
    worked(await client.updateUser({ password: goodPassword }))
    expect(worked(await authClient(world).signInWithPassword({ email, password: goodPassword })).user.id).toBe(id)
  })

  it('may give address and password together', async () => {
    const { client, id } = await aGuest()
    const email = anAddress()
    worked(await client.updateUser({ email, password: goodPassword }))
    expect((await authClient(world).signInWithPassword({ email, password: goodPassword })).error).not.toBeNull()
    const { code } = await world.inbox.waitFor(email)
    worked(await client.verifyOtp({ email, token: code ?? '', type: 'email_change' }))
    expect(worked(await authClient(world).signInWithPassword({ email, password: goodPassword })).user.id).toBe(id)
  })

  it('cannot take an address that somebody has', async () => {
    const { client } = await aGuest()
    const { email } = await aPerson(world)
    expect((await client.updateUser({ email })).error).toMatchObject({ status: 422, code: 'email_exists' })
  })
})

describe('guests where addresses are not confirmed', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld({ config: { signUp: { emailConfirmation: false } } })
  })
  afterAll(() => world.close())

  it('become full accounts at once', async () => {
    const { client, id } = await aGuest(world)
    const email = anAddress()
    const { user } = worked(await client.updateUser({ email, password: goodPassword }))
    expect(user).toMatchObject({ id, email, is_anonymous: false })
    expect(worked(await authClient(world).signInWithPassword({ email, password: goodPassword })).user.id).toBe(id)
    expect(worked(await client.refreshSession()).user?.is_anonymous).toBe(false)
  })
})
