import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from './browsers.ts'
import { type App, type Browser, type Held, isShown, type Page, serveApp, visit } from './windows.ts'
import { aPerson, password, startWorld, type World } from './world.ts'

let world: World
let browser: Browser
let app: App
beforeAll(async () => {
  world = await startWorld()
  app = await serveApp({ url: world.url, key: world.publishableKey, asks: true })
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  await app.close()
  await world.close()
})

type Asking = Held & { done: Promise<{ readonly error: { readonly code: string } | null }> }

describe('a page that asks for a proof', () => {
  it('goes on where it was, in all its tabs, once that is given', async () => {
    const email = await aPerson(world)
    const page = await visit(browser, app.url)
    const signedIn = await page.evaluate(
      ([address, secret]) =>
        (globalThis as unknown as Held).auth.signInWithPassword({ email: address, password: secret }),
      [email, password] as const,
    )
    expect(signedIn.error).toBeNull()
    const other = await page.context().newPage()
    await other.goto(app.url)
    await isShown(other, email)
    world.clock.move(1_000)
    await page.evaluate(() => {
      const page = globalThis as unknown as Asking
      page.done = page.auth.me.setPassword({ password: 'eight calm herons' })
    })
    await page.waitForFunction(() => (globalThis as unknown as Held).asked.length === 1)
    expect(await other.evaluate(() => (globalThis as unknown as Held).asked.length)).toBe(0)
    const error = await page.evaluate(async (secret) => {
      const { asked, done } = globalThis as unknown as Asking
      const [question] = asked
      await question?.attempt.answer({ option: 'password', password: secret })
      question?.resolve()
      return (await done).error
    }, password)
    expect(error).toBeNull()
    const tokenOf = (tab: Page) =>
      tab.evaluate(async () => (await (globalThis as unknown as Held).auth.getAccessToken()).data)
    const mine = await tokenOf(page)
    await expect.poll(() => tokenOf(other), { timeout: 10_000 }).toBe(mine)
    const fresh = await other.evaluate(() => (globalThis as unknown as Held).auth.getUser({ fresh: true }))
    expect(fresh.error).toBeNull()
    await page.context().close()
  })
})
