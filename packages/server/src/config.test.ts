import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolders } from '../test/world/folders.ts'
import { ConfigError } from './config/mistake.ts'
import { type ConfigSources, loadConfig } from './config.ts'

const folder = temporaryFolders()
const secret = 'wws_kT3vQm8ZpX1cYf6RbN0hJ9sLwE5uGaD2iOqVxC7tMrP'
const goodKey = 'q83Lw0xkz4m5n6p7v8s9t0uAvBwCxDyEzF0G1H2J3K4='
const production = {
  WATCHWORD_ENV: 'production',
  WATCHWORD_PUBLIC_URL: 'https://auth.example.test',
  WATCHWORD_PUBLISHABLE_KEY: 'wwp_oJ8sVq2XcB5nM1kL7hG4fD9aS3wE6rT0yU8iP2zQ5xC',
  WATCHWORD_SECRET_KEY: secret,
  WATCHWORD_ENCRYPTION_KEY: goodKey,
  WATCHWORD_DATABASE_URL: 'postgres://app:hunter2@db.example.test/auth?sslmode=verify-full',
  WATCHWORD_SMTP_URL: 'smtps://user:hunter3@mail.example.test',
}

async function load(from: Partial<ConfigSources> = {}) {
  return loadConfig({ cwd: from.cwd ?? (await folder()), keys: 'pretend', ...from })
}

async function mistakesOf(from: Partial<ConfigSources>): Promise<Record<string, string>> {
  const error = await load(from).catch((thrown: unknown) => thrown)
  if (!(error instanceof ConfigError)) throw new Error(`expected mistakes, got ${String(error)}`)
  return Object.fromEntries(error.mistakes.map(({ setting, problem }) => [setting, problem]))
}

