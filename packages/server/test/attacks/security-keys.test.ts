import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aSignedIn, raw, worked } from '../conformance/supabase/clients.ts'
import { type Faults, type SecurityKey, securityKey } from '../world/security-key.ts'
import { startWorld, type World } from '../world/world.ts'

const site = 'http://localhost:3000'
let world: World
beforeAll(async () => {
  world = await startWorld({ config: { siteUrl: site } })
})
afterAll(() => world.close())

type Json = Record<string, unknown>
type Who = Awaited<ReturnType<typeof aSignedIn>>

const tokenOf = async ({ client }: Who): Promise<string> =>
  worked(await client.getSession()).session?.access_token ?? ''

/** Asks below the factors, by the session of a client. */
async function ask(who: Who, path: string, body: object, method = 'POST'): Promise<{ status: number; body: Json }> {
  const headers = { authorization: `Bearer ${await tokenOf(who)}` }
  const answer = await raw(world, `/factors${path}`, { method, json: body, headers })
  return { status: answer.status, body: (await answer.json()) as Json }
}

interface Challenge {
  readonly id: string
  readonly type: string
  readonly options: Json
}

async function challenge(who: Who, factorId: string): Promise<Challenge> {
  const { body } = await ask(who, `/${factorId}/challenge`, {})
  const { type, credential_options } = body['webauthn'] as { type: string; credential_options: Json }
  return { id: String(body['id']), type, options: credential_options['publicKey'] as Json }
}

const verify = (who: Who, factorId: string, { id, type }: Pick<Challenge, 'id' | 'type'>, credential: Json) =>
  ask(who, `/${factorId}/verify`, {
    challenge_id: id,
    webauthn: { type, rpId: 'localhost', rpOrigins: [site], credential_response: credential },
  })

async function enrolled(who: Who, name = 'key') {
  const { body } = await ask(who, '', { factor_type: 'webauthn', friendly_name: name })
  return String(body['id'])
}

/** Adopts the session an answer holds. */
async function adopt({ client }: Who, body: Json): Promise<void> {
  worked(
    await client.setSession({
      access_token: String(body['access_token']),
      refresh_token: String(body['refresh_token']),
    }),
  )
}

/** Somebody whose account a key protects, in a session in which it was proved. */
async function aHolder(): Promise<{ who: Who; key: SecurityKey; factorId: string }> {
  const who = await aSignedIn(world)
  const key = securityKey(site)
  const factorId = await enrolled(who)
  const asked = await challenge(who, factorId)
  const { status, body } = await verify(who, factorId, asked, key.create(asked.options))
  expect(status).toBe(200)
  await adopt(who, body)
  return { who, key, factorId }
}

const codes = (answers: readonly { body: Json }[]) => new Set(answers.map(({ body }) => body['error_code']))

describe('a security key as second factor', () => {
  it('is enrolled by its first ceremony, and asked for afterwards', async () => {
    const { who, key, factorId } = await aHolder()
    const levels = worked(await who.client.mfa.getAuthenticatorAssuranceLevel())
    expect(levels).toMatchObject({
      currentLevel: 'aal2',
      currentAuthenticationMethods: [{ method: 'mfa/webauthn' }, {}],
    })
    expect(worked(await who.client.mfa.listFactors()).webauthn).toMatchObject([{ id: factorId, status: 'verified' }])

    worked(await who.client.signInWithPassword({ email: who.email, password: who.password }))
    expect(worked(await who.client.mfa.getAuthenticatorAssuranceLevel())).toMatchObject({
      currentLevel: 'aal1',
      nextLevel: 'aal2',
    })
    expect((await who.client.updateUser({ data: { a: 1 } })).error?.code).toBe('insufficient_aal')
    const asked = await challenge(who, factorId)
    expect([asked.type, asked.options['allowCredentials']]).toMatchObject(['request', [{ id: key.id }]])
    const done = await verify(who, factorId, asked, key.get(asked.options))
    expect(done.status).toBe(200)
    await adopt(who, done.body)
    expect((await who.client.updateUser({ data: { a: 1 } })).error).toBeNull()
  })

  it('tells bodies that make no sense before it looks at the challenge', async () => {
    const { who, factorId } = await aHolder()
    const say = (body: object) => ask(who, `/${factorId}/verify`, { challenge_id: crypto.randomUUID(), ...body })
    const messages = [
      await say({ code: '000000' }),
      await say({ webauthn: { type: 'both' } }),
      await say({ webauthn: { type: 'request' } }),
      await say({ webauthn: { type: 'create', credential_response: {} } }),
      await say({ webauthn: { type: 'request', credential_response: 'x' } }),
    ].map(({ status, body }) => [status, body['msg']])
    expect(messages).toEqual([
      [400, 'WebAuthn config required'],
      [400, 'WebAuthn type must be create or request'],
      [400, 'credential_response required'],
      [400, 'Invalid credential_response'],
      [400, 'Invalid credential_response'],
    ])
  })
})

