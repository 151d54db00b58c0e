import { once } from 'node:events'
import pg from 'pg'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPostgres } from '#src/storage/postgres.ts'
import { freePort } from '../set-up/free-port.ts'
import { type OwnPostgres, ownPostgres } from '../set-up/postgres.ts'
import type { Door, Held } from './wire/door.ts'
import { doorsOf } from './wire/doors.ts'
import { expectNoInnards } from './wire/leaks.ts'
import { type LoggedServer, startLoggedServer } from './wire/logged-server.ts'
import { aPerson, freshEmail, goodPassword, type Person, signedInAt } from './wire/people.ts'
import { parallel, type Reply, send } from './wire/send.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Everything that needs the database, from a guest's first call to an administrator's. */
async function everything(door: Door, me: Person & Held): Promise<Reply[]> {
  return [
    await door.signIn(me.email, me.password),
    await door.signUp(freshEmail(), goodPassword),
    await door.signUpAnonymously(),
    await door.refresh(me.refresh),
    await door.me(me.access),
    await door.updateMetadata(me.access, { a: 1 }),
    await door.changePassword(me.access, 'the next lamp post whistles 4 tunes', me.password),
    await door.requestCode(me.email),
    await door.recover(me.email),
    await door.exchange('00000000-0000-4000-8000-000000000000', 'v'.repeat(43)),
    await door.signOut(me.access, 'all'),
    await door.admin('/users'),
  ]
}

/** What another dialect is asked meanwhile, whose clients know their own words. */
const nhosts = ({ email, password }: Person): readonly (readonly [path: string, json: object])[] => [
  ['/signin/email-password', { email, password }],
  ['/elevate/totp', { otp: '123456' }],
]

function expectUnavailable(reply: Reply): void {
  expect(reply.status, reply.text).toBe(503)
  expect(Number(reply.headers.get('retry-after')), reply.text).toBeGreaterThan(0)
  expectNoInnards(reply.text, 'an outage')
}

describe('the database', () => {
  let postgres: OwnPostgres
  let server: LoggedServer
  let databaseUrl: string

  beforeAll(async () => {
    postgres = await ownPostgres()
    databaseUrl = (await postgres.freshDatabase()).url
    server = await startLoggedServer(
      {},
      openPostgres({ url: databaseUrl, schema: 'auth', statementTimeout: 500, log: silent }),
    )
  })
  afterAll(async () => {
    await server.close()
    postgres.remove()
  })

  it('S140 gone: nothing is granted, everything says 503, and all is well again within ten seconds', {
    timeout: 120_000,
  }, async () => {
    const people: (Person & Held)[] = []
    for (const door of doorsOf(server)) people.push(await signedInAt(server, door))
    for (const mode of ['immediate', 'fast'] as const) {
      await postgres.stop(mode)
      for (const [index, door] of doorsOf(server).entries())
        for (const reply of await everything(door, people[index] as Person & Held)) expectUnavailable(reply)
      const [me] = people as [Person & Held]
      for (const [path, json] of nhosts(me)) {
        const reply = await send(`${server.url}/nhost/v1${path}`, { method: 'POST', json, bearer: me.access })
        expectUnavailable(reply)
        expect(reply.body).toMatchObject({ status: 503, error: 'unavailable' })
      }
      expect((await send(`${server.url}/health`)).status).toBe(200)
      expect((await send(`${server.url}/ready`)).status).toBe(503)
      await postgres.start()
      const since = Date.now()
      const state = { well: false }
      while (!state.well && Date.now() - since < 10_000) {
        state.well = (await send(`${server.url}/ready`)).status === 200
        if (!state.well) await pause(100)
      }
      expect(state.well).toBe(true)
      for (const [index, door] of doorsOf(server).entries()) {
        const me = people[index] as Person & Held
        expect((await door.me(me.access)).status).toBe(200)
        expect(door.isSession(await door.signIn(me.email, me.password))).toBe(true)
      }
    }
  })

  it('S140 stopped in the middle of requests: each is answered, none twice', { timeout: 60_000 }, async () => {
    const [door] = doorsOf(server)
    const person = await aPerson(server)
    const running = parallel(30, () => door.signIn(person.email, person.password))
    await pause(60)
    await postgres.stop('immediate')
    const replies = await running
    for (const reply of replies) if (!door.isSession(reply)) expectUnavailable(reply)
    await postgres.start()
    for (let tries = 0; tries < 100 && (await send(`${server.url}/ready`)).status !== 200; tries += 1) await pause(100)
    for (const reply of replies.filter((each) => door.isSession(each)))
      expect((await door.me(door.held(reply).access)).status, 'an acknowledged session is there').toBe(200)
  })

  it('S140 slow: a request gives up, and the next one works', { timeout: 60_000 }, async () => {
    const blocker = new pg.Client({ connectionString: databaseUrl })
    await blocker.connect()
    const [door] = doorsOf(server)
    const me = await signedInAt(server, door)
    await blocker.query(
      'begin; lock table auth.users, auth.sessions, auth.refresh_tokens, auth.tickets in access exclusive mode',
    )
    const replies = await Promise.all([
      door.signIn(me.email, me.password),
      door.refresh(me.refresh),
      door.me(me.access),
      door.recover(me.email),
      door.signUp(freshEmail(), goodPassword),
    ])
    for (const reply of replies) expectUnavailable(reply)
    await blocker.query('rollback')
    await blocker.end()
    expect((await door.me(me.access)).status).toBe(200)
    expect(door.isSession(await door.refresh(me.refresh))).toBe(true)
  })

  it('S140 out of connections: the surplus is told to come back, and nothing hangs', { timeout: 60_000 }, async () => {
    const [door] = doorsOf(server)
    const me = await signedInAt(server, door)
    const replies = await parallel(300, () => door.me(me.access))
    for (const reply of replies) if (reply.status !== 200) expectUnavailable(reply)
    expect(replies.filter(({ status }) => status === 200).length).toBeGreaterThan(200)
  })

  it('S140 the counters of guesses gone: no password is compared without them', { timeout: 60_000 }, async () => {
    const counting = await startLoggedServer({ limits: { enabled: true } })
    try {
      const person = await aPerson(counting)
      await counting.database.script('drop table auth.guess_counters')
      for (const door of doorsOf(counting)) {
        const reply = await door.signIn(person.email, person.password)
        expect(reply.status).toBeGreaterThanOrEqual(500)
        expect(door.isSession(reply)).toBe(false)
        await door.requestCode(person.email)
      }
      expect(await counting.core.sessions.count(person.id)).toBe(0)
    } finally {
      await counting.close()
    }
  })
})

