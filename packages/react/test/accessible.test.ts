import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { barriers } from './barriers.ts'
import { versions } from './bundle.ts'
import { anAddress, aPerson, aStage, isShown, password, signIn, visit } from './world.ts'

const stage = aStage()
const styles = fileURLToPath(new URL('../src/styles.css', import.meta.url))

type Opened = Awaited<ReturnType<typeof visit>>

/** An app in our looks, on a light or a dark ground. */
async function dressed(version: (typeof versions)[number], colorScheme: 'light' | 'dark'): Promise<Opened> {
  const page = await visit(stage(), version, 'client')
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
  const ground =
    ':root { color-scheme: light dark; background: light-dark(#ffffff, #1c1c22) } #state { color: light-dark(#000, #fff) }'
  await page.addStyleTag({ content: `${ground}\n${await readFile(styles, 'utf8')}` })
  return page
}

describe.each(versions)('the forms on React %s', (version) => {
  it.each(['light', 'dark'] as const)('keep nobody out, on a %s ground', async (ground) => {
    const page = await dressed(version, ground)
    expect(await barriers(page)).toEqual([])
    await signIn(page, anAddress(), 'not this one')
    await page.getByRole('alert').filter({ hasText: /\w/ }).waitFor()
    expect(await barriers(page)).toEqual([])
    await page.getByRole('button', { name: 'No account yet? Sign up' }).click()
    expect(await barriers(page)).toEqual([])
    await page.getByLabel('First name').fill('Ada')
    await page.getByLabel('Last name').fill('Lovelace')
    await page.getByLabel('E-mail address').fill(anAddress())
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign up', exact: true }).click()
    await page.getByRole('heading', { name: 'Open your inbox' }).waitFor()
    expect(await barriers(page)).toEqual([])
    await page.getByRole('button', { name: 'Start again' }).click()
    const email = await aPerson(stage().world)
    await page.getByRole('button', { name: 'Have an account? Sign in' }).click()
    await page.getByLabel('E-mail address').fill(email)
    await page.getByRole('button', { name: 'Forgot your password?' }).click()
    await page.getByLabel('New password').waitFor()
    expect(await barriers(page)).toEqual([])
    await page.context().close()
  })

  it('wear the colours, the font and the corners of an app', async () => {
    const page = await dressed(version, 'light')
    const button = page.getByRole('button', { name: 'Sign in', exact: true })
    const look = () =>
      button.evaluate((element) => {
        const { backgroundColor, borderRadius, fontFamily } = getComputedStyle(element)
        return { backgroundColor, borderRadius, fontFamily }
      })
    expect(await look()).toEqual({
      backgroundColor: 'rgb(31, 79, 209)',
      borderRadius: '8px',
      fontFamily: 'system-ui, sans-serif',
    })
    await page.addStyleTag({
      content: ':root { --ww-accent: rgb(102, 51, 153); --ww-radius: 0px; --ww-font: monospace }',
    })
    expect(await look()).toEqual({
      backgroundColor: 'rgb(102, 51, 153)',
      borderRadius: '0px',
      fontFamily: 'monospace',
    })
    await isShown(page, 'nobody')
    await page.context().close()
  })
})
