import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import { aSignedIn, nhostClient, refused } from './clients.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({ config: { signUp: { anonymous: true } } })
})
afterAll(() => world.close())

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()

describe('personal access tokens', () => {
  it('sign in again and again until they end, and are no refresh tokens', async () => {
    const { nhost, email } = await aSignedIn(world)
    const made = (await nhost.auth.createPAT({ expiresAt: inDays(30), metadata: { for: 'ci' } })).body
    expect(made).toEqual({ id: expect.any(String), personalAccessToken: expect.stringMatching(/^[0-9a-f-]{36}$/) })
    const { personalAccessToken } = made
    for (const _ of [1, 2]) {
      const { body } = await nhostClient(world).auth.signInPAT({ personalAccessToken })
      expect(body.session?.user?.email).toBe(email)
    }
    expect(await refused(nhost.auth.refreshToken({ refreshToken: personalAccessToken }))).toMatchObject({ status: 401 })
    world.clock.move(31 * 86_400)
    expect(await refused(nhostClient(world).auth.signInPAT({ personalAccessToken }))).toMatchObject({
      status: 401,
      body: { error: 'invalid-pat', message: 'Invalid or expired personal access token' },
    })
    world.clock.move(-31 * 86_400)
  })

  it('S6 are stored as digests', async () => {
    const { nhost } = await aSignedIn(world)
    const { personalAccessToken } = (await nhost.auth.createPAT({ expiresAt: inDays(1) })).body
    const rows = await world.database.query({ text: 'select * from auth.access_keys', values: [] } as never)
    expect(JSON.stringify(rows)).not.toContain(personalAccessToken)
  })

  it('S104 S57 are not made by guests, on old proofs, or for the past', async () => {
    const guest = nhostClient(world)
    await guest.auth.signInAnonymous()
    expect(await refused(guest.auth.createPAT({ expiresAt: inDays(1) }))).toMatchObject({ status: 403 })
    const { nhost } = await aSignedIn(world)
    expect(await refused(nhost.auth.createPAT({ expiresAt: inDays(-1) }))).toMatchObject({ status: 400 })
    world.clock.move(700)
    await nhost.refreshSession(0)
    expect(await refused(nhost.auth.createPAT({ expiresAt: inDays(1) }))).toMatchObject({ status: 401 })
    world.clock.move(-700)
  })

  it('S104 end when they are signed out, alone or with everything', async () => {
    const { nhost } = await aSignedIn(world)
    const made = async () => (await nhost.auth.createPAT({ expiresAt: inDays(1) })).body.personalAccessToken
    const [one, other] = [await made(), await made()]
    await nhostClient(world).auth.signOut({ refreshToken: one })
    expect(await refused(nhostClient(world).auth.signInPAT({ personalAccessToken: one }))).toMatchObject({
      status: 401,
    })
    expect((await nhostClient(world).auth.signInPAT({ personalAccessToken: other })).status).toBe(200)
    await nhost.auth.signOut({ all: true })
    expect(await refused(nhostClient(world).auth.signInPAT({ personalAccessToken: other }))).toMatchObject({
      status: 401,
    })
  })

  it('S104 read for their owner, and change neither what signs in nor what follows from it', async () => {
    const { nhost, email } = await aSignedIn(world)
    const { personalAccessToken } = (await nhost.auth.createPAT({ expiresAt: inDays(1) })).body
    const program = nhostClient(world)
    await program.auth.signInPAT({ personalAccessToken })
    expect((await program.auth.getUser()).body.email).toBe(email)
    await program.refreshSession(0)
    const tries = [
      () => program.auth.createPAT({ expiresAt: inDays(1) }),
      () => program.auth.changeUserPassword({ newPassword: 'seventeen blue herons' }),
      () => program.auth.changeUserEmail({ newEmail: 'other@example.test' }),
      () => program.auth.changeUserMfa(),
      () => program.auth.addSecurityKey(),
    ]
    for (const tried of tries) expect([400, 401]).toContain((await refused(tried())).status)
    expect((await nhostClient(world).auth.signInPAT({ personalAccessToken })).status).toBe(200)
  })

  it('S61 S104 open nothing in a dialect that does not know them', async () => {
    const { nhost } = await aSignedIn(world)
    const { personalAccessToken } = (await nhost.auth.createPAT({ expiresAt: inDays(1) })).body
    const { body } = await nhostClient(world).auth.signInPAT({ personalAccessToken })
    const asked = (session: string | undefined) =>
      fetch(`${world.url}/_api/rest/v1/auth/user`, {
        headers: { 'x-client-key': world.publishableKey, session: session ?? '' },
      })
    expect((await asked(nhost.getUserSession()?.refreshToken)).status).toBe(200)
    expect((await asked(body.session?.refreshToken)).status).toBe(401)
  })

  it('S33 S104 end with a recovery', async () => {
    const { nhost, email } = await aSignedIn(world)
    const { personalAccessToken } = (await nhost.auth.createPAT({ expiresAt: inDays(1) })).body
    await nhost.auth.sendPasswordResetEmail({ email })
    const { link } = await world.inbox.waitFor(email, 'recovery')
    const ticket = new URL(link ?? '').searchParams.get('ticket') ?? ''
    await nhostClient(world).auth.changeUserPassword({ newPassword: 'seventeen blue herons', ticket })
    expect(await refused(nhostClient(world).auth.signInPAT({ personalAccessToken }))).toMatchObject({ status: 401 })
  })
})
