import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import { adminApi, aNumber, anAddress, aPerson, authClient, goodPassword, raw, worked } from './clients.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({ config: { phone: { testNumbers: { '+15550100199': '424242' } } } })
})
afterAll(() => world.close())

/** The newest code sent to a number. */
const codeTo = async (phone: string): Promise<string> => (await world.inbox.waitFor(`+${phone}`)).code ?? ''

/** An account with a confirmed number, signed in. */
async function aCaller(phone = aNumber()) {
  const client = authClient(world)
  worked(await client.signUp({ phone, password: goodPassword }))
  worked(await client.verifyOtp({ phone, token: await codeTo(phone), type: 'sms' }))
  await world.inbox.clear()
  return { client, phone }
}

describe('signing up with a phone number', () => {
  it('answers the user at the top, texts a code and opens a session for it', async () => {
    const client = authClient(world)
    const phone = aNumber()
    const { user, session } = worked(
      await client.signUp({ phone: `+${phone}`, password: goodPassword, options: { data: { plan: 'free' } } }),
    )
    expect(session).toBeNull()
    expect(user).toMatchObject({
      phone,
      email: '',
      role: 'authenticated',
      confirmation_sent_at: expect.any(String),
      app_metadata: { provider: 'phone', providers: ['phone'] },
      user_metadata: { plan: 'free', email_verified: false, phone_verified: false, sub: user?.id },
    })
    expect(user?.identities).toMatchObject([
      { provider: 'phone', id: user?.id, identity_data: { phone_verified: false, sub: user?.id } },
    ])
    const text = await world.inbox.waitFor(`+${phone}`)
    expect(text).toMatchObject({ channel: 'sms', template: 'sms_code', subject: '', link: null })
    expect(text.text).toContain(text.code)
    const verified = worked(await client.verifyOtp({ phone, token: text.code ?? '', type: 'sms' }))
    expect(verified.session).toMatchObject({ token_type: 'bearer', user: { phone, email: '', is_anonymous: false } })
    expect(verified.user).toMatchObject({
      phone_confirmed_at: expect.any(String),
      confirmed_at: expect.any(String),
      user_metadata: { phone_verified: true },
      identities: [{ identity_data: { phone_verified: true } }],
    })
    const again = worked(await authClient(world).signInWithPassword({ phone, password: goodPassword }))
    expect(again.user).toMatchObject({ id: user?.id, phone })
  })

  it('asks for the code before the password opens anything', async () => {
    const phone = aNumber()
    worked(await authClient(world).signUp({ phone, password: goodPassword }))
    const { error } = await authClient(world).signInWithPassword({ phone, password: goodPassword })
    expect(error).toMatchObject({ status: 400, code: 'phone_not_confirmed', message: 'Phone not confirmed' })
  })

  it('shows a made-up user for a taken number, and texts nobody', async () => {
    const { phone } = await aCaller()
    const { user, session } = worked(await authClient(world).signUp({ phone, password: goodPassword }))
    expect(session).toBeNull()
    expect(user).toMatchObject({ phone, email: '', role: '', identities: [] })
    expect(await world.inbox.staysEmpty(`+${phone}`)).toBe(true)
  })

  it('sends over WhatsApp where that is asked for', async () => {
    const phone = aNumber()
    worked(await authClient(world).signUp({ phone, password: goodPassword, options: { channel: 'whatsapp' } }))
    expect(await world.inbox.waitFor(`+${phone}`)).toMatchObject({ channel: 'whatsapp', template: 'sms_code' })
  })

  it('refuses what no telephone has, and a challenge', async () => {
    for (const phone of ['abc', '12', '+44 909 8790000']) {
      const { error } = await authClient(world).signUp({ phone, password: goodPassword })
      expect(error).toMatchObject({
        code: 'validation_failed',
        message: 'Invalid phone number format (E.164 required)',
      })
    }
    const json = { phone: aNumber(), password: goodPassword, code_challenge: 'x'.repeat(43) }
    expect(await (await raw(world, '/signup', { json })).json()).toMatchObject({
      code: 400,
      msg: 'PKCE not supported for phone signups',
    })
  })
})

