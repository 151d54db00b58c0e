import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { createAccount } from '../src/account/index.ts'
import type { Attempt } from '../src/attempt/attempt.ts'
import type { Client } from '../src/client.ts'
import type { createPopup } from '../src/popup/index.ts'
import { bundled, servePage } from './browsers.ts'

/** How something in a second window ended. */
export interface Ended {
  readonly data: { readonly status: string; readonly [name: string]: unknown } | null
  readonly error: { readonly code: string; readonly message: string } | null
}

/** What the page of the app holds for the tests. */
export interface Held {
  auth: Client
  popup: ReturnType<typeof createPopup<false>>
  account: ReturnType<typeof createAccount<false>>
  /** One for each window that was opened, in order. */
  ended: Promise<Ended>[]
  heard: string[]
  /** Proofs that the page was asked for, where the client was made so. */
  asked: { readonly attempt: Attempt; resolve(): void; reject(error: Error): void }[]
  hasFocus: boolean
}

const sourceOf = (path: string) => JSON.stringify(fileURLToPath(new URL(`../src/${path}/index.ts`, import.meta.url)))

const entry = `
import { createClient } from ${JSON.stringify(fileURLToPath(new URL('../src/index.ts', import.meta.url)))}
import { createAccount } from ${sourceOf('account')}
import { createPopup } from ${sourceOf('popup')}
const set = JSON.parse(document.querySelector('#set').textContent)
globalThis.hasFocus = true
document.hasFocus = () => globalThis.hasFocus
globalThis.heard = []
globalThis.ended = []
globalThis.asked = []
const ask = (attempt) => new Promise((resolve, reject) => globalThis.asked.push({ attempt, resolve, reject }))
globalThis.auth = createClient(set.asks ? { ...set, onElevationNeeded: ask } : set)
globalThis.auth.onChange(({ event, state }) => {
  globalThis.heard.push(event)
  document.title = state.status === 'signed_in' ? state.user.email : 'nobody'
})
globalThis.account = createAccount(globalThis.auth)
globalThis.popup = createPopup(globalThis.auth)`

/** An app at every path. `/alone` cuts itself off from the windows it opens, as soon as they show another site. */
export interface App {
  readonly url: string
  close(): Promise<void>
}

/**
 * @param set what the client is made with
 * @param more.script what else the page does
 * @param more.port default: a free one
 */
export async function serveApp(
  set: object,
  more: { readonly script?: string; readonly port?: number } = {},
): Promise<App> {
  const code = await bundled(entry + (more.script ?? ''))
  const html = `<!doctype html><title>nobody yet</title><link rel="icon" href="data:,">
<input autocomplete="username webauthn"><button>Do it</button>
<script type="application/json" id="set">${JSON.stringify(set)}</script><script src="/app.js"></script>`
  const page = ({ url }: { url?: string }) => ({
    html,
    headers: url?.startsWith('/alone') === true ? { 'cross-origin-opener-policy': 'same-origin' } : {},
  })
  const { port, close } = await servePage(page, code, more.port)
  return { url: `http://127.0.0.1:${port}`, close }
}

/** Waits until the app's page says who is in. */
export const isShown = (page: Page, who: string) => page.waitForFunction((name) => document.title === name, who)

/** Opens the app in a browser that knows nothing yet. */
export async function visit(browser: Browser, address: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage()
  await page.goto(address)
  await isShown(page, 'nobody')
  return page
}

/** Does something that opens a second window, as if a button had been pressed. */
export async function begin(page: Page, act: (held: Held) => Promise<Ended>): Promise<Page> {
  const [popup] = await Promise.all([page.waitForEvent('popup'), press(page, act)])
  return popup
}

/** As {@link begin}, where no window may come. */
export const press = (page: Page, act: (held: Held) => Promise<Ended>): Promise<void> =>
  page.evaluate(`void globalThis.ended.push((${String(act)})(globalThis))`)

/** How the one that was opened first, second … ended. */
export const ended = (page: Page, at = 0): Promise<Ended> =>
  page.evaluate(async (index) => {
    const { data, error } = (await (globalThis as unknown as Held).ended[index]) ?? { data: null, error: null }
    const refusal = error === null ? null : { code: error.code, message: error.message }
    return JSON.parse(JSON.stringify({ data, error: refusal }))
  }, at)

/** Whether this page has the focus, as it believes. */
export const setFocus = (page: Page, has: boolean) =>
  page.evaluate((value) => Object.assign(globalThis, { hasFocus: value }), has)

/** What is remembered in this browser for the app. */
export const remembered = (page: Page): Promise<Record<string, string>> => page.evaluate(() => ({ ...localStorage }))

export type { Browser, BrowserContext, Page }
