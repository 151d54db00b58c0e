import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { versions } from './bundle.ts'
import { anAddress, aPerson, aStage, isShown, password, signIn, visit } from './world.ts'

const stage = aStage()

type Seen = { seen: { said: string[] } }
type Served = { seen: { auth: { service: Record<string, (...input: string[]) => Promise<unknown>> } } }

/** What the forms have told the app. */
const saidIn = (page: Page) => page.evaluate(() => (globalThis as unknown as Seen).seen.said)

describe.each(versions)('the forms on React %s', (version) => {
  it('sign up, ask for the mailed code, say when it is wrong, and let in with the right one', async () => {
    const page = await visit(stage(), version, 'client')
    const email = anAddress()
    await page.getByRole('button', { name: 'No account yet? Sign up' }).click()
    await page.waitForFunction(() => document.activeElement?.id === 'name')
    await page.keyboard.type('Ada')
    await page.keyboard.press('Tab')
    await page.keyboard.type('Lovelace')
    await page.keyboard.press('Tab')
    await page.keyboard.type(email)
    await page.keyboard.press('Tab')
    await page.keyboard.type(password)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Open your inbox' }).waitFor()
    await page.waitForFunction(() => document.activeElement?.getAttribute('autocomplete') === 'one-time-code')
    await page.keyboard.type('000000')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').filter({ hasText: /\w/ }).waitFor()
    const field = page.getByLabel('Code')
    expect(await field.getAttribute('aria-invalid')).toBe('true')
    const { code } = await stage().world.inbox.waitFor(email, 'sign_up')
    await field.fill(code ?? '')
    await page.getByRole('button', { name: 'Go on' }).click()
    await isShown(page, email)
    expect(await page.textContent('#names')).toBe('Ada|Lovelace')
    await expect.poll(async () => (await saidIn(page))[0]).toBe('signed up')
    expect(page.complaints).toEqual([])
    await page.context().close()
  })

  it('sign in by keyboard; a wrong password is read out, described at the field, and typing goes on there', async () => {
    const page = await visit(stage(), version, 'client')
    const email = await aPerson(stage().world)
    await signIn(page, email, 'not this one')
    const alert = page.getByRole('alert').filter({ hasText: 'Wrong e-mail address or password.' })
    await alert.waitFor()
    const field = page.locator('#password')
    expect(await field.getAttribute('aria-describedby')).toBe(await alert.getAttribute('id'))
    await page.waitForFunction(() => document.activeElement?.id === 'password')
    await field.fill(password)
    await page.keyboard.press('Enter')
    await isShown(page, email)
    await expect.poll(() => saidIn(page)).toEqual([expect.stringContaining('AuthError'), 'signed in'])
    await page.context().close()
  })

  it('recover an account with a mailed code and a new password', async () => {
    const page = await visit(stage(), version, 'client')
    const email = await aPerson(stage().world)
    await page.getByRole('button', { name: 'Forgot your password?' }).click()
    await page.getByRole('alert').filter({ hasText: 'Please enter your e-mail address first.' }).waitFor()
    await page.getByLabel('E-mail address').fill(email)
    await page.getByRole('button', { name: 'Forgot your password?' }).click()
    const { code } = await stage().world.inbox.waitFor(email, 'recovery')
    await page.getByLabel('Code').fill(code ?? '')
    await page.getByLabel('New password').fill('eight calm herons')
    await page.getByRole('button', { name: 'Go on' }).click()
    await isShown(page, email)
    await page.context().close()
  })

  it('say what a password wants', async () => {
    const page = await visit(stage(), version, 'client')
    await page.getByRole('button', { name: 'No account yet? Sign up' }).click()
    await page.getByLabel('First name').fill('Ada')
    await page.getByLabel('Last name').fill('Lovelace')
    await page.getByLabel('E-mail address').fill(anAddress())
    await page.getByLabel('Password', { exact: true }).fill('otters')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').filter({ hasText: 'at least 8 characters' }).waitFor()
    await page.context().close()
  })

  it('say why a way back has led nowhere, until something else is said', async () => {
    const page = await visit(stage(), version, 'client')
    await page.goto(`${stage().app(version, 'client')}&code=${crypto.randomUUID()}&state=ww-of-another-browser`)
    await page.getByRole('status').filter({ hasText: 'asked for in another browser' }).waitFor()
    await signIn(page, anAddress(), 'not this one')
    await page.getByRole('alert').filter({ hasText: 'Wrong e-mail address or password.' }).waitFor()
    expect(await page.getByRole('status').textContent()).toBe('')
    expect(page.complaints).toEqual([])
    await page.context().close()
  })

  it('remember over a reload what was begun, and start again on request', async () => {
    const page = await visit(stage(), version, 'url')
    await page.getByRole('button', { name: 'No account yet? Sign up' }).click()
    const email = anAddress()
    for (const [label, value] of [
      ['First name', 'Ada'],
      ['Last name', 'Lovelace'],
      ['E-mail address', email],
      ['Password', password],
    ] as const)
      await page.getByLabel(label, { exact: true }).fill(value)
    await page.getByRole('button', { name: 'Sign up', exact: true }).click()
    await page.getByRole('heading', { name: 'Open your inbox' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'Open your inbox' }).waitFor()
    await page.getByRole('button', { name: 'Start again' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.context().close()
  })

  it('stand beside a service that signs up without a session, and says that the address waits', async () => {
    const page = await visit(stage(), version, 'client')
    const deed = (name: string, ...input: string[]) =>
      page.evaluate(
        async ([called, given]) => {
          const { service } = (globalThis as unknown as Served).seen.auth
          try {
            return await service[called]?.(...given)
          } catch (thrown) {
            const { message, code, attempt } = thrown as { message: string; code: string; attempt: object | null }
            return { message, code, hasAttempt: attempt !== null }
          }
        },
        [name, input] as const,
      )
    const email = anAddress()
    const nobody = { user: null, session: null }
    expect(await deed('signUp', email, password, 'Ada', 'Lovelace')).toEqual(nobody)
    // Whoever asks for an address that is somebody's learns nothing else.
    expect(await deed('signUp', await aPerson(stage().world), password, 'Ada', 'Lovelace')).toEqual(nobody)
    await deed('signUp', email, password, 'Ada', 'Lovelace')
    await isShown(page, 'nobody')
    const waits = { code: 'attempt_pending', message: 'Email not confirmed', hasAttempt: true }
    expect(await deed('signIn', email, password)).toEqual(waits)
    await isShown(page, 'nobody')
    expect(page.complaints).toEqual([])
    await page.context().close()
  })

  it("tell those on Supabase's client to open their inbox, and what it said in better words", async () => {
    const page = await visit(stage(), version, 'supabase')
    await signIn(page, anAddress(), 'not this one')
    await page.getByRole('alert').filter({ hasText: 'Wrong e-mail address or password.' }).waitFor()
    expect(await page.getByRole('button', { name: 'Forgot your password?' }).count()).toBe(0)
    await page.getByRole('button', { name: 'No account yet? Sign up' }).click()
    const email = anAddress()
    await page.getByLabel('First name').fill('Ada')
    await page.getByLabel('Last name').fill('Lovelace')
    await page.getByLabel('E-mail address').fill(email)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign up', exact: true }).click()
    await page.getByRole('status').filter({ hasText: 'We have sent you a mail.' }).waitFor()
    await isShown(page, 'nobody')
    await page.getByRole('button', { name: 'Have an account? Sign in' }).click()
    await signIn(page, email)
    await page.getByRole('alert').filter({ hasText: 'Please open your inbox first' }).waitFor()
    await page.context().close()
  })
})
