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
    const google = { WATCHWORD_PROVIDERS_GOOGLE_CLIENT_ID: 'app', WATCHWORD_PROVIDERS_GOOGLE_CLIENT_SECRET: 'x' }
    const plain: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      WATCHWORD_SUPABASE_CONSENT_URL: {},
      WATCHWORD_ALTOGIC_REDIRECT_URL: {},
      WATCHWORD_NHOST_LOGIN_URL: {},
      WATCHWORD_NHOST_URL: { WATCHWORD_NHOST_PORT: '4000' },
      WATCHWORD_PROVIDERS_GOOGLE_URL: google,
      WATCHWORD_PROVIDERS_GOOGLE_REDIRECT_URI: google,
    }
    for (const [name, more] of Object.entries(plain)) {
      const set = { ...production, ...more, [name]: 'http://app.example.test' }
      const { code, text } = await cli(['config', 'check'], set)
      expect(code, `${name}: ${text}`).toBe(1)
      expect(text, name).toContain(name)
      const safe = await cli(['config', 'check'], { ...set, [name]: 'https://app.example.test' })
      expect(safe.code, `${name}: ${safe.text}`).toBe(0)
    }
    // A port of its own has an address of its own.
    const { text: unsaid } = await cli(['config', 'check'], { ...production, WATCHWORD_NHOST_PORT: '4000' })
    expect(unsaid).toContain('WATCHWORD_NHOST_URL')
    const within = {
      ...google,
      WATCHWORD_PROVIDERS_GOOGLE_URL: 'http://10.0.0.7',
      WATCHWORD_OUTBOUND_ALLOW: '10.0.0.7',
    }
    expect((await cli(['config', 'check'], { ...production, ...within })).code).toBe(0)
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

  it('S117 production asks nothing of the machine it is on, whatever network that is written as', async () => {
    const check = (allow: string) => cli(['config', 'check'], { ...production, WATCHWORD_OUTBOUND_ALLOW: allow })
    for (const allow of [
      ...[
        'localhost',
        '127.0.0.1',
        '127.1',
        '2130706433',
        '127.0.0.0/8',
        '127.8.0.0/16',
        '0.0.0.0',
        '0.0.0.0/1',
        '0.0.0.0/0',
      ],
      ...['::1', '[::1]', '::1/128', '::', '::/3', '::/0', '::ffff:127.0.0.1', '10.0.0.0/8,127.0.0.0/30', '64.0.0.0/2'],
    ]) {
      const { code, text } = await check(allow)
      expect(code, `${allow}: ${text}`).toBe(1)
      expect(text, allow).toContain('WATCHWORD_OUTBOUND_ALLOW')
    }
    for (const allow of ['10.0.0.0/8', '192.168.1.7', 'fd00::/8', 'inner.example.test', '128.0.0.0/1'])
      expect((await check(allow)).code, allow).toBe(0)
  })

  it('S134 sessions are picked up at a place that has one meaning, and is none of the browser’s own', async () => {
    const check = (place: string) => cli(['config', 'check'], { ...production, WATCHWORD_ALTOGIC_REDIRECT_URL: place })
    for (const place of [
      'app.example.test/back',
      '/back',
      'javascript:alert(1)',
      'https://a@b.test',
      'https:evil.test',
    ]) {
      const { code, text } = await check(place)
      expect(code, `${place}: ${text}`).toBe(1)
      expect(text, place).toContain('WATCHWORD_ALTOGIC_REDIRECT_URL')
    }
    for (const place of ['https://app.example.test/back?a=1#there', 'myapp://back'])
      expect((await check(place)).code, place).toBe(0)
  })

  it('S72 a tenant that goes by a domain lets in whoever the list names, or the start stops', async () => {
    const azure = {
      WATCHWORD_PROVIDERS_AZURE_CLIENT_ID: 'app',
      WATCHWORD_PROVIDERS_AZURE_CLIENT_SECRET: 'x',
      WATCHWORD_PROVIDERS_AZURE_URL: 'https://login.microsoftonline.com/acme.onmicrosoft.com',
    }
    const { code, text } = await cli(['config', 'check'], { ...production, ...azure })
    expect(code, text).toBe(1)
    expect(text).toContain('WATCHWORD_PROVIDERS_AZURE_URL')
    const tenants = { WATCHWORD_PROVIDERS_AZURE_TENANTS: '11111111-2222-3333-4444-555555555555' }
    expect((await cli(['config', 'check'], { ...production, ...azure, ...tenants })).code).toBe(0)
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
