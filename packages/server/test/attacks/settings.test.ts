import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { run } from '#src/cli/run.ts'
import { temporaryFolders } from '../world/folders.ts'
import { startWorld } from '../world/world.ts'
import { routesOf } from './wire/routes.ts'
import { send } from './wire/send.ts'

const secrets = {
  WATCHWORD_SECRET_KEY: 'wws_Zk3vQ8mN1xR5tY7uB2cD4eF6gH9jKlMnPqStVwXyZ01',
  WATCHWORD_JWT_SECRET: 'q8Zr3LxV0nTbY6wKdGm2Pf9JsHcUa5EiRt7Y',
  WATCHWORD_ENCRYPTION_KEY: 'k1:pX3Vq9yL0nTbY6wKdGm2Pf9JsHcUa5EiRt7YuIoPaS0=',
  WATCHWORD_SMTP_URL: 'smtps://mailer:Sm7p-Passw0rd-x@smtp.example.test',
  WATCHWORD_DATABASE_URL: 'postgres://auth:Db-Passw0rd-y@db.example.test/auth',
  WATCHWORD_METRICS_TOKEN: 'M3tr1csT0ken9fKq2LxV8nTbY6wKdGm2Pf9J',
}
const marks = ['Zk3vQ8mN1xR5', 'q8Zr3LxV0nTb', 'pX3Vq9yL0nTb', 'Sm7p-Passw0rd-x', 'Db-Passw0rd-y', 'M3tr1csT0ken9']
const production = {
  WATCHWORD_ENV: 'production',
  WATCHWORD_PUBLIC_URL: 'https://auth.example.test',
  WATCHWORD_PUBLISHABLE_KEY: 'wwp_Ak3vQ8mN1xR5tY7uB2cD4eF6gH9jKlMnPqStVwXyZ02',
  ...secrets,
}
const aFolder = temporaryFolders()
let folder: string

beforeAll(async () => {
  folder = await aFolder()
})

async function cli(argv: readonly string[], env: Readonly<Record<string, string | undefined>>) {
  const lines: string[] = []
  const write = (line: string) => void lines.push(line)
  const code = await run(argv, {
    out: write,
    err: write,
    readInput: async () => '',
    env,
    cwd: folder,
    hasColours: false,
  })
  return { code, text: lines.join('\n') }
}

