import { describe, expect, it } from 'vitest'
import { versions } from './bundle.ts'
import { aPerson, aStage, isShown, password, signIn, visit } from './world.ts'

const stage = aStage()

interface Seen {
  seen: {
    auth: {
      auth: {
        me: { setPassword(input: { password: string }): Promise<{ error: { code: string } | null }> }
      }
    }
    setSecret(secret: string): void
    fetched: number
  }
}

describe.each(versions)('a provider with an address, on React %s', (version) => {
  it('hands on what a client takes, and asks for a proof with the function of the newest render', async () => {
    const { world } = stage()
    const email = await aPerson(world)
    const page = await visit(stage(), version, 'url')
    await signIn(page, email)
    await isShown(page, email)
    expect(await page.evaluate(() => (globalThis as unknown as Seen).seen.fetched)).toBeGreaterThan(0)
    world.clock.move(1_000)
    const setPassword = (secret: string) =>
      page.evaluate(async (next) => {
        const { auth } = (globalThis as unknown as Seen).seen.auth
        const { error } = await auth.me.setPassword({ password: next })
        return error?.code ?? 'done'
      }, secret)
    // The first function knew no secret.
    expect(await setPassword('eight calm herons')).not.toBe('done')
    await page.evaluate((secret) => (globalThis as unknown as Seen).seen.setSecret(secret), password)
    expect(await setPassword('eight calm herons')).toBe('done')
    expect(page.complaints).toEqual([])
    await page.context().close()
  })
})
