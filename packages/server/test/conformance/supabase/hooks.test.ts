import { decodeJwt } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { allow, anApplication, begin, finish, startProvider } from '../../world/applications.ts'
import { authenticator } from '../../world/authenticator.ts'
import { type HookRequest, type HookServer, startHookServer } from '../../world/hook-server.ts'
import { securityKey } from '../../world/security-key.ts'
import { type SocialWorld, startSocial } from '../../world/social.ts'
import { createTraveller } from '../../world/traveller.ts'
import { startWorld, type World } from '../../world/world.ts'
import {
  adminApi,
  aNumber,
  anAddress,
  aPasskeyOf,
  aPerson,
  appClient,
  aSignedIn,
  authClient,
  goodPassword,
  raw,
  worked,
} from './clients.ts'

let hooks: HookServer
let world: World
beforeAll(async () => {
  hooks = await startHookServer()
  world = await startWorld({
    config: {
      outbound: { allow: ['127.0.0.1'] },
      signUp: { anonymous: true },
      hooks: { beforeUserCreated: hooks.at('/before'), customAccessToken: hooks.at('/token') },
    },
  })
})
afterAll(async () => {
  await world.close()
  await hooks.close()
})

const echo = ({ body }: HookRequest) => ({ json: { claims: body['claims'] } })
const claimsOf = (session: { access_token: string } | null) => decodeJwt(session?.access_token ?? '')

beforeEach(() => {
  hooks.requests.length = 0
  hooks.answer('/before', { json: {} })
  hooks.answer('/token', echo)
})

describe('the hook before an account is made', () => {
  it('is told of whoever signs up, by a signed call, and of nothing secret', async () => {
    const email = anAddress()
    const { user } = worked(
      await appClient(world).auth.signUp({ email, password: goodPassword, options: { data: { plan: 'free' } } }),
    )
    const [call] = hooks.calls('/before')
    expect(call).toMatchObject({
      signed: true,
      body: {
        metadata: {
          uuid: call?.headers['webhook-id'],
          time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
          name: 'before-user-created',
          ip_address: '127.0.0.1',
        },
        user: {
          id: user?.id,
          aud: 'authenticated',
          email,
          phone: '',
          app_metadata: { provider: 'email', providers: ['email'] },
          user_metadata: { plan: 'free' },
          identities: [],
          created_at: '0001-01-01T00:00:00Z',
          updated_at: '0001-01-01T00:00:00Z',
          is_anonymous: false,
        },
      },
    })
    expect(call?.text).not.toContain(goodPassword)
    expect(hooks.calls('/before')).toHaveLength(1)
  })

  it('its no is the answer, with its status and its sentence, and no account is made', async () => {
    hooks.answer('/before', { json: { error: { http_code: 403, message: 'Only for members.' } } })
    const email = anAddress()
    const answer = await appClient(world).auth.signUp({ email, password: goodPassword })
    expect(answer.error).toMatchObject({ status: 403, code: 'unknown', message: 'Only for members.' })
    expect(worked(await adminApi(world).listUsers()).users.map((user) => user.email)).not.toContain(email)
    expect(await world.inbox.staysEmpty(email)).toBe(true)
  })

  it('a no without a status is a 500 in its own words', async () => {
    hooks.answer('/before', { json: { error: { message: 'No.' } } })
    const answer = await appClient(world).auth.signInAnonymously()
    expect(answer.error).toMatchObject({ status: 500, message: 'No.' })
  })

  it('is asked about guests, codes, invitations and links, but not about what an administrator makes', async () => {
    worked(await appClient(world).auth.signInAnonymously())
    expect(hooks.calls('/before').at(-1)?.body['user']).toMatchObject({ email: '', is_anonymous: true })
    const coded = anAddress()
    const client = authClient(world)
    worked(await client.signInWithOtp({ email: coded }))
    const { code } = await world.inbox.waitFor(coded)
    worked(await client.verifyOtp({ email: coded, token: code ?? '', type: 'email' }))
    expect(hooks.calls('/before').at(-1)?.body['user']).toMatchObject({ email: coded })
    const invited = anAddress()
    worked(await adminApi(world).inviteUserByEmail(invited))
    expect(hooks.calls('/before').at(-1)?.body['user']).toMatchObject({ email: invited })
    const linked = anAddress()
    worked(await adminApi(world).generateLink({ type: 'signup', email: linked, password: goodPassword }))
    expect(hooks.calls('/before').at(-1)?.body['user']).toMatchObject({ email: linked })
    expect(hooks.calls('/before')).toHaveLength(4)
    await aPerson(world)
    expect(hooks.calls('/before')).toHaveLength(4)
  })

  it('a code that was right stays good while the hook is down', async () => {
    const email = anAddress()
    const client = authClient(world)
    worked(await client.signInWithOtp({ email }))
    const token = (await world.inbox.waitFor(email)).code ?? ''
    hooks.answer('/before', { status: 500 })
    const answer = await client.verifyOtp({ email, token, type: 'email' })
    expect(answer.error).toMatchObject({ status: 500, message: 'Unexpected status code returned from hook: 500' })
    hooks.answer('/before', { json: {} })
    expect(worked(await client.verifyOtp({ email, token, type: 'email' })).session).not.toBeNull()
  })
})