describe('settings', () => {
  it('S134 secrets are masked wherever the configuration is shown', async () => {
    for (const argv of [
      ['config', 'print', '--all'],
      ['config', 'print', '--json'],
      ['config', 'check'],
      ['config', 'check', '--json'],
    ]) {
      const { code, text } = await cli(argv, production)
      expect(code, text).toBe(0)
      for (const mark of marks) expect(text.includes(mark), `${argv.join(' ')} shows ${mark}`).toBe(false)
    }
  })

  it('S134 nor does a refusal to start show them', async () => {
    for (const [name, value] of Object.entries(secrets)) {
      const broken = {
        ...production,
        [name]: `${value.slice(0, 20)} \u0007 broken`,
        WATCHWORD_PORT: 'x',
        WATCHWORD_NONSENSE: 'x',
      }
      const { code, text } = await cli(['config', 'check'], broken)
      expect(code, name).toBe(1)
      expect(text).toContain('WATCHWORD_PORT')
      for (const mark of [...marks, value.slice(0, 20)])
        expect(text.includes(mark), `${name} broken shows ${mark}: ${text}`).toBe(false)
    }
  })

  it('S134 unknown, contradictory and loose settings stop the start, each by its name', async () => {
    const refused: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      WATCHWORD_NONSENSE: { WATCHWORD_NONSENSE: 'x' },
      WATCHWORD_PASSWORD_MIN: { WATCHWORD_PASSWORD_MIN: '5' },
      WATCHWORD_CODES_LENGTH: { WATCHWORD_CODES_LENGTH: '4' },
      WATCHWORD_CODES_TRIES: { WATCHWORD_CODES_TRIES: '50' },
      WATCHWORD_SESSIONS_GRACE: { WATCHWORD_SESSIONS_GRACE: '61s' },
      WATCHWORD_SESSIONS_IDLE: { WATCHWORD_SESSIONS_IDLE: '20d', WATCHWORD_SESSIONS_ABSOLUTE: '10d' },
      WATCHWORD_TOKENS_ACCESS_SECONDS: { WATCHWORD_TOKENS_ACCESS_SECONDS: '2d' },
      WATCHWORD_TOKENS_SKEW: { WATCHWORD_TOKENS_SKEW: '10m' },
      WATCHWORD_LINKS_RECOVERY: { WATCHWORD_LINKS_RECOVERY: '2d' },
      WATCHWORD_METADATA_BYTES: { WATCHWORD_METADATA_BYTES: '1000000' },
    }
    for (const [name, change] of Object.entries(refused)) {
      const { code, text } = await cli(['config', 'check'], { ...production, ...change })
      expect(code, `${name}: ${text}`).toBe(1)
      expect(text, name).toContain(name)
    }
  })

  it('S134 production has no http, no open redirects, no inbox, no limits switched off', async () => {
    const refused: Readonly<Record<string, string>> = {
      WATCHWORD_PUBLIC_URL: 'http://auth.example.test',
      WATCHWORD_SITE_URL: 'http://app.example.test',
      WATCHWORD_REDIRECT_URLS: '*',
      WATCHWORD_CORS_ORIGINS: 'http://app.example.test',
      WATCHWORD_RATE_LIMITS: 'off',
      WATCHWORD_INBOX: 'true',
      WATCHWORD_TRUSTED_PROXIES: '0.0.0.0/0',
    }
    for (const [name, value] of Object.entries(refused)) {
      const { code, text } = await cli(['config', 'check'], { ...production, [name]: value })
      expect(code, `${name}: ${text}`).toBe(1)
      expect(text, name).toContain(name)
    }
    for (const pattern of [
      'https://*',
      'https://**',
      'http://app.example.test/cb',
      '**',
      'https://*/cb',
      'https://*.test/**',
    ]) {
      const { code, text } = await cli(['config', 'check'], { ...production, WATCHWORD_REDIRECT_URLS: pattern })
      expect(code, `${pattern}: ${text}`).toBe(1)
    }
    expect((await cli(['config', 'check'], production)).code).toBe(0)
  })

  it('S134 a file with a mistake stops the start too, and no keys are left behind', async () => {
    const file = join(folder, 'watchword.config.json')
    await writeFile(file, JSON.stringify({ sessions: { graec: 10 }, debug: true }))
    const { code, text } = await cli(['config', 'check'], {})
    await rm(file)
    expect(code).toBe(1)
    expect(text).toMatch(/graec/)
    expect(await readdir(folder)).toEqual([])
  })

  it('S134 S107 production opens no development route', async () => {
    const world = await startWorld({
      config: {
        environment: 'production',
        publicUrl: 'https://auth.example.test',
        limits: { enabled: true },
        secrets: {
          secretKey: secrets.WATCHWORD_SECRET_KEY,
          publishableKey: production.WATCHWORD_PUBLISHABLE_KEY,
          encryptionKey: secrets.WATCHWORD_ENCRYPTION_KEY,
        },
      },
    })
    try {
      for (const path of [
        '/inbox',
        '/inbox/messages',
        '/v1/dev/inbox',
        '/v1/dev/clock',
        '/v1/dev/reset',
        '/debug',
        '/metrics',
      ])
        for (const bearer of [undefined, world.secretKey])
          expect((await send(world.url + path, { bearer })).status, path).toBe(404)
      expect((await routesOf(world)).filter(({ path }) => path.includes('/dev/')).length).toBeLessThanOrEqual(2)
      const begun = await send(`${world.url}/v1/sign-in/code`, { json: { email: 'someone@example.test' } })
      expect(begun.text).not.toMatch(/"code":"\d{6}"|hint/)
      for (const path of ['/health', '/ready', '/v1/settings', '/auth/v1/settings', '/auth/v1/health']) {
        const { text } = await send(world.url + path)
        for (const mark of marks) expect(text.includes(mark), path).toBe(false)
      }
    } finally {
      await world.close()
    }
  })
})
