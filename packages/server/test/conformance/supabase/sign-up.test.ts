import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import { adminApi, anAddress, aPerson, authClient, goodPassword, raw, worked } from './clients.ts'

describe('signing up where addresses are confirmed', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld()
  })
  afterAll(() => world.close())

  it('answers the user at top level, without a session', async () => {
    const email = anAddress()
    const { user, session } = worked(
      await authClient(world).signUp({
        email: email.toUpperCase(),
        password: goodPassword,
        options: { data: { plan: 'free' } },
      }),
    )
    expect(session).toBeNull()
    expect(user).toMatchObject({
      email,
      phone: '',
      role: 'authenticated',
      aud: 'authenticated',
      is_anonymous: false,
      confirmation_sent_at: expect.stringMatching(/^\d{4}-.*Z$/),
      app_metadata: { provider: 'email', providers: ['email'] },
      user_metadata: { plan: 'free', email, email_verified: false, phone_verified: false, sub: user?.id },
    })
    expect(user?.email_confirmed_at).toBeUndefined()
    expect(user?.identities).toHaveLength(1)
    expect(user?.identities?.[0]).toMatchObject({
      id: user?.id,
      user_id: user?.id,
      provider: 'email',
      email,
      identity_id: expect.any(String),
      identity_data: { email, email_verified: false, phone_verified: false, sub: user?.id, plan: 'free' },
    })
  })

  it('conceals that an address is taken behind a user without identities', async () => {
    const { email } = await aPerson(world)
    const { user, session } = worked(await authClient(world).signUp({ email, password: goodPassword }))
    expect(session).toBeNull()
    expect(user).toMatchObject({
      email,
      phone: '',
      identities: [],
      app_metadata: { provider: 'email', providers: ['email'] },
    })
    expect(user?.confirmation_sent_at).toBeDefined()
    expect(user?.last_sign_in_at).toBeUndefined()
    const again = worked(await adminApi(world).listUsers()).users.filter((each) => each.email === email)
    expect(again).toHaveLength(1)
    expect(again[0]?.id).not.toBe(user?.id)
    expect((await world.inbox.waitFor(email)).template).toBe('already_registered')
  })

  it('sends the confirmation again to somebody who signs up twice', async () => {
    const email = anAddress()
    const first = worked(await authClient(world).signUp({ email, password: goodPassword }))
    const second = worked(await authClient(world).signUp({ email, password: goodPassword }))
    expect(second.user?.id).toBe(first.user?.id)
    expect(second.user?.identities).toHaveLength(1)
  })

  it('tells nothing about an invited account', async () => {
    const email = anAddress()
    worked(await adminApi(world).inviteUserByEmail(email, { data: { secret: 'team' } }))
    const { user } = worked(await authClient(world).signUp({ email, password: goodPassword }))
    expect(user).toMatchObject({ user_metadata: {}, identities: [] })
  })

  it('refuses what is malformed in the words clients know', async () => {
    const client = authClient(world)
    const bad = await client.signUp({ email: 'nobody', password: goodPassword })
    expect(bad.error).toMatchObject({
      status: 400,
      code: 'validation_failed',
      message: 'Unable to validate email address: invalid format',
    })
    const short = await client.signUp({ email: anAddress(), password: 'short' })
    expect(short.error).toMatchObject({
      name: 'AuthWeakPasswordError',
      status: 422,
      code: 'weak_password',
      reasons: ['length'],
    })
    expect(short.error?.message).toContain('Password should be at least 8 characters.')
    const known = await client.signUp({ email: anAddress(), password: 'password123' })
    expect(known.error).toMatchObject({ reasons: ['pwned'] })
    const none = await raw(world, '/signup', { json: { email: anAddress() } })
    expect(await none.json()).toMatchObject({
      code: 400,
      error_code: 'validation_failed',
      msg: 'Signup requires a valid password',
    })
    const both = await raw(world, '/signup', {
      json: { email: anAddress(), phone: '15551234567', password: goodPassword },
    })
    expect(await both.json()).toMatchObject({
      msg: 'Only an email address or phone number should be provided on signup.',
    })
    const channel = await raw(world, '/signup', {
      json: { phone: '15551234567', password: goodPassword, channel: 'pigeon' },
    })
    expect(await channel.json()).toMatchObject({ msg: expect.stringMatching(/^Invalid channel, supported values are/) })
  })

  it('refuses addresses that are more than one, wherever they stand', async () => {
    for (const email of ['a@x.test,b@y.test', ['a@x.test', 'b@y.test'], { $ne: '' }, '<a@x.test>', 'a@[127.0.0.1]']) {
      const answer = await raw(world, '/signup', { json: { email, password: goodPassword } })
      expect(answer.status).toBe(400)
      const code = typeof email === 'string' ? 'validation_failed' : 'bad_json'
      expect(await answer.json()).toMatchObject({ error_code: code })
    }
  })

  it('checks the parameters of PKCE', async () => {
    const signUp = async (pkce: object) => {
      const answer = await raw(world, '/signup', { json: { email: anAddress(), password: goodPassword, ...pkce } })
      return [answer.status, ((await answer.json()) as { msg?: string }).msg]
    }
    const challenge = 'a'.repeat(43)
    expect(await signUp({ code_challenge: null, code_challenge_method: null })).toEqual([200, undefined])
    expect(await signUp({ code_challenge: challenge })).toEqual([
      400,
      'PKCE flow requires code_challenge_method and code_challenge',
    ])
    expect(await signUp({ code_challenge: 'short', code_challenge_method: 's256' })).toEqual([
      400,
      'code challenge has to be between 43 and 128 characters',
    ])
    expect(await signUp({ code_challenge: `${'a'.repeat(42)}!`, code_challenge_method: 's256' })).toEqual([
      400,
      'code challenge can only contain alphanumeric characters, hyphens, periods, underscores and tildes',
    ])
    expect(await signUp({ code_challenge: challenge, code_challenge_method: 'plain' })).toEqual([
      400,
      'Invalid code_challenge_method',
    ])
    expect(await signUp({ code_challenge: challenge, code_challenge_method: 'S256' })).toEqual([200, undefined])
  })

  it('lets nobody write what is not theirs', async () => {
    const email = anAddress()
    const answer = await raw(world, '/signup', {
      json: {
        email,
        password: goodPassword,
        role: 'service_role',
        aud: 'other',
        app_metadata: { admin: true },
        email_confirmed_at: '2020-01-01T00:00:00Z',
        data: { email: 'other@example.test', sub: 'x', email_verified: true, role: 'admin' },
      },
    })
    const user = (await answer.json()) as Record<string, unknown>
    expect(user).toMatchObject({
      role: 'authenticated',
      aud: 'authenticated',
      app_metadata: { provider: 'email', providers: ['email'] },
      user_metadata: { email, sub: user['id'], email_verified: false, role: 'admin' },
    })
    expect(user['email_confirmed_at']).toBeUndefined()
  })
})