describe('loadConfig', () => {
  it('starts a developer with nothing set', async () => {
    const cwd = await folder()
    const { settings, deployment, warnings } = await load({ cwd })
    expect(settings).toMatchObject({
      environment: 'development',
      publicUrl: 'http://localhost:8787',
      siteUrl: 'http://localhost:8787',
      tokens: { issuer: 'http://localhost:8787/auth/v1', algorithm: 'ES256' },
      sessions: { idle: 2_592_000 },
    })
    expect(deployment).toMatchObject({
      host: '127.0.0.1',
      port: 8787,
      database: { kind: 'embedded', folder: join(cwd, '.watchword/database') },
      inbox: true,
      mail: { from: '"Watchword" <no-reply@localhost>' },
    })
    expect(warnings).toEqual([])
  })

  it('lets flags win over the environment, and the environment over the file', async () => {
    const cwd = await folder()
    await writeFile(join(cwd, 'watchword.config.json'), '{"port": 1001, "host": "127.0.0.2", "name": "Filed"}')
    const env = { WATCHWORD_PORT: '1002', WATCHWORD_HOST: '127.0.0.3', PORT: '1009' }
    const { settings, deployment, sources } = await load({ cwd, env, flags: { port: '1003' } })
    expect([settings.name, deployment.host, deployment.port]).toEqual(['Filed', '127.0.0.3', 1003])
    expect(['name', 'host', 'port', 'workers'].map((path) => sources.get(path))).toEqual([
      'file',
      'environment',
      'flag',
      undefined,
    ])
    expect(settings.publicUrl).toBe('http://localhost:1003')
  })

  it('takes PORT, DATABASE_URL and NODE_ENV as hosting services set them', async () => {
    const { WATCHWORD_ENV: _env, WATCHWORD_DATABASE_URL: url, ...rest } = production
    const { settings, deployment } = await load({
      env: { ...rest, NODE_ENV: 'production', PORT: '80', DATABASE_URL: url },
    })
    expect(settings.environment).toBe('production')
    expect(deployment).toMatchObject({ port: 80, database: { kind: 'postgres', url } })
  })

  it('reads a module as configuration, and says so when there are two files', async () => {
    const cwd = await folder()
    await writeFile(join(cwd, 'watchword.config.mjs'), 'export default { sessions: { absolute: "24h" } }')
    const { settings } = await load({ cwd })
    expect(settings.sessions).toMatchObject({ absolute: 86_400, idle: 86_400 })
    await writeFile(join(cwd, 'watchword.config.json'), '{}')
    expect(await mistakesOf({ cwd })).toEqual({
      'watchword.config.mjs and watchword.config.json': 'stand side by side; keep one of them.',
    })
  })

  it('reads durations, sizes, lists, rates and toggles from text', async () => {
    const env = {
      WATCHWORD_CODES_SECONDS: '5m',
      WATCHWORD_SESSIONS_ABSOLUTE: '1d12h',
      WATCHWORD_HTTP_BODY_BYTES: '64KiB',
      WATCHWORD_HTTP_HEADER_MS: '5s',
      WATCHWORD_REDIRECT_URLS: 'https://a.test/**, myapp://callback',
      WATCHWORD_RATE_LIMIT_SIGN_UP: '5/1h',
      WATCHWORD_RATE_LIMIT_SEND: '1/m,9/h',
      WATCHWORD_SIGNUP_ENABLED: 'off',
      WATCHWORD_TOKENS_CLAIMS: '{"plan":{"path":"appMetadata.plan"}}',
      WATCHWORD_WORKERS: '',
    }
    const { settings, deployment } = await load({ env })
    expect(settings).toMatchObject({
      codes: { seconds: 300 },
      sessions: { absolute: 129_600 },
      redirectUrls: ['https://a.test/**', 'myapp://callback'],
      signUp: { enabled: false },
      limits: {
        signUp: { limit: 5, seconds: 3_600 },
        send: [
          { limit: 1, seconds: 60 },
          { limit: 9, seconds: 3_600 },
        ],
      },
      tokens: { claims: { plan: { path: 'appMetadata.plan' } } },
    })
    expect(deployment).toMatchObject({ http: { bodyBytes: 65_536, headerMs: 5_000 }, workers: 1 })
  })

  it('reports all mistakes at once, each by the name its writer used', async () => {
    const cwd = await folder()
    const file = { prot: 1, sessions: { ilde: 5, grace: '2h' }, password: { min: 4 }, roles: { default: 'boss' } }
    await writeFile(join(cwd, 'watchword.config.json'), JSON.stringify(file))
    const env = {
      WATCHWORD_PORT: 'abc',
      WATCHWORD_SINGUP_ENABLED: 'true',
      WATCHWORD_ENVIRONMENT: 'x',
      WATCHWORD_SECRET_KEY: 'short',
    }
    expect(await mistakesOf({ cwd, env, flags: { workers: '3' } })).toEqual({
      'prot in watchword.config.json': 'is not a setting. Did you mean port?',
      'sessions.ilde in watchword.config.json': 'is not a setting. Did you mean idle?',
      'sessions.grace in watchword.config.json':
        'must be a duration (90, 10m, 24h, 7d) from 0 s to 1 min (it is "2h").',
      'password.min in watchword.config.json': 'must be a whole number from 6 to 128.',
      'roles.default in watchword.config.json': 'must be one of roles.allowed.',
      WATCHWORD_PORT: 'must be a whole number from 0 to 65535 (it is "abc").',
      WATCHWORD_SINGUP_ENABLED: 'is not a setting. Did you mean WATCHWORD_SIGNUP_ENABLED?',
      WATCHWORD_ENVIRONMENT: 'is not a setting. Did you mean WATCHWORD_ENV?',
      WATCHWORD_SECRET_KEY: 'is too short; it must be a random value of 32 bytes or more.',
      '--workers': 'needs PostgreSQL: the embedded database serves one process. Set WATCHWORD_DATABASE_URL.',
    })
  })

  it('says what to do about a data folder where keys cannot be kept', async () => {
    const cwd = await folder()
    await writeFile(join(cwd, 'taken'), '')
    expect(await mistakesOf({ cwd, keys: 'make', flags: { 'data-dir': 'taken' } })).toEqual({
      dataDir: `names ${join(cwd, 'taken')}, which is no folder. Choose another folder with --data-dir.`,
    })
  })

  it('never repeats the value of a secret in a mistake', async () => {
    const marked = 'MARKED-example-7'
    const env = {
      WATCHWORD_SECRET_KEY: marked,
      WATCHWORD_ENCRYPTION_KEY: marked,
      WATCHWORD_JWT_SECRET: marked,
      WATCHWORD_JWT_KEYS: `[${marked}`,
      WATCHWORD_METRICS_TOKEN: marked,
      WATCHWORD_DATABASE_URL: `mysql://u:${marked}@h/d`,
      WATCHWORD_SMTP_URL: `ftp://u:${marked}@h`,
    }
    const error = await load({ env }).catch((thrown: unknown) => thrown)
    for (const name of Object.keys(env)) expect(String(error)).toContain(name)
    expect(String(error)).not.toContain(marked)
  })

  it('leaves a file that cannot be parsed unquoted', async () => {
    const cwd = await folder()
    await writeFile(join(cwd, 'watchword.config.json'), '{"secrets": {"secretKey": "MARKED" oops')
    expect(await mistakesOf({ cwd })).toEqual({
      'watchword.config.json': 'is not valid: it cannot be parsed (line 1, column 36).',
    })
  })

  it('reads secrets from files, and refuses both at once', async () => {
    const cwd = await folder()
    await writeFile(join(cwd, 'key'), `${secret}\n`)
    const { deployment } = await load({ cwd, env: { WATCHWORD_SECRET_KEY_FILE: 'key' } })
    expect(deployment.secrets.secretKey).toBe(secret)
    expect(await mistakesOf({ cwd, env: { WATCHWORD_SECRET_KEY_FILE: 'key', WATCHWORD_SECRET_KEY: secret } })).toEqual({
      WATCHWORD_SECRET_KEY_FILE: 'stands next to WATCHWORD_SECRET_KEY; set one of them.',
    })
    expect(await mistakesOf({ cwd, env: { WATCHWORD_SECRET_KEY_FILE: 'nowhere' } })).toEqual({
      WATCHWORD_SECRET_KEY_FILE: 'names a file that cannot be read.',
    })
  })

  it('takes what the Supabase auth server was told, weaker than its own settings', async () => {
    const env = { GOTRUE_DISABLE_SIGNUP: 'true', GOTRUE_JWT_EXP: '1800', GOTRUE_SITE_URL: 'https://old.test' }
    const { settings } = await load({ env: { ...env, WATCHWORD_SITE_URL: 'https://new.test' } })
    expect([settings.signUp.enabled, settings.tokens.accessSeconds, settings.siteUrl]).toEqual([
      false,
      1_800,
      'https://new.test',
    ])
  })

  it('takes what Nhost’s server was told, for every dialect and for its own', async () => {
    const env = {
      AUTH_CLIENT_URL: 'https://app.example.test',
      AUTH_DISABLE_SIGNUP: 'true',
      AUTH_ANONYMOUS_USERS_ENABLED: 'false',
      AUTH_EMAIL_SIGNIN_EMAIL_VERIFIED_REQUIRED: 'false',
      AUTH_ACCESS_TOKEN_EXPIRES_IN: '900',
      AUTH_REFRESH_TOKEN_EXPIRES_IN: '2592000',
      AUTH_USER_DEFAULT_ROLE: 'member',
      AUTH_USER_DEFAULT_ALLOWED_ROLES: 'me,member,editor',
      AUTH_LOCALE_DEFAULT: 'fr',
      AUTH_LOCALE_ALLOWED_LOCALES: 'en,fr',
      AUTH_MFA_ENABLED: 'false',
      AUTH_WEBAUTHN_ENABLED: 'true',
      AUTH_WEBAUTHN_RP_ID: 'example.test',
      AUTH_WEBAUTHN_RP_NAME: 'Example',
      AUTH_WEBAUTHN_RP_ORIGINS: 'https://example.test',
      AUTH_CONCEAL_ERRORS: 'true',
      AUTH_DISABLE_AUTO_SIGNUP: 'true',
      AUTH_GRAVATAR_ENABLED: 'false',
      AUTH_GRAVATAR_DEFAULT: 'identicon',
      AUTH_GRAVATAR_RATING: 'pg',
      AUTH_REQUIRE_ELEVATED_CLAIM: 'recommended',
    }
    const { settings, deployment } = await load({ env })
    expect(settings).toMatchObject({
      siteUrl: 'https://app.example.test',
      signUp: { enabled: false, anonymous: false, emailConfirmation: false },
      tokens: { accessSeconds: 900 },
      sessions: { idle: 2_592_000 },
      roles: { default: 'member', allowed: ['me', 'member', 'editor'] },
      locales: { default: 'fr', available: ['en', 'fr'] },
      factors: { totp: false },
      passkeys: { enabled: true, rpId: 'example.test', rpName: 'Example', origins: ['https://example.test'] },
    })
    const gravatar = { gravatar: false, gravatarDefault: 'identicon', gravatarRating: 'pg' }
    const said = { concealErrors: true, autoSignUp: false, elevation: 'recommended', ...gravatar }
    expect(deployment.dialects.nhost).toMatchObject(said)
  })

  it('adds the default role to those that Nhost’s server was told of, as that does', async () => {
    const rolesOf = async (env: Record<string, string>) => (await load({ env })).settings.roles
    expect(await rolesOf({ AUTH_USER_DEFAULT_ALLOWED_ROLES: 'me' })).toMatchObject({
      default: 'user',
      allowed: ['me', 'user'],
    })
    const other = { AUTH_USER_DEFAULT_ROLE: 'member', AUTH_USER_DEFAULT_ALLOWED_ROLES: 'me, editor' }
    expect(await rolesOf(other)).toMatchObject({ default: 'member', allowed: ['me', 'editor', 'member'] })
  })

  it('takes what it was told of roles, linking and passkeys as well', async () => {
    const env = {
      GOTRUE_JWT_DEFAULT_GROUP_NAME: 'members',
      GOTRUE_SECURITY_MANUAL_LINKING_ENABLED: 'false',
      GOTRUE_WEBAUTHN_RP_ID: 'example.test',
      GOTRUE_WEBAUTHN_RP_DISPLAY_NAME: 'Example',
      GOTRUE_WEBAUTHN_RP_ORIGINS: 'https://app.example.test,https://example.test',
    }
    const { settings } = await load({ env: { ...env, WATCHWORD_SITE_URL: 'https://app.example.test' } })
    expect(settings).toMatchObject({ roles: { database: 'members' }, linking: { manual: false } })
    expect(settings.passkeys).toMatchObject({
      rpId: 'example.test',
      rpName: 'Example',
      origins: ['https://app.example.test', 'https://example.test'],
    })
    const { settings: without } = await load({ env: { GOTRUE_PASSKEY_ENABLED: 'false' } })
    expect(without.passkeys.enabled).toBe(false)
  })

  it('allows the peers’ looser values with a warning', async () => {
    const env = { WATCHWORD_PASSWORD_MIN: '6', WATCHWORD_CODES_SECONDS: '24h', WATCHWORD_LINKS_SIGN_IN: '24h' }
    const { warnings } = await load({ env })
    expect(warnings.map((line) => line.split(' ')[0])).toEqual(Object.keys(env))
  })
})

