import { createServer } from 'node:http'
import type { Browser, Page } from 'playwright-core'
import { rolldown } from 'rolldown'
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

async function script(): Promise<string> {
  const name = '\0entry'
  const bundle = await rolldown({
    input: name,
    platform: 'browser',
    cwd: import.meta.dirname,
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
    plugins: [{ name, resolveId: (id) => (id === name ? id : null), load: (id) => (id === name ? entry : null) }],
  })
  const { output } = await bundle.generate({ format: 'iife' })
  await bundle.close()
  return output[0].code
}

/** @param authUrl where the dialect is reached */
export async function startSite(port: number, authUrl: string): Promise<Site> {
  const code = await script()
  const page = `<!doctype html><meta charset="utf-8"><title>App</title><link rel="icon" href="data:,">
<script type="text/plain" id="set">${authUrl}</script><script src="/app.js"></script>`
  const server = createServer((request, response) => {
    const isScript = request.url === '/app.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8')
    response.end(isScript ? code : page)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    url: `http://localhost:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
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
  const cdp = await context.newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
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
