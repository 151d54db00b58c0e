import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import { clientDoorsOf } from './tools/client-doors.ts'
import { doorsOf } from './tools/door.ts'
import { aFreshAddress, aMember } from './tools/people.ts'
import { type Reply, send, tally } from './tools/reply.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({ database: 'postgres', config: { emailChange: { bothAgree: false } } })
})
afterAll(() => world.close())

const admin = (method: string, path: string, body?: object): Promise<Reply> =>
  send(world.url + path, { method, token: world.secretKey, ...(body === undefined ? {} : { body }) })
const faults = (replies: readonly Reply[]) =>
  replies.filter(({ status }) => status >= 500).map(({ status, text }) => `${status} ${text}`)
const next = 'nine loud herons'

describe('everything at once', () => {
  it('S53 S141 S145 whatever comes while an account goes is answered without a fault, in every dialect', async () => {
    const { native, supabase } = doorsOf(world)
    const { nhost, altogic } = clientDoorsOf(world)
    for (let round = 0; round < 5; round += 1) {
      const me = await aMember(world, native)
      const { access, refresh } = me.tokens
      const tomorrow = new Date(world.core.runtime.now().getTime() + 86_400_000).toISOString()
      const replies = await Promise.all([
        ...[1, 2, 3].flatMap(() =>
          [native, supabase, nhost, altogic].map((door) => door.signIn(me.email, me.password)),
        ),
        admin('DELETE', `/v1/admin/users/${me.id}`),
        send(`${world.url}/v1/me`, { method: 'DELETE', token: access, body: {} }),
        admin('DELETE', `/auth/v1/admin/users/${me.id}`),
        admin('POST', `/v1/admin/users/${me.id}/impersonation`, { reason: 'x' }),
        admin('POST', `/v1/admin/users/${me.id}/links`, { purpose: 'recovery' }),
        native.changePassword(access, next, me.password),
        supabase.refresh(refresh),
        nhost.recover(me.email),
        altogic.sendLink(me.email),
        native.sendCode(me.email),
        send(`${world.url}/v1/me/factors`, { token: access, body: { type: 'totp' } }),
        send(`${world.url}/v1/me/access-keys`, {
          token: access,
          body: { name: 'x', scopes: ['me:read'], expiresAt: tomorrow },
        }),
      ])
      expect(faults(replies)).toEqual([])
      expect(await world.core.users.find(me.id)).toBeUndefined()
      expect(await world.core.sessions.count(me.id)).toBe(0)
    }
  })

  it('S142 everybody who wants one address at the same time: one has it, and nobody meets a fault', async () => {
    const { native, supabase } = doorsOf(world)
    const { nhost, altogic } = clientDoorsOf(world)
    for (let round = 0; round < 3; round += 1) {
      const address = aFreshAddress('wanted')
      const people = await Promise.all([1, 2, 3, 4].map(() => aMember(world, native)))
      for (const person of people) {
        world.clock.move(61)
        await supabase.changeEmail(person.tokens.access, address)
      }
      await world.watchword.deliverer.drain()
      const links = (await world.inbox.list(address)).flatMap(({ link }) => link ?? [])
      expect(links).toHaveLength(4)
      const replies = await Promise.all([
        ...[...links, ...links].map((link) => send(link, { method: 'GET' })),
        ...[1, 2, 3].map(() => altogic.signUp({ email: address, password: next })),
        ...[1, 2, 3].map(() => nhost.signUp({ email: address.toUpperCase(), password: next })),
        ...[1, 2, 3].map(() => admin('POST', '/v1/admin/users', { email: address })),
        ...[1, 2].map(() => admin('POST', '/auth/v1/invite', { email: address })),
        ...[1, 2].map(() => admin('POST', '/auth/v1/admin/generate_link', { type: 'magiclink', email: address })),
        ...people
          .slice(0, 2)
          .map(({ id }) => admin('PUT', `/auth/v1/admin/users/${id}`, { email: address, email_confirm: true })),
      ])
      expect(faults(replies), JSON.stringify(tally(replies))).toEqual([])
      const owners = await Promise.all(people.map(({ id }) => world.core.users.find(id)))
      expect(owners.filter((owner) => owner?.email === address).length).toBeLessThanOrEqual(1)
    }
  })

  it('S40 ways in that are taken away at the same time leave one', async () => {
    const { native } = doorsOf(world)
    for (let round = 0; round < 3; round += 1) {
      const me = await aMember(world, native)
      for (const provider of ['google', 'github'])
        await admin('POST', `/v1/admin/users/${me.id}/identities`, { provider, subject: crypto.randomUUID() })
      const { identities = [] } = (await world.core.users.find(me.id)) ?? {}
      const { access: token } = me.tokens
      const replies = await Promise.all([
        ...identities.map(({ id }) => send(`${world.url}/v1/me/identities/${id}`, { method: 'DELETE', token })),
        ...identities.map(({ id }) => send(`${world.url}/auth/v1/user/identities/${id}`, { method: 'DELETE', token })),
        send(`${world.url}/v1/me/password`, { method: 'DELETE', token, body: {} }),
      ])
      expect(faults(replies)).toEqual([])
      expect((await world.core.users.find(me.id))?.identities.length).toBeGreaterThanOrEqual(1)
    }
  })
})

describe('an address and an account elsewhere', () => {
  it('S40 that are taken away at the same time leave one', async () => {
    const { native } = doorsOf(world)
    for (let round = 0; round < 6; round += 1) {
      const me = await aMember(world, native)
      await admin('POST', `/v1/admin/users/${me.id}/identities`, { provider: 'google', subject: crypto.randomUUID() })
      const google = (await world.core.users.find(me.id))?.identities.find(({ provider }) => provider === 'google')
      const { access: token } = me.tokens
      const replies = await Promise.all([
        send(`${world.url}/v1/me/email`, { method: 'DELETE', token }),
        send(`${world.url}/v1/me/identities/${google?.id}`, { method: 'DELETE', token }),
      ])
      expect(faults(replies)).toEqual([])
      const left = await world.core.users.find(me.id)
      expect([left?.email !== null, (left?.identities.length ?? 0) > 0]).toContain(true)
      expect(replies.filter(({ status }) => status < 300).length).toBe(1)
    }
  })
})

describe('times that no database takes', () => {
  it('S145 S113 are refused wherever a time is said', async () => {
    const { nhost } = clientDoorsOf(world)
    const me = await aMember(world, doorsOf(world).native)
    const token = nhost.tokenOf(await nhost.signIn(me.email, me.password))
    for (const at of ['0000-01-01T00:00:00Z', '0001-01-01T00:00:00+23:59', '9999-12-31T23:59:59-23:59']) {
      const said = encodeURIComponent(at)
      const replies = [
        await admin('GET', `/v1/admin/users?createdAfter=${said}`),
        await admin('GET', `/v1/admin/audit?after=${said}`),
        await admin('PATCH', `/v1/admin/users/${me.id}`, { bannedUntil: at }),
        await admin('POST', '/v1/admin/api-keys', { kind: 'secret', name: 'x', scopes: ['admin'], expiresAt: at }),
        await nhost.call('/pat', { token, body: { expiresAt: at } }),
      ]
      expect(replies.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400])
    }
  })
})
