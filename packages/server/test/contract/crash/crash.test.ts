import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { silentLog } from '#src/base/runtime.ts'
import type { Database } from '#src/storage/database.ts'
import { openEmbedded } from '#src/storage/pglite.ts'
import { openPostgres } from '#src/storage/postgres.ts'
import { sql } from '#src/storage/sql.ts'
import { freePort } from '../../set-up/free-port.ts'
import { type OwnPostgres, ownPostgres } from '../../set-up/postgres.ts'
import { temporaryFolders } from '../../world/folders.ts'
import { type Store, stores } from '../rooms.ts'
import { type BuiltServer, startBuilt } from './built-server.ts'
import { ask, type Crowd, createCrowd, type Person, password } from './crowd.ts'
import { halfThings } from './half-things.ts'

const workers = 8
const aFolder = temporaryFolders()

interface Place {
  readonly postgres: OwnPostgres | undefined
  start(): Promise<BuiltServer>
  /** The database itself, once no server holds it. */
  open(): Promise<Database>
}

describe.each(stores)('a server on the %s store that is killed while people sign up', (kind) => {
  const cleanUp: (() => unknown)[] = []
  afterEach(async () => {
    for (const step of cleanUp.splice(0).reverse()) await step()
  })

  const place = async (store: Store, confirms: boolean): Promise<Place> => {
    const dataDir = await aFolder()
    const postgres = store === 'postgres' ? await ownPostgres() : undefined
    if (postgres !== undefined) cleanUp.push(postgres.remove)
    const url = (await postgres?.freshDatabase())?.url
    const port = await freePort()
    const env = {
      WATCHWORD_EMAIL_CONFIRMATION: confirms ? 'on' : 'off',
      ...(url === undefined ? {} : { WATCHWORD_DATABASE_URL: url }),
    }
    return {
      postgres,
      async start() {
        const server = await startBuilt({ dataDir, port, env })
        cleanUp.push(server.kill)
        return server
      },
      open: () =>
        url === undefined
          ? openEmbedded({ folder: join(dataDir, 'database'), schema: 'auth' })
          : Promise.resolve(openPostgres({ url, schema: 'auth', log: silentLog })),
    }
  }

  const checkDatabase = async (at: Place, crowd: Crowd) => {
    const database = await at.open()
    try {
      expect(await halfThings(database)).toEqual({})
      const rows = await database.query<{ id: string; mails: string[] }>(sql`select u.id,
        array(select distinct o.template from auth.outbox o where o.user_id = u.id) as mails from auth.users u`)
      const stored = new Map(rows.map(({ id, mails }) => [id, mails]))
      const kept = crowd.people.filter(({ state }) => state !== 'deleted' && state !== 'unknown')
      expect(kept.filter(({ id }) => !stored.has(id)).map(({ email }) => email)).toEqual([])
      for (const { id, mails, email } of kept) expect(stored.get(id), email).toEqual(expect.arrayContaining(mails))
      const gone = crowd.people.filter(({ state }) => state === 'deleted')
      expect(gone.filter(({ id }) => stored.has(id)).map(({ email }) => email)).toEqual([])
    } finally {
      await database.close()
    }
  }

  const enter = (url: string, { email }: Person) => ask(url, '/auth/v1/token?grant_type=password', { email, password })
  const renew = (url: string, token: string) =>
    ask(url, '/auth/v1/token?grant_type=refresh_token', { refresh_token: token })

  /** Every one of them finds things as they were told; who was asked to prove an address still is. */
  const checkPerson = async (url: string, person: Person) => {
    const answer = await enter(url, person)
    if (person.mayBeGone && person.state === 'unknown' && answer?.body['error_code'] === 'invalid_credentials') return
    if (person.state === 'deleted') expect(answer, person.email).toMatchObject({ status: 400 })
    else if (person.confirmed)
      expect(answer, person.email).toMatchObject({ status: 200, body: { user: { id: person.id } } })
    else if (person.state !== 'unknown')
      expect(answer, person.email).toMatchObject({ status: 400, body: { error_code: 'email_not_confirmed' } })
    const current = person.tokens.at(-1)
    if (current === undefined || person.state === 'unknown') return
    if (person.state !== 'in') {
      for (const token of person.tokens) expect(await renew(url, token), person.email).toMatchObject({ status: 400 })
      return
    }
    const next = await renew(url, current)
    expect(next, person.email).toMatchObject({ status: 200 })
    const before = person.tokens.at(-2)
    if (before === undefined) {
      person.tokens.push(String(next?.body['refresh_token']))
      return
    }
    expect(await renew(url, before), person.email).toMatchObject({
      status: 400,
      body: { error_code: 'refresh_token_already_used' },
    })
    expect(await renew(url, String(next?.body['refresh_token'])), person.email).toMatchObject({ status: 400 })
    person.state = 'out'
  }

  const checkPeople = async (url: string, people: readonly Person[]) => {
    const waiting = [...people]
    const work = async () => {
      for (let person = waiting.shift(); person !== undefined; person = waiting.shift()) await checkPerson(url, person)
    }
    await Promise.all([work(), work(), work(), work()])
  }

  it.each([
    ['without confirmation', false],
    ['with confirmation', true],
  ] as const)(
    '%s loses nothing it acknowledged and brings nothing back that it ended (S55, S141)',
    async (_, confirms) => {
      const at = await place(kind, confirms)
      const crowd = createCrowd({ confirms })
      for (const round of [1, 2, 3]) {
        const server = await at.start()
        const known = crowd.people.length
        if (round > 1) await checkPeople(server.url, crowd.people.slice(0, known))
        const pressing = crowd.press(server, workers)
        // A different moment of a different request each time, and never before anybody was answered.
        while (crowd.people.length < known + 5) await pause(5)
        await pause(randomInt(100, 700))
        await server.kill()
        await pressing
        expect(crowd.faults).toEqual([])
        await checkDatabase(at, crowd)
      }
      const server = await at.start()
      await checkPeople(server.url, crowd.people)
      const fresh = await ask(server.url, '/auth/v1/signup', { email: 'after@example.test', password })
      expect(fresh).toMatchObject({ status: 200 })
      await server.kill()
      await checkDatabase(at, crowd)
      expect(crowd.people.length).toBeGreaterThan(15)
    },
    90_000,
  )
})

