import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '#src/storage/database.ts'
import { openPostgres } from '#src/storage/postgres.ts'
import { freshDatabase, type OwnPostgres, ownPostgres } from '../set-up/postgres.ts'
import { temporaryFolders } from '../world/folders.ts'
import type { Door, Held } from './wire/door.ts'
import { doorNamed } from './wire/doors.ts'
import { statement } from './wire/dump.ts'
import { startLoggedServer } from './wire/logged-server.ts'
import { freshEmail, goodPassword, signedInAt } from './wire/people.ts'
import { startProcess } from './wire/process.ts'
import { verdict } from './wire/send.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const keys = {
  secretKey: `wws_${randomBytes(32).toString('base64url')}`,
  publishableKey: `wwp_${randomBytes(32).toString('base64url')}`,
  encryptionKey: `k1:${randomBytes(32).toString('base64')}`,
}
const atOnce = { WATCHWORD_EMAIL_CONFIRMATION: 'false' }
const aFolder = temporaryFolders()
let folder: string

beforeAll(async () => {
  folder = await aFolder()
})

/** What the server has acknowledged, by the time it was killed. */
interface Ledger {
  readonly signedUp: Set<{ readonly email: string; readonly held: Held }>
  readonly refreshed: Map<string, string>
  readonly deleted: string[]
  readonly recovering: string[]
}

async function attempt<T>(work: Promise<T>): Promise<T | undefined> {
  return work.catch(() => undefined)
}

/** Signs up, refreshes, asks for mails and deletes, until nobody answers any more. */
async function work(door: Door, ledger: Ledger, worker: number): Promise<void> {
  for (let turn = 0; ; turn += 1) {
    const email = freshEmail(`w${worker}-${turn}`)
    const reply = await attempt(door.signUp(email, goodPassword))
    if (reply === undefined) return
    if (!door.isSession(reply)) continue
    const held = door.held(reply)
    const account = { email, held }
    ledger.signedUp.add(account)
    const renewed = await attempt(door.refresh(held.refresh))
    if (renewed === undefined) return
    if (door.isSession(renewed)) ledger.refreshed.set(held.userId, door.held(renewed).refresh)
    if (turn % 3 === 0) {
      const removed = await attempt(door.remove(held.userId, 'hard'))
      if (removed === undefined) ledger.signedUp.delete(account)
      if (removed?.status === 200 || removed?.status === 204) ledger.deleted.push(held.userId)
    } else if (turn % 3 === 1 && (await attempt(door.recover(email)))?.status === 200) ledger.recovering.push(email)
  }
}

const halves: Readonly<Record<string, string>> = {
  'an account without its identity': `select u.id from auth.users u where u.email is not null and not exists (select from auth.identities i where i.user_id = u.id)`,
  'a session without a token': `select s.id from auth.sessions s where not exists (select from auth.refresh_tokens t where t.session_id = s.id)`,
  'an account nobody wrote down': `select u.id from auth.users u where not exists (select from auth.audit_events e where e.user_id = u.id and e.action = 'user.created')`,
  'a session nobody wrote down': `select s.id from auth.sessions s where not exists (select from auth.audit_events e where e.session_id = s.id and e.action = 'session.opened')`,
  'a spent token without a successor': `select t.session_id from auth.refresh_tokens t where t.used_at is not null and not exists (select from auth.refresh_tokens n where n.digest = t.successor)`,
  'a deletion that is half done': `select u.id from auth.users u join auth.audit_events e on e.user_id = u.id and e.action = 'user.deleted'`,
  'a recovery without its mail': `select t.id from auth.tickets t where t.purpose = 'recovery' and t.user_id is not null and not exists (select from auth.outbox o where o.user_id = t.user_id and o.template = 'recovery')`,
}

async function expectWhole(database: Database): Promise<void> {
  for (const [what, text] of Object.entries(halves)) expect(await database.query(statement(text)), what).toEqual([])
}

