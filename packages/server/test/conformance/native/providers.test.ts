import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exchange, nativeStart, type SocialWorld, signInNatively, startSocial } from '../../world/social.ts'
import { createTraveller } from '../../world/traveller.ts'

let world: SocialWorld
beforeAll(async () => {
  world = await startSocial({ providers: { google: { keepTokens: true } } })
})
afterAll(() => world.close())

const ada = { sub: 'ada-there', email: 'ada@example.test', email_verified: true, name: 'Ada Lovelace' }

interface Complete {
  readonly status: string
  readonly isNewUser: boolean
  readonly user: {
    id: string
    email: string
    displayName: string
    emailConfirmedAt: string | null
    identities: { id: string; provider: string }[]
  }
  readonly session: { amr: { method: string; provider: string }[] }
  readonly tokens: { accessToken: string }
  readonly identity: { provider: string } | null
  readonly providerTokens: { accessToken: string } | null
}

const call = async (method: string, path: string, token: string, body?: unknown) => {
  const response = await fetch(`${world.url}/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

describe('signing in with a provider', () => {
  it('makes an account, and finds it again', async () => {
    const first = (await signInNatively(world, ada)).body as unknown as Complete
    expect(first).toMatchObject({
      status: 'complete',
      isNewUser: true,
      user: { email: 'ada@example.test', displayName: 'Ada Lovelace' },
      session: { amr: [{ method: 'provider', provider: 'google' }] },
      identity: { provider: 'google' },
    })
    expect(first.user.emailConfirmedAt).not.toBeNull()
    expect(first.providerTokens?.accessToken).toBeTruthy()
    const again = await signInNatively(world, ada)
    expect(again.body).toMatchObject({ isNewUser: false, user: { id: first.user.id } })
    expect(again.back.searchParams.get('state')).toBe('f3')
  })

  it('shows what it offers', async () => {
    const settings = await (await fetch(`${world.url}/v1/settings`)).json()
    expect(settings).toMatchObject({
      waysIn: expect.arrayContaining(['provider', 'id_token']),
      providers: [{ id: 'google', name: 'Google', kind: 'oidc', idToken: true }],
    })
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
    const { tokens } = body as unknown as Complete
    const answer = await call('GET', '/me/provider-tokens/google', tokens.accessToken)
    expect(answer).toMatchObject({ status: 200, body: { provider: 'google', accessToken: expect.any(String) } })
  })

  it('sends the answer to the window that opened it, at the listed origin alone', async () => {
    world.openId.person = ada
    const { response } = await createTraveller().go(nativeStart(world, { display: 'message' }), world.app)
    const page = (await response?.text()) ?? ''
    expect(page).toContain('<meta name="to" content="https://app.example.test">')
    expect(page).toContain('&quot;code&quot;')
  })
})

describe('connecting an account elsewhere', () => {
  const guest = async (): Promise<Complete> => {
    const response = await fetch(`${world.url}/v1/sign-up/anonymous`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    return response.json() as Promise<Complete>
  }
  const begin = async (token: string) => {
    const { codeChallenge } = Object.fromEntries(new URL(nativeStart(world)).searchParams)
    const body = { provider: 'google', codeChallenge, redirectTo: world.app, state: 's' }
    return call('POST', '/me/identities', token, body)
  }

  it('turns a guest into a user, in the session that asked for it and in no other', async () => {
    const { tokens, user } = await guest()
    const begun = await begin(tokens.accessToken)
    expect(begun.body).toMatchObject({ status: 'pending', attempt: { purpose: 'link', step: { type: 'redirect' } } })
    world.openId.person = { sub: 'grace-there', email: 'grace@example.test', email_verified: true, name: 'Grace' }
    const { url } = await createTraveller().go(begun.body.attempt.step.url, world.app)
    const code = url.searchParams.get('code') ?? ''
    const stranger = await guest()
    expect((await exchange(world, code)).status).toBe(401)
    expect((await exchange(world, code, stranger.tokens.accessToken)).body).toMatchObject({
      code: 'flow_state_not_found',
    })
    const done = await exchange(world, code, tokens.accessToken)
    expect(done.body).toMatchObject({
      status: 'complete',
      identity: { provider: 'google' },
      user: { id: user.id, isAnonymous: false, email: 'grace@example.test' },
    })
  })

  it('S40: refuses an identity that is connected already, and to remove the last way in', async () => {
    const { body } = await signInNatively(world, ada)
    const { tokens, user } = body as unknown as Complete
    const other = await guest()
    const begun = await begin(other.tokens.accessToken)
    const { url } = await createTraveller().go(begun.body.attempt.step.url, world.app)
    expect(url.searchParams.get('error')).toBe('identity_already_exists')
    const [identity] = user.identities
    expect(await call('DELETE', `/me/identities/${identity?.id}`, other.tokens.accessToken)).toMatchObject({
      status: 404,
    })
    expect(await call('DELETE', `/me/identities/${identity?.id}`, tokens.accessToken)).toMatchObject({
      status: 422,
      body: { code: 'single_identity_not_deletable' },
    })
    await call('PUT', '/me/password', tokens.accessToken, { password: 'correct horse battery staple' })
    expect(await call('DELETE', `/me/identities/${identity?.id}`, tokens.accessToken)).toMatchObject({ status: 204 })
  })
})
