import { Secret, TOTP } from 'otpauth'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Attempt } from '../src/attempt/attempt.ts'
import { launchChromium } from './browsers.ts'
import {
  type App,
  type Browser,
  begin,
  ended,
  type Held,
  isShown,
  type Page,
  press,
  remembered,
  serveApp,
  setFocus,
  visit,
} from './windows.ts'
import { anAddress, type World } from './world.ts'

interface SocialWorld extends World {
  readonly origin: string
  readonly openId: { readonly issuer: string; declines: boolean }
}
const place = '../../server/test/world/social.ts'
const { startSocial } = (await import(/* @vite-ignore */ place)) as { startSocial(): Promise<SocialWorld> }

let world: SocialWorld
let browser: Browser
let app: App
beforeAll(async () => {
  world = await startSocial()
  app = await serveApp({ url: world.origin, key: world.publishableKey })
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  await app.close()
  await world.close()
})

const google = (page: Page) => begin(page, ({ popup }) => popup.signInWithProvider('google') as never)

const codeAfter = (secret: string, seconds: number) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + seconds * 1000 })

async function signInThere(popup: Page, email: string): Promise<void> {
  await popup.locator('input[name=sub]').fill(email)
  await popup.getByRole('button', { name: 'Sign in there' }).click()
}

/** The provider asks again who it is. */
const forgetThere = (page: Page) => page.context().clearCookies({ domain: '127.0.0.1' })

const isClosed = async (popup: Page) => {
  if (!popup.isClosed()) await popup.waitForEvent('close')
}

/** The two ways back: by the window that opened it, and, where a policy has cut the two apart, by the app's own pages. */
describe.each([
  ['', 'whose window knows who opened it'],
  ['/alone', 'whose window is cut off from it'],
])('a page at %s/, %s', (path) => {
  it('signs in without being left, and the window closes', async () => {
    const page = await visit(browser, app.url + path)
    await page.evaluate(() => Object.assign(globalThis, { mark: 'still here' }))
    const email = anAddress()
    const popup = await google(page)
    await setFocus(page, false)
    await signInThere(popup, email)
    expect(await ended(page)).toMatchObject({
      error: null,
      data: { status: 'complete', isNewUser: true, user: { email }, providerTokens: { provider: 'google' } },
    })
    await isClosed(popup)
    expect(await page.evaluate(() => (globalThis as { mark?: string }).mark)).toBe('still here')
    expect(await page.evaluate(() => (globalThis as unknown as Held).heard)).toEqual(['initial', 'signed_in'])
    expect(Object.keys(await remembered(page)).filter((key) => key.endsWith(':flows'))).toEqual([])
    await page.context().close()
  })

  it('has two windows at once, each with an answer of its own', async () => {
    const page = await visit(browser, app.url + path)
    const [first, second] = [anAddress(), anAddress()]
    const windows = [await google(page), await google(page)] as const
    await setFocus(page, false)
    await signInThere(windows[1], second)
    expect(await ended(page, 1)).toMatchObject({ data: { user: { email: second } } })
    await signInThere(windows[0], first)
    expect(await ended(page, 0)).toMatchObject({ data: { user: { email: first } } })
    for (const popup of windows) await isClosed(popup)
    await isShown(page, first)
    await page.context().close()
  })

  it('hears of a refusal', async () => {
    world.openId.declines = true
    const page = await visit(browser, app.url + path)
    await setFocus(page, false)
    const popup = await google(page)
    const end = await ended(page).finally(() => {
      world.openId.declines = false
    })
    expect(end).toMatchObject({ data: null, error: { code: 'access_denied' } })
    await isClosed(popup)
    await page.context().close()
  })
})

