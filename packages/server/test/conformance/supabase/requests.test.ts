import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import { adminApi, anAddress, aPerson, aSignedIn, authClient, goodPassword, raw, worked } from './clients.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

/** A request, and what is told: status, code, sentence. */
async function told(path: string, init?: Parameters<typeof raw>[2]) {
  const answer = await raw(world, path, init)
  const { error_code, msg } = (await answer.json()) as { error_code?: string; msg?: string }
  return [answer.status, error_code, msg]
}

/** A POST that declares nothing, as programs send it that have nothing to say. */
async function bare(path: string, init: RequestInit = {}) {
  const answer = await fetch(`${world.url}/auth/v1${path}`, { method: 'POST', ...init })
  const body = (await answer.json()) as Record<string, unknown>
  return { status: answer.status, body }
}

const asAdmin = () => ({ authorization: `Bearer ${world.secretKey}` })
const badJson = [400, 'bad_json', expect.stringMatching(/^Could not parse request body as JSON: /)]
const nobody = 'b7a8a8a4-6d0c-4f9a-9f5e-2f6f0d7c1b11'

describe('a body', () => {
  it('with an address of another type is no JSON of ours, as with any other field', async () => {
    const paths = ['/signup', '/otp', '/recover', '/magiclink', '/token?grant_type=password'] as const
    for (const path of paths.slice(0, 3))
      for (const email of [5, true, {}, ['jo@example.test']])
        expect([path, ...(await told(path, { json: { email, password: goodPassword } }))]).toEqual([path, ...badJson])
    expect(await told('/resend', { json: { type: 'signup', email: 5 } })).toEqual(badJson)
    expect(await told('/token?grant_type=password', { json: { phone: 49151, password: 'x' } })).toEqual(badJson)
    expect(await told('/admin/users', { json: { email: 5 }, headers: asAdmin() })).toEqual(badJson)
  })

  it('that cannot be read is told of in the words of its route', async () => {
    const broken = { method: 'POST', body: '{' }
    expect(await told('/magiclink', broken)).toEqual([
      400,
      'bad_json',
      expect.stringMatching(/^Could not read verification params: /),
    ])
    const provider = await startWorld({ config: { oauthServer: { enabled: true, registration: true } } })
    try {
      for (const path of ['/admin/oauth/clients', '/oauth/clients/register']) {
        const headers = { authorization: `Bearer ${provider.secretKey}` }
        const answer = await raw(provider, path, { ...broken, headers })
        expect(await answer.json()).toEqual({ code: 400, error_code: 'bad_json', msg: 'Invalid JSON body' })
      }
    } finally {
      await provider.close()
    }
  })

  it('that is not there need not be declared', async () => {
    const { client, session } = await aSignedIn(world)
    const headers = { authorization: `Bearer ${session.access_token}` }
    const { id } = worked(await client.mfa.enroll({ factorType: 'totp' }))
    expect(await bare(`/factors/${id}/challenge`, { headers })).toMatchObject({ status: 200, body: { type: 'totp' } })
    expect((await bare('/passkeys/authentication/options')).status).toBe(200)
    expect((await bare('/passkeys/registration/options', { headers })).status).toBe(200)
    expect(await bare('/factors/recovery-codes', { headers })).toMatchObject({
      status: 422,
      body: { error_code: 'mfa_recovery_codes_sole_factor' },
    })
    expect(await bare('/signup')).toMatchObject({ status: 400, body: { error_code: 'bad_json' } })
  })

  it('S109: that is there must be', async () => {
    const bytes = new TextEncoder().encode('{"data":{}}')
    expect((await bare('/signup', { body: bytes })).status).toBe(415)
    expect((await bare('/signup', { body: '{"data":{}}' })).status).toBe(415)
  })
})

describe('what somebody shows', () => {
  it('at sign-in as an address that is none is nobody’s', async () => {
    const wrong = [400, 'invalid_credentials', 'Invalid login credentials']
    for (const address of [{ email: 'no address' }, { email: 'a@b' }, { phone: 'no number' }, { phone: '1' }])
      expect(await told('/token?grant_type=password', { json: { ...address, password: 'x' } })).toEqual(wrong)
  })

  it('to administer is told apart: no token at all, and one that is not enough', async () => {
    const { session } = await aSignedIn(world)
    const show = (secret: string) => told('/admin/users', { headers: { authorization: `Bearer ${secret}` } })
    const bad = [403, 'bad_jwt', expect.stringMatching(/^invalid JWT: unable to parse or verify signature, /)]
    for (const secret of ['garbage', 'a.b.c', `${session.access_token}x`, `${world.secretKey}x`])
      expect(await show(secret)).toEqual(bad)
    for (const secret of [session.access_token, world.publishableKey])
      expect(await show(secret)).toEqual([403, 'not_admin', 'User not allowed'])
    const { error } = await adminApi(world, 'garbage').listUsers()
    expect(error).toMatchObject({ status: 403, code: 'bad_jwt' })
  })

  it('of a day that is none is no version', async () => {
    const answer = await raw(world, '/user', { headers: { 'x-supabase-api-version': '2024-02-30' } })
    expect(answer.headers.get('x-supabase-api-version')).toBeNull()
    expect(await answer.json()).toMatchObject({ code: 401, error_code: 'no_authorization' })
  })

  it('as refresh token in a form no token has is told apart from one nobody has', async () => {
    const refresh = (token: string) => told('/token?grant_type=refresh_token', { json: { refresh_token: token } })
    for (const token of ['', 'short', 'UPPER-CASE!!'])
      expect(await refresh(token)).toEqual([400, 'validation_failed', 'Refresh token is not valid'])
    for (const token of ['abcdefghijkl', 'not-the-refresh-token', nobody])
      expect((await refresh(token))[1]).toBe('refresh_token_not_found')
  })

  it('when banned is told so, though the ban ended the session', async () => {
    const { id, client, session } = await aSignedIn(world)
    worked(await adminApi(world).updateUserById(id, { ban_duration: '24h' }))
    expect((await client.getUser(session.access_token)).error).toMatchObject({
      status: 403,
      code: 'user_banned',
      message: 'User is banned',
    })
    worked(await adminApi(world).updateUserById(id, { ban_duration: 'none' }))
    expect((await authClient(world).getUser(session.access_token)).error).toMatchObject({
      name: 'AuthSessionMissingError',
    })
  })
})