describe('signing in with a texted code', () => {
  it('makes a user when the number is proved, with its metadata', async () => {
    const client = authClient(world)
    const phone = aNumber()
    const sent = worked(await client.signInWithOtp({ phone, options: { data: { plan: 'gold' } } }))
    expect(sent).toEqual({ user: null, session: null, messageId: undefined })
    const { user } = worked(await client.verifyOtp({ phone, token: await codeTo(phone), type: 'sms' }))
    expect(user).toMatchObject({ phone, phone_confirmed_at: expect.any(String), user_metadata: { plan: 'gold' } })
    expect(user?.identities).toMatchObject([{ provider: 'phone' }])
  })

  it('signs a known person in, once for each code', async () => {
    const { phone } = await aCaller()
    worked(await authClient(world).signInWithOtp({ phone, options: { shouldCreateUser: false } }))
    const token = await codeTo(phone)
    worked(await authClient(world).verifyOtp({ phone, token, type: 'sms' }))
    expect((await authClient(world).verifyOtp({ phone, token, type: 'sms' })).error).toMatchObject({
      status: 403,
      code: 'otp_expired',
      message: 'Token has expired or is invalid',
    })
  })

  it('says that nobody is there where no user is to be made', async () => {
    const phone = aNumber()
    const { error } = await authClient(world).signInWithOtp({ phone, options: { shouldCreateUser: false } })
    expect(error).toMatchObject({ status: 422, code: 'otp_disabled', message: 'Signups not allowed for otp' })
    expect(await world.inbox.staysEmpty(`+${phone}`)).toBe(true)
  })

  it('gives the numbers of tests their code, and sends them nothing', async () => {
    const client = authClient(world)
    const phone = '15550100199'
    const sent = worked(await client.signInWithOtp({ phone }))
    expect(sent).toMatchObject({ messageId: 'test-otp' })
    const { user } = worked(await client.verifyOtp({ phone, token: '424242', type: 'sms' }))
    expect(user).toMatchObject({ phone })
    expect(await world.inbox.staysEmpty(`+${phone}`)).toBe(true)
  })

  it('accepts no code of a number under a type of mail, nor the reverse', async () => {
    const phone = aNumber()
    const client = authClient(world)
    worked(await client.signInWithOtp({ phone }))
    const token = await codeTo(phone)
    for (const type of ['email', 'magiclink', 'signup', 'recovery', 'phone_change', 'email_change'])
      expect((await raw(world, '/verify', { json: { phone, token, type } })).status, type).toBe(403)
    worked(await client.verifyOtp({ phone, token, type: 'sms' }))
  })
})

describe('asking for the text again', () => {
  it('sends a new code for a sign-up, and the old one is dead', async () => {
    const phone = aNumber()
    const client = authClient(world)
    worked(await client.signUp({ phone, password: goodPassword }))
    const old = await codeTo(phone)
    await world.inbox.clear()
    expect(worked(await client.resend({ type: 'sms', phone }))).toMatchObject({ user: null, session: null })
    const fresh = await codeTo(phone)
    if (old !== fresh)
      expect((await client.verifyOtp({ phone, token: old, type: 'sms' })).error?.code).toBe('otp_expired')
    worked(await client.verifyOtp({ phone, token: fresh, type: 'sms' }))
    worked(await authClient(world).signInWithPassword({ phone, password: goodPassword }))
  })

  it('sends a new code to whoever is not a user yet', async () => {
    const phone = aNumber()
    const client = authClient(world)
    worked(await client.signInWithOtp({ phone, options: { data: { plan: 'gold' } } }))
    await codeTo(phone)
    await world.inbox.clear()
    worked(await client.resend({ type: 'sms', phone }))
    const { user } = worked(await client.verifyOtp({ phone, token: await codeTo(phone), type: 'sms' }))
    expect(user).toMatchObject({ phone, user_metadata: { plan: 'gold' } })
  })

  it('sends nothing to a confirmed number, to nobody, and for no change', async () => {
    const { phone } = await aCaller()
    const stranger = aNumber()
    for (const number of [phone, stranger])
      for (const type of ['sms', 'phone_change'] as const)
        worked(await authClient(world).resend({ type, phone: number }))
    expect(await world.inbox.staysEmpty(`+${phone}`)).toBe(true)
    expect(await world.inbox.staysEmpty(`+${stranger}`)).toBe(true)
  })
})

