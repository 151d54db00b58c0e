import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient, memoryStorage } from '@watchword/client'
import { createServerAuth, requestCookies } from '@watchword/client/server'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../packages/server/test/set-up/chromium.ts'
import { freePort } from '../packages/server/test/set-up/free-port.ts'
import { startWorld } from '../packages/server/test/world/world.ts'
import { createApi } from './express-api/api.js'
import { createPageServer } from './plain-html/serve.js'
import { createApp } from './server-rendered/app.js'
import { startNext } from './start-next.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
/** Below the root, so that what it may import is found. */
const edge = join(here, '../.cache/next-middleware')
const password = 'seven quiet otters'
const metricsToken = 'a-token-that-opens-the-metrics-of-this-test'
const built = ['react-spa', 'supabase-app', 'nhost-app', 'altogic-app', 'altan-auth']
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css' }

let world
let browser
let folder
const servers = []
const nexts = []
const urls = {}
const held = { people: 0 }

const listen = (server, port = 0) =>
  new Promise((resolve) => {
    servers.push(server)
    server.listen(port, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}`))
  })

/** A folder as any host for static files serves it: what is no file is the page. */
function serveFolder(root) {
  return createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost')
    const file = extname(pathname) === '' ? '/index.html' : pathname
    const body = await readFile(join(root, file)).catch(() => undefined)
    response.writeHead(body ? 200 : 404, { 'content-type': types[extname(file)] ?? 'text/plain' }).end(body)
  })
}

/** An app of Next.js, told where it is and where the server is. */
async function serveNext(root) {
  const port = await freePort()
  const settings = { WATCHWORD_URL: world.url, APP_URL: `http://127.0.0.1:${port}` }
  const app = await startNext(root, port, settings)
  nexts.push(app)
  return app.url
}

/** The app as it was before Next.js 16: its proxy is a middleware, and runs on the edge runtime. */
async function withMiddleware(root) {
  await rm(edge, { recursive: true, force: true })
  await cp(root, edge, { recursive: true, filter: (path) => !path.startsWith(join(root, '.next')) })
  const text = await readFile(join(edge, 'proxy.js'), 'utf8')
  await writeFile(join(edge, 'middleware.js'), text.replace('function proxy', 'function middleware'))
  await rm(join(edge, 'proxy.js'))
  return edge
}

/** The app as `vite build` makes it, told where the server is. */
async function buildApp(name) {
  const outDir = join(folder, name)
  const define = {
    'import.meta.env.VITE_WATCHWORD_URL': JSON.stringify(world.url),
    'import.meta.env.VITE_WATCHWORD_KEY': JSON.stringify(world.publishableKey),
  }
  await build({ root: join(here, name), logLevel: 'error', define, build: { outDir, emptyOutDir: true } })
  return outDir
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'watchword-examples-'))
  const altogic = await freePort()
  world = await startWorld({
    config: {
      redirectUrls: ['http://127.0.0.1:*/**'],
      signUp: { anonymous: true },
      providers: { google: { enabled: true } },
      metrics: { token: metricsToken },
      dialects: { altogic: { redirectUrl: `http://127.0.0.1:${altogic}/` } },
    },
  })
  const apps = Promise.all([serveNext(join(here, 'next-app')), withMiddleware(join(here, 'next-app')).then(serveNext)])
  for (const name of built)
    urls[name] = await listen(serveFolder(await buildApp(name)), name === 'altogic-app' ? altogic : 0)
  urls['plain-html'] = await listen(createPageServer((text) => text.replaceAll('http://localhost:8787', world.url)))
  urls['express-api'] = await listen(createServer(createApi(world.url)))
  urls['server-rendered'] = await listen(createServer(createApp(world.url)))
  ;[urls['next-app'], urls['next-middleware']] = await apps
  browser = await launchChromium()
}, 300_000)

afterAll(async () => {
  await browser?.close()
  for (const app of nexts) await app.stop()
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
  await world?.close()
  for (const made of [folder, edge]) await rm(made, { recursive: true, force: true })
})

