import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { anAddress, aPerson, aStage, isShown, password, visit } from './world.ts'

const atOnce = aStage({ signUp: { emailConfirmation: false } }, ['altan.tsx'], ['18'])
const confirmed = aStage({}, ['altan.tsx'], ['18'])

type Deed = (...input: unknown[]) => Promise<unknown>
type Seen = {
  seen: {
    renders: { loading: boolean; token: string | null }[]
    services: Set<unknown>
    auth: { service: Record<string, Deed>; session: { access_token: string } | null }
  }
}

/** Calls one of the seven deeds in the page; what is thrown comes back as an answer. */
function deed(page: Page, name: string, ...input: unknown[]): Promise<Record<string, unknown>> {
  return page.evaluate(
    async ([which, given]) => {
      const { service } = (globalThis as unknown as Seen).seen.auth
      try {
        return ((await service[which]?.(...given)) ?? {}) as Record<string, unknown>
      } catch (error) {
        const { message, status, code } = error as { message: string; status: number; code: string }
        return { thrown: error instanceof Error, message, status, code }
      }
    },
    [name, input] as const,
  )
}

const open = (stage: () => ReturnType<ReturnType<typeof aStage>>) => visit(stage(), '18', 'supabase', 'altan.tsx')

describe('altan-auth itself, pointed here', () => {
  it('renders first as loading with nobody, then knows; its service is one object', async () => {
    const page = await open(atOnce)
    const { renders, services } = await page.evaluate(() => {
      const { seen } = globalThis as unknown as Seen
      return { renders: seen.renders, services: seen.services.size }
    })
    expect(renders[0]).toEqual({ loading: true, token: null })
    expect(renders.at(-1)).toEqual({ loading: false, token: null })
    expect(services).toBe(1)
    await page.context().close()
  })

  it('signs up into a session; both names are there with the next look at the user, and after a reload', async () => {
    const page = await open(atOnce)
    const email = anAddress()
    const signedUp = await deed(page, 'signUp', email, password, 'Ada', 'Lovelace')
    expect(signedUp).toMatchObject({ user: { email }, session: { access_token: expect.any(String) } })
    await isShown(page, email)
    const names = { name: 'Ada', surname: 'Lovelace' }
    expect(await deed(page, 'getUser')).toMatchObject({ data: { user: { user_metadata: names } }, error: null })
    await page.reload()
    await isShown(page, email)
    expect(await deed(page, 'getSession')).toMatchObject({ data: { session: { user: { email } } }, error: null })
    await page.context().close()
  })

  it('signs up without a session while the address waits, and keeps the names for later', async () => {
    const page = await open(confirmed)
    const email = anAddress()
    expect(await deed(page, 'signUp', email, password, 'Ada', 'Lovelace')).toMatchObject({
      user: { email },
      session: null,
    })
    await isShown(page, 'nobody')
    expect(await deed(page, 'signIn', email, password)).toMatchObject({ message: 'Email not confirmed' })
    const { link } = await confirmed().world.inbox.waitFor(email, 'sign_up')
    expect((await fetch(link ?? '', { redirect: 'manual' })).status).toBe(303)
    expect(await deed(page, 'signIn', email, password)).toMatchObject({
      user: { email, user_metadata: { name: 'Ada', surname: 'Lovelace' } },
    })
    await isShown(page, email)
    await page.context().close()
  })

  it('throws what its forms look for', async () => {
    const page = await open(atOnce)
    const email = await aPerson(atOnce().world)
    expect(await deed(page, 'signIn', email, 'not this one')).toEqual({
      thrown: true,
      message: 'Invalid login credentials',
      status: 400,
      code: 'invalid_credentials',
    })
    expect(await deed(page, 'signUp', email, password)).toMatchObject({ message: 'User already registered' })
    expect(await deed(page, 'signUp', anAddress(), 'x')).toMatchObject({
      message: expect.stringContaining('Password should be at least'),
    })
    await page.context().close()
  })

  it('shows in its own forms that a password is wrong, signs in with the right one, and out in all tabs', async () => {
    const page = await open(atOnce)
    const email = await aPerson(atOnce().world)
    await page.locator('#email').fill(email)
    await page.locator('#password').fill('not this one')
    await page.locator('form button[type=submit]').click()
    await page
      .getByText(/sign in failed|invalid|incorrect/i)
      .first()
      .waitFor()
    await page.locator('#password').fill(password)
    await page.locator('form button[type=submit]').click()
    await isShown(page, email)
    const other = await page.context().newPage()
    await other.goto(atOnce().app('18', 'supabase', 'altan.tsx'))
    await isShown(other, email)
    await other.getByRole('button', { name: 'Sign out' }).click()
    await isShown(page, 'nobody')
    await page.context().close()
  })

  it('replaces a refreshed token without loading again', async () => {
    const page = await open(atOnce)
    const email = await aPerson(atOnce().world)
    await deed(page, 'signIn', email, password)
    await isShown(page, email)
    const tokens = await page.evaluate(async () => {
      const { seen } = globalThis as unknown as Seen
      const before = seen.auth.session?.access_token
      const supabase = (seen.auth.service as unknown as { supabase: { auth: { refreshSession(): Promise<unknown> } } })
        .supabase
      await supabase.auth.refreshSession()
      return before
    })
    await page.waitForFunction(
      (before) => (globalThis as unknown as Seen).seen.auth.session?.access_token !== before,
      tokens,
    )
    const renders = await page.evaluate(() => (globalThis as unknown as Seen).seen.renders)
    const since = renders.slice(renders.findIndex(({ token }) => token !== null))
    expect(since.filter(({ loading, token }) => loading || token === null)).toEqual([])
    await page.context().close()
  })

  it('signs in at a provider through its popup', async () => {
    const page = await open(atOnce)
    const email = anAddress()
    const [popup] = await Promise.all([
      page.waitForEvent('popup'),
      page.getByRole('button', { name: 'Continue with Google' }).click(),
    ])
    await popup.locator('input[name=sub]').fill(email)
    await popup.getByRole('button', { name: 'Sign in there' }).click()
    await isShown(page, email)
    await page.reload()
    await isShown(page, email)
    await page.context().close()
  })
})
