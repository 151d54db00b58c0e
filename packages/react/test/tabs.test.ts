import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { versions } from './bundle.ts'
import { aPerson, aStage, isShown, signIn, visit } from './world.ts'

const stage = aStage()

type Seen = {
  seen: {
    client: { refresh(): Promise<{ error: { code: string } | null }> }
    renders: { loading: boolean; token: string | null }[]
  }
}

const rounds = 12

const refresh = (page: Page) =>
  page.evaluate(async () => (await (globalThis as unknown as Seen).seen.client.refresh()).error?.code ?? null)

const rendersOf = (page: Page) => page.evaluate(() => (globalThis as unknown as Seen).seen.renders)

/** Nobody goes out, nothing flickers: from the first token on there is always one. */
async function expectNeverOut(page: Page): Promise<void> {
  const renders = await rendersOf(page)
  const since = renders.slice(renders.findIndex(({ token }) => token !== null))
  expect(since.filter(({ loading, token }) => loading || token === null)).toEqual([])
  expect(new Set(since.map(({ token }) => token)).size).toBeGreaterThan(1)
}

describe.each(versions)('two tabs on React %s', { retry: 0 }, (version) => {
  it('refresh together, over and over, and nobody is signed out unearned', async () => {
    const one = await visit(stage(), version, 'client')
    const email = await aPerson(stage().world)
    await signIn(one, email)
    await isShown(one, email)
    const two = await one.context().newPage()
    await two.goto(stage().app(version, 'client'))
    await isShown(two, email)
    for (let round = 0; round < rounds; round += 1)
      expect(await Promise.all([refresh(one), refresh(two), refresh(one), refresh(two)])).toEqual([
        null,
        null,
        null,
        null,
      ])
    for (const page of [one, two]) await expectNeverOut(page)
    await one.context().close()
  })

  it('stay in while answers to refreshes get lost', async () => {
    const one = await visit(stage(), version, 'client')
    const email = await aPerson(stage().world)
    await signIn(one, email)
    await isShown(one, email)
    const two = await one.context().newPage()
    await two.goto(stage().app(version, 'client'))
    await isShown(two, email)
    const lost = { count: 0 }
    await one.route('**/v1/sessions/refresh', async (route) => {
      lost.count += 1
      if (lost.count % 2 === 0) return route.continue()
      await route.fetch()
      await route.abort()
    })
    for (let round = 0; round < 5; round += 1)
      expect(await Promise.all([refresh(one), refresh(two)])).toEqual([null, null])
    expect(lost.count).toBeGreaterThan(0)
    for (const page of [one, two]) await expectNeverOut(page)
    await one.context().close()
  })
})
