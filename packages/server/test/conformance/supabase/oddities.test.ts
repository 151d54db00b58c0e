import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { azure } from '#src/core/providers/built-in/azure.ts'
import { signInAt } from '../../world/asked-provider.ts'
import { securityKey } from '../../world/security-key.ts'
import { ethereumWallet, walletMessage } from '../../world/wallet.ts'
import { startWorld, type World } from '../../world/world.ts'
import {
  adminApi,
  anAddress,
  aPerson,
  appClient,
  aSignedIn,
  authClient,
  goodPassword,
  landing,
  raw,
  worked,
} from './clients.ts'

// The oddities of the contract, by their numbers there: each is kept, or what stands in its place is what a client can bear.

const site = 'http://localhost:3000'
let world: World
let auto: World
beforeAll(async () => {
  const config = { siteUrl: site, redirectUrls: [`${site}/**`], oauthServer: { enabled: true } }
  world = await startWorld({ config: { ...config, wallets: { ethereum: true } } })
  auto = await startWorld({ config: { ...config, signUp: { emailConfirmation: false } } })
})
afterAll(async () => {
  await world.close()
  await auto.close()
})

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const json = async (answer: Response) => (await answer.json()) as Record<string, unknown>
const hashOf = (link: string | null | undefined) => new URL(link ?? '').searchParams.get('token') ?? ''

describe('statuses and codes', () => {
  it('1: a token that is none is a 403, and none at all a 401', async () => {
    const none = await raw(world, '/user')
    expect([none.status, await json(none)]).toEqual([
      401,
      { code: 401, error_code: 'no_authorization', msg: 'This endpoint requires a valid Bearer token' },
    ])
    const bad = await raw(world, '/user', { headers: bearer('no.such.token') })
    expect(bad.status).toBe(403)
    expect((await authClient(world).getUser('no.such.token')).error).toMatchObject({
      status: 403,
      code: 'bad_jwt',
      message: expect.stringMatching(/^invalid JWT/),
    })
  })

  it('2: the first half of a change says 200 as text', async () => {
    const { client, email } = await aSignedIn(world)
    worked(await client.updateUser({ email: anAddress('next') }))
    const { link } = await world.inbox.waitFor(email, 'email_change_current')
    const half = await raw(world, '/verify', { json: { type: 'email_change', token_hash: hashOf(link) } })
    expect([half.status, await half.json()]).toEqual([
      200,
      { msg: 'Confirmation link accepted. Please proceed to confirm link sent to the other email', code: '200' },
    ])
  })

  it('6: what an administrator may not write is no fault of the server’s', async () => {
    const { email } = await aPerson(world)
    const { id } = await aPerson(world)
    const refused = await adminApi(world).updateUserById(id, { email })
    expect(refused.error).toMatchObject({ name: 'AuthApiError', status: 422, code: 'email_exists' })
  })

  it('20: an assertion that proves nothing is a 422', async () => {
    const { client } = await aSignedIn(world)
    const key = securityKey('http://elsewhere.example.test')
    const { id: factorId } = worked(await client.mfa.enroll({ factorType: 'webauthn', friendlyName: 'Key' }))
    const { session } = worked(await client.getSession())
    const headers = bearer(session?.access_token ?? '')
    const asked = await json(await raw(world, `/factors/${factorId}/challenge`, { json: {}, headers }))
    const { type, credential_options } = asked['webauthn'] as {
      type: string
      credential_options: { publicKey: Record<string, unknown> }
    }
    expect(type).toBe('create')
    const credential_response = key.create(credential_options.publicKey)
    const answer = await raw(world, `/factors/${factorId}/verify`, {
      headers,
      json: { challenge_id: asked['id'], webauthn: { type, credential_response } },
    })
    expect([answer.status, await json(answer)]).toMatchObject([422, { error_code: 'mfa_verification_failed' }])
  })

  it('21: an address that is none is told so, though no user is to be made', async () => {
    const options = { shouldCreateUser: false }
    expect((await authClient(world).signInWithOtp({ email: 'no address', options })).error).toMatchObject({
      status: 400,
      code: 'validation_failed',
    })
    expect((await authClient(world).signInWithOtp({ email: anAddress(), options })).error).toMatchObject({
      status: 422,
      code: 'otp_disabled',
      message: 'Signups not allowed for otp',
    })
  })
})

