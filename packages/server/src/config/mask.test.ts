import { describe, expect, it } from 'vitest'
import { temporaryFolders } from '../../test/world/folders.ts'
import { loadConfig } from '../config.ts'
import { catalog } from './catalog.ts'
import { maskConfig } from './mask.ts'

const mark = 'MaRkEd9vQm8ZpX1cYf6RbN0hJ9sLwE5uGaD2iOq'

const aFolder = temporaryFolders()

async function shown() {
  const cwd = await aFolder()
  const config = await loadConfig({
    cwd,
    keys: 'pretend',
    env: {
      WATCHWORD_SECRET_KEY: mark,
      WATCHWORD_JWT_SECRET: mark,
      WATCHWORD_METRICS_TOKEN: mark,
      WATCHWORD_DATABASE_URL: `postgres://app:${mark}@db.test:5432/auth?sslpassword=${mark}`,
      WATCHWORD_SMTP_URL: `smtps://me:${mark}@mail.test`,
      WATCHWORD_SMS_PROVIDER: 'twilio_verify',
      WATCHWORD_SMS_TWILIO_VERIFY_ACCOUNT_SID: 'AC1',
      WATCHWORD_SMS_TWILIO_VERIFY_AUTH_TOKEN: mark,
      WATCHWORD_SMS_TWILIO_VERIFY_SERVICE_SID: 'VA1',
    },
  })
  return { config, rows: maskConfig(config) }
}

describe('maskConfig', () => {
  it('shows every setting and no secret', async () => {
    const { config, rows } = await shown()
    const text = JSON.stringify(rows)
    expect(rows).toHaveLength(catalog().length)
    expect(text).not.toContain(mark)
    expect(text).not.toContain(Buffer.from(config.deployment.secrets.encryptionKeys[0].bytes).toString('base64'))
    const values = Object.fromEntries(rows.map(({ path, value }) => [path, value]))
    expect(values).toMatchObject({
      'secrets.secretKey': 'set (39 characters)',
      'secrets.encryptionKey': 'set (1 value)',
      'secrets.jwtKeys': 'not set',
      'metrics.token': 'set (39 characters)',
      'database.url': 'postgres://•••@db.test:5432/auth?•••',
      'mail.smtpUrl': 'smtps://•••@mail.test',
      'sms.provider': 'twilio_verify',
      'sms.twilioVerify.authToken': 'set (39 characters)',
      'sms.twilioVerify.serviceSid': 'VA1',
      port: 8787,
    })
  })

  it('says where each value comes from', async () => {
    const { rows } = await shown()
    const sources = Object.fromEntries(rows.map(({ path, source }) => [path, source]))
    expect(sources).toMatchObject({
      port: 'default',
      'secrets.secretKey': 'environment',
      'secrets.encryptionKey': 'generated',
    })
  })
})

describe('catalog', () => {
  it('gives every setting a sentence and a variable of its own', () => {
    const entries = catalog()
    expect(entries.filter(({ about }) => !about.endsWith('.'))).toEqual([])
    expect(new Set(entries.map(({ variables }) => variables[0])).size).toBe(entries.length)
  })

  it('knows the names that deployments rely on', () => {
    const names = catalog().flatMap(({ variables }) => variables)
    for (const name of [
      'WATCHWORD_HOST WATCHWORD_PORT PORT WATCHWORD_PUBLIC_URL WATCHWORD_SITE_URL WATCHWORD_REDIRECT_URLS',
      'WATCHWORD_DATA_DIR WATCHWORD_DATABASE_URL DATABASE_URL WATCHWORD_PUBLISHABLE_KEY WATCHWORD_SECRET_KEY',
      'WATCHWORD_JWT_KEYS WATCHWORD_JWT_SECRET WATCHWORD_ENCRYPTION_KEY WATCHWORD_SIGNUP_ENABLED',
      'WATCHWORD_EMAIL_CONFIRMATION WATCHWORD_PHONE_CONFIRMATION WATCHWORD_SMTP_URL WATCHWORD_MAIL_FROM',
      'WATCHWORD_RATE_LIMITS WATCHWORD_ENV WATCHWORD_WORKERS',
    ].flatMap((line) => line.split(' '))) {
      expect(names).toContain(name)
    }
  })
})
