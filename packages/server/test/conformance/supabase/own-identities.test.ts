import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import { adminApi, aNumber, anAddress, authClient, goodPassword, worked } from './clients.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const codeTo = async (address: string) => (await world.inbox.waitFor(address)).code ?? ''

describe('the identity of an address of one’s own', () => {
  it('holds the number where an administrator gave it, and the newest one after a change', async () => {
    const [phone, next, last] = [aNumber(), aNumber(), aNumber()]
    const made = worked(await adminApi(world).createUser({ phone, phone_confirm: true, password: goodPassword }))
    const { id } = made.user ?? { id: '' }
    expect(made.user?.identities?.[0]?.identity_data).toEqual({
      sub: id,
      phone,
      email_verified: false,
      phone_verified: true,
    })
    const moved = worked(await adminApi(world).updateUserById(id, { phone: next, phone_confirm: true }))
    expect(moved.user.identities?.[0]?.identity_data).toMatchObject({ phone: next, phone_verified: true })
    const client = authClient(world)
    worked(await client.signInWithPassword({ phone: next, password: goodPassword }))
    worked(await client.updateUser({ phone: last }))
    const { user } = worked(
      await client.verifyOtp({ phone: last, token: await codeTo(`+${last}`), type: 'phone_change' }),
    )
    expect(user?.identities?.[0]?.identity_data).toMatchObject({ phone: last, phone_verified: true })
  })

  it('holds no number that came with a sign-up, but what was said there', async () => {
    const phone = aNumber()
    const client = authClient(world)
    worked(await client.signUp({ phone, password: goodPassword, options: { data: { name: 'Jo' } } }))
    const { user } = worked(await client.verifyOtp({ phone, token: await codeTo(`+${phone}`), type: 'sms' }))
    expect(user?.identities?.[0]?.identity_data).toEqual({
      name: 'Jo',
      sub: user?.id,
      email_verified: false,
      phone_verified: true,
    })
  })

  it('keeps what was said at the sign-up when the address changes', async () => {
    const [email, next, last] = [anAddress(), anAddress(), anAddress()]
    const client = authClient(world)
    const options = { data: { name: 'Jo' } }
    worked(await client.signUp({ email, password: goodPassword, options }))
    worked(await client.verifyOtp({ email, token: await codeTo(email), type: 'signup' }))
    worked(await client.updateUser({ email: next }))
    const [toNew, toOld] = [await codeTo(next), (await world.inbox.waitFor(email, 'email_change_current')).code ?? '']
    worked(await client.verifyOtp({ email, token: toOld, type: 'email_change' }))
    const { user } = worked(await client.verifyOtp({ email: next, token: toNew, type: 'email_change' }))
    const said = { name: 'Jo', sub: user?.id, email_verified: true, phone_verified: false }
    expect(user?.identities?.[0]?.identity_data).toEqual({ ...said, email: next })
    const byAdmin = worked(await adminApi(world).updateUserById(user?.id ?? '', { email: last, email_confirm: true }))
    expect(byAdmin.user.identities?.[0]?.identity_data).toEqual({ ...said, email: last })
  })
})