describe('a server whose PostgreSQL is killed while people sign up', () => {
  const cleanUp: (() => unknown)[] = []
  afterEach(async () => {
    for (const step of cleanUp.splice(0).reverse()) await step()
  })

  it('goes on by itself, and has lost nothing it acknowledged (S140, S141)', async () => {
    const dataDir = await aFolder()
    const postgres = await ownPostgres()
    cleanUp.push(postgres.remove)
    const { url } = await postgres.freshDatabase()
    const env = { WATCHWORD_EMAIL_CONFIRMATION: 'off', WATCHWORD_DATABASE_URL: url }
    const server = await startBuilt({ dataDir, port: await freePort(), env })
    cleanUp.push(server.kill)
    const crowd = createCrowd({ confirms: false })
    const pressing = crowd.press(server, workers)
    for (const _ of [1, 2]) {
      const known = crowd.people.length
      while (crowd.people.length < known + 10) await pause(5)
      await pause(randomInt(50, 300))
      await postgres.stop('immediate')
      await pause(300)
      await postgres.start()
      const back = Date.now()
      while ((await ask(server.url, '/auth/v1/health', undefined, { method: 'GET' }))?.status !== 200) await pause(20)
      const before = crowd.people.length
      while (crowd.people.length < before + 5) {
        if (Date.now() - back > 10_000) throw new Error('nobody could sign up ten seconds after the return')
        await pause(20)
      }
    }
    crowd.stop()
    await pressing
    expect(crowd.faults).toEqual([])
    for (const person of crowd.people.filter(({ state }) => state === 'in'))
      expect(
        await ask(server.url, '/auth/v1/token?grant_type=refresh_token', { refresh_token: person.tokens.at(-1) }),
        person.email,
      ).toMatchObject({ status: 200, body: { user: { id: person.id } } })
    await server.kill()
    const database = openPostgres({ url, schema: 'auth', log: silentLog })
    cleanUp.push(() => database.close())
    expect(await halfThings(database)).toEqual({})
  }, 60_000)
})
