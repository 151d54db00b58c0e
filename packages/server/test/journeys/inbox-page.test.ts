import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemRuntime } from '../../src/base/runtime.ts'
import { createDeliverer } from '../../src/core/notifications/deliverer.ts'
import { createInboxMessages } from '../../src/core/notifications/inbox-messages.ts'
import { loadTemplates } from '../../src/core/notifications/load-templates.ts'
import { createOutbox } from '../../src/core/notifications/outbox.ts'
import type { OutboxMessage } from '../../src/core/notifications/outgoing.ts'
import { createInboxSender } from '../../src/core/notifications/senders/inbox.ts'
import { createVault } from '../../src/core/vault/vault.ts'
import { createInboxMount } from '../../src/dialects/inbox/mount.ts'
import { createApp } from '../../src/http/app.ts'
import { serve } from '../../src/http/node-server.ts'
import { migrate } from '../../src/storage/migrate.ts'
import { openEmbedded } from '../../src/storage/pglite.ts'
import { launchChromium } from '../set-up/chromium.ts'

const runtime = systemRuntime()
const cleanUp: (() => unknown)[] = []
let browser: Browser
let page: Page
let origin: string
const complaints: string[] = []

const database = await openEmbedded({ folder: undefined, schema: 'auth' })
await migrate(database)
const needs = { database, vault: createVault([{ id: 'k1', bytes: Buffer.alloc(32, 7) }], runtime), runtime }
const outbox = createOutbox(needs)
const sender = createInboxSender({ outbox, mode: 'development' })
// An operator's own template may hold anything, even what the built-in ones never let through.
const overrides = {
  en: { invite: { html: '<head></head><script>parent.ran = 1; ran = 1</script><img src=x onerror="parent.ran=1">ok' } },
}
const templates = await loadTemplates({ appName: 'Acme', overrides })
const deliverer = createDeliverer({ outbox, templates, runtime, senders: { email: sender, sms: sender } })

const receive = async (message: Partial<OutboxMessage>) => {
  const values = { code: '012345', link: `${origin}/opened?token=wwl_1`, ...message.values }
  await outbox.enqueue([{ channel: 'email', to: 'jo@example.test', template: 'sign_in', ...message, values }])
  await deliverer.drain()
}

beforeAll(async () => {
  const mount = await createInboxMount({ inbox: createInboxMessages(needs), publicUrl: 'http://localhost' })
  const app = createApp({ mounts: [mount], runtime, origin: 'http://localhost' })
  const server = await serve(app, { host: '127.0.0.1', port: 0, runtime })
  origin = `http://127.0.0.1:${server.port}`
  browser = await launchChromium()
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] })
  page = await context.newPage()
  page.on('console', (line) => {
    if (line.type() === 'error') complaints.push(line.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  cleanUp.push(
    () => database.close(),
    () => server.close(100),
    () => browser.close(),
  )
})
afterAll(async () => {
  for (const step of cleanUp.reverse()) await step()
})

const rows = () => page.locator('.row').count()

describe('the inbox in a browser', () => {
  it('is empty at first and shows what comes without being asked', async () => {
    await page.goto(`${origin}/inbox`)
    await page.getByText('No messages yet').waitFor()
    await receive({})
    await page.getByRole('heading', { name: 'Sign in to Acme' }).waitFor()
    const mail = page.frameLocator('#html')
    await mail.getByText('012345', { exact: true }).waitFor()
  })

  it('copies the code and opens the link beside itself', async () => {
    await page.getByRole('button', { name: 'Copy code' }).click()
    await page.locator('#copy.done').waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe('012345')
    for (const press of [
      () => page.getByRole('link', { name: 'Open link' }).click(),
      () => page.frameLocator('#html').locator('a.button').click(),
    ]) {
      const [opened] = await Promise.all([page.context().waitForEvent('page'), press()])
      await opened.waitForURL(`${origin}/opened?token=wwl_1`)
      await opened.close()
    }
  })

  it('shows the plain text', async () => {
    await page.getByRole('tab', { name: 'Text' }).click()
    await page.locator('#text', { hasText: 'Or enter this code' }).waitFor()
    await page.locator('#html').waitFor({ state: 'hidden' })
    await page.getByRole('tab', { name: 'HTML' }).click()
  })

  it('shows texts, and finds messages by address', async () => {
    await receive({ to: '+491701234567', channel: 'sms', template: 'sms_code' })
    await page.getByText('012345 is your code for Acme').first().waitFor()
    await page.getByRole('searchbox').fill('jo@example')
    await expect.poll(rows).toBe(1)
    await page.getByRole('searchbox').fill('')
    await expect.poll(rows).toBe(2)
  })

  it('runs nothing that a message brings', async () => {
    complaints.length = 0
    const displayName = `<img src=x onerror="ran=1"><script>ran=1</script>{{7*7}}`
    await receive({ to: '"><img/src/onerror=ran=1>@example.test', values: { displayName } })
    await receive({ template: 'invite', values: { link: 'javascript:ran=1' } })
    await page.locator('.row').nth(3).waitFor()
    await page.locator('.row').first().click()
    await page.frameLocator('#html').getByText('ok').waitFor()
    expect(await page.evaluate('typeof ran')).toBe('undefined')
    expect(await page.getByRole('link', { name: 'Open link' }).isHidden()).toBe(true)
    await page.locator('.row').nth(1).click()
    await page.frameLocator('#html').getByText('{{7*7}}').waitFor()
    expect(await page.evaluate('typeof ran')).toBe('undefined')
    // The page itself broke none of its rules; the foreign script was stopped in its frame.
    expect(complaints.filter((text) => !/sandbox|inline|Refused|violates/i.test(text))).toEqual([])
    await page.emulateMedia({ colorScheme: 'dark' })
  })

  it('can be emptied', async () => {
    await page.getByRole('button', { name: 'Empty' }).click()
    await page.getByText('No messages yet').waitFor()
    expect(await rows()).toBe(0)
  })
})