describe('signing up where addresses are not confirmed', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld({ config: { signUp: { emailConfirmation: false } } })
  })
  afterAll(() => world.close())

  it('answers a session at once', async () => {
    const email = anAddress()
    const client = authClient(world)
    const { user, session } = worked(await client.signUp({ email, password: goodPassword }))
    expect(session).toMatchObject({ token_type: 'bearer', expires_in: 3600, user: { email, phone: '' } })
    expect(user?.app_metadata).toEqual({ provider: 'email', providers: ['email'] })
    expect(user?.email_confirmed_at).toBeDefined()
    const { data } = await client.getClaims()
    expect(data?.claims).toMatchObject({
      aal: 'aal1',
      amr: [{ method: 'password' }],
      email,
      phone: '',
      aud: 'authenticated',
    })
  })

  it('refuses a taken address, confirmed or not', async () => {
    const email = anAddress()
    worked(await authClient(world).signUp({ email, password: goodPassword }))
    const taken = await authClient(world).signUp({ email, password: goodPassword })
    expect(taken.error).toMatchObject({ status: 422, code: 'user_already_exists', message: 'User already registered' })
    const invited = anAddress()
    worked(await adminApi(world).inviteUserByEmail(invited))
    const takeOver = await authClient(world).signUp({ email: invited, password: goodPassword })
    expect(takeOver.data.session).toBeNull()
    expect(takeOver.error).toMatchObject({ code: 'user_already_exists' })
  })
})

describe('a server that takes nobody new', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld({ config: { signUp: { enabled: false, anonymous: false } } })
  })
  afterAll(() => world.close())

  it('says so', async () => {
    const client = authClient(world)
    const off = { status: 422, code: 'signup_disabled', message: 'Signups not allowed for this instance' }
    expect((await client.signUp({ email: anAddress(), password: goodPassword })).error).toMatchObject(off)
    expect((await client.signInWithOtp({ email: anAddress() })).error).toMatchObject(off)
    expect((await client.signInAnonymously()).error).toMatchObject({
      status: 422,
      code: 'anonymous_provider_disabled',
      message: 'Anonymous sign-ins are disabled',
    })
  })

  it('still lets administrators make accounts', async () => {
    const { email, password } = await aPerson(world)
    expect((await authClient(world).signInWithPassword({ email, password })).error).toBeNull()
  })
})
