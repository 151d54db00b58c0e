import { createClient, memoryStorage, unwrap } from '@watchword/client'
import { createAccount } from '@watchword/client/account'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { barriers } from './barriers.ts'
import { versions } from './bundle.ts'
import { aPerson, aStage, isShown, password, signIn, visit, type World } from './world.ts'

const stage = aStage((origins) => ({
  corsOrigins: origins,
  passkeys: { rpId: 'localhost', origins },
}))

/** Typed for Node, as the server is. */
const places = {
  app: '../../server/test/world/authenticator.ts',
  browser: '../../server/test/world/virtual-authenticator.ts',
}
const { authenticator } = (await import(/* @vite-ignore */ places.app)) as {
  authenticator(secret: string): { codeAt(at: Date): string }
}
const { addAuthenticators } = (await import(/* @vite-ignore */ places.browser)) as {
  addAuthenticators(page: Page): Promise<unknown>
}

type Seen = {
  seen: {
    auth: { session: { access_token: string; refresh_token: string; user: { email: string } } | null }
    renders: { loading: boolean; token: string | null }[]
  }
}

/** Somebody with an authenticator app and recovery codes. */
async function aCarefulPerson(world: World) {
  const email = await aPerson(world)
  const client = createClient({ url: world.url, storage: memoryStorage() })
  await unwrap(client.signInWithPassword({ email, password }))
  const account = createAccount(client)
  const begun = await unwrap(account.factors.add({ type: 'totp', name: 'Phone' }))
  if (begun.status !== 'pending' || begun.attempt.step.type !== 'totp_setup') throw new Error('no set-up was begun')
  const app = authenticator(begun.attempt.step.secret ?? '')
  await unwrap(begun.attempt.answer({ code: app.codeAt(new Date()) }))
  const { codes } = await unwrap(account.factors.newRecoveryCodes())
  client.dispose()
  // One step of time counts once, and the first went into the set-up.
  return { email, codes, code: () => app.codeAt(new Date(Date.now() + 30_000)) }
}

const tokensOf = (page: Page) =>
  page.evaluate(() => (globalThis as unknown as Seen).seen.renders.map(({ token }) => token))

describe.each(versions)('further steps on React %s', (version) => {
  it('ask for the code of the app, and no half session is shown before', async () => {
    const person = await aCarefulPerson(stage().world)
    const page = await visit(stage(), version, 'client')
    await signIn(page, person.email)
    await page.getByRole('heading', { name: 'One more step' }).waitFor()
    await isShown(page, 'nobody')
    expect(await barriers(page)).toEqual([])
    expect(new Set(await tokensOf(page))).toEqual(new Set([null]))
    await page.getByLabel('Code of your authenticator app').last().fill('000000')
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByRole('alert').filter({ hasText: /\w/ }).waitFor()
    await page.getByLabel('Code of your authenticator app').last().fill(person.code())
    await page.getByRole('button', { name: 'Go on' }).click()
    await isShown(page, person.email)
    expect(page.complaints).toEqual([])
    await page.context().close()
  })

  it('take a recovery code instead, chosen by keyboard', async () => {
    const person = await aCarefulPerson(stage().world)
    const page = await visit(stage(), version, 'url')
    await signIn(page, person.email)
    await page.getByRole('radio', { name: /Recovery code/ }).focus()
    await page.keyboard.press('Space')
    await page.getByRole('textbox', { name: 'Recovery code' }).fill(person.codes[0] ?? '')
    await page.keyboard.press('Enter')
    await isShown(page, person.email)
    await page.context().close()
  })

  it('offer a passkey among the suggestions, and sign in with it', async () => {
    const page = await visit(stage(), version, 'cookie')
    await addAuthenticators(page)
    const email = await aPerson(stage().world)
    await signIn(page, email)
    await isShown(page, email)
    await page.evaluate(async () => {
      const { addPasskey } = (globalThis as unknown as { seen: { addPasskey(): Promise<unknown> } }).seen
      await addPasskey()
    })
    await page.getByRole('button', { name: 'Sign out' }).click()
    // The pretended device picks its passkey as soon as it is offered.
    await page.waitForFunction(
      (address) => (globalThis as unknown as Seen).seen.auth.session?.user.email === address,
      email,
    )
    await isShown(page, email)
    await page.context().close()
  })
})

describe.each(versions)('cookie mode on React %s', (version) => {
  it('keeps the tokens from the page’s storage, and is in again after a reload', async () => {
    const page = await visit(stage(), version, 'cookie')
    const email = await aPerson(stage().world)
    await signIn(page, email)
    await isShown(page, email)
    await page.reload()
    await isShown(page, email)
    const { session, stored } = await page.evaluate(() => ({
      session: (globalThis as unknown as Seen).seen.auth.session,
      stored: JSON.stringify({ ...localStorage, ...sessionStorage }),
    }))
    expect(session).toMatchObject({ access_token: expect.stringMatching(/^ey/), refresh_token: '' })
    expect(stored).not.toContain(session?.access_token)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await isShown(page, 'nobody')
    expect(page.complaints).toEqual([])
    await page.context().close()
  })
})
