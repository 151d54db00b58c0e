import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../set-up/chromium.ts'
import { freePort } from '../set-up/free-port.ts'
import { pkce, type SocialWorld, startSocial } from '../world/social.ts'
import { type App, startApp } from './app.ts'

let world: SocialWorld
let browser: Browser
const apps: App[] = []
const password = 'seven quiet otters'

beforeAll(async () => {
  const [implicit, proof] = [await freePort(), await freePort()]
  const { clientId, clientSecret } = { clientId: 'watchword', clientSecret: 'a-secret-of-the-client-at-the-provider' }
  world = await startSocial((openId) => ({
    providers: {
      github: { enabled: true },
      apple: { clientId: [clientId], clientSecret, url: openId, scopes: ['openid'] },
    },
  }))
  for (const [port, flowType] of [
    [implicit, 'implicit'],
    [proof, 'pkce'],
  ] as const)
    apps.push(await startApp(port, { url: world.origin, key: world.publishableKey, flowType }))
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  for (const app of apps) await app.close()
  await world.close()
})

const signedInAs = (page: Page, email: string) => page.locator('#who', { hasText: email }).waitFor()

/** Opens an app in a browser that knows nothing yet. */
async function visit(at: number): Promise<{ readonly page: Page; readonly url: string }> {
  const url = apps[at]?.url ?? ''
  const page = await (await browser.newContext()).newPage()
  await page.goto(url)
  await signedInAs(page, 'nobody')
  return { page, url }
}

/** What the app does when its button is pressed: the page goes away under it. */
async function press(page: Page, method: string, options: object): Promise<void> {
  await page.evaluate(
    ([name, given]) => {
      const { client } = globalThis as unknown as {
        client: { auth: Record<string, (options: unknown) => Promise<unknown>> }
      }
      void client.auth[name as string]?.(given)
    },
    [method, options] as const,
  )
}

async function signInThere(page: Page, email: string): Promise<void> {
  await page.locator('input[name=sub]').fill(email)
  await page.getByRole('button', { name: 'Sign in there' }).click()
}

describe.each([
  ['implicit', 0],
  ['PKCE', 1],
])('the %s flow in a browser', (flow, at) => {
  it('goes to the provider and comes back signed in', async () => {
    const { page, url } = await visit(at)
    await press(page, 'signInWithOAuth', { provider: 'google', options: { redirectTo: url } })
    await signInThere(page, `${flow.toLowerCase()}@example.test`)
    await signedInAs(page, `${flow.toLowerCase()}@example.test`)
    expect(page.url()).not.toContain('access_token')
  })

  it('comes back signed in from a provider that posts its answer from its own site', async () => {
    const { page, url } = await visit(at)
    await press(page, 'signInWithOAuth', { provider: 'apple', options: { redirectTo: url } })
    await signInThere(page, `posted-${flow.toLowerCase()}@example.test`)
    await signedInAs(page, `posted-${flow.toLowerCase()}@example.test`)
  })

  it('signs in at a provider that is only pretended, and comes back from it without', async () => {
    const { page, url } = await visit(at)
    await press(page, 'signInWithOAuth', { provider: 'github', options: { redirectTo: url } })
    await page.getByRole('heading', { name: 'Sign in with GitHub (pretend)' }).waitFor()
    await page.getByLabel('E-mail address').fill(`pretended-${flow.toLowerCase()}@example.test`)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await signedInAs(page, `pretended-${flow.toLowerCase()}@example.test`)
    const other = await visit(at)
    await press(other.page, 'signInWithOAuth', { provider: 'github', options: { redirectTo: url } })
    await other.page.getByRole('button', { name: 'Cancel' }).click()
    await other.page.waitForURL(/error=access_denied/)
    await signedInAs(other.page, 'nobody')
  })

  it('connects an account elsewhere with the one that is signed in', async () => {
    const email = `owner-${flow.toLowerCase()}@example.test`
    const made = await fetch(`${world.origin}/auth/v1/admin/users`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${world.secretKey}` },
      body: JSON.stringify({ email, password, email_confirm: true }),
    })
    expect(made.status).toBe(200)
    const { page, url } = await visit(at)
    await press(page, 'signInWithPassword', { email, password })
    await signedInAs(page, email)
    await press(page, 'linkIdentity', { provider: 'google', options: { redirectTo: url } })
    await signInThere(page, `elsewhere-${flow.toLowerCase()}@example.test`)
    // Without a challenge anybody could have sent the link: whoever sits here is asked.
    if (flow === 'implicit') await page.getByRole('button', { name: 'Connect' }).click()
    await page.waitForURL((place) => place.href.startsWith(url))
    await signedInAs(page, email)
    const identities = await page.evaluate(async () => {
      const { client } = globalThis as unknown as {
        client: { auth: { getUserIdentities(): Promise<{ data: { identities: { provider: string }[] } }> } }
      }
      return (await client.auth.getUserIdentities()).data.identities.map(({ provider }) => provider)
    })
    expect(identities).toEqual(['email', 'google'])
  })
})

describe('the native dialect in a browser', () => {
  it('hands the code to the window that opened a second one, and nowhere else', async () => {
    const { page, url } = await visit(1)
    const { challenge, verifier } = pkce()
    const query = new URLSearchParams({ codeChallenge: challenge, redirectTo: url, state: 'popup', display: 'message' })
    const [popup] = await Promise.all([
      page.waitForEvent('popup'),
      page.evaluate(`
        addEventListener('message', ({ data, origin }) => { globalThis.said = { ...data, origin } })
        void open(${JSON.stringify(`${world.origin}/v1/sign-in/provider/google?${query}`)}, 'popup', 'width=500,height=600')
      `),
    ])
    await signInThere(popup, 'popup@example.test')
    await page.waitForFunction(() => 'said' in globalThis)
    const said = await page.evaluate(() => (globalThis as unknown as { said: Record<string, string> }).said)
    expect(said).toMatchObject({ type: 'watchword', state: 'popup', origin: world.origin })
    const answer = await fetch(`${world.origin}/v1/sessions/exchange`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code: said['code'], codeVerifier: verifier }),
    })
    expect(await answer.json()).toMatchObject({ status: 'complete', user: { email: 'popup@example.test' } })
  })
})
