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
const asked: string[] = []
afterEach(() => {
  asked.length = 0
})
const solving = () =>
  aClient(world(), {
    captcha: (what) => {
      asked.push(what)
      return solveAt(world().url, what)
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
    expect(asked).toEqual(['sign_up', 'sign_in', 'send', 'send', 'sign_up'])
  })

  it('can be brought by the call itself', async () => {
    const own = await solveAt(world().url, 'sign_up')
    await ok(solving().signUp({ email: anAddress(), password, captcha: own }))
    await ok(aClient(world()).signInAnonymously({ captcha: await solveAt(world().url) }))
    expect(asked).toEqual([])
  })

  it('is missing where nobody solves it, and refused where it cannot be solved', async () => {
    expect(await codeOf(aClient(world()).signInAnonymously())).toBe('captcha_failed')
    const broken = aClient(world(), { captcha: () => Promise.reject(new Error('the widget was closed')) })
    const { error } = await broken.signInAnonymously()
    expect([error?.code, error?.status]).toEqual(['captcha_failed', 0])
    expect(error?.cause).toMatchObject({ message: 'the widget was closed' })
  })
})
