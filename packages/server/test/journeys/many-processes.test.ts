import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { createClient } from 'altogic'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ServerProcess, startProcess } from '../attacks/wire/process.ts'
import { memoryStorage } from '../conformance/altogic/clients.ts'
import { namedUrl, resolveNamedHosts } from '../conformance/altogic/named-hosts.ts'
import type { Body } from '../conformance/native/native-world.ts'
import { type FreshDatabase, freshDatabase } from '../set-up/postgres.ts'
import { temporaryFolders } from '../world/folders.ts'
import { openEvents } from '../world/live-events.ts'

const password = 'slow brown walrus juggles 7 kettles'
const slow = { timeout: 90_000 }

interface Reply {
  readonly status: number
  readonly body: Body
}

/** One request on a connection of its own, as a balancer would spread them. */
function ask(url: string, line: string, body?: object, token?: string): Promise<Reply> {
  const [method = 'GET', path = '/'] = line.split(' ')
  const text = body === undefined ? '' : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const headers = {
      connection: 'close',
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    }
    const sent = request(`${url}/v1${path}`, { method, agent: false, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => void chunks.push(chunk))
      response.on('end', () => {
        const all = Buffer.concat(chunks).toString()
        resolve({ status: response.statusCode ?? 0, body: all === '' ? undefined : JSON.parse(all) })
      })
    })
    sent.on('error', reject)
    sent.end(text)
  })
}

const aFolder = temporaryFolders()
const world: { folder?: string; database?: FreshDatabase; running: ServerProcess[] } = { running: [] }
const keys = {
  secretKey: `wws_${randomBytes(32).toString('base64url')}`,
  publishableKey: `wwp_${randomBytes(32).toString('base64url')}`,
  encryptionKey: `k1:${randomBytes(32).toString('base64')}`,
}

beforeAll(async () => {
  world.folder = await aFolder()
  world.database = await freshDatabase()
})
afterAll(async () => {
  for (const server of world.running) await server.kill()
  await world.database?.drop()
})

async function start(more: Record<string, string> = {}): Promise<ServerProcess> {
  const url = world.database?.url ?? ''
  const server = await startProcess(world.folder ?? '', keys, { WATCHWORD_DATABASE_URL: url, ...more })
  world.running.push(server)
  return server
}

const made = { people: 0 }

/** Somebody made by an administrator, and how they sign in anywhere. */
async function aPerson(server: ServerProcess) {
  made.people += 1
  const email = `person${made.people}@example.test`
  const user = { email, password, emailConfirmed: true }
  const { status, body } = await ask(server.url, 'POST /admin/users', user, keys.secretKey)
  expect([status, body?.code]).toEqual([201, undefined])
  const signIn = async (at: ServerProcess): Promise<Reply['body']> => {
    const reply = await ask(at.url, 'POST /sign-in/password', { email, password })
    expect(reply.body).toMatchObject({ status: 'complete' })
    return reply.body
  }
  return { email, id: body.id as string, signIn }
}

const listen = (at: ServerProcess, signedIn: Reply['body'], after?: string) =>
  openEvents(`${at.url}/v1/me/events`, {
    authorization: `Bearer ${signedIn.tokens.accessToken}`,
    ...(after === undefined ? {} : { 'last-event-id': after }),
  })

