import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { temporaryFolders } from '../../test/world/folders.ts'
import { loadConfig } from '../config.ts'
import { createRedirects } from '../core/identifiers/redirect.ts'
import { ConfigError } from './mistake.ts'

const aFolder = temporaryFolders()

async function load(env: Record<string, string>) {
  const cwd = await aFolder()
  return loadConfig({ cwd, keys: 'pretend', env })
}

async function settingOf(env: Record<string, string>): Promise<string | undefined> {
  const error = await load(env).catch((thrown: unknown) => thrown)
  if (!(error instanceof ConfigError)) throw new Error('expected a mistake')
  return error.mistakes[0]?.setting
}

describe('the places of a deployment of Nhost', () => {
  it.each([
    ['https://client.example.test/app', true],
    ['https://client.example.test/app/x', true],
    ['https://client.example.test:443/app?x=1', true],
    ['https://client.example.test/appx', false],
    ['https://app.example.test/cb', true],
    ['https://app.example.test/cb/', true],
    ['https://app.example.test/cb/deep', true],
    ['https://app.example.test/cb?x=1', true],
    ['https://app.example.test/cb#h', true],
    ['https://app.example.test/cb/deep?x=1#h', true],
    ['http://app.example.test/cb', false],
    ['https://app.example.test/cbx', false],
    ['https://app.example.test/', false],
    ['https://a.vercel.example', true],
    ['https://a.vercel.example/x/y', true],
    ['https://a.b.vercel.example/', false],
    ['https://vercel.example', false],
    ['myapp://cb', true],
    ['myapp://cb/x', true],
    ['myapp://cb?x=1', true],
    ['myapp://other', false],
    ['https://exact.example/path', true],
    ['https://exact.example/path/z', true],
    ['https://below.example/deep/er', true],
  ])('%s: %s', async (url, allowed) => {
    const { settings } = await load({
      AUTH_CLIENT_URL: 'https://client.example.test/app',
      AUTH_ACCESS_CONTROL_ALLOWED_REDIRECT_URLS:
        'https://app.example.test/cb, https://*.vercel.example,myapp://cb,https://exact.example/path/,https://below.example/**',
    })
    const redirects = createRedirects({
      siteUrl: settings.siteUrl,
      patterns: settings.redirectUrls,
      development: false,
    })
    expect(redirects.allows(url).allowed).toBe(allowed)
  })
})

describe('the mail server of a deployment of Nhost', () => {
  const mailOf = async (env: Record<string, string>) => (await load(env)).deployment.mail

  it('is one of ours', async () => {
    const env = { AUTH_SMTP_HOST: 'mail.example.test', AUTH_SMTP_SENDER: 'Acme <no-reply@acme.test>' }
    expect(await mailOf(env)).toMatchObject({
      smtpUrl: 'smtp://mail.example.test:587',
      from: 'Acme <no-reply@acme.test>',
    })
    const more = { AUTH_SMTP_PORT: '465', AUTH_SMTP_SECURE: 'true', AUTH_SMTP_USER: 'me@x', AUTH_SMTP_PASS: 'p:a/s s' }
    expect(await mailOf({ ...env, ...more, AUTH_SMTP_X_SMTPAPI_HEADER: '{"a":1}' })).toMatchObject({
      smtpUrl: 'smtps://me%40x:p%3Aa%2Fs%20s@mail.example.test:465',
      smtpApi: '{"a":1}',
    })
  })

  it('is none where it is no server, and gives way to ours', async () => {
    expect((await mailOf({ AUTH_SMTP_HOST: 'postmark', AUTH_SMTP_PASS: 'x' })).smtpUrl).toBeUndefined()
    const own = { AUTH_SMTP_HOST: 'theirs.test', WATCHWORD_SMTP_URL: 'smtp://ours.test' }
    expect((await mailOf(own)).smtpUrl).toBe('smtp://ours.test')
  })
})

