import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../../set-up/chromium.ts'
import { anAddress, type NativeWorld, startNative } from './native-world.ts'

const app = 'https://app.example.test/in'
const complaints: string[] = []
let world: NativeWorld
let browser: Browser
let page: Page

beforeAll(async () => {
  world = await startNative({ redirectUrls: [app] })
  browser = await launchChromium()
  page = await browser.newPage({ viewport: { width: 1200, height: 900 } })
  page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()))
  await page.route(`${app}**`, (route) => route.fulfill({ body: 'came back' }))
})
afterAll(async () => {
  await browser.close()
  await world.close()
})

describe('in a browser', () => {
  it('a mailed link shows one button, and pressing it leads back to the app', async () => {
    const email = anAddress()
    const back = { redirectTo: app, codeChallenge: 'A'.repeat(43), state: 's1' }
    const begun = await world.ask('POST /sign-in/code', { body: { email, ...back } })
    const { link } = await world.inbox.waitFor(email)
    await page.goto(link ?? '')
    const status = () => world.ask('POST /attempts/status', { body: { attempt: begun.body.attempt.token } })
    expect((await status()).body.attempt.step.linkOpened).toBe(false)
    await page.getByRole('button').click()
    await page.waitForURL(`${app}?**`)
    expect(await page.textContent('body')).toBe('came back')
    expect(new URL(page.url()).searchParams.get('state')).toBe('s1')
    expect((await status()).body.attempt.step.linkOpened).toBe(true)
    expect(complaints).toEqual([])
  })

  it('a dead link says so, and leads to the site', async () => {
    await page.goto(`${world.config.settings.publicUrl}/v1/links?token=wwl_x`)
    expect(await page.getByRole('heading').textContent()).toBe('This link has expired')
    expect(await page.getByRole('link').getAttribute('href')).toBe(world.config.settings.siteUrl)
  })

  it('the documentation reads without script, and its links lead to what they name', async () => {
    await page.goto(`${world.config.settings.publicUrl}/v1/docs`)
    await page.getByRole('navigation').getByText('/sign-in/code').click()
    await page.waitForURL(({ hash }) => hash === '#post-sign-in-code')
    await page.locator('#post-sign-in-code').getByRole('link', { name: 'Pending' }).click()
    await page.waitForURL(({ hash }) => hash === '#shape-Pending')
    await page.locator('#shape-Pending table').waitFor()
    const widest = await page.evaluate('document.documentElement.scrollWidth')
    expect(widest).toBe(1200)
    await page.setViewportSize({ width: 380, height: 800 })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(380)
  })
})
