import { createClient } from 'altogic'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../../set-up/chromium.ts'
import { freePort } from '../../set-up/free-port.ts'
import { type SocialWorld, startSocial } from '../../world/social.ts'
import type { Body } from '../native/native-world.ts'
import { altogicClient, aNumber, anAddress, goodPassword as password, worked } from './clients.ts'
import { aPerson, type Site, startSite, type Visit, visit } from './in-chromium.ts'

// Page and server are of different origins and one site, and the server’s name is one whose sockets the client finds.
const [siteHost, serverHost] = ['shop.watchword.localhost', 'app.c1.watchword.localhost']
const elsewhereHost = 'shop.elsewhere.localhost'
const evilHost = 'shop.evil.example'
const next = 'seven quiet otters'
const soon = { timeout: 15_000, interval: 20 }
let world: SocialWorld
let site: Site
let browser: Browser

beforeAll(async () => {
  const port = await freePort()
  const siteUrl = `http://${siteHost}:${port}`
  world = await startSocial(
    {
      siteUrl,
      dialects: { altogic: { redirectUrl: `${siteUrl}/auth-redirect`, trustsVerified: true } },
      phone: { enabled: true, countries: ['US'] },
      emailChange: { bothAgree: false },
    },
    { host: serverHost },
  )
  site = await startSite(port, siteHost, { url: world.origin, key: world.publishableKey })
  browser = await launchChromium([`--host-resolver-rules=MAP ${evilHost} 127.0.0.1`])
})
afterAll(async () => {
  await browser.close()
  await site.close()
  await world.close()
})

/** Somebody with a proved address, signed in by it. */
async function signedIn(at: Visit) {
  const email = anAddress()
  const id = await aPerson(world, { email }, password)
  const { session } = worked(await at.call('signInWithEmail', email, password))
  return { id, email, session }
}
const withNumber = async () => {
  const phone = aNumber()
  await aPerson(world, { phone }, password)
  return phone
}
/** Another device of the same person. */
const elsewhere = async (email: string) => {
  const { auth } = altogicClient(world)
  const { session } = worked(await auth.signInWithEmail(email, password))
  return { auth, token: session?.token ?? '' }
}
const linkTo = async (to: string, template: string) => (await world.inbox.waitFor(to, template)).link ?? ''
const codeTo = async (to: string) => (await world.inbox.waitFor(to)).code ?? ''
const messages = (to: string) => expect.poll(async () => (await world.inbox.list(to)).length, soon)
const nothing = { session: null, user: null }

/** What a browser keeps after a session was opened: in storage for the client, in a cookie for servers of the application. */
async function expectHeld(at: Visit, { user, session }: { user: { _id: string }; session: { token: string } }) {
  expect(await at.stored()).toEqual({ user, session })
  expect(await at.cookie()).toBe(session.token)
  await at.page.reload()
  expect(worked(await at.call('getUserFromDB')).user._id).toBe(user._id)
}

