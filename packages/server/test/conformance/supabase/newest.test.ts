import { AuthWeakPasswordError, GoTrueClient, isAuthWeakPasswordError } from '@supabase/auth-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import { adminApi, anAddress, aPerson, aSignedIn, authClient, landing, memoryStorage, raw, worked } from './clients.ts'

// What the newest of the clients does beside what all of them do.

const site = 'http://localhost:3000'
let world: World
beforeAll(async () => {
  world = await startWorld({
    config: { siteUrl: site, password: { min: 12, requiredCharacters: ['abcdefgh', '0123'] } },
  })
})
afterAll(() => world.close())

/** A client whose flows are told apart by what it puts into the places it returns to. */
const flowClient = () =>
  new GoTrueClient({
    url: `${world.url}/auth/v1`,
    storage: memoryStorage(),
    storageKey: 'sb-flows',
    flowType: 'pkce',
    autoRefreshToken: false,
    detectSessionInUrl: false,
    experimental: { appendPkceFlowIdToRedirects: true },
  })

describe('flows of one browser', () => {
  it('are told apart by a mark in the place they return to, in whichever order they end', async () => {
    const [first, second] = [await aPerson(world), await aPerson(world)]
    const client = flowClient()
    const options = { emailRedirectTo: `${site}/auth/callback?next=%2Fhome` }
    for (const { email } of [first, second]) worked(await client.signInWithOtp({ email, options }))
    worked(await client.resetPasswordForEmail(first.email, { redirectTo: `${site}/new-password` }))
    const come = async (email: string, template: string) => {
      const { link } = await world.inbox.waitFor(email, template)
      const { query } = landing(await fetch(link ?? '', { redirect: 'manual' }))
      const flowId = query.get('sb_flow_id') ?? ''
      expect(flowId).not.toBe('')
      const { user } = worked(await client.exchangeCodeForSession(query.get('code') ?? '', { flowId }))
      return [user.email, query.get('next')]
    }
    const told: string[] = []
    client.onAuthStateChange((event) => void told.push(event))
    expect(await come(second.email, 'sign_in')).toEqual([second.email, '/home'])
    expect(await come(first.email, 'recovery')).toEqual([first.email, null])
    expect(told.filter((event) => event !== 'INITIAL_SESSION')).toEqual(['SIGNED_IN', 'PASSWORD_RECOVERY'])
  })
})

describe('getClaims', () => {
  const seen = (client: GoTrueClient): string[] => {
    const asked: string[] = []
    ;(client as unknown as { fetch: typeof fetch }).fetch = (input, init) => {
      asked.push(new URL(String(input)).pathname)
      return fetch(input, init)
    }
    return asked
  }

  it('asks nobody where it is given the keys, and refuses what was altered', async () => {
    const { session, id } = await aSignedIn(world)
    const jwks = (await (await raw(world, '/.well-known/jwks.json')).json()) as { keys: never[] }
    const client = authClient(world)
    const asked = seen(client)
    const { claims, header } = worked(await client.getClaims(session.access_token, { jwks })) ?? {}
    expect(claims).toMatchObject({ sub: id, session_id: expect.any(String), amr: [{ method: 'password' }] })
    expect(header).toMatchObject({ alg: 'ES256', typ: 'JWT', kid: jwks.keys.map(({ kid }) => kid)[0] })
    const [head, , signature] = session.access_token.split('.')
    const other = Buffer.from(JSON.stringify({ ...claims, sub: crypto.randomUUID() })).toString('base64url')
    const { error } = await client.getClaims([head, other, signature].join('.'), { jwks })
    expect(error?.message).toBe('Invalid JWT signature')
    expect(asked).toEqual([])
  })

  it('asks for the keys once for many tokens', async () => {
    const [one, two] = [await aSignedIn(world), await aSignedIn(world)]
    const client = authClient(world)
    const asked = seen(client)
    for (const { session } of [one, two, one]) worked(await client.getClaims(session.access_token))
    expect(new Set(asked)).toEqual(new Set(['/auth/v1/.well-known/jwks.json']))
  })
})

describe('a weak password', () => {
  it('is refused with all its reasons, in their order', async () => {
    const { error } = await authClient(world).signUp({ email: anAddress(), password: 'zzz' })
    expect(isAuthWeakPasswordError(error)).toBe(true)
    expect(error).toBeInstanceOf(AuthWeakPasswordError)
    expect(error).toMatchObject({ status: 422, code: 'weak_password', reasons: ['length', 'characters'] })
    expect(error?.message).toBe(
      'Password should be at least 12 characters. Password should contain at least one character of each: abcdefgh, 0123.',
    )
  })

  it('that was good once signs in, and the client is told why it is not any more', async () => {
    const email = anAddress()
    const password = 'zqvwxmnk'
    worked(await adminApi(world).createUser({ email, password, email_confirm: true }))
    const { session, weakPassword } = worked(await authClient(world).signInWithPassword({ email, password }))
    expect(session).not.toBeNull()
    expect(weakPassword).toEqual({
      reasons: ['length', 'characters'],
      message: expect.stringMatching(/^Password should be at least 12 characters\. /),
    })
  })
})

describe('who somebody is', () => {
  it('is said by the same fields at sign-up, at sign-in, at a refresh and when asked', async () => {
    const client = authClient(world)
    const [email, password] = [anAddress(), 'a long enough one 1']
    const signedUp = worked(await client.signUp({ email, password, options: { data: { plan: 'free' } } })).user
    expect(signedUp).toMatchObject({ email, phone: '', is_anonymous: false, confirmation_sent_at: expect.any(String) })
    expect(signedUp).not.toHaveProperty('last_sign_in_at')
    expect(signedUp).not.toHaveProperty('factors')
    const { code } = await world.inbox.waitFor(email)
    const verified = worked(await client.verifyOtp({ email, token: code ?? '', type: 'signup' })).user
    const shared = { email, app_metadata: { provider: 'email', providers: ['email'] }, role: 'authenticated' }
    const rfc3339 = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/)
    const known = { ...shared, confirmed_at: rfc3339, email_confirmed_at: rfc3339, last_sign_in_at: rfc3339 }
    expect(verified).toMatchObject(known)
    const signedIn = worked(await client.signInWithPassword({ email, password }))
    const { expires_at, expires_in, token_type } = signedIn.session
    expect([typeof expires_at, typeof expires_in, token_type]).toEqual(['number', 'number', 'bearer'])
    const refreshed = worked(await client.refreshSession()).user
    const asked = worked(await client.getUser()).user
    expect(asked).toEqual(refreshed)
    for (const user of [signedIn.user, refreshed, asked]) expect(user).toMatchObject(known)
    expect(Object.keys(asked).sort()).toEqual([
      ...['app_metadata', 'aud', 'confirmation_sent_at', 'confirmed_at', 'created_at', 'email', 'email_confirmed_at'],
      ...['id', 'identities', 'is_anonymous', 'last_sign_in_at', 'phone', 'role', 'updated_at', 'user_metadata'],
    ])
  })
})