describe('a window', () => {
  it('says where none was opened', async () => {
    const page = await visit(browser, app.url)
    await page.evaluate(() => {
      window.open = () => null
    })
    await press(page, ({ popup }) => popup.signInWithProvider('google') as never)
    expect(await ended(page)).toMatchObject({ data: null, error: { code: 'popup_blocked' } })
    expect(await remembered(page)).toEqual({})
    await page.context().close()
  })

  it('counts as closed when it is closed', async () => {
    const page = await visit(browser, app.url)
    const popup = await google(page)
    await popup.close()
    expect(await ended(page)).toMatchObject({ data: null, error: { code: 'popup_closed' } })
    await isShown(page, 'nobody')
    await page.context().close()
  })

  it('does not count as closed for being cut off, before its page is looked at again; and a later answer is taken', async () => {
    const page = await visit(browser, `${app.url}/alone`)
    await setFocus(page, false)
    const popup = await google(page)
    await popup.locator('input[name=sub]').waitFor()
    await page.clock.install()
    await page.clock.fastForward(30_000)
    expect(await isStillOpen(page)).toBe(true)
    await setFocus(page, true)
    await page.clock.fastForward(2_000)
    expect(await ended(page)).toMatchObject({ data: null, error: { code: 'popup_closed' } })
    expect(popup.isClosed()).toBe(false)
    const email = anAddress()
    await signInThere(popup, email)
    await isShown(page, email)
    await isClosed(popup)
    await page.context().close()
  })

  it('is given up after five minutes, and is closed then', async () => {
    const page = await visit(browser, app.url)
    await page.clock.install()
    const popup = await google(page)
    await page.clock.fastForward(5 * 60_000 + 1_000)
    expect(await ended(page)).toMatchObject({ data: null, error: { code: 'timeout' } })
    await isClosed(popup)
    await page.context().close()
  })

  it('is closed where there is nowhere to go', async () => {
    const page = await visit(browser, app.url)
    const popup = await begin(page, ({ popup: windows }) => windows.link('google') as never)
    expect(await ended(page)).toMatchObject({ data: null, error: { code: 'not_signed_in' } })
    await isClosed(popup)
    await page.context().close()
  })

  it('whose page is gone goes on by itself', async () => {
    const page = await visit(browser, `${app.url}/alone`)
    const popup = await google(page)
    const email = anAddress()
    await popup.locator('input[name=sub]').waitFor()
    await page.close()
    await signInThere(popup, email)
    await isShown(popup, email)
    await popup.waitForURL(({ search }) => search === '')
    await popup.context().close()
  })

  it('connects an account with whoever is signed in', async () => {
    const page = await visit(browser, app.url)
    const [first, second] = [anAddress(), anAddress()]
    await signInThere(await google(page), first)
    await ended(page)
    await forgetThere(page)
    const popup = await begin(page, ({ popup: windows }) => windows.link('google') as never)
    await signInThere(popup, second)
    expect(await ended(page, 1)).toMatchObject({
      error: null,
      data: { status: 'complete', user: { email: first }, identity: { provider: 'google' } },
    })
    await isClosed(popup)
    const listed = await page.evaluate(async () => (globalThis as unknown as Held).auth.identities.list())
    expect(JSON.stringify(listed)).toContain(second)
    await page.context().close()
  })

  it('leaves a second factor to the page that opened it', async () => {
    const page = await visit(browser, app.url)
    const email = anAddress()
    await signInThere(await google(page), email)
    await ended(page)
    const secret = await page.evaluate(async () => {
      const { account } = globalThis as unknown as Held
      const { data } = await account.factors.add({ type: 'totp' })
      if (data?.status !== 'pending' || data.attempt.step.type !== 'totp_setup') throw new Error('no set-up came')
      Object.assign(globalThis, { setUp: data.attempt })
      return data.attempt.step.secret ?? ''
    })
    await page.evaluate(
      async (code) => {
        const held = globalThis as unknown as Held & { setUp: Attempt }
        await held.setUp.answer({ code })
        await held.auth.signOut()
      },
      codeAfter(secret, 0),
    )
    await forgetThere(page)
    const popup = await google(page)
    await signInThere(popup, email)
    expect(await ended(page, 1)).toMatchObject({
      error: null,
      data: { status: 'pending', attempt: { step: { type: 'choose' } } },
    })
    await isClosed(popup)
    await isShown(page, 'nobody')
    world.clock.move(31)
    await page.evaluate(
      async (code) => {
        await (globalThis as unknown as Held).auth.attempt?.answer({ code })
      },
      codeAfter(secret, 31),
    )
    world.clock.move(-31)
    await isShown(page, email)
    await page.context().close()
  })
})

