import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolders } from '../../test/world/folders.ts'
import { loadConfig } from '../config.ts'
import { maskConfig } from './mask.ts'
import { ConfigError } from './mistake.ts'
import type { ConfigInput } from './schema.ts'

const key = Buffer.alloc(32, 1).toString('base64')
const other = Buffer.alloc(32, 2).toString('base64')
const secrets = `v1,whsec_${key}`
const cwd = temporaryFolders()

const load = async (hooks: NonNullable<ConfigInput['hooks']>, more: ConfigInput = {}) =>
  loadConfig({ cwd: await cwd(), keys: 'pretend', input: { ...more, hooks } })
const mistakesOf = (hooks: NonNullable<ConfigInput['hooks']>, more: ConfigInput = {}) =>
  load(hooks, more).then(
    () => [],
    (error: unknown) => {
      if (!(error instanceof ConfigError)) throw error
      return error.mistakes.map(({ setting, problem }) => `${setting} ${problem}`)
    },
  )

describe('the settings of hooks', () => {
  it('none is there unless it is set', async () => {
    expect((await load({})).deployment.hooks).toEqual({})
    expect((await load({ sendEmail: { enabled: false, uri: 'https://a.test/', secrets } })).deployment.hooks).toEqual(
      {},
    )
  })

  it('name a URL with its secrets, a function of the database, or a function', async () => {
    const run = () => ({})
    const { deployment } = await load({
      sendEmail: { uri: 'https://app.example.test/hook', secrets: `${secrets}|v1,whsec_${other}` },
      customAccessToken: { uri: 'pg-functions://postgres/app/claims_of' },
      beforeUserCreated: { function: run },
    })
    expect(deployment.hooks).toEqual({
      sendEmail: { kind: 'http', url: 'https://app.example.test/hook', secrets: [`whsec_${key}`, `whsec_${other}`] },
      customAccessToken: { kind: 'postgres', schema: 'app', name: 'claims_of' },
      beforeUserCreated: { kind: 'function', run },
    })
  })

  it('come from variables as well, and from those of the Supabase auth server', async () => {
    const env = {
      WATCHWORD_HOOKS_SEND_SMS_URI: 'https://app.example.test/sms',
      WATCHWORD_HOOKS_SEND_SMS_SECRETS: secrets,
      GOTRUE_HOOK_CUSTOM_ACCESS_TOKEN_ENABLED: 'true',
      GOTRUE_HOOK_CUSTOM_ACCESS_TOKEN_URI: 'pg-functions://postgres/public/claims',
    }
    const { deployment } = await loadConfig({ cwd: await cwd(), keys: 'pretend', env })
    expect(deployment.hooks).toMatchObject({
      sendSms: { kind: 'http', url: 'https://app.example.test/sms' },
      customAccessToken: { kind: 'postgres', schema: 'public', name: 'claims' },
    })
  })

  it('hold functions in a configuration file', async () => {
    const folder = await cwd()
    await writeFile(
      join(folder, 'watchword.config.mjs'),
      'export default { hooks: { customAccessToken: { function: ({ claims }) => ({ claims }) } } }',
    )
    const { deployment } = await loadConfig({ cwd: folder, keys: 'pretend' })
    expect(deployment.hooks.customAccessToken?.kind).toBe('function')
    const env = { WATCHWORD_HOOKS_SEND_SMS_FUNCTION: 'process.exit' }
    await expect(loadConfig({ cwd: await cwd(), keys: 'pretend', env })).rejects.toThrow('must be a function')
  })

  it('functions know what they are told, each its own', async () => {
    const config: ConfigInput = {
      hooks: {
        beforeUserCreated: { function: ({ user, metadata }) => ({ [user.email.length]: metadata.ip_address.length }) },
        customAccessToken: { function: ({ user_id, claims }) => ({ claims: { ...claims, id: user_id.length } }) },
        sendEmail: { function: async ({ email_data }, { signal }) => void (signal.aborted || email_data.token.length) },
        sendSms: { function: ({ sms }) => void sms.otp.length },
        passwordVerificationAttempt: { function: ({ valid }) => ({ decision: valid ? 'continue' : 'reject' }) },
        mfaVerificationAttempt: { function: ({ factor_type }) => ({ decision: factor_type }) },
        afterUserCreated: { function: ({ user }) => void user.id.length },
        afterEvent: { function: ({ event }) => void event.type.length },
      },
    }
    expect(Object.keys((await load(config.hooks ?? {})).deployment.hooks)).toHaveLength(8)
  })

  it('are refused where calls could not be signed, or would go over plain http', async () => {
    const uri = 'https://app.example.test/hook'
    expect(await mistakesOf({ sendEmail: { uri } })).toEqual([
      'WATCHWORD_HOOKS_SEND_EMAIL_SECRETS must be set: calls to a URL are signed.',
    ])
    for (const odd of ['whsec_abc', 'v1,whsec_c2hvcnQ=', 'v1a,whsk_abc', `${secrets}|`, secrets.replace('v1,', '')])
      expect(await mistakesOf({ sendEmail: { uri, secrets: odd } })).toEqual([
        expect.stringMatching(/secrets .*must be secrets such as v1,whsec_/),
      ])
    const plain = { sendEmail: { uri: 'http://10.0.0.7/hook', secrets } }
    expect(await mistakesOf(plain)).toEqual([expect.stringMatching(/sendEmail.uri .*must use https.*outbound.allow/)])
    expect(await mistakesOf(plain, { outbound: { allow: ['10.0.0.7'] } })).toEqual([])
  })

  it('are refused where they name nothing, or two things', async () => {
    expect(await mistakesOf({ sendEmail: { enabled: true } })).toEqual([
      expect.stringMatching(/^WATCHWORD_HOOKS_SEND_EMAIL_URI must be set/),
    ])
    const uri = 'pg-functions://postgres/app/f'
    expect(await mistakesOf({ sendEmail: { uri, function: () => ({}) } })).toEqual([
      expect.stringMatching(/keep one of them/),
    ])
    for (const odd of ['f', 'app', 'app/f/g', 'app/f;drop', 'app/', 'a%22b/f'])
      expect(await mistakesOf({ sendEmail: { uri: `pg-functions://postgres/${odd}` } })).toEqual([
        expect.stringMatching(/must look like pg-functions:\/\/postgres\/<schema>\/<function>/),
      ])
  })

  it('never show a secret', async () => {
    const config = await load({ sendEmail: { uri: 'https://app.example.test/hook?key=hunter2', secrets } })
    const shown = JSON.stringify(maskConfig(config))
    expect(shown).toContain('https://app.example.test/hook')
    expect(shown).not.toContain('hunter2')
    expect(shown).not.toContain(key)
    expect(
      (await mistakesOf({ sendEmail: { uri: 'https://a.test', secrets: `nonsense-${key}` } })).join(),
    ).not.toContain(key)
  })

  it('a hook that sends texts makes phones a way in, for countries that were chosen', async () => {
    const { settings, warnings } = await load({ sendSms: { function: () => ({}) } })
    expect(settings.phone).toMatchObject({ enabled: true, channels: ['sms'], countries: [] })
    expect(warnings.join()).toContain('no text leaves until countries are chosen')
  })
})
