import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { run } from '#src/cli/run.ts'
import { temporaryFolders } from '../world/folders.ts'
import { type LocalLeaks, startLeaks } from '../world/leaks.ts'
import { startWorld, type World } from '../world/world.ts'
import { type Reply, send } from './tools/reply.ts'
import { aPerson, freshEmail, goodPassword } from './wire/people.ts'

let leaks: LocalLeaks
let world: World
beforeAll(async () => {
  leaks = await startLeaks()
  leaks.leak(leaked)
  world = await startWorld({
    config: {
      outbound: { allow: ['127.0.0.1'] },
      signUp: { emailConfirmation: false },
      password: { breached: { enabled: true, url: leaks.url } },
    },
  })
})
afterAll(async () => {
  await world.close()
  await leaks.close()
})
beforeEach(() => leaks.behave('right'))

const leaked = 'violet otters dance 7 times'

interface Way {
  readonly name: string
  set(password: string): Promise<Reply>
}

const at =
  (base: string) =>
  (method: string, path: string, body: object, token?: string, headers = {}) =>
    send(`${world.url}${base}${path}`, { method, body, token, headers })
const v1 = at('/v1')
const auth = at('/auth/v1')
const nhost = at('/nhost/v1')
const altogic = at('/_api/rest/v1/auth')

async function aSession(): Promise<{ access: string; email: string }> {
  const { email } = await aPerson(world)
  const reply = await v1('POST', '/sign-in/password', { email, password: goodPassword })
  return { access: reply.tokens?.access ?? '', email }
}

const ways: readonly Way[] = [
  { name: 'native sign-up', set: (password) => v1('POST', '/sign-up/password', { email: freshEmail(), password }) },
  {
    name: 'native change',
    set: async (password) =>
      v1('PUT', '/me/password', { password, currentPassword: goodPassword }, (await aSession()).access),
  },
  {
    name: 'native address of a guest',
    set: async (password) => {
      const guest = await v1('POST', '/sign-up/anonymous', {})
      return v1('POST', '/me/email', { email: freshEmail(), password }, guest.tokens?.access)
    },
  },
  {
    name: 'native recovery',
    set: async (password) => {
      const { email } = await aPerson(world)
      const begun = await v1('POST', '/recovery', { email })
      const { code } = await world.inbox.waitFor(email, 'recovery')
      return v1('POST', '/attempts/answer', { attempt: begun.attempt, code, newPassword: password })
    },
  },
  {
    name: 'native administrator',
    set: (password) => v1('POST', '/admin/users', { email: freshEmail(), password }, world.secretKey),
  },
  { name: 'supabase sign-up', set: (password) => auth('POST', '/signup', { email: freshEmail(), password }) },
  {
    name: 'supabase change',
    set: async (password) => auth('PUT', '/user', { password }, (await aSession()).access),
  },
  {
    name: 'supabase administrator',
    set: async (password) => auth('PUT', `/admin/users/${(await aPerson(world)).id}`, { password }, world.secretKey),
  },
  {
    name: 'nhost sign-up',
    set: (password) => nhost('POST', '/signup/email-password', { email: freshEmail(), password }),
  },
  {
    name: 'nhost change',
    set: async (newPassword) => nhost('POST', '/user/password', { newPassword }, (await aSession()).access),
  },
  {
    name: 'altogic sign-up',
    set: (password) =>
      altogic('POST', '/signup-email', { email: freshEmail(), password }, undefined, {
        'x-client-key': world.publishableKey,
      }),
  },
]
const cases = ways.map((way) => [way.name, way] as const)