describe('what lists look like', () => {
  it('3: the number of the next page is the first thing in its address', async () => {
    for (const _ of [1, 2, 3]) await aPerson(world)
    const path = '/admin/users?filter=example&per_page=2&page=1'
    const answer = await raw(world, path, { headers: bearer(world.secretKey) })
    expect(answer.headers.get('link')).toMatch(/^<\/admin\/users\?page=2&per_page=2[^,]*>; rel="next", </)
    const { nextPage, lastPage, total } = worked(await adminApi(world).listUsers({ page: 1, perPage: 2 })) as {
      nextPage: number
      lastPage: number
      total: number
    }
    expect([nextPage, lastPage]).toEqual([2, Math.ceil(total / 2)])
  })

  it('4: a page and a size that are empty are the usual ones', async () => {
    const answer = await raw(world, '/admin/users?page=&per_page=', { headers: bearer(world.secretKey) })
    expect([answer.status, answer.headers.get('link')]).toEqual([200, expect.stringContaining('per_page=50')])
    expect((await adminApi(world).listUsers()).error).toBeNull()
  })

  it('5: no applications are an empty list', async () => {
    expect(worked(await adminApi(auto).oauth.listClients()).clients).toEqual([])
  })

  it('9: a factor has a type when it is made and a factor_type in lists; an identity has two ids', async () => {
    const { client, id } = await aSignedIn(world)
    const made = worked(await client.mfa.enroll({ factorType: 'totp' }))
    expect(made).toMatchObject({ type: 'totp', friendly_name: '' })
    const user = worked(await client.getUser()).user
    expect(user.factors).toMatchObject([{ id: made.id, factor_type: 'totp', status: 'unverified' }])
    expect(user.factors?.[0]).not.toHaveProperty('type')
    const [identity] = user.identities ?? []
    expect(identity).toMatchObject({ id, identity_id: expect.any(String), user_id: id })
    expect(identity?.identity_id).not.toBe(id)
  })

  it('14: nobody is without an audience and a role', async () => {
    const { session } = await aSignedIn(world)
    expect(session.user).toMatchObject({ aud: 'authenticated', role: 'authenticated' })
    expect(worked(await authClient(world).getClaims(session.access_token))?.claims).toMatchObject({
      aud: 'authenticated',
      role: 'authenticated',
    })
  })

  it('15: the settings name the providers that clients of old know', async () => {
    const { external } = (await json(await raw(world, '/settings'))) as { external: object }
    expect(Object.keys(external).sort()).toEqual([
      ...['anonymous_users', 'apple', 'azure', 'bitbucket', 'discord', 'email', 'facebook', 'figma', 'fly', 'github'],
      ...['gitlab', 'google', 'kakao', 'keycloak', 'linkedin', 'linkedin_oidc', 'notion', 'phone', 'slack'],
      ...['slack_oidc', 'snapchat', 'spotify', 'twitch', 'twitter', 'workos', 'zoom'],
    ])
  })
})

