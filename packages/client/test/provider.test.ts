import { describe, expect, it } from 'vitest'
import { memoryStorage } from '../src/index.ts'
import { aClient, aWorld, codeOf, ok } from './world.ts'

const world = aWorld()
const place = 'https://app.example.test/in'

describe('signing in with an account elsewhere', () => {
  it('leads to the server with a challenge, and leaves nothing secret in the address', async () => {
    const storage = memoryStorage()
    const auth = aClient(world(), { storage })
    const input = { mode: 'url', redirectTo: place, scopes: 'email', createUser: false } as const
    const { origin, pathname, searchParams } = new URL((await ok(auth.signInWithProvider('custom:acme', input))).url)
    expect({ origin, pathname }).toEqual({ origin: world().url, pathname: '/v1/sign-in/provider/custom%3Aacme' })
    expect(Object.fromEntries(searchParams)).toEqual({
      redirectTo: place,
      scopes: 'email',
      createUser: 'false',
      state: expect.stringMatching(/^ww-/),
      codeChallenge: expect.stringMatching(/^[\w-]{43}$/),
    })
    const kept = await storage.get(`watchword:${new URL(world().url).host}:flows`)
    const { verifier } = Object.values(JSON.parse(kept ?? '{}') as Record<string, { verifier: string }>)[0] ?? {}
    expect(verifier).toMatch(/^[\w-]{64}$/)
    expect(searchParams.toString()).not.toContain(verifier)
  })

  it('S147 takes a refusal once, in the browser that asked', async () => {
    const auth = aClient(world(), { redirectTo: place })
    const { url } = await ok(auth.signInWithProvider('google', { mode: 'url' }))
    const state = new URL(url).searchParams.get('state')
    const back = `${place}?error=access_denied&error_description=No&state=${state}`
    expect(await codeOf(aClient(world()).handleRedirect(back))).toBe('other_browser')
    expect(await codeOf(auth.handleRedirect(back))).toBe('access_denied')
    expect(await codeOf(auth.handleRedirect(back))).toBe('other_browser')
  })

  it('leaves the page for it unless only the address is asked for', async () => {
    const left: string[] = []
    const page = {
      href: () => 'https://app.example.test/door?from=mail#top',
      replace: () => {},
      leave: (href: string) => void left.push(href),
      isVisible: () => true,
      onWake: () => () => {},
      onHide: () => () => {},
      close() {},
    }
    const auth = aClient(world(), {}, { page })
    await ok(auth.signInWithProvider('google', { mode: 'url' }))
    expect(left).toEqual([])
    const { url } = await ok(auth.signInWithProvider('google'))
    expect(left).toEqual([url])
    expect(new URL(url).searchParams.get('redirectTo')).toBe('https://app.example.test/door')
  })
})
