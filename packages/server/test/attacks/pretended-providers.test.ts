import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '#src/config.ts'
import { catalogue } from '#src/core/providers/catalogue.ts'
import { findPretended, signInPretended } from '#src/flows/sign-in/pretended.ts'
import { enabledProvider } from '#src/flows/steps/arrival.ts'
import { type CoreWorld, startCore } from '../world/core.ts'
import { exchange, nativeStart, type SocialWorld, startSocial } from '../world/social.ts'
import { createTraveller } from '../world/traveller.ts'

let world: SocialWorld
let production: CoreWorld
beforeAll(async () => {
  const others = catalogue.filter(({ id }) => id !== 'google')
  world = await startSocial({ providers: Object.fromEntries(others.map(({ id }) => [id, { enabled: true }])) })
  production = await startCore('embedded', { environment: 'production' })
})
afterAll(async () => {
  await production.close()
  await world.close()
})

/** The page of a pretended provider, and the browser before it. */
async function atThePage(provider = 'github') {
  const browser = createTraveller()
  const { url, response } = await browser.go(nativeStart(world, {}, provider), world.app)
  return { browser, url, text: (await response?.text()) ?? '', state: url.searchParams.get('state') ?? '' }
}

const post = (form: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(`${world.origin}/pretend`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: world.origin, ...headers },
    body: new URLSearchParams(form).toString(),
  })

describe('a pretended provider', () => {
  it('signs in whoever an address is typed for, and says what it is', async () => {
    const { browser, url, text, state } = await atThePage()
    expect(text).toContain('Sign in with GitHub (pretend)')
    const callback = url.searchParams.get('callback') ?? ''
    const sent = await post({ state, callback, email: 'Ada@Example.test', name: 'Ada', act: 'go' })
    const { url: back } = await browser.go(sent.headers.get('location') ?? '', world.app)
    expect(back.searchParams.has('code')).toBe(true)
  })

  it.each(catalogue.filter(({ id }) => id !== 'google'))('stands in for $id', async ({ id, name }) => {
    const { browser, url, text, state } = await atThePage(id)
    expect(text).toContain(`Sign in with ${name} (pretend)`)
    const callback = url.searchParams.get('callback') ?? ''
    const sent = await post({ state, callback, email: `${id}@example.test`, name: 'Ada', act: 'go' })
    const { url: back } = await browser.go(sent.headers.get('location') ?? '', world.app)
    const { status, body } = await exchange(world, back.searchParams.get('code') ?? '')
    expect([status, body]).toMatchObject([200, { user: { email: `${id}@example.test` } }])
  })

  it('leads to this server alone, takes no form of another page and no code that it did not make', async () => {
    const { browser, url, state } = await atThePage()
    const callback = url.searchParams.get('callback') ?? ''
    const form = { state, callback, email: 'a@example.test', name: '', act: 'go' }
    for (const place of ['https://evil.test/', `${world.origin}.evil.test/`, `${world.origin}@evil.test/`, ''])
      expect((await post({ ...form, callback: place })).status).toBe(400)
    expect((await post(form, { origin: 'https://evil.test' })).status).toBe(403)
    expect((await post({ ...form, state: 'nonsense' })).status).toBe(400)
    const other = await atThePage()
    const foreign = await post({ ...form, state: other.state })
    const code = new URL(foreign.headers.get('location') ?? '').searchParams.get('code') ?? ''
    const { url: back } = await browser.go(`${callback}?${new URLSearchParams({ state, code })}`, world.app)
    expect(back.searchParams.get('error')).toBe('provider_failed')
  })

  it('is no provider that has credentials', async () => {
    world.openId.person = { sub: 'x', email: 'x@example.test', email_verified: true }
    const browser = createTraveller()
    const begun = await browser.fetch(nativeStart(world))
    const state = new URL(begun.headers.get('location') ?? '').searchParams.get('state') ?? ''
    expect(
      (await fetch(`${world.origin}/pretend?${new URLSearchParams({ state, callback: world.origin })}`)).status,
    ).toBe(400)
  })

  it('does not exist in production, by configuration, by administrator or by page', async () => {
    const { core } = production
    await expect(findPretended(core, 'x')).rejects.toMatchObject({ code: 'not_found' })
    await expect(signInPretended(core, { state: 'x', email: 'a@b.test', name: '' })).rejects.toMatchObject({
      code: 'not_found',
    })
    await core.providerRows.create({ name: 'github', kind: 'built_in', settings: { enabled: true } })
    await expect(enabledProvider(core, 'github')).rejects.toMatchObject({
      code: 'provider_disabled',
      details: { reason: 'no_credentials' },
    })
    const loading = loadConfig({
      cwd: '/',
      keys: 'pretend',
      input: {
        environment: 'production',
        providers: { github: { enabled: true } },
        outbound: { allow: ['localhost'] },
      },
    })
    await expect(loading).rejects.toThrow(/WATCHWORD_PROVIDERS_GITHUB_CLIENT_ID[\s\S]*|providers\.github\.clientId/)
    await expect(loading).rejects.toThrow(/outbound\.allow|WATCHWORD_OUTBOUND_ALLOW/)
  })
})
