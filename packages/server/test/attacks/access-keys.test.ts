import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sections } from '#src/dialects/native/routes.ts'
import {
  aPerson,
  type Body,
  codeOf,
  type NativeWorld,
  password,
  speakNative,
} from '../conformance/native/native-world.ts'
import { authenticator } from '../world/authenticator.ts'
import { startWorld } from '../world/world.ts'

let world: NativeWorld
beforeAll(async () => {
  world = speakNative(await startWorld({ config: { sessions: { singlePerUser: true } } }))
})
afterAll(() => world.close())

const inDays = (days: number) => new Date(world.core.runtime.now().getTime() + days * 86_400_000).toISOString()
const everything = ['me:read', 'me:write', 'sessions:read']

async function make(token: string, more: object = {}) {
  const body = { name: 'ci', scopes: everything, expiresAt: inDays(30), ...more }
  return world.ask('POST /me/access-keys', { token, body })
}

/** Somebody with a token, and the session it opens. */
async function aKeyHolder(more: object = {}) {
  const { email, complete } = await aPerson(world)
  const token = complete.tokens.accessToken as string
  const made = await make(token, more)
  expect(made.status).toBe(201)
  const { key, id } = made.body as { key: string; id: string }
  const opened = await world.ask('POST /sign-in/access-key', { body: { key } })
  expect(opened.status).toBe(200)
  return {
    email,
    token,
    key,
    id,
    userId: complete.user.id as string,
    session: opened.body.tokens.accessToken as string,
  }
}

const routes = sections.flatMap((section) => section.operations)
const own = routes.filter(({ who }) => who === 'user' || who === 'door' || who === 'recent')
const pathOf = (path: string) => path.replace(/:\w+/g, '0199a3c4-0000-7000-8000-000000000000')