describe('the key of a deployment of Nhost', () => {
  const withKey = (secret: object | string) =>
    load({ HASURA_GRAPHQL_JWT_SECRET: typeof secret === 'string' ? secret : JSON.stringify(secret) })

  it('signs by HS256, below its own name', async () => {
    const key = randomBytes(48).toString('hex')
    const about = { type: 'HS256', key, issuer: 'hasura-auth', claims_namespace: 'https://claims.test' }
    const { settings, deployment } = await withKey(about)
    expect([settings.tokens.algorithm, deployment.secrets.jwtSecret]).toEqual(['HS256', key])
    expect(settings.tokens.hasura.namespace).toBe('https://claims.test')
    // Hasura reads the same text, and refuses tokens of any other issuer.
    expect(settings.tokens.issuer).toBe('hasura-auth')
    expect((await withKey({ type: 'HS256', key })).settings.tokens.issuer).toMatch(/\/auth\/v1$/)
    expect((await withKey({ type: 'HS256', key, issuer: 'https://i.test/v1' })).settings.tokens.issuer).toBe(
      'https://i.test/v1',
    )
  })

  it('signs by RS256', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const { settings, deployment } = await withKey({ type: 'RS256', key: 'public', signing_key: pem, kid: 'k1' })
    expect(settings.tokens.algorithm).toBe('RS256')
    expect(deployment.secrets.jwtKeys).toMatchObject([{ kty: 'RSA', kid: 'k1' }])
  })

  it('is no matter of ours where it verifies alone', async () => {
    const { settings, deployment } = await withKey({ type: 'RS256', key: 'public' })
    expect([settings.tokens.algorithm, deployment.secrets.jwtKeys]).toEqual(['ES256', undefined])
  })

  it.each([
    ['no JSON', 'nonsense'],
    ['a short secret', JSON.stringify({ type: 'HS256', key: 'short' })],
    ['a key that is none', JSON.stringify({ type: 'RS256', signing_key: 'none' })],
    ['a way that is not here', JSON.stringify({ type: 'RS512', signing_key: 'none' })],
  ])('is a mistake: %s', async (_, text) => {
    expect(await settingOf({ HASURA_GRAPHQL_JWT_SECRET: text })).toBe('HASURA_GRAPHQL_JWT_SECRET')
  })
})

describe('who sends the texts of a deployment of Nhost', () => {
  const twilio = { AUTH_SMS_TWILIO_ACCOUNT_SID: 'AC1', AUTH_SMS_TWILIO_AUTH_TOKEN: 'token' }
  const textsOf = async (env: Record<string, string>) => (await load(env)).deployment.texts.gateway?.id

  it('is Twilio where nobody is named, and its codes where its service is one', async () => {
    expect(await textsOf({ ...twilio, AUTH_SMS_TWILIO_MESSAGING_SERVICE_ID: 'MG1' })).toBe('twilio')
    expect(await textsOf({ ...twilio, AUTH_SMS_TWILIO_MESSAGING_SERVICE_ID: 'VA1' })).toBe('twilio_verify')
  })

  it('is who is named, and nobody where they are written down', async () => {
    const modica = { AUTH_SMS_MODICA_USERNAME: 'me', AUTH_SMS_MODICA_PASSWORD: 'word' }
    expect(await textsOf({ AUTH_SMS_PROVIDER: 'modica', ...modica })).toBe('modica')
    expect(await textsOf({ AUTH_SMS_PROVIDER: 'dev', ...twilio })).toBeUndefined()
  })
})

describe('where a deployment of Nhost is reached', () => {
  it('is where the port of its dialect is, if clients find it below the path they know', async () => {
    const at = async (AUTH_SERVER_URL: string) => (await load({ AUTH_SERVER_URL })).deployment.dialects.nhost.url
    expect(await at('https://auth.example.test/v1')).toBe('https://auth.example.test')
    expect(await at('https://auth.example.test:8443/v1/')).toBe('https://auth.example.test:8443')
    for (const other of [
      'https://auth.example.test',
      'https://auth.example.test/auth/v1',
      'auth.example.test/v1',
      'v1:/v1',
    ])
      expect(await at(other)).toBeUndefined()
  })
})

