import { fileURLToPath } from 'node:url'
import { addAuthenticators, launchChromium } from '../browsers.ts'
import { type App, type Browser, isShown, type Page, serveApp } from '../windows.ts'
import { password } from '../world.ts'
import { codeTo, type Place } from './place.ts'
import { type Example, readyIn } from './read.ts'
import { addressesIn, type End } from './stage.ts'
import type { Trial, Verdict } from './trial.ts'

/** Somebody in front of a browser, with an authenticator in the machine. */
export interface Visitor {
  readonly page: Page
  readonly place: Place
  readonly email: string
  readonly id: string
}

/** An example that needs a browser. */
export interface PageStage extends Pick<End, 'refused'> {
  readonly isSignedIn: boolean
  /** Where the codes come to that are asked for. Default: the person's address. */
  readonly mailedTo?: string
  /** Something on the page, or facts that the example takes for granted. */
  before?(visitor: Visitor): Promise<object | undefined>
  /** What the person does while it runs. */
  during?(visitor: Visitor): Promise<unknown>
  /** Whether the page is another one by its end, which then knows nothing of it. */
  readonly leaves?: boolean
  /** What must be so at the end. */
  after?(visitor: Visitor): Promise<unknown>
}

const source = (path: string) => JSON.stringify(fileURLToPath(new URL(path, import.meta.url)))

const script = `
import { beginTrial } from ${source('./trial.ts')}
import { createPasskeys } from ${source('../../src/passkeys/index.ts')}
import { createSso } from ${source('../../src/sso/index.ts')}
import { throughWindow } from ${source('../../src/popup/index.ts')}
import { webStorage } from ${source('../../src/index.ts')}
const { auth, popup, account } = globalThis
const given = { auth, popup, account, passkeys: createPasskeys(auth), sso: createSso(auth) }
const offered = { createClient, createPasskeys, createPopup, throughWindow, webStorage }
const button = document.querySelector('button')
Object.assign(globalThis, given, {
  begin(ready, facts) {
    globalThis.trial = beginTrial(ready, { ...offered, ...given, button, ask: globalThis.codeFor, ...facts })
    globalThis.trial.ended.catch(() => {})
  },
})`

interface InPage {
  readonly begin: (ready: object, facts: object) => void
  readonly trial: Trial
}

/** An app at the place, and a browser to go there. */
export interface Pages {
  /** Runs an example there. @param judge hears how it went, unless it left the page */
  run(stage: PageStage, example: Example, judge: (verdict: Verdict) => void): Promise<void>
  close(): Promise<void>
}

export async function openPages(place: Place & { readonly port: number }): Promise<Pages> {
  const { world, port, site } = place
  const app: App = await serveApp({ url: world.origin, key: world.publishableKey }, { script, port })
  const browser: Browser = await launchChromium()
  return {
    async run(stage, example, judge) {
      const page = await aDevice(browser, site)
      const person = await place.person()
      const visitor = { page, place, ...person }
      await page.exposeFunction('codeFor', () => codeTo(place, stage.mailedTo ?? person.email))
      await page.goto(site)
      if (stage.isSignedIn) await signIn(visitor)
      else await isShown(page, 'nobody')
      const facts = { url: world.origin, ...person, password, ...(await stage.before?.(visitor)) }
      await page.evaluate(([code, given]) => (globalThis as unknown as InPage).begin(code, given), [
        readyIn(addressesIn(place), example),
        facts,
      ] as const)
      await stage.during?.(visitor)
      if (stage.leaves !== true) judge(await ended(page))
      await stage.after?.(visitor)
      await page.context().close()
    },
    async close() {
      await browser.close()
      await app.close()
    },
  }
}

/** Waits for the end of the example, and for whatever it set going. */
async function ended(page: Page): Promise<Verdict> {
  await page.evaluate(async () => {
    await (globalThis as unknown as InPage).trial.ended
  })
  const isDone = () => (globalThis as unknown as InPage).trial.verdict().missed.length === 0
  await page.waitForFunction(isDone).catch(() => undefined)
  return page.evaluate(() => (globalThis as unknown as InPage).trial.verdict())
}

/** A browser that knows nothing yet, on a machine that can keep passkeys. */
export async function aDevice(browser: Browser, site: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage()
  await page.goto(site)
  await addAuthenticators(page)
  return page
}

interface InApp {
  readonly auth: { signInWithPassword(input: object): Promise<unknown>; signOut(): Promise<unknown> }
  readonly passkeys: { add(input: object): Promise<{ error: Error | null }> }
}

export async function signIn({ page, email }: Visitor): Promise<void> {
  await page.evaluate((input) => (globalThis as unknown as InApp).auth.signInWithPassword(input), { email, password })
  await isShown(page, email)
}

/** Keeps a passkey of somebody who then signs out. */
export async function keepPasskey(visitor: Visitor, input: object = {}): Promise<undefined> {
  await signIn(visitor)
  const fault = await visitor.page.evaluate(
    async (about) => (await (globalThis as unknown as InApp).passkeys.add(about)).error?.message,
    input,
  )
  if (fault !== undefined) throw new Error(fault)
  await visitor.page.evaluate(async () => void (await (globalThis as unknown as InApp).auth.signOut()))
  await isShown(visitor.page, 'nobody')
}

/** Signs in at Google, in the page that shows it. */
export async function atGoogle(there: Page, email: string): Promise<void> {
  await there.locator('input[name=sub]').fill(email)
  await there.getByRole('button', { name: 'Sign in there' }).click()
}

/** Signs in at whatever has no credentials here. */
export async function atPretend(there: Page, email: string): Promise<void> {
  await there.getByLabel('E-mail address').fill(email)
  await there.getByRole('button', { name: 'Sign in', exact: true }).click()
}

/** Signs in at the organisation. */
export async function atAcme(there: Page, email: string): Promise<void> {
  await there.locator('input[name=typed]').fill(email)
  await there.getByRole('button', { name: 'Sign in at Acme' }).click()
}
