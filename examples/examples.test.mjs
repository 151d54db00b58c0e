import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient, memoryStorage } from '@watchword/client'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../packages/server/test/set-up/chromium.ts'
import { freePort, startWorld } from '../packages/server/test/world/world.ts'
import { createApi } from './express-api/api.js'
import { createPageServer } from './plain-html/serve.js'
import { createApp } from './server-rendered/app.js'

const here = fileURLToPath(new URL('.', import.meta.url))
const password = 'seven quiet otters'
const built = ['react-spa', 'supabase-app', 'nhost-app', 'altogic-app', 'altan-auth']
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css' }

let world
let browser
let folder
const servers = []
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
      dialects: { altogic: { redirectUrl: `http://127.0.0.1:${altogic}/` } },
    },
  })
  for (const name of built)
    urls[name] = await listen(serveFolder(await buildApp(name)), name === 'altogic-app' ? altogic : 0)
  urls['plain-html'] = await listen(createPageServer((text) => text.replaceAll('http://localhost:8787', world.url)))
  urls['express-api'] = await listen(createServer(createApi(world.url)))
  urls['server-rendered'] = await listen(createServer(createApp(world.url)))
  browser = await launchChromium()
}, 120_000)

afterAll(async () => {
  await browser?.close()
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
  await world?.close()
  await rm(folder, { recursive: true, force: true })
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