describe('signing in and up', () => {
  it('10: a sign-in by password says that the password is not weak', async () => {
    const { email } = await aPerson(world)
    const signIn = (path: string, body: object) => raw(world, `/token?grant_type=${path}`, { json: body })
    const session = await json(await signIn('password', { email, password: goodPassword }))
    expect(session).toHaveProperty('weak_password', null)
    const refreshed = await json(await signIn('refresh_token', { refresh_token: session['refresh_token'] }))
    expect(refreshed).not.toHaveProperty('weak_password')
  })

  it('7: the grants of ID tokens and wallets refuse in words of OAuth, one of them with a space in it', async () => {
    const token = await raw(world, '/token?grant_type=id_token', { json: { provider: 'google' } })
    expect([token.status, await token.json()]).toEqual([
      400,
      { error: 'invalid request', error_description: 'id_token required' },
    ])
    const message = walletMessage('ethereum', ethereumWallet().address)
    const json = { chain: 'ethereum', message, signature: ethereumWallet().sign(message) }
    const wallet = await raw(world, '/token?grant_type=web3', {
      json,
      headers: { 'x-supabase-api-version': '2024-01-01' },
    })
    expect([wallet.status, await wallet.json()]).toEqual([
      400,
      { error: 'invalid_grant', error_description: 'Signature does not match address in message' },
    ])
    const { error } = await authClient(world).signInWithIdToken({ provider: 'google', token: '' })
    expect(error).toMatchObject({ status: 400, code: undefined, message: 'id_token required' })
  })

  it('17: a wallet’s message that is over is refused, with and without the day it begins', async () => {
    const wallet = ethereumWallet()
    const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()
    for (const more of [{}, { 'Not Before': ago(3) }]) {
      const message = walletMessage('ethereum', wallet.address, {
        URI: `${site}/login`,
        domain: 'localhost:3000',
        'Issued At': ago(3),
        'Expiration Time': ago(1),
        ...more,
      })
      const answer = await raw(world, '/token?grant_type=web3', {
        json: { chain: 'ethereum', message, signature: wallet.sign(message) },
      })
      expect((await json(answer))['error_description']).toBe('Signed Ethereum message is expired')
    }
  })

  it('18: of two sign-ups that wait for one mail, the password that was typed last counts', async () => {
    const email = anAddress()
    const client = authClient(world)
    worked(await client.signUp({ email, password: 'the first password 1' }))
    worked(await client.signUp({ email, password: goodPassword }))
    await expect.poll(async () => (await world.inbox.list(email)).length, { timeout: 10_000 }).toBe(2)
    worked(await client.verifyOtp({ email, token: (await world.inbox.waitFor(email)).code ?? '', type: 'signup' }))
    const other = await authClient(world).signInWithPassword({ email, password: 'the first password 1' })
    expect(other.error).toMatchObject({ code: 'invalid_credentials' })
  })

  it('26: a sign-up opens no account that is there, proved or not', async () => {
    const email = anAddress()
    worked(await adminApi(auto).createUser({ email }))
    const { data, error } = await authClient(auto).signUp({ email, password: goodPassword })
    expect([data.session, error]).toMatchObject([null, { status: 422, code: 'user_already_exists' }])
  })
})

