import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { templateNames } from '#src/core/notifications/templates/template-names.ts'
import { temporaryFolders } from '../../world/folders.ts'
import { anAddress, aPerson, type Body, codeOf, type NativeWorld, startNative } from './native-world.ts'

const aFolder = temporaryFolders()
let world: NativeWorld
beforeAll(async () => {
  const templatesFolder = await aFolder()
  await mkdir(join(templatesFolder, 'de', 'sign_in'), { recursive: true })
  await writeFile(join(templatesFolder, 'de', 'sign_in', 'subject.txt'), 'Dein Code: {{ code }}')
  world = await startNative({
    redirectUrls: ['https://app.example.test/**'],
    sessions: { idle: 86_400 },
    limits: { enabled: true },
    mail: { templatesFolder },
  })
})
afterAll(() => world.close())

const counters = async (query: string) =>
  new Map<string, Body>(
    (await world.admin(`GET /admin/limits?${query}`)).body.items.map((one: Body) => [one.counter, one]),
  )

describe('the settings', () => {
  it('are all there, with where each comes from, its default and what it does', async () => {
    const { body } = await world.admin('GET /admin/settings')
    const of = (name: string) => body.items.find((one: Body) => one.name === name)
    expect(of('sessions.idle')).toEqual({
      name: 'sessions.idle',
      variable: 'WATCHWORD_SESSIONS_IDLE',
      value: 86_400,
      default: null,
      source: 'file',
      secret: false,
      description: expect.any(String),
    })
    expect(of('password.min')).toMatchObject({ value: 8, default: 8, source: 'default' })
    expect(of('secrets.secretKey')).toMatchObject({ secret: true, value: expect.stringMatching(/^set/) })
    expect(new Set(body.items.map((one: Body) => one.name)).size).toBe(body.items.length)
  })

  it('are read and not changed here', async () => {
    const reply = await world.admin('PATCH /admin/settings', { changes: { 'password.min': 4 } })
    expect([reply.status, codeOf(reply), reply.headers.get('allow')]).toEqual([
      405,
      'method_not_allowed',
      'GET, HEAD, OPTIONS',
    ])
  })
})

describe('the places people may be sent to', () => {
  it('are listed as they were written', async () => {
    const { body } = await world.admin('GET /admin/redirects')
    expect(body).toEqual({ siteUrl: world.config.settings.siteUrl, urls: ['https://app.example.test/**'] })
  })
})

describe('the messages', () => {
  it('are listed in each language, with whose words they are', async () => {
    const { items } = (await world.admin('GET /admin/templates')).body
    expect(items).toHaveLength(templateNames.length * 6)
    expect(items.filter((one: Body) => one.own)).toEqual([{ name: 'sign_in', locale: 'de', own: true }])
  })

  it('are shown filled, each of them in each language, in the nearest one there is, and nothing is sent', async () => {
    const show = async (template: string, locale?: string) =>
      (await world.admin('POST /admin/templates/preview', { template, ...(locale && { locale }) })).body
    expect(await show('sign_in', 'de-AT')).toMatchObject({ locale: 'de', subject: 'Dein Code: 123456' })
    expect((await show('recovery', 'xx')).locale).toBe('en')
    expect(await show('sms_code')).toMatchObject({ subject: '', html: '', text: expect.stringContaining('123456') })
    for (const name of templateNames) expect((await show(name, 'ja')).text, name).not.toBe('')
    expect((await world.admin('GET /admin/outbox?to=ada@example.com')).body.items).toEqual([])
    expect(codeOf(await world.admin('POST /admin/templates/preview', { template: 'nothing' }))).toBe(
      'validation_failed',
    )
  })
})

describe('the counters', () => {
  it('of a network say how far it is', async () => {
    const email = anAddress()
    await world.ask('POST /sign-in/password', { body: { email, password: 'wrong wrong wrong' } })
    await world.ask('POST /sign-in/code', { body: { email } })
    const here = await counters('network=127.0.0.1')
    expect(here.get('passwords')).toMatchObject({ limit: 100, remaining: 99, over: false })
    expect(here.get('messages')).toMatchObject({ remaining: 29 })
    await world.ask('GET /settings')
    expect((await counters('network=127.0.0.1')).get('requests:public').remaining).toBeLessThan(300)
    const elsewhere = await counters('network=2001:db8::1')
    for (const { limit, remaining } of elsewhere.values()) expect(remaining).toBe(limit)
    expect(await counters('network=2001:db8::/64')).toEqual(elsewhere)
  })

  it('of a user say how far the account and its addresses are', async () => {
    const { email, complete } = await aPerson(world)
    await world.ask('POST /sign-in/password', { body: { email, password: 'wrong wrong wrong' } })
    const theirs = await counters(`userId=${complete.user.id}`)
    expect(theirs.get('passwords')).toMatchObject({ limit: 100, remaining: 99 })
    expect([...theirs.keys()]).toEqual([
      'requests:me',
      'requests:change',
      'passwords',
      'codes',
      'messages',
      'address_changes',
    ])
  })

  it('are asked about one thing at a time', async () => {
    const user = '0199a3c4-0000-7000-8000-000000000000'
    for (const query of ['', `network=1.2.3.4&userId=${user}`, 'network=nonsense', 'userId=x', 'network=1.2.3.4/8'])
      expect(codeOf(await world.admin(`GET /admin/limits?${query}`)), query).toBe('validation_failed')
    expect(codeOf(await world.admin(`GET /admin/limits?userId=${user}`))).toBe('not_found')
  })

  it('count nothing by being looked at', async () => {
    const before = await counters('network=127.0.0.1')
    const after = await counters('network=127.0.0.1')
    for (const [name, { remaining }] of after) expect([name, remaining]).toEqual([name, before.get(name).remaining])
  })
})
