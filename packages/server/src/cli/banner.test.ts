import { describe, expect, it } from 'vitest'
import { temporaryFolders } from '../../test/world/folders.ts'
import { loadConfig } from '../config.ts'
import { banner, clientLines } from './banner.ts'

const secret = 'wws_kT3vQm8ZpX1cYf6RbN0hJ9sLwE5uGaD2iOqVxC7tMrP'

const aFolder = temporaryFolders()

async function loaded(env: Record<string, string> = {}) {
  const cwd = await aFolder()
  const config = await loadConfig({ cwd, env, keys: 'pretend' })
  const facts = { version: '1.2.3', url: 'http://127.0.0.1:8787', hasColours: false, cwd }
  return { config, text: banner(config, facts).join('\n') }
}

describe('banner', () => {
  it('tells a developer everything needed to go on', async () => {
    const { config, text } = await loaded()
    const { publishableKey, secretKey } = config.deployment.secrets
    const supabaseKey = publishableKey.replace('wwp_', 'sb_publishable_')
    for (const part of [
      'Watchword 1.2.3 · development',
      'http://localhost:8787',
      './.watchword/database (embedded)',
      'http://localhost:8787/inbox',
      "createClient('http://localhost:8787')",
      publishableKey,
      secretKey,
      `createClient('http://localhost:8787', '${supabaseKey}')`,
      'http://localhost:8787/v1/docs',
    ]) {
      expect(text).toContain(part)
    }
    expect(text).not.toContain('\u001b')
  })

  it('never prints a secret that was given, nor any in production', async () => {
    const { text } = await loaded({ WATCHWORD_SECRET_KEY: secret })
    expect(text).not.toContain(secret)
    const { text: inProduction } = await loaded({
      WATCHWORD_ENV: 'production',
      WATCHWORD_PUBLIC_URL: 'https://auth.example.test',
      WATCHWORD_PUBLISHABLE_KEY: 'wwp_oJ8sVq2XcB5nM1kL7hG4fD9aS3wE6rT0yU8iP2zQ5xC',
      WATCHWORD_SECRET_KEY: secret,
      WATCHWORD_ENCRYPTION_KEY: 'q83Lw0xkz4m5n6p7v8s9t0uAvBwCxDyEzF0G1H2J3K4=',
      WATCHWORD_DATABASE_URL: 'postgres://app:hunter2@db.example.test/auth',
    })
    expect(inProduction).not.toMatch(/wws_|hunter2|Secret key|inbox/)
    expect(inProduction).toContain('Warning: WATCHWORD_SMTP_URL is not set')
  })
})

describe('clientLines', () => {
  it('follow a dialect that was moved or switched off', async () => {
    const { config } = await loaded({
      WATCHWORD_SUPABASE_PATH: '/elsewhere',
      WATCHWORD_NATIVE_ENABLED: 'no',
      WATCHWORD_NHOST_PATH: '/n/v1',
      WATCHWORD_ALTOGIC_PATH: '/a/_api/rest/v1/auth',
    })
    expect(clientLines(config)).toEqual([
      {
        name: 'supabase-js',
        base: 'http://localhost:8787/elsewhere',
        code: expect.stringContaining("new AuthClient({ url: 'http://localhost:8787/elsewhere'"),
      },
      {
        name: 'altogic',
        base: 'http://localhost:8787/a',
        code: expect.stringMatching(/^createClient\('http:\/\/localhost:8787\/a', 'wwp_/),
      },
      {
        name: 'nhost-js',
        base: 'http://localhost:8787/n/v1',
        code: "createClient({ authUrl: 'http://localhost:8787/n/v1' })",
      },
    ])
  })
})
