import { describe, expect, it } from 'vitest'
import { temporaryFolders } from '../../test/world/folders.ts'
import { loadConfig } from '../config.ts'
import { ConfigError } from './mistake.ts'

type Env = Readonly<Record<string, string>>
const production: Env = {
  WATCHWORD_ENV: 'production',
  WATCHWORD_PUBLIC_URL: 'https://auth.example.test',
  WATCHWORD_SITE_URL: 'https://www.example.test/app',
  WATCHWORD_REDIRECT_URLS: 'https://admin.example.test/done,https://*.preview.test/**,myapp://back',
  WATCHWORD_PUBLISHABLE_KEY: 'wwp_oJ8sVq2XcB5nM1kL7hG4fD9aS3wE6rT0yU8iP2zQ5xC',
  WATCHWORD_SECRET_KEY: 'wws_kT3vQm8ZpX1cYf6RbN0hJ9sLwE5uGaD2iOqVxC7tMrP',
  WATCHWORD_ENCRYPTION_KEY: 'q83Lw0xkz4m5n6p7v8s9t0uAvBwCxDyEzF0G1H2J3K4=',
}
const on: Env = {
  WATCHWORD_CAPTCHA_PROVIDER: 'turnstile',
  WATCHWORD_CAPTCHA_SECRET: '0x4AAAAAAADnPIDROrmt1Wwj',
  WATCHWORD_CAPTCHA_SITE_KEY: '0x4AAAAAAADnPIDR',
}

const aFolder = temporaryFolders()

async function load(env: Env) {
  return loadConfig({ cwd: await aFolder(), keys: 'pretend', env })
}
async function mistakes(env: Env): Promise<string[]> {
  const error = await load(env).catch((thrown: unknown) => thrown)
  return error instanceof ConfigError ? error.mistakes.map(({ setting }) => setting) : []
}

describe('the settings of the captcha', () => {
  it('ask for nothing until somebody is chosen', async () => {
    const { settings, deployment } = await load({})
    expect([settings.captcha.provider, deployment.captcha]).toEqual(['', undefined])
  })

  it('compare the hosts of one’s own pages in production', async () => {
    const { settings } = await load({ ...production, ...on })
    expect(settings.captcha.hostnames).toEqual(['auth.example.test', 'www.example.test', 'admin.example.test'])
    const any = await load({ ...production, ...on, WATCHWORD_CAPTCHA_HOSTNAMES: '*' })
    expect(any.settings.captcha.hostnames).toEqual([])
    expect((await load(on)).settings.captcha.hostnames).toEqual([])
  })

  it('say what is missing', async () => {
    expect(await mistakes({ WATCHWORD_CAPTCHA_ENABLED: 'true' })).toEqual(['WATCHWORD_CAPTCHA_PROVIDER'])
    expect(await mistakes({ WATCHWORD_CAPTCHA_PROVIDER: 'hcaptcha' })).toEqual(['WATCHWORD_CAPTCHA_SECRET'])
    expect(await mistakes({ ...on, WATCHWORD_CAPTCHA_ON: 'sign_up,everything' })).toEqual(['WATCHWORD_CAPTCHA_ON'])
    expect(await mistakes({ ...on, WATCHWORD_CAPTCHA_SCORE: '2' })).toEqual(['WATCHWORD_CAPTCHA_SCORE'])
    expect(await mistakes({ ...on, WATCHWORD_CAPTCHA_HOSTNAMES: 'https://x.test' })).toEqual([
      'WATCHWORD_CAPTCHA_HOSTNAMES',
    ])
    expect(await mistakes({ ...production, ...on, WATCHWORD_CAPTCHA_URL: 'http://x.test' })).toEqual([
      'WATCHWORD_CAPTCHA_URL',
    ])
  })

  it('warn of what lets programs in', async () => {
    const { warnings } = await load({ ...on, WATCHWORD_CAPTCHA_WHEN_DOWN: 'allow' })
    expect(warnings.join('\n')).toContain('WATCHWORD_CAPTCHA_WHEN_DOWN')
    expect(warnings.join('\n')).toContain('WATCHWORD_ALTOGIC_CAPTCHA')
  })

  it('can be switched off without being forgotten', async () => {
    const { settings } = await load({ ...on, WATCHWORD_CAPTCHA_ENABLED: 'false' })
    expect(settings.captcha.provider).toBe('')
  })

  it('are those of an auth server that was there before', async () => {
    const gotrue = await load({
      GOTRUE_SECURITY_CAPTCHA_ENABLED: 'true',
      GOTRUE_SECURITY_CAPTCHA_PROVIDER: 'hcaptcha',
      GOTRUE_SECURITY_CAPTCHA_SECRET: '0x0000000000000000000000000000000000000001',
      GOTRUE_SECURITY_CAPTCHA_TIMEOUT: '10s',
    })
    expect(gotrue.settings.captcha).toMatchObject({ provider: 'hcaptcha', on: ['sign_up', 'sign_in', 'send', 'start'] })
    expect(gotrue.deployment.captcha).toMatchObject({ timeout: 10_000 })
    const nhost = await load({ AUTH_TURNSTILE_SECRET: '1x0000000000000000000000000000000AB' })
    expect(nhost.settings.captcha).toMatchObject({ provider: 'turnstile', on: ['sign_up', 'send'] })
    const lists = await load({
      AUTH_ACCESS_CONTROL_ALLOWED_EMAILS: 'jo@evil.test',
      AUTH_ACCESS_CONTROL_BLOCKED_EMAIL_DOMAINS: 'evil.test, worse.test',
      AUTH_ACCESS_CONTROL_BLOCKED_EMAILS: 'al@fine.test',
    })
    expect(lists.settings.signUp.allow).toEqual(['jo@evil.test'])
    expect(lists.settings.signUp.block).toEqual(['al@fine.test', 'evil.test', 'worse.test'])
  })
})
