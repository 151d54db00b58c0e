import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolders } from '../../test/world/folders.ts'
import { run } from './run.ts'

const aFolder = temporaryFolders()
const place = { cwd: '' }

/** Every command opens the embedded database of one folder, as an operator's would. */
async function typed(line: string, input = '') {
  const out: string[] = []
  const err: string[] = []
  const code = await run(line.split(' '), {
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    readInput: async () => input,
    env: {},
    cwd: place.cwd,
    hasColours: false,
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

const json = async (line: string, input?: string) => JSON.parse((await typed(`${line} --json`, input)).out)

describe('commands on a database', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    place.cwd = await aFolder()
    expect(await json('migrate --dry-run')).toHaveProperty('missing')
    expect((await json('migrate')).applied).not.toEqual([])
  }, 60_000)

  it('migrate once, and say so the second time', async () => {
    expect(await typed('migrate')).toMatchObject({ code: 0, out: 'The database is up to date.' })
  })

  it('make a user with a password from standard input, list and export it without its hash', async () => {
    const made = await json('users create --email Anna@Example.test --password-stdin', 'copper kettle rides\n')
    expect(made).toMatchObject({ email: 'anna@example.test', hasPassword: true })
    expect(made.emailConfirmedAt).not.toBeNull()
    expect((await typed('users list --q anna')).out).toMatch(new RegExp(`${made.id}  anna@example.test  active`))
    const lines = (await typed('users export')).out
    expect(JSON.parse(lines)).toMatchObject({ id: made.id, email: 'anna@example.test', emailConfirmed: true })
    expect(lines).not.toContain('argon2')
    expect((await typed('users export --with-hashes')).out).toContain('$argon2id$')
  })

  it('refuse a weak password, a taken address and no address at all', async () => {
    expect(await typed('users create --email b@example.test --password 12345678')).toMatchObject({
      code: 1,
      err: expect.stringContaining('weak_password'),
    })
    await typed('users create --email twice@example.test')
    expect(await typed('users create --email twice@example.test')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/\(email\) \[user_already_exists\]/),
    })
    expect(await typed('users create --name Nobody')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--email'),
    })
  })

  it('import what is right, skip what is known, and name what is wrong without repeating it', async () => {
    const hash = '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'
    const lines = [
      {
        email: 'carl@example.test',
        passwordHash: hash,
        emailConfirmed: true,
        metadata: { plan: 'pro' },
        roles: ['user', 'me'],
      },
      { email: 'carl@example.test' },
      { email: 'MARKED not an address' },
      { email: 'd@example.test', passwordHash: 'MARKED' },
      { mail: 'MARKED' },
    ]
    const text = `${lines.map((line) => JSON.stringify(line)).join('\n')}\n\n{MARKED\n`
    await writeFile(join(place.cwd, 'users.ndjson'), text)
    const dry = await typed('users import users.ndjson --dry-run')
    expect([dry.code, dry.out]).toEqual([1, '2 could be imported, 0 known already, 4 failed.'])
    const { code, out, err } = await typed('users import users.ndjson')
    expect(dry.err).toBe(err)
    expect([code, out]).toEqual([1, '1 imported, 1 known already, 4 failed.'])
    expect(err.split('\n').map((line) => line.slice(0, 7))).toEqual(['Line 3:', 'Line 4:', 'Line 5:', 'Line 7:'])
    expect(err).not.toContain('MARKED')
    expect((await typed('users export --with-hashes')).out).toContain(hash)
  })

  it('make an API key that is shown once, list it and end it', async () => {
    const made = await json('keys create --kind secret --name deploy --scopes users:read --expires-in 90d')
    expect(made).toMatchObject({ key: expect.stringMatching(/^wws_[\w-]{43}$/), scopes: ['users:read'] })
    const listed = await typed('keys list')
    expect(listed.out).toMatch(new RegExp(`${made.id}  secret  deploy .* users:read  living`))
    expect(listed.out).not.toContain(made.key)
    expect(await typed(`keys revoke ${made.id}`)).toMatchObject({ code: 0 })
    expect((await typed('keys list')).out).toContain('revoked')
    expect(await typed(`keys revoke ${made.id}`)).toMatchObject({
      code: 1,
      err: expect.stringContaining('no living key'),
    })
  })

  it('rotate the key that signs tokens', async () => {
    const made = await json('keys rotate')
    expect((await json('keys list')).signingKeys).toContainEqual(expect.objectContaining({ kid: made.kid }))
  })

  it.each([
    ['keys create --name x', '--kind must be'],
    ['keys create --kind secret', '--name is needed'],
    ['keys create --kind secret --name x --scopes root', '--scopes has no root'],
    ['keys create --kind secret --name x --expires-in soon', '--expires-in must be a duration'],
    ['keys revoke', 'needs the id'],
    ['keys rotate --algorithm none', '--algorithm must be'],
    ['users list --limit 0', '--limit must be'],
    ['users import', 'needs a file'],
  ])('answer `%s` with exit code 2', async (line, sentence) => {
    expect(await typed(line)).toMatchObject({ code: 2, out: '', err: expect.stringContaining(sentence) })
  })
})