describe('links', () => {
  it('11: every fragment has an empty sb', async () => {
    const { email } = await aPerson(world)
    worked(await authClient(world).signInWithOtp({ email }))
    const { link } = await world.inbox.waitFor(email, 'sign_in')
    for (const _ of ['good', 'used']) {
      const { location, fragment } = landing(await fetch(link ?? '', { redirect: 'manual' }))
      expect([location, fragment.get('sb')]).toEqual([expect.stringMatching(/[#&]sb=(&|$)/), ''])
    }
  })

  it('12: the hash of a link is called token, and token_hash is understood', async () => {
    for (const name of ['token', 'token_hash']) {
      const { email } = await aPerson(world)
      worked(await authClient(world).signInWithOtp({ email }))
      const hash = hashOf((await world.inbox.waitFor(email, 'sign_in')).link)
      const answer = await raw(world, `/verify?${name}=${hash}&type=magiclink`)
      expect([answer.status, landing(answer).fragment.get('type')]).toEqual([303, 'magiclink'])
    }
  })

  it('13: a change of address is mailed although addresses are not confirmed at sign-up', async () => {
    const email = anAddress()
    const client = authClient(auto)
    worked(await client.signUp({ email, password: goodPassword }))
    const wanted = anAddress('wanted')
    expect(worked(await client.updateUser({ email: wanted })).user).toMatchObject({ email, new_email: wanted })
    expect((await auto.inbox.waitFor(wanted, 'email_change')).link).toContain('type=email_change')
  })

  it('16: a recovery and a mailed sign-in both show as recovery_sent_at, and each link has its own purpose', async () => {
    const { client, email } = await aSignedIn(world)
    const sentAt = async () => worked(await client.getUser()).user.recovery_sent_at ?? ''
    expect(await sentAt()).toBe('')
    worked(await authClient(world).signInWithOtp({ email }))
    await expect.poll(sentAt, { timeout: 10_000 }).not.toBe('')
    const first = await sentAt()
    world.clock.move(2)
    worked(await authClient(world).resetPasswordForEmail(email))
    await expect.poll(sentAt, { timeout: 10_000 }).not.toBe(first)
    const recovery = hashOf((await world.inbox.waitFor(email, 'recovery')).link)
    const mixed = await authClient(world).verifyOtp({ token_hash: recovery, type: 'magiclink' })
    expect(mixed.error).toMatchObject({ status: 403, code: 'otp_expired' })
  })

  it('25: the hash of a made link is the one in it, for both sides of a change', async () => {
    const { email } = await aPerson(world)
    const newEmail = anAddress('next')
    for (const type of ['email_change_current', 'email_change_new'] as const) {
      const { properties } = worked(await adminApi(world).generateLink({ type, email, newEmail }))
      expect(hashOf(properties?.action_link)).toBe(properties?.hashed_token)
    }
  })

  it('28: what a fragment tells is escaped once', async () => {
    const place = `${site}/back?of=it`
    const answer = await raw(world, `/verify?${new URLSearchParams({ token: 'x', type: 'sms', redirect_to: place })}`)
    expect(landing(answer).location).toBe(
      `${place}#error=invalid_request&error_code=validation_failed&error_description=Invalid+email+verification+type&sb=`,
    )
  })

  it('29: a code of somebody banned meanwhile opens nothing', async () => {
    const { email, id } = await aPerson(world)
    const client = authClient(world, { flowType: 'pkce' })
    worked(await client.signInWithOtp({ email }))
    const { link } = await world.inbox.waitFor(email, 'sign_in')
    const code = landing(await fetch(link ?? '', { redirect: 'manual' })).query.get('code') ?? ''
    worked(await adminApi(world).updateUserById(id, { ban_duration: '1h' }))
    expect((await client.exchangeCodeForSession(code)).error).toMatchObject({ code: 'flow_state_not_found' })
  })
})

describe('headers', () => {
  it('23: the version of the API is named by refusals alone', async () => {
    const headers = { 'x-supabase-api-version': '2024-01-01' }
    expect((await raw(world, '/settings', { headers })).headers.get('x-supabase-api-version')).toBeNull()
    expect((await raw(world, '/user', { headers })).headers.get('x-supabase-api-version')).toBe('2024-01-01')
  })

  it('24: pages may send the key of the application', async () => {
    const preflight = await fetch(`${world.url}/auth/v1/signup`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example.test',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'apikey,authorization,content-type,x-client-info',
      },
    })
    expect(preflight.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('apikey')
    expect((await appClient(world).auth.getSession()).error).toBeNull()
  })
})

describe('what a provider says', () => {
  it('27: Microsoft’s word for an address counts where the owner of its domain stands behind it', async () => {
    const tid = '11111111-2222-3333-4444-555555555555'
    const claims = { sub: 'ada', email: 'ada@example.test', tid, oid: 'object' }
    const iss = `https://login.microsoftonline.com/${tid}/v2.0`
    for (const [edov, verified] of [
      [undefined, false],
      ['false', false],
      [true, true],
    ] as const) {
      const { profile } = await signInAt(azure, { claims: { ...claims, iss, xms_edov: edov } })
      expect(profile.emailVerified).toBe(verified)
    }
  })
})
