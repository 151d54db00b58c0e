import { decodeJwt } from 'jose'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type HookReply, type HookRequest, type HookServer, startHookServer } from '../world/hook-server.ts'
import type { Door } from './wire/door.ts'
import { doorsOf } from './wire/doors.ts'
import { expectNoInnards } from './wire/leaks.ts'
import { type LoggedServer, startLoggedServer } from './wire/logged-server.ts'
import { aPerson, freshEmail, goodPassword, signedInAt } from './wire/people.ts'
import { at, type Reply, send, verdict } from './wire/send.ts'

let hooks: HookServer
let server: LoggedServer
beforeAll(async () => {
  hooks = await startHookServer()
  server = await startLoggedServer({
    outbound: { allow: ['127.0.0.1'] },
    hooks: { beforeUserCreated: hooks.at('/before'), customAccessToken: hooks.at('/token') },
  })
})
afterAll(async () => {
  await server.close()
  await hooks.close()
})

const echo = ({ body }: HookRequest): HookReply => ({ json: { claims: body['claims'] } })
beforeEach(() => {
  hooks.requests.length = 0
  hooks.answer('/before', { json: {} })
  hooks.answer('/token', echo)
})

const large = (bytes: number): HookReply => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: `{"a":"${'x'.repeat(bytes)}"}`,
})

/** Everything a hook may do that is no answer, and the code for it in the one dialect that tells them apart. */
const failures: readonly (readonly [string, HookReply, string])[] = [
  ['500', { status: 500 }, '500 unexpected_failure'],
  ['503', { status: 503 }, '500 unexpected_failure'],
  ['401', { status: 401 }, '500 unexpected_failure'],
  ['a redirect to a yes', { status: 307, headers: { location: '/yes' } }, '500 unexpected_failure'],
  ['10 MiB', large(10_485_760), '422 hook_payload_over_size_limit'],
  [
    'a page',
    { status: 200, headers: { 'content-type': 'text/html' }, body: '<p>ok</p>' },
    '400 hook_payload_invalid_content_type',
  ],
  [
    'half an answer',
    { status: 200, headers: { 'content-type': 'application/json' }, body: '{"a":' },
    '500 unexpected_failure',
  ],
  ['a list', { json: [] }, '500 unexpected_failure'],
  ['text', { json: 'yes' }, '500 unexpected_failure'],
  [
    'a prototype',
    { status: 200, headers: { 'content-type': 'application/json' }, body: '{"__proto__":{"admin":true}}' },
    '500 unexpected_failure',
  ],
]

function expectClosed(door: Door, reply: Reply, wire: string): void {
  expect(door.isSession(reply), reply.text).toBe(false)
  expect(verdict(reply)).toBe(door.name === 'native' ? '503 hook_unavailable' : wire)
  expectNoInnards(reply.text, 'a hook that failed')
}

