import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import { bundleApp, type Version } from './bundle.ts'

/** What these tests use of a started server, and of the provider beside it. */
export interface World {
  readonly url: string
  /** Where browsers reach it. */
  readonly origin: string
  readonly publishableKey: string
  readonly secretKey: string
  readonly inbox: {
    waitFor(to: string, template?: string): Promise<{ subject: string; code: string | null; link: string | null }>
  }
  readonly clock: { move(seconds: number): void }
  close(): Promise<void>
}

/** The server is typed for Node and this package for browsers: they meet at run time. */
const places = {
  social: '../../server/test/world/social.ts',
  chromium: '../../server/test/set-up/chromium.ts',
  served: '../../server/test/world/served.ts',
}
const { startSocial } = (await import(/* @vite-ignore */ places.social)) as {
  startSocial(config?: object): Promise<World>
}
const { launchChromium } = (await import(/* @vite-ignore */ places.chromium)) as {
  launchChromium(): Promise<Browser>
}
const { servePage } = (await import(/* @vite-ignore */ places.served)) as {
  servePage(page: (request: Asked) => { html: string; headers: object }, script: string): Promise<Served>
}
interface Asked {
  readonly url?: string
  readonly headers: { readonly cookie?: string }
}
interface Served {
  readonly port: number
  close(): Promise<void>
}

export const password = 'seven quiet otters'
const seen = { addresses: 0 }

/** A fresh address. */
export function anAddress(name = 'ada'): string {
  seen.addresses += 1
  return `${name}${seen.addresses}@example.test`
}

/** What the provider is given; `cookie` is our client in cookie mode, on a host that shares its site with the server. */
export type Kind = 'client' | 'url' | 'supabase' | 'cookie'

/** A server, an app on every React, and a browser. */
export interface Stage {
  readonly world: World
  readonly browser: Browser
  /** Where an app is served. */
  app(version: Version, kind: Kind, file?: string): string
}

const page = (setUp: object) => `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>App</title><link rel="icon" href="data:,">
<main id="app"></main>
<script type="application/json" id="set-up">${JSON.stringify(setUp)}</script>
<script src="/app.js" defer></script>
</html>`

/** Sets the stage for a file of tests. @param config settings of the server */
export function aStage(
  config: object | ((apps: readonly string[]) => object) = {},
  files: readonly string[] = ['app.tsx'],
  versions: readonly Version[] = ['18', '19'],
): () => Stage {
  const held: { stage?: Stage; served: Served[] } = { served: [] }
  beforeAll(async () => {
    const ports = new Map<string, number>()
    // Apps are served before the server knows them, and know it before they are visited.
    const setUp: Record<string, string> = {}
    for (const file of files)
      for (const version of versions) {
        const script = await bundleApp(file, version)
        const server = await serve(script, setUp)
        held.served.push(server)
        ports.set(`${version} ${file}`, server.port)
      }
    const origins = [...ports.values()].map((port) => `http://localhost:${port}`)
    const world = await startSocial(typeof config === 'function' ? config(origins) : config)
    Object.assign(setUp, { url: world.origin, key: world.publishableKey })
    const app = (version: Version, kind: Kind, file = 'app.tsx') =>
      `http://${kind === 'cookie' ? 'localhost' : '127.0.0.1'}:${ports.get(`${version} ${file}`)}/?kind=${kind}`
    held.stage = { world, browser: await launchChromium(), app }
  })
  afterAll(async () => {
    await held.stage?.browser.close()
    await held.stage?.world.close()
    for (const { close } of held.served) await close()
  })
  return () => {
    if (held.stage === undefined) throw new Error('the stage is not set yet')
    return held.stage
  }
}

/** An app at every path; `?kind=` chooses what its provider is given, and is remembered. */
function serve(script: string, setUp: object): Promise<Served> {
  return servePage(({ url, headers: { cookie } }) => {
    const given = new URL(url ?? '', 'http://localhost').searchParams.get('kind')
    const kind = given ?? /kind=(\w+)/.exec(cookie ?? '')?.[1]
    const headers = given === null ? {} : { 'set-cookie': `kind=${given}; Path=/` }
    return { html: page({ ...setUp, kind }), headers }
  }, script)
}

/** Opens an app in a browser that knows nothing yet. Every complaint of the page's is kept. */
export async function visit(
  stage: Stage,
  version: Version,
  kind: Kind,
  file?: string,
): Promise<Page & { complaints: string[] }> {
  const context = await stage.browser.newContext()
  const opened = Object.assign(await context.newPage(), { complaints: [] as string[] })
  opened.on('pageerror', (error) => opened.complaints.push(String(error)))
  opened.on('console', (message) => {
    const isOurs = message.type() === 'error' && !message.text().startsWith('Failed to load resource')
    if (isOurs) opened.complaints.push(message.text())
  })
  await opened.goto(stage.app(version, kind, file))
  await isShown(opened, 'nobody')
  return opened
}

/** Waits until the app says who is in. */
export const isShown = (app: Page, who: string) => app.locator('#state', { hasText: who }).waitFor()

/** Somebody with a proved address and a password. */
export async function aPerson(world: World, email = anAddress()): Promise<string> {
  const response = await fetch(`${world.url}/v1/admin/users`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.secretKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ email, password, emailConfirmed: true, displayName: 'Ada Lovelace' }),
  })
  if (response.status !== 201) throw new Error(await response.text())
  return email
}

/** Types address and password into the form that is shown, and sends it. */
export async function signIn(app: Page, email: string, secret = password): Promise<void> {
  await app.getByLabel('E-mail address').fill(email)
  await app.getByLabel('Password', { exact: true }).fill(secret)
  await app.getByRole('button', { name: 'Sign in', exact: true }).click()
}