function anAddress() {
  held.people += 1
  return `ada${held.people}@example.test`
}

async function aPerson() {
  const email = anAddress()
  const response = await fetch(`${world.url}/v1/admin/users`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.secretKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ email, password, emailConfirmed: true }),
  })
  expect(response.status).toBe(201)
  return email
}

async function visit(name) {
  const page = await (await browser.newContext()).newPage()
  await page.goto(urls[name])
  return page
}

const isIn = (page, who) => page.locator('#who', { hasText: who }).waitFor()

async function press(page, button, email, secret = password) {
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill(secret)
  await page.getByRole('button', { name: button, exact: true }).click()
}

describe.each(['supabase-app', 'nhost-app', 'altogic-app', 'plain-html'])('the example %s', (name) => {
  it('says that a password is wrong, signs in with the right one, knows it after a reload, and signs out', async () => {
    const page = await visit(name)
    await isIn(page, 'nobody')
    const email = await aPerson()
    await press(page, 'Sign in', email, 'not this one')
    await page.locator('#said', { hasText: /\w/ }).waitFor()
    await isIn(page, 'nobody')
    await press(page, 'Sign in', email)
    await isIn(page, email)
    await page.reload()
    await isIn(page, email)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await isIn(page, 'nobody')
    await page.context().close()
  })
})

describe.each([
  ['supabase-app', 'sign_up'],
  ['nhost-app', 'sign_up'],
  ['altogic-app', 'sign_up'],
])('the example %s', (name, template) => {
  it('signs up, and comes back signed in by the mailed link', async () => {
    const page = await visit(name)
    await isIn(page, 'nobody')
    const email = anAddress()
    await press(page, 'Sign up', email)
    await page.locator('#said', { hasText: 'Please open your inbox.' }).waitFor()
    const { link } = await world.inbox.waitFor(email, template)
    await page.goto(link)
    await page.waitForURL((place) => place.href.startsWith(urls[name]))
    await isIn(page, email)
    await page.context().close()
  })
})

describe('the example plain-html', () => {
  it('signs up with the mailed code', async () => {
    const page = await visit('plain-html')
    const email = anAddress()
    await press(page, 'Sign up', email)
    const { code } = await world.inbox.waitFor(email, 'sign_up')
    await page.getByLabel('Code').fill(code)
    await page.getByRole('button', { name: 'Go on' }).click()
    await isIn(page, email)
    await page.context().close()
  })
})

describe('the example react-spa', () => {
  it('signs up with the ready-made forms, shows a changed name at once, and signs out', async () => {
    const page = await visit('react-spa')
    await page.getByRole('button', { name: 'No account yet? Sign up' }).click()
    const email = anAddress()
    await page.getByLabel('First name').fill('Ada')
    await page.getByLabel('Last name').fill('Lovelace')
    await press(page, 'Sign up', email)
    const { code } = await world.inbox.waitFor(email, 'sign_up')
    await page.getByLabel('Code').fill(code)
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByRole('heading', { name: 'Welcome, Ada' }).waitFor()
    await page.getByRole('button', { name: 'Call me Grace' }).click()
    await page.getByRole('heading', { name: 'Welcome, Grace' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'Welcome, Grace' }).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.context().close()
  })

  it('looks as its variables say', async () => {
    const page = await visit('react-spa')
    const button = page.getByRole('button', { name: 'Sign in', exact: true })
    await button.waitFor()
    await page.addStyleTag({ content: '.ww-wrapper, .ww-card { --ww-accent: rgb(1, 2, 3) }' })
    expect(await button.evaluate((element) => getComputedStyle(element).backgroundColor)).toBe('rgb(1, 2, 3)')
    await page.context().close()
  })
})

describe('the example altan-auth', () => {
  it("signs in with the library's own forms", async () => {
    const page = await visit('altan-auth')
    const email = await aPerson()
    await page.locator('#email').fill(email)
    await page.locator('#password').fill(password)
    await page.locator('form button[type=submit]').click()
    await isIn(page, email)
    await page.reload()
    await isIn(page, email)
    await page.context().close()
  })
})

