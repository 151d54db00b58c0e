import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '#src/storage/sql.ts'
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
  world = speakNative(await startWorld())
})
afterAll(() => world.close())

const tokenOf = ({ complete }: { complete: Body }) => complete.tokens.accessToken as string
const take = (token?: string) => world.ask('GET /me/export', token === undefined ? {} : { token })
const soon = () => new Date(world.core.runtime.now().getTime() + 3_600_000).toISOString()

/** Somebody with one of everything that is secret, and those secrets. */
async function aKeeper() {
  const person = await aPerson(world)
  const begun = await world.ask('POST /me/factors', { token: tokenOf(person), body: { type: 'totp' } })
  const { token: attempt, step } = begun.body.attempt
  world.clock.move(30)
  const code = authenticator(step.secret).codeAt(world.core.runtime.now())
  const { body } = await world.ask('POST /attempts/answer', { token: tokenOf(person), body: { attempt, code } })
  const token = body.tokens.accessToken as string
  const { codes } = (await world.ask('POST /me/recovery-codes', { token })).body
  const made = await world.ask('POST /me/access-keys', {
    token,
    body: { name: 'script', scopes: ['me:read'], expiresAt: soon() },
  })
  const [row] = await world.database.query<{ hash: string }>(
    sql`select password_hash as hash from auth.users where id = ${body.user.id}`,
  )
  return {
    id: body.user.id as string,
    email: person.email,
    token,
    key: made.body.key as string,
    secrets: [
      password,
      step.secret,
      ...codes,
      made.body.key,
      body.tokens.accessToken,
      body.tokens.refreshToken,
      row?.hash,
    ],
  }
}

describe('what somebody takes out about themselves', () => {
  it('S103 holds no secret, no hash and no digest', async () => {
    const { token, secrets } = await aKeeper()
    const { status, text } = await take(token)
    expect(status).toBe(200)
    for (const secret of secrets) {
      expect(typeof secret).toBe('string')
      expect(text).not.toContain(secret)
    }
    expect(text).not.toMatch(/argon2|digest|password_hash|"secret"|refreshToken|wwk_[\w-]{8}/i)
  })

  it('S101 holds nothing of anybody else, whatever is sent along', async () => {
    const [ada, eve] = [await aKeeper(), await aKeeper()]
    const { text } = await take(eve.token)
    expect(text).not.toContain(ada.id)
    expect(text).not.toContain(ada.email)
    for (const query of [`userId=${ada.id}`, `id=${ada.id}`, 'format=csv'])
      expect(codeOf(await world.ask(`GET /me/export?${query}`, { token: eve.token }))).toBe('validation_failed')
  })

  it('S57 is for whoever proved it just now, with the second factor, and refreshing is no proof', async () => {
    const { token, email } = await aKeeper()
    world.clock.move(700)
    const stale = await take(token)
    world.clock.move(-700)
    expect(codeOf(stale)).toBe('reauthentication_needed')
    const pending = await world.ask('POST /sign-in/password', { body: { email, password } })
    expect(pending.body.status).toBe('pending')
    expect(codeOf(await take(pending.body.attempt.token))).toBe('bad_jwt')
    const plain = await aPerson(world)
    world.clock.move(700)
    const { refreshToken } = plain.complete.tokens
    const renewed = await world.ask('POST /sessions/refresh', { body: { refreshToken } })
    const refused = await take(renewed.body.tokens.accessToken)
    world.clock.move(-700)
    expect(codeOf(refused)).toBe('reauthentication_needed')
  })

  it('S104 and S108 is handed to no access token, to no application and to no administrator who acts for somebody', async () => {
    const { id, key } = await aKeeper()
    const opened = await world.ask('POST /sign-in/access-key', { body: { key } })
    const acting = await world.admin(`POST /admin/users/${id}/impersonation`, { reason: 'a question' })
    for (const token of [key, opened.body.tokens.accessToken, acting.body.tokens.accessToken])
      expect(codeOf(await take(token))).toBe('insufficient_scope')
    expect(codeOf(await take(world.secretKey))).toBe('bad_jwt')
    expect(codeOf(await take())).toBe('no_authorization')
  })

  it('S127 is written down, with who and from where', async () => {
    const { id, token } = await aKeeper()
    await take(token)
    const events = await world.core.audit.list({ userId: id, action: 'user.exported' }, { limit: 10 })
    expect(events).toMatchObject([{ actorType: 'user', actorId: id, result: 'ok', ip: expect.any(String) }])
  })

  it('S121 is counted with the changes, and a look at its head takes nothing out', async () => {
    const limited = speakNative(await startWorld({ config: { limits: { enabled: true } } }))
    const token = tokenOf(await aPerson(limited))
    const head = await fetch(`${limited.url}/v1/me/export`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${token}` },
    })
    expect(head.status).toBe(405)
    const replies = await Promise.all(Array.from({ length: 40 }, () => limited.ask('GET /me/export', { token })))
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(30)
    expect(replies.filter((reply) => codeOf(reply) === 'over_request_rate_limit')).toHaveLength(10)
    await limited.close()
  })
})