describe('the keys of development', () => {
  it('are made once, for the owner’s eyes only, and kept', async () => {
    const cwd = await folder()
    const first = await load({ cwd, keys: 'make' })
    const again = await load({ cwd, keys: 'make' })
    const file = join(cwd, '.watchword/keys.json')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readFile(join(cwd, '.watchword/.gitignore'), 'utf8')).toBe('*\n')
    const { secrets } = first.deployment
    expect(secrets.publishableKey).toMatch(/^wwp_[\w-]{43}$/)
    expect(secrets.secretKeys).toEqual([secrets.secretKey, secrets.secretKey.replace(/^wws_/, 'sb_secret_')])
    expect(secrets.encryptionKeys[0].bytes).toHaveLength(32)
    expect(secrets.jwtSecret).toBeUndefined()
    expect(again.deployment.secrets).toEqual(secrets)
    expect(first.sources.get('secrets.secretKey')).toBe('generated')
  })

  it('are the same for two processes that start together', async () => {
    const cwd = await folder()
    const [a, b] = await Promise.all([load({ cwd, keys: 'make' }), load({ cwd, keys: 'make' })])
    expect(a.deployment.secrets).toEqual(b.deployment.secrets)
  })

  it('are not made by a start that is refused, nor by looking', async () => {
    const cwd = await folder()
    await mistakesOf({ cwd, keys: 'make', env: { WATCHWORD_PORT: 'x' } })
    await load({ cwd, keys: 'pretend' })
    await expect(stat(join(cwd, '.watchword'))).rejects.toThrow()
  })

  it('include a token secret only where HS256 is chosen', async () => {
    const { deployment } = await load({ env: { WATCHWORD_TOKENS_ALGORITHM: 'HS256' } })
    expect(deployment.secrets.jwtSecret).toMatch(/^[\w-]{64}$/)
  })
})

