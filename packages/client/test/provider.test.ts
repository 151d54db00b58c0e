import { describe, expect, it } from 'vitest'
import { createAccount } from '../src/account/index.ts'
import { type ClientOptions, memoryStorage } from '../src/index.ts'
import { createSso } from '../src/sso/index.ts'
import { aClient, aSignedIn, aWorld, codeOf, ok } from './world.ts'

const world = aWorld()
const place = 'https://app.example.test/in'

/** A page on which somebody has looked at something. */
const aPage = (leave: (href: string) => void) => ({
  leave,
  href: () => 'https://app.example.test/door?from=mail#top',
  replace: () => {},
  isVisible: () => true,
  onWake: () => () => {},
  onHide: () => () => {},
  close: () => {},
})

/** Where each way that leads away from a page comes back to. */
async function waysBack(options: Partial<ClientOptions>, input: { redirectTo?: string } = {}) {
  const said: unknown[] = []
  const fetch: typeof globalThis.fetch = (address, init) => {
    if (String(address).endsWith('/me/identities')) said.push(JSON.parse(String(init?.body)).redirectTo)
    return globalThis.fetch(address, init)
  }
  const { auth } = await aSignedIn(world(), { ...options, fetch }, { page: aPage(() => {}), fetch })
  await createAccount(auth).identities.link('github', { mode: 'url', ...input })
  const addresses = [
    await ok(auth.signInWithProvider('google', { mode: 'url', ...input })),
    await ok(createSso(auth).signIn({ domain: 'acme.example.test' }, { mode: 'url', ...input })),
  ]
  return [...said, ...addresses.map(({ url }) => new URL(url).searchParams.get('redirectTo'))]
}

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
    const page = aPage((href) => left.push(href))
    const auth = aClient(world(), {}, { page })
    await ok(auth.signInWithProvider('google', { mode: 'url' }))
    expect(left).toEqual([])
    const { url } = await ok(auth.signInWithProvider('google'))
    expect(left).toEqual([url])
    expect(new URL(url).searchParams.get('redirectTo')).toBe('https://app.example.test/door')
  })
  it('comes back to where the call says, else the client, else to the page itself', async () => {
    const all = (to: string) => [to, to, to]
    expect(await waysBack({})).toEqual(all('https://app.example.test/door'))
    expect(await waysBack({ redirectTo: place })).toEqual(all(place))
    const elsewhere = 'https://app.example.test/elsewhere'
    expect(await waysBack({ redirectTo: place }, { redirectTo: elsewhere })).toEqual(all(elsewhere))
  })

  it('is not begun where what comes back could not be known for its own', async () => {
    const left: string[] = []
    const { auth } = await aSignedIn(world(), {}, { page: aPage((href) => left.push(href)), subtle: undefined })
    const begun = [
      auth.signInWithProvider('google'),
      createSso(auth).signIn({ domain: 'acme.example.test' }),
      createAccount(auth).identities.link('github'),
    ]
    for (const each of await Promise.allSettled(begun))
      expect(each).toMatchObject({
        status: 'rejected',
        reason: { name: 'TypeError', message: expect.stringContaining('crypto.subtle') },
      })
    expect(left).toEqual([])
  })
})