describe('mail', () => {
  it('S140 down: nobody is let in unproved, nothing is lost, and it leaves once the mail server is back', {
    timeout: 60_000,
  }, async () => {
    const port = await freePort()
    const server = await startLoggedServer({ mail: { smtpUrl: `smtp://127.0.0.1:${port}` } })
    const received: string[] = []
    const smtp = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      onData(stream, _session, done) {
        const chunks: Buffer[] = []
        stream
          .on('data', (chunk: Buffer) => chunks.push(chunk))
          .on('end', () => {
            received.push(Buffer.concat(chunks).toString())
            done()
          })
      },
    })
    try {
      const emails: string[] = []
      for (const door of doorsOf(server)) {
        const email = freshEmail('waiting')
        emails.push(email)
        const begun = await door.signUp(email, goodPassword)
        expect(begun.status, begun.text).toBe(200)
        expect(door.isSession(begun)).toBe(false)
        expect(door.isSession(await door.signIn(email, goodPassword))).toBe(false)
      }
      await pause(500)
      const listening = smtp.listen(port, '127.0.0.1')
      await once(listening, 'listening')
      const missing = () => emails.filter((email) => !received.some((mail) => mail.includes(email)))
      for (let tries = 0; tries < 300 && missing().length > 0; tries += 1) await pause(100)
      expect(missing()).toEqual([])
    } finally {
      await server.close()
      await new Promise<void>((resolve) => smtp.close(() => resolve()))
    }
  })

  it('S140 slow: answers do not wait for it', { timeout: 60_000 }, async () => {
    const smtp = new SMTPServer({ authOptional: true, disabledCommands: ['STARTTLS', 'AUTH'], onMailFrom: () => {} })
    const listening = smtp.listen(await freePort(), '127.0.0.1')
    await once(listening, 'listening')
    const { port } = listening.address() as { port: number }
    const server = await startLoggedServer({ mail: { smtpUrl: `smtp://127.0.0.1:${port}` } })
    try {
      for (const door of doorsOf(server)) {
        const replies = await parallel(20, () => door.signUp(freshEmail('slow'), goodPassword))
        for (const { status } of replies) expect(status).toBe(200)
      }
    } finally {
      await server.close()
      await new Promise<void>((resolve) => smtp.close(() => resolve()))
    }
  })
})
