import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authenticator } from '../../world/authenticator.ts'
import { type Issuer, startIssuer } from '../../world/issuer.ts'
import { exchange, nativeStart, type SocialWorld, signInNatively, startSocial } from '../../world/social.ts'
import { createTraveller } from '../../world/traveller.ts'
import { type Body, codeOf, type NativeWorld, speakNative } from './native-world.ts'

let world: SocialWorld & NativeWorld
let issuer: Issuer
beforeAll(async () => {
  issuer = await startIssuer('native-app')
  const apple = { clientId: ['native-app'], url: issuer.issuer }
  world = speakNative(await startSocial({ providers: { google: { keepTokens: true }, apple } }))
})
afterAll(async () => {
  await world.close()
  await issuer.close()
})

const ada = { sub: 'ada-there', email: 'ada@example.test', email_verified: true, name: 'Ada Lovelace' }
const challenge = () => new URL(nativeStart(world)).searchParams.get('codeChallenge') ?? ''

async function guest(): Promise<Body> {
  return (await world.ask('POST /sign-up/anonymous', { body: {} })).body
}

describe('signing in with a provider', () => {
  it('makes an account, and finds it again', async () => {
    const { body: first } = await signInNatively(world, ada)
    expect(first).toMatchObject({
      status: 'complete',
      isNewUser: true,
      user: { email: 'ada@example.test', displayName: 'Ada Lovelace', emailConfirmedAt: expect.any(String) },
      session: { amr: [{ method: 'provider', provider: 'google' }] },
      identity: { provider: 'google', subject: 'ada-there' },
      providerTokens: { provider: 'google', accessToken: expect.any(String) },
    })
    const again = await signInNatively(world, ada)
    expect(again.body).toMatchObject({ isNewUser: false, user: { id: (first['user'] as Body).id } })
    expect(again.back.searchParams.get('state')).toBe('f3')
  })

  it('shows what it offers', async () => {
    expect((await world.ask('GET /settings')).body).toMatchObject({
      waysIn: expect.arrayContaining(['provider', 'id_token']),
      providers: [
        { id: 'apple', name: 'Apple' },
        {
          id: 'google',
          name: 'Google',
          kind: 'oidc',
          idToken: true,
          startUrl: `${world.origin}/v1/sign-in/provider/google`,
        },
      ],
    })
  })

  it('leads to the site, or the listed place, with what is wrong', async () => {
    const lead = async (line: string) => {
      const { status, headers } = await world.ask(line)
      return [status, new URL(headers.get('location') ?? '')] as const
    }
    const start = `redirectTo=${encodeURIComponent(world.app)}&state=s`
    const [status, place] = await lead(`GET /sign-in/provider/github?${start}&codeChallenge=${challenge()}`)
    expect([status, place.origin, place.searchParams.get('error')]).toEqual([
      303,
      'https://app.example.test',
      'provider_disabled',
    ])
    expect(place.searchParams.get('state')).toBe('s')
    const [, unlisted] = await lead(
      `GET /sign-in/provider/google?redirectTo=https://evil.test/&codeChallenge=${challenge()}`,
    )
    expect([unlisted.origin, unlisted.searchParams.get('error')]).toEqual([world.origin, 'redirect_not_allowed'])
    const [, bare] = await lead(`GET /sign-in/provider/google?${start}`)
    expect(bare.searchParams.get('error')).toBe('validation_failed')
    const [, lost] = await lead('GET /callback/google?state=nonsense&code=x')
    expect([lost.origin, lost.searchParams.get('error')]).toEqual([world.origin, 'bad_oauth_state'])
    expect((await world.ask('POST /callback/google', { form: { state: 'nonsense', code: 'x' } })).status).toBe(303)
  })

  it('takes an answer that is posted from another site, once its browser comes by itself', async () => {
    const browser = createTraveller()
    const begun = await browser.fetch(nativeStart(world, {}, 'apple'))
    const asked = new URL(begun.headers.get('location') ?? '')
    expect(asked.searchParams.get('response_mode')).toBe('form_post')
    const form = { state: asked.searchParams.get('state') ?? '', error: 'user_cancelled_authorize' }
    const posted = await world.ask('POST /callback/apple', { form })
    const { url } = await browser.go(posted.headers.get('location') ?? '', world.app)
    expect(url.searchParams.get('error')).toBe('access_denied')
  })

  it('tells the app when somebody says no', async () => {
    world.openId.declines = true
    const { url } = await createTraveller().go(nativeStart(world), world.app)
    world.openId.declines = false
    expect(Object.fromEntries(url.searchParams)).toMatchObject({ error: 'access_denied', state: 'f3' })
    expect(url.searchParams.get('request_id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('keeps the tokens of a provider where it is told to, and hands them to their owner', async () => {
    const { body } = await signInNatively(world, ada)
    const token = (body as Body).tokens.accessToken
    expect((await world.ask('GET /me/provider-tokens/google', { token })).body).toMatchObject({ provider: 'google' })
    expect(codeOf(await world.ask('GET /me/provider-tokens/apple', { token }))).toBe('feature_disabled')
  })

  it('renews them where they are old', async () => {
    const { body } = await signInNatively(world, ada)
    const token = (body as Body).tokens.accessToken
    const read = async () => (await world.ask('GET /me/provider-tokens/google', { token })).body
    const first = await read()
    expect((await read()).accessToken).toBe(first.accessToken)
    world.clock.move(590)
    const renewed = await read()
    world.clock.move(-590)
    expect(renewed.accessToken).not.toBe(first.accessToken)
    expect(new Date(renewed.expiresAt).getTime()).toBeGreaterThan(new Date(first.expiresAt).getTime())
  })

  it('asks for the second factor before any session, and keeps what the provider gave until then', async () => {
    const { body } = await signInNatively(world, { sub: 'two-there', email: 'two@example.test', email_verified: true })
    const token = (body as Body).tokens.accessToken
    const begun = await world.ask('POST /me/factors', { token, body: { type: 'totp' } })
    const { secret } = begun.body.attempt.step
    const code = () => {
      world.clock.move(30)
      return authenticator(secret).codeAt(world.core.runtime.now())
    }
    await world.ask('POST /attempts/answer', { token, body: { attempt: begun.body.attempt.token, code: code() } })
    const again = await signInNatively(world, { sub: 'two-there', email: 'two@example.test', email_verified: true })
    expect(again.body).toMatchObject({ status: 'pending', attempt: { purpose: 'sign_in', step: { type: 'choose' } } })
    const attempt = (again.body as Body).attempt.token
    const done = await world.ask('POST /attempts/answer', { body: { attempt, code: code() } })
    expect(done.body).toMatchObject({
      status: 'complete',
      session: { aal: 'aal2' },
      identity: { provider: 'google' },
      providerTokens: { accessToken: expect.any(String) },
    })
  })

  it('sends the answer to the window that opened it, at the listed origin alone', async () => {
    world.openId.person = ada
    const { response } = await createTraveller().go(nativeStart(world, { display: 'message' }), world.app)
    const page = (await response?.text()) ?? ''
    expect(page).toContain('<meta name="to" content="https://app.example.test">')
    expect(page).toContain('&quot;code&quot;')
  })
})

describe('an ID token', () => {
  it('signs in, once', async () => {
    const idToken = await issuer.token({
      sub: 'native-1',
      email: 'native@example.test',
      email_verified: 'true',
      nonce: 'n',
    })
    const body = { provider: 'apple', idToken, nonce: 'n', displayName: 'Native' }
    const done = await world.ask('POST /sign-in/id-token', { body })
    expect(done.body).toMatchObject({
      status: 'complete',
      isNewUser: true,
      user: { email: 'native@example.test', displayName: 'Native' },
      session: { amr: [{ method: 'id_token', provider: 'apple' }] },
    })
    expect(codeOf(await world.ask('POST /sign-in/id-token', { body }))).toBe('id_token_invalid')
  })

  it('connects an account, in the session that brings it', async () => {
    const { tokens, user, session } = await guest()
    const idToken = await issuer.token({ sub: 'native-2', email: 'native2@example.test', email_verified: true })
    const { body } = await world.ask('POST /me/identities', {
      token: tokens.accessToken,
      body: { provider: 'apple', idToken },
    })
    expect(body).toMatchObject({
      status: 'complete',
      user: { id: user.id, isAnonymous: false },
      identity: { provider: 'apple' },
    })
    expect(body.session.id).not.toBe(session.id)
  })
})

describe('connecting an account elsewhere', () => {
  const begin = (token: string) => {
    const body = { provider: 'google', codeChallenge: challenge(), redirectTo: world.app, state: 's' }
    return world.ask('POST /me/identities', { token, body })
  }

  it('turns a guest into a user, in the session that asked for it and in no other', async () => {
    const { tokens, user } = await guest()
    const { body } = await begin(tokens.accessToken)
    expect(body).toMatchObject({ status: 'pending', attempt: { purpose: 'link', step: { type: 'redirect' } } })
    world.openId.person = { sub: 'grace-there', email: 'grace@example.test', email_verified: true, name: 'Grace' }
    const { url } = await createTraveller().go(body.attempt.step.url, world.app)
    const code = url.searchParams.get('code') ?? ''
    const stranger = await guest()
    expect((await exchange(world, code)).status).toBe(401)
    expect((await exchange(world, code, stranger.tokens.accessToken)).body).toMatchObject({
      code: 'flow_state_not_found',
    })
    expect((await exchange(world, code, tokens.accessToken)).body).toMatchObject({
      status: 'complete',
      identity: { provider: 'google' },
      user: { id: user.id, isAnonymous: false, email: 'grace@example.test' },
    })
  })

  it('S40: refuses an identity that is connected already, and to remove the last way in', async () => {
    const { tokens, user } = (await signInNatively(world, ada)).body as Body
    const other = await guest()
    const begun = await begin(other.tokens.accessToken)
    world.openId.person = ada
    const { url } = await createTraveller().go(begun.body.attempt.step.url, world.app)
    expect(url.searchParams.get('error')).toBe('identity_already_exists')
    const line = `DELETE /me/identities/${user.identities[0].id}`
    const remove = (token: string) => world.ask(line, { token })
    expect((await remove(other.tokens.accessToken)).status).toBe(404)
    expect(codeOf(await remove(tokens.accessToken))).toBe('single_identity_not_deletable')
    const body = { password: 'correct horse battery staple' }
    await world.ask('PUT /me/password', { token: tokens.accessToken, body })
    expect((await remove(tokens.accessToken)).status).toBe(204)
    const { subject, text } = await world.inbox.waitFor(ada.email, 'identity_unlinked')
    expect(subject + text).toContain('removed')
  })
})

describe('an administrator', () => {
  it('adds a provider of their own, at which people sign in', async () => {
    const { issuer: url, clientId, clientSecret } = world.openId
    const put = await world.admin('PUT /admin/providers/custom:acme', {
      kind: 'oidc',
      name: 'Acme',
      issuer: url,
      clientId,
      clientSecret,
      scopes: ['email', 'profile'],
      claims: { name: 'nickname' },
    })
    expect(put.body).toMatchObject({
      id: 'custom:acme',
      builtIn: false,
      enabled: true,
      hasSecret: true,
      linking: 'never',
    })
    expect(put.text).not.toContain(clientSecret)
    world.openId.person = { sub: 'w', email: 'wile@example.test', email_verified: true, nickname: 'Wile E.' }
    const { url: back } = await createTraveller().go(nativeStart(world, {}, 'custom:acme'), world.app)
    const { body } = await exchange(world, back.searchParams.get('code') ?? '')
    expect(body).toMatchObject({ user: { displayName: 'Wile E.' }, identity: { provider: 'custom:acme' } })
    expect((await world.admin('GET /admin/providers')).body.items.map(({ id }: { id: string }) => id)).toContain(
      'custom:acme',
    )
    expect((await world.admin('DELETE /admin/providers/custom:acme')).status).toBe(204)
    expect(codeOf(await world.admin('GET /admin/providers/custom:acme'))).toBe('not_found')
  })

  it('switches a built-in one on and off, beside the configuration', async () => {
    expect((await world.admin('GET /admin/providers/github')).body).toMatchObject({ enabled: false, builtIn: true })
    await world.admin('PUT /admin/providers/github', { enabled: true, clientId: 'ours', clientSecret: 'theirs' })
    const begun = await createTraveller().fetch(nativeStart(world, {}, 'github'))
    expect(begun.headers.get('location')).toContain('https://github.com/login/oauth/authorize?client_id=ours')
    await world.admin('DELETE /admin/providers/github')
    expect((await world.admin('GET /admin/providers/github')).body).toMatchObject({ enabled: false, hasSecret: false })
  })

  it('connects an account elsewhere with a user, and takes it away', async () => {
    const { body: user } = await world.admin('POST /admin/users', {
      email: 'attached@example.test',
      emailConfirmed: true,
    })
    const made = await world.admin(`POST /admin/users/${user.id}/identities`, {
      provider: 'google',
      subject: 'attached',
    })
    expect(made.body).toMatchObject({ provider: 'google', subject: 'attached', emailVerified: false })
    const again = await world.admin(`POST /admin/users/${user.id}/identities`, {
      provider: 'google',
      subject: 'attached',
    })
    expect(codeOf(again)).toBe('identity_already_exists')
    const done = await signInNatively(world, { sub: 'attached' })
    expect((done.body as Body).user.id).toBe(user.id)
    expect((await world.admin(`DELETE /admin/users/${user.id}/identities/${made.body.id}`)).status).toBe(204)
    const gone = await world.admin(`DELETE /admin/users/${user.id}/identities/${made.body.id}`)
    expect(codeOf(gone)).toBe('not_found')
  })

  it('S6: leaves no secret of a provider in the database', async () => {
    const { clientId, clientSecret, issuer: url } = world.openId
    await world.admin('PUT /admin/providers/custom:sealed', { kind: 'oidc', issuer: url, clientId, clientSecret })
    await world.admin('PUT /admin/providers/github', { clientId: 'ours', clientSecret: 'theirs-to-keep' })
    const [row] = await world.database.query<{ text: string }>({
      text: "select string_agg(p::text || encode(coalesce(p.client_secret, ''), 'escape'), ' ') as text from auth.providers p",
      values: [],
      name: 'providers-as-text',
    })
    expect(row?.text).toContain('custom:sealed')
    expect(row?.text).not.toContain(clientSecret)
    expect(row?.text).not.toContain('theirs-to-keep')
    for (const id of ['custom:sealed', 'github']) await world.admin(`DELETE /admin/providers/${id}`)
  })

  it('S117: stores no address that would not be asked', async () => {
    for (const issuerUrl of ['http://93.184.216.34', 'https://[::1]', 'https://10.0.0.1', 'https://169.254.169.254']) {
      const body = { kind: 'oidc', clientId: 'x', issuer: issuerUrl }
      expect(codeOf(await world.admin('PUT /admin/providers/custom:inner', body))).toBe('validation_failed')
    }
  })
})
