import type { Browser, Page } from 'playwright-core'
import { bundled } from '../../world/bundled.ts'
import { servePage } from '../../world/served.ts'
import type { World } from '../../world/world.ts'
import type { Body } from '../native/native-world.ts'

/** A site with nothing but the official client on every page, built as an app builds it. */
export interface Site {
  readonly url: string
  close(): Promise<void>
}

const entry = `
import { createClient } from 'altogic'
const { url, key } = JSON.parse(document.querySelector('#set').textContent)
globalThis.client = createClient(url, key, { signInRedirect: '/signed-out' })
globalThis.told = []`

/** @param port where it is served; every path is the same page */
export async function startSite(
  port: number,
  host: string,
  speaksTo: { readonly url: string; readonly key: string },
): Promise<Site> {
  const page = `<!doctype html><meta charset="utf-8"><title>App</title><link rel="icon" href="data:,">
<script type="application/json" id="set">${JSON.stringify(speaksTo)}</script><script src="/app.js"></script>`
  const { close } = await servePage(page, await bundled(entry), port)
  return { url: `http://${host}:${port}`, close }
}

/** A browser profile at the site. */
export interface Visit {
  readonly page: Page
  /** Names of the client's methods that were called here. */
  readonly called: ReadonlySet<string>
  /** Calls a method of `client.auth` in the page. */
  call(method: string, ...args: unknown[]): Promise<Body>
  /** Registers a listener for user events in the page. */
  listen(): Promise<void>
  /** The user events that it heard. */
  told(): Promise<readonly { readonly event: string; readonly session: Body }[]>
  /** What the client keeps in the browser's storage. */
  stored(): Promise<{ readonly session: Body; readonly user: Body }>
  /** The cookie that the server has left in this profile. */
  cookie(): Promise<string | undefined>
  /** Opens an address, which leads to a page of the site in the end. */
  open(address: string): Promise<URL>
  /** The codes of a refused call. */
  codes(method: string, ...args: unknown[]): Promise<unknown[]>
  leave(): Promise<void>
}

/** Opens the site in a profile that knows nothing yet. */
export async function visit(browser: Browser, at: string, server: string): Promise<Visit> {
  const context = await browser.newContext()
  const page = await context.newPage()
  const called = new Set<string>()
  await page.goto(at)
  const self: Visit = {
    page,
    called,
    call(method, ...args) {
      called.add(method)
      return page.evaluate(([name, given]) => (globalThis as Body).client.auth[name](...given), [method, args] as const)
    },
    async listen() {
      called.add('onUserEvent')
      await page.evaluate(() => {
        const { client, told } = globalThis as Body
        client.auth.onUserEvent((event: string, session: unknown) => told.push({ event, session }))
        return new Promise<void>((resolve, reject) => {
          client.realtime.onConnect(resolve)
          client.realtime.onError(reject)
        })
      })
    },
    told: () => page.evaluate(() => (globalThis as Body).told),
    stored: () =>
      page.evaluate(() => {
        const read = (name: string) => JSON.parse((globalThis as Body).localStorage.getItem(name))
        return { session: read('session'), user: read('user') }
      }),
    async cookie() {
      const all = await context.cookies()
      const { hostname } = new URL(server)
      return all.find(({ name, domain }) => name === 'session_token' && domain === hostname)?.value
    },
    async open(address) {
      await page.goto(address)
      return new URL(page.url())
    },
    async codes(method, ...args) {
      const { errors } = await self.call(method, ...args)
      return errors === null ? [] : [errors.status, ...errors.items.map(({ code }: Body) => code)]
    },
    leave: () => context.close(),
  }
  return self
}

/** Somebody made by an administrator, with a proved address or number. */
export async function aPerson(
  world: World,
  who: { readonly email: string } | { readonly phone: string },
  password: string,
) {
  const answer = await fetch(`${world.url}/v1/admin/users`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.secretKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      ...who,
      password,
      ...('email' in who ? { emailConfirmed: true } : { phoneConfirmed: true }),
    }),
  })
  const { id } = (await answer.json()) as { id: string }
  if (answer.status !== 201) throw new Error(`${answer.status}`)
  return id
}
