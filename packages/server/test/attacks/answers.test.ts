import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import type { Door } from './wire/door.ts'
import { doorsOf } from './wire/doors.ts'
import { countRows, statement } from './wire/dump.ts'
import { aPerson, freshEmail, goodPassword, type Person, pkcePair, returnCode, signedInAt } from './wire/people.ts'
import { isAdminRoute, routesOf } from './wire/routes.ts'
import { at, type Reply, send } from './wire/send.ts'

const marker = 'LEAKED-COLUMN'
const tables = [
  'users',
  'sessions',
  'identities',
  'tickets',
  'api_keys',
  'signing_keys',
  'audit_events',
  'outbox',
  'refresh_tokens',
]
const secretName =
  /password_?hash|encrypted_?password|digest|salt|private_?jwk|confirmation_token|recovery_token|^(successor|void|leaked|sealed|misses|addressKey|attempt_?digests)$/i

let world: World
let stranger: Person
const collected: { readonly what: string; readonly reply: Reply; readonly isAdmin: boolean }[] = []

beforeAll(async () => {
  world = await startWorld({ config: { emailChange: { bothAgree: false } } })
  // Whoever builds an answer from a whole row shows these.
  for (const table of tables)
    await world.database.script(`alter table auth.${table} add column leaked text default '${marker}'`)
  stranger = await aPerson(world, { email: freshEmail('stranger') })
  for (const door of doorsOf(world)) await visitEverything(door)
  await visitEveryRoute()
})
afterAll(() => world.close())

const kept = (what: string, reply: Reply, isAdmin = false): Reply => {
  collected.push({ what, reply, isAdmin })
  return reply
}
const mailed = (to: string, template: string) => world.inbox.waitFor(to, template)

async function visitEverything(door: Door): Promise<void> {
  const email = freshEmail()
  const pair = pkcePair()
  const begun = kept('sign-up', await door.signUp(email, goodPassword))
  const me = door.held(kept('confirm', await door.confirm(begun, email, (await mailed(email, 'sign_up')).code ?? '')))
  kept('sign-in', await door.signIn(email, goodPassword))
  kept('wrong', await door.signIn(email, 'wrong'))
  kept('guest', await door.signUpAnonymously())
  kept('code', await door.requestCode(email, pair.challenge))
  const opened = kept('link', await door.openLink((await mailed(email, 'sign_in')).link ?? ''))
  kept('exchange', await door.exchange(returnCode(opened.headers.get('location')) ?? '', pair.verifier))
  kept('refresh', await door.refresh(me.refresh))
  kept('me', await door.me(me.access))
  kept('update', await door.updateMetadata(me.access, { a: 1 }))
  kept('change of e-mail', await door.changeEmail(me.access, freshEmail('moved')))
  const recovery = kept('recover', await door.recover(email))
  kept('recovered', await door.answerRecovery(recovery, email, (await mailed(email, 'recovery')).code ?? ''))
  kept('create', await door.admin('/users', { json: { email: freshEmail('made'), password: goodPassword } }), true)
  kept('read', await door.admin(`/users/${stranger.id}`), true)
  if (door.name === 'supabase')
    kept(
      'generate link',
      await door.admin('/generate_link', { json: { type: 'recovery', email: stranger.email } }),
      true,
    )
}

async function visitEveryRoute(): Promise<void> {
  const me = await signedInAt(world, doorsOf(world)[0])
  for (const route of await routesOf(world)) {
    const sending = { method: route.method, ...(['GET', 'DELETE'].includes(route.method) ? {} : { json: {} }) }
    const [mine, theirs] = route.path.includes('session') ? [me.sessionId, me.sessionId] : [me.id, stranger.id]
    if (route.mount === 'inbox' || route.path.includes('/dev/')) continue
    const isAdmin = isAdminRoute(route)
    kept(`${route.method} ${route.path}`, await send(world.url + route.filled(mine), { ...sending, bearer: me.access }))
    if (isAdmin && route.method === 'GET')
      kept(
        `admin ${route.path}`,
        await send(world.url + route.filled(theirs), { ...sending, bearer: world.secretKey }),
        true,
      )
  }
}

function namesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => [name, ...namesIn(inner)])
}

describe('answers are built from a list of fields', () => {
  it('S103 a new column is in no answer', () => {
    expect(collected.length).toBeGreaterThan(100)
    expect(collected.filter(({ reply }) => reply.status === 200).length).toBeGreaterThan(40)
    for (const { what, reply } of collected) expect(reply.text.includes(marker), what).toBe(false)
  })

  it('S103 no field is named like a secret or like a column of ours', () => {
    for (const { what, reply } of collected) {
      if (/openapi|docs$/.test(what)) continue
      const odd = namesIn(reply.body).filter((name) => secretName.test(name))
      expect(odd, what).toEqual([])
    }
  })

  it('S103 no stored hash, digest or sealed value is in any answer', async () => {
    const rows = await world.database.query<{ value: string }>(
      statement(`
        select password_hash as value from auth.users where password_hash is not null
        union all select encode(digest, 'hex') from auth.refresh_tokens
        union all select encode(digest, 'base64') from auth.refresh_tokens
        union all select encode(link_digest, 'hex') from auth.tickets where link_digest is not null
        union all select encode(code_digest, 'hex') from auth.tickets where code_digest is not null
        union all select encode(substr(private_jwk, 1, 24), 'hex') from auth.signing_keys
        union all select encode(digest, 'hex') from auth.api_keys`),
    )
    expect(rows.length).toBeGreaterThan(20)
    const all = collected.map(({ reply }) => reply.text).join('\n')
    for (const { value } of rows) expect(all.includes(value), value).toBe(false)
    expect(all).not.toMatch(/\$argon2|"d":"/)
    for (const secret of [
      world.secretKey,
      ...world.config.deployment.secrets.encryptionKeys.map(({ bytes }) => Buffer.from(bytes).toString('base64')),
    ])
      expect(all.includes(secret)).toBe(false)
  })

  it('S103 nobody but an administrator is told of somebody else', () => {
    for (const { what, reply, isAdmin } of collected) {
      if (isAdmin) continue
      expect(reply.text.includes(stranger.email), what).toBe(false)
      expect(reply.text.includes(stranger.id), what).toBe(false)
    }
  })

  it('S103 a password comes back nowhere, and a token only where it was asked for', async () => {
    for (const { what, reply } of collected) {
      expect(reply.text.includes(goodPassword), what).toBe(false)
      const hasToken =
        at(reply.body, 'refresh_token') !== undefined || at(reply.body, 'tokens', 'refreshToken') !== undefined
      if (hasToken)
        expect(
          [
            'confirm',
            'sign-in',
            'guest',
            'exchange',
            'refresh',
            'recovered',
            'POST /auth/v1/signup',
            'POST /v1/sign-up/anonymous',
          ],
          what,
        ).toContain(what)
    }
    expect(await countRows(world.database, 'users')).toBeGreaterThan(5)
  })
})
