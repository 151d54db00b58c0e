import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Secret, TOTP } from 'otpauth'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium, type Served, serve } from './browsers.ts'
import { aDevice, atGoogle } from './examples/page.ts'
import { codeTo, free, type Place, startPlace } from './examples/place.ts'
import type { Browser, Page } from './windows.ts'
import { ok, password } from './world.ts'

const guides = new URL('../../../docs/guides/', import.meta.url)
const source = (path: string) => fileURLToPath(new URL(`../src/${path}index.ts`, import.meta.url))
const alias = Object.fromEntries(
  ['account', 'passkeys', 'popup', 'server'].map((room) => [`@watchword/client/${room}`, source(`${room}/`)]),
)

/** The block of a guide below a heading, as the script of a page. */
async function scriptOf(guide: string, heading: string, { world }: Place): Promise<string> {
  const text = readFileSync(new URL(`${guide}.md`, guides), 'utf8')
  const [, below = ''] = text.split(`## ${heading}\n`)
  const code = /^```ts\n(.*?)^```$/ms.exec(below)?.[1]
  if (code === undefined) throw new Error(`${guide} has no code below «${heading}»`)
  const name = '\0block.ts'
  const load = (id: string) =>
    id === name
      ? {
          code: code.replaceAll(/http:\/\/localhost:8787|https:\/\/auth\.example\.com/g, world.origin),
          moduleType: 'ts' as const,
        }
      : null
  const bundle = await rolldown({
    input: name,
    resolve: { alias: { ...alias, '@watchword/client': source('') } },
    plugins: [{ name, resolveId: (id) => (id === name ? id : null), load }],
  })
  const { output } = await bundle.generate({ format: 'es' })
  await bundle.close()
  return output[0].code
}

const held: { place?: Place; browser?: Browser; app?: Served } = {}
beforeAll(async () => {
  const place = await startPlace()
  held.place = place
  held.browser = await launchChromium()
  held.app = await serve((request, response) => {
    const [, guide, heading, file] =
      decodeURIComponent(request.url ?? '')
        .split('?', 1)[0]
        ?.split('/') ?? []
    if (guide === undefined || heading === undefined) {
      response.writeHead(404).end()
      return
    }
    response.setHeader('content-type', file === undefined ? 'text/html; charset=utf-8' : 'text/javascript')
    const page = `<!doctype html><title>${guide}</title><link rel="icon" href="data:,"><h1>${heading}</h1>
<input autocomplete="username webauthn"><button id="google">Google</button>
<script type="module" src="/${guide}/${encodeURIComponent(heading)}/script.js"></script>`
    if (file === undefined) response.end(page)
    else
      scriptOf(guide, heading, place).then(
        (script) => response.end(`${script}\ndocument.title = 'done'`),
        (error: unknown) => response.end(`throw new Error(${JSON.stringify(String(error))})`),
      )
  }, place.port)
})
afterAll(async () => {
  await held.browser?.close()
  await held.app?.close()
  await held.place?.close()
})

/** A reader with a browser. */
interface Reader {
  readonly place: Place
  readonly page: Page
  /** What the page wrote down. */
  readonly said: string[]
  /** What is typed where the page asks for something. */
  answer: () => string | Promise<string>
  /** Opens a page with the block below a heading, and waits until it has run to its end. */
  follow(guide: string, heading: string): Promise<void>
  signOut(): Promise<void>
}

async function aReader(): Promise<Reader> {
  const { place, browser } = held
  if (place === undefined || browser === undefined) throw new Error('nothing is started')
  const page = await aDevice(browser, `${place.site}/social-sign-in/For real`)
  const reader: Reader = {
    ...{ place, page, said: [], answer: () => '' },
    async follow(guide, heading) {
      reader.said.length = 0
      await page.goto(`${place.site}/${guide}/${encodeURIComponent(heading)}`)
      await page.waitForFunction(() => document.title === 'done')
    },
    signOut: () => page.evaluate(() => localStorage.clear()),
  }
  page.on('console', (message) => {
    if (message.type() !== 'error') reader.said.push(message.text())
  })
  page.on('pageerror', (error) => reader.said.push(String(error)))
  page.on('dialog', async (dialog) => dialog.accept(await reader.answer()))
  return reader
}

const ada = 'ada@example.com'

