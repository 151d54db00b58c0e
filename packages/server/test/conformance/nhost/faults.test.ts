import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '#src/storage/sql.ts'
import { freePort } from '../../set-up/free-port.ts'
import { type Issuer, startIssuer } from '../../world/issuer.ts'
import { createTraveller } from '../../world/traveller.ts'
import { startWorld, type World } from '../../world/world.ts'
import { anAddress, aPerson, aSignedIn, goodPassword, nhostClient, raw, refused } from './clients.ts'

const app = 'https://app.example.test/welcome'

describe('a profile that cannot be had', () => {
  let provider: Server
  let issuer: Issuer
  let world: World
  let origin: string
  /** What the provider says of whoever signs in. */
  const profile = { status: 200, body: '{}' }
  beforeAll(async () => {
    issuer = await startIssuer('an-app')
    provider = createServer((request, response) => {
      const isProfile = request.url?.startsWith('/api/v3/') === true
      const answer = isProfile ? profile : { status: 200, body: '{"access_token":"x","token_type":"bearer"}' }
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body)
    })
    await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
    const address = provider.address()
    const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
    const port = await freePort()
    origin = `http://localhost:${port}`
    world = await startWorld({
      config: {
        port,
        publicUrl: origin,
        redirectUrls: ['https://app.example.test/**'],
        outbound: { allow: ['127.0.0.1'] },
        providers: {
          github: { clientId: 'x', clientSecret: 'a secret', url },
          google: { clientId: 'an-app', clientSecret: 'secret', url: issuer.issuer },
        },
      },
    })
  })
  afterAll(async () => {
    await world.close()
    await issuer.close()
    provider.closeAllConnections()
    provider.close()
  })

  /** Where a sign-in at the provider ends. */
  async function end(): Promise<URL> {
    const browser = createTraveller()
    const { auth } = nhostClient({ ...world, url: origin })
    const begun = await browser.fetch(auth.signInProviderURL('github', { redirectTo: app }))
    const state = new URL(begun.headers.get('location') ?? '').searchParams.get('state') ?? ''
    const back = new URLSearchParams({ code: 'any', state })
    const answer = await browser.fetch(`${origin}/nhost/v1/signin/provider/github/callback?${back}`)
    return new URL(answer.headers.get('location') ?? '')
  }

  it.each([
    ['the provider has a fault', 500, '{}'],
    ['it is no profile', 200, 'a page'],
    ['it names nobody', 200, '{}'],
    ['it names nobody by an empty id', 200, '{"id":""}'],
  ])('is told at the app where %s', async (_what, status, body) => {
    Object.assign(profile, { status, body })
    expect((await end()).href).toBe(
      `${app}?error=oauth-profile-fetch-failed&errorDescription=Failed+to+get+user+profile`,
    )
  })

  it('is told of an ID token that names nobody; one without the claim is no good one', async () => {
    const token = (sub: string | null) => issuer.token({ sub, email: anAddress(), email_verified: true })
    const failed = { status: 400, body: { error: 'oauth-profile-fetch-failed', message: 'Failed to get user profile' } }
    const { auth } = nhostClient(world)
    expect(await refused(auth.signInIdToken({ provider: 'google', idToken: await token('') }))).toMatchObject(failed)
    expect(await refused(auth.signUpIdToken({ provider: 'google', idToken: await token('') }))).toMatchObject(failed)
    expect(await refused(auth.signInIdToken({ provider: 'google', idToken: await token(null) }))).toMatchObject({
      status: 400,
      body: { error: 'invalid-request' },
    })
    const who = await aSignedIn(world)
    const linked = who.nhost.auth.linkIdToken({ provider: 'google', idToken: await token('') })
    expect(await refused(linked)).toMatchObject(failed)
  })
})

describe('what comes too often', () => {
  it('is told by a name and when to come again', async () => {
    const world = await startWorld({ config: { limits: { enabled: true } } })
    try {
      const { email } = await aPerson(world)
      const { auth } = nhostClient(world)
      const wrong = () => refused(auth.signInEmailPassword({ email, password: 'not the one' }))
      const answers: Awaited<ReturnType<typeof wrong>>[] = []
      for (let turn = 0; turn < 11; turn += 1) answers.push(await wrong())
      expect(answers.slice(0, 10).map(({ body }) => body['error'])).toEqual(Array(10).fill('invalid-email-password'))
      expect(answers[10]).toMatchObject({ status: 429, body: { status: 429, error: 'too-many-requests' } })
      const again = await raw(world, '/signin/email-password', { json: { email, password: goodPassword } })
      expect([again.status, Number(again.headers.get('retry-after')) > 0]).toEqual([429, true])
    } finally {
      await world.close()
    }
  })
})

describe('a fault of ours', () => {
  it('is told as one, without a word of what it is', async () => {
    const world = await startWorld()
    try {
      const who = await aSignedIn(world)
      await world.database.query(sql`alter table auth.users rename to elsewhere`)
      for (const ask of [
        () => who.nhost.auth.getUser(),
        () => nhostClient(world).auth.signInEmailPassword({ email: who.email, password: goodPassword }),
      ])
        expect(await refused(ask())).toEqual({
          status: 500,
          body: { status: 500, error: 'internal-server-error', message: 'Internal server error' },
        })
      await world.database.query(sql`alter table auth.elsewhere rename to users`)
      expect((await who.nhost.auth.getUser()).status).toBe(200)
    } finally {
      await world.close()
    }
  })
})
