import { randomBytes } from 'node:crypto'
import { createClient } from 'altogic'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPostgres } from '#src/storage/postgres.ts'
import { sql } from '#src/storage/sql.ts'
import { type LoggedServer, startLoggedServer } from '../../attacks/wire/logged-server.ts'
import { type FreshDatabase, freshDatabase } from '../../set-up/postgres.ts'
import { type HookServer, startHookServer } from '../../world/hook-server.ts'
import { type Severable, startSeverable } from '../../world/severable.ts'
import type { Body } from '../native/native-world.ts'
import { anAddress, goodPassword, memoryStorage, refusedWith, worked } from './clients.ts'
import { namedUrl, resolveNamedHosts } from './named-hosts.ts'

// Two servers on one database, and the way of one of them to it is cut for a while.
const log = { debug() {}, info() {}, warn() {}, error() {} }
const soon = { timeout: 20_000, interval: 20 }
const slow = { timeout: 90_000 }
let database: FreshDatabase
let way: Severable
let hooks: HookServer
let near: LoggedServer
let far: LoggedServer
let undo = () => {}
const state = { isFarOpen: true }
const clients: Body[] = []

beforeAll(async () => {
  undo = resolveNamedHosts()
  database = await freshDatabase()
  hooks = await startHookServer()
  const url = new URL(database.url)
  way = await startSeverable(Number(url.port))
  const config = {
    secrets: {
      encryptionKey: `k1:${randomBytes(32).toString('base64')}`,
      publishableKey: `wwp_${randomBytes(32).toString('base64url')}`,
      secretKey: `wws_${randomBytes(32).toString('base64url')}`,
    },
    outbound: { allow: ['127.0.0.1'] },
    hooks: { afterEvent: hooks.at('/event') },
  }
  far = await startLoggedServer(config, openPostgres({ url: database.url, schema: 'auth', log }))
  url.port = String(way.port)
  near = await startLoggedServer(config, openPostgres({ url: url.href, schema: 'auth', log }))
})
afterAll(async () => {
  for (const { realtime } of clients) realtime.close()
  await near.close()
  if (state.isFarOpen) await far.close()
  await way.close()
  await hooks.close()
  await database.drop()
  undo()
})

const clientAt = (server: LoggedServer): Body => {
  const client: Body = createClient(namedUrl(server.url), server.publishableKey, {
    localStorage: memoryStorage() as never,
    realtime: { reconnectionDelay: 50 },
  } as never)
  return client
}

async function aPerson() {
  const email = anAddress()
  const answer = await fetch(`${far.url}/v1/admin/users`, {
    method: 'POST',
    headers: { authorization: `Bearer ${far.secretKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: goodPassword, emailConfirmed: true }),
  })
  const { id } = (await answer.json()) as { id: string }
  const signIn = async (server: LoggedServer) => {
    const client = clientAt(server)
    const { session } = worked(await client.auth.signInWithEmail(email, goodPassword))
    return { client, session }
  }
  return { id, email, signIn }
}

/** What a client is told from now on, and what becomes of its socket. */
function listen(client: Body) {
  const told: { event: string; session: Body }[] = []
  const state = { refusals: [] as Error[], tries: 0 }
  clients.push(client)
  client.auth.onUserEvent((event: string, session: unknown) => void told.push({ event, session }))
  client.realtime.onError((error: Error) => void state.refusals.push(error))
  client.realtime.onReconnectAttempt(() => {
    state.tries += 1
  })
  return { told, state, names: () => told.map(({ event }) => event) }
}
/** Until it is told: it is connected, and counted, before it hears. */
async function untilTold(mine: ReturnType<typeof listen>, person: Awaited<ReturnType<typeof aPerson>>) {
  await expect
    .poll(async () => {
      await person.signIn(far)
      return mine.told.length
    }, soon)
    .toBeGreaterThan(0)
}

describe('a server that cannot reach the database while something happens', () => {
  it('tells its sockets once it can, and of nothing twice', slow, async () => {
    const person = await aPerson()
    const { client } = await person.signIn(near)
    const mine = listen(client)
    await untilTold(mine, person)
    const { auth } = (await person.signIn(far)).client
    const all = await far.core.sessions.count(person.id)
    await expect.poll(() => mine.told.at(-1)?.session.creationDtm, soon).toBe(auth.getSession().creationDtm)
    way.cut()
    expect(refusedWith(await client.auth.getUserFromDB())).toEqual([503, 'service_unavailable'])
    // Nobody took the word of a server that could not ask: the client still has its session.
    expect(client.auth.getSession()).not.toBeNull()
    const before = mine.told.length
    // A new password ends every other session, this one included; it is told of all and then sent away.
    worked(await auth.changePassword('another long kettle 4', goodPassword))
    expect(mine.told).toHaveLength(before)
    way.mend()
    await expect.poll(() => mine.told.at(-1)?.session?.token, soon).toBe(client.auth.getSession().token)
    const others = Array(all - 1).fill('user:signout')
    expect(mine.names().slice(before).sort()).toEqual(['user:pwdchange', ...others, 'user:update'])
    expect(mine.state.refusals).toEqual([])
    await expect.poll(() => near.core.feed.count(), soon).toBe(0)
  })

  it('sends nobody away who connects meanwhile: they come back by themselves', slow, async () => {
    const person = await aPerson()
    const { client } = await person.signIn(near)
    way.cut()
    const mine = listen(client)
    await expect.poll(() => mine.state.tries, soon).toBeGreaterThan(1)
    expect(client.realtime.isConnected()).toBe(false)
    way.mend()
    await untilTold(mine, person)
    expect(new Set(mine.names())).toEqual(new Set(['user:signin']))
    client.realtime.close()
  })

  it('has the application told as well, although neither could be reached', { timeout: 200_000 }, async () => {
    const person = await aPerson()
    hooks.answer('/event', { status: 503 })
    await person.signIn(far)
    const tellings = () => hooks.calls('/event').filter(({ body }) => body['event']?.['user_id'] === person.id)
    await expect.poll(() => tellings().length, soon).toBeGreaterThan(0)
    await expect
      .poll(async () => {
        const held = sql`select 1 from auth.outbox where channel = 'hook' and state = 'waiting' and locked_until is not null`
        return (await far.database.query(held)).length
      }, soon)
      .toBe(0)
    const types = () => tellings().map(({ body }) => body['event']?.['type'])
    await far.close()
    state.isFarOpen = false
    way.cut()
    await expect.poll(async () => (await fetch(`${near.url}/ready`)).status, soon).toBe(503)
    // It may have been told, in vain, once more while the other server closed.
    const missed = types().length
    hooks.answer('/event', { json: {} })
    way.mend()
    // What was taken in the moment of the cut is told once its lease of two minutes is over.
    await expect.poll(() => types().slice(missed), { timeout: 150_000, interval: 50 }).toContain('session.opened')
  })
})
