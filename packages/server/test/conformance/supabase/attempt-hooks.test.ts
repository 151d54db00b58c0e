import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { authenticator } from '../../world/authenticator.ts'
import { type HookServer, startHookServer } from '../../world/hook-server.ts'
import { startWorld, type World } from '../../world/world.ts'
import { adminApi, anAddress, aPerson, appClient, aSignedIn, authClient, goodPassword, worked } from './clients.ts'

let hooks: HookServer
let world: World
beforeAll(async () => {
  hooks = await startHookServer()
  world = await startWorld({
    config: {
      outbound: { allow: ['127.0.0.1'] },
      signUp: { anonymous: true },
      hooks: {
        passwordVerificationAttempt: hooks.at('/password'),
        mfaVerificationAttempt: hooks.at('/mfa'),
        afterUserCreated: hooks.at('/after'),
      },
    },
  })
})
afterAll(async () => {
  await world.close()
  await hooks.close()
})
beforeEach(() => {
  hooks.requests.length = 0
  hooks.answer('/password', { json: { decision: 'continue' } })
  hooks.answer('/mfa', { json: { decision: 'continue' } })
  hooks.answer('/after', { json: {} })
})

const reject = (more: object = {}) => ({ json: { decision: 'reject', ...more } })

describe('the hook of password attempts', () => {
  it('is told whether it was right, and not what it was', async () => {
    const { email, id } = await aPerson(world)
    const client = authClient(world)
    worked(await client.signInWithPassword({ email, password: goodPassword }))
    const wrong = await client.signInWithPassword({ email, password: 'another password 9' })
    expect(wrong.error).toMatchObject({
      status: 400,
      code: 'invalid_credentials',
      message: 'Invalid login credentials',
    })
    expect(hooks.calls('/password').map(({ body }) => body)).toEqual([
      { metadata: expect.objectContaining({ name: 'password-verification' }), user_id: id, valid: true },
      { metadata: expect.objectContaining({ ip_address: '127.0.0.1' }), user_id: id, valid: false },
    ])
    expect(hooks.requests.map(({ text }) => text).join()).not.toContain('password 9')
  })

  it('its no is the answer, be the password right or wrong', async () => {
    const { email } = await aPerson(world)
    for (const password of [goodPassword, 'another password 9']) {
      hooks.answer('/password', reject({ message: 'Wait for an hour.' }))
      const said = await authClient(world).signInWithPassword({ email, password })
      expect(said.error).toMatchObject({ status: 400, code: 'invalid_credentials', message: 'Wait for an hour.' })
      hooks.answer('/password', reject())
      const silent = await authClient(world).signInWithPassword({ email, password })
      expect(silent.error?.message).toBe('Further password verification attempts will be rejected.')
    }
  })

  it('may sign somebody out everywhere', async () => {
    const { email, id } = await aPerson(world)
    const client = authClient(world)
    worked(await client.signInWithPassword({ email, password: goodPassword }))
    hooks.answer('/password', reject())
    await authClient(world).signInWithPassword({ email, password: 'another password 9' })
    expect(await world.core.sessions.count(id)).toBe(1)
    hooks.answer('/password', reject({ should_logout_user: true }))
    await authClient(world).signInWithPassword({ email, password: 'another password 9' })
    expect(await world.core.sessions.count(id)).toBe(0)
    expect((await client.refreshSession()).error).not.toBeNull()
  })

  it('S10 is asked about nobody as about somebody, with an id that stays the same', async () => {
    const nobody = anAddress()
    await authClient(world).signInWithPassword({ email: nobody, password: goodPassword })
    await authClient(world).signInWithPassword({ email: nobody, password: 'another password 9' })
    await authClient(world).signInWithPassword({ email: anAddress(), password: goodPassword })
    const [first, second, third] = hooks.calls('/password').map(({ body }) => body)
    expect(first).toMatchObject({ user_id: expect.stringMatching(/^[0-9a-f-]{36}$/), valid: false })
    expect(second?.['user_id']).toBe(first?.['user_id'])
    expect(third?.['user_id']).not.toBe(first?.['user_id'])
    hooks.answer('/password', reject({ message: 'Wait.', should_logout_user: true }))
    const answer = await authClient(world).signInWithPassword({ email: nobody, password: goodPassword })
    expect(answer.error).toMatchObject({ status: 400, code: 'invalid_credentials', message: 'Wait.' })
  })

  it('S106 S140 whatever else it answers, nobody gets in', async () => {
    const { email, id } = await aPerson(world)
    for (const odd of [{}, { decision: 'maybe' }, { decision: true }, { decision: 'Continue' }]) {
      hooks.answer('/password', { json: odd })
      const answer = await authClient(world).signInWithPassword({ email, password: goodPassword })
      expect(answer.error).toMatchObject({ status: 500, message: 'Invalid response from hook' })
    }
    hooks.answer('/password', { status: 500 })
    expect((await authClient(world).signInWithPassword({ email, password: goodPassword })).error).not.toBeNull()
    expect(await world.core.sessions.count(id)).toBe(0)
  })
})

