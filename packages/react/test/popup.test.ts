import type { Client } from '@watchword/client'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { versions } from './bundle.ts'
import { anAddress, aStage, isShown, type Kind, visit } from './world.ts'

const stage = aStage()

interface Outcome {
  readonly session?: { user: { email: string } }
  readonly error?: string
}

type Held = {
  seen: {
    auth: { service: { signInWithOAuth(provider: string): Promise<{ session: { user: { email: string } } }> } }
  }
  outcome: Promise<Outcome>
}

/** Presses nothing: calls the deed, and keeps its outcome for later. */
async function begin(page: Page): Promise<Page> {
  const [popup] = await Promise.all([
    page.waitForEvent('popup'),
    page.evaluate(() => {
      const held = globalThis as unknown as Held
      held.outcome = held.seen.auth.service.signInWithOAuth('google').then(
        ({ session }) => ({ session }),
        (error: Error) => ({ error: error.message }),
      )
    }),
  ])
  // It opens empty and is sent on; what happens before it has arrived would be about another page.
  await popup.locator('input[name=sub]').waitFor()
  return popup
}

const outcomeOf = (page: Page): Promise<Outcome> => page.evaluate(() => (globalThis as unknown as Held).outcome)

async function signInThere(popup: Page, email: string): Promise<void> {
  await popup.locator('input[name=sub]').fill(email)
  await popup.getByRole('button', { name: 'Sign in there' }).click()
}

/** A page of the server's or the app's origin in the popup says something to whoever opened it. */
async function say(popup: Page, place: string, message: object): Promise<void> {
  await popup.goto(place)
  await popup.evaluate((data) => window.opener?.postMessage(data, '*'), message)
}

const forged = {
  access_token: 'forged',
  refresh_token: 'forged',
  user: { id: 'x', email: 'forged@example.test', user_metadata: {} },
}

const both = versions.flatMap((version) =>
  (['client', 'supabase'] as const).map((kind): [typeof version, Kind] => [version, kind]),
)

describe.each(both)('signing in through a popup on React %s, given a %s', (version, kind) => {
  it('signs in by the button, closes the popup and is still in after a reload', async () => {
    const page = await visit(stage(), version, kind)
    const email = anAddress()
    const [popup] = await Promise.all([
      page.waitForEvent('popup'),
      page.getByRole('button', { name: 'Continue with Google' }).click(),
    ])
    await signInThere(popup, email)
    await isShown(page, email)
    if (!popup.isClosed()) await popup.waitForEvent('close')
    await page.reload()
    await isShown(page, email)
    expect(page.complaints).toEqual([])
    await page.context().close()
  })

  it('rejects when the popup is closed', async () => {
    const page = await visit(stage(), version, kind)
    const popup = await begin(page)
    await popup.close()
    expect(await outcomeOf(page)).toEqual({ error: 'Authentication was cancelled' })
    await isShown(page, 'nobody')
    await page.context().close()
  })

  it('says below the button that popups are blocked', async () => {
    const page = await visit(stage(), version, kind)
    await page.evaluate(() => {
      window.open = () => null
    })
    await page.getByRole('button', { name: 'Continue with Google' }).click()
    await page.getByRole('alert').filter({ hasText: 'Popup blocked' }).waitFor()
    await page.context().close()
  })

  it('gives up after five minutes, and leaves no timer and no popup behind', async () => {
    const page = await visit(stage(), version, kind)
    await page.clock.install()
    const popup = await begin(page)
    await page.clock.fastForward(5 * 60_000 + 1_000)
    expect(await outcomeOf(page)).toEqual({ error: 'Authentication timeout' })
    if (!popup.isClosed()) await popup.waitForEvent('close')
    await page.context().close()
  })

  it('S147 does not hear what other windows say, nor what the popup says from a foreign origin', async () => {
    const page = await visit(stage(), version, kind)
    const popup = await begin(page)
    const shown = new URL(page.url())
    const foreign = `${shown.protocol}//localhost:${shown.port}/`
    for (const message of [forged, { type: 'oauth_success', session: forged }, { type: 'oauth_error', error: 'no' }])
      await page.evaluate((data) => window.postMessage(data, '*'), message)
    // As a link does it: an address typed in would cut the popup off.
    await Promise.all([popup.waitForURL(`${foreign}**`), popup.evaluate((to) => location.assign(to), foreign)])
    expect(await popup.evaluate(() => window.opener !== null)).toBe(true)
    for (const message of [forged, { type: 'oauth_success', session: forged }, { type: 'oauth_error', error: 'no' }])
      await popup.evaluate((data) => window.opener?.postMessage(data, '*'), message)
    await isShown(page, 'nobody')
    await popup.close()
    expect(await outcomeOf(page)).toEqual({ error: 'Authentication was cancelled' })
    await page.context().close()
  })
})