describe('the example server-rendered', () => {
  it('works without any script: signs up with the mailed code, knows it after a reload, and signs out', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(urls['server-rendered'])
    await isIn(page, 'nobody')
    const email = anAddress()
    await press(page, 'Sign up', email)
    const { code } = await world.inbox.waitFor(email, 'sign_up')
    await page.getByLabel('Code').fill(code)
    await page.getByRole('button', { name: 'Go on' }).click()
    await isIn(page, email)
    await page.reload()
    await isIn(page, email)
    const cookies = await context.cookies()
    expect(cookies.length).toBeGreaterThan(0)
    for (const { name, httpOnly, secure, sameSite } of cookies)
      expect({ name, httpOnly, secure, sameSite }).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Lax' })
    await page.getByRole('button', { name: 'Sign out' }).click()
    await isIn(page, 'nobody')
    await press(page, 'Sign in', email, 'not this one')
    await page.locator('#said', { hasText: /\w/ }).waitFor()
    await press(page, 'Sign in', email)
    await isIn(page, email)
    await context.close()
  })

  it('takes no form from elsewhere, and no token that is not good', async () => {
    const foreign = await fetch(`${urls['server-rendered']}/sign-out`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'cross-site' },
    })
    expect(foreign.status).toBe(403)
    const forged = await fetch(urls['server-rendered'], { headers: { cookie: '__Host-watchword-access=a.b.c' } })
    expect(await forged.text()).toContain('nobody')
  })
})

/** Cookies of somebody whose access token has run out: signed in an hour and some ago. */
async function longSignedIn() {
  const email = await aPerson()
  const cookies = requestCookies(new Request(urls['next-app']))
  world.clock.move(-4000)
  await createServerAuth({ url: world.url }).client(cookies).signInWithPassword({ email, password })
  world.clock.move(4000)
  const pairs = cookies.headers.getSetCookie().map((line) => line.split(';', 1)[0])
  expect(pairs).toHaveLength(2)
  return { email, cookie: pairs.join('; '), pairs: pairs.map((pair) => pair.split('=', 2)) }
}

/** A browser that was closed over night. */
async function returning(given) {
  const { email, cookie, pairs } = await longSignedIn()
  const context = given ?? (await browser.newContext())
  const place = { domain: '127.0.0.1', path: '/', httpOnly: true, secure: true, sameSite: 'Lax' }
  await context.addCookies(pairs.map(([name, value]) => ({ name, value, ...place })))
  return { email, cookie, context }
}

const asks = (url, cookie, headers = {}) => fetch(url, { redirect: 'manual', headers: { cookie, ...headers } })
/** How often the server has renewed something. */
async function renewals() {
  const text = await (
    await fetch(`${world.url}/metrics`, { headers: { authorization: `Bearer ${metricsToken}` } })
  ).text()
  const rows = text
    .split('\n')
    .filter((row) => row.startsWith('watchword_http_requests_total{') && row.includes('/sessions/refresh'))
  return rows.reduce((sum, row) => sum + Number(row.split(' ').at(-1)), 0)
}
const mayBeKept = ({ headers }) => !headers.get('cache-control')?.includes('no-store')
const keptBy = async (context) =>
  (await context.cookies())
    .filter(({ name }) => /^__Host-watchword-(access|refresh)$/.test(name))
    .map(({ name, value }) => `${name}=${value}`)