describe('the hook before an account is made, where a browser is on its way', () => {
  let social: SocialWorld
  const place = 'https://app.example.test/welcome'
  beforeAll(async () => {
    social = await startSocial({ hooks: { beforeUserCreated: hooks.at('/before') } })
  })
  afterAll(() => social.close())

  const comeBack = async () => {
    const client = authClient(social, { flowType: 'pkce' })
    const options = { redirectTo: place, skipBrowserRedirect: true }
    const { url } = worked(await client.signInWithOAuth({ provider: 'google', options }))
    const landed = await createTraveller().go(url ?? '', 'https://app.example.test')
    return { client, params: landed.url.searchParams }
  }

  it('is told of a first sign-in at a provider, and of no later one', async () => {
    const email = anAddress('there')
    social.openId.person = { sub: 'hooked-1', email, email_verified: true, name: 'Ada Lovelace' }
    for (const _ of ['first', 'second']) {
      const { client, params } = await comeBack()
      worked(await client.exchangeCodeForSession(params.get('code') ?? ''))
    }
    expect(hooks.calls('/before').map(({ body }) => body['user'])).toEqual([
      expect.objectContaining({
        email,
        app_metadata: { provider: 'google', providers: ['google'] },
        user_metadata: expect.objectContaining({ full_name: 'Ada Lovelace', sub: 'hooked-1' }),
      }),
    ])
  })

  it('its no goes back to the application, and no account is made', async () => {
    hooks.answer('/before', { json: { error: { http_code: 403, message: 'Only for members.' } } })
    const email = anAddress('there')
    social.openId.person = { sub: 'hooked-2', email, email_verified: true, name: 'Ada Lovelace' }
    const { params } = await comeBack()
    expect(Object.fromEntries(params)).toMatchObject({ error: 'access_denied', error_description: 'Only for members.' })
    expect(await social.core.users.findByAddress({ email })).toBeUndefined()
    hooks.answer('/before', { status: 500 })
    expect((await comeBack()).params.get('error')).toBe('server_error')
    expect(await social.core.users.findByAddress({ email })).toBeUndefined()
    hooks.answer('/before', { json: {} })
    expect((await comeBack()).params.get('code')).not.toBeNull()
  })

  it('its no to a mailed link goes back with it, and the link stays good', async () => {
    const email = anAddress()
    worked(await authClient(social).signInWithOtp({ email, options: { emailRedirectTo: place } }))
    const { link } = await social.inbox.waitFor(email)
    hooks.answer('/before', { json: { error: { http_code: 403, message: 'Only for members.' } } })
    const open = () => fetch(link ?? '', { redirect: 'manual' }).then(({ headers }) => headers.get('location') ?? '')
    expect(await open()).toContain('error_description=Only+for+members.')
    hooks.answer('/before', { json: {} })
    expect(await open()).toContain('access_token=')
  })
})

