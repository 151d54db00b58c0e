import { corsHeaders } from '@supabase/supabase-js/cors'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import { anAddress, aSignedIn, authClient, goodPassword, raw, worked } from './clients.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const wrong = { email: 'nobody@example.test', password: 'not the password' }
const signIn = (version?: string) =>
  raw(world, '/token?grant_type=password', {
    json: wrong,
    headers: version === undefined ? {} : { 'x-supabase-api-version': version },
  })

describe('errors', () => {
  it('have the older form for clients that name no version', async () => {
    for (const version of [undefined, '2023-12-31', 'latest', '2024-13-45']) {
      const answer = await signIn(version)
      expect(answer.status).toBe(400)
      expect(answer.headers.get('x-sb-error-code')).toBe('invalid_credentials')
      expect(answer.headers.get('x-supabase-api-version')).toBeNull()
      expect(await answer.json()).toEqual({
        code: 400,
        error_code: 'invalid_credentials',
        msg: 'Invalid login credentials',
      })
    }
  })

  it('have the dated form for the others, and say so', async () => {
    for (const version of ['2024-01-01', '2026-05-05']) {
      const answer = await signIn(version)
      expect(answer.headers.get('x-supabase-api-version')).toBe('2024-01-01')
      expect(await answer.json()).toEqual({ code: 'invalid_credentials', message: 'Invalid login credentials' })
    }
  })

  it('name the reasons of a weak password in both forms', async () => {
    const signUp = (headers: Record<string, string>) =>
      raw(world, '/signup', { json: { email: anAddress(), password: 'a' }, headers })
    const older = await signUp({})
    expect(older.headers.get('x-sb-error-code')).toBe('weak_password')
    const body = (await older.json()) as { msg: string }
    expect(body).toEqual({
      code: 422,
      error_code: 'weak_password',
      msg: body.msg,
      weak_password: { reasons: ['length'] },
    })
    const dated = await signUp({ 'x-supabase-api-version': '2024-01-01' })
    expect(await dated.json()).toEqual({
      code: 'weak_password',
      message: body.msg,
      weak_password: { reasons: ['length'] },
    })
  })

  it('are JSON for unknown paths and methods, with and without a slash at the end', async () => {
    for (const path of ['/nothing', '/nothing/']) {
      const answer = await raw(world, path)
      expect([answer.status, await answer.json()]).toMatchObject([404, { code: 404, msg: expect.any(String) }])
    }
    const method = await raw(world, '/signup')
    expect([method.status, await method.json()]).toMatchObject([405, { code: 405 }])
    expect((await raw(world, '/health/')).status).toBe(200)
    expect((await raw(world, '/signup/', { json: { email: anAddress(), password: goodPassword } })).status).toBe(200)
  })

  it('speak of bodies that are none', async () => {
    const post = async (body: string, type = 'application/json;charset=UTF-8') => {
      const answer = await raw(world, '/signup', { method: 'POST', body, headers: { 'content-type': type } })
      const told = (await answer.json()) as { error_code: string; msg: string }
      return [answer.status, told.error_code, told.msg]
    }
    const bad = [400, 'bad_json', expect.stringMatching(/^Could not parse request body as JSON: /)]
    for (const body of ['', '{', '[]', '"x"', 'null', '{"email":"a@example.test","password":5}', '{"data":[]}'])
      expect(await post(body)).toEqual(bad)
    expect(await post(`{"data":{"x":"${'x'.repeat(1_048_576)}"}}`)).toEqual([
      413,
      'request_entity_too_large',
      'Request body too large (max 1048576 bytes)',
    ])
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])
      expect((await post('{"email":"a@example.test"}', type))[0]).toBe(415)
  })

  it('are never a server’s fault for what a client sent', async () => {
    const paths = [
      '/signup',
      '/token?grant_type=password',
      '/token?grant_type=pkce',
      '/otp',
      '/recover',
      '/resend',
      '/verify',
    ]
    const bodies = [
      { email: 5 },
      { email: {} },
      { type: [] },
      { token: {} },
      { data: 'x' },
      { password: null, email: null },
    ]
    for (const path of paths)
      for (const json of bodies) expect((await raw(world, path, { json })).status).toBeLessThan(500)
  })
})