describe('S147: a second window', () => {
  /** Everything an attacker may say, with a state of nobody's and, where it is known, with the right one. */
  const words = (state: string) => [
    { type: 'watchword', code, state: 'ww-~somebody-elses' },
    { type: 'watchword', code },
    { type: 'watchword', state: null, code },
    { type: 'other', code, state },
    `https://app.example.test/?code=${code}&state=ww-~somebody-elses`,
    null,
    7,
  ]
  const code = '0199a3c4-0000-7000-8000-000000000000'

  it('is not believed from other windows, other origins and with other states', async () => {
    const page = await visit(browser, app.url)
    const exchanges: string[] = []
    page.on('request', (request) => void (request.url().endsWith('/exchange') && exchanges.push(request.url())))
    const popup = await google(page)
    await popup.locator('input[name=sub]').waitFor()
    const state = Object.keys(JSON.parse(Object.values(await remembered(page))[0] ?? '{}'))[0] ?? ''
    expect(state).toMatch(/^ww-~/)
    const right = { type: 'watchword', code, state }
    // The page itself, and a frame of the server's origin in it: the right word from the wrong window.
    await page.evaluate((data) => window.postMessage(data, '*'), right)
    const frame = await page.evaluateHandle((src) => {
      const element = document.createElement('iframe')
      element.src = src
      return document.body.appendChild(element)
    }, app.url)
    await (await frame.contentFrame())?.evaluate((data) => window.parent.postMessage(data, '*'), right)
    // The window, while it shows the provider: the right word from the wrong origin.
    await popup.evaluate((data) => window.opener.postMessage(data, '*'), right)
    // The right window and origin, and the wrong word.
    await popup.goto(`${world.origin}/health`)
    for (const word of words(state)) await popup.evaluate((data) => window.opener?.postMessage(data, '*'), word)
    // Every other page of the app, on the line that second windows use.
    const other = await page.context().newPage()
    await other.goto(app.url)
    for (const word of words(state))
      await other.evaluate(
        ([name, data]) => new BroadcastChannel(String(name)).postMessage(data),
        [`watchword:${new URL(world.origin).host}:windows`, word],
      )
    expect(exchanges).toEqual([])
    expect(await isStillOpen(page)).toBe(true)
    await isShown(page, 'nobody')
    await page.context().close()
  })

  it('that this browser did not begin is refused, and nobody is asked about it', async () => {
    const context = await browser.newContext()
    const page = await context.newPage()
    const asked: string[] = []
    page.on('request', (request) => void (request.url().startsWith(world.origin) && asked.push(request.url())))
    await page.goto(`${app.url}/?code=${code}&state=ww-~somebody-elses&tab=2`)
    await page.waitForFunction(() => {
      const { auth } = globalThis as unknown as Held
      return auth.state.status === 'signed_out' && auth.state.reason === 'other_browser'
    })
    await page.waitForURL(`${app.url}/?tab=2`)
    expect(asked).toEqual([])
    await context.close()
  })

  it('takes nothing from the page that opened it but the word that it is heard', async () => {
    const page = await visit(browser, app.url)
    const name = `watchword:${new URL(world.origin).host}:windows`
    await page.evaluate((line) => {
      const channel = new BroadcastChannel(line)
      channel.addEventListener('message', () => channel.postMessage('ww-~another-state'))
    }, name)
    const other = await page.context().newPage()
    await other.goto(`${app.url}/?code=${code}&state=ww-~somebody-elses`)
    // Not believed to be taken, it goes on by itself, and finds that nobody here began it.
    await other.waitForFunction(() => {
      const { auth } = globalThis as unknown as Held
      return auth.state.status === 'signed_out' && auth.state.reason === 'other_browser'
    })
    expect(other.isClosed()).toBe(false)
    await page.context().close()
  })
})

/** Whether the first one that was begun has no end yet. */
const isStillOpen = (page: Page) =>
  page.evaluate(() => {
    const [first] = (globalThis as unknown as Held).ended
    return Promise.race([first?.then(() => false), Promise.resolve().then(() => true)])
  })
