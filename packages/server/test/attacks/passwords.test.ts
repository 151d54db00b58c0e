import { pbkdf2Sync, scryptSync } from 'node:crypto'
import { hashSync as argon2 } from '@node-rs/argon2'
import { hashSync as bcrypt } from '@node-rs/bcrypt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '#src/storage/sql.ts'
import { startWorld, type World } from '../world/world.ts'
import { type Door, doorNames, doorsOf } from './tools/door.ts'
import { aFreshAddress, aMember, goodPassword, tokensOf } from './tools/people.ts'
import { outcome } from './tools/reply.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

async function storedHash(email: string): Promise<string | null> {
  const [row] = await world.database.query<{ hash: string | null }>(
    sql`select password_hash as hash from auth.users where email = ${email}`,
  )
  return row?.hash ?? null
}

const phc = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/
const bare = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '')
const salt = Buffer.from('0123456789abcdef')

describe.each(doorNames)('passwords through %s', (name) => {
  let door: Door
  beforeAll(() => {
    door = doorsOf(world)[name]
  })

  it('S1 two accounts with one password are stored as two salted argon2id hashes above the floor', async () => {
    const [one, other] = [await aMember(world, door), await aMember(world, door)]
    const hashes = [await storedHash(one.email), await storedHash(other.email)]
    expect(hashes[0]).not.toBe(hashes[1])
    for (const hash of hashes) {
      const [, memory, passes, lanes, saltText = ''] = phc.exec(hash ?? '') ?? []
      expect(Number(memory)).toBeGreaterThanOrEqual(19_456)
      expect(Number(passes)).toBeGreaterThanOrEqual(2)
      expect(Number(lanes)).toBe(1)
      expect(Buffer.from(saltText, 'base64').length).toBeGreaterThanOrEqual(16)
    }
  })

  it('S2 nothing but the whole password opens the account', async () => {
    const password = `${'otter river stone '.repeat(4)}Birch+89`
    expect(Buffer.byteLength(password)).toBe(80)
    const { email } = await aMember(world, door, { password })
    const others = [
      password.slice(0, 72),
      `${password.slice(0, 72)}XXXXXXXX`,
      `${password} `,
      ` ${password}`,
      password.toUpperCase(),
      password.slice(0, 79),
    ]
    for (const other of others) expect(outcome(await door.signIn(email, other))).toBe('400 invalid_credentials')
    expect((await door.signIn(email, password)).status).toBe(200)
  })

  it('S2 a zero byte ends no password', async () => {
    const email = aFreshAddress()
    const begun = await door.signUp({ email, password: 'abcdefgh\u0000ijkl' })
    // Text with a zero byte is refused before it can be stored.
    expect(begun.status).toBe(400)
    expect(await storedHash(email)).toBeNull()
  })

  it('S2 an imported bcrypt hash opens for its 72 bytes alone', async () => {
    const password = `${'a'.repeat(71)}z`
    const email = aFreshAddress('bcrypt')
    const made = await door.admin.create({ email, passwordHash: bcrypt(password, { cost: 4 }), confirmed: true })
    expect(made.status, made.text).toBeLessThan(300)
    expect(outcome(await door.signIn(email, `${password}b`))).toBe('400 invalid_credentials')
    expect(outcome(await door.signIn(email, `${password}\u0000`))).toMatch(/^400 /)
    expect((await door.signIn(email, password)).status).toBe(200)
  })

  it('S3 known-bad passwords are refused with reasons a program can read', async () => {
    const email = `ottilie-quartz-${crypto.randomUUID().slice(0, 8)}@example.test`
    const bad = ['password123', 'qwertyuiop', email, email.slice(0, email.indexOf('@')), 'watchword1', 'seven', '']
    for (const password of [...bad, 'Quartz Otterley', 'quartzotterley99']) {
      const refused = await door.signUp({ email, password, name: 'Quartz Otterley' })
      expect(refused.status, password).toBe(password === '' ? refused.status : 422)
      if (password === '') expect([400, 422]).toContain(refused.status)
      else expect(refused.code).toBe('weak_password')
      if (password !== '') expect(refused.text).toMatch(/"reasons":\["/)
    }
    expect(await storedHash(email)).toBeNull()
  })

  it.each([
    ['words with spaces', 'harbour lantern velvet compass orchard '.repeat(5).trim()],
    ['64 emoji', '🦦'.repeat(64)],
    ['a passphrase in lower case', 'quiet otters cross seven rivers'],
    ['256 characters', 'tin '.repeat(64)],
  ])('S3 %s are accepted', async (_, password) => {
    const { email } = await aMember(world, door, { password })
    expect((await door.signIn(email, password)).status).toBe(200)
  })

  it('S3 more than 256 characters are refused as input, and hashed for nobody', async () => {
    const email = aFreshAddress()
    expect(outcome(await door.signUp({ email, password: 'o'.repeat(257) }))).toBe('400 validation_failed')
    expect(await storedHash(email)).toBeNull()
  })

  it('S4 composed and decomposed spellings are one password, and nothing else is folded', async () => {
    const { email } = await aMember(world, door, { password: 'caf\u00e9 au lait' })
    expect((await door.signIn(email, 'cafe\u0301 au lait')).status).toBe(200)
    for (const other of ['CAF\u00c9 AU LAIT', ' caf\u00e9 au lait', 'cafe au lait', 'caf\u00e9  au lait'])
      expect(outcome(await door.signIn(email, other))).toBe('400 invalid_credentials')
  })

  it.each([
    ['bcrypt', (password: string) => bcrypt(password, { cost: 4 })],
    [
      'PBKDF2',
      (password: string) =>
        `$pbkdf2-sha256$i=1000,l=32$${bare(salt)}$${bare(pbkdf2Sync(password, salt, 1000, 32, 'sha256'))}`,
    ],
    [
      'scrypt',
      (password: string) =>
        `$scrypt$ln=10,r=8,p=1$${bare(salt)}$${bare(scryptSync(password, salt, 32, { N: 1024, r: 8, p: 1 }))}`,
    ],
    ['weak argon2id', (password: string) => argon2(password, { memoryCost: 1024, timeCost: 1, parallelism: 1 })],
  ])('S8 an imported %s hash is replaced by success alone, once', async (_, hashOf) => {
    const email = aFreshAddress('imported')
    const imported = hashOf(goodPassword)
    const made = await doorsOf(world).native.admin.create({ email, passwordHash: imported, confirmed: true })
    expect(made.status, made.text).toBe(201)
    expect(outcome(await door.signIn(email, `${goodPassword}!`))).toBe('400 invalid_credentials')
    expect(await storedHash(email)).toBe(imported)
    const both = await Promise.all([door.signIn(email, goodPassword), door.signIn(email, goodPassword)])
    expect(both.map(outcome)).toEqual(['200', '200'])
    const after = await storedHash(email)
    expect(after).toMatch(phc)
    expect((await door.signIn(email, goodPassword)).status).toBe(200)
    expect(await storedHash(email)).toBe(after)
  })

  it('S9 a stale session cannot change the password without the current one', async () => {
    const member = await aMember(world, door)
    world.clock.move(11 * 60)
    const next = 'nine loud herons'
    const stale = await door.changePassword(member.tokens.access, next)
    expect(stale.code).toBe('reauthentication_needed')
    expect([400, 401]).toContain(stale.status)
    const refreshed = tokensOf(await door.refresh(member.tokens.refresh))
    expect((await door.changePassword(refreshed.access, next)).code).toBe('reauthentication_needed')
    expect(outcome(await door.changePassword(refreshed.access, next, 'not the password'))).toBe(
      '400 current_password_invalid',
    )
    expect((await door.signIn(member.email, member.password)).status).toBe(200)
  })

  it('S9 the right proof changes it, ends the other sessions and tells the owner', async () => {
    const member = await aMember(world, door)
    const other = tokensOf(await door.signIn(member.email, member.password))
    world.clock.move(11 * 60)
    const { access } = member.tokens
    expect(outcome(await door.changePassword(access, member.password, member.password))).toBe('422 same_password')
    const changed = await door.changePassword(access, 'nine loud herons', member.password)
    expect(changed.status, changed.text).toBe(200)
    expect((await door.me(other.access)).status).toBeGreaterThanOrEqual(400)
    expect((await door.refresh(other.refresh)).status).toBe(400)
    expect((await door.me(access)).status).toBe(200)
    expect(outcome(await door.signIn(member.email, member.password))).toBe('400 invalid_credentials')
    const notice = await world.inbox.waitFor(member.email, 'password_changed')
    expect(notice.text).not.toContain('nine loud herons')
    expect(notice.code).toBeNull()
  })
})

describe('imports', () => {
  it.each([
    ['argon2id with 4 GiB', `$argon2id$v=19$m=4194304,t=2,p=1$${bare(salt)}$${bare(Buffer.alloc(32, 7))}`],
    ['bcrypt with cost 20', `$2b$20$${'a'.repeat(53)}`],
    ['scrypt with N = 2^22', `$scrypt$ln=22,r=8,p=1$${bare(salt)}$${bare(Buffer.alloc(32, 7))}`],
    ['PBKDF2 with 10^9 rounds', `$pbkdf2-sha256$i=1000000000,l=32$${bare(salt)}$${bare(Buffer.alloc(32, 7))}`],
  ])('S5 %s is refused and never computed', async (_, passwordHash) => {
    for (const name of doorNames) {
      const email = aFreshAddress('costly')
      const began = Date.now()
      const refused = await doorsOf(world)[name].admin.create({ email, passwordHash, confirmed: true })
      expect(refused.status, refused.text).toBe(422)
      // What it would take to compute is minutes.
      expect(Date.now() - began).toBeLessThan(20_000)
      expect(await storedHash(email)).toBeNull()
    }
  })
})