describe('the ID tokens that count for a deployment of Nhost', () => {
  it('are those of its apps beside the browser’s', async () => {
    const apps = { AUTH_PROVIDER_GOOGLE_AUDIENCE: 'phone, tablet' }
    const idsOf = async (env: Record<string, string>) => (await load(env)).deployment.providers['google']?.clientIds
    expect(await idsOf({ ...apps, AUTH_PROVIDER_GOOGLE_CLIENT_ID: 'web' })).toEqual(['web', 'phone', 'tablet'])
    expect(await idsOf(apps)).toEqual(['phone', 'tablet'])
  })

  it('count whether or not the browser may sign in there, and say nothing about it', async () => {
    const google = async (env: Record<string, string>) => (await load(env)).deployment.providers['google']
    const apps = { AUTH_PROVIDER_GOOGLE_AUDIENCE: 'phone' }
    const both = { ...apps, AUTH_PROVIDER_GOOGLE_CLIENT_ID: 'web', AUTH_PROVIDER_GOOGLE_CLIENT_SECRET: 'secret' }
    const off = { AUTH_PROVIDER_GOOGLE_ENABLED: 'false' }
    const on = { AUTH_PROVIDER_GOOGLE_ENABLED: 'true' }
    expect(await google(apps)).toMatchObject({ enabled: false, idTokens: true })
    expect(await google({ ...apps, ...off })).toMatchObject({ enabled: false, idTokens: true })
    expect(await google({ ...both, ...off })).toMatchObject({ enabled: false, idTokens: true })
    expect(await google({ ...both, ...on })).toMatchObject({ enabled: true, idTokens: true })
    expect(await google(both)).toMatchObject({ enabled: false, idTokens: true })
    expect(await google({ ...apps, WATCHWORD_PROVIDERS_GOOGLE_ID_TOKENS: 'false' })).toMatchObject({ idTokens: false })
    const { apple } = (await load({ AUTH_PROVIDER_APPLE_AUDIENCE: 'phone' })).deployment.providers
    expect(apple).toMatchObject({ enabled: false, idTokens: true })
  })
})

describe('further words of a deployment of Nhost', () => {
  it('are read as ours', async () => {
    const { settings, deployment } = await load({
      AUTH_PASSWORD_MIN_LENGTH: '9',
      AUTH_EMAIL_TEMPLATES_PATH: '/app/email-templates',
      AUTH_DISABLE_NEW_USERS: 'true',
      AUTH_MFA_TOTP_ISSUER: 'Acme',
    })
    expect(settings.factors.issuer).toBe('Acme')
    expect([settings.password.min, settings.signUp.approval]).toEqual([9, true])
    expect(deployment.mail.templatesFolder).toBe('/app/email-templates')
    expect((await load({ AUTH_PASSWORD_MIN_LENGTH: '3' })).settings.password.min).toBe(6)
  })
})

describe('a deployment of Nhost that says half of it', () => {
  const settingsOf = async (env: Record<string, string>) => (await load(env)).settings

  it('has the rest as it is there: roles, languages, long sessions', async () => {
    const { roles } = await settingsOf({ AUTH_USER_DEFAULT_ROLE: 'manager' })
    expect(roles).toMatchObject({ default: 'manager', allowed: ['me', 'manager'] })
    expect((await settingsOf({ AUTH_USER_DEFAULT_ALLOWED_ROLES: 'me, editor' })).roles).toMatchObject({
      default: 'user',
      allowed: ['me', 'editor', 'user'],
    })
    const { locales } = await settingsOf({ AUTH_LOCALE_ALLOWED_LOCALES: 'fr,de' })
    expect(locales).toMatchObject({ default: 'en', available: ['fr', 'de', 'en'] })
    const year = { AUTH_REFRESH_TOKEN_EXPIRES_IN: '31536000' }
    expect((await settingsOf(year)).sessions).toMatchObject({ idle: 31_536_000, absolute: 31_536_000 })
    const month = { AUTH_REFRESH_TOKEN_EXPIRES_IN: '2592000' }
    expect((await settingsOf(month)).sessions).toMatchObject({ idle: 2_592_000, absolute: 15_552_000 })
  })

  it('writes on and off as its server reads them; what is neither is a mistake, and opens nothing', async () => {
    for (const on of ['1', 't', 'T', 'true', 'TRUE'])
      expect((await settingsOf({ AUTH_DISABLE_SIGNUP: on, AUTH_MFA_ENABLED: on })).signUp.enabled).toBe(false)
    for (const off of ['0', 'f', 'F', 'false', 'False'])
      expect((await settingsOf({ AUTH_DISABLE_SIGNUP: off, AUTH_MFA_ENABLED: off })).factors.totp).toBe(false)
    expect(await settingOf({ AUTH_DISABLE_SIGNUP: 'ture' })).toBe('AUTH_DISABLE_SIGNUP')
  })
})
