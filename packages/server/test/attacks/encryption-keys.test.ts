import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPostgres } from '#src/storage/postgres.ts'
import { type FreshDatabase, freshDatabase } from '../set-up/postgres.ts'
import { doorNamed } from './wire/doors.ts'
import { dump } from './wire/dump.ts'
import { type LoggedServer, startLoggedServer } from './wire/logged-server.ts'
import { aPerson, freshEmail, goodPassword } from './wire/people.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const keys = { old: randomBytes(32).toString('base64'), next: randomBytes(32).toString('base64') }
let database: FreshDatabase

beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

const secretKey = `wws_${randomBytes(32).toString('base64url')}`
const startWith = (encryptionKey: string): Promise<LoggedServer> =>
  startLoggedServer(
    { publicUrl: 'http://localhost:8787', secrets: { encryptionKey, secretKey } },
    openPostgres({ url: database.url, schema: 'auth', log: silent }),
  )
const keyIdsIn = async (server: LoggedServer) => {
  const rows = (await dump(server.database)).get('signing_keys') ?? ''
  return [...rows.matchAll(/"private_jwk":"\\\\x([0-9a-f]+)"/g)].map(([, hex = '']) => {
    const bytes = Buffer.from(hex, 'hex')
    return bytes.toString('utf8', 2, 2 + (bytes[1] ?? 0))
  })
}

describe('changing the encryption key', () => {
  it('S131 old values read, new ones use the new key, and a missing one is told, never guessed', {
    timeout: 60_000,
  }, async () => {
    const first = await startWith(`k1:${keys.old}`)
    const door = doorNamed('native', first)
    const person = await aPerson(first)
    const held = door.held(await door.signIn(person.email, person.password))
    const renewed = door.held(await door.refresh(held.refresh))
    expect(await keyIdsIn(first)).toEqual(['k1'])
    const invited = freshEmail('mailed')
    await door.signUp(invited, goodPassword)
    const before = await first.inbox.waitFor(invited, 'sign_up')
    await first.close()

    const both = await startWith(`k2:${keys.next},k1:${keys.old}`)
    const later = doorNamed('native', both)
    expect((await later.me(held.access)).status).toBe(200)
    expect(later.isSession(await later.refresh(renewed.refresh))).toBe(true)
    expect(later.isSession(await later.signIn(person.email, person.password))).toBe(true)
    expect((await both.inbox.waitFor(invited, 'sign_up')).code).toBe(before.code)
    await both.core.signingKeys.rotate()
    expect((await keyIdsIn(both)).sort()).toEqual(['k1', 'k2'])
    await both.close()

    const error: unknown = await startWith(`k2:${keys.next}`).then(
      (server) => server.close(),
      (cause: unknown) => cause,
    )
    expect(error).toBeInstanceOf(Error)
    expect((error as Error).message).toContain('"k1"')
    expect((error as Error).message).not.toContain(keys.old)

    // The right name with the wrong bytes opens nothing either.
    const wrong: unknown = await startWith(`k2:${keys.next},k1:${randomBytes(32).toString('base64')}`).then(
      (server) => server.close(),
      (cause: unknown) => cause,
    )
    expect(wrong).toBeInstanceOf(Error)

    const again = await startWith(`k2:${keys.next},k1:${keys.old}`)
    expect((await doorNamed('native', again).me(held.access)).status).toBe(200)
    await again.close()
  })

  it('S131 a key that is none stops the start', async () => {
    for (const key of [
      'short',
      'k1:',
      `k1:${'A'.repeat(20)}`,
      `k1:${keys.old},k1:${keys.next}`,
      Buffer.alloc(32).toString('base64'),
    ]) {
      const error: unknown = await startWith(key).then(
        (server) => server.close(),
        (cause: unknown) => cause,
      )
      expect(error, key.slice(0, 10)).toBeInstanceOf(Error)
      expect((error as Error).message).toMatch(/encryptionKey|ENCRYPTION_KEY/)
      expect((error as Error).message).not.toContain(keys.old)
    }
  })
})
