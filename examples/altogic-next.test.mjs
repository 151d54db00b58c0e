import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../packages/server/test/set-up/chromium.ts'
import { freePort } from '../packages/server/test/set-up/free-port.ts'
import { startWorld } from '../packages/server/test/world/world.ts'
import { startNext } from './start-next.mjs'

const root = fileURLToPath(new URL('altogic-next', import.meta.url))
const password = 'seven quiet otters'
let world
let app
let browser

beforeAll(async () => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  world = await startWorld({ config: { siteUrl: url, dialects: { altogic: { redirectUrl: `${url}/auth-redirect` } } } })
  app = await startNext(root, port, { WATCHWORD_URL: world.url, WATCHWORD_KEY: world.publishableKey })
  browser = await launchChromium()
}, 300_000)

afterAll(async () => {
  await browser?.close()
  await app?.stop()
  await world?.close()
})

const isIn = (page, who) => page.locator('#who', { hasText: who }).waitFor()
const cookiesOf = (page) => page.context().cookies(app.url)

async function visit() {
  const page = await (await browser.newContext()).newPage()
  await page.goto(app.url)
  await isIn(page, 'nobody')
  return page
}

async function press(page, button, email, secret = password) {
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill(secret)
  await page.getByRole('button', { name: button, exact: true }).click()
}

async function aPerson(email) {
  const response = await fetch(`${world.url}/v1/admin/users`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.secretKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ email, password, emailConfirmed: true }),
  })
  expect(response.status).toBe(201)
  return (await response.json()).id
}

describe('a Next.js app that renders with Altogic’s cookie helpers', () => {
  it('signs up, confirms by mail, keeps the session in its cookie, and ends it', async () => {
    const page = await visit()
    const email = 'ada@example.test'
    await press(page, 'Sign up', email)
    await page.locator('#said', { hasText: 'Please open your inbox.' }).waitFor()
    await page.goto((await world.inbox.waitFor(email, 'sign_up')).link)
    await isIn(page, email)
    await page.waitForURL(`${app.url}/`)

    const [cookie, ...others] = await cookiesOf(page)
    expect(others).toEqual([])
    expect(cookie).toMatchObject({ name: 'session_token', httpOnly: true, secure: true, sameSite: 'None', path: '/' })
    expect(await page.content()).not.toContain(cookie.value)
    await page.reload()
    await isIn(page, email)

    await page.getByRole('button', { name: 'Sign out' }).click()
    await isIn(page, 'nobody')
    expect(await cookiesOf(page)).toEqual([])
    const headers = { 'x-client-key': world.publishableKey, session: cookie.value }
    expect((await fetch(`${world.url}/_api/rest/v1/auth/user`, { headers })).status).toBe(401)

    await press(page, 'Sign in', email, 'not this one')
    await page.locator('#said', { hasText: 'That was refused.' }).waitFor()
    await press(page, 'Sign in', email)
    await isIn(page, email)
    await page.context().close()
  })

  it('takes the cookie of an ended session away, and believes none that is made up', async () => {
    const page = await visit()
    const email = 'away@example.test'
    const id = await aPerson(email)
    await press(page, 'Sign in', email)
    await isIn(page, email)
    await world.core.sessions.endAll(id)
    await page.reload()
    await isIn(page, 'nobody')
    expect(await cookiesOf(page)).toEqual([])
    const forged = await fetch(app.url, { headers: { cookie: 'session_token=00000000-0000-4000-8000-000000000000' } })
    expect([forged.status, (await forged.text()).includes('nobody')]).toEqual([200, true])
    expect(forged.headers.get('set-cookie')).toContain('session_token=; Max-Age=-1')
    expect(forged.headers.get('cache-control')).toContain('no-store')
    await page.context().close()
  })

  it('takes no token that is made up, and no form from elsewhere', async () => {
    const page = await visit()
    await page.goto(`${app.url}/auth-redirect?access_token=made-up`)
    await page.locator('#said', { hasText: 'That was refused.' }).waitFor()
    expect(await cookiesOf(page)).toEqual([])
    const headers = { 'sec-fetch-site': 'cross-site' }
    expect((await fetch(`${app.url}/api/sign-out`, { method: 'POST', headers })).status).toBe(403)
    await page.context().close()
  })
})
