import { describe, expect, it } from 'vitest'
import { temporaryFolders } from '../../test/world/folders.ts'
import { loadConfig } from '../config.ts'
import { textGateway, textGateways } from '../core/notifications/senders/text-gateways.ts'
import { ConfigError } from './mistake.ts'

const production = {
  WATCHWORD_ENV: 'production',
  WATCHWORD_PUBLIC_URL: 'https://auth.example.test',
  WATCHWORD_PUBLISHABLE_KEY: 'wwp_oJ8sVq2XcB5nM1kL7hG4fD9aS3wE6rT0yU8iP2zQ5xC',
  WATCHWORD_SECRET_KEY: 'wws_kT3vQm8ZpX1cYf6RbN0hJ9sLwE5uGaD2iOqVxC7tMrP',
  WATCHWORD_ENCRYPTION_KEY: 'q83Lw0xkz4m5n6p7v8s9t0uAvBwCxDyEzF0G1H2J3K4=',
  WATCHWORD_DATABASE_URL: 'postgres://app:hunter2@db.example.test/auth',
  WATCHWORD_SMTP_URL: 'smtps://user:hunter3@mail.example.test',
}
const twilio = {
  WATCHWORD_SMS_PROVIDER: 'twilio',
  WATCHWORD_SMS_TWILIO_ACCOUNT_SID: 'AC1',
  WATCHWORD_SMS_TWILIO_AUTH_TOKEN: 'token',
  WATCHWORD_SMS_TWILIO_SENDER: 'MG1',
}

const aFolder = temporaryFolders()

async function load(env: Record<string, string> = {}) {
  const cwd = await aFolder()
  return loadConfig({ cwd, keys: 'pretend', env })
}

async function mistakesOf(env: Record<string, string>): Promise<Record<string, string>> {
  const error = await load(env).catch((thrown: unknown) => thrown)
  if (!(error instanceof ConfigError)) throw new Error(`expected mistakes, got ${String(error)}`)
  return Object.fromEntries(error.mistakes.map(({ setting, problem }) => [setting, problem]))
}

describe('the settings of texts', () => {
  it('catch every text in development, by every channel', async () => {
    const { settings, deployment } = await load()
    expect(settings.phone).toEqual({
      enabled: true,
      gateway: '',
      channels: ['sms', 'whatsapp'],
      countries: ['*'],
      testNumbers: {},
    })
    expect(deployment.texts).toEqual({})
  })

  it('leave phones out in production where nobody sends texts', async () => {
    const { settings } = await load(production)
    expect(settings.phone).toMatchObject({ enabled: false, channels: [], countries: [] })
    expect(Object.values(await mistakesOf({ ...production, WATCHWORD_PHONE_ENABLED: 'yes' }))).toEqual([
      'is on, but no text can leave: set sms.provider.',
    ])
  })

  it('S124 open no country until one is chosen, and warn of opening all', async () => {
    const { settings, deployment, warnings } = await load({ ...production, ...twilio })
    expect(settings.phone).toMatchObject({ enabled: true, gateway: 'twilio', countries: [] })
    expect(deployment.texts.gateway).toEqual({
      id: 'twilio',
      options: { accountSid: 'AC1', authToken: 'token', sender: 'MG1' },
    })
    expect(warnings.join()).toContain('no text leaves until countries are chosen')
    const open = await load({ ...production, ...twilio, WATCHWORD_PHONE_COUNTRIES: '*' })
    expect(open.warnings.join()).toContain('the costliest numbers of the world')
    const some = await load({ ...production, ...twilio, WATCHWORD_PHONE_COUNTRIES: 'DE, AT' })
    expect(some.settings.phone.countries).toEqual(['DE', 'AT'])
  })

  it('name what the chosen gateway lacks', async () => {
    for (const { id } of textGateways) {
      const needed = Object.values(textGateway(id).options).filter(({ optional }) => optional !== true)
      const mistakes = Object.values(await mistakesOf({ ...production, WATCHWORD_SMS_PROVIDER: id }))
      expect(
        mistakes.filter((problem) => problem.startsWith('must be set where')),
        id,
      ).toHaveLength(needed.length)
    }
    expect(Object.keys(await mistakesOf({ WATCHWORD_SMS_PROVIDER: 'pigeons' }))).toEqual(['WATCHWORD_SMS_PROVIDER'])
  })

  it('understand what a deployment of the Supabase auth server has set', async () => {
    const { settings, deployment } = await load({
      GOTRUE_EXTERNAL_PHONE_ENABLED: 'true',
      GOTRUE_SMS_PROVIDER: 'vonage',
      GOTRUE_SMS_VONAGE_API_KEY: 'abcd1234',
      GOTRUE_SMS_VONAGE_API_SECRET: 'abcdef',
      GOTRUE_SMS_VONAGE_FROM: 'Acme',
      GOTRUE_SMS_TEMPLATE: 'Your code is {{ .Code }}',
      GOTRUE_SMS_TEST_OTP: '15550100100:123456,15550100101:654321',
    })
    expect(settings.phone).toMatchObject({
      gateway: 'vonage',
      channels: ['sms'],
      testNumbers: { '+15550100100': '123456', '+15550100101': '654321' },
    })
    expect(deployment.texts).toEqual({
      gateway: { id: 'vonage', options: { apiKey: 'abcd1234', apiSecret: 'abcdef', from: 'Acme' } },
      template: 'Your code is {{ .Code }}',
    })
  })

  it('take a Verify service where Twilio’s messaging service is asked for, as Nhost’s server does', async () => {
    const { deployment } = await load({
      WATCHWORD_SMS_PROVIDER: 'twilio',
      AUTH_SMS_TWILIO_ACCOUNT_SID: 'AC1',
      AUTH_SMS_TWILIO_AUTH_TOKEN: 'token',
      AUTH_SMS_TWILIO_MESSAGING_SERVICE_ID: 'VA1',
    })
    expect(deployment.texts.gateway).toMatchObject({
      id: 'twilio_verify',
      options: { accountSid: 'AC1', authToken: 'token', serviceSid: 'VA1' },
    })
  })

  it('refuse test numbers in production, and codes that are none', async () => {
    const set = { WATCHWORD_PHONE_TEST_NUMBERS: '15550100100:123456' }
    expect(Object.values(await mistakesOf({ ...production, ...set })).join()).toContain('whoever knows one of them')
    for (const bad of ['15550100100', '15550100100:12', 'abc:123456', '15550100100:123456:7'])
      expect(Object.keys(await mistakesOf({ WATCHWORD_PHONE_TEST_NUMBERS: bad }))).toHaveLength(1)
  })

  it('keep the interface of a gateway behind https in production', async () => {
    const env = { ...production, ...twilio, WATCHWORD_SMS_URL: 'http://sms.example.test' }
    expect(Object.values(await mistakesOf(env))).toEqual(['must use https in production.'])
  })
})