describe('the hook of access tokens', () => {
  it('adds claims, at every sign-in and every refresh', async () => {
    hooks.answer('/token', ({ body }) => ({
      json: { claims: { ...(body['claims'] as object), plan: 'gold', tenants: [1, 2] } },
    }))
    const { email, id } = await aPerson(world)
    const client = authClient(world)
    const { session } = worked(await client.signInWithPassword({ email, password: goodPassword }))
    expect(claimsOf(session)).toMatchObject({ sub: id, plan: 'gold', tenants: [1, 2] })
    expect(hooks.calls('/token')[0]?.body).toMatchObject({
      metadata: { name: 'customize-access-token', ip_address: '127.0.0.1' },
      user_id: id,
      authentication_method: 'password',
      claims: { sub: id, role: 'authenticated', aal: 'aal1', email },
    })
    const refreshed = worked(await client.refreshSession())
    expect(claimsOf(refreshed.session)).toMatchObject({ plan: 'gold' })
    expect(hooks.calls('/token')[1]?.body).toMatchObject({ authentication_method: 'token_refresh' })
    expect(worked(await client.getUser()).user.id).toBe(id)
    expect(worked(await client.getClaims())?.claims).toMatchObject({ plan: 'gold' })
  })

  it('leaves out of a token what it leaves out, save what a token stands on', async () => {
    hooks.answer('/token', ({ body }) => {
      const { user_metadata: _, app_metadata: __, ...claims } = body['claims'] as Record<string, unknown>
      return { json: { claims: { ...claims, email: '' } } }
    })
    const { email } = await aPerson(world)
    const { session } = worked(await authClient(world).signInWithPassword({ email, password: goodPassword }))
    expect(claimsOf(session)).not.toHaveProperty('user_metadata')
    expect(claimsOf(session)).toMatchObject({ email: '', amr: [{ method: 'password' }] })
  })

  it('a session whose token could not be made does not stay behind', async () => {
    const { email, id } = await aPerson(world)
    hooks.answer('/token', { json: { claims: { plan: 'gold' } } })
    const answer = await authClient(world).signInWithPassword({ email, password: goodPassword })
    expect(answer.error).toMatchObject({ status: 500, message: 'Invalid response from hook' })
    expect(await world.core.sessions.count(id)).toBe(0)
  })

  it('a refresh that failed for the hook can be made again', async () => {
    const { email } = await aPerson(world)
    const client = authClient(world)
    const { session } = worked(await client.signInWithPassword({ email, password: goodPassword }))
    const refresh_token = session?.refresh_token ?? ''
    hooks.answer('/token', { status: 503 })
    // The client itself would try this for half a minute.
    const failed = await raw(world, '/token?grant_type=refresh_token', { json: { refresh_token } })
    expect(await failed.json()).toMatchObject({ code: 500, msg: 'Service currently unavailable due to hook' })
    hooks.answer('/token', echo)
    world.clock.move(60)
    expect(worked(await authClient(world).refreshSession({ refresh_token })).session).not.toBeNull()
    world.clock.move(-60)
  })
})

describe('the hook of access tokens, for applications that people sign in to with their account here', () => {
  let provider: World
  beforeAll(async () => {
    provider = await startProvider({
      outbound: { allow: ['127.0.0.1'] },
      hooks: { customAccessToken: hooks.at('/token') },
    })
  })
  afterAll(() => provider.close())

  it('adds claims to their tokens too, and none that makes them another’s', async () => {
    const person = await aSignedIn(provider)
    hooks.answer('/token', ({ body }) => ({
      json: { claims: { ...(body['claims'] as object), plan: 'gold', client_id: 'another', scope: 'everything' } },
    }))
    const app = await anApplication(provider, {})
    const pending = await begin(app)
    const tokens = await finish(app, pending, await allow(person, pending.handle))
    const claims = decodeJwt(tokens.access_token)
    expect(claims).toMatchObject({ sub: person.id, plan: 'gold', client_id: app.id, scope: 'openid email profile' })
  })
})