describe('the example next-app', () => {
  it.each([true, false])(
    'signs up with the mailed code, shows it in its own pages, signs out; scripts: %s',
    async (javaScriptEnabled) => {
      const context = await browser.newContext({ javaScriptEnabled })
      const page = await context.newPage()
      const cacheable = []
      page.on('response', async (response) => {
        const { 'set-cookie': set, 'cache-control': cache = '' } = await response.allHeaders().catch(() => ({}))
        if (set !== undefined && !cache.includes('no-store')) cacheable.push(response.url())
      })
      await page.goto(urls['next-app'])
      await isIn(page, 'nobody')
      const email = anAddress()
      await press(page, 'Sign up', email)
      const { code } = await world.inbox.waitFor(email, 'sign_up')
      await page.getByLabel('Code').fill('000000')
      await page.getByRole('button', { name: 'Go on' }).click()
      await page.locator('#said', { hasText: /\w/ }).waitFor()
      await page.getByLabel('Code').fill(code)
      await page.getByRole('button', { name: 'Go on' }).click()
      await isIn(page, email)
      await page.reload()
      await isIn(page, email)
      const cookies = await context.cookies()
      expect(cookies.map(({ name }) => name)).toContain('__Host-watchword-access')
      for (const { name, httpOnly, secure, sameSite, value } of cookies) {
        expect({ name, httpOnly, secure, sameSite }).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Lax' })
        expect(await page.content()).not.toContain(value)
      }
      await page.getByRole('link', { name: 'Your account' }).click()
      await page.getByRole('heading', { name: 'Your account' }).waitFor()
      await isIn(page, email)
      await page.goto(urls['next-app'])
      await page.getByRole('button', { name: 'Sign out' }).click()
      await isIn(page, 'nobody')
      await press(page, 'Sign in', email, 'not this one')
      await page.locator('#said', { hasText: /\w/ }).waitFor()
      await press(page, 'Sign in', email)
      await isIn(page, email)
      expect(cacheable).toEqual([])
      await context.close()
    },
  )

  it('comes back signed in by the mailed link and from a provider, with a clean address', async () => {
    const page = await visit('next-app')
    const email = anAddress()
    await press(page, 'Sign up', email)
    // The mail may be there before the answer whose cookie the link needs.
    await page.getByLabel('Code').waitFor()
    const { link } = await world.inbox.waitFor(email, 'sign_up')
    await page.goto(link)
    await page.getByRole('button', { name: 'Continue' }).click()
    await isIn(page, email)
    await page.waitForURL(`${urls['next-app']}/`)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await isIn(page, 'nobody')
    await page.getByRole('button', { name: 'Sign in with Google' }).click()
    await page.getByLabel('E-mail address').fill(email)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await isIn(page, email)
    await page.waitForURL(`${urls['next-app']}/`)
    await page.context().close()
  })

  it('S147 takes no code that this browser did not ask for', async () => {
    const page = await visit('next-app')
    await page.goto(`${urls['next-app']}/return?code=00000000-0000-4000-8000-000000000000&state=ww-foreign`)
    await page.getByText('That did not bring you in.').waitFor()
    await isIn(page, 'nobody')
    expect(await keptBy(page.context())).toEqual([])
    await page.context().close()
  })
})

