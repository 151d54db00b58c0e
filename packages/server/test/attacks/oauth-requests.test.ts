import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aPerson, type Body, codeOf, type NativeWorld, speakNative } from '../conformance/native/native-world.ts'
import { type Application, anApplication, begin, startProvider } from '../world/applications.ts'

let world: NativeWorld
let app: Application
beforeAll(async () => {
  world = speakNative(await startProvider())
  app = await anApplication(world)
})
afterAll(() => world.close())

const tokenOf = ({ complete }: { complete: Body }) => complete.tokens.accessToken as string
const read = (id: string, token: string, headers = {}) => world.ask(`GET /oauth/requests/${id}`, { token, headers })
const decide = (id: string, token: string, headers = {}) =>
  world.ask(`POST /oauth/requests/${id}`, { token, headers, body: { decision: 'approve' } })

describe('what an application asks a person for', () => {
  it('S101 is somebody else’s, unknown, over or malformed in the same words', async () => {
    const [ada, mallory] = [await aPerson(world), await aPerson(world)]
    const { handle } = await begin(app)
    await read(handle, tokenOf(ada))
    const answers = await Promise.all(
      [handle, 'a'.repeat(32), crypto.randomUUID(), 'x'.repeat(500), '%00', "'"].flatMap((id) => [
        read(id, tokenOf(mallory)),
        decide(id, tokenOf(mallory)),
      ]),
    )
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.code} ${body.message}`)).size).toBe(1)
    expect(answers[0]?.status).toBe(404)
    expect((await decide(handle, tokenOf(ada))).status).toBe(200)
  })

  it('S101 is not answered before it was looked at', async () => {
    const person = await aPerson(world)
    const { handle } = await begin(app)
    expect(codeOf(await decide(handle, tokenOf(person)))).toBe('not_found')
  })

  it('S68 is answered once, however many say yes at the same time, and belongs to one of two who look at once', async () => {
    const [ada, eve] = [await aPerson(world), await aPerson(world)]
    const contested = await begin(app)
    const looks = await Promise.all([read(contested.handle, tokenOf(ada)), read(contested.handle, tokenOf(eve))])
    expect(looks.map(({ status }) => status).sort()).toEqual([200, 404])
    const { handle } = await begin(app, { prompt: 'consent' })
    await read(handle, tokenOf(ada))
    const answers = await Promise.all(Array.from({ length: 12 }, () => decide(handle, tokenOf(ada))))
    expect(answers.filter(({ status }) => status === 200).length).toBe(1)
    expect(new Set(answers.filter(({ status }) => status !== 200).map(codeOf))).toEqual(new Set(['conflict']))
  })

  it('S104 and S108 is answered by the person alone: no access token of theirs, no administrator for them', async () => {
    const person = await aPerson(world)
    const { id } = person.complete.user
    const expiresAt = new Date(world.core.runtime.now().getTime() + 3_600_000).toISOString()
    const made = await world.ask('POST /me/access-keys', {
      token: tokenOf(person),
      body: { name: 'script', scopes: ['me:read', 'me:write'], expiresAt },
    })
    const opened = await world.ask('POST /sign-in/access-key', { body: { key: made.body.key } })
    const acting = await world.admin(`POST /admin/users/${id}/impersonation`, { reason: 'a question' })
    const { handle } = await begin(app)
    for (const token of [made.body.key, opened.body.tokens.accessToken, acting.body.tokens.accessToken]) {
      expect(codeOf(await read(handle, token))).toBe('insufficient_scope')
      expect(codeOf(await decide(handle, token))).toBe('insufficient_scope')
    }
    expect((await read(handle, tokenOf(person))).status).toBe(200)
  })

  it('S109 is answered from no page elsewhere, and needs JSON', async () => {
    const person = await aPerson(world)
    const { handle } = await begin(app)
    await read(handle, tokenOf(person))
    expect(codeOf(await decide(handle, tokenOf(person), { origin: 'https://evil.test' }))).toBe('origin_not_allowed')
    const form = await world.ask(`POST /oauth/requests/${handle}`, {
      token: tokenOf(person),
      form: { decision: 'approve' },
    })
    expect(codeOf(form)).toBe('unsupported_media_type')
    const head = await fetch(`${world.url}/v1/oauth/requests/${(await begin(app)).handle}`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${tokenOf(person)}` },
    })
    expect(head.status).toBe(405)
  })

  it('S102 an application’s own token does not answer for the person', async () => {
    const person = await aPerson(world)
    const { handle, verifier } = await begin(app)
    await read(handle, tokenOf(person))
    const { body } = await decide(handle, tokenOf(person))
    const response = await fetch(`${world.url}/auth/v1/oauth/token`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${btoa(`${app.id}:${app.secret}`)}`,
      },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: new URL(body.redirectTo).searchParams.get('code') ?? '',
        code_verifier: verifier,
      }),
    })
    const { access_token } = (await response.json()) as { access_token: string }
    const next = await begin(app, { scope: 'openid email profile phone' })
    expect(codeOf(await read(next.handle, access_token))).toBe('bad_jwt')
    expect(codeOf(await decide(next.handle, access_token))).toBe('bad_jwt')
  })
})
