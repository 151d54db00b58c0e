import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../../set-up/chromium.ts'
import { freePort } from '../../set-up/free-port.ts'
import { startWorld, type World } from '../../world/world.ts'
import type { Body } from '../native/native-world.ts'
import { anAddress, aPerson, followMail, goodPassword } from './clients.ts'
import { type Site, startSite, type Visit, visit } from './in-chromium.ts'

// The client before nhost-js 4 does the ceremonies of the browser by itself, in ways of its own: it writes the handle of a
// user as text, sends an address along, and the name of a key among the options.
let world: World
let strict: World
let site: Site
let strictSite: Site
let browser: Browser
beforeAll(async () => {
  const [port, strictPort] = [await freePort(), await freePort()]
  world = await startWorld({ config: { siteUrl: `http://localhost:${port}` } })
  strict = await startWorld({
    config: {
      siteUrl: `http://localhost:${strictPort}`,
      signUp: { emailConfirmation: false },
      dialects: { nhost: { elevation: 'recommended' } },
      emailChange: { bothAgree: false },
    },
  })
  site = await startSite(port, `${world.url}/nhost/v1`)
  strictSite = await startSite(strictPort, `${strict.url}/nhost/v1`)
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  await Promise.all([site.close(), strictSite.close()])
  await Promise.all([world.close(), strict.close()])
})

async function signedIn(at: World, where: Site): Promise<{ email: string; id: string; here: Visit }> {
  const { email, password, id } = await aPerson(at)
  const here = await visit(browser, where.url)
  expect((await here.call('signIn', { email, password })).error).toBeNull()
  return { email, id, here }
}

async function admin(at: World, method: 'GET' | 'DELETE', id: string): Promise<Body> {
  const headers = { authorization: `Bearer ${at.secretKey}` }
  const text = await (await fetch(`${at.url}/v1/admin/users/${id}`, { method, headers })).text()
  return text === '' ? undefined : JSON.parse(text)
}

describe('security keys of the older client in a browser', () => {
  it('are added, named, and sign in without an address and with one', async () => {
    const { email, id, here } = await signedIn(world, site)
    const added = await here.call('addSecurityKey', 'Blue key')
    expect(added).toMatchObject({ error: null, key: { id: expect.any(String), nickname: 'Blue key' } })
    await here.call('signOut')
    expect(await here.call('isAuthenticated')).toBe(false)
    const bare = await here.call('signInSecurityKey')
    expect([bare.error, bare.session?.user.id]).toEqual([null, id])
    await here.call('signOut')
    const named = await here.call('signIn', { email, securityKey: true })
    expect([named.error, named.session?.user.id]).toEqual([null, id])
    await here.leave()
  })

  it('are added once for each authenticator', async () => {
    const { here } = await signedIn(world, site)
    expect((await here.call('addSecurityKey')).error).toBeNull()
    expect((await here.call('addSecurityKey')).key).toBeUndefined()
    expect(await here.keys()).toBe(1)
    await here.leave()
  })

  it('sign up, wait for the proof of the address, and open the account then', async () => {
    const here = await visit(browser, site.url)
    const email = anAddress()
    const options = {
      displayName: 'Jo Doe',
      metadata: { plan: 'free' },
      redirectTo: `${site.url}/in`,
      nickname: 'Laptop',
    }
    const begun = await here.call('signUp', { email, securityKey: true, options })
    expect(begun).toMatchObject({ session: null, error: null })
    const place = await followMail(world.inbox, email)
    expect([place.pathname, place.searchParams.get('type')]).toEqual(['/in', 'verifyEmail'])
    const { session, error } = await here.call('signInSecurityKey')
    expect(error).toBeNull()
    expect(session.user).toMatchObject({ email, displayName: 'Jo Doe', metadata: { plan: 'free' } })
    const known = await admin(world, 'GET', session.user.id)
    expect(known.factors).toMatchObject([{ type: 'passkey', name: 'Laptop' }])
    await here.leave()
  })

  it('sign up and are in at once where addresses are not verified', async () => {
    const here = await visit(browser, strictSite.url)
    const email = anAddress()
    const { session, error } = await here.call('signUp', { email, securityKey: true })
    expect([error, session?.user.email]).toEqual([null, email])
    await here.call('signOut')
    expect((await here.call('signInSecurityKey')).session?.user.email).toBe(email)
    await here.leave()
  })

  it('elevate, which lets changes happen that ask for it', async () => {
    const { email, id, here } = await signedIn(strict, strictSite)
    expect((await here.call('addSecurityKey')).error).toBeNull()
    await here.call('signOut')
    await here.call('signIn', { email, password: goodPassword })
    const newEmail = anAddress()
    const refused = await here.call('changeEmail', { newEmail })
    expect(refused.error).toMatchObject({ error: 'unauthorized', reason: 'elevated claim required' })
    expect((await here.claims())['x-hasura-auth-elevated']).toBeUndefined()
    expect(await here.call('elevateEmailSecurityKey', email)).toMatchObject({
      elevated: true,
      isSuccess: true,
      error: null,
    })
    expect(await here.claims()).toMatchObject({ 'x-hasura-auth-elevated': id })
    expect((await here.call('changeEmail', { newEmail })).error).toBeNull()
    expect((await strict.inbox.waitFor(newEmail)).link).toBeTruthy()
    await here.leave()
  })

  it('of somebody else neither elevate nor sign in as another', async () => {
    const { id, here } = await signedIn(strict, strictSite)
    expect((await here.call('addSecurityKey')).error).toBeNull()
    const other = await aPerson(strict)
    await here.call('signOut')
    await here.call('signIn', { email: other.email, password: goodPassword })
    const elevated = await here.call('elevateEmailSecurityKey', other.email)
    expect([elevated.elevated, elevated.error?.error]).toEqual([false, expect.any(String)])
    await here.call('signOut')
    // The address is only said: whose key it is, is who comes in.
    const { session } = await here.call('signIn', { email: other.email, securityKey: true })
    expect(session?.user.id).toBe(id)
    await here.leave()
  })

  it('that were removed say so', async () => {
    const { id, here } = await signedIn(world, site)
    await here.call('addSecurityKey')
    await here.call('signOut')
    await admin(world, 'DELETE', id)
    const { error, session } = await here.call('signInSecurityKey')
    expect([error?.error, session]).toEqual(['invalid-request', null])
    await here.leave()
  })
})
