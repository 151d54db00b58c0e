import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { securityKey } from '../../world/security-key.ts'
import { startWorld, type World } from '../../world/world.ts'
import { anAddress, aSignedIn, followMail, goodPassword, nhostClient, raw, refused } from './clients.ts'

const site = 'http://localhost:3000'
let world: World
let strict: World
beforeAll(async () => {
  world = await startWorld({ config: { siteUrl: site } })
  strict = await startWorld({
    config: { siteUrl: site, signUp: { emailConfirmation: false }, dialects: { nhost: { elevation: 'required' } } },
  })
})
afterAll(async () => {
  await world.close()
  await strict.close()
})

type Json = Record<string, unknown>
type Who = Awaited<ReturnType<typeof aSignedIn>>

/** The client's types name members of the browser's; what is sent is JSON. */
const options = (body: unknown) => body as Json & { challenge: string; user: { id: string; name: string } }

async function anAddedKey({ nhost }: Who) {
  const key = securityKey(site)
  const made = key.create(options((await nhost.auth.addSecurityKey()).body), { verified: true })
  await nhost.auth.verifyAddSecurityKey({ credential: made as never })
  return key
}

function claimsOf(token: string): Json {
  return decodeJwt(token)['https://hasura.io/jwt/claims'] as Json
}

async function signUp(at: World, email: string, more: object = {}) {
  const nhost = nhostClient(at)
  const key = securityKey(site)
  const asked = options((await nhost.auth.signUpWebauthn({ email, ...more })).body)
  const userId = Buffer.from(asked.user.id, 'base64url').toString()
  return { nhost, key, userId, asked, credential: key.create(asked, { verified: true }) as never }
}

describe('signing up with a security key', () => {
  it('answers an empty object until the address is proved, and the key opens the account then', async () => {
    const email = anAddress()
    const redirectTo = `${site}/in`
    const { nhost, key, credential, userId, asked } = await signUp(world, email, {
      options: { displayName: 'Jo Doe', redirectTo, metadata: { plan: 'free' } },
    })
    expect(asked.user).toMatchObject({ name: email, displayName: 'Jo Doe' })
    expect((await nhost.auth.verifySignUpWebauthn({ credential, nickname: 'Blue key' })).body).toEqual({})
    const place = await followMail(world.inbox, email)
    expect([place.pathname, place.searchParams.get('type')]).toEqual(['/in', 'verifyEmail'])
    const { body } = await nhost.auth.refreshToken({ refreshToken: place.searchParams.get('refreshToken') ?? '' })
    expect(body.user).toMatchObject({ id: userId, email, displayName: 'Jo Doe', metadata: { plan: 'free' } })
    const again = nhostClient(world)
    const proof = key.get(options((await again.auth.signInWebauthn()).body), { verified: true, userHandle: userId })
    const signedIn = await again.auth.verifySignInWebauthn({ credential: proof as never })
    expect(signedIn.body.session?.user?.id).toBe(userId)
    expect(await refused(nhost.auth.verifySignUpWebauthn({ credential }))).toMatchObject({
      status: 400,
      body: { error: 'invalid-request' },
    })
  })

  it('opens a session at once where addresses are not verified', async () => {
    const email = anAddress()
    const { nhost, credential, userId } = await signUp(strict, email, { options: { displayName: 'First' } })
    const { body } = await nhost.auth.verifySignUpWebauthn({ credential, options: { displayName: 'Second' } })
    expect(body.session?.user).toMatchObject({ id: userId, email, displayName: 'Second' })
    const taken = await signUp(strict, email)
    expect(await refused(taken.nhost.auth.verifySignUpWebauthn({ credential: taken.credential }))).toMatchObject({
      status: 409,
      body: { error: 'email-already-in-use' },
    })
  })

  it('tells a taken address after the ceremony alone', async () => {
    const { email } = await aSignedIn(world)
    const { nhost, credential } = await signUp(world, email)
    expect(await refused(nhost.auth.verifySignUpWebauthn({ credential }))).toMatchObject({
      status: 409,
      body: { error: 'email-already-in-use' },
    })
  })
})

describe('adding a security key', () => {
  it('asks for another than those that are there, and has no member that says nothing', async () => {
    const who = await aSignedIn(world)
    const first = options((await who.nhost.auth.addSecurityKey()).body)
    expect(Object.keys(first).sort()).toEqual(
      ['attestation', 'authenticatorSelection', 'challenge', 'pubKeyCredParams', 'rp', 'timeout', 'user'].sort(),
    )
    const [one, two] = [await anAddedKey(who), await anAddedKey(who)]
    const third = options((await who.nhost.auth.addSecurityKey()).body)
    expect(third['excludeCredentials']).toEqual([one, two].map(({ id }) => ({ type: 'public-key', id })))
    expect(options((await nhostClient(world).auth.signUpWebauthn({ email: anAddress() })).body)).not.toHaveProperty(
      'excludeCredentials',
    )
  })
})

