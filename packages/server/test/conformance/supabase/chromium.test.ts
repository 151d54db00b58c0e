import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../../set-up/chromium.ts'
import { freePort } from '../../set-up/free-port.ts'
import { authenticator } from '../../world/authenticator.ts'
import { startWorld, type World } from '../../world/world.ts'
import { anAddress, aPerson, authClient, goodPassword as password } from './clients.ts'
import { type Site, startSite, type Visit, visit } from './in-chromium.ts'

const soon = { timeout: 15_000, interval: 20 }
let world: World
let pkce: Site
let implicit: Site
let browser: Browser
beforeAll(async () => {
  const [port, other] = [await freePort(), await freePort()]
  world = await startWorld({
    config: { siteUrl: `http://localhost:${port}`, redirectUrls: [`http://localhost:${other}/**`] },
  })
  const speaksTo = { url: world.url, key: world.publishableKey }
  pkce = await startSite(port, { ...speaksTo, flowType: 'pkce' })
  implicit = await startSite(other, { ...speaksTo, flowType: 'implicit' })
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  await pkce.close()
  await implicit.close()
  await world.close()
})

const namesOf = async (at: Visit) => (await at.told()).map(({ event }) => event)

/** The names of all events, once the last of them is there. */
async function events(at: Visit, last: string): Promise<readonly string[]> {
  await expect.poll(async () => (await namesOf(at)).at(-1), soon).toBe(last)
  return namesOf(at)
}

async function signedIn() {
  const person = await aPerson(world)
  const at = await visit(browser, pkce.url)
  expect((await at.call('signInWithPassword', { email: person.email, password })).error).toBeNull()
  return { ...person, at }
}

describe('what the client tells a page', () => {
  it('of nobody at first, of a sign-in, a refresh, a change and a sign-out', async () => {
    const { at, email } = await signedIn()
    expect((await at.call('refreshSession')).error).toBeNull()
    expect((await at.call('updateUser', { data: { plan: 'free' } })).error).toBeNull()
    expect((await at.call('signOut')).error).toBeNull()
    expect(await events(at, 'SIGNED_OUT')).toEqual([
      ...['INITIAL_SESSION', 'SIGNED_IN', 'TOKEN_REFRESHED', 'USER_UPDATED', 'SIGNED_OUT'],
    ])
    expect((await at.told()).map(({ user }) => user)).toEqual([null, email, email, email, null])
    await at.leave()
  })

  it('of the session it kept, when the page is loaded anew', async () => {
    const { at, email } = await signedIn()
    await at.page.reload()
    await expect.poll(() => at.told(), soon).toContainEqual({ event: 'INITIAL_SESSION', user: email })
    expect(await namesOf(at)).not.toContain('SIGNED_OUT')
    await at.leave()
  })

  it('of nobody any more, when the session ended elsewhere', async () => {
    const { at, email } = await signedIn()
    const elsewhere = authClient(world)
    await elsewhere.signInWithPassword({ email, password })
    expect((await elsewhere.signOut({ scope: 'others' })).error).toBeNull()
    expect((await at.call('getUser')).error).toMatchObject({ message: 'Auth session missing!' })
    expect(await events(at, 'SIGNED_OUT')).toEqual(['INITIAL_SESSION', 'SIGNED_IN', 'SIGNED_OUT'])
    await at.page.reload()
    await expect.poll(() => at.told(), soon).toEqual([{ event: 'INITIAL_SESSION', user: null }])
    await at.leave()
  })

  it.each([
    ['pkce', () => pkce],
    ['implicit', () => implicit],
  ] as const)('of a recovery by a mailed link, in the %s flow', async (_flow, site) => {
    const { email } = await aPerson(world)
    const at = await visit(browser, site().url)
    const options = { redirectTo: `${site().url}/new-password` }
    expect((await at.call('resetPasswordForEmail', email, options)).error).toBeNull()
    const { link } = await world.inbox.waitFor(email, 'recovery')
    expect((await at.open(link ?? '')).pathname).toBe('/new-password')
    await expect.poll(() => at.told(), soon).toContainEqual({ event: 'PASSWORD_RECOVERY', user: email })
    expect((await at.call('updateUser', { password: 'another good one 7' })).error).toBeNull()
    expect(await namesOf(at)).toContain('USER_UPDATED')
    await at.leave()
  })

  it.each([
    ['pkce', () => pkce],
    ['implicit', () => implicit],
  ] as const)('of a sign-up by a mailed link, in the %s flow', async (_flow, site) => {
    const email = anAddress()
    const at = await visit(browser, site().url)
    const options = { emailRedirectTo: `${site().url}/welcome` }
    const { data, error } = await at.call('signUp', { email, password, options })
    expect([error, data['session']]).toEqual([null, null])
    expect(await events(at, 'INITIAL_SESSION')).toEqual(['INITIAL_SESSION'])
    await at.open((await world.inbox.waitFor(email)).link ?? '')
    await expect.poll(() => at.told(), soon).toContainEqual({ event: 'SIGNED_IN', user: email })
    await at.leave()
  })

  it('of a second factor that was proved', async () => {
    const { at } = await signedIn()
    const { data } = await at.call('mfa.enroll', { factorType: 'totp', friendlyName: 'app' })
    const { secret, qr_code } = data['totp'] as { secret: string; qr_code: string }
    expect(qr_code).toMatch(/^data:image\/svg\+xml;utf-8,<svg/)
    const shown = await at.page.evaluate(async (source) => {
      type Picture = { src: string; width: number; decode(): Promise<void> }
      const picture = new (globalThis as unknown as { Image: new () => Picture }).Image()
      picture.src = source
      await picture.decode()
      return picture.width > 0
    }, qr_code)
    expect(shown).toBe(true)
    const code = authenticator(secret).codeAt(new Date())
    expect((await at.call('mfa.challengeAndVerify', { factorId: data['id'], code })).error).toBeNull()
    expect(await events(at, 'MFA_CHALLENGE_VERIFIED')).toEqual([
      ...['INITIAL_SESSION', 'SIGNED_IN', 'MFA_CHALLENGE_VERIFIED'],
    ])
    await at.leave()
  })

  it('in every tab of one browser', async () => {
    const { at, email } = await signedIn()
    const tab = await at.page.context().newPage()
    await tab.goto(pkce.url)
    const toldThere = () => tab.evaluate(() => (globalThis as unknown as { told: unknown[] }).told)
    await expect.poll(toldThere, soon).toContainEqual({ event: 'INITIAL_SESSION', user: email })
    expect((await at.call('signOut')).error).toBeNull()
    await expect.poll(toldThere, soon).toContainEqual({ event: 'SIGNED_OUT', user: null })
    await at.leave()
  })
})

