import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../set-up/chromium.ts'
import { freePort } from '../set-up/free-port.ts'
import { type SocialWorld, startSocial } from '../world/social.ts'
import { startAltogicPage } from './altogic-page.ts'
import type { App } from './app.ts'
import { openFromInbox } from './from-inbox.ts'

const password = 'seven quiet otters'
let world: SocialWorld
let app: App
let browser: Browser

beforeAll(async () => {
  const port = await freePort()
  const redirectUrl = `http://127.0.0.1:${port}/auth-redirect`
  world = await startSocial({ siteUrl: `http://127.0.0.1:${port}`, dialects: { altogic: { redirectUrl } } })
  app = await startAltogicPage(port, { url: world.origin, key: world.publishableKey })
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  await app.close()
  await world.close()
})

const signedInAs = (page: Page, email: string) => page.locator('#who', { hasText: email }).waitFor()
const told = (page: Page, problem: string) => page.locator('#problem', { hasText: problem }).waitFor()

/** Opens the app in a browser that knows nothing yet. */
async function visit(): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(app.url)
  await signedInAs(page, 'nobody')
  return { context, page }
}

async function fill(page: Page, email: string, button: string): Promise<void> {
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: button, exact: true }).click()
}

describe('an app on Altogic’s client, in Chromium', () => {
  it('signs up, confirms from the inbox, stays signed in, signs out and signs in again', async () => {
    const { context, page } = await visit()
    const email = 'ada@example.test'
    await fill(page, email, 'Sign up')
    await world.inbox.waitFor(email, 'sign_up')
    await fill(page, email, 'Sign in')
    await told(page, 'email_not_verified')

    const opened = await openFromInbox(context, { ...world, url: world.origin }, email, 'sign_up')
    await opened.waitForURL(`${app.url}/auth-redirect?status=200&access_token=*&action=email-confirm`)
    await signedInAs(opened, email)
    await opened.goto(app.url)
    await signedInAs(opened, email)

    await opened.getByRole('button', { name: 'Sign out' }).click()
    await signedInAs(opened, 'nobody')
    await opened.reload()
    await signedInAs(opened, 'nobody')
    await fill(opened, email, 'Sign in')
    await signedInAs(opened, email)
    await context.close()
  }, 60_000)

  it('goes to a provider and comes back signed in', async () => {
    const { context, page } = await visit()
    await page.getByRole('button', { name: 'Sign in with Google' }).click()
    await page.locator('input[name=sub]').fill('there@example.test')
    await page.getByRole('button', { name: 'Sign in there' }).click()
    await signedInAs(page, 'there@example.test')
    expect(new URL(page.url()).searchParams.get('action')).toBe('oauth-signin')
    await context.close()
  })

  it('forgets a session that was ended elsewhere', async () => {
    const email = 'away@example.test'
    const made = await fetch(`${world.origin}/v1/admin/users`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.secretKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ email, password, emailConfirmed: true }),
    })
    const { id } = (await made.json()) as { id: string }
    const { context, page } = await visit()
    await fill(page, email, 'Sign in')
    await signedInAs(page, email)
    await world.core.sessions.endAll(id)
    await page.reload()
    await signedInAs(page, 'nobody')
    expect(await page.evaluate(`localStorage.getItem('session')`)).toBeNull()
    await context.close()
  })
})