describe('a hook that fails closes its door', () => {
  it('S106 S140 no account without an answer', async () => {
    for (const door of doorsOf(server)) {
      for (const [, reply, wire] of failures) {
        hooks.answer('/before', reply)
        const email = freshEmail()
        expectClosed(door, await door.signUp(email, goodPassword), wire)
        expect(await server.core.users.findByAddress({ email })).toBeUndefined()
      }
      hooks.answer('/before', { json: {} })
      expect((await door.signUp(freshEmail(), goodPassword)).status).toBe(200)
    }
  })

  it('S106 the dialects whose clients have no word for hooks are closed as well, and pass the sentence on', async () => {
    const signUps = (email: string): readonly (readonly [string, Promise<Reply>])[] => [
      ['nhost', send(`${server.url}/nhost/v1/signup/email-password`, { json: { email, password: goodPassword } })],
      [
        'altogic',
        send(`${server.url}/_api/rest/v1/auth/signup-email`, {
          json: { email, password: goodPassword },
          headers: { 'x-client-key': server.publishableKey },
        }),
      ],
    ]
    const told = async () => {
      const email = freshEmail()
      const found: Record<string, unknown> = {}
      for (const [name, replying] of signUps(email)) {
        const reply = await replying
        expectNoInnards(reply.text, name)
        found[name] = [reply.status, at(reply.body, 'error') ?? at(reply.body, 'errors', 0, 'code')]
        found[`${name} said`] = at(reply.body, 'message') ?? at(reply.body, 'errors', 0, 'message')
      }
      return { found, user: await server.core.users.findByAddress({ email }) }
    }
    hooks.answer('/before', { json: { error: { http_code: 403, message: 'Only for members.' } } })
    expect(await told()).toEqual({
      found: {
        nhost: [400, 'invalid-request'],
        'nhost said': 'Only for members.',
        altogic: [401, 'not_allowed'],
        'altogic said': 'Only for members.',
      },
      user: undefined,
    })
    hooks.answer('/before', { status: 500 })
    expect(await told()).toMatchObject({
      found: { nhost: [503, 'unavailable'], altogic: [503, 'service_unavailable'] },
      user: undefined,
    })
    hooks.answer('/before', { json: {} })
    expect((await told()).user).toBeDefined()
  })

  it('S106 S140 no token without an answer, and no session stays behind', async () => {
    for (const door of doorsOf(server)) {
      const person = await aPerson(server)
      for (const [, reply, wire] of failures) {
        hooks.answer('/token', reply)
        expectClosed(door, await door.signIn(person.email, person.password), wire)
        expect(await server.core.sessions.count(person.id)).toBe(0)
      }
      hooks.answer('/token', echo)
      expect(door.isSession(await door.signIn(person.email, person.password))).toBe(true)
    }
  })

  it('S106 S140 nor from one that hangs or is not there, and all is well when it is back', {
    timeout: 60_000,
  }, async () => {
    const [, supabase] = doorsOf(server)
    if (supabase === undefined) throw new Error('no door')
    const person = await aPerson(server)
    hooks.answer('/token', { raw: () => undefined })
    const hanging = await supabase.signIn(person.email, person.password)
    expectClosed(supabase, hanging, '422 hook_timeout')
    expect(hanging.text).toContain('Failed to reach hook within maximum time of 5.000000 seconds')
    hooks.answer('/token', { raw: (response) => response.destroy() })
    expectClosed(supabase, await supabase.signIn(person.email, person.password), '422 hook_timeout_after_retry')
    hooks.answer('/token', echo)
    expect(supabase.isSession(await supabase.signIn(person.email, person.password))).toBe(true)
  })

  it('S140 a refresh that met a hook that was down loses nobody their session', async () => {
    for (const door of doorsOf(server)) {
      const person = await signedInAt(server, door)
      hooks.answer('/token', { status: 500 })
      expectClosed(door, await door.refresh(person.refresh), '500 unexpected_failure')
      hooks.answer('/token', echo)
      expect(door.isSession(await door.refresh(person.refresh))).toBe(true)
    }
  })
})

describe('a hook of tokens', () => {
  it('S64 cannot make a token somebody else’s, stronger, longer or an administrator’s', async () => {
    for (const door of doorsOf(server)) {
      const victim = await aPerson(server)
      const stolen = {
        sub: victim.id,
        role: 'service_role',
        aal: 'aal2',
        amr: [{ method: 'totp', timestamp: 1 }],
        aud: 'authenticated',
        iss: 'https://evil.test',
        exp: 4_102_444_800,
        session_id: '00000000-0000-4000-8000-000000000000',
        is_anonymous: false,
      }
      const plain = await signedInAt(server, door)
      hooks.answer('/token', ({ body }) => ({
        json: {
          claims: {
            ...(body['claims'] as object),
            ...stolen,
            'https://hasura.io/jwt/claims': { 'x-hasura-user-id': victim.id, 'x-hasura-default-role': 'admin' },
          },
        },
      }))
      const { access, userId } = door.held(await door.signIn(plain.email, plain.password))
      const { iat: _, exp, session_id: __, amr: ___, ...rest } = decodeJwt(plain.access)
      const claims = decodeJwt(access)
      expect(claims).toMatchObject(rest)
      expect(Number(claims.exp) - Number(claims.iat)).toBe(Number(exp) - Number(_))
      expect(userId).toBe(plain.id)
      expect((await door.me(access)).text).toContain(plain.email)
      expect((await door.admin('/users', { bearer: access })).status).toBeGreaterThanOrEqual(401)
      expect(server.lines.join('\n')).toContain('a hook wanted reserved claims otherwise')
    }
  })

  it('S64 cannot make one that is too large or too deep', async () => {
    const nested = (depth: number): object => (depth === 0 ? {} : { a: nested(depth - 1) })
    for (const door of doorsOf(server)) {
      const person = await aPerson(server)
      const wants = async (more: object) => {
        hooks.answer('/token', ({ body }) => ({ json: { claims: { ...(body['claims'] as object), ...more } } }))
        return door.signIn(person.email, person.password)
      }
      expectClosed(door, await wants({ blob: 'x'.repeat(1_048_576) }), '422 hook_payload_over_size_limit')
      expectClosed(door, await wants({ blob: 'x'.repeat(20_000) }), '422 hook_payload_over_size_limit')
      expectClosed(door, await wants({ deep: nested(100) }), '500 unexpected_failure')
    }
  })

  it('S99 what it answers leaves every other object alone', async () => {
    const [door] = doorsOf(server)
    const person = await aPerson(server)
    hooks.answer('/token', ({ body }) => ({
      json: {
        claims: {
          ...(body['claims'] as object),
          constructor: { prototype: { admin: true } },
          prototype: { admin: true },
        },
      },
    }))
    expect(door?.isSession(await door.signIn(person.email, person.password))).toBe(true)
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined()
  })
})

