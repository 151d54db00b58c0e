import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { systemRuntime } from '../../base/runtime.ts'
import { createDeliverer } from '../../core/notifications/deliverer.ts'
import { createInboxMessages } from '../../core/notifications/inbox-messages.ts'
import { loadTemplates } from '../../core/notifications/load-templates.ts'
import { createOutbox } from '../../core/notifications/outbox.ts'
import type { OutboxMessage } from '../../core/notifications/outgoing.ts'
import { createInboxSender } from '../../core/notifications/senders/inbox.ts'
import { createVault } from '../../core/vault/vault.ts'
import { createApp } from '../../http/app.ts'
import { migrate } from '../../storage/migrate.ts'
import { openEmbedded } from '../../storage/pglite.ts'
import { createInboxMount } from './mount.ts'
import { previewHtml } from './present.ts'

const database = await openEmbedded({ folder: undefined, schema: 'auth' })
await migrate(database)
const runtime = systemRuntime()
const needs = { database, vault: createVault([{ id: 'k1', bytes: Buffer.alloc(32, 7) }], runtime), runtime }
const outbox = createOutbox(needs)
const sender = createInboxSender({ outbox, mode: 'development' })
const templates = await loadTemplates({ appName: 'Acme' })
const deliverer = createDeliverer({ outbox, templates, runtime, senders: { email: sender, sms: sender } })
const mount = await createInboxMount({ inbox: createInboxMessages(needs), publicUrl: 'https://auth.acme.example' })
const app = createApp({ mounts: [mount], runtime, origin: 'http://localhost:8787' })

const ask = (path: string, init: RequestInit = {}) => app.fetch(new Request(`http://localhost:8787/inbox${path}`, init))
const list = async (query = '') => {
  const answer = await ask(`/messages${query}`)
  return ((await answer.json()) as { items: Record<string, unknown>[] }).items
}
const receive = async (message: Partial<OutboxMessage> = {}) => {
  const values = {
    code: '012345',
    link: 'https://id.acme.test/l?token=wwl_1',
    displayName: '<img src=x onerror=alert(1)>',
  }
  const [id] = await outbox.enqueue([
    { channel: 'email', to: 'jo@example.test', template: 'sign_in', values, ...message },
  ])
  await deliverer.drain()
  return id
}

beforeEach(() => database.script('delete from auth.outbox'))
afterAll(() => database.close())

describe('the messages as JSON', () => {
  it('come newest first with every field', async () => {
    const id = await receive()
    await receive({ to: '+491701234567', channel: 'sms', template: 'sms_code', values: { code: '999999' } })
    const items = await list()
    expect(items.map(({ channel }) => channel)).toEqual(['sms', 'email'])
    expect(items[0]).toMatchObject({ subject: '', html: '', code: '999999', link: null })
    expect(items[1]).toMatchObject({
      id,
      at: expect.stringMatching(/^\d{4}-.*Z$/),
      to: 'jo@example.test',
      template: 'sign_in',
      subject: 'Sign in to Acme',
      code: '012345',
      link: 'https://id.acme.test/l?token=wwl_1',
      text: expect.stringContaining('012345'),
      html: expect.stringContaining('012345'),
    })
  })

  it('can be asked for by address and after a message', async () => {
    const first = await receive()
    await new Promise((resolve) => setTimeout(resolve, 2))
    const second = await receive({ to: 'mia@example.test' })
    expect(await list('?to=MIA@example.test')).toMatchObject([{ id: second }])
    expect(await list(`?after=${first}`)).toMatchObject([{ id: second }])
    expect((await ask('/messages?after=yesterday')).status).toBe(400)
    expect((await ask('/messages?to=a&to=b')).status).toBe(400)
  })

  it('are gone after DELETE', async () => {
    await receive()
    expect((await ask('/messages', { method: 'DELETE' })).status).toBe(204)
    expect(await list()).toEqual([])
  })

  it('are for this machine only: no other origin reads them, no foreign name reaches them', async () => {
    await receive()
    const foreign = await ask('/messages', { headers: { origin: 'https://evil.test' } })
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull()
    const hosts = { 'evil.example': 404, 'evil.example:8787': 404, 'auth.acme.example': 200, '127.0.0.1:8787': 200 }
    for (const [host, status] of Object.entries({ ...hosts, '[::1]:8787': 200, watchword: 200, localhost: 200 })) {
      expect([host, (await ask('/messages', { headers: { host } })).status]).toEqual([host, status])
    }
  })
})

describe('the page', () => {
  it('runs its own script only and loads nothing from elsewhere', async () => {
    const answer = await ask('')
    const policy = answer.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
    const page = await answer.text()
    expect(page).not.toMatch(/<script>|<style| on\w+=|https?:/)
    for (const [, path = ''] of page.matchAll(/<(?:script|link) [^>]*(?:src|href)="inbox(\/[^"]+)"/g)) {
      const asset = await ask(path)
      expect(asset.status).toBe(200)
      expect(asset.headers.get('content-type')).toMatch(/^text\/(javascript|css); charset=utf-8$/)
    }
    expect(await (await ask('/inbox.js')).text()).not.toMatch(
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval/,
    )
  })

  it('shows a mail where nothing in it runs', async () => {
    const id = await receive()
    const answer = await ask(`/messages/${id}/html`)
    const policy = answer.headers.get('content-security-policy') ?? ''
    expect(policy).toMatch(/^sandbox allow-popups[^;]*; default-src 'none'/)
    expect(policy).not.toMatch(/allow-scripts|allow-same-origin|script-src/)
    const html = await answer.text()
    expect(html).not.toContain('<img')
    expect(html).toContain('<base target="_blank">')
    expect((await ask('/messages/nonsense/html')).status).toBe(404)
  })

  it('lets links open beside it in mails of any shape', () => {
    expect(previewHtml({ html: '<p>x</p>' })).toBe('<base target="_blank"><p>x</p>')
    expect(previewHtml({ html: '<html><head lang="a"><title>' })).toBe(
      '<html><head lang="a"><base target="_blank"><title>',
    )
  })
})