describe('guests', () => {
  it('have no factors and make no passkeys, whatever else is wrong with what they ask', async () => {
    const client = authClient(world)
    const { session } = worked(await client.signInAnonymously())
    const headers = { authorization: `Bearer ${session?.access_token}` }
    const no = [403, 'no_authorization', 'Anonymous user not allowed to perform these actions']
    const asked: readonly (readonly [string, string, object?])[] = [
      ['POST', '/factors', { factor_type: 'none' }],
      ['POST', `/factors/${nobody}/challenge`, {}],
      ['POST', `/factors/${nobody}/verify`, {}],
      ['DELETE', `/factors/${nobody}`],
      ['GET', '/factors/recovery-codes'],
      ['POST', '/factors/recovery-codes'],
      ['POST', '/factors/recovery-codes/verify', {}],
      ['POST', '/factors/recovery-codes/regenerate'],
      ['DELETE', '/factors/recovery-codes'],
      ['POST', '/passkeys/registration/options', {}],
      ['POST', '/passkeys/registration/verify', {}],
    ]
    for (const [method, path, json] of asked)
      expect([path, ...(await told(path, { method, headers, ...(json && { json }) }))]).toEqual([path, ...no])
    expect(worked(await client.passkey.list())).toEqual([])
  })
})

describe('several things that are wrong', () => {
  it('are told in upstream’s order: half a challenge before an address that is none', async () => {
    const half = [400, 'validation_failed', 'PKCE flow requires code_challenge_method and code_challenge']
    const json = { email: 'no address', password: goodPassword, code_challenge: 'a'.repeat(43) }
    for (const path of ['/signup', '/otp']) {
      const [status, code, text] = await told(path, { json })
      expect([path, status, code, text]).toEqual([path, ...half])
    }
  })

  it('and a channel is looked at where a text is sent alone', async () => {
    const { client, session } = await aSignedIn(world)
    const headers = { authorization: `Bearer ${session.access_token}` }
    const { id } = worked(await client.mfa.enroll({ factorType: 'totp' }))
    const answer = await raw(world, `/factors/${id}/challenge`, { headers, json: { channel: 'pigeon' } })
    expect(answer.status).toBe(200)
  })
})

describe('answers in full', () => {
  it('an address that is none, whatever the password is', async () => {
    const malformed = [400, 'validation_failed', 'Unable to validate email address: invalid format']
    for (const password of ['123456', goodPassword])
      expect(await told('/signup', { json: { email: 'a', password } })).toEqual(malformed)
  })

  it('a password that is too long', async () => {
    const text = [400, 'validation_failed', 'Password cannot be longer than 256 characters']
    const password = 'x'.repeat(257)
    expect(await told('/signup', { json: { email: anAddress(), password } })).toEqual(text)
    const { session } = await aSignedIn(world)
    const headers = { authorization: `Bearer ${session.access_token}` }
    expect(await told('/user', { method: 'PUT', json: { password }, headers })).toEqual(text)
    const link = { type: 'signup', email: anAddress(), password }
    expect(await told('/admin/generate_link', { json: link, headers: asAdmin() })).toEqual(text)
  })

  it('the next page of a narrowed list is narrowed too, its number first', async () => {
    const name = anAddress('page').slice(0, 12)
    for (const each of ['a', 'b']) await aPerson(world, { email: `${name}-${each}@example.test` })
    const answer = await raw(world, `/admin/users?per_page=1&filter=${name}&sort=created_at+asc`, {
      headers: asAdmin(),
    })
    const page = (number: number, rel: string) =>
      `</admin/users?page=${number}&per_page=1&filter=${name}&sort=created_at+asc>; rel="${rel}"`
    expect(answer.headers.get('link')).toBe(`${page(2, 'next')}, ${page(2, 'last')}`)
    const next = await raw(world, `/admin/users?page=2&per_page=1&filter=${name}`, { headers: asAdmin() })
    expect(((await next.json()) as { users: unknown[] }).users).toHaveLength(1)
  })

  it('removing an identity: the only one stays, whichever is named', async () => {
    const { session } = await aSignedIn(world)
    const headers = { authorization: `Bearer ${session.access_token}` }
    const only = 'User must have at least 1 identity after unlinking'
    expect(await told(`/user/identities/${nobody}`, { method: 'DELETE', headers })).toEqual([
      422,
      'single_identity_not_deletable',
      only,
    ])
  })
})
