import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import { adminApi, anAddress, aPerson, aSignedIn, authClient, goodPassword, raw, worked } from './clients.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const another = 'another long passphrase 7'

describe('reading oneself', () => {
  it('shows every field clients rely on', async () => {
    const { client, email, id } = await aSignedIn(world)
    const { user } = worked(await client.getUser())
    expect(user).toMatchObject({
      id,
      email,
      phone: '',
      aud: 'authenticated',
      role: 'authenticated',
      is_anonymous: false,
    })
    expect(user.confirmed_at).toBe(user.email_confirmed_at)
    expect(user.identities).toHaveLength(1)
    expect(worked(await client.getUserIdentities()).identities).toMatchObject([{ provider: 'email', id, user_id: id }])
  })

  it('needs a bearer token that is genuine and whose session stands', async () => {
    const { client, session, id } = await aSignedIn(world)
    const ask = async (authorization?: string) => {
      const answer = await raw(world, '/user', authorization === undefined ? {} : { headers: { authorization } })
      const body = (await answer.json()) as { error_code: string; msg: string }
      return [answer.status, body.error_code, body.msg]
    }
    const missing = [401, 'no_authorization', 'This endpoint requires a valid Bearer token']
    expect(await ask()).toEqual(missing)
    expect(await ask('Basic abc')).toEqual(missing)
    expect(await ask(`bearer ${world.publishableKey}`)).toEqual([
      403,
      'bad_jwt',
      expect.stringMatching(/^invalid JWT: unable to parse or verify signature, /),
    ])
    expect((await ask(`bEaReR ${session.access_token}`))[0]).toBe(200)
    await client.signOut()
    expect(await ask(`Bearer ${session.access_token}`)).toEqual([
      403,
      'session_not_found',
      'Session from session_id claim in JWT does not exist',
    ])
    worked(await adminApi(world).deleteUser(id))
    expect(await ask(`Bearer ${session.access_token}`)).toEqual([
      403,
      'user_not_found',
      'User from sub claim in JWT does not exist',
    ])
  })

  it('is refused to banned people at once', async () => {
    const { client, id } = await aSignedIn(world)
    worked(await adminApi(world).updateUserById(id, { ban_duration: '24h' }))
    expect((await client.getUser()).error).not.toBeNull()
    worked(await adminApi(world).updateUserById(id, { ban_duration: 'none' }))
    expect((await client.getUser()).error).not.toBeNull()
  })
})

describe('changing oneself', () => {
  it('merges metadata and deletes what is null', async () => {
    const { client } = await aSignedIn(world)
    worked(await client.updateUser({ data: { plan: 'free', theme: 'dark' } }))
    const { user } = worked(await client.updateUser({ data: { plan: 'pro', theme: null } }))
    expect(user.user_metadata).toEqual({ plan: 'pro', email_verified: true })
  })

  it('may not write what administrators keep', async () => {
    const { session } = await aSignedIn(world)
    const answer = await raw(world, '/user', {
      method: 'PUT',
      headers: { authorization: `Bearer ${session.access_token}` },
      json: { app_metadata: { admin: true }, data: { x: 1 } },
    })
    expect([answer.status, await answer.json()]).toEqual([
      403,
      { code: 403, error_code: 'not_admin', msg: 'Updating app_metadata requires admin privileges' },
    ])
    const { user } = worked(await authClient(world).getUser(session.access_token))
    expect(user.user_metadata).not.toHaveProperty('x')
  })

  it('sets a password, ends the other sessions and keeps this one', async () => {
    const { client, email } = await aSignedIn(world)
    const other = authClient(world)
    worked(await other.signInWithPassword({ email, password: goodPassword }))
    expect((await client.updateUser({ password: goodPassword })).error).toMatchObject({
      status: 422,
      code: 'same_password',
      message: 'New password should be different from the old password.',
    })
    for (const password of ['', 'short'])
      expect((await client.updateUser({ password })).error).toMatchObject({ status: 422, code: 'weak_password' })
    worked(await client.updateUser({ password: another }))
    expect((await client.getUser()).error).toBeNull()
    expect((await other.getUser()).error).toMatchObject({ name: 'AuthSessionMissingError' })
    expect((await world.inbox.waitFor(email, 'password_changed')).to).toBe(email)
  })

  it('wants a recent proof for a password: the old one, or a mailed code', async () => {
    const { client, email } = await aSignedIn(world)
    world.clock.move(3000)
    expect((await client.updateUser({ password: another })).error).toMatchObject({
      status: 400,
      code: 'reauthentication_needed',
    })
    expect((await client.updateUser({ password: another, nonce: '000000' })).error).toMatchObject({
      status: 422,
      code: 'reauthentication_not_valid',
      message: 'Nonce has expired or is invalid',
    })
    const wrong = { password: another, current_password: 'not the password' } as { password: string }
    expect((await client.updateUser(wrong)).error).toMatchObject({ status: 400, code: 'current_password_invalid' })
    expect((await client.reauthenticate()).error).toBeNull()
    const { code } = await world.inbox.waitFor(email, 'reauthentication')
    worked(await client.updateUser({ password: another, nonce: code ?? '' }))
    const right = { password: goodPassword, current_password: another } as { password: string }
    worked(await client.updateUser(right))
    expect((await authClient(world).signInWithPassword({ email, password: goodPassword })).error).toBeNull()
  })

  it('applies nothing when a part is refused', async () => {
    const { client, email } = await aSignedIn(world)
    const taken = await aPerson(world)
    const both = await client.updateUser({ email: taken.email, password: another, data: { x: 1 } })
    expect(both.error).toMatchObject({ code: 'email_exists' })
    const weak = await client.updateUser({ email: anAddress(), password: 'short', data: { x: 1 } })
    expect(weak.error).toMatchObject({ code: 'weak_password' })
    const { user } = worked(await client.getUser())
    expect(user.new_email).toBeUndefined()
    expect(user.user_metadata).not.toHaveProperty('x')
    expect((await authClient(world).signInWithPassword({ email, password: goodPassword })).error).toBeNull()
  })

  it('refuses metadata beyond its size', async () => {
    const { client } = await aSignedIn(world)
    expect((await client.updateUser({ data: { text: 'x'.repeat(70_000) } })).error).toMatchObject({ status: 413 })
  })
})
