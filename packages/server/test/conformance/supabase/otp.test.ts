import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import { adminApi, anAddress, aPerson, authClient, landing, raw, worked } from './clients.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const expired = { status: 403, code: 'otp_expired', message: 'Token has expired or is invalid' }

describe('signing in with a mailed code', () => {
  it('works for somebody who has an account', async () => {
    const { email, id } = await aPerson(world)
    const client = authClient(world)
    worked(await client.signInWithOtp({ email }))
    const { code } = await world.inbox.waitFor(email)
    const { session, user } = worked(await client.verifyOtp({ email, token: code ?? '', type: 'email' }))
    expect(user?.id).toBe(id)
    expect(session?.access_token).toBeDefined()
    expect(worked(await client.getClaims())?.claims.amr).toMatchObject([{ method: 'otp' }])
    expect(user?.recovery_sent_at).toBeDefined()
  })

  it('makes an account for somebody new once the address is proved', async () => {
    const email = anAddress()
    const client = authClient(world)
    worked(await client.signInWithOtp({ email, options: { data: { plan: 'free' } } }))
    expect(worked(await adminApi(world).listUsers()).users.map((user) => user.email)).not.toContain(email)
    const { code } = await world.inbox.waitFor(email)
    const { user } = worked(await client.verifyOtp({ email, token: code ?? '', type: 'email' }))
    expect(user).toMatchObject({
      email,
      email_confirmed_at: expect.any(String),
      user_metadata: { plan: 'free', email_verified: true },
    })
  })

  it('takes the types that stand for it, and no other', async () => {
    const { email } = await aPerson(world)
    const client = authClient(world)
    for (const type of ['magiclink', 'signup', 'email'] as const) {
      await world.inbox.clear()
      worked(await client.signInWithOtp({ email }))
      const token = (await world.inbox.waitFor(email)).code ?? ''
      expect((await client.verifyOtp({ email, token, type: 'recovery' })).error).toMatchObject(expired)
      expect(worked(await client.verifyOtp({ email, token, type })).session).not.toBeNull()
      expect((await client.verifyOtp({ email, token, type })).error).toMatchObject(expired)
    }
  })

  it('tells that nobody is there when no user is to be created', async () => {
    const answer = await authClient(world).signInWithOtp({ email: anAddress(), options: { shouldCreateUser: false } })
    expect(answer.error).toMatchObject({ status: 422, code: 'otp_disabled', message: 'Signups not allowed for otp' })
    const { email } = await aPerson(world)
    worked(await authClient(world).signInWithOtp({ email, options: { shouldCreateUser: false } }))
  })

  it('dies after five wrong tries', async () => {
    const { email } = await aPerson(world)
    const client = authClient(world)
    worked(await client.signInWithOtp({ email }))
    const token = (await world.inbox.waitFor(email)).code ?? ''
    const other = token === '000000' ? '000001' : '000000'
    for (let tries = 0; tries < 5; tries += 1)
      expect((await client.verifyOtp({ email, token: other, type: 'email' })).error).toMatchObject(expired)
    expect((await client.verifyOtp({ email, token, type: 'email' })).error).toMatchObject(expired)
  })

  it('is refused where request or address make no sense', async () => {
    const ask = async (json: object, path = '/otp') => {
      const answer = await raw(world, path, { json })
      const body = (await answer.json()) as { error_code: string; msg: string }
      return [answer.status, body.error_code, body.msg]
    }
    expect(await ask({ email: anAddress(), phone: '15551234567' })).toEqual([
      400,
      'validation_failed',
      'Only an email address or phone number should be provided',
    ])
    expect(await ask({ email: anAddress(), channel: 'sms' })).toEqual([
      400,
      'validation_failed',
      'Channel should only be specified with Phone OTP',
    ])
    expect(await ask({})).toEqual([400, 'validation_failed', 'One of email or phone must be set'])
    expect(await ask({}, '/magiclink')).toEqual([422, 'validation_failed', 'Password recovery requires an email'])
  })

  it('works through the older route as well', async () => {
    const { email, id } = await aPerson(world)
    expect(await (await raw(world, '/magiclink', { json: { email } })).json()).toEqual({})
    const { link } = await world.inbox.waitFor(email)
    const landed = landing(await fetch(link ?? '', { redirect: 'manual' }))
    const { user } = worked(await authClient(world).getUser(landed.fragment.get('access_token') ?? ''))
    expect(user.id).toBe(id)
  })
})

describe('verifying', () => {
  it('tells strangers nothing', async () => {
    const client = authClient(world)
    expect((await client.verifyOtp({ email: anAddress(), token: '123456', type: 'email' })).error).toMatchObject(
      expired,
    )
    expect((await client.verifyOtp({ phone: '15551234567', token: '123456', type: 'sms' })).error).toMatchObject(
      expired,
    )
    expect((await client.verifyOtp({ token_hash: 'nothing', type: 'email' })).error).toMatchObject({
      status: 403,
      code: 'otp_expired',
      message: 'Email link is invalid or has expired',
    })
    expect((await client.verifyOtp({ phone: 'abc', token: '123456', type: 'sms' })).error).toMatchObject({
      status: 400,
      message: 'Invalid phone number format (E.164 required)',
    })
  })

  it('wants a type and exactly one proof', async () => {
    const ask = async (json: object) => {
      const answer = await raw(world, '/verify', { json })
      return [answer.status, ((await answer.json()) as { msg: string }).msg]
    }
    const email = anAddress()
    expect(await ask({ token: '123456', email })).toEqual([400, 'Verify requires a verification type'])
    expect(await ask({ type: 'email', email })).toEqual([400, 'Verify requires either a token or a token hash'])
    expect(await ask({ type: 'email', token: '1', token_hash: 'x' })).toEqual([
      400,
      'Verify requires either a token or a token hash',
    ])
    const one = 'Only an email address or phone number should be provided on verify'
    expect(await ask({ type: 'email', token: '1' })).toEqual([400, one])
    expect(await ask({ type: 'email', token: '1', email, phone: '15551234567' })).toEqual([400, one])
    expect(await ask({ type: 'email', token: '1', email: 'nobody' })).toEqual([422, 'Invalid email format'])
    expect(await ask({ type: 'email', token_hash: 'x', email })).toEqual([
      400,
      'Only the token_hash and type should be provided',
    ])
    expect(await ask({ type: 'telepathy', token_hash: 'x' })).toEqual([400, 'Invalid email verification type'])
    expect(await ask({ type: 'telepathy', token: '1', email })).toEqual([403, 'Token has expired or is invalid'])
  })
})
