import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolders } from '../../test/world/folders.ts'
import { readEncryptionKeys } from '../config/encryption-keys.ts'
import { loadConfig } from '../config.ts'
import { allCommands, run } from './run.ts'

const mark = 'wws_MARKEDm8ZpX1cYf6RbN0hJ9sLwE5uGaD2iOqVxC7tMrP'

const aFolder = temporaryFolders()

async function typed(line: string, env: Record<string, string> = {}, input = '') {
  const cwd = await aFolder()
  const out: string[] = []
  const err: string[] = []
  const terminal = { out: (text: string) => void out.push(text), err: (text: string) => void err.push(text) }
  const argv = line.split(' ').filter((word) => word !== '')
  const code = await run(argv, { ...terminal, readInput: async () => input, env, cwd, hasColours: false })
  return { code, out: out.join('\n'), err: err.join('\n'), cwd }
}

describe('the command line', () => {
  it('lists every command in its help', async () => {
    const { code, out } = await typed('--help')
    expect(code).toBe(0)
    for (const { words, summary } of allCommands()) {
      expect(out).toContain(words.join(' '))
      expect(out).toContain(summary)
    }
  })

  it('explains one command with its flags', async () => {
    const { code, out } = await typed('start --help')
    expect(code).toBe(0)
    for (const flag of [
      '--port',
      '--host',
      '--database-url',
      '--data-dir',
      '--public-url',
      '--workers',
      '--production',
    ]) {
      expect(out).toContain(flag)
    }
  })

  it('shows of a command on the database where that is, and not what is for a server', async () => {
    const { out } = await typed('keys list --help')
    expect(out).toContain('--database-url')
    expect(out).not.toMatch(/--(port|workers|smtp-url|json-logs)/)
    expect(out).toContain('The other flags of `watchword start` are taken as well.')
    expect((await typed('keys generate --help')).out).not.toContain('watchword start')
  })

  it('says where nothing can be kept, and stops', async () => {
    const folders = [join(import.meta.filename, 'below'), ...(process.platform === 'linux' ? ['/proc/watchword'] : [])]
    for (const folder of folders) {
      const { code, err } = await typed(`start --port 0 --data-dir ${folder}`)
      expect([code, err]).toEqual([1, expect.stringContaining(`dataDir names ${folder}, `)])
    }
  })

  it('shows a group’s commands when only the group is named', async () => {
    const { code, out } = await typed('config')
    expect(code).toBe(0)
    expect(out).toContain('config check')
    expect(out).not.toContain('migrate')
  })

  it('tells its version', async () => {
    expect(await typed('--version')).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+/) })
  })

  it.each([
    ['strat', 'There is no command `strat`. Did you mean start? `watchword --help` tells more.'],
    ['config chekc', 'There is no command `config chekc`. Did you mean config check?'],
    ['migrate --dry-rum', 'has no flag --dry-rum. Did you mean --dry-run?'],
    ['start --port', '--port needs a value.'],
    ['start --production=yes', '--production takes no value.'],
    ['migrate now', 'does not take `now`. `watchword migrate --help` tells more.'],
  ])('answers `%s` with a hint and exit code 2', async (line, sentence) => {
    const { code, err, out } = await typed(line)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(sentence)
  })
})

describe('config check', () => {
  it('is content with nothing set, and leaves nothing behind', async () => {
    const { code, out, cwd } = await typed('config check')
    expect([code, out]).toEqual([0, 'The configuration for development is right.'])
    await expect(stat(join(cwd, '.watchword'))).rejects.toThrow()
  })

  it('names every mistake and fails, without a secret’s value', async () => {
    const env = { WATCHWORD_SECRET_KEY: 'MARKED', WATCHWORD_PORTT: '1' }
    const { code, err } = await typed('config check --workers many', env)
    expect(code).toBe(1)
    expect(err).toContain('There are 3 mistakes in the configuration:')
    for (const name of ['WATCHWORD_SECRET_KEY', 'WATCHWORD_PORTT', '--workers']) expect(err).toContain(name)
    expect(err).not.toContain('MARKED')
  })

  it('answers as JSON when asked', async () => {
    const { code, out } = await typed('config check --json --port x')
    expect(code).toBe(1)
    expect(JSON.parse(out)).toEqual({
      ok: false,
      mistakes: [{ setting: '--port', problem: 'must be a whole number from 0 to 65535 (it is "x").' }],
    })
  })
})

describe('config print', () => {
  it('shows what was set and where, and masks secrets', async () => {
    const env = { WATCHWORD_SECRET_KEY: mark, WATCHWORD_DATABASE_URL: `postgres://app:${mark}@db.test/auth` }
    for (const flags of ['', '--all', '--json']) {
      const { code, out } = await typed(`config print ${flags}`, env)
      expect(code).toBe(0)
      expect(out).not.toContain('MARKED')
      expect(out).toContain(`set (${mark.length} characters)`)
      expect(out).toContain('postgres://•••@db.test/auth')
    }
  })
})

describe('keys generate', () => {
  it('prints keys that production accepts, other ones each time', async () => {
    const { out, cwd } = await typed('keys generate --json')
    const env = JSON.parse(out) as Record<string, string>
    const more = { WATCHWORD_ENV: 'production', WATCHWORD_PUBLIC_URL: 'https://auth.example.test' }
    await expect(loadConfig({ cwd, env: { ...env, ...more } })).resolves.toMatchObject({ deployment: { inbox: false } })
    expect(readEncryptionKeys(env['WATCHWORD_ENCRYPTION_KEY'] ?? '')).toHaveProperty('keys')
    expect((await typed('keys generate --json')).out).not.toBe(out)
  })
})
