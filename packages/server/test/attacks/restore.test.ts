import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '#src/cli/run.ts'
import { openPostgres } from '#src/storage/postgres.ts'
import { type FreshDatabase, freshDatabase, postgresUrl } from '../set-up/postgres.ts'
import { temporaryFolders } from '../world/folders.ts'
import { clientDoorsOf } from './tools/client-doors.ts'
import { send } from './tools/reply.ts'
import { doorNamed } from './wire/doors.ts'
import { type LoggedServer, startLoggedServer } from './wire/logged-server.ts'
import { aPerson, type Person } from './wire/people.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const secrets = {
  encryptionKey: `k1:${randomBytes(32).toString('base64')}`,
  publishableKey: `wwp_${randomBytes(32).toString('base64url')}`,
  secretKey: `wws_${randomBytes(32).toString('base64url')}`,
}
let live: FreshDatabase
let restored: string
let server: LoggedServer | undefined
let folder: string

const startOn = async (url: string): Promise<LoggedServer> => {
  server = await startLoggedServer(
    { publicUrl: 'http://localhost:8787', secrets },
    openPostgres({ url, schema: 'auth', log: silent }),
  )
  return server
}
const stop = async () => {
  await server?.close()
  server = undefined
}

async function onMaintenance(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl() })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}

/** A copy of a database that nobody is connected to. */
async function copyOf(url: string): Promise<string> {
  const copy = new URL(url)
  const [from, to] = [copy.pathname.slice(1), `watchword_test_${randomBytes(8).toString('hex')}`]
  await onMaintenance(`create database ${to} template ${from}`)
  copy.pathname = `/${to}`
  return copy.href
}

async function typed(line: string, url: string) {
  const out: string[] = []
  const err: string[] = []
  const code = await run(line.split(' '), {
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    readInput: async () => '',
    env: { WATCHWORD_DATABASE_URL: url, WATCHWORD_ENCRYPTION_KEY: secrets.encryptionKey },
    cwd: folder,
    hasColours: false,
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

/** Everything somebody held when the backup was made. */
interface Held {
  readonly person: Person
  readonly native: { readonly access: string; readonly refresh: string }
  readonly nhost: string
  readonly altogic: string
  readonly accessKey: string
  readonly link: string
}

async function hold(on: LoggedServer): Promise<Held> {
  const person = await aPerson(on)
  const door = doorNamed('native', on)
  const { nhost, altogic } = clientDoorsOf(on)
  const hers = await nhost.signIn(person.email, person.password)
  const pat = await nhost.call('/pat', {
    token: nhost.tokenOf(hers),
    body: { expiresAt: new Date(Date.now() + 86_400_000).toISOString() },
  })
  await nhost.recover(person.email)
  const { link } = await on.inbox.waitFor(person.email, 'recovery')
  return {
    person,
    native: door.held(await door.signIn(person.email, person.password)),
    nhost: nhost.refreshOf(hers) ?? '',
    altogic: altogic.tokenOf(await altogic.signIn(person.email, person.password)) ?? '',
    accessKey: String(pat.body['personalAccessToken']),
    link: link ?? '',
  }
}

/** What still opens something, without using it up where that can be told. */
async function alive(on: LoggedServer, held: Held): Promise<string[]> {
  const { nhost, altogic } = clientDoorsOf(on)
  const works = {
    'access token': (await doorNamed('native', on).me(held.native.access)).status,
    'session token': (await altogic.me(held.altogic)).status,
    'access key': (await nhost.call('/signin/pat', { body: { personalAccessToken: held.accessKey } })).status,
    'refresh token': (await nhost.pickUp(held.nhost)).status,
    link: (await send(held.link.replace('http://localhost:8787', on.url), { method: 'GET' })).headers
      .get('location')
      ?.includes('refreshToken')
      ? 200
      : 401,
  }
  return Object.entries(works).flatMap(([what, status]) => (status === 200 ? [what] : []))
}

const aFolder = temporaryFolders()
beforeAll(async () => {
  folder = await aFolder()
  live = await freshDatabase()
})
afterAll(async () => {
  await stop()
  await live.drop()
  if (restored !== undefined)
    await onMaintenance(`drop database if exists ${new URL(restored).pathname.slice(1)} with (force)`)
})

describe('a database that was restored', () => {
  it('S132 holds nothing that signs anybody in once the command was run', { timeout: 90_000 }, async () => {
    const held = await hold(await startOn(live.url))
    await stop()
    const backup = await copyOf(live.url)
    restored = backup

    // Everything is ended after the backup was made, and nothing of it works.
    const after = await startOn(live.url)
    const door = doorNamed('native', after)
    await after.core.accessKeys.revokeAll(held.person.id)
    await after.core.tickets.killAll(held.person.id)
    await after.core.sessions.endAll(held.person.id)
    expect(await alive(after, held)).toEqual([])
    await stop()

    // The backup knows nothing of that.
    const before = await startOn(backup)
    expect((await doorNamed('native', before).me(held.native.access)).status).toBe(200)
    await stop()

    const late = await typed('sessions revoke --before 2001-01-01T00:00:00Z --json', backup)
    expect(JSON.parse(late.out)).toMatchObject({ sessions: 0, tickets: 0, accessKeys: 0 })
    const done = await typed('sessions revoke --before now --json', backup)
    expect(done, done.err).toMatchObject({ code: 0 })
    expect(JSON.parse(done.out)).toMatchObject({ sessions: 3, accessKeys: 1 })
    expect(JSON.parse(done.out).tickets).toBeGreaterThanOrEqual(1)

    const again = await startOn(backup)
    expect(await alive(again, held)).toEqual([])
    const fresh = doorNamed('native', again)
    expect(fresh.isSession(await fresh.signIn(held.person.email, held.person.password))).toBe(true)
    const [event] = await again.core.audit.list({ action: 'tokens.voided' }, { limit: 1 })
    expect(event).toMatchObject({ actorType: 'system', actorId: 'cli', details: { sessions: 3 } })
    expect(door.name).toBe('native')
  })

  it('S132 wants to be told a moment that it understands', async () => {
    for (const time of ['', ' --before yesterday', ' --before 2999-01-01', ' --before 2026-01-01T08:00', ' --before 5'])
      expect((await typed(`sessions revoke${time}`, live.url)).code, time).toBe(2)
  })
})
