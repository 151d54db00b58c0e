import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../set-up/chromium.ts'
import { freePort } from '../set-up/free-port.ts'
import { pkce } from '../world/social.ts'
import { introduce, type SsoWorld, startSso } from '../world/sso.ts'
import { type App, startApp } from './app.ts'

let world: SsoWorld
let browser: Browser
const apps: App[] = []

beforeAll(async () => {
  world = await startSso()
  await introduce(world)
  for (const flowType of ['implicit', 'pkce'] as const)
    apps.push(await startApp(await freePort(), { url: world.origin, key: world.publishableKey, flowType }))
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  for (const app of apps) await app.close()
  await world.close()
})

const newPage = async (): Promise<Page> => (await browser.newContext()).newPage()

async function signInThere(page: Page, email: string): Promise<void> {
  await page.locator('input[name=typed]').fill(email)
  await page.getByRole('button', { name: 'Sign in at Acme' }).click()
}

describe.each([
  ['implicit', 0],
  ['PKCE', 1],
])('the %s flow in a browser', (flow, at) => {
  it('goes to the organisation and comes back signed in', async () => {
    const { url = '' } = apps[at] ?? {}
    const email = `${flow.toLowerCase()}@acme.test`
    const page = await newPage()
    await page.goto(url)
    await page.locator('#who', { hasText: 'nobody' }).waitFor()
    await page.evaluate((redirectTo) => {
      const { client } = globalThis as unknown as {
        client: { auth: { signInWithSSO(input: object): Promise<unknown> } }
      }
      void client.auth.signInWithSSO({ domain: 'acme.test', options: { redirectTo } })
    }, url)
    await signInThere(page, email)
    await page.locator('#who', { hasText: email }).waitFor()
    await page.waitForURL(({ href }) => href.startsWith(url))
    expect(page.url()).not.toContain('access_token')
  })
})

describe('the native dialect in a browser', () => {
  it('brings the cookie along although the organisation posts from another site', async () => {
    const { url = '' } = apps[1] ?? {}
    const { challenge, verifier } = pkce()
    const query = { domain: 'acme.test', codeChallenge: challenge, redirectTo: `${url}/native`, state: 'native' }
    const page = await newPage()
    await page.goto(`${world.origin}/v1/sign-in/sso?${new URLSearchParams(query)}`)
    await signInThere(page, 'native@acme.test')
    await page.waitForURL((place) => place.pathname === '/native')
    const { searchParams } = new URL(page.url())
    expect(searchParams.get('state')).toBe('native')
    const answer = await fetch(`${world.origin}/v1/sessions/exchange`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code: searchParams.get('code'), codeVerifier: verifier }),
    })
    expect(await answer.json()).toMatchObject({ status: 'complete', user: { email: 'native@acme.test', isSso: true } })
  })
})