describe('two processes on one database', () => {
  let a: ServerProcess
  let b: ServerProcess
  beforeAll(async () => {
    // Together, as after a deployment: one of them makes the schema and the keys.
    const both = await Promise.all([start({ WATCHWORD_RATE_LIMITS: 'on' }), start({ WATCHWORD_RATE_LIMITS: 'on' })])
    a = both[0]
    b = both[1]
  }, 90_000)

  it('tell of what happens in the other', slow, async () => {
    const person = await aPerson(a)
    const phone = await person.signIn(a)
    const stream = await listen(a, phone)
    const laptop = await person.signIn(b)
    expect((await stream.next('session.opened')).data.sessionId).toBe(laptop.session.id)
    const { accessToken } = laptop.tokens
    expect((await ask(b.url, 'PATCH /me', { displayName: 'Ada' }, accessToken)).status).toBe(200)
    expect((await stream.next('user.updated')).data.sessionId).toBe(laptop.session.id)
    await ask(b.url, 'POST /sign-out', { scope: 'others' }, accessToken)
    await stream.closed
    expect(stream.events.at(-1)).toMatchObject({ event: 'session.ended', data: { sessionId: phone.session.id } })
  })

  it('tell Altogic’s client of what happens in the other', slow, async () => {
    const undo = resolveNamedHosts()
    const person = await aPerson(a)
    const clientAt = ({ url }: ServerProcess): Body =>
      createClient(namedUrl(url), keys.publishableKey, { localStorage: memoryStorage() as never })
    const [here, there] = [clientAt(a), clientAt(b)]
    expect((await here.auth.signInWithEmail(person.email, password)).errors).toBeNull()
    const told: { event: string; token: string | undefined }[] = []
    here.auth.onUserEvent((event: string, session: Body) => void told.push({ event, token: session?.token }))
    const names = () => told.map(({ event }) => event)
    // Until it is told: it is connected before it is listened for.
    await expect
      .poll(
        async () => {
          await there.auth.signInWithEmail(person.email, password)
          return told.length
        },
        { timeout: 30_000, interval: 200 },
      )
      .toBeGreaterThan(0)
    expect(new Set(names())).toEqual(new Set(['user:signin']))
    expect((await there.auth.changePassword(`${password} more`, password)).errors).toBeNull()
    // The others' ends may come before its own, after which it hears nothing.
    const own = { event: 'user:signout', token: here.auth.getSession().token }
    await expect.poll(() => told.at(-1)).toEqual(own)
    expect(names().filter((name) => name === 'user:pwdchange')).toHaveLength(1)
    here.realtime.close()
    undo()
  })

  it('know each other’s sessions, keys and ends', slow, async () => {
    const person = await aPerson(b)
    const signedIn = await person.signIn(a)
    expect((await ask(b.url, 'GET /me', undefined, signedIn.tokens.accessToken)).body.email).toBe(person.email)
    const { refreshToken } = signedIn.tokens
    const renewals = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        ask(at % 2 === 0 ? a.url : b.url, 'POST /sessions/refresh', { refreshToken }),
      ),
    )
    expect(new Set(renewals.map(({ status }) => status))).toEqual(new Set([200]))
    expect(new Set(renewals.map(({ body }) => body.tokens.refreshToken)).size).toBe(1)
    await ask(b.url, 'POST /sign-out', {}, signedIn.tokens.accessToken)
    expect((await ask(a.url, 'GET /me', undefined, signedIn.tokens.accessToken)).body.code).toBe('session_not_found')
  })

  it('S122 count wrong passwords together', slow, async () => {
    const { email } = await aPerson(a)
    const guess = (at: number) =>
      ask(at % 2 === 0 ? a.url : b.url, 'POST /sign-in/password', { email, password: `wrong ${at} wrong` })
    for (let at = 0; at < 10; at++) expect((await guess(at)).body.code).toBe('invalid_credentials')
    for (const at of [10, 11]) expect((await guess(at)).status).toBe(429)
  })

  it('stop in good order: a stream goes on at the other and misses nothing', slow, async () => {
    const person = await aPerson(a)
    const phone = await person.signIn(a)
    const stream = await listen(b, phone)
    await person.signIn(a)
    const { id } = await stream.next('session.opened')
    const signingIn = Promise.allSettled(
      Array.from({ length: 3 }, () => ask(b.url, 'POST /sign-in/password', { email: person.email, password })),
    )
    const stopping = b.stop()
    await stream.closed
    expect(await stopping).toBe(0)
    // Whatever was under way has been answered, or never got in.
    for (const each of await signingIn) {
      if (each.status === 'fulfilled') expect(each.value.body).toMatchObject({ status: 'complete' })
      else expect(each.reason.code).toBe('ECONNREFUSED')
    }
    const late = await person.signIn(a)
    b = await start({ WATCHWORD_RATE_LIMITS: 'on' })
    const resumed = await listen(b, phone, id)
    await expect.poll(() => resumed.events.map(({ data }) => data.sessionId)).toContain(late.session.id)
    await resumed.leave()
  })

  it('go on when the other dies on the spot, and tell what it had committed', slow, async () => {
    const person = await aPerson(a)
    const phone = await person.signIn(a)
    const stream = await listen(a, phone)
    const laptop = await person.signIn(b)
    await b.kill()
    expect((await stream.next('session.opened')).data.sessionId).toBe(laptop.session.id)
    expect((await ask(a.url, 'GET /me', undefined, laptop.tokens.accessToken)).status).toBe(200)
    const tablet = await person.signIn(a)
    expect((await stream.next('session.opened')).data.sessionId).toBe(tablet.session.id)
    await stream.leave()
  })
})

describe('two workers that share a port', () => {
  it('tell of what happens in either, and stop together', slow, async () => {
    const server = await start({ WATCHWORD_WORKERS: '2' })
    const person = await aPerson(server)
    const phone = await person.signIn(server)
    const streams = await Promise.all([listen(server, phone), listen(server, phone), listen(server, phone)])
    const opened = [
      await person.signIn(server),
      await person.signIn(server),
      await person.signIn(server),
      await person.signIn(server),
    ]
    for (const stream of streams) {
      const heard = () => stream.events.map(({ data }) => data.sessionId).sort()
      await expect.poll(heard).toEqual(opened.map(({ session }) => session.id).sort())
    }
    const stopping = server.stop()
    await Promise.all(streams.map(({ closed }) => closed))
    expect(await stopping).toBe(0)
    expect(server.output()).not.toMatch(/"level":(50|"error")|ERROR/)
  })

  it('tell the sockets of Altogic’s client too, which know that they may come back', slow, async () => {
    const undo = resolveNamedHosts()
    const server = await start({ WATCHWORD_WORKERS: '2' })
    const person = await aPerson(server)
    const client: Body = createClient(namedUrl(server.url), keys.publishableKey, {
      localStorage: memoryStorage() as never,
    })
    expect((await client.auth.signInWithEmail(person.email, password)).errors).toBeNull()
    const told: string[] = []
    const gone = new Promise((resolve) => client.realtime.onDisconnect(resolve))
    client.auth.onUserEvent((event: string) => void told.push(event))
    // Until it is told: it is connected before it is listened for.
    await expect
      .poll(
        async () => {
          await person.signIn(server)
          return told.length
        },
        { timeout: 30_000, interval: 100 },
      )
      .toBeGreaterThan(0)
    const before = told.length
    for (let count = 0; count < 4; count++) await person.signIn(server)
    await expect.poll(() => told.length).toBeGreaterThanOrEqual(before + 4)
    const stopping = server.stop()
    expect(await gone).toBe('transport close')
    client.realtime.close()
    expect(await stopping).toBe(0)
    undo()
  })
})
