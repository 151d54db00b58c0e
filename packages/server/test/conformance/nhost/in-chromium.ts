import type { Browser, Page } from 'playwright-core'
import { bundled } from '../../world/bundled.ts'
import { servePage } from '../../world/served.ts'
import { addAuthenticators } from '../../world/virtual-authenticator.ts'
import type { Body } from '../native/native-world.ts'

/** A site with nothing but the client before nhost-js 4 on its page, built as an app builds it. */
export interface Site {
  readonly url: string
  close(): Promise<void>
}

const entry = `
import { HasuraAuthClient } from '@nhost/hasura-auth-js'
const url = document.querySelector('#set').textContent
globalThis.auth = new HasuraAuthClient({ url, autoSignIn: false, autoRefreshToken: false, clientStorageType: 'web', start: true })`

/** @param authUrl where the dialect is reached */
export async function startSite(port: number, authUrl: string): Promise<Site> {
  const code = await bundled(entry, { 'process.env.NODE_ENV': '"production"' })
  const page = `<!doctype html><meta charset="utf-8"><title>App</title><link rel="icon" href="data:,">
<script type="text/plain" id="set">${authUrl}</script><script src="/app.js"></script>`
  const { close } = await servePage(page, code, port)
  return { url: `http://localhost:${port}`, close }
}

/** A browser profile at the site, with a security key in it whose person is always there. */
export interface Visit {
  readonly page: Page
  /** Calls a method of the client in the page. */
  call(method: string, ...args: unknown[]): Promise<Body>
  /** The claims of the token that the client holds now. */
  claims(): Promise<Body>
  /** How many keys its authenticator holds. */
  keys(): Promise<number>
  leave(): Promise<void>
}

export async function visit(browser: Browser, site: string): Promise<Visit> {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(site)
  const { cdp, authenticator: authenticatorId } = await addAuthenticators(page)
  const call: Visit['call'] = (method, ...args) =>
    page.evaluate(([name, given]) => (globalThis as Body).auth[name](...given), [method, args] as const)
  return {
    page,
    call,
    claims: () => call('getHasuraClaims'),
    async keys() {
      const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId })
      return credentials.length
    },
    leave: () => context.close(),
  }
}
