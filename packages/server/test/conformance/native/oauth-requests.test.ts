import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anApplication, begin, type Face, finish, place, startProvider } from '../../world/applications.ts'
import { aPerson, type Body, codeOf, type NativeWorld, speakNative, startNative } from './native-world.ts'

let world: NativeWorld
beforeAll(async () => {
  world = speakNative(await startProvider())
})
afterAll(() => world.close())

const tokenOf = ({ complete }: { complete: Body }) => complete.tokens.accessToken as string
const read = (id: string, token: string) => world.ask(`GET /oauth/requests/${id}`, { token })
const decide = (id: string, token: string, body: object = { decision: 'approve' }) =>
  world.ask(`POST /oauth/requests/${id}`, { token, body })
const faces: readonly Face[] = ['supabase', 'nhost']

describe.each(faces)('what an application asks for at the %s face', (face) => {
  it('is shown, allowed, and exchanged for tokens in the name of that face', async () => {
    const app = await anApplication(world, { face })
    const person = await aPerson(world)
    const pending = await begin(app)
    const { body } = await read(pending.handle, tokenOf(person))
    expect(body).toEqual({
      id: pending.handle,
      client: { id: app.id, name: 'Orders', homeUrl: null, logoUrl: null },
      scopes: ['openid', 'email', 'profile'],
      redirectHost: 'app.example.test',
      user: { id: person.complete.user.id, email: person.email },
      expiresAt: expect.any(String),
    })
    const answer = (await decide(pending.handle, tokenOf(person))).body.redirectTo
    expect(answer.startsWith(`${place}?code=`)).toBe(true)
    // The library compares `iss` with whom it asked (RFC 9207).
    const tokens = await finish(app, pending, answer)
    expect(tokens.claims()).toMatchObject({ sub: person.complete.user.id })
    expect(codeOf(await read(pending.handle, tokenOf(person)))).toBe('conflict')
    expect(codeOf(await decide(pending.handle, tokenOf(person)))).toBe('conflict')
  })

  it('is not asked again where all of it was allowed before, unless the application wants that', async () => {
    const app = await anApplication(world, { face })
    const person = await aPerson(world)
    const first = await begin(app)
    await read(first.handle, tokenOf(person))
    await decide(first.handle, tokenOf(person))
    const second = await begin(app)
    const { body } = await read(second.handle, tokenOf(person))
    expect(Object.keys(body)).toEqual(['redirectTo'])
    await finish(app, second, body.redirectTo)
    const third = await begin(app, { prompt: 'consent' })
    expect((await read(third.handle, tokenOf(person))).body.id).toBe(third.handle)
  })

  it('is declined, and the application is told', async () => {
    const app = await anApplication(world, { face })
    const person = await aPerson(world)
    const pending = await begin(app)
    await read(pending.handle, tokenOf(person))
    const { body } = await decide(pending.handle, tokenOf(person), { decision: 'deny' })
    const query = new URL(body.redirectTo).searchParams
    expect([query.get('error'), query.get('state')]).toEqual(['access_denied', pending.state])
    expect((await world.ask('GET /me/grants', { token: tokenOf(person) })).body.items).toEqual([])
  })

  it('is allowed in part: tokens, grant and the next question know the part alone', async () => {
    const app = await anApplication(world, { face })
    const person = await aPerson(world)
    const pending = await begin(app)
    await read(pending.handle, tokenOf(person))
    const scopes = ['openid', 'profile']
    const { body } = await decide(pending.handle, tokenOf(person), { decision: 'approve', scopes })
    const tokens = await finish(app, pending, body.redirectTo)
    expect(tokens.scope?.split(' ').sort()).toEqual(scopes)
    expect(tokens.claims()?.['email']).toBeUndefined()
    const [grant] = (await world.ask('GET /me/grants', { token: tokenOf(person) })).body.items
    expect(grant.scopes).toEqual(scopes)
    const again = await begin(app)
    expect((await read(again.handle, tokenOf(person))).body.id).toBe(again.handle)
  })
})

describe('an answer', () => {
  it('says yes or no, and to nothing that was not asked', async () => {
    const app = await anApplication(world)
    const person = await aPerson(world)
    const { handle } = await begin(app)
    await read(handle, tokenOf(person))
    for (const body of [
      {},
      { decision: 'maybe' },
      { decision: 'approve', scopes: [] },
      { decision: 'approve', scopes: ['openid', 'phone'] },
      { decision: 'deny', scopes: ['openid'] },
      { decision: 'approve', userId: person.complete.user.id },
    ])
      expect(codeOf(await decide(handle, tokenOf(person), body)), JSON.stringify(body)).toBe('validation_failed')
    expect((await decide(handle, tokenOf(person))).status).toBe(200)
  })

  it('comes in time', async () => {
    const app = await anApplication(world)
    const person = await aPerson(world)
    const { handle } = await begin(app)
    await read(handle, tokenOf(person))
    world.clock.move(601)
    const late = await decide(handle, tokenOf(person))
    world.clock.move(-601)
    expect(codeOf(late)).toBe('not_found')
  })

  it('is for the programs of a machine too, and says which', async () => {
    const redirect = 'com.example.app:/callback'
    const app = await anApplication(world, { method: 'none', redirectUris: [redirect] })
    const person = await aPerson(world)
    const { handle } = await begin(app, { redirect_uri: redirect })
    expect((await read(handle, tokenOf(person))).body.redirectHost).toBe('com.example.app:')
    expect((await decide(handle, tokenOf(person))).body.redirectTo).toMatch(/^com\.example\.app:\/callback\?code=/)
  })

  it('is nobody’s where this server is no provider', async () => {
    const off = await startNative()
    const token = tokenOf(await aPerson(off))
    const of = (line: string, more: object) => off.ask(line, { token, ...more })
    expect(codeOf(await of('GET /oauth/requests/x', {}))).toBe('feature_disabled')
    expect(codeOf(await of('POST /oauth/requests/x', { body: { decision: 'deny' } }))).toBe('feature_disabled')
    await off.close()
  })
})
