import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anAddress, type NativeWorld, startNative } from '../conformance/native/native-world.ts'
import { launchChromium } from '../set-up/chromium.ts'

const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
let world: NativeWorld
let browser: Browser

beforeAll(async () => {
  world = await startNative({ providers: { google: { enabled: true } } })
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  await world.close()
})

/** A fresh browser at a path; complaints of its console about pages or policies are failures. */
async function at(path: string, look: (page: Page) => Promise<unknown>, options: BrowserContextOptions = {}) {
  const context = await browser.newContext({ viewport: { width: 360, height: 640 }, ...options })
  try {
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (line) => /Content Security|Refused/.test(line.text()) && complaints.push(line.text()))
    await page.goto(new URL(path, world.config.settings.publicUrl).href)
    await look(page)
    if (options.javaScriptEnabled !== false)
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
    expect(complaints).toEqual([])
  } finally {
    await context.close()
  }
}

const headed = (page: Page) => page.getByRole('heading', { level: 1 }).textContent()
const signInPath = `/v1/sign-in/provider/google?codeChallenge=${challenge}&state=s`

describe('pages of ours', () => {
  it('a refusal that a person looks at is a page with a way out; programs get JSON as ever', async () => {
    await at('/nothing/here', async (page) => {
      expect(await headed(page)).toBe('There is nothing here')
      expect(await page.getByRole('link').getAttribute('href')).toBe(world.config.settings.siteUrl)
    })
    const { publicUrl } = world.config.settings
    const cases = [{}, { accept: '*/*' }, { accept: 'text/html', 'sec-fetch-mode': 'cors' }]
    for (const headers of cases) {
      const answer = await fetch(`${publicUrl}/auth/v1/verify`, { headers })
      expect([answer.status, answer.headers.get('content-type')]).toEqual([400, 'application/json; charset=utf-8'])
    }
    await at('/', async (page) => {
      const answer = await page.goto(`${publicUrl}/auth/v1/verify`)
      expect([answer?.status(), answer?.headers()['content-type']]).toEqual([400, 'text/html; charset=utf-8'])
      expect(answer?.headers()['content-security-policy']).toContain("default-src 'none'")
      expect(answer?.headers()['x-sb-error-code']).toBe('validation_failed')
      expect(await page.textContent('main')).toContain('Verify requires a verification type')
    })
  })

  it('speak the language of the browser', async () => {
    const german = { locale: 'de-DE' }
    await at('/auth/v1/verify', async (page) => expect(await headed(page)).toBe('Das hat nicht geklappt'), german)
    await at('/v1/links?token=x', async (page) => expect(await headed(page)).toBe('Dieser Link ist abgelaufen'), german)
    const email = anAddress()
    await world.ask('POST /sign-in/code', { body: { email, codeChallenge: challenge, state: 's' } })
    const { link } = await world.inbox.waitFor(email)
    await at(
      link ?? '',
      async (page) => {
        expect(await headed(page)).toBe('Weiter zu Watchword')
        expect(await page.getAttribute('html', 'lang')).toBe('de')
        // Nothing but the keyboard: the one button has the focus.
        await page.keyboard.press('Enter')
        await page.waitForURL('**/?code=**')
      },
      german,
    )
  })

  it('a pretended provider’s form names what is wrong with its field', async () => {
    await at(signInPath, async (page) => {
      await page.getByLabel('E-mail address').fill('a@b')
      await page.keyboard.press('Enter')
      await page.getByRole('alert').waitFor()
      expect(await page.getByLabel('E-mail address').getAttribute('aria-invalid')).toBe('true')
    })
  })

  it('a window that cannot run its script still leads back to the app', async () => {
    await at(
      `${signInPath}&display=message`,
      async (page) => {
        await page.getByRole('button', { name: 'Sign in' }).click()
        const back = await page.getByRole('link', { name: 'Continue' }).getAttribute('href')
        expect(new URL(back ?? '').searchParams.get('code')).toBeTruthy()
      },
      { javaScriptEnabled: false },
    )
  })

  it('the first page says how a link went that led to it, and clears the address of what came along', async () => {
    await at('/#access_token=x&type=signup', async (page) => {
      await page.getByRole('status').waitFor()
      await page.waitForURL(({ hash }) => hash === '')
    })
    await at('/?error=access_denied&error_description=<b>no</b>', async (page) => {
      expect(await page.getByRole('alert').textContent()).toBe('That did not work: <b>no</b>')
      await page.waitForURL(({ search }) => search === '')
    })
    await at('/', async (page) => expect(await page.getByRole('status').isVisible()).toBe(false))
  })
})