describe('what hooks tell', () => {
  it('S10 a no to a sign-up is the same for an address that is taken and one that is free', async () => {
    for (const door of doorsOf(server)) {
      const { email } = await aPerson(server)
      hooks.answer('/before', { json: { error: { http_code: 403, message: 'Not here.' } } })
      const [taken, free] = [await door.signUp(email, goodPassword), await door.signUp(freshEmail(), goodPassword)]
      const told = ({ status, text }: Reply) => [status, text.replace(/"(requestId|error_id)":"[^"]*"/, '')]
      expect(told(taken)).toEqual(told(free))
      expect(taken.text).toContain('Not here.')
      hooks.answer('/before', { json: {} })
      hooks.requests.length = 0
      await door.signUp(email, goodPassword)
      await door.signUp(freshEmail(), goodPassword)
      expect(hooks.calls('/before')).toHaveLength(2)
    }
  })

  it('S106 S126 neither a secret of theirs nor a password or code of others is told to them or logged', async () => {
    const secret = hooks.secret.replace('v1,whsec_', '')
    for (const door of doorsOf(server)) {
      const email = freshEmail()
      const begun = await door.signUp(email, goodPassword)
      const { code } = await server.inbox.waitFor(email)
      const confirmed = door.held(await door.confirm(begun, email, code ?? ''))
      await door.signIn(email, goodPassword)
      hooks.answer('/token', { status: 500 })
      await door.signIn(email, goodPassword)
      hooks.answer('/token', echo)
      const told = hooks.requests.map(({ text }) => text).join('\n')
      const logged = server.lines.join('\n')
      for (const hidden of [goodPassword, code ?? 'none', confirmed.refresh, confirmed.access, '$argon2']) {
        expect(told.includes(hidden), `told: ${hidden}`).toBe(false)
        expect(logged.includes(hidden), `logged: ${hidden}`).toBe(false)
      }
      expect(logged).not.toContain(secret)
      expect(logged).toContain('a hook gave no answer that counts')
    }
  })

  it('S106 a call that is replayed, at another time or with another body is known for what it is', async () => {
    const [door] = doorsOf(server)
    await door?.signUp(freshEmail(), goodPassword)
    const call = hooks.calls('/before')[0]
    const webhook = new Webhook(hooks.secret.replace('v1,', ''))
    const headers = call?.headers as Record<string, string>
    expect(webhook.verify(call?.text ?? '', headers)).toEqual(call?.body)
    const later = String(Number(headers['webhook-timestamp']) + 60)
    const changed = [
      [call?.text, { ...headers, 'webhook-timestamp': later }],
      [call?.text, { ...headers, 'webhook-timestamp': String(Number(later) - 3_600) }],
      [call?.text, { ...headers, 'webhook-id': '0190f2b4-0000-7000-8000-000000000001' }],
      [call?.text.replace('user', 'User'), headers],
    ] as const
    for (const [text, with_] of changed) expect(() => webhook.verify(text ?? '', with_)).toThrow()
  })

  it('S61 the signature of a call opens nothing here', async () => {
    const [door] = doorsOf(server)
    await door?.signUp(freshEmail(), goodPassword)
    const signature = String(hooks.calls('/before')[0]?.headers['webhook-signature'])
    for (const bearer of [signature, signature.slice(3), hooks.secret])
      expect((await door?.me(bearer))?.status).toBe(401)
  })
})