describe('the hook of second factors', () => {
  async function withApp() {
    const who = await aSignedIn(world)
    const enrolled = worked(await who.client.mfa.enroll({ factorType: 'totp' }))
    if (enrolled.type !== 'totp') throw new Error('not an app')
    const { id: factorId, totp } = enrolled
    const verify = (code: string) => who.client.mfa.challengeAndVerify({ factorId, code })
    const right = () => {
      world.clock.move(30)
      return authenticator(totp.secret).codeAt(world.core.runtime.now())
    }
    return { ...who, factorId, verify, right }
  }

  it('is told of each try, and not of the code', async () => {
    const { id, factorId, verify, right } = await withApp()
    expect((await verify('000000')).error).toMatchObject({ code: 'mfa_verification_failed' })
    const code = right()
    worked(await verify(code))
    expect(hooks.calls('/mfa').map(({ body }) => body)).toEqual([
      {
        metadata: expect.objectContaining({ name: 'mfa-verification' }),
        user_id: id,
        factor_id: factorId,
        factor_type: 'totp',
        valid: false,
      },
      expect.objectContaining({ user_id: id, valid: true }),
    ])
    expect(hooks.requests.map(({ text }) => text).join()).not.toContain(`"${code}"`)
  })

  it('its no signs the person out everywhere, and the factor is not proved', async () => {
    const { id, verify, right } = await withApp()
    hooks.answer('/mfa', reject({ message: 'Call us.' }))
    expect((await verify(right())).error).toMatchObject({
      status: 403,
      code: 'mfa_verification_rejected',
      message: 'Call us.',
    })
    expect(await world.core.sessions.count(id)).toBe(0)
    expect((await world.core.users.find(id))?.factors).toMatchObject([{ status: 'unverified' }])
  })

  it('S106 S140 whatever else it answers, nobody rises', async () => {
    const { client, id, verify, right } = await withApp()
    for (const odd of [{}, { decision: 'yes' }]) {
      hooks.answer('/mfa', { json: odd })
      expect((await verify(right())).error).toMatchObject({ status: 500 })
    }
    expect(worked(await client.mfa.getAuthenticatorAssuranceLevel()).currentLevel).toBe('aal1')
    expect(await world.core.sessions.count(id)).toBe(1)
    hooks.answer('/mfa', { json: { decision: 'continue' } })
    worked(await verify(right()))
  })
})

describe('the hook after events', () => {
  let eventful: World
  const events: { type: string; user_id: string }[] = []
  beforeAll(async () => {
    eventful = await startWorld({
      config: { hooks: { afterEvent: { function: ({ event }) => void events.push(event) } } },
    })
  })
  afterAll(() => eventful.close())

  it('is told of what happened to an account to its end, and of nothing that was refused', async () => {
    const { email, id } = await aPerson(eventful)
    const client = authClient(eventful)
    worked(await client.signInWithPassword({ email, password: goodPassword }))
    await client.signInWithPassword({ email, password: 'another password 9' })
    worked(await client.updateUser({ data: { plan: 'gold' } }))
    worked(await client.updateUser({ password: 'a new password 10' }))
    await client.signOut({ scope: 'global' })
    worked(await adminApi(eventful).deleteUser(id))
    await eventful.watchword.deliverer.drain()
    const types = events.filter(({ user_id }) => user_id === id).map(({ type }) => type)
    expect(types).toContain('user.deleted')
    expect(types).not.toContain('session.refused')
    expect(JSON.stringify(events)).not.toContain(email)
  })

  it('is told of each in its own call, with who did it', async () => {
    events.length = 0
    const { email, id } = await aPerson(eventful)
    worked(await authClient(eventful).signInWithPassword({ email, password: goodPassword }))
    await eventful.watchword.deliverer.drain()
    const own = events.filter(({ user_id }) => user_id === id)
    expect(new Set(own.map(({ type }) => type))).toEqual(new Set(['user.created', 'session.opened']))
    expect(own.find(({ type }) => type === 'session.opened')).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      at: expect.stringMatching(/^20/),
      session_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      actor: { type: 'user', id },
      dialect: 'supabase',
      details: { amr: ['password'] },
    })
  })
})

describe('the hook after an account is made', () => {
  const told = async (count: number) => {
    await expect.poll(() => hooks.calls('/after').length, { timeout: 15_000 }).toBe(count)
    return hooks.calls('/after').at(-1)?.body
  }

  it('19: is told of it once, whatever happens to the account afterwards', async () => {
    const email = anAddress()
    const client = authClient(world)
    const { user } = worked(await client.signUp({ email, password: goodPassword, options: { data: { plan: 'free' } } }))
    expect(await told(1)).toMatchObject({
      metadata: { name: 'after-user-created', ip_address: '127.0.0.1' },
      user: { id: user?.id, email, user_metadata: { plan: 'free' }, created_at: expect.stringMatching(/^20/) },
    })
    const { code } = await world.inbox.waitFor(email)
    worked(await client.verifyOtp({ email, token: code ?? '', type: 'signup' }))
    worked(await client.signInWithPassword({ email, password: goodPassword }))
    worked(await appClient(world).auth.signInAnonymously())
    expect(await told(2)).toMatchObject({ user: { is_anonymous: true } })
    worked(await adminApi(world).inviteUserByEmail(anAddress()))
    expect(await told(3)).toMatchObject({ user: { invited_at: expect.anything() } })
  })

  it('S106 is told again until it listens, and undoes nothing', async () => {
    hooks.answer('/after', ({ headers }) => {
      const tries = hooks.calls('/after').filter((call) => call.headers['webhook-id'] === headers['webhook-id'])
      return tries.length === 1 ? { status: 503 } : { json: { error: { http_code: 403, message: 'No.' } } }
    })
    const email = anAddress()
    worked(await authClient(world).signUp({ email, password: goodPassword }))
    await told(2)
    const { code } = await world.inbox.waitFor(email)
    worked(await authClient(world).verifyOtp({ email, token: code ?? '', type: 'signup' }))
  })

  it('is not told of what was taken back, nor of an address that is taken', async () => {
    const { email } = await aPerson(world)
    worked(await authClient(world).signUp({ email, password: goodPassword }))
    worked(await authClient(world).signUp({ email: anAddress(), password: goodPassword }))
    await told(1)
  })
})
