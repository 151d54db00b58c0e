import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anAddress, aPerson, type Body, codeOf, type NativeWorld, password, startNative } from './native-world.ts'

let world: NativeWorld
beforeAll(async () => {
  world = await startNative({ limits: { enabled: true, send: [{ limit: 100, seconds: 60 }] } })
})
afterAll(() => world.close())

describe('the audit log', () => {
  it('names who did what to whom, and pages back in time', async () => {
    const { body: user } = await world.admin('POST /admin/users', { email: anAddress() })
    await world.admin(`PATCH /admin/users/${user.id}`, { displayName: 'Ada' })
    const all = await world.admin(`GET /admin/audit?userId=${user.id}`)
    expect(all.body.items.map((event: Body) => event.action)).toEqual(['user.changed_by_admin', 'user.created'])
    expect(all.body.items[0]).toMatchObject({ actor: { type: 'key' }, dialect: 'native', result: 'ok' })
    const one = await world.admin(`GET /admin/audit?userId=${user.id}&limit=1`)
    const next = await world.admin(
      `GET /admin/audit?userId=${user.id}&limit=1&cursor=${encodeURIComponent(one.body.nextCursor)}`,
    )
    expect(next.body.items[0].action).toBe('user.created')
    const requestId = all.body.items[0].requestId
    expect((await world.admin(`GET /admin/audit?requestId=${requestId}`)).body.items).toHaveLength(1)
    expect(codeOf(await world.admin('GET /admin/audit?userId=nonsense'))).toBe('validation_failed')
  })
})

describe('signing keys', () => {
  it('are published before they sign, and end at once when revoked', async () => {
    const { complete } = await aPerson(world)
    const { body: before } = await world.admin('GET /admin/signing-keys')
    const active = before.items.find((key: Body) => key.state === 'active')
    const made = await world.admin('POST /admin/signing-keys', {})
    expect(made.body).toMatchObject({ state: 'next', algorithm: 'ES256' })
    const jwks = (await (await fetch(`${world.url}/.well-known/jwks.json`)).json()) as { keys: { kid: string }[] }
    expect(jwks.keys.map(({ kid }) => kid)).toContain(made.body.kid)
    expect((await world.admin('GET /admin/signing-keys')).text).not.toMatch(/"d"|private/)
    expect((await world.admin(`DELETE /admin/signing-keys/${active.kid}`)).status).toBe(204)
    expect(codeOf(await world.ask('GET /me', { token: complete.tokens.accessToken }))).toBe('bad_jwt')
    expect(codeOf(await world.admin('DELETE /admin/signing-keys/unknown'))).toBe('not_found')
    expect(codeOf(await world.admin('POST /admin/signing-keys', { alg: 'none' }))).toBe('validation_failed')
  })
})

describe('the outbox', () => {
  it('lists messages without what they say', async () => {
    const email = anAddress()
    await world.ask('POST /sign-in/code', { body: { email } })
    const mail = await world.inbox.waitFor(email)
    const list = await world.admin(`GET /admin/outbox?to=${email}`)
    expect(list.body.items).toMatchObject([{ to: email, state: 'inbox', template: 'sign_up', channel: 'email' }])
    expect(list.text).not.toContain(mail.code)
    const paged = await world.admin('GET /admin/outbox?limit=1')
    expect(paged.body.items).toHaveLength(1)
    const id = list.body.items[0].id
    expect(codeOf(await world.admin(`POST /admin/outbox/${id}/retry`))).toBe('conflict')
    expect((await world.admin(`DELETE /admin/outbox/${id}`)).status).toBe(204)
    expect(codeOf(await world.admin(`DELETE /admin/outbox/${id}`))).toBe('not_found')
    expect(codeOf(await world.admin(`POST /admin/outbox/${id}/retry`))).toBe('not_found')
  })

  it('lets a failed message go again', async () => {
    const [id = ''] = await world.core.outbox.enqueue([
      { channel: 'email', to: 'later@example.test', template: 'sign_in', values: { code: '123456' } },
    ])
    const found = (await world.core.outboxAdmin.list({})).find((entry) => entry.id === id)
    expect(found?.state).toBe('waiting')
    expect((await world.admin(`POST /admin/outbox/${id}/retry`)).status).toBe(204)
    await world.inbox.waitFor('later@example.test')
  })
})

describe('a locked account', () => {
  it('is shown as locked and can be opened', async () => {
    const { email, complete } = await aPerson(world)
    const begun = await world.ask('POST /recovery', { body: { email } })
    const miss = async () => {
      const attempt = begun.body.attempt.token
      return codeOf(await world.ask('POST /attempts/answer', { body: { attempt, code: '000000' } }))
    }
    for (let tries = 0; tries < 10; tries += 1) expect(await miss()).toBe('otp_expired')
    expect(await miss()).toBe('over_attempt_limit')
    const { id } = complete.user
    const now = world.core.runtime.now().toISOString()
    expect((await world.admin(`GET /admin/users/${id}`)).body.lockedUntil > now).toBe(true)
    expect((await world.ask('POST /sign-in/password', { body: { email, password } })).status).toBe(200)
    expect((await world.admin(`DELETE /admin/users/${id}/lock`)).status).toBe(204)
    expect((await world.admin(`GET /admin/users/${id}`)).body.lockedUntil).toBeNull()
    expect(codeOf(await world.admin('DELETE /admin/users/nonsense/lock'))).toBe('not_found')
  })
})

describe('smaller questions', () => {
  it('says whether a place is listed, and why not', async () => {
    const test = async (url: string) => (await world.admin('POST /admin/redirects/test', { url })).body
    expect(await test(`${world.config.settings.siteUrl}/x`)).toMatchObject({ allowed: true })
    expect(await test('https://evil.test')).toEqual({ allowed: false, rule: null, reason: 'not_listed' })
    expect(await test('javascript:alert(1)')).toMatchObject({ allowed: false, reason: 'scheme' })
  })

  it('counts what happened', async () => {
    await aPerson(world)
    const { body } = await world.admin('GET /admin/stats')
    expect(body.newUsers).toBeGreaterThan(0)
    expect(body.signIns.ok).toBeGreaterThan(0)
    const none = await world.admin('GET /admin/stats?from=2001-01-01T00:00:00Z&to=2001-01-02T00:00:00Z')
    expect(none.body).toMatchObject({ newUsers: 0, signIns: { ok: 0, refused: 0 } })
  })

  it('says on every limited answer how the counter stands', async () => {
    const reply = await world.admin('GET /admin/users?limit=1')
    expect(Number(reply.headers.get('ratelimit-limit'))).toBe(600)
    expect(Number(reply.headers.get('ratelimit-remaining'))).toBeLessThan(600)
    expect(Number(reply.headers.get('ratelimit-reset'))).toBeLessThanOrEqual(60)
  })
})