describe('the hooks that send', () => {
  let sending: World
  beforeAll(async () => {
    sending = await startWorld({
      config: {
        outbound: { allow: ['127.0.0.1'] },
        phone: { countries: ['DE'] },
        hooks: { sendEmail: hooks.at('/email'), sendSms: hooks.at('/sms') },
      },
    })
  })
  afterAll(() => sending.close())

  const mailTo = async (path: string, count = 1) => {
    await expect.poll(() => hooks.calls(path).length, { timeout: 10_000 }).toBeGreaterThanOrEqual(count)
    return hooks.calls(path).at(-1)
  }

  it('a mail is a call that has everything to write one, and nothing leaves otherwise', async () => {
    const email = anAddress()
    const client = authClient(sending)
    worked(await client.signUp({ email, password: goodPassword, options: { emailRedirectTo: sending.url } }))
    const call = await mailTo('/email')
    expect(call).toMatchObject({
      signed: true,
      body: {
        metadata: { name: 'send-email', ip_address: '127.0.0.1' },
        user: { email, user_metadata: { email } },
        email_data: {
          token: expect.stringMatching(/^\d{6}$/),
          token_hash: expect.stringMatching(/.{20}/),
          redirect_to: sending.url,
          email_action_type: 'signup',
          site_url: `${sending.url.replace('127.0.0.1', 'localhost')}/auth/v1`,
          token_new: '',
          token_hash_new: '',
          old_email: '',
          old_phone: '',
          provider: '',
          factor_type: '',
        },
      },
    })
    const token_hash = String(call?.body['email_data']?.['token_hash'])
    expect(worked(await client.verifyOtp({ token_hash, type: 'signup' })).session).not.toBeNull()
    expect(await sending.inbox.staysEmpty(email)).toBe(true)
  })

  it('8: a change of address is one call with the pairs crossed', async () => {
    const { email } = await aPerson(sending)
    const client = authClient(sending)
    worked(await client.signInWithPassword({ email, password: goodPassword }))
    const wanted = anAddress('new')
    worked(await client.updateUser({ email: wanted }))
    const call = await mailTo('/email')
    expect(call?.body['user']).toMatchObject({ email, new_email: wanted })
    const data = (call?.body['email_data'] ?? {}) as Record<string, string>
    expect(data['email_action_type']).toBe('email_change')
    worked(await client.verifyOtp({ email, token: data['token'] ?? '', type: 'email_change' }))
    const { user } = worked(await client.verifyOtp({ token_hash: data['token_hash'] ?? '', type: 'email_change' }))
    expect(user?.email).toBe(wanted)
    expect(data['token_new']).toMatch(/^\d{6}$/)
    expect(data['token_hash_new']).not.toBe('')
  })

  it('a notice tells of the account what the account’s own page shows', async () => {
    const { client, email } = await aSignedIn(sending)
    const { id: factorId, totp } = worked(await client.mfa.enroll({ factorType: 'totp', friendlyName: 'app' }))
    await aPasskeyOf(client, securityKey(sending.config.settings.siteUrl))
    const code = authenticator(totp.secret).codeAt(sending.core.runtime.now())
    worked(await client.mfa.challengeAndVerify({ factorId, code }))
    const about = { email_action_type: 'mfa_factor_enrolled_notification', factor_type: 'totp' }
    const isAbout = (data: object = {}) => Object.entries(about).every(([name, value]) => data[name as never] === value)
    const told = () =>
      hooks.calls('/email').find(({ body }) => isAbout(body['email_data']) && body['user']?.['email'] === email)
    await expect.poll(told, { timeout: 10_000 }).toBeDefined()
    const { user } = worked(await client.getUser())
    expect(told()?.body['user']).toEqual({ ...user, updated_at: expect.any(String), identities: expect.any(Array) })
  })

  it('a message that the hook did not take is sent again, under the same id', async () => {
    const email = anAddress()
    const tries: string[] = []
    hooks.answer('/email', ({ headers, body }) => {
      if (body['user']?.['email'] !== email) return { json: {} }
      tries.push(String(headers['webhook-id']))
      return tries.length === 1 ? { status: 503 } : { json: {} }
    })
    worked(await authClient(sending).signUp({ email, password: goodPassword }))
    await expect.poll(() => tries.length, { timeout: 15_000 }).toBe(2)
    expect(tries[0]).toBe(tries[1])
    hooks.answer('/email', { json: {} })
  })

  it('a text is a call with its code, and the code is good', async () => {
    const phone = aNumber()
    const client = authClient(sending)
    worked(await client.signInWithOtp({ phone }))
    const call = await mailTo('/sms')
    expect(call?.body).toMatchObject({
      metadata: { name: 'send-sms' },
      user: { phone },
      sms: { otp: expect.stringMatching(/^\d{6}$/), phone },
    })
    const token = String(call?.body['sms']?.['otp'])
    expect(worked(await client.verifyOtp({ phone, token, type: 'sms' })).session).not.toBeNull()
  })
})
