import { GoTrueClient } from '@supabase/auth-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import { aPerson, appClient, aSignedIn, authClient, raw, worked } from './clients.ts'

describe('a server with its own keys', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld()
  })
  afterAll(() => world.close())

  it('is well, under the name that probes look for', async () => {
    expect(await (await raw(world, '/health')).json()).toEqual({
      version: expect.any(String),
      name: 'GoTrue',
      description: 'GoTrue is a user registration and authentication API',
    })
  })

  it('says what is switched on', async () => {
    const settings = (await (await raw(world, '/settings')).json()) as { external: Record<string, boolean> }
    expect(settings).toMatchObject({
      disable_signup: false,
      mailer_autoconfirm: false,
      sms_provider: '',
      saml_enabled: true,
      saml_private_key_next_configured: false,
      passkeys_enabled: true,
      external: { email: true, anonymous_users: true, phone: true, github: false },
    })
    expect(Object.keys(settings.external)).toHaveLength(26)
    expect(Object.values(settings.external).every((value) => typeof value === 'boolean')).toBe(true)
  })

  it('shows public keys alone, and lets them be kept for ten minutes', async () => {
    const answer = await raw(world, '/.well-known/jwks.json')
    expect(answer.headers.get('cache-control')).toBe('public, max-age=600')
    const { keys } = (await answer.json()) as { keys: Record<string, unknown>[] }
    expect(keys).toMatchObject([{ kty: 'EC', alg: 'ES256', use: 'sig', key_ops: ['verify'], kid: expect.any(String) }])
    for (const secret of ['d', 'p', 'q', 'k']) expect(keys[0]).not.toHaveProperty(secret)
  })

  it('describes itself under its issuer', async () => {
    const { issuer } = world.config.settings.tokens
    expect(await (await raw(world, '/.well-known/openid-configuration')).json()).toMatchObject({
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      token_endpoint: `${issuer}/oauth/token`,
    })
  })

  it('lets clients verify tokens without asking it again', async () => {
    const { session, id } = await aSignedIn(world)
    const asked: string[] = []
    const client = appClient(world)
    const spying = authClient(world)
    ;(spying as unknown as { fetch: typeof fetch }).fetch = (input, init) => {
      asked.push(new URL(String(input)).pathname)
      return fetch(input, init)
    }
    expect(worked(await spying.getClaims(session.access_token))?.claims).toMatchObject({
      sub: id,
      iss: world.config.settings.tokens.issuer,
      aud: 'authenticated',
      role: 'authenticated',
      aal: 'aal1',
      is_anonymous: false,
      session_id: expect.any(String),
      app_metadata: { provider: 'email' },
    })
    expect(asked).toEqual(['/auth/v1/.well-known/jwks.json'])
    const [head, claims] = session.access_token.split('.')
    const forged = await client.auth.getClaims(`${head}.${claims}.${Buffer.alloc(64, 1).toString('base64url')}`)
    expect(forged.error?.message).toBe('Invalid JWT signature')
  })
})

describe('a server that stands at the root as well', () => {
  it('is one and the same for clients that are given the bare origin', async () => {
    const world = await startWorld({ config: { dialects: { supabase: { root: true } } } })
    try {
      const person = await aPerson(world)
      const options = { url: world.url, persistSession: false, autoRefreshToken: false, detectSessionInUrl: false }
      const client = new GoTrueClient(options)
      worked(await client.signInWithPassword(person))
      expect(worked(await client.getUser()).user.id).toBe(person.id)
      expect(worked(await client.getClaims())?.claims.sub).toBe(person.id)
      expect((await client.resetPasswordForEmail(person.email)).error).toBeNull()
      const { link } = await world.inbox.waitFor(person.email, 'recovery')
      expect(new URL(link ?? '').pathname).toBe('/auth/v1/verify')
      const moved = await fetch((link ?? '').replace('/auth/v1/verify', '/verify'), { redirect: 'manual' })
      expect(moved.headers.get('location')).toContain('#access_token=')
      expect((await client.signOut()).error).toBeNull()
      expect((await fetch(`${world.url}/user/`)).status).toBe(401)
      expect(await (await fetch(`${world.url}/health`)).json()).toEqual({ status: 'ok' })
    } finally {
      await world.close()
    }
    const without = await startWorld()
    try {
      expect((await fetch(`${without.url}/user`)).status).toBe(404)
    } finally {
      await without.close()
    }
  })
})

describe('a server with a shared secret', () => {
  let world: World
  const secret = 'kE3v9Tq2Lw8Zr5Xn7Yb4Ud6Hf1Jc0Ms9Pa2Gt'
  beforeAll(async () => {
    world = await startWorld({ config: { tokens: { algorithm: 'HS256' }, secrets: { jwtSecret: secret } } })
  })
  afterAll(() => world.close())

  it('shows no keys, and is asked instead', async () => {
    expect(await (await raw(world, '/.well-known/jwks.json')).json()).toEqual({ keys: [] })
    const { client, id } = await aSignedIn(world)
    expect(worked(await client.getClaims())?.claims).toMatchObject({ sub: id })
  })

  it('takes signed keys of old as administrators', async () => {
    const { createHmac } = await import('node:crypto')
    const sign = (claims: object) => {
      const input = [{ alg: 'HS256', typ: 'JWT' }, claims]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.')
      return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
    }
    const list = (key: string) => appClient(world, key).auth.admin.listUsers()
    expect((await list(sign({ role: 'service_role', iss: 'supabase', exp: 4_102_444_800 }))).error).toBeNull()
    expect((await list(sign({ role: 'anon', iss: 'supabase', exp: 4_102_444_800 }))).error).toMatchObject({
      code: 'not_admin',
    })
    const nobody = await appClient(world).auth.getUser(sign({ role: 'service_role', exp: 4_102_444_800 }))
    expect(nobody.error).toMatchObject({
      status: 403,
      code: 'bad_jwt',
      message: 'invalid claim: missing sub claim',
    })
    const person = await aPerson(world)
    const anon = appClient(world, sign({ role: 'anon', iss: 'supabase', exp: 4_102_444_800 }))
    expect((await anon.auth.signInWithPassword(person)).error).toBeNull()
    expect(worked(await anon.auth.getUser()).user.id).toBe(person.id)
  })
})