describe('changing the number', () => {
  it('waits for the code that went to the new one, and tells the old one', async () => {
    const { client, phone } = await aCaller()
    const next = aNumber()
    const { user } = worked(await client.updateUser({ phone: next }))
    expect(user).toMatchObject({ phone, new_phone: next, phone_change_sent_at: expect.any(String) })
    const token = await codeTo(next)
    const done = worked(await client.verifyOtp({ phone: next, token, type: 'phone_change' }))
    expect(done.user).toMatchObject({ id: user.id, phone: next, identities: [{ provider: 'phone' }] })
    expect(done.user).not.toHaveProperty('new_phone')
    expect(done.session?.access_token).toEqual(expect.any(String))
    expect(await world.inbox.waitFor(`+${phone}`)).toMatchObject({ template: 'sms_phone_changed', code: null })
    expect((await authClient(world).signInWithPassword({ phone, password: goodPassword })).error?.code).toBe(
      'invalid_credentials',
    )
    worked(await authClient(world).signInWithPassword({ phone: next, password: goodPassword }))
  })

  it('gives somebody with a mail address their first number, and a text more when asked by it', async () => {
    const { email } = await aPerson(world, { password: goodPassword })
    const client = authClient(world)
    worked(await client.signInWithPassword({ email, password: goodPassword }))
    const next = aNumber()
    worked(await client.updateUser({ phone: next }))
    await codeTo(next)
    await world.inbox.clear()
    worked(await client.resend({ type: 'phone_change', phone: next }))
    const { user } = worked(await client.verifyOtp({ phone: next, token: await codeTo(next), type: 'phone_change' }))
    expect(user).toMatchObject({ email, phone: next })
    expect(user?.app_metadata['providers']).toEqual(['email', 'phone'])
    worked(await authClient(world).signInWithPassword({ phone: next, password: goodPassword }))
  })

  it('turns a guest into a user who keeps the id', async () => {
    const client = authClient(world)
    const guest = worked(await client.signInAnonymously())
    const next = aNumber()
    worked(await client.updateUser({ phone: next }))
    const { user, session } = worked(
      await client.verifyOtp({ phone: next, token: await codeTo(next), type: 'phone_change' }),
    )
    expect(user).toMatchObject({ id: guest.user?.id, phone: next, is_anonymous: false })
    expect(session?.user.is_anonymous).toBe(false)
  })

  it('takes a number and a password together', async () => {
    const client = authClient(world)
    worked(await client.signInAnonymously())
    const next = aNumber()
    worked(await client.updateUser({ phone: next, password: goodPassword }))
    worked(await client.verifyOtp({ phone: next, token: await codeTo(next), type: 'phone_change' }))
    worked(await authClient(world).signInWithPassword({ phone: next, password: goodPassword }))
  })

  it('tells that a number is taken, and lets the own one stand', async () => {
    const { phone: taken } = await aCaller()
    const { client, phone } = await aCaller()
    expect((await client.updateUser({ phone: taken })).error).toMatchObject({
      status: 422,
      code: 'phone_exists',
      message: 'A user with this phone number has already been registered',
    })
    expect(worked(await client.updateUser({ phone })).user).not.toHaveProperty('new_phone')
  })

  it('takes the texted code of a reauthentication for a new password', async () => {
    const { client, phone } = await aCaller()
    world.clock.move(700)
    const password = 'another horse battery 8'
    expect((await client.updateUser({ password })).error?.code).toBe('reauthentication_needed')
    worked(await client.reauthenticate())
    worked(await client.updateUser({ password, nonce: await codeTo(phone) }))
    worked(await authClient(world).signInWithPassword({ phone, password }))
  })
})

