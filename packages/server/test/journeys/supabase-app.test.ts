import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../set-up/chromium.ts'
import { freePort } from '../set-up/free-port.ts'
import { startWorld, type World } from '../world/world.ts'
import { type App, startApp } from './app.ts'
import { openFromInbox } from './from-inbox.ts'

const password = 'seven quiet otters'

interface Stage {
  readonly world: World
  readonly app: App
  readonly browser: Browser
}

const stages: Stage[] = []

async function setStage(flowType: 'implicit' | 'pkce'): Promise<Stage> {
  const port = await freePort()
  const world = await startWorld({
    config: { siteUrl: `http://127.0.0.1:${port}`, redirectUrls: [`http://127.0.0.1:${port}/**`] },
  })
  const app = await startApp(port, { url: world.url, key: world.publishableKey, flowType })
  const stage = { world, app, browser: await launchChromium() }
  stages.push(stage)
  return stage
}

afterAll(async () => {
  for (const { world, app, browser } of stages) {
    await browser.close()
    await app.close()
    await world.close()
  }
})

/** Opens the app in a tab of a browser that knows nothing yet. */
async function visit({ app, browser }: Stage): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(app.url)
  await signedInAs(page, 'nobody')
  return { context, page }
}

/** Calls the client in the page, as the app would. */
async function call(
  page: Page,
  method: string,
  ...values: unknown[]
): Promise<{ data: unknown; error: { message: string; code: string } | null }> {
  return page.evaluate(
    async ([name, list]) => {
      const auth = (
        globalThis as unknown as { client: { auth: Record<string, (...values: unknown[]) => Promise<unknown>> } }
      ).client.auth
      const result = (await auth[name as string]?.(...(list as unknown[]))) as {
        data: unknown
        error: { message: string; code: string } | null
      }
      return {
        data: result.data,
        error: result.error === null ? null : { message: result.error.message, code: result.error.code },
      }
    },
    [method, values] as const,
  )
}

const signedInAs = (page: Page, email: string) => page.locator('#who', { hasText: email }).waitFor()

describe.each(['implicit', 'pkce'] as const)('an app on supabase-js with the %s flow, in Chromium', (flowType) => {
  const held: { stage?: Stage } = {}
  const stage = (): Stage => {
    if (held.stage === undefined) throw new Error('not started')
    return held.stage
  }
  beforeAll(async () => {
    held.stage = await setStage(flowType)
  })

  it('confirms a new account from the mail in the inbox and is signed in', async () => {
    const { context, page } = await visit(stage())
    const email = `ada-${flowType}@example.test`
    expect(
      await call(page, 'signUp', { email, password, options: { emailRedirectTo: `${stage().app.url}/welcome` } }),
    ).toMatchObject({ error: null })
    const opened = await openFromInbox(context, stage().world, email, 'sign_up')
    await opened.waitForURL(`${stage().app.url}/welcome**`)
    await signedInAs(opened, email)
    expect(new URL(opened.url()).hash).not.toContain('access_token')
    expect(await opened.textContent('#event')).toContain('SIGNED_IN')
    await context.close()
  })

  it('recovers a password and signs in with the new one', async () => {
    const { context, page } = await visit(stage())
    const email = `rae-${flowType}@example.test`
    const admin = await fetch(`${stage().world.url}/auth/v1/admin/users`, {
      method: 'POST',
      headers: { authorization: `Bearer ${stage().world.secretKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ email, password, email_confirm: true }),
    })
    expect(admin.status).toBe(200)
    expect(await call(page, 'resetPasswordForEmail', email, { redirectTo: `${stage().app.url}/reset` })).toMatchObject({
      error: null,
    })
    const opened = await openFromInbox(context, stage().world, email, 'recovery')
    await opened.waitForURL(`${stage().app.url}/reset**`)
    await signedInAs(opened, email)
    await opened.locator('#event', { hasText: 'PASSWORD_RECOVERY' }).waitFor()
    expect(await call(opened, 'updateUser', { password: 'eight calm herons' })).toMatchObject({ error: null })
    expect(await call(opened, 'signOut')).toMatchObject({ error: null })
    expect(await call(opened, 'signInWithPassword', { email, password })).toMatchObject({
      error: { code: 'invalid_credentials' },
    })
    expect(await call(opened, 'signInWithPassword', { email, password: 'eight calm herons' })).toMatchObject({
      error: null,
    })
    await context.close()
  })

  it('signs in by a mailed link, and the link is worth nothing in another browser that did not ask', async () => {
    const { context, page } = await visit(stage())
    const email = `lin-${flowType}@example.test`
    expect(await call(page, 'signInWithOtp', { email, options: { emailRedirectTo: stage().app.url } })).toMatchObject({
      error: null,
    })
    const message = await stage().world.inbox.waitFor(email)
    if (flowType === 'pkce') {
      const stranger = await visit(stage())
      await stranger.page.goto(message.link ?? '')
      await stranger.page.waitForURL(`${stage().app.url}/**`)
      await signedInAs(stranger.page, 'nobody')
      await stranger.context.close()
    }
    await page.goto(message.link ?? '')
    await signedInAs(page, email)
    await context.close()
  })
})
