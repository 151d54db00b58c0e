import { describe, expect, it } from 'vitest'
import { aPerson, aStage, visit } from './world.ts'

const stage = aStage({ limits: { enabled: true } }, ['app.tsx'], ['19'])

describe('another code', () => {
  it('is asked for by a button, which says whether one was sent', async () => {
    const page = await visit(stage(), '19', 'client')
    const { world } = stage()
    await page.getByLabel('E-mail address').fill(await aPerson(world))
    await page.getByRole('button', { name: 'Forgot your password?' }).click()
    await page.getByRole('heading', { name: 'Open your inbox' }).waitFor()
    expect(await page.getByLabel('Code').getAttribute('inputmode')).toBe('numeric')
    const again = page.getByRole('button', { name: 'Send another code' })
    await again.click()
    await page.getByRole('status').filter({ hasText: 'A code was sent a moment ago.' }).waitFor()
    world.clock.move(61)
    await again.click()
    await page.getByRole('status').filter({ hasText: 'Another code is on its way.' }).waitFor()
    expect(page.complaints).toEqual([])
    await page.context().close()
  })
})