describe('S94: challenges of keys are bound', () => {
  it('one counts for its own factor, session, user and kind', async () => {
    const { who, key, factorId } = await aHolder()
    const other = await aHolder()
    const asked = await challenge(who, factorId)
    const proof = key.get(asked.options)
    const second = await enrolled(who, 'second')
    const foreign = [
      await verify(other.who, other.factorId, asked, proof),
      await verify(other.who, factorId, asked, proof),
      await verify(who, second, { id: asked.id, type: 'create' }, proof),
    ]
    expect(foreign.map(({ status }) => status)).toEqual([422, 404, 422])
    const creation = await challenge(who, second)
    const crossed = await verify(who, second, creation, key.get({ ...creation.options, rpId: 'localhost' }))
    expect(crossed.status).toBe(422)
    expect((await verify(who, factorId, asked, proof)).status).toBe(200)
  })

  it('S23 of twenty who answer it at once one is let in, and nobody after', async () => {
    const { who, key, factorId } = await aHolder()
    const asked = await challenge(who, factorId)
    const proof = key.get(asked.options)
    const all = await Promise.all(Array.from({ length: 20 }, () => verify(who, factorId, asked, proof)))
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1)
    for (const { status } of all) expect([200, 422, 429]).toContain(status)
    expect((await verify(who, factorId, asked, proof)).body['error_code']).toBe('mfa_ip_address_mismatch')
  })

  it('ends after five minutes', async () => {
    const { who, key, factorId } = await aHolder()
    const asked = await challenge(who, factorId)
    world.clock.move(301)
    const late = await verify(who, factorId, asked, key.get(asked.options))
    expect(late.body['error_code']).toBe('mfa_challenge_expired')
  })
})

describe('S95: making a key', () => {
  const faults: readonly (readonly [string, Faults])[] = [
    ['another origin', { origin: 'https://localhost.evil.test' }],
    ['a port that is not listed', { origin: 'http://localhost.evil.test:3000' }],
    ['another site', { rpId: 'evil.test' }],
    ['another challenge', { challenge: Buffer.alloc(32).toString('base64url') }],
    ['another kind', { type: 'webauthn.get' }],
    ['nobody present', { present: false }],
    ['a frame of another site', { crossOrigin: true }],
  ]
  it.each(faults)('refuses %s', async (_, fault) => {
    const who = await aSignedIn(world)
    const factorId = await enrolled(who)
    const asked = await challenge(who, factorId)
    const made = await verify(who, factorId, asked, securityKey(site).create(asked.options, fault))
    expect([made.status, made.body['error_code']]).toEqual([422, 'mfa_verification_failed'])
    expect(worked(await who.client.mfa.listFactors()).webauthn).toEqual([])
  })

  it('refuses a credential that somebody has already', async () => {
    const { key } = await aHolder()
    const who = await aSignedIn(world)
    const factorId = await enrolled(who)
    const asked = await challenge(who, factorId)
    const made = await verify(who, factorId, asked, key.create(asked.options))
    expect([made.status, made.body['error_code']]).toEqual([422, 'webauthn_credential_exists'])
  })

  it('never answers nonsense with a fault of its own', async () => {
    const who = await aSignedIn(world)
    const factorId = await enrolled(who)
    const asked = await challenge(who, factorId)
    const good = securityKey(site).create(asked.options)
    const response = good['response'] as Json
    for (const attestationObject of ['', 'AA', Buffer.alloc(70_000, 0x9f).toString('base64url'), 7, null]) {
      const fresh = await challenge(who, factorId)
      const bad = { ...good, response: { ...response, attestationObject } }
      expect((await verify(who, factorId, fresh, bad)).status).toBe(422)
    }
  })
})

describe('S96: proving a key', () => {
  const faults: readonly (readonly [string, Faults])[] = [
    ['another origin', { origin: 'https://evil.test' }],
    ['another site', { rpId: 'evil.test' }],
    ['another challenge', { challenge: Buffer.alloc(32).toString('base64url') }],
    ['the other kind', { type: 'webauthn.create' }],
    ['nobody present', { present: false }],
    ['a signature over other data', { tampered: true }],
    ['the handle of somebody else', { userHandle: crypto.randomUUID() }],
    ['a counter that does not grow', { counter: 1 }],
  ]
  it.each(faults)('refuses %s', async (_, fault) => {
    const { who, key, factorId } = await aHolder()
    const asked = await challenge(who, factorId)
    const said = await verify(who, factorId, asked, key.get(asked.options, fault))
    expect([said.status, said.body['error_code']]).toEqual([422, 'mfa_verification_failed'])
  })

  it('refuses the key of somebody else, and one that was removed', async () => {
    const { who, factorId } = await aHolder()
    const other = await aHolder()
    const asked = await challenge(who, factorId)
    expect((await verify(who, factorId, asked, other.key.get(asked.options))).status).toBe(422)
    const second = securityKey(site)
    const secondId = await enrolled(who, 'second')
    const creation = await challenge(who, secondId)
    const added = await verify(who, secondId, creation, second.create(creation.options))
    expect(added.status).toBe(200)
    await adopt(who, added.body)
    expect((await ask(who, `/${secondId}`, {}, 'DELETE')).status).toBe(200)
    const again = await challenge(who, factorId)
    expect((await verify(who, factorId, again, second.get(again.options))).status).toBe(422)
  })

  it('S22 guesses are counted, and the sixth at one challenge is not looked at', async () => {
    const { who, key, factorId } = await aHolder()
    const asked = await challenge(who, factorId)
    const tries: { body: Json }[] = []
    for (let count = 0; count < 6; count += 1)
      tries.push(await verify(who, factorId, asked, key.get(asked.options, { tampered: true })))
    expect(codes(tries.slice(0, 5))).toEqual(new Set(['mfa_verification_failed']))
    expect((await verify(who, factorId, asked, key.get(asked.options))).status).toBe(422)
  })
})
