import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from './browsers.ts'
import { type App, type Browser, begin, ended, serveApp, visit } from './windows.ts'
import type { World } from './world.ts'

interface SsoWorld extends World {
  readonly origin: string
  readonly idp: { person: { nameId: string; attributes: Record<string, readonly string[]> } }
}
const place = '../../server/test/world/sso.ts'
const { startSso, introduce } = (await import(/* @vite-ignore */ place)) as {
  startSso(): Promise<SsoWorld>
  introduce(world: SsoWorld): Promise<string>
}

let world: SsoWorld
let browser: Browser
let app: App
beforeAll(async () => {
  world = await startSso()
  await introduce(world)
  app = await serveApp({ url: world.origin, key: world.publishableKey })
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  await app.close()
  await world.close()
})

describe('an organisation in a second window', () => {
  it('signs in without the page being left', async () => {
    const page = await visit(browser, app.url)
    world.idp.person = { nameId: 'there', attributes: { mail: ['ada@acme.test'] } }
    const popup = await begin(page, ({ popup: windows }) => windows.signInWithSso({ domain: 'acme.test' }) as never)
    expect(await ended(page)).toMatchObject({
      error: null,
      data: { status: 'complete', user: { email: 'ada@acme.test' } },
    })
    if (!popup.isClosed()) await popup.waitForEvent('close')
    await page.context().close()
  })
})