describe('S3 leaked passwords', () => {
  it.each(cases)('S3 nobody gets one by: %s', async (_, way) => {
    const reply = await way.set(leaked)
    expect(reply.status).toBeGreaterThanOrEqual(400)
    expect(reply.status).toBeLessThan(500)
    expect(reply.text).toMatch(/breached|pwned|password-in-hibp-database|stronger password/)
  })

  it.each(cases)('and another one by: %s', async (_, way) => {
    expect((await way.set('violet otters dance 8 times')).status).toBeLessThan(300)
  })

  it('S3 each dialect says why in its own words', async () => {
    expect((await v1('POST', '/sign-up/password', { email: freshEmail(), password: leaked })).body).toMatchObject({
      code: 'weak_password',
      details: { reasons: ['breached'] },
    })
    expect((await auth('POST', '/signup', { email: freshEmail(), password: leaked })).body).toMatchObject({
      error_code: 'weak_password',
      msg: 'Password is known to be weak and easy to guess, please choose a different one.',
      weak_password: { reasons: ['pwned'] },
    })
    expect((await nhost('POST', '/signup/email-password', { email: freshEmail(), password: leaked })).body).toEqual({
      status: 400,
      error: 'password-in-hibp-database',
      message: 'Password is in HIBP database',
    })
  })

  it('S12 a taken address and a free one are asked about alike', async () => {
    const { email } = await aPerson(world)
    const before = leaks.requests.length
    const taken = await v1('POST', '/sign-up/password', { email, password: leaked })
    const free = await v1('POST', '/sign-up/password', { email: freshEmail(), password: leaked })
    expect([taken.status, taken.code]).toEqual([free.status, free.code])
    expect(leaks.requests.length).toBe(before + 2)
  })

  it('a password that is too easy anyway is not asked about', async () => {
    const before = leaks.requests.length
    await v1('POST', '/sign-up/password', { email: freshEmail(), password: 'password123' })
    await v1('POST', '/sign-up/password', { email: freshEmail(), password: 'x' })
    expect(leaks.requests.length).toBe(before)
  })

  it('whoever has one is told, and gets in', async () => {
    const password = 'amber lynx counts 4 clouds'
    const { email } = await aPerson(world, { password })
    leaks.leak(password)
    const native = await v1('POST', '/sign-in/password', { email, password })
    expect(native.body).toMatchObject({ status: 'complete', weakPassword: ['breached'] })
    const supabase = await auth('POST', '/token?grant_type=password', { email, password })
    expect(supabase.body).toMatchObject({
      weak_password: {
        reasons: ['pwned'],
        message: 'Password is known to be weak and easy to guess, please choose a different one.',
      },
    })
    leaks.behave(500)
    expect((await v1('POST', '/sign-in/password', { email, password })).body).toMatchObject({ weakPassword: null })
  })

  it('S11 a wrong password is not asked about', async () => {
    const { email } = await aPerson(world)
    const before = leaks.requests.length
    await v1('POST', '/sign-in/password', { email, password: leaked })
    await v1('POST', '/sign-in/password', { email: freshEmail(), password: leaked })
    expect(leaks.requests.length).toBe(before)
  })

  it('S3 S140 while the list cannot be asked passwords are taken, and the log says so', async () => {
    for (const as of [503, 'hangs up', 'hangs'] as const) {
      leaks.behave(as)
      expect((await v1('POST', '/sign-up/password', { email: freshEmail(), password: leaked })).status).toBe(200)
    }
    const lines = world.log.filter(({ message }) => message === 'the list of leaked passwords cannot be asked')
    expect(lines.length).toBeGreaterThanOrEqual(3)
    expect(JSON.stringify(world.log)).not.toContain(leaked)
    leaks.behave('right')
    expect((await v1('POST', '/sign-up/password', { email: freshEmail(), password: leaked })).status).toBe(422)
  })
})

describe('S140 where the list must be asked', () => {
  it('S140 nobody gets a password that nobody has judged', async () => {
    const closed = await startWorld({
      config: {
        outbound: { allow: ['127.0.0.1'] },
        password: { breached: { enabled: true, url: leaks.url, whenDown: 'refuse' } },
      },
    })
    leaks.behave(503)
    const body = { email: freshEmail(), password: goodPassword }
    const reply = await send(`${closed.url}/v1/sign-up/password`, { body })
    expect([reply.status, reply.code, Number(reply.headers.get('retry-after')) > 0]).toEqual([503, 'unavailable', true])
    expect((await send(`${closed.url}/auth/v1/signup`, { body })).status).toBe(503)
    leaks.behave('right')
    expect((await send(`${closed.url}/v1/sign-up/password`, { body })).status).toBe(200)
    await closed.close()
  })
})

describe('a list in a file', () => {
  const aFolder = temporaryFolders()

  it('is made by a command, and asks nobody', async () => {
    const folder = await aFolder()
    const hashes = [leaked, 'another leaked one'].map((one) => `${createHash('sha1').update(one).digest('hex')}:3`)
    await writeFile(join(folder, 'hashes.txt'), `${hashes.join('\r\n')}\r\nnot a hash\r\n`)
    const lines: string[] = []
    const terminal = {
      out: (line: string) => void lines.push(line),
      err: (line: string) => void lines.push(`! ${line}`),
      readInput: async () => '',
      env: {},
      cwd: folder,
      hasColours: false,
    }
    const command = ['passwords', 'filter', 'hashes.txt', '--out', 'leaked.filter', '--false-positives', '0.0001']
    expect(await run(command, terminal)).toBe(0)
    expect(lines).toEqual(['leaked.filter: 2 passwords in 37 bytes.', '! 1 lines hold no hash and were left out.'])
    const own = await startWorld({
      config: { password: { breached: { enabled: true, file: join(folder, 'leaked.filter') } } },
    })
    const before = leaks.requests.length
    const refused = await send(`${own.url}/v1/sign-up/password`, { body: { email: freshEmail(), password: leaked } })
    expect(refused.body).toMatchObject({ details: { reasons: ['breached'] } })
    const taken = await send(`${own.url}/v1/sign-up/password`, {
      body: { email: freshEmail(), password: goodPassword },
    })
    expect([taken.status, leaks.requests.length]).toEqual([200, before])
    await own.close()
  })

  it('S134 that cannot be used stops the start', async () => {
    const file = join(tmpdir(), 'there-is-no-such.filter')
    await expect(startWorld({ config: { password: { breached: { enabled: true, file } } } })).rejects.toThrow(
      'password.breached.file',
    )
  })

  it('says what is wrong with the command', async () => {
    const said: string[] = []
    const terminal = {
      out: () => {},
      err: (line: string) => void said.push(line),
      readInput: async () => '',
      env: {},
      cwd: tmpdir(),
      hasColours: false,
    }
    expect(await run(['passwords', 'filter'], terminal)).toBe(2)
    expect(await run(['passwords', 'filter', 'there-is-none.txt'], terminal)).toBe(1)
    expect(await run(['passwords', 'filter', 'x', '--false-positives', '2'], terminal)).not.toBe(0)
    expect(said).toHaveLength(3)
  })
})