describe('elevation by a security key', () => {
  it('gives a token that says so, until it is renewed', async () => {
    const who = await aSignedIn(world)
    expect(await refused(who.nhost.auth.elevateWebauthn())).toMatchObject({ body: { error: 'invalid-request' } })
    const key = await anAddedKey(who)
    const asked = options((await who.nhost.auth.elevateWebauthn()).body)
    expect(asked['allowCredentials']).toMatchObject([{ id: key.id }])
    const { body } = await who.nhost.auth.verifyElevateWebauthn({
      credential: key.get(asked, { verified: true }) as never,
    })
    const { accessToken = '', refreshToken = '' } = body.session ?? {}
    expect(claimsOf(accessToken)['x-hasura-auth-elevated']).toBe(who.id)
    const renewed = await who.nhost.auth.refreshToken({ refreshToken })
    expect(claimsOf(renewed.body.accessToken)).not.toHaveProperty('x-hasura-auth-elevated')
  })

  it('S94 takes no challenge of another person, of a sign-in, or of before', async () => {
    const victim = await aSignedIn(world)
    const attacker = await aSignedIn(world)
    await anAddedKey(victim)
    const own = await anAddedKey(attacker)
    const theirs = options((await victim.nhost.auth.elevateWebauthn()).body)
    const mine = options((await attacker.nhost.auth.elevateWebauthn()).body)
    const any = options((await nhostClient(world).auth.signInWebauthn()).body)
    for (const asked of [theirs, mine, any]) {
      const credential = own.get(asked, { verified: true }) as never
      expect(await refused(victim.nhost.auth.verifyElevateWebauthn({ credential }))).toMatchObject({
        status: 400,
        body: { error: 'invalid-request' },
      })
    }
    const credential = own.get(mine, { verified: true }) as never
    await attacker.nhost.auth.verifyElevateWebauthn({ credential })
    expect(await refused(attacker.nhost.auth.verifyElevateWebauthn({ credential }))).toMatchObject({ status: 400 })
  })

  it('S23 of twenty proofs at once one raises the session', async () => {
    const who = await aSignedIn(world)
    const key = await anAddedKey(who)
    const asked = options((await who.nhost.auth.elevateWebauthn()).body)
    const credential = key.get(asked, { verified: true })
    const headers = { authorization: `Bearer ${who.session.accessToken}` }
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => raw(world, '/elevate/webauthn/verify', { json: { credential }, headers })),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.every(({ status }) => status < 500)).toBe(true)
  })
})

describe('where elevation is required', () => {
  const later = new Date(Date.now() + 86_400_000).toISOString()

  it('changes need its claim, but for the first key', async () => {
    const who = await aSignedIn(strict)
    const { auth } = who.nhost
    const wanted = { status: 401, body: { reason: 'elevated claim required', securityScheme: 'BearerAuthElevated' } }
    expect(await refused(auth.createPAT({ expiresAt: later }))).toMatchObject(wanted)
    expect(await refused(auth.changeUserEmail({ newEmail: anAddress() }))).toMatchObject(wanted)
    expect(await refused(auth.changeUserPassword({ newPassword: `${goodPassword}!` }))).toMatchObject({
      status: 400,
      body: { error: 'invalid-request' },
    })
    const key = await anAddedKey(who)
    expect(await refused(auth.addSecurityKey())).toMatchObject(wanted)
    const asked = options((await auth.elevateWebauthn()).body)
    const { body } = await auth.verifyElevateWebauthn({ credential: key.get(asked, { verified: true }) as never })
    const headers = { authorization: `Bearer ${body.session?.accessToken}` }
    expect((await raw(strict, '/pat', { json: { expiresAt: later }, headers })).status).toBe(200)
    const changed = await raw(strict, '/user/password', { json: { newPassword: `${goodPassword}!` }, headers })
    expect(changed.status).toBe(200)
  })

  it('a claim of somebody else, or out of their own data, counts for nothing', async () => {
    const who = await aSignedIn(strict)
    const other = await aSignedIn(strict)
    const key = await anAddedKey(other)
    const asked = options((await other.nhost.auth.elevateWebauthn()).body)
    const credential = key.get(asked, { verified: true }) as never
    const { body } = await other.nhost.auth.verifyElevateWebauthn({ credential })
    expect(claimsOf(body.session?.accessToken ?? '')['x-hasura-auth-elevated']).toBe(other.id)
    expect(claimsOf(who.session.accessToken)).not.toHaveProperty('x-hasura-auth-elevated')
    const headers = { authorization: `Bearer ${who.session.accessToken}` }
    expect((await raw(strict, '/pat', { json: { expiresAt: later }, headers })).status).toBe(401)
  })
})