describe.each([
  ['its proxy', 'next-app'],
  ['a middleware on the edge runtime', 'next-middleware'],
])('the example next-app, with %s', (_, name) => {
  let url
  beforeAll(() => {
    url = urls[name]
  })

  it('renews before the page renders, and the browser goes on with what is new', async () => {
    const { email, context } = await returning()
    const page = await context.newPage()
    const before = await keptBy(context)
    await page.goto(url)
    await isIn(page, email)
    const after = await keptBy(context)
    expect(after).toHaveLength(2)
    for (const pair of after) expect(before).not.toContain(pair)
    await page.reload()
    await isIn(page, email)
    expect(await keptBy(context)).toEqual(after)
    await context.close()
  })

  it('S148 renews once for requests that bring the same old cookie, whatever they ask for, and no cache may keep an answer', async () => {
    const places = ['', '/account', '/about', '/return', '/', '/nothing'].map((path) => url + path)
    // Whatever is loaded with a first request is loaded by now.
    for (const place of places) await asks(place, '')
    const { email, cookie } = await longSignedIn()
    const before = await renewals()
    const answers = await Promise.all(places.map((place) => asks(place, cookie)))
    expect(new Set(answers.map(({ headers }) => headers.getSetCookie().join())).size).toBe(1)
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 303, 200, 404])
    expect(answers.filter(mayBeKept)).toEqual([])
    expect(answers[0].headers.getSetCookie()).toHaveLength(2)
    for (const at of [0, 1, 4]) expect(await answers[at].text()).toContain(email)
    expect(await renewals()).toBe(before + 1)
    expect(mayBeKept(await asks(`${url}/about`, ''))).toBe(true)
  })

  it('signs out at once: in every tab, and for whoever copied the cookies', async () => {
    const { email, context } = await returning()
    const page = await context.newPage()
    await page.goto(url)
    await isIn(page, email)
    const other = await context.newPage()
    await other.goto(`${url}/account`)
    await isIn(other, email)
    const copied = (await keptBy(context)).join('; ')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await isIn(page, 'nobody')
    expect(await keptBy(context)).toEqual([])
    await other.reload()
    await isIn(other, 'nobody')
    const answer = await asks(`${url}/account`, copied)
    expect([answer.status, answer.headers.get('location')]).toEqual([307, '/'])
    await context.close()
  })

  it.each([true, false])('signs out in the very request that renews; scripts: %s', async (javaScriptEnabled) => {
    const context = await browser.newContext({ javaScriptEnabled })
    const page = await context.newPage()
    await page.goto(url)
    const email = await aPerson()
    await press(page, 'Sign in', email)
    await isIn(page, email)
    const { cookie } = await returning(context)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await isIn(page, 'nobody')
    expect(await keptBy(context)).toEqual([])
    expect((await asks(`${url}/account`, cookie)).status).toBe(307)
    await context.close()
  })

  it('S149 believes no cookie that is forged, and no header of its framework', async () => {
    const { email, cookie } = await longSignedIn()
    const claims = { sub: crypto.randomUUID(), email, exp: 9_999_999_999, iat: 1 }
    const unsigned = `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify(claims))}.`.replaceAll('=', '')
    for (const forged of [
      `__Host-watchword-access=${unsigned}; __Host-watchword-refresh=x`,
      '__Host-watchword-access=a.b.c; __Host-watchword-refresh=%E0%A4%A; __Host-watchword-flow=%; __Host-watchword-attempt={}',
      cookie.slice(0, 200),
    ]) {
      const home = await asks(url, forged)
      expect([home.status, (await home.text()).includes('nobody')]).toEqual([200, true])
      const inner = 'proxy:proxy:proxy:proxy:proxy'
      expect((await asks(`${url}/account`, forged, { 'x-middleware-subrequest': inner })).status).toBe(307)
    }
  })
})

describe('the example express-api', () => {
  it('lets through whoever brings a good token, and nobody else', async () => {
    const ask = async (path, token) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
      const response = await fetch(urls['express-api'] + path, { headers })
      return { status: response.status, body: await response.json() }
    }
    const auth = createClient({ url: world.url, storage: memoryStorage() })
    const email = await aPerson()
    await auth.signInWithPassword({ email, password })
    const { data: token } = await auth.getAccessToken()
    expect(await ask('/')).toEqual({ status: 200, body: { hello: 'everybody' } })
    expect((await ask('/me')).status).toBe(401)
    expect((await ask('/me', `${token.slice(0, -4)}AAAA`)).status).toBe(401)
    expect(await ask('/me', token)).toMatchObject({ status: 200, body: { hello: email, aal: 'aal1' } })
    expect(await ask('/safe', token)).toMatchObject({ status: 403, body: { code: 'insufficient_aal' } })
    const guest = createClient({ url: world.url, storage: memoryStorage() })
    expect((await guest.signInAnonymously()).error).toBeNull()
    const { data: guestToken } = await guest.getAccessToken()
    expect((await ask('/me', guestToken)).status).toBe(200)
    expect((await ask('/members', guestToken)).status).toBe(403)
    auth.dispose()
    guest.dispose()
  })
})
