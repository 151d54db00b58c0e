import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import { adminApi, anAddress, aPerson, appClient, authClient, goodPassword, raw, worked } from './clients.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const wrong = { status: 400, code: 'invalid_credentials', message: 'Invalid login credentials' }

describe('signing in with a password', () => {
  it('opens a session, also with the bigger library and its publishable key', async () => {
    const { email, password, id } = await aPerson(world)
    const { session, user } = worked(
      await appClient(world).auth.signInWithPassword({ email: email.toUpperCase(), password }),
    )
    expect(session).toMatchObject({ token_type: 'bearer', expires_in: 3600, access_token: expect.any(String) })
    const claims = JSON.parse(Buffer.from(session.access_token.split('.')[1] ?? '', 'base64url').toString())
    expect(session.expires_at).toBe(claims.exp)
    expect(user).toMatchObject({ id, email, last_sign_in_at: expect.any(String) })
  })

  it('names user and session in headers, and says that the password is fine', async () => {
    const { email, password, id } = await aPerson(world)
    const answer = await raw(world, '/token?grant_type=password', { json: { email, password } })
    expect(answer.headers.get('sb-auth-user-id')).toBe(id)
    expect(answer.headers.get('sb-auth-session-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('x-supabase-api-version')).toBeNull()
    expect(await answer.json()).toHaveProperty('weak_password', null)
  })

  it('says which rule an old password no longer meets', async () => {
    const { email } = await aPerson(world, { password: 'abc123' })
    const data = worked(await authClient(world).signInWithPassword({ email, password: 'abc123' }))
    expect(data.weakPassword).toMatchObject({
      reasons: expect.arrayContaining(['length']),
      message: expect.any(String),
    })
  })

  it('refuses unknown people and wrong passwords alike', async () => {
    const { email } = await aPerson(world)
    worked(await adminApi(world).inviteUserByEmail('invited@example.test'))
    const attempts = [email, anAddress(), 'invited@example.test'].map((each) =>
      raw(world, '/token?grant_type=password', { json: { email: each, password: 'not the password' } }),
    )
    const bodies = await Promise.all((await Promise.all(attempts)).map((answer) => answer.text()))
    expect(new Set(bodies).size).toBe(1)
    expect((await authClient(world).signInWithPassword({ email, password: 'not the password' })).error).toMatchObject(
      wrong,
    )
  })

  it('tells the state of an account only to whoever knows its password', async () => {
    const email = anAddress()
    worked(await authClient(world).signUp({ email, password: goodPassword }))
    expect((await authClient(world).signInWithPassword({ email, password: goodPassword })).error).toMatchObject({
      status: 400,
      code: 'email_not_confirmed',
      message: 'Email not confirmed',
    })
    const banned = await aPerson(world)
    worked(await adminApi(world).updateUserById(banned.id, { ban_duration: '24h' }))
    expect((await authClient(world).signInWithPassword(banned)).error).toMatchObject({
      status: 400,
      code: 'user_banned',
      message: 'User is banned',
    })
    const guess = { email: banned.email, password: 'not the password' }
    expect((await authClient(world).signInWithPassword(guess)).error).toMatchObject(wrong)
  })

  it('wants exactly one identifier', async () => {
    const ask = async (json: object) => {
      const answer = await raw(world, '/token?grant_type=password', { json })
      return [answer.status, ((await answer.json()) as { msg: string }).msg]
    }
    expect(await ask({ email: anAddress(), phone: '15551234567', password: 'x' })).toEqual([
      400,
      'Only an email address or phone number should be provided on login.',
    ])
    expect(await ask({ password: 'x' })).toEqual([400, 'missing email or phone'])
  })
})

describe('other grants', () => {
  it('that nobody knows are not supported', async () => {
    for (const grant of ['', 'client_credentials', '__proto__']) {
      const answer = await raw(world, `/token?grant_type=${grant}`, { json: {} })
      expect(answer.status).toBe(400)
      expect(await answer.json()).toMatchObject({ error_code: 'invalid_credentials', msg: 'unsupported_grant_type' })
    }
  })

  it('that are switched off say so', async () => {
    const client = authClient(world)
    const google = await client.signInWithIdToken({ provider: 'google', token: 'x.y.z' })
    expect(google.error).toMatchObject({
      status: 400,
      code: 'provider_disabled',
      message: expect.stringContaining('is not enabled'),
    })
    const none = await raw(world, '/token?grant_type=id_token', { json: { provider: 'google' } })
    expect(none.status).toBe(400)
    expect(await none.json()).toEqual({ error: 'invalid request', error_description: 'id_token required' })
    const web3 = await raw(world, '/token?grant_type=web3', { json: { chain: 'solana', message: 'x', signature: 'y' } })
    expect([web3.status, await web3.json()]).toEqual([
      422,
      { code: 422, error_code: 'web3_provider_disabled', msg: 'Web3 provider is disabled' },
    ])
  })
})
