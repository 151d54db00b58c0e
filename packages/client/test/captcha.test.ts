import { afterEach, describe, expect, it } from 'vitest'
import { aClient, anAddress, aWorld, codeOf, ok, password } from './world.ts'

/** The server knows the types of Node, these tests those of browsers: they meet at run time. */
const place = '../../server/test/world/solve.ts'
const { solveAt } = (await import(/* @vite-ignore */ place)) as {
  solveAt(url: string, place?: string): Promise<string>
}

const world = aWorld({
  config: { captcha: { provider: 'proof_of_work', work: 1_000 }, signUp: { emailConfirmation: false } },
})
const asked = { times: 0 }
afterEach(() => {
  asked.times = 0
})
const solving = () =>
  aClient(world(), {
    captcha: () => {
      asked.times += 1
      return solveAt(world().url)
    },
  })

describe('a captcha', () => {
  it('is solved where one may be asked for, and nowhere else', async () => {
    const auth = solving()
    const email = anAddress()
    await ok(auth.signUp({ email, password }))
    await ok(auth.refresh())
    await ok(auth.signOut())
    await ok(auth.signInWithPassword({ email, password }))
    await ok(auth.signInWithCode({ email }))
    await ok(auth.resetPassword({ email }))
    await ok(auth.signInAnonymously())
    expect(asked.times).toBe(5)
  })

  it('can be brought by the call itself', async () => {
    const own = await solveAt(world().url, 'sign_up')
    await ok(solving().signUp({ email: anAddress(), password, captcha: own }))
    await ok(aClient(world()).signInAnonymously({ captcha: await solveAt(world().url) }))
    expect(asked.times).toBe(0)
  })

  it('is missing where nobody solves it, and what its solver throws is the app’s to catch', async () => {
    expect(await codeOf(aClient(world()).signInAnonymously())).toBe('captcha_failed')
    const broken = aClient(world(), { captcha: () => Promise.reject(new Error('the widget was closed')) })
    await expect(broken.signInAnonymously()).rejects.toThrow('the widget was closed')
  })
})