describe.each(versions)("the messages of altan-auth's table on React %s", (version) => {
  it('takes a session that the popup hands over, and one that it only tells of', async () => {
    for (const message of [forged, { type: 'oauth_success', session: forged }]) {
      const page = await visit(stage(), version, 'supabase')
      const popup = await begin(page)
      await say(popup, new URL('/auth/callback', page.url()).href, message)
      expect(await outcomeOf(page)).toMatchObject({ session: { user: { email: 'forged@example.test' } } })
      await isShown(page, 'forged@example.test')
      expect(await page.evaluate(() => localStorage.getItem('sb-database-auth-token'))).toBeNull()
      await page.context().close()
    }
  })

  it("rejects with the popup's text, or with one of its own", async () => {
    for (const [message, error] of [
      [{ type: 'oauth_error', error: 'Not today' }, 'Not today'],
      [{ type: 'oauth_error' }, 'Authentication failed'],
    ] as const) {
      const page = await visit(stage(), version, 'supabase')
      const popup = await begin(page)
      await say(popup, new URL('/auth/callback', page.url()).href, message)
      expect(await outcomeOf(page)).toEqual({ error })
      await page.context().close()
    }
  })

  it('does not take the closing of the popup for giving up, while its word is being checked', async () => {
    const page = await visit(stage(), version, 'client')
    await page.clock.install()
    const asked = { release: () => {} }
    const held = new Promise<void>((resolve) => {
      asked.release = resolve
    })
    await page.route('**/v1/sessions/exchange', async (route) => {
      await held
      await route.continue()
    })
    const popup = await begin(page)
    const email = anAddress()
    await Promise.all([page.waitForRequest('**/v1/sessions/exchange'), signInThere(popup, email)])
    if (!popup.isClosed()) await popup.waitForEvent('close')
    await page.clock.fastForward(5_000)
    asked.release()
    expect(await outcomeOf(page)).toMatchObject({ session: { user: { email } } })
    await page.context().close()
  })

  it('comes back to the app itself where the popup was cut off from it', async () => {
    const page = await visit(stage(), version, 'client')
    const email = anAddress()
    const url = await page.evaluate(async () => {
      const { client } = (globalThis as unknown as { seen: { client: Client } }).seen
      const { data } = await client.signInWithProvider('google', { mode: 'url', display: 'message' })
      return data?.url ?? ''
    })
    const alone = await page.context().newPage()
    await alone.goto(url)
    await signInThere(alone, email)
    await isShown(alone, email)
    await alone.waitForURL(({ search }) => search === '')
    await isShown(page, email)
    await page.context().close()
  })

  it('S147 does not hear of a code that was not asked for here', async () => {
    const page = await visit(stage(), version, 'client')
    const popup = await begin(page)
    const said = { type: 'watchword', code: '00000000-0000-0000-0000-000000000000', state: 'ww-somebody-elses' }
    await say(popup, new URL('/auth/callback', page.url()).href, said)
    await popup.close()
    expect(await outcomeOf(page)).toEqual({ error: 'Authentication was cancelled' })
    await isShown(page, 'nobody')
    await page.context().close()
  })
})
