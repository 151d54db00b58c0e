import type { AddressInfo } from 'node:net'
import { createClient } from 'altogic'
import express, { type Request, type Response } from 'express'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../set-up/chromium.ts'
import { freePort } from '../set-up/free-port.ts'
import { startWorld, type World } from '../world/world.ts'
import { openFromInbox } from './from-inbox.ts'

const password = 'seven quiet otters'
let world: World
let app: ReturnType<ReturnType<typeof express>['listen']>
let url: string
let browser: Browser

beforeAll(async () => {
  const [port, own] = [await freePort(), await freePort()]
  url = `http://127.0.0.1:${own}`
  const dialects = { altogic: { redirectUrl: `${url}/auth-redirect` } }
  world = await startWorld({ config: { port, siteUrl: url, dialects } })
  app = application().listen(own, '127.0.0.1')
  await new Promise((resolve) => app.once('listening', resolve))
  expect((app.address() as AddressInfo).port).toBe(own)
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  app.closeAllConnections()
  await new Promise((resolve) => app.close(resolve))
  await world.close()
})

interface Session {
  readonly token: string
}
interface User {
  readonly email: string
}

/** The client of one request: it remembers whose session it has seen. */
const clientOf = () => createClient(world.config.settings.publicUrl, world.publishableKey).auth

const layout = (body: string) => `<!doctype html><meta charset="utf-8"><title>App</title>${body}`
const form = (action: string, button: string, fields = '') =>
  `<form method="post" action="${action}">${fields}<button>${button}</button></form>`
const credentials = `<label>E-mail <input name="email"></label><label>Password <input name="password" type="password"></label>`

/** An application that renders on its server, with the cookie of the client’s helpers. */
function application() {
  const server = express()
  server.use(express.urlencoded({ extended: false }))
  server.get('/', async (request: Request, response: Response) => {
    const { user, errors } = await clientOf().getUserFromDBbyCookie(request, response)
    const known = user as User | null
    const code = errors?.items[0]?.code ?? ''
    const forms = form('/sign-up', 'Sign up', credentials) + form('/sign-in', 'Sign in', credentials)
    response.send(layout(known ? `<h1>${known.email}</h1>${form('/sign-out', 'Sign out')}` : `<p>${code}</p>${forms}`))
  })
  server.post('/sign-up', async ({ body }: Request<object, string, Record<string, string>>, response: Response) => {
    const { errors } = await clientOf().signUpWithEmail(body['email'] ?? '', body['password'] ?? '')
    response.send(layout(errors ? 'No' : 'Look into your mail'))
  })
  server.post('/sign-in', async (request: Request, response: Response) => {
    const { email = '', password: typed = '' } = request.body as Record<string, string>
    const auth = clientOf()
    const { session } = await auth.signInWithEmail(email, typed)
    if (session) auth.setSessionCookie((session as unknown as Session).token, request, response)
    response.redirect(303, '/')
  })
  server.get('/auth-redirect', async (request: Request, response: Response) => {
    const auth = clientOf()
    const { session } = await auth.getAuthGrant(String(request.query['access_token'] ?? ''))
    if (session) auth.setSessionCookie((session as unknown as Session).token, request, response)
    response.redirect(303, '/')
  })
  server.post('/sign-out', async (request: Request, response: Response) => {
    const auth = clientOf()
    await auth.getUserFromDBbyCookie(request, response)
    await auth.signOut()
    auth.removeSessionCookie(request, response)
    response.redirect(303, '/')
  })
  return server
}

const signedInAs = (page: Page, email: string) => page.getByRole('heading', { name: email }).waitFor()

async function visit(): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(url)
  await page.getByText('session_token_not_found').waitFor()
  return { context, page }
}

async function send(page: Page, button: string, email: string): Promise<void> {
  const within = page.locator('form', { has: page.getByRole('button', { name: button }) })
  await within.getByLabel('E-mail').fill(email)
  await within.getByLabel('Password').fill(password)
  await within.getByRole('button').click()
}

describe('an Express app that renders with Altogic’s cookie helpers', () => {
  it('signs up, confirms by mail, keeps the session in its cookie, and ends it', async () => {
    const { context, page } = await visit()
    const email = 'ada@example.test'
    await send(page, 'Sign up', email)
    await page.getByText('Look into your mail').waitFor()
    const opened = await openFromInbox(context, world, email, 'sign_up')
    await signedInAs(opened, email)

    const [cookie] = await context.cookies(url)
    expect(cookie).toMatchObject({ name: 'session_token', httpOnly: true, secure: true, sameSite: 'None', path: '/' })
    await page.goto(url)
    await signedInAs(page, email)

    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByText('session_token_not_found').waitFor()
    expect(await context.cookies(url)).toEqual([])
    const headers = { 'x-client-key': world.publishableKey, session: cookie?.value ?? '' }
    expect((await fetch(`${world.url}/_api/rest/v1/auth/user`, { headers })).status).toBe(401)

    await send(page, 'Sign in', email)
    await signedInAs(page, email)
    await context.close()
  }, 60_000)

  it('takes the cookie of an ended session away', async () => {
    const email = 'away@example.test'
    const made = await fetch(`${world.url}/v1/admin/users`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.secretKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ email, password, emailConfirmed: true }),
    })
    const { context, page } = await visit()
    await send(page, 'Sign in', email)
    await signedInAs(page, email)
    await world.core.sessions.endAll(((await made.json()) as { id: string }).id)
    await page.reload()
    await page.getByText('invalid_session_token').waitFor()
    expect(await context.cookies(url)).toEqual([])
    await context.close()
  })
})
