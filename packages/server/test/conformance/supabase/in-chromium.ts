import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { servePage } from '../../world/served.ts'
import { addAuthenticators } from '../../world/virtual-authenticator.ts'

const packageFolder = dirname(createRequire(import.meta.url).resolve('@supabase/supabase-js/package.json'))

/** A site with nothing but the official client on every page, as its own documentation loads it. */
export interface Site {
  readonly url: string
  close(): Promise<void>
}

const page = (speaksTo: { readonly url: string; readonly key: string; readonly flowType: 'implicit' | 'pkce' }) =>
  `<!doctype html><meta charset="utf-8"><title>App</title><link rel="icon" href="data:,">
<script src="/app.js"></script>
<script>
  const { url, key, flowType } = ${JSON.stringify(speaksTo)}
  globalThis.told = []
  globalThis.client = supabase.createClient(url, key, { auth: { flowType, experimental: { recoveryCodes: true } } })
  client.auth.onAuthStateChange((event, session) => {
    told.push({ event, user: session && session.user && session.user.email })
  })
</script>`

/** @param port where it is served; every path is the same page */
export async function startSite(port: number, speaksTo: Parameters<typeof page>[0]): Promise<Site> {
  const script = await readFile(join(packageFolder, 'dist/umd/supabase.js'))
  const { close } = await servePage(page(speaksTo), script, port)
  return { url: `http://localhost:${port}`, close }
}

type Json = Record<string, unknown>

/** What a method of the client answered, as far as it can leave the page. */
export interface Told {
  readonly data: Json
  readonly error: { readonly message: string; readonly code?: string; readonly status?: number } | null
}

/** What the client told the page of. */
export interface Event {
  readonly event: string
  /** Address of whoever is signed in then. */
  readonly user: string | null
}

/** A browser profile at the site. */
export interface Visit {
  readonly page: Page
  /** Calls a method below `client.auth` in the page: `mfa.webauthn.register`. */
  call(method: string, ...args: unknown[]): Promise<Told>
  /** All events since the page was loaded. */
  told(): Promise<readonly Event[]>
  /** Opens an address, which leads to a page of the site in the end. */
  open(address: string): Promise<URL>
  leave(): Promise<void>
}

/** Opens the site in a profile that knows nothing yet, with an authenticator that is always there and knows its person. */
export async function visit(browser: Browser, at: string): Promise<Visit> {
  const context = await browser.newContext()
  const page = await context.newPage()
  await addAuthenticators(page, { transport: 'internal' }, { transport: 'usb' })
  await page.goto(at)
  return {
    page,
    call: (method, ...args) => page.evaluate(called, [method, args] as const),
    told: () => page.evaluate(() => (globalThis as unknown as { told: Event[] }).told),
    async open(address) {
      await page.goto(address)
      await page.waitForURL(`${new URL(at).origin}/**`)
      return new URL(page.url())
    },
    leave: () => context.close(),
  }
}

/** Runs in the page. */
async function called([path, args]: readonly [string, readonly unknown[]]): Promise<Told> {
  type Owner = Record<string, unknown>
  const { auth } = (globalThis as unknown as { client: { auth: Owner } }).client
  const names = path.split('.')
  const owner = names.slice(0, -1).reduce((at, name) => at[name] as Owner, auth)
  const method = owner[names.at(-1) ?? ''] as (...all: readonly unknown[]) => Promise<Told>
  const { data, error } = await method.call(owner, ...args)
  if (error === null) return { data, error }
  const { message, code, status } = error
  return { data, error: { message, ...(code && { code }), ...(status && { status }) } }
}