const journeys: Readonly<Record<string, (at: Visit) => Promise<void>>> = {
  async signUpWithEmail(at) {
    const email = anAddress()
    const { user, session } = worked(await at.call('signUpWithEmail', email, password, { name: 'Ada', plan: 'free' }))
    expect([session, user]).toEqual([null, expect.objectContaining({ email, name: 'Ada', plan: 'free' })])
    expect([await at.stored(), await at.cookie()]).toEqual([nothing, undefined])
    expect(await at.codes('signUpWithEmail', email, password)).toEqual([400, 'email_not_unique'])
    const sure = worked(await at.call('signUpWithEmail', anAddress(), password, { emailVerified: true }))
    await expectHeld(at, sure)
  },
  async signUpWithPhone(at) {
    const phone = aNumber()
    const { user, session } = worked(await at.call('signUpWithPhone', phone, password, 'Ada'))
    expect([session, user]).toEqual([null, expect.objectContaining({ phone, name: 'Ada', phoneVerified: false })])
    expect(await at.stored()).toEqual(nothing)
    await expectHeld(at, worked(await at.call('signUpWithPhone', aNumber(), password, { phoneVerified: true })))
  },
  async signInWithEmail(at) {
    const email = anAddress()
    await aPerson(world, { email }, password)
    expect(await at.codes('signInWithEmail', email, next)).toEqual([401, 'invalid_credentials'])
    expect(await at.stored()).toEqual(nothing)
    await expectHeld(at, worked(await at.call('signInWithEmail', email, password)))
  },
  async signInWithPhone(at) {
    await expectHeld(at, worked(await at.call('signInWithPhone', await withNumber(), password)))
  },
  async signInWithCode(at) {
    const phone = await withNumber()
    worked(await at.call('sendSignInCode', phone))
    const code = await codeTo(phone)
    expect(await at.codes('signInWithCode', phone, '000000')).toEqual([403, 'invalid_access_token'])
    await expectHeld(at, worked(await at.call('signInWithCode', phone, code)))
    expect(await at.codes('signInWithCode', phone, code)).toEqual([403, 'invalid_access_token'])
  },
  async getAuthGrant(at) {
    const email = anAddress()
    worked(await at.call('signUpWithEmail', email, password))
    const place = await at.open(await linkTo(email, 'sign_up'))
    expect([place.origin, place.pathname]).toEqual([site.url, '/auth-redirect'])
    expect([place.searchParams.get('status'), place.searchParams.get('action')]).toEqual(['200', 'email-confirm'])
    await expectHeld(at, worked(await at.call('getAuthGrant')))
    expect(await at.codes('getAuthGrant')).toEqual([403, 'invalid_access_token'])
    await at.open(site.url)
    expect(await at.codes('getAuthGrant')).toEqual([400, 'missing_access_token'])
  },
  async verifyPhone(at) {
    const phone = aNumber()
    worked(await at.call('signUpWithPhone', phone, password))
    expect(await at.codes('verifyPhone', phone, '000000')).toEqual([403, 'invalid_access_token'])
    const first = worked(await at.call('verifyPhone', phone, await codeTo(phone)))
    await expectHeld(at, first)
    const other = aNumber()
    worked(await at.call('changePhone', password, other))
    const changed = worked(await at.call('verifyPhone', other, await codeTo(other)))
    expect([changed.session, changed.user.phone]).toEqual([null, other])
    expect((await at.stored()).session).toEqual(first.session)
  },
  async resendVerificationEmail(at) {
    const email = anAddress('ada+tag')
    worked(await at.call('signUpWithEmail', email, password))
    await messages(email).toBe(1)
    world.clock.move(61)
    worked(await at.call('resendVerificationEmail', email))
    await messages(email).toBe(2)
    await at.open(await linkTo(email, 'sign_up'))
    expect(worked(await at.call('getAuthGrant')).user).toMatchObject({ email, emailVerified: true })
    expect(await at.codes('resendVerificationEmail', email)).toEqual([401, 'email_already_verified'])
  },
  async resendVerificationCode(at) {
    const phone = aNumber()
    worked(await at.call('signUpWithPhone', phone, password))
    await messages(phone).toBe(1)
    world.clock.move(61)
    worked(await at.call('resendVerificationCode', phone))
    await messages(phone).toBe(2)
    worked(await at.call('verifyPhone', phone, await codeTo(phone)))
    expect(await at.codes('resendVerificationCode', phone)).toEqual([401, 'phone_already_verified'])
  },
  async sendMagicLinkEmail(at) {
    const { email, session } = await signedIn(at)
    worked(await at.call('sendMagicLinkEmail', email))
    const place = await at.open(await linkTo(email, 'sign_in'))
    expect(place.searchParams.get('action')).toBe('magic-link')
    const granted = worked(await at.call('getAuthGrant'))
    expect(granted.session.token).not.toBe(session.token)
    await expectHeld(at, granted)
  },
  async sendResetPwdEmail(at) {
    const { email } = await signedIn(at)
    worked(await at.call('sendResetPwdEmail', email))
    const place = await at.open(await linkTo(email, 'recovery'))
    expect([place.searchParams.get('status'), place.searchParams.get('action')]).toEqual(['200', 'reset-pwd'])
    expect(await at.codes('getAuthGrant', place.searchParams.get('access_token'))).toEqual([401, 'invalid_token_type'])
  },
  async resetPwdWithToken(at) {
    const { email } = await signedIn(at)
    worked(await at.call('sendResetPwdEmail', email))
    const place = await at.open(await linkTo(email, 'recovery'))
    const token = place.searchParams.get('access_token')
    worked(await at.call('resetPwdWithToken', token, next))
    expect(await at.codes('resetPwdWithToken', token, password)).toEqual([403, 'invalid_access_token'])
    expect(await at.codes('signInWithEmail', email, password)).toEqual([401, 'invalid_credentials'])
    await expectHeld(at, worked(await at.call('signInWithEmail', email, next)))
  },
  async sendResetPwdCode(at) {
    const phone = await withNumber()
    worked(await at.call('sendResetPwdCode', phone))
    expect(await codeTo(phone)).toMatch(/^\d{6}$/)
    expect(await at.codes('signInWithCode', phone, await codeTo(phone))).toEqual([403, 'invalid_access_token'])
  },
  async resetPwdWithCode(at) {
    const phone = await withNumber()
    worked(await at.call('sendResetPwdCode', phone))
    const code = await codeTo(phone)
    worked(await at.call('resetPwdWithCode', phone, code, next))
    expect(await at.codes('resetPwdWithCode', phone, code, next)).toEqual([403, 'invalid_access_token'])
    await expectHeld(at, worked(await at.call('signInWithPhone', phone, next)))
  },
  async sendSignInCode(at) {
    const phone = await withNumber()
    worked(await at.call('sendSignInCode', phone))
    const code = await codeTo(phone)
    expect(await at.codes('resetPwdWithCode', phone, code, next)).toEqual([403, 'invalid_access_token'])
    worked(await at.call('signInWithCode', phone, code))
  },
  async getUserFromDB(at) {
    const { id } = await signedIn(at)
    const before = await at.stored()
    await world.core.users.update(id, { displayName: 'Renamed' })
    expect(worked(await at.call('getUserFromDB')).user).toMatchObject({ _id: id, name: 'Renamed' })
    expect(await at.stored()).toEqual(before)
  },
  async getAllSessions(at) {
    const { email, session } = await signedIn(at)
    await elsewhere(email)
    const { sessions } = worked(await at.call('getAllSessions'))
    expect(sessions).toHaveLength(2)
    expect(sessions.filter(({ token }: { token: string }) => token === session.token)).toHaveLength(1)
    expect(session.userAgent).toMatchObject({ family: expect.stringMatching(/Chrom/), os: { family: 'Linux' } })
  },
  async signOut(at) {
    const { email, session } = await signedIn(at)
    const other = await elsewhere(email)
    worked(await at.call('signOut', other.token))
    expect((await other.auth.getUserFromDB()).errors).not.toBeNull()
    expect((await at.stored()).session).toEqual(session)
    worked(await at.call('signOut'))
    expect([await at.stored(), await at.cookie()]).toEqual([nothing, undefined])
  },
  async signOutAll(at) {
    const other = await elsewhere((await signedIn(at)).email)
    worked(await at.call('signOutAll'))
    expect([await at.stored(), await at.cookie()]).toEqual([nothing, undefined])
    expect((await other.auth.getUserFromDB()).errors).toMatchObject({ status: 401 })
  },
  async signOutAllExceptCurrent(at) {
    const other = await elsewhere((await signedIn(at)).email)
    const before = await at.stored()
    worked(await at.call('signOutAllExceptCurrent'))
    expect(await at.stored()).toEqual(before)
    worked(await at.call('getUserFromDB'))
    expect((await other.auth.getUserFromDB()).errors).toMatchObject({ status: 401 })
  },
  async changePassword(at) {
    const { email } = await signedIn(at)
    expect(await at.codes('changePassword', next, next)).toEqual([401, 'invalid_credentials'])
    worked(await at.call('changePassword', next, password))
    await expectHeld(at, { ...(await at.stored()) })
    worked(await at.call('signInWithEmail', email, next))
  },
  async changeEmail(at) {
    const { email } = await signedIn(at)
    const before = await at.stored()
    const to = anAddress('next')
    expect(worked(await at.call('changeEmail', password, to)).user).toMatchObject({ email })
    expect(await at.stored()).toEqual(before)
    const place = await at.open(await linkTo(to, 'email_change'))
    expect(Object.fromEntries(place.searchParams)).toEqual({ status: '200', action: 'change-email' })
    expect(worked(await at.call('getUserFromDB')).user).toMatchObject({ email: to })
  },
  async changePhone(at) {
    await signedIn(at)
    const [phone, before] = [aNumber(), await at.stored()]
    expect(await at.codes('changePhone', next, phone)).toEqual([401, 'invalid_credentials'])
    expect(worked(await at.call('changePhone', password, phone)).user).not.toHaveProperty('phone')
    expect(await at.stored()).toEqual(before)
    worked(await at.call('verifyPhone', phone, await codeTo(phone)))
    expect(worked(await at.call('getUserFromDB')).user).toMatchObject({ phone, phoneVerified: true })
  },
  async signInWithProvider(at) {
    const email = anAddress('there')
    world.openId.person = { sub: `sub-${email}`, email, email_verified: true, name: 'Ada There' }
    await Promise.all([at.page.waitForURL(`${site.url}/auth-redirect?*`), at.call('signInWithProvider', 'google')])
    expect(new URL(at.page.url()).searchParams.get('action')).toBe('oauth-signin')
    const granted = worked(await at.call('getAuthGrant'))
    expect(granted.user).toMatchObject({ provider: 'google', email, name: 'Ada There' })
    await expectHeld(at, granted)
  },
  async onUserEvent(at) {
    const { email, session } = await signedIn(at)
    await at.listen()
    await expect.poll(() => world.core.feed.count(), soon).toBe(1)
    const other = await elsewhere(email)
    worked(await other.auth.signOut())
    const names = async () => (await at.told()).map(({ event }) => event)
    await expect.poll(names, soon).toEqual(['user:signin', 'user:signout'])
    worked(await at.call('changePassword', next, password))
    await expect.poll(names, soon).toEqual(['user:signin', 'user:signout', 'user:pwdchange', 'user:update'])
    const told = await at.told()
    expect(told.map((each) => each.session.token === session.token)).toEqual([false, false, true, true])
  },
  async getSession(at) {
    expect(await at.call('getSession')).toBeNull()
    const { session } = await signedIn(at)
    await at.page.reload()
    expect(await at.call('getSession')).toEqual(session)
  },
  async getUser(at) {
    expect(await at.call('getUser')).toBeNull()
    const { email } = await signedIn(at)
    await at.page.reload()
    expect(await at.call('getUser')).toMatchObject({ email })
  },
  async setSession(at) {
    const email = anAddress()
    await aPerson(world, { email }, password)
    const { token } = await elsewhere(email)
    await at.call('setSession', { token })
    expect((await at.stored()).session).toEqual({ token })
    expect(worked(await at.call('getUserFromDB')).user).toMatchObject({ email })
  },
  async setUser(at) {
    const { email } = await signedIn(at)
    await at.call('setUser', { email: 'changed@here.test' })
    expect((await at.stored()).user).toEqual({ email: 'changed@here.test' })
    expect(worked(await at.call('getUserFromDB')).user).toMatchObject({ email })
  },
  async clearLocalData(at) {
    const { email } = await signedIn(at)
    await at.call('clearLocalData')
    expect(await at.stored()).toEqual(nothing)
    expect(worked(await at.call('getUserFromDB')).user).toMatchObject({ email })
  },
  async invalidateSession(at) {
    const { id } = await signedIn(at)
    await Promise.all([at.page.waitForURL(`${site.url}/signed-out`), at.call('invalidateSession')])
    expect(await at.stored()).toEqual(nothing)
    // The cookie is the server’s: it still knows the browser, until the session itself is over.
    expect(worked(await at.call('getUserFromDB')).user).toMatchObject({ _id: id })
    await at.open(site.url)
    await world.core.sessions.endAll(id)
    await Promise.all([at.page.waitForURL(`${site.url}/signed-out`), at.call('getUserFromDB').catch(() => undefined)])
  },
  async setSessionCookie(at) {
    const { session } = await signedIn(at)
    // A script cannot set a cookie that no script may read.
    await at.call('setSessionCookie', session.token, {}, {})
    expect(await at.page.evaluate('document.cookie')).toBe('')
    expect(await at.cookie()).toBe(session.token)
  },
  async removeSessionCookie(at) {
    const { session } = await signedIn(at)
    await at.call('removeSessionCookie', {}, {})
    expect(await at.cookie()).toBe(session.token)
  },
  async getUserFromDBbyCookie(at) {
    const { email, session } = await signedIn(at)
    expect(await at.codes('getUserFromDBbyCookie', {}, {})).toEqual([400, 'session_token_not_found'])
    expect((await at.stored()).session).toEqual(session)
    const visible = (token: string) => at.page.evaluate(`document.cookie = 'session_token=${token}'`)
    await visible((await elsewhere(email)).token)
    expect(worked(await at.call('getUserFromDBbyCookie', {}, {})).user).toMatchObject({ email })
    await visible('stale')
    await Promise.all([
      at.page.waitForURL(`${site.url}/signed-out`),
      at.call('getUserFromDBbyCookie', {}, {}).catch(() => undefined),
    ])
    expect(await at.stored()).toEqual(nothing)
  },
}