describe('whoever follows the guides', () => {
  it('signs up with a passkey, and signs in with it', async () => {
    const reader = await aReader()
    await free(reader.place, ada)
    await ok(reader.place.admin.inbox.clear())
    reader.answer = () => codeTo(reader.place, ada)
    await reader.follow('passkeys', 'Signing up with one')
    await reader.signOut()
    await reader.follow('passkeys', 'Signing in')
    expect(reader.said).toEqual([`${ada} aal2`])
  })

  it('sets a second factor up, is asked for it, and proves it before something sensitive', async () => {
    const reader = await aReader()
    const { place, said } = reader
    const { world, admin } = place
    await free(place, ada)
    const { id } = await place.person({ email: ada })
    await reader.follow('second-factors', 'At the next sign-in')
    const totp = () => new TOTP({ secret: Secret.fromBase32(said.find((line) => /^[A-Z2-7]{32}$/.test(line)) ?? '') })
    reader.answer = () => totp().generate()
    await reader.follow('second-factors', 'Setting up an authenticator app')
    expect(said[0]).toMatch(/^data:image\/svg/)
    expect((await ok(admin.users.factors(id))).items.map(({ type }) => type).sort()).toEqual(['recovery_codes', 'totp'])
    const app = totp()
    const later = (seconds: number) => {
      world.clock.move(seconds)
      moved.seconds += seconds
    }
    const moved = { seconds: 0 }
    reader.answer = () => app.generate({ timestamp: Date.now() + moved.seconds * 1000 })
    await reader.signOut()
    later(60)
    await reader.follow('second-factors', 'At the next sign-in')
    expect(said).toEqual([expect.stringContaining(' totp '), expect.stringContaining(' recovery_code ')])
    later(60)
    await reader.follow('second-factors', 'Proving it again')
    later(-moved.seconds)
    const { data } = await place.client().signInWithPassword({ email: ada, password: 'eight calm herons' })
    expect(data?.status).toBe('pending')
  })

  it('adds a passkey right after signing in', async () => {
    const reader = await aReader()
    await free(reader.place, ada)
    const { id } = await reader.place.person({ email: ada })
    await reader.follow('second-factors', 'At the next sign-in')
    await reader.follow('passkeys', 'Adding one')
    expect((await ok(reader.place.admin.users.factors(id))).items).toMatchObject([{ type: 'passkey', name: 'Laptop' }])
  })

  it('signs in with an account elsewhere, by leaving the page and without', async () => {
    const reader = await aReader()
    const { page, said } = reader
    await reader.follow('social-sign-in', 'For real')
    await page.locator('#google').click()
    await atGoogle(page, 'elsewhere@example.com')
    await expect.poll(() => said).toContain('initial signed_in')
    const other = await aReader()
    await other.follow('social-sign-in', 'Without leaving the page')
    const [popup] = await Promise.all([other.page.waitForEvent('popup'), other.page.locator('#google').click()])
    await atGoogle(popup, 'window@example.com')
    await expect.poll(() => other.said, { timeout: 10_000 }).toEqual(['window@example.com'])
  })
})

/** What a block for a server hands out. */
async function handedOut<T>(heading: string): Promise<T> {
  if (held.place === undefined) throw new Error('nothing is started')
  const script = await scriptOf('server-rendering', heading, held.place)
  return (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(script)}`)) as T
}

interface Handlers {
  signIn(request: Request): Promise<Response>
  loader(input: { request: Request }): Promise<Response>
  load(event: object): Promise<object>
  readonly actions: { default(event: object): Promise<object> }
}

describe('whoever renders on a server as the guide does', () => {
  const url = 'https://app.example.com/'

  it('signs in with a form, and says in loaders who is asking', async () => {
    const { email } = (await held.place?.person()) ?? {}
    const body = new URLSearchParams({ email: email ?? '', password })
    const { signIn } = await handedOut<Handlers>('Signing in on a server')
    const answer = await signIn(new Request(url, { method: 'POST', body }))
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/'])
    const cookie = answer.headers.getSetCookie().map((line) => line.split(';', 1)[0])
    const { loader } = await handedOut<Handlers>('Remix, React Router')
    const said = await loader({ request: new Request(url, { headers: { cookie: cookie.join('; ') } }) })
    expect(await said.json()).toEqual({ email })
    expect(await (await loader({ request: new Request(url) })).json()).toEqual({ email: null })
  })

  it('does so in SvelteKit', async () => {
    const { email } = (await held.place?.person()) ?? {}
    const jar = new Map<string, string>()
    const body = new URLSearchParams({ email: email ?? '', password })
    const cookies = { get: (name: string) => jar.get(name), set: (name: string, value: string) => jar.set(name, value) }
    const event = { cookies, setHeaders() {}, request: new Request(url, { method: 'POST', body }) }
    const { actions, load } = await handedOut<Handlers>('SvelteKit')
    expect(await load(event)).toEqual({ email: null })
    expect(await actions.default(event)).toEqual({ message: null })
    expect(await load(event)).toEqual({ email })
  })
})