describe('production', () => {
  it('starts when everything is said', async () => {
    const { settings, deployment, warnings } = await load({ env: production })
    expect(settings.publicUrl).toBe('https://auth.example.test')
    expect(deployment).toMatchObject({ inbox: false, log: { format: 'json' } })
    expect(warnings).toEqual([])
  })

  it('refuses to start with nothing said, and names all that is missing', async () => {
    expect(Object.keys(await mistakesOf({ flags: { production: true } })).sort()).toEqual([
      'WATCHWORD_ENCRYPTION_KEY',
      'WATCHWORD_PUBLIC_URL',
      'WATCHWORD_PUBLISHABLE_KEY',
      'WATCHWORD_SECRET_KEY',
    ])
  })

  it.each([
    ['WATCHWORD_PUBLIC_URL', 'http://auth.example.test'],
    ['WATCHWORD_PUBLIC_URL', 'http://localhost:8787'],
    ['WATCHWORD_SITE_URL', 'http://www.example.test'],
    ['WATCHWORD_CORS_ORIGINS', 'http://www.example.test'],
    ['WATCHWORD_CORS_ORIGINS', '*'],
    ['WATCHWORD_REDIRECT_URLS', '*'],
    ['WATCHWORD_REDIRECT_URLS', 'https://ok.example.test/**,**'],
    ['WATCHWORD_REDIRECT_URLS', 'https://*'],
    ['WATCHWORD_REDIRECT_URLS', 'https://*.com/**'],
    ['WATCHWORD_REDIRECT_URLS', '*://www.example.test/**'],
    ['WATCHWORD_REDIRECT_URLS', 'http://www.example.test/**'],
    ['WATCHWORD_RATE_LIMITS', 'off'],
    ['WATCHWORD_INBOX', 'true'],
    ['WATCHWORD_TRUSTED_PROXIES', '0.0.0.0/0'],
    ['WATCHWORD_TOKENS_ALGORITHM', 'HS256'],
  ])('refuses %s=%s', async (name, value) => {
    const expected = value === 'HS256' ? 'WATCHWORD_JWT_SECRET' : name
    expect(Object.keys(await mistakesOf({ env: { ...production, [name]: value } }))).toEqual([expected])
  })

  it('warns of the embedded database, of no mail and of loopback redirects', async () => {
    const { WATCHWORD_DATABASE_URL: _url, WATCHWORD_SMTP_URL: _smtp, ...rest } = production
    const { warnings } = await load({ env: { ...rest, WATCHWORD_REDIRECT_URLS: 'http://127.0.0.1:*/callback' } })
    expect(warnings.map((line) => line.split(' ')[0])).toEqual([
      'WATCHWORD_REDIRECT_URLS',
      'WATCHWORD_DATABASE_URL',
      'WATCHWORD_SMTP_URL',
    ])
  })
})
