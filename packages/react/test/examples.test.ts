import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { examplesBelow, readyIn } from '../../client/test/examples/read.ts'
import type { Verdict } from '../../client/test/examples/trial.ts'
import type { Shown } from './app/examples.tsx'
import { anAddress, aPerson, aStage, isShown, password, signIn, visit } from './world.ts'

const examples = examplesBelow(new URL('../src/', import.meta.url))

/** What an example needs, and what a person does with it. */
interface Stage {
  readonly as: Shown['as']
  readonly isSignedIn?: boolean
  /** What the person does, who has this address. */
  during?(page: Page, email: string): Promise<unknown>
}

const signedIn = { isSignedIn: true }

/** Signs in at whoever the second window shows. */
async function there(page: Page, email: string): Promise<void> {
  const [, other = await page.context().waitForEvent('page')] = page.context().pages()
  await other.locator('input[name=sub], input[name=email]').fill(email)
  await other.getByRole('button', { name: /^Sign in( there)?$/ }).click()
}

const stages: Readonly<Record<string, Stage>> = {
  AuthProvider: { as: 'alone', during: (page) => isShown(page, 'nobody') },
  useAuth: { as: 'inside' },
  useUser: { as: 'inside', ...signedIn },
  'AuthContextValue.signOut': { as: 'inside', ...signedIn, during: (page) => isShown(page, 'nobody') },
  AuthWrapper: { as: 'element', during: signIn },
  SignInForm: { as: 'element', during: signIn },
  SignUpForm: {
    as: 'element',
    async during(page) {
      await page.getByLabel('First name').fill('Ada')
      await page.getByLabel('Last name').fill('Lovelace')
      await page.getByLabel('E-mail address').fill(anAddress('new'))
      await page.getByLabel('Password').fill(password)
      await page.getByRole('button', { name: 'Sign up', exact: true }).click()
    },
  },
  OAuthButton: {
    as: 'element',
    async during(page, email) {
      await page.getByRole('button', { name: 'GitHub' }).click()
      await there(page, email)
      await isShown(page, email)
    },
  },
  'AuthService.signUp': { as: 'deed' },
  'AuthService.signIn': { as: 'deed', during: isShown },
  'AuthService.signInWithOAuth': { as: 'deed', during: there },
  'AuthService.signOut': { as: 'deed', ...signedIn, during: (page) => isShown(page, 'nobody') },
  'AuthService.getSession': { as: 'deed', ...signedIn },
  'AuthService.getUser': { as: 'deed', ...signedIn },
  'AuthService.onAuthStateChange': { as: 'deed', ...signedIn },
}

const stage = aStage({ providers: { github: { enabled: true } } }, ['examples.tsx'], ['19'])

type InPage = {
  service: { signIn(email: string, password: string): Promise<unknown> }
  begin(ready: Shown): Promise<void>
  trial: { readonly ended: Promise<unknown>; verdict(): Verdict }
}

/** How an example went, once it has reached all that it shows. */
async function verdictOf(page: Page): Promise<Verdict> {
  await page.waitForFunction(() => 'trial' in globalThis)
  await page.evaluate(async () => void (await (globalThis as unknown as InPage).trial.ended))
  const isDone = () => (globalThis as unknown as InPage).trial.verdict().missed.length === 0
  await page.waitForFunction(isDone).catch(() => undefined)
  return page.evaluate(() => (globalThis as unknown as InPage).trial.verdict())
}

describe('the example of', () => {
  it.each(examples.map((example) => [example.of, example] as const))('%s', async (of, example) => {
    const needs = stages[of]
    if (needs === undefined) throw new Error(`say here what the example of ${of} needs`)
    const { world } = stage()
    const page = await visit(stage(), '19', 'url', 'examples.tsx')
    const email = of === 'AuthService.signUp' ? anAddress('new') : await aPerson(world)
    if (needs.isSignedIn) {
      await page.evaluate(([who, secret]) => (globalThis as unknown as InPage).service.signIn(who, secret), [
        email,
        password,
      ] as const)
      await isShown(page, email)
    }
    const code = readyIn({ 'https://auth.example.com': world.origin }, example)
    const ready = { code, as: needs.as, given: { email, password } }
    await page.evaluate((given) => void (globalThis as unknown as InPage).begin(given), ready)
    await needs.during?.(page, email)
    expect(await verdictOf(page)).toEqual({ missed: [], refused: [], empty: 0 })
    expect(page.complaints).toEqual([])
    await page.context().close()
  })
})

describe('the list of what examples need', () => {
  it('names each once, and no other', () => {
    expect(Object.keys(stages).sort()).toEqual(examples.map(({ of }) => of).sort())
  })
})
