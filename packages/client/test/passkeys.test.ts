import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../src/client.ts'
import type { createPasskeys } from '../src/passkeys/index.ts'
import {
  type Authenticators,
  addAuthenticators,
  bundled,
  freePort,
  launchChromium,
  type Served,
  servePage,
} from './browsers.ts'
import { anAddress, aPerson, password, startWorld, type World } from './world.ts'

let world: World
let browser: Browser
let app: Served
let site: string

const entry = `
import { createClient } from ${JSON.stringify(fileURLToPath(new URL('../src/index.ts', import.meta.url)))}
import { createPasskeys } from ${JSON.stringify(fileURLToPath(new URL('../src/passkeys/index.ts', import.meta.url)))}
const set = JSON.parse(document.querySelector('#set').textContent)
globalThis.auth = createClient(set)
globalThis.passkeys = createPasskeys(auth)`

beforeAll(async () => {
  const port = await freePort()
  site = `http://localhost:${port}`
  world = await startWorld({ config: { siteUrl: site } })
  const set = JSON.stringify({ url: world.url, key: world.publishableKey })
  const page = `<!doctype html><title>App</title><input id="name" autocomplete="username webauthn">
<script type="application/json" id="set">${set}</script><script src="/app.js"></script>`
  app = await servePage(page, await bundled(entry), port)
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  await app.close()
  await world.close()
})

interface Device extends Authenticators {
  readonly page: Page
}

/** @param more how the authenticator differs from one that knows its person, who is always there */
async function aDevice(more: object = {}): Promise<Device> {
  const page = await (await browser.newContext()).newPage()
  await page.goto(site)
  return { page, ...(await addAuthenticators(page, more)) }
}

interface Seen {
  readonly auth: Client
  readonly passkeys: ReturnType<typeof createPasskeys<false>>
}

type Told = { status?: string; step?: string; code?: string | null }

/** Calls the SDK in the page, and says what came of it in few words. */
function act(page: Page, name: 'signUp' | 'signIn' | 'add', input: object = {}): Promise<Told> {
  return page.evaluate(
    async ([method, given]) => {
      const { passkeys } = globalThis as unknown as Seen
      const { data, error } = await passkeys[method as 'signIn'](given as object)
      if (error !== null) return { code: error.code }
      return data.status === 'pending' ? { status: data.status, step: data.attempt.step.type } : { status: data.status }
    },
    [name, input] as const,
  )
}

const whoIsIn = (page: Page) =>
  page.evaluate(() => {
    const { state } = (globalThis as unknown as Seen).auth
    return state.status === 'signed_in' ? { email: state.user.email, aal: state.session.aal } : state.status
  })

const signOut = (page: Page) => page.evaluate(async () => void (await (globalThis as unknown as Seen).auth.signOut()))

function withPassword(page: Page, email: string): Promise<string | undefined> {
  return page.evaluate(
    async ([to, word]) => {
      const { auth } = globalThis as unknown as Seen
      const { data } = await auth.signInWithPassword({ email: String(to), password: String(word) })
      return data?.status === 'pending' ? data.attempt.step.type : data?.status
    },
    [email, password] as const,
  )
}

describe('passkeys in a browser', () => {
  it('sign up, with the code of the mail in between, and sign in with nothing else', async () => {
    const { page } = await aDevice()
    const email = anAddress('new')
    expect(await act(page, 'signUp', { email, name: 'Laptop' })).toEqual({ status: 'pending', step: 'code' })
    const { code } = await world.inbox.waitFor(email)
    const done = await page.evaluate(
      async (typed) => (await (globalThis as unknown as Seen).auth.attempt?.answer({ code: typed }))?.data?.status,
      code ?? '',
    )
    expect([done, await whoIsIn(page)]).toEqual(['complete', { email, aal: 'aal1' }])
    await signOut(page)
    expect(await act(page, 'signIn')).toEqual({ status: 'complete' })
    expect(await whoIsIn(page)).toEqual({ email, aal: 'aal2' })
  })

  it('are added to an account, once on each device, and fill a field by themselves afterwards', async () => {
    const { page } = await aDevice()
    const email = await aPerson(world)
    await withPassword(page, email)
    expect(await act(page, 'add')).toEqual({ status: 'complete' })
    expect(await act(page, 'add')).toEqual({ code: 'passkey_known' })
    await signOut(page)
    expect(await page.evaluate(() => (globalThis as unknown as Seen).passkeys.isAutofillSupported())).toBe(true)
    expect(await act(page, 'signIn', { autofill: true })).toEqual({ status: 'complete' })
    expect(await whoIsIn(page)).toEqual({ email, aal: 'aal2' })
  })

  it('protect an account, and answer the attempt that asks for them', async () => {
    const { page } = await aDevice()
    const email = await aPerson(world)
    await withPassword(page, email)
    expect(await act(page, 'add', { protects: true, name: 'Key' })).toEqual({ status: 'complete' })
    await signOut(page)
    expect(await withPassword(page, email)).toBe('choose')
    const done = await page.evaluate(async () => {
      const { auth, passkeys } = globalThis as unknown as Seen
      const { step } = auth.attempt ?? {}
      const option = step?.type === 'choose' ? (step.options[0]?.id ?? '') : ''
      const chosen = await auth.attempt?.choose(option)
      if (chosen?.data?.status !== 'pending') return 'not asked'
      return (await passkeys.answer(chosen.data.attempt)).data?.status
    })
    expect([done, await whoIsIn(page)]).toEqual(['complete', { email, aal: 'aal2' }])
  })

  it('wait in a field without being in the way of a password', async () => {
    const device = await aDevice({ automaticPresenceSimulation: false })
    const { page } = device
    const email = await aPerson(world)
    await page.evaluate(() => {
      const at = globalThis as unknown as Seen & { waited: Promise<unknown> }
      at.waited = at.passkeys.signIn({ autofill: true }).then(({ error }) => error?.code)
    })
    expect(await withPassword(page, email)).toBe('complete')
    expect(await page.evaluate(() => (globalThis as unknown as { waited: Promise<unknown> }).waited)).toBe(
      'passkey_cancelled',
    )
    expect(await whoIsIn(page)).toEqual({ email, aal: 'aal1' })
  })

  it('say that they were not used where they were called off', async () => {
    const { page } = await aDevice({ automaticPresenceSimulation: false })
    const told = await page.evaluate(async () => {
      const { passkeys } = globalThis as unknown as Seen
      const end = new AbortController()
      const asked = passkeys.signIn({ signal: end.signal })
      end.abort()
      return (await asked).error?.code
    })
    expect(told).toBe('passkey_cancelled')
    expect(await whoIsIn(page)).toBe('signed_out')
  })
})