describe('passkeys, with the browser’s own dialogue', () => {
  it('are made, listed, renamed, sign in, and are deleted', async () => {
    const { at, email } = await signedIn()
    const made = await at.call('registerPasskey')
    expect(made).toMatchObject({ error: null, data: { id: expect.any(String), created_at: expect.any(String) } })
    const passkeyId = made.data['id']
    const renamed = await at.call('passkey.update', { passkeyId, friendlyName: 'Laptop' })
    expect(renamed).toMatchObject({ error: null, data: { id: passkeyId, friendly_name: 'Laptop' } })
    await at.call('signOut')
    const back = await at.call('signInWithPasskey')
    expect(back).toMatchObject({ error: null, data: { user: { email }, session: { token_type: 'bearer' } } })
    expect((await at.told()).at(-1)).toEqual({ event: 'SIGNED_IN', user: email })
    expect((await at.call('passkey.list')).data).toMatchObject([
      { id: passkeyId, friendly_name: 'Laptop', last_used_at: expect.any(String) },
    ])
    expect((await at.call('passkey.delete', { passkeyId })).error).toBeNull()
    expect((await at.call('passkey.delete', { passkeyId })).error).toMatchObject({
      status: 404,
      message: 'Passkey not found',
    })
    expect((await at.call('passkey.list')).data).toEqual([])
    await at.leave()
  })
})

describe('security keys as second factors, with the browser’s own dialogue', () => {
  const rp = () => ({ rpId: 'localhost', rpOrigins: [pkce.url] })

  it('are registered and asked for in one call each', async () => {
    const { at, email } = await signedIn()
    expect((await at.call('mfa.webauthn.register', { friendlyName: 'Key', webauthn: rp() })).error).toBeNull()
    expect((await at.told()).at(-1)?.event).toBe('MFA_CHALLENGE_VERIFIED')
    const listed = (await at.call('mfa.listFactors')).data as unknown as { webauthn: { id: string }[] }
    expect(listed.webauthn).toMatchObject([{ friendly_name: 'Key', status: 'verified', factor_type: 'webauthn' }])
    await at.call('signOut')
    await at.call('signInWithPassword', { email, password })
    const factorId = listed.webauthn[0]?.id
    expect((await at.call('mfa.webauthn.authenticate', { factorId, webauthn: rp() })).error).toBeNull()
    expect((await at.call('mfa.getAuthenticatorAssuranceLevel')).data).toMatchObject({
      currentLevel: 'aal2',
      currentAuthenticationMethods: [{ method: 'mfa/webauthn' }, { method: 'password' }],
    })
    await at.leave()
  })

  it('are registered step by step', async () => {
    const { at } = await signedIn()
    const enrolled = await at.call('mfa.webauthn.enroll', { friendlyName: 'Key' })
    expect(enrolled).toMatchObject({ error: null, data: { type: 'webauthn', friendly_name: 'Key' } })
    const factorId = enrolled.data['id']
    // What the browser makes cannot leave the page, so both steps are taken there.
    const error = await at.page.evaluate(
      async ([id, place]) => {
        type Step = (params: object) => Promise<{ data: { challengeId: string; webauthn: object }; error: unknown }>
        const { client } = globalThis as unknown as {
          client: { auth: { mfa: { webauthn: { challenge: Step; verify: Step } } } }
        }
        const asked = await client.auth.mfa.webauthn.challenge({ factorId: id, friendlyName: 'Key', webauthn: place })
        if (asked.error !== null) return asked.error
        const { challengeId, webauthn } = asked.data
        const said = { factorId: id, challengeId, webauthn: { ...(place as object), ...webauthn } }
        return (await client.auth.mfa.webauthn.verify(said)).error
      },
      [factorId, rp()] as const,
    )
    expect(error).toBeNull()
    expect((await at.call('mfa.getAuthenticatorAssuranceLevel')).data).toMatchObject({ currentLevel: 'aal2' })
    await at.leave()
  })
})
