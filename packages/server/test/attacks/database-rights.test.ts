import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cleanUp } from '#src/flows/system/housekeeping.ts'
import { grantRights } from '#src/storage/grant-rights.ts'
import { migrate } from '#src/storage/migrate.ts'
import { openPostgres } from '#src/storage/postgres.ts'
import { type FreshDatabase, freshDatabase } from '../set-up/postgres.ts'
import { doorNamed } from './wire/doors.ts'
import { type LoggedServer, startLoggedServer } from './wire/logged-server.ts'
import { aPerson, freshEmail, goodPassword } from './wire/people.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const role = `watchword_server_${randomBytes(4).toString('hex')}`
const password = randomBytes(12).toString('hex')
let owned: FreshDatabase
let server: LoggedServer
let url: string

async function asOwner(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: owned.url })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}

beforeAll(async () => {
  owned = await freshDatabase()
  await asOwner(`create role ${role} login password '${password}'`)
  const owner = openPostgres({ url: owned.url, schema: 'auth', log: silent })
  await migrate(owner)
  await grantRights(owner, role)
  await owner.close()
  const address = new URL(owned.url)
  address.username = role
  address.password = password
  url = address.href
  server = await startLoggedServer({}, openPostgres({ url, schema: 'auth', log: silent }))
})
afterAll(async () => {
  await server.close()
  await asOwner(`drop owned by ${role}; drop role ${role}`)
  await owned.drop()
})

describe('a server whose database role may not alter the schema', () => {
  it('S132 does everything a server does', async () => {
    const door = doorNamed('native', server)
    const person = await aPerson(server)
    const held = door.held(await door.signIn(person.email, person.password))
    const renewed = door.held(await door.refresh(held.refresh))
    expect((await door.me(renewed.access)).status).toBe(200)
    const email = freshEmail()
    const begun = await door.signUp(email, goodPassword)
    const { code } = await server.inbox.waitFor(email, 'sign_up')
    expect(door.isSession(await door.confirm(begun, email, code ?? ''))).toBe(true)
    await server.core.signingKeys.rotate()
    await cleanUp(server.core)
    const gone = await door.admin(`/users/${person.id}`, { method: 'DELETE' })
    expect(gone.status, gone.text).toBeLessThan(300)
    const [left] = await server.core.audit.list({ userId: person.id }, { limit: 1 })
    expect(left?.ip ?? null).toBeNull()
    expect(server.lines.filter((line) => line.includes('"level":"error"'))).toEqual([])
  })

  it('S132 cannot migrate, and says who can', async () => {
    const empty = await freshDatabase()
    const address = new URL(url)
    address.pathname = new URL(empty.url).pathname
    const database = openPostgres({ url: address.href, schema: 'auth', log: silent })
    await expect(migrate(database)).rejects.toThrow(
      /may not do that .* Run `watchword migrate` with the address of the/,
    )
    await database.close()
    await empty.drop()
  })

  it('S132 S127 neither alters the schema nor rewrites what happened', async () => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      for (const statement of [
        'create table auth.mine (a int)',
        'create function auth.mine() returns int language sql as $$ select 1 $$',
        'alter table auth.users add column mine text',
        'drop table auth.audit_events',
        'alter table auth.audit_events disable trigger all',
        'drop trigger audit_events_append_only on auth.audit_events',
        'create or replace function auth.audit_is_append_only() returns trigger language plpgsql as $$ begin return new; end $$',
        "update auth.audit_events set action = 'x'",
        "set watchword.forget = 'on'; update auth.audit_events set user_id = null",
        'delete from auth.audit_events',
        'truncate auth.audit_events',
        'truncate auth.users cascade',
        'delete from auth.migrations',
        'drop schema auth cascade',
        "set session_replication_role = 'replica'",
        `alter role ${role} superuser`,
      ]) {
        const error: unknown = await client.query(statement).catch((cause: unknown) => cause)
        expect((error as { code?: string }).code, statement).toBe('42501')
      }
    } finally {
      await client.end()
    }
  })
})