describe('all or nothing', () => {
  it('S141 S55 whatever was acknowledged is there in full after kill -9, and nothing is there by halves', {
    timeout: 180_000,
  }, async () => {
    const own = await freshDatabase()
    const database = openPostgres({ url: own.url, schema: 'auth', log: silent })
    try {
      for (let round = 0; round < 4; round += 1) {
        const server = await startProcess(folder, keys, { ...atOnce, WATCHWORD_DATABASE_URL: own.url })
        const ledger: Ledger = { signedUp: new Set(), refreshed: new Map(), deleted: [], recovering: [] }
        const door = doorNamed('supabase', server)
        const workers = Array.from({ length: 6 }, (_, worker) => work(door, ledger, worker))
        // At a moment of its own in each round, and with something to lose however slow the machine is.
        while (ledger.signedUp.size < 6) await pause(20)
        await pause(1_000 + round * 333)
        await server.kill()
        await Promise.all(workers)
        await expectWhole(database)
        const again = await startProcess(folder, keys, { ...atOnce, WATCHWORD_DATABASE_URL: own.url })
        await expectKept(doorNamed('supabase', again), ledger)
        expect(await again.stop()).toBe(0)
      }
    } finally {
      await database.close()
      await own.drop()
    }
  })

  async function expectKept(door: Door, ledger: Ledger): Promise<void> {
    const gone = new Set(ledger.deleted)
    for (const { email, held } of ledger.signedUp) {
      const me = await door.me(held.access)
      if (gone.has(held.userId)) {
        expect(me.status, `${email} was deleted`).toBe(403)
        continue
      }
      expect(me.status, `${email} signed up: ${me.text}`).toBe(200)
      const renewed = ledger.refreshed.get(held.userId)
      if (renewed !== undefined) expect(door.isSession(await door.refresh(renewed)), `${email} refreshed`).toBe(true)
    }
  }

  it('S55 S141 the embedded database keeps its word after kill -9 as well', { timeout: 120_000 }, async () => {
    const home = { ...atOnce, WATCHWORD_DATA_DIR: join(folder, 'embedded') }
    const server = await startProcess(folder, keys, home)
    const door = doorNamed('native', server)
    const out = door.held(await door.signUp(freshEmail(), goodPassword))
    const rotated = door.held(await door.signUp(freshEmail(), goodPassword))
    const second = door.held(await door.refresh(rotated.refresh))
    const third = door.held(await door.refresh(second.refresh))
    expect((await door.signOut(out.access, 'this')).status).toBe(204)
    await server.kill()

    const again = await startProcess(folder, keys, home)
    try {
      const later = doorNamed('native', again)
      expect(verdict(await later.me(out.access))).toBe('403 session_not_found')
      expect(later.isSession(await later.refresh(out.refresh))).toBe(false)
      expect((await later.me(third.access)).status).toBe(200)
      expect(verdict(await later.refresh(rotated.refresh))).toBe('400 refresh_token_already_used')
      expect(later.isSession(await later.refresh(third.refresh))).toBe(false)
    } finally {
      await again.kill()
    }
  })
})

describe('a database that crashes', () => {
  let postgres: OwnPostgres
  beforeAll(async () => {
    postgres = await ownPostgres()
  })
  afterAll(() => postgres.remove())

  it('S55 brings back no token that was revoked or rotated, and no guess that was counted', {
    timeout: 60_000,
  }, async () => {
    const { url } = await postgres.freshDatabase()
    const server = await startLoggedServer(
      { limits: { enabled: true } },
      openPostgres({ url, schema: 'auth', log: silent }),
    )
    try {
      const door = doorNamed('native', server)
      const out = await signedInAt(server, door)
      const first = await signedInAt(server, door)
      const second = door.held(await door.refresh(first.refresh))
      const third = door.held(await door.refresh(second.refresh))
      for (let miss = 0; miss < 10; miss += 1) await door.signIn(first.email, 'wrong')
      await door.signOut(out.access, 'all')
      await postgres.stop('immediate')
      await postgres.start()
      for (let tries = 0; tries < 100 && (await door.me(third.access)).status === 503; tries += 1) await pause(100)
      expect(verdict(await door.me(out.access))).toBe('403 session_not_found')
      expect(door.isSession(await door.refresh(out.refresh))).toBe(false)
      expect((await door.me(third.access)).status).toBe(200)
      expect(verdict(await door.signIn(first.email, first.password))).toBe('429 over_attempt_limit')
      expect(verdict(await door.refresh(first.refresh))).toBe('400 refresh_token_already_used')
      expect(door.isSession(await door.refresh(third.refresh))).toBe(false)
    } finally {
      await server.close()
    }
  })
})