describe('what is switched off', () => {
  it('says that passkeys are off before it asks who is there', async () => {
    const without = await startWorld({ config: { passkeys: { enabled: false } } })
    try {
      const answer = await raw(without, '/passkeys')
      expect(answer.status).toBe(404)
      expect(await answer.json()).toMatchObject({ error_code: 'passkey_disabled', msg: 'Passkeys are disabled' })
    } finally {
      await without.close()
    }
  })

  it('says that accounts elsewhere are not connected by hand, to whoever is signed in', async () => {
    const without = await startWorld({ config: { linking: { manual: false } } })
    try {
      const { client, session } = await aSignedIn(without)
      const off = { status: 404, code: 'manual_linking_disabled', message: 'Manual linking is disabled' }
      expect((await client.linkIdentity({ provider: 'github' })).error).toMatchObject(off)
      const [identity] = worked(await client.getUserIdentities()).identities
      expect((await client.unlinkIdentity(identity as never)).error).toMatchObject(off)
      const linked = await client.linkIdentity({ provider: 'google', token: 'x' })
      expect(linked.error).toMatchObject(off)
      expect((await raw(without, '/user/identities/x', { method: 'DELETE' })).status).toBe(401)
      const { error } = await authClient(without).linkIdentity({ provider: 'github' })
      expect(error).toMatchObject({ status: 401, code: 'no_authorization' })
      expect((await client.getUser(session.access_token)).error).toBeNull()
    } finally {
      await without.close()
    }
  })

  it('says so in upstream’s words', async () => {
    const email = anAddress()
    worked(await authClient(world).signUp({ email, password: goodPassword }))
    const { code } = await world.inbox.waitFor(email)
    const client = authClient(world)
    const { session } = worked(await client.verifyOtp({ email, token: code ?? '', type: 'signup' }))
    const bearer = { authorization: `Bearer ${session?.access_token}` }
    const ask = async (path: string, init: Parameters<typeof raw>[2] = {}) => {
      const answer = await raw(world, path, init)
      const body = (await answer.json()) as { error_code: string; msg: string }
      return [answer.status, body.error_code, body.msg]
    }
    expect((await client.signInWithSSO({ domain: 'example.test' })).error).toMatchObject({
      status: 404,
      code: 'sso_provider_not_found',
      message: 'No SSO provider assigned for this domain',
    })
    expect(await ask('/authorize?provider=github')).toEqual([
      400,
      'validation_failed',
      'Unsupported provider: provider is not enabled',
    ])
    expect((await ask('/user/identities/authorize?provider=github'))[0]).toBe(401)
    expect(await ask('/user/identities/authorize?provider=github', { headers: bearer })).toEqual([
      400,
      'validation_failed',
      'Unsupported provider: provider is not enabled',
    ])
    expect(await ask('/oauth/userinfo')).toEqual([404, 'feature_disabled', 'OAuth server is disabled'])
    for (const path of ['/scim/v2/ServiceProviderConfig', '/scim/v2/ResourceTypes', '/scim/v2/Schemas'])
      expect(await ask(path)).toEqual([404, 'feature_disabled', 'SCIM server is disabled'])
    expect((await ask('/admin/oauth/clients'))[0]).toBe(401)
    expect((await ask('/admin/custom-providers'))[0]).toBe(401)
  })
})

describe('pages of other origins', () => {
  const preflight = (path: string, headers: string, method = 'POST', at: World = world) =>
    fetch(`${at.url}/auth/v1${path}`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example.test',
        'access-control-request-method': method,
        'access-control-request-headers': headers,
      },
    })

  it('may call with the headers clients send', async () => {
    const answer = await preflight(
      '/token',
      'apikey,authorization,content-type,x-client-info,x-supabase-api-version,traceparent,tracestate,baggage,x-region,prefer',
    )
    expect(answer.status).toBe(204)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
    expect(answer.headers.get('access-control-allow-headers')).toContain('apikey')
  })

  it('may send what the client says of itself that it sends, in every method it uses', async () => {
    const { 'Access-Control-Allow-Headers': said = '', 'Access-Control-Allow-Methods': methods = '' } = corsHeaders
    expect(said).toContain('apikey')
    const paths: Readonly<Record<string, string>> = { POST: '/signup', PATCH: '/passkeys/one', DELETE: '/passkeys/one' }
    for (const method of methods.split(', ').filter((one) => one !== 'OPTIONS')) {
      const answer = await preflight(paths[method] ?? '/user', said, method)
      expect([method, answer.headers.get('access-control-allow-origin')]).toEqual([method, '*'])
      const allowed = answer.headers.get('access-control-allow-headers')?.toLowerCase().split(/, ?/) ?? []
      expect(said.split(', ').filter((name) => !allowed.includes(name))).toEqual([])
    }
  })

  it('may send what the configuration says that their application gives the client to send', async () => {
    const own = await startWorld({ config: { dialects: { supabase: { requestHeaders: ['X-My-Custom-Header'] } } } })
    try {
      const asked = 'apikey,authorization,content-type,sentry-trace,x-client-info,x-my-custom-header'
      const answer = await preflight('/token', asked, 'POST', own)
      expect([answer.status, answer.headers.get('access-control-allow-headers')]).toEqual([204, asked])
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
      expect((await preflight('/token', 'x-evil', 'POST', own)).headers.get('access-control-allow-origin')).toBeNull()
    } finally {
      await own.close()
    }
  })

  it('may not send others, and read the headers clients read', async () => {
    expect((await preflight('/token', 'x-evil')).headers.get('access-control-allow-origin')).toBeNull()
    const answer = await raw(world, '/settings', { headers: { origin: 'https://app.example.test' } })
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    const exposed = (answer.headers.get('access-control-expose-headers') ?? '').toLowerCase()
    for (const name of ['x-total-count', 'link', 'x-supabase-api-version']) expect(exposed).toContain(name)
  })
})
