import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SocialWorld, startSocial } from '../../world/social.ts'
import { createTraveller } from '../../world/traveller.ts'
import type { World } from '../../world/world.ts'
import { anAddress, aPerson, aSignedIn, followMail, goodPassword, nhostClient } from './clients.ts'

const site = 'http://localhost:3000'
const app = 'https://app.example.test/welcome'
const uuid = '[\\da-f]{8}-[\\da-f]{4}-[\\da-f]{4}-[\\da-f]{4}-[\\da-f]{12}'
let plain: SocialWorld
let silent: SocialWorld
beforeAll(async () => {
  const settings = { siteUrl: site, emailChange: { bothAgree: false } }
  plain = await startSocial({ ...settings, dialects: { nhost: { takenEmail: 'current' } } })
  silent = await startSocial({ ...settings, dialects: { nhost: { concealErrors: true } } })
})
afterAll(async () => {
  await plain.close()
  await silent.close()
})

const concealed = { error: 'invalid-request', errorDescription: 'The request payload is incorrect' }
const factsOf = ({ searchParams }: URL) => Object.fromEntries(searchParams)

function somebody(world: SocialWorld, more: object = {}): string {
  const email = anAddress('there')
  world.openId.person = { sub: email, email, email_verified: true, name: 'Ada Lovelace', ...more }
  return email
}

const landing = async (url: string, end = 'https://app.example.test'): Promise<URL> =>
  (await createTraveller().go(url, end)).url

/** Moves to an address that somebody else takes before the mail is opened. */
async function movedTooLate(world: World): Promise<URL> {
  const { nhost } = await aSignedIn(world)
  const newEmail = anAddress('moved')
  await nhost.auth.changeUserEmail({ newEmail })
  await aPerson(world, { email: newEmail })
  return followMail(world.inbox, newEmail, 'email_change')
}

describe('what a provider’s sign-in is asked for with', () => {
  it('is what the account is made of', async () => {
    const email = somebody(plain)
    const nhost = nhostClient(plain)
    const url = nhost.auth.signInProviderURL('google', {
      redirectTo: `${app}?kept=1#there`,
      allowedRoles: ['me', 'user'],
      defaultRole: 'me',
      locale: 'de',
      displayName: 'Ada L.',
      metadata: { source: 'test' },
      state: 'a b&c',
    })
    const place = await landing(url)
    expect(place.href).toMatch(
      /^https:\/\/app\.example\.test\/welcome\?kept=1&refreshToken=[\da-f-]{36}&state=a\+b%26c#there$/,
    )
    const refreshToken = place.searchParams.get('refreshToken') ?? ''
    expect((await nhost.auth.refreshToken({ refreshToken })).body.user).toMatchObject({
      email,
      emailVerified: true,
      displayName: 'Ada L.',
      locale: 'de',
      metadata: { source: 'test' },
      roles: ['me', 'user'],
      defaultRole: 'me',
    })
  })

  it('ends at the site with the words of the provider where that says no, and with the state', async () => {
    somebody(plain)
    plain.openId.declines = true
    const url = nhostClient(plain).auth.signInProviderURL('google', { redirectTo: app, state: 'mine' })
    const place = await landing(url, site)
    plain.openId.declines = false
    expect(place.origin).toBe(site)
    expect([...place.searchParams]).toEqual([
      ['error', 'oauth-provider-error'],
      ['errorDescription', 'Provider returned an error'],
      ['provider_error', 'access_denied'],
      ['provider_error_description', 'The person said no'],
      ['provider_error_url', ''],
      ['state', 'mine'],
    ])
  })
})

describe('an address that is taken in the meantime', () => {
  it('is told where the mail leads, by the name the deployment has for it', async () => {
    expect(factsOf(await movedTooLate(plain))).toEqual({
      error: 'user-already-exists',
      errorDescription: 'User already exists',
    })
  })
})

describe('concealment', () => {
  it('holds for what redirects say of an account', async () => {
    expect(factsOf(await movedTooLate(silent))).toEqual(concealed)
    somebody(silent)
    const url = nhostClient(silent).auth.signUpProviderURL('google', { redirectTo: app })
    expect((await landing(url)).searchParams.get('refreshToken')).toBeTruthy()
    expect(factsOf(await landing(url))).toEqual(concealed)
  })

  it('leaves what is the matter with the request as it is', async () => {
    const off = await landing(nhostClient(silent).auth.signInProviderURL('github', { redirectTo: app }))
    expect(off.searchParams.get('error')).toBe('disabled-endpoint')
    const weak = nhostClient(silent).auth.signUpEmailPassword({ email: anAddress(), password: '123' })
    await expect(weak).rejects.toMatchObject({ body: { error: 'password-too-short' } })
  })
})

describe('a link', () => {
  const types = {
    verifyEmail: async (email: string) => {
      await nhostClient(plain).auth.signUpEmailPassword({ email, password: goodPassword, options: { redirectTo: app } })
    },
    passwordlessEmail: async (email: string) => {
      await nhostClient(plain).auth.signInPasswordlessEmail({ email, options: { redirectTo: app } })
    },
    passwordReset: async (email: string) => {
      await aPerson(plain, { email })
      await nhostClient(plain).auth.sendPasswordResetEmail({ email, options: { redirectTo: app } })
    },
    emailConfirmChange: async (newEmail: string) => {
      const { nhost } = await aSignedIn(plain)
      await nhost.auth.changeUserEmail({ newEmail, options: { redirectTo: app } })
    },
  }
  it.each(Object.entries(types))('comes back with a session and what it was for: %s', async (type, ask) => {
    const email = anAddress(type.toLowerCase())
    await ask(email)
    const mail = await plain.inbox.waitFor(email)
    // There is no place in such an app where a code could be typed.
    expect(mail.code).toBeNull()
    const { searchParams } = new URL(mail.link ?? '')
    expect([...searchParams.keys()]).toEqual(['redirectTo', 'ticket', 'type'])
    expect(searchParams.get('ticket')).toMatch(new RegExp(`^${type}:${uuid}$`))
    const place = await followMail(plain.inbox, email)
    expect(place.href).toBe(`${app}?refreshToken=${place.searchParams.get('refreshToken')}&type=${type}`)
    expect(factsOf(await followMail(plain.inbox, email))).toEqual({
      error: 'invalid-ticket',
      errorDescription: 'Invalid ticket',
    })
  })
})
