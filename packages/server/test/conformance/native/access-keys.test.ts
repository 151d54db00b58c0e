import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aPerson, codeOf, type NativeWorld, startNative } from './native-world.ts'

let world: NativeWorld
beforeAll(async () => {
  world = await startNative()
})
afterAll(() => world.close())

const inDays = (days: number) => new Date(world.core.runtime.now().getTime() + days * 86_400_000).toISOString()
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

async function aKey(more: object = {}) {
  const { email, complete } = await aPerson(world)
  const token = complete.tokens.accessToken as string
  const body = { name: 'deploys', scopes: ['me:read', 'app:deploy'], expiresAt: inDays(90), ...more }
  const made = await world.ask('POST /me/access-keys', { token, body })
  expect(made.status).toBe(201)
  return { email, token, userId: complete.user.id as string, made: made.body }
}

describe('personal access tokens', () => {
  it('are shown once, listed with what is known of them, and revoked; their owner is told', async () => {
    const expiresAt = inDays(90)
    const { email, token, made } = await aKey({
      expiresAt,
      metadata: { for: 'ci' },
      scopes: ['app:b', 'me:read', 'app:b'],
    })
    const shown = {
      id: made.id,
      name: 'deploys',
      hint: made.key.slice(-4),
      scopes: ['app:b', 'me:read'],
      metadata: { for: 'ci' },
      expiresAt,
      createdAt: made.createdAt,
      lastUsedAt: null,
    }
    expect(made).toEqual({ ...shown, key: expect.stringMatching(/^wwk_/) })
    expect((await world.ask('GET /me/access-keys', { token })).body).toEqual({
      items: [{ ...shown, key: null }],
      nextCursor: null,
    })
    await world.inbox.waitFor(email, 'access_key_added')
    expect((await world.ask(`DELETE /me/access-keys/${made.id}`, { token })).status).toBe(204)
    await world.inbox.waitFor(email, 'access_key_removed')
    expect((await world.ask('GET /me/access-keys', { token })).body.items).toEqual([])
  })

  it('are listed in pages, newest first', async () => {
    const { token, made } = await aKey()
    const body = { name: 'second', scopes: ['app:x'], expiresAt: inDays(1) }
    const second = await world.ask('POST /me/access-keys', { token, body })
    const first = await world.ask('GET /me/access-keys?limit=1', { token })
    expect(first.body.items).toMatchObject([{ id: second.body.id }])
    const next = await world.ask(`GET /me/access-keys?limit=1&cursor=${first.body.nextCursor}`, { token })
    expect(next.body).toMatchObject({ items: [{ id: made.id }], nextCursor: null })
  })

  it('speak for their owner as bearers, and it is noted when', async () => {
    const { token, userId, made } = await aKey({ scopes: ['me:read', 'me:write', 'sessions:read'] })
    const as = { token: made.key }
    expect((await world.ask('GET /me', as)).body.id).toBe(userId)
    expect((await world.ask('PATCH /me', { ...as, body: { displayName: 'Ada' } })).body.displayName).toBe('Ada')
    const sessions = await world.ask('GET /me/sessions', as)
    expect(sessions.body.items).toMatchObject([{ current: false, dialect: 'native' }])
    const { body } = await world.ask('GET /me/access-keys', { token })
    expect(Date.parse(body.items[0].lastUsedAt)).toBeGreaterThanOrEqual(Date.parse(made.createdAt))
  })

  it('open sessions whose access tokens say how far they reach', async () => {
    const { userId, made } = await aKey()
    const { body } = await world.ask('POST /sign-in/access-key', { body: { key: made.key } })
    expect(body).toMatchObject({
      status: 'complete',
      user: { id: userId },
      session: { aal: 'aal1', amr: [{ method: 'access_key' }] },
      tokens: { refreshToken: null },
    })
    const { accessToken } = body.tokens
    expect(claimsOf(accessToken)).toMatchObject({
      sub: userId,
      scope: 'me:read app:deploy',
      amr: [{ method: 'access_key' }],
    })
    expect((await world.ask('GET /me', { token: accessToken })).status).toBe(200)
    expect(codeOf(await world.ask('GET /me/sessions', { token: accessToken }))).toBe('insufficient_scope')
    expect((await world.ask('POST /sign-out', { token: accessToken, body: {} })).status).toBe(204)
    expect(codeOf(await world.ask('GET /me', { token: accessToken }))).toBe('session_not_found')
    expect((await world.ask('GET /me', { token: made.key })).status).toBe(200)
  })

  it('are told of as events, with the sessions they opened', async () => {
    const { token, userId, made } = await aKey()
    const { body } = await world.ask('POST /sign-in/access-key', { body: { key: made.key } })
    await world.ask(`DELETE /me/access-keys/${made.id}`, { token })
    const events = await world.core.events.since([userId], new Date(0))
    expect(events.slice(-4).map(({ type, sessionId }) => [type, sessionId])).toEqual([
      ['access_key.created', expect.any(String)],
      ['session.opened', body.session.id],
      ['session.ended', body.session.id],
      ['access_key.revoked', null],
    ])
  })

  it('are seen and ended by administrators, who say why', async () => {
    const { email, userId, made } = await aKey()
    const listed = await world.admin(`GET /admin/users/${userId}/access-keys`)
    expect(listed.body.items).toMatchObject([{ id: made.id, key: null }])
    expect(codeOf(await world.admin(`DELETE /admin/users/${userId}/access-keys/${made.id}`))).toBe('validation_failed')
    const path = `/admin/users/${userId}/access-keys/${made.id}?reason=leaked`
    expect((await world.admin(`DELETE ${path}`)).status).toBe(204)
    await world.inbox.waitFor(email, 'access_key_removed')
    const audit = await world.admin(`GET /admin/audit?userId=${userId}&action=access_key`)
    expect(audit.body.items).toMatchObject([
      { action: 'access_key.revoked', actor: { type: 'key' }, target: { id: made.id }, details: { reason: 'leaked' } },
      { action: 'access_key.created', actor: { type: 'user' }, details: { scopes: ['me:read', 'app:deploy'] } },
    ])
  })
})