describe('the official client, bundled into a page of another origin, in Chromium', () => {
  it.each(Object.entries(journeys))('%s', async (method, journey) => {
    const at = await visit(browser, site.url, world.origin)
    await journey(at)
    expect(at.called).toContain(method)
    await at.leave()
  })

  it('has no method that was not gone through', () => {
    const { auth } = createClient(world.origin, world.publishableKey)
    const names = Object.getOwnPropertyNames(Object.getPrototypeOf(auth)).filter((name) => name !== 'constructor')
    expect(Object.keys(journeys).sort()).toEqual(names.sort())
    expect(names).toHaveLength(34)
  })

  it('works from another site too, where browsers keep no cookie of the server', async () => {
    const at = await visit(browser, site.url.replace(siteHost, elsewhereHost), world.origin)
    const { email, session } = await signedIn(at)
    expect([(await at.stored()).session, await at.cookie()]).toEqual([session, undefined])
    await at.page.reload()
    expect(worked(await at.call('getUserFromDB')).user).toMatchObject({ email })
    worked(await at.call('signOut'))
    expect(await at.codes('signInWithEmail', email, next)).toEqual([401, 'invalid_credentials'])
    await at.leave()
  })

  it('is told what there is not, as an error that it can read', async () => {
    const at = await visit(browser, site.url, world.origin)
    await signedIn(at)
    const said = await at.page.evaluate(async () => {
      const { client } = globalThis as Body
      const found = [
        await client.realtime.getMembers('news'),
        await client.db.model('orders').limit(1).get(),
        await client.storage.getStats(),
        await client.cache.delete('x'),
      ]
      return found.map(({ data = null, errors }) => [data, errors.status, errors.items[0].code])
    })
    expect(said).toEqual([[null, 404, 'channels_not_supported'], ...Array(3).fill([null, 404, 'resource_not_found'])])
    expect(await at.call('getSession')).not.toBeNull()
    await at.leave()
  })

  it('S110 calls in vain from a page that is not listed', async () => {
    const at = await visit(browser, site.url.replace(siteHost, evilHost), world.origin)
    const email = anAddress()
    await aPerson(world, { email }, password)
    await expect(at.call('signInWithEmail', email, password)).rejects.toThrow('Failed to fetch')
    expect([await at.stored(), await at.cookie()]).toEqual([nothing, undefined])
    await at.leave()
  })
})