describe('S104: a personal access token', () => {
  it('opens nothing but what its scopes name, shown as it is or by the session it opens', async () => {
    const { key, session } = await aKeyHolder()
    expect(own.length).toBeGreaterThan(20)
    for (const token of [key, session])
      for (const { method, path, scope } of own) {
        if (scope !== undefined) continue
        const answer = await world.ask(`${method} ${pathOf(path)}`, {
          token,
          ...(method === 'GET' ? {} : { body: {} }),
        })
        expect([method, path, answer.status, codeOf(answer)]).toEqual([method, path, 403, 'insufficient_scope'])
      }
  })

  it('with one scope does not do what another names', async () => {
    for (const { method, path, scope } of own) {
      if (scope === undefined) continue
      const { key, session } = await aKeyHolder({ scopes: [...everything.filter((each) => each !== scope), 'app:x'] })
      for (const token of [key, session]) {
        const answer = await world.ask(`${method} ${path}`, { token, ...(method === 'GET' ? {} : { body: {} }) })
        expect([path, answer.status, codeOf(answer)]).toEqual([path, 403, 'insufficient_scope'])
      }
    }
  })

  it('does not go on what its owner has begun in a session', async () => {
    const { token, key, session } = await aKeyHolder()
    const begun = await world.ask('POST /me/elevation', { token, body: {} })
    for (const bearer of [key, session]) {
      const body = { attempt: begun.body.attempt.token, password }
      const refused = await world.ask('POST /attempts/answer', { token: bearer, body })
      expect([401, 403]).toContain(refused.status)
    }
  })

  it('reaches no further in the other dialects', async () => {
    const { session } = await aKeyHolder()
    const headers = { authorization: `Bearer ${session}`, 'content-type': 'application/json' }
    const call = async (line: string, body?: object) => {
      const [method = '', path = ''] = line.split(' ')
      const answer = await fetch(`${world.url}${path}`, {
        method,
        headers,
        redirect: 'manual',
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      return answer.status
    }
    expect(await call('GET /auth/v1/user')).toBe(200)
    expect(await call('PUT /auth/v1/user', { password: 'seventeen blue herons' })).toBe(403)
    expect(await call('PUT /auth/v1/user', { data: { plan: 'gold' } })).toBe(403)
    expect(await call('POST /auth/v1/factors', { factor_type: 'totp' })).toBe(403)
    expect(await call('GET /auth/v1/user/identities/authorize?provider=google')).toBe(403)
    expect(await call('GET /nhost/v1/user')).toBe(200)
    for (const line of ['POST /nhost/v1/pat', 'POST /nhost/v1/user/email/change', 'GET /nhost/v1/mfa/totp/generate'])
      expect(
        await call(line, line.startsWith('GET') ? undefined : { expiresAt: inDays(1), newEmail: 'e@example.test' }),
      ).toBeGreaterThanOrEqual(400)
  })

  it('is made for oneself, on a fresh proof, at the full level, and not by guests', async () => {
    const { complete } = await aPerson(world)
    const token = complete.tokens.accessToken
    for (const more of [{ userId: complete.user.id }, { user_id: complete.user.id }])
      expect(codeOf(await make(token, more))).toBe('validation_failed')
    const guest = await world.ask('POST /sign-up/anonymous', { body: {} })
    expect(codeOf(await make(guest.body.tokens.accessToken))).toBe('anonymous_not_allowed')
    world.clock.move(601)
    const stale = await make(token)
    world.clock.move(-601)
    expect([stale.status, codeOf(stale)]).toEqual([401, 'reauthentication_needed'])
  })

  it('of somebody with a second factor needs that factor to be made, and then works without it within its scopes', async () => {
    const { email, complete } = await aPerson(world)
    const token = complete.tokens.accessToken
    const begun = await world.ask('POST /me/factors', { token, body: { type: 'totp' } })
    const { token: attempt, step } = begun.body.attempt
    const code = () => authenticator(step.secret).codeAt(world.core.runtime.now())
    const done = await world.ask('POST /attempts/answer', { token, body: { attempt, code: code() } })
    const made = await make(done.body.tokens.accessToken)
    expect(made.status).toBe(201)
    const { key } = made.body
    const opened = await world.ask('POST /sign-in/access-key', { body: { key } })
    expect(opened.body.session).toMatchObject({ aal: 'aal1', amr: [{ method: 'access_key' }] })
    for (const bearer of [key, opened.body.tokens.accessToken])
      expect((await world.ask('PATCH /me', { token: bearer, body: { displayName: 'CI' } })).status).toBe(200)
    const half = await fetch(`${world.url}/auth/v1/token?grant_type=password`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    })
    const atDoor = ((await half.json()) as Body).access_token
    expect(codeOf(await make(atDoor))).toBe('insufficient_aal')
  })

  it('has an end within a year, known scopes and little metadata', async () => {
    const { complete } = await aPerson(world)
    const token = complete.tokens.accessToken
    const wrong: object[] = [
      { expiresAt: inDays(-1) },
      { expiresAt: inDays(367) },
      { expiresAt: '9999-12-31T00:00:00Z' },
      { expiresAt: undefined },
      { scopes: [] },
      { scopes: undefined },
      { scopes: ['admin'] },
      { scopes: ['users:write'] },
      { scopes: ['*'] },
      { scopes: ['app:'] },
      { scopes: ['app:x y'] },
      { scopes: [`app:${'x'.repeat(61)}`] },
      { scopes: Array.from({ length: 51 }, (_, each) => `app:${each}`) },
      { metadata: { much: 'x'.repeat(4_096) } },
      { name: '' },
      { name: 'x'.repeat(65) },
      { name: 'two\nlines' },
    ]
    for (const more of wrong) expect([more, codeOf(await make(token, more))]).toEqual([more, 'validation_failed'])
    expect((await make(token, { expiresAt: inDays(365) })).status).toBe(201)
  })

  it('is refused at once when it was revoked, has ended, or its owner is banned or gone; with it what it opened', async () => {
    const refused = async (key: string, session: string, codes: readonly string[]) => {
      const answers = [
        await world.ask('GET /me', { token: key }),
        await world.ask('POST /sign-in/access-key', { body: { key } }),
        await world.ask('GET /me', { token: session }),
      ]
      expect(answers.map(codeOf)).toEqual(codes)
    }
    const dead = ['access_key_invalid', 'access_key_invalid', 'session_not_found']
    const revoked = await aKeyHolder()
    const gone = await world.ask(`DELETE /me/access-keys/${revoked.id}`, { token: revoked.token })
    expect(gone.status).toBe(204)
    await refused(revoked.key, revoked.session, dead)
    const byAdmin = await aKeyHolder()
    await world.admin(`DELETE /admin/users/${byAdmin.userId}/access-keys/${byAdmin.id}?reason=leaked`)
    await refused(byAdmin.key, byAdmin.session, dead)
    const banned = await aKeyHolder()
    await world.admin(`PATCH /admin/users/${banned.userId}`, { bannedUntil: inDays(1) })
    const answers = [
      await world.ask('GET /me', { token: banned.key }),
      await world.ask('POST /sign-in/access-key', { body: { key: banned.key } }),
    ]
    expect(answers.map(codeOf)).toEqual(['user_banned', 'user_banned'])
    const deleted = await aKeyHolder()
    await world.admin(`DELETE /admin/users/${deleted.userId}`)
    await refused(deleted.key, deleted.session, dead)
    const ended = await aKeyHolder({ expiresAt: inDays(1) })
    world.clock.move(86_401)
    expect(codeOf(await world.ask('GET /me', { token: ended.key }))).toBe('access_key_invalid')
    expect(codeOf(await world.ask('POST /sign-in/access-key', { body: { key: ended.key } }))).toBe('access_key_invalid')
    world.clock.move(-86_401)
  })

  it('opens sessions that end with it, and that no refresh token renews', async () => {
    const { complete } = await aPerson(world)
    const token = complete.tokens.accessToken
    const { key } = (
      await make(token, { expiresAt: new Date(world.core.runtime.now().getTime() + 60_000).toISOString() })
    ).body
    const { body } = await world.ask('POST /sign-in/access-key', { body: { key } })
    expect(body.tokens).toMatchObject({ refreshToken: null })
    expect(body.tokens.expiresIn).toBeLessThanOrEqual(60)
    const inCookies = await world.ask('POST /sign-in/access-key', {
      body: { key },
      headers: { 'watchword-session': 'cookie' },
    })
    expect(inCookies.headers.getSetCookie()).toEqual([])
  })

  it('signs itself out, and nobody else', async () => {
    const { token, key } = await aKeyHolder({ scopes: ['me:read'] })
    const open = async () =>
      (await world.ask('POST /sign-in/access-key', { body: { key } })).body.tokens.accessToken as string
    const supabase = (scope: string, bearer: string) =>
      fetch(`${world.url}/auth/v1/logout${scope}`, { method: 'POST', headers: { authorization: `Bearer ${bearer}` } })
    for (const scope of ['others', 'all'])
      expect((await world.ask('POST /sign-out', { token: await open(), body: { scope } })).status).toBe(403)
    for (const scope of ['others', 'global']) expect((await supabase(`?scope=${scope}`, await open())).status).toBe(403)
    const [first, second] = [await open(), await open()]
    expect((await supabase('', first)).status).toBe(204)
    expect((await world.ask('POST /sign-out', { token: second, body: {} })).status).toBe(204)
    for (const gone of [first, second]) expect((await world.ask('GET /me', { token: gone })).status).toBe(403)
    expect((await world.ask('GET /me', { token })).status).toBe(200)
  })

  it('of somebody else is not found, and neither is one that is none', async () => {
    const [mine, theirs] = [await aKeyHolder(), await aKeyHolder()]
    const refused = await world.ask(`DELETE /me/access-keys/${theirs.id}`, { token: mine.token })
    expect([refused.status, codeOf(refused)]).toEqual([404, 'not_found'])
    expect(codeOf(await world.admin(`DELETE /admin/users/${mine.userId}/access-keys/${theirs.id}?reason=x`))).toBe(
      'not_found',
    )
    expect((await world.ask('GET /me', { token: theirs.key })).status).toBe(200)
    for (const token of [
      theirs.key.slice(0, -1),
      `${theirs.key}a`,
      theirs.key.toUpperCase(),
      'wwk_',
      `wwk_${'x'.repeat(4_000)}`,
    ]) {
      const { status } = await world.ask('GET /me', { token })
      expect(status).toBe(401)
    }
    expect((await fetch(`${world.url}/v1/me?access_token=${theirs.key}`)).status).toBeGreaterThanOrEqual(400)
  })

  it('opens nothing that outlives its revocation, however close they come', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { token, key, id } = await aKeyHolder()
      const open = () => world.ask('POST /sign-in/access-key', { body: { key } })
      const answers = await Promise.all([
        ...Array.from({ length: 4 }, open),
        world.ask(`DELETE /me/access-keys/${id}`, { token }),
        ...Array.from({ length: 4 }, open),
      ])
      expect(answers.every(({ status }) => [200, 204, 401].includes(status))).toBe(true)
      for (const { body } of answers)
        if (body?.tokens !== undefined)
          expect(codeOf(await world.ask('GET /me', { token: body.tokens.accessToken }))).toBe('session_not_found')
    }
  })

  it('leaves its owner’s own session alone, where only one may be there at a time', async () => {
    const { token, key } = await aKeyHolder()
    await world.ask('POST /sign-in/access-key', { body: { key } })
    expect((await world.ask('GET /me', { token })).status).toBe(200)
  })

  it('stays at fifty, also when many are made at the same time', async () => {
    const { complete } = await aPerson(world)
    const token = complete.tokens.accessToken
    const made: number[] = []
    for (let round = 0; round < 4; round += 1)
      made.push(...(await Promise.all(Array.from({ length: 14 }, () => make(token)))).map(({ status }) => status))
    expect(made.filter((status) => status === 201).length).toBe(50)
    expect(made.filter((status) => status === 422).length).toBe(6)
  })

  it('S6: is stored as a digest and shown once', async () => {
    const { token, key, userId } = await aKeyHolder({ metadata: { for: 'ci' } })
    expect(key).toMatch(/^wwk_[\w-]{43}$/)
    const rows = await world.database.query({ text: 'select * from auth.access_keys', values: [] } as never)
    expect(JSON.stringify(rows)).not.toContain(key.slice(4))
    const listed = [
      await world.ask('GET /me/access-keys', { token }),
      await world.admin(`GET /admin/users/${userId}/access-keys`),
    ]
    for (const { text } of listed) expect(text).not.toContain(key.slice(4, -4))
    expect(JSON.stringify(world.log)).not.toContain(key.slice(4))
  })
})