describe('administrators', () => {
  it('make and change users with numbers', async () => {
    const admin = adminApi(world)
    const phone = aNumber()
    const { user } = worked(await admin.createUser({ phone, password: goodPassword, phone_confirm: true }))
    expect(user).toMatchObject({ phone, email: '', phone_confirmed_at: expect.any(String) })
    worked(await authClient(world).signInWithPassword({ phone, password: goodPassword }))
    expect((await admin.createUser({ phone })).error).toMatchObject({
      code: 'phone_exists',
      message: 'Phone number already registered by another user',
    })
    const next = aNumber()
    const changed = worked(await admin.updateUserById(user?.id ?? '', { phone: next, email: anAddress() }))
    expect(changed.user).toMatchObject({ phone: next })
    worked(await authClient(world).signInWithPassword({ phone: next, password: goodPassword }))
  })
})

describe('with numbers confirmed by nobody', () => {
  let open: World
  beforeAll(async () => {
    open = await startWorld({ config: { signUp: { phoneConfirmation: false } } })
  })
  afterAll(() => open.close())

  it('signs up at once, tells a taken number, and changes one at once', async () => {
    const phone = aNumber()
    const client = authClient(open)
    const { session } = worked(await client.signUp({ phone, password: goodPassword }))
    expect(session?.user).toMatchObject({ phone, phone_confirmed_at: expect.any(String) })
    expect((await authClient(open).signUp({ phone, password: goodPassword })).error).toMatchObject({
      code: 'user_already_exists',
      message: 'User already registered',
    })
    const next = aNumber()
    expect(worked(await client.updateUser({ phone: next })).user).toMatchObject({ phone: next })
  })
})

describe('with a list of who may sign up', () => {
  let listed: World
  beforeAll(async () => {
    listed = await startWorld({
      config: { signUp: { allow: ['acme.test', '+49 151 12345678'], block: ['evil.test'] } },
    })
  })
  afterAll(() => listed.close())

  it('lets in the numbers that stand in it, and no other', async () => {
    const other = await authClient(listed).signUp({ phone: aNumber(), password: goodPassword })
    expect(other.error).toMatchObject({ status: 400, code: 'validation_failed' })
    expect((await authClient(listed).signInWithOtp({ phone: aNumber() })).error?.code).toBe('validation_failed')
    worked(await authClient(listed).signUp({ phone: '4915112345678', password: goodPassword }))
  })
})

describe('with numbers switched off', () => {
  let off: World
  beforeAll(async () => {
    off = await startWorld({ config: { phone: { enabled: false } } })
  })
  afterAll(() => off.close())

  it('says so at every door', async () => {
    const phone = '15551234567'
    const client = authClient(off)
    const fault = (status: number, message: string) => ({ status, code: 'phone_provider_disabled', message })
    expect((await client.signUp({ phone, password: goodPassword })).error).toMatchObject(
      fault(400, 'Phone signups are disabled'),
    )
    expect((await client.signInWithPassword({ phone, password: goodPassword })).error).toMatchObject(
      fault(422, 'Phone logins are disabled'),
    )
    expect((await client.signInWithOtp({ phone })).error).toMatchObject(fault(400, 'Unsupported phone provider'))
    expect((await client.resend({ type: 'sms', phone })).error).toMatchObject(fault(400, 'Phone logins are disabled'))
    worked(await client.signInAnonymously())
    expect((await client.updateUser({ phone })).error).toMatchObject({ code: 'phone_provider_disabled' })
    expect(await (await raw(off, '/settings')).json()).toMatchObject({ external: { phone: false }, sms_provider: '' })
  })
})
