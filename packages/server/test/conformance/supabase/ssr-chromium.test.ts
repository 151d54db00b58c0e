import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServerClient, parseCookieHeader, serializeCookieHeader } from '@supabase/ssr'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { launchChromium } from '../../set-up/chromium.ts'
import { freePort } from '../../set-up/free-port.ts'
import { bundled } from '../../world/bundled.ts'
import { type Served, serve } from '../../world/served.ts'
import { startWorld, type World } from '../../world/world.ts'
import { anAddress, aPerson, goodPassword as password } from './clients.ts'

// An app whose pages and server share a session by cookies, as `@supabase/ssr` keeps it.

const entry = `
import { createBrowserClient } from '@supabase/ssr'
const { url, key } = JSON.parse(document.querySelector('#set').textContent)
globalThis.client = createBrowserClient(url, key)
globalThis.told = []
client.auth.onAuthStateChange((event) => told.push(event))`

let world: World
let site: string
let app: Served
let browser: Browser
beforeAll(async () => {
  const port = await freePort()
  site = `http://localhost:${port}`
  world = await startWorld({ config: { siteUrl: site } })
  const code = await bundled(entry)
  app = await serve((request, response) => void answer(request, response, code), port)
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  await app.close()
  await world.close()
})

/** The client of one request: what it writes goes out with the answer. */
function clientOf(request: IncomingMessage, response: ServerResponse) {
  return createServerClient(world.url, world.publishableKey, {
    realtime: { transport: WebSocket as never },
    cookies: {
      getAll: () =>
        parseCookieHeader(request.headers.cookie ?? '').map(({ name, value }) => ({ name, value: value ?? '' })),
      setAll(cookies: SetCookie[]) {
        for (const { name, value, options } of cookies)
          response.appendHeader('set-cookie', serializeCookieHeader(name, value, options))
      },
    },
  })
}

type SetCookie = { name: string; value: string; options: Parameters<typeof serializeCookieHeader>[2] }

async function answer(request: IncomingMessage, response: ServerResponse, code: string): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', site)
  if (pathname === '/app.js') {
    response.setHeader('content-type', 'text/javascript').end(code)
  } else if (pathname === '/auth/callback') {
    const { error } = await clientOf(request, response).auth.exchangeCodeForSession(searchParams.get('code') ?? '')
    response.writeHead(303, { location: `/?error=${error?.code ?? ''}` }).end()
  } else if (pathname === '/me') {
    const { auth } = clientOf(request, response)
    const { data } = await auth.getClaims()
    const { data: asked } = await auth.getUser()
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ claimed: data?.claims.email ?? null, asked: asked.user?.email ?? null }))
  } else {
    const set = JSON.stringify({ url: world.url, key: world.publishableKey })
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(`<!doctype html><meta charset="utf-8"><title>App</title><link rel="icon" href="data:,">
<script type="application/json" id="set">${set}</script><script src="/app.js"></script>`)
  }
}

type Auth = Record<string, (...args: readonly unknown[]) => Promise<{ error: { message: string } | null }>>

/** Calls the client in the page. Answers what is wrong. */
const call = (page: Page, method: string, ...args: unknown[]) =>
  page.evaluate(
    async ([name, list]) => {
      const { auth } = (globalThis as unknown as { client: { auth: Auth } }).client
      return (await auth[name]?.(...list))?.error?.message ?? null
    },
    [method, args] as const,
  )

/** Whom the server takes the browser for. */
const me = (page: Page) => page.evaluate(async () => (await fetch('/me')).json())

async function visit() {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(site)
  return { context, page }
}

describe('an app whose pages and server share cookies, in Chromium', () => {
  it('is signed in on both sides by a password, and signed out on both', async () => {
    const { email } = await aPerson(world)
    const { context, page } = await visit()
    expect(await me(page)).toEqual({ claimed: null, asked: null })
    expect(await call(page, 'signInWithPassword', { email, password })).toBeNull()
    expect(await me(page)).toEqual({ claimed: email, asked: email })
    await page.reload()
    expect(await call(page, 'refreshSession')).toBeNull()
    expect(await me(page)).toEqual({ claimed: email, asked: email })
    expect(await call(page, 'signOut')).toBeNull()
    expect(await me(page)).toEqual({ claimed: null, asked: null })
    await context.close()
  })

  it('begins in a page and ends on the server, by a mailed link', async () => {
    const email = anAddress()
    const { context, page } = await visit()
    const options = { emailRedirectTo: `${site}/auth/callback` }
    expect(await call(page, 'signUp', { email, password, options })).toBeNull()
    const { link } = await world.inbox.waitFor(email)
    await page.goto(link ?? '')
    expect(new URL(page.url()).searchParams.get('error')).toBe('')
    expect(await me(page)).toEqual({ claimed: email, asked: email })
    const events = () => page.evaluate(() => (globalThis as unknown as { told: string[] }).told)
    await expect.poll(events, { timeout: 15_000 }).toContain('INITIAL_SESSION')
    expect(await call(page, 'updateUser', { data: { plan: 'free' } })).toBeNull()
    expect(await events()).toContain('USER_UPDATED')
    await context.close()
  })

  it('tells whoever opens the link in another browser that it was begun elsewhere', async () => {
    const { email } = await aPerson(world)
    const { context, page } = await visit()
    const options = { emailRedirectTo: `${site}/auth/callback` }
    expect(await call(page, 'signInWithOtp', { email, options })).toBeNull()
    const other = await visit()
    await other.page.goto((await world.inbox.waitFor(email, 'sign_in')).link ?? '')
    expect(new URL(other.page.url()).searchParams.get('error')).not.toBe('')
    expect(await me(other.page)).toEqual({ claimed: null, asked: null })
    await other.context.close()
    await context.close()
  })
})
