import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authenticator } from '../../world/authenticator.ts'
import { temporaryFolders } from '../../world/folders.ts'
import { securityKey } from '../../world/security-key.ts'
import { type SocialWorld, startSocial } from '../../world/social.ts'
import { createTraveller } from '../../world/traveller.ts'
import { anAddress, aPerson, aSignedIn, followMail, goodPassword, nhostClient, raw, refused } from './clients.ts'

// What is odd about the upstream server and was set right here because it hurts. The numbers are those of its contract's list.
const site = 'http://localhost:3000'
const app = 'https://app.example.test/welcome'
const aFolder = temporaryFolders()
let folder: string
let world: SocialWorld
beforeAll(async () => {
  folder = await aFolder()
  for (const [file, text] of [
    ['en/email-verify/subject.txt', 'Verify your email'],
    ['en/email-verify/body.html', '<p>Verify</p>'],
    ['en/password-reset/subject.txt', 'The reset of ours'],
    ['en/password-reset/body.html', '<p>Reset</p>'],
  ] as const) {
    const path = join(folder, file)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
  world = await startSocial({
    siteUrl: site,
    signUp: { anonymous: true },
    phone: { enabled: true, countries: ['US'] },
    locales: { default: 'en', available: ['en', 'nl'] },
    mail: { templatesFolder: folder },
    dialects: { nhost: { elevation: 'required' } },
  })
})
afterAll(() => world.close())

type Json = Record<string, unknown>
type Who = Awaited<ReturnType<typeof aSignedIn>>

const post = (path: string, json: unknown, token?: string) =>
  raw(world, path, { json, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })
const asked = (body: unknown) => body as Json

/** The next code of an app: each time step counts once, so the clock moves on. */
function nextCode(secret: string): string {
  world.clock.move(30)
  return authenticator(secret).codeAt(world.core.runtime.now())
}

async function withApp() {
  const person = await aSignedIn(world)
  const { totpSecret } = (await person.nhost.auth.changeUserMfa()).body
  await person.nhost.auth.verifyChangeUserMfa({ code: nextCode(totpSecret), activeMfaType: 'totp' })
  return { ...person, secret: totpSecret }
}

async function aKey({ nhost }: Who) {
  const key = securityKey(site)
  const made = key.create(asked((await nhost.auth.addSecurityKey()).body), { verified: true })
  await nhost.auth.verifyAddSecurityKey({ credential: made as never })
  return key
}

const refusedFor = (error: string) => ({ body: { error } })

describe('second factors', () => {
  it('8: a session says that TOTP is on', async () => {
    const { email, secret } = await withApp()
    const nhost = nhostClient(world)
    const { body } = await nhost.auth.signInEmailPassword({ email, password: goodPassword })
    const done = await nhost.auth.verifySignInMfaTotp({ ticket: body.mfa?.ticket ?? '', otp: nextCode(secret) })
    expect(done.body.session?.user?.activeMfaType).toBe('totp')
  })

  it('9: a seed that protects is not replaced', async () => {
    const { nhost, email, secret } = await withApp()
    expect(await refused(nhost.auth.changeUserMfa())).toMatchObject(refusedFor('totp-already-active'))
    const other = nhostClient(world)
    const { body } = await other.auth.signInEmailPassword({ email, password: goodPassword })
    const done = await other.auth.verifySignInMfaTotp({ ticket: body.mfa?.ticket ?? '', otp: nextCode(secret) })
    expect(done.body.session).toBeDefined()
  })

  it('10: the first key is added below a path where every change needs one', async () => {
    const who = await aSignedIn(world)
    await aKey(who)
    expect((await refused(who.nhost.auth.addSecurityKey())).body['reason']).toBe('elevated claim required')
  })

  it('27: a code counts once, and the ticket of a factor is no mailed code', async () => {
    const { email, secret } = await withApp()
    const begin = async () =>
      (await nhostClient(world).auth.signInEmailPassword({ email, password: goodPassword })).body.mfa?.ticket ?? ''
    const otp = nextCode(secret)
    await nhostClient(world).auth.verifySignInMfaTotp({ ticket: await begin(), otp })
    const ticket = await begin()
    expect(await refused(nhostClient(world).auth.verifySignInMfaTotp({ ticket, otp }))).toMatchObject(
      refusedFor('invalid-totp'),
    )
    for (const text of [ticket, ticket.slice('mfaTotp:'.length)])
      expect((await post('/signin/otp/email/verify', { email, otp: text })).status).toBeGreaterThanOrEqual(400)
  })

  it('27: the proof of a key counts once, and for what it was asked for', async () => {
    const who = await aSignedIn(world)
    const key = await aKey(who)
    const { auth } = nhostClient(world)
    const proof = key.get(asked((await auth.signInWebauthn()).body), { verified: true, userHandle: who.id }) as never
    await auth.verifySignInWebauthn({ credential: proof })
    const elevation = asked((await who.nhost.auth.elevateWebauthn()).body)
    const other = key.get(elevation, { verified: true, userHandle: who.id }) as never
    for (const credential of [proof, other])
      expect(await refused(nhostClient(world).auth.verifySignInWebauthn({ credential }))).toMatchObject(
        refusedFor('invalid-request'),
      )
  })
})

describe('accounts', () => {
  it('27: the token of a guest that was changes nothing more', async () => {
    const nhost = nhostClient(world)
    const token = (await nhost.auth.signInAnonymous()).body.session?.accessToken
    const email = anAddress()
    await nhost.auth.deanonymizeUser({ signInMethod: 'email-password', email, password: goodPassword })
    await followMail(world.inbox, email)
    const again = { signInMethod: 'email-password', email: anAddress(), password: 'eight quiet badgers' }
    expect((await post('/user/deanonymize', again, token)).status).toBe(401)
    expect((await nhost.auth.signInEmailPassword({ email, password: goodPassword })).body.session).toBeDefined()
  })

  it('27: whoever has but a telephone and is disabled does not renew', async () => {
    const phoneNumber = '+12025550177'
    const nhost = nhostClient(world)
    await nhost.auth.signInPasswordlessSms({ phoneNumber })
    const { code } = await world.inbox.waitFor(phoneNumber)
    const { session } = (await nhost.auth.verifySignInPasswordlessSms({ phoneNumber, otp: code ?? '' })).body
    expect((await nhost.auth.getUser()).body.phoneNumber).toBe(phoneNumber)
    const bannedUntil = new Date(world.core.runtime.now().getTime() + 3_600_000)
    await world.core.users.update(session?.user?.id ?? '', { bannedUntil })
    expect(await refused(nhost.auth.refreshToken({ refreshToken: session?.refreshToken ?? '' }))).toMatchObject({
      status: 401,
      body: { error: 'disabled-user' },
    })
  })

  it('24: signing up by mail tells nobody whether there is an account, and mails the owner nothing', async () => {
    const { email } = await aPerson(world)
    for (const path of ['/signup/passwordless/email', '/signup/otp/email']) {
      const answers = await Promise.all([post(path, { email }), post(path, { email: anAddress() })])
      expect(await Promise.all(answers.map((each) => each.text()))).toEqual(['"OK"', '"OK"'])
    }
    expect(await world.inbox.staysEmpty(email)).toBe(true)
  })
})

describe('mails', () => {
  it('17: in a language without templates are the same ones in the standard language', async () => {
    const email = anAddress()
    const nhost = nhostClient(world)
    await nhost.auth.signUpEmailPassword({ email, password: goodPassword, options: { locale: 'nl' } })
    await followMail(world.inbox, email)
    await nhost.auth.sendPasswordResetEmail({ email })
    expect((await world.inbox.waitFor(email, 'recovery')).subject).toBe('The reset of ours')
  })
})

describe('providers', () => {
  const comeBack = async () => {
    const browser = createTraveller()
    const start = nhostClient({ ...world, url: world.origin }).auth.signInProviderURL('google', { redirectTo: app })
    const callback = (await browser.go(start, `${world.origin}/nhost/v1/signin/provider/google/callback`)).url
    return { browser, callback }
  }
  const placeOf = async (answer: Promise<Response>) => new URL((await answer).headers.get('location') ?? '')

  it('21: a state counts once, and in its browser', async () => {
    world.openId.person = { sub: anAddress(), email: anAddress(), email_verified: true, name: 'Ada' }
    const { browser, callback } = await comeBack()
    const stranger = await placeOf(createTraveller().fetch(callback.href))
    expect(stranger.searchParams.get('error')).toBe('invalid-state')
    expect((await placeOf(browser.fetch(callback.href))).searchParams.get('refreshToken')).toBeTruthy()
    expect((await placeOf(browser.fetch(callback.href))).searchParams.get('error')).toBe('invalid-state')
  })

  it('22: an address that the provider does not vouch for opens nobody’s account', async () => {
    const { email, id } = await aPerson(world)
    world.openId.person = { sub: anAddress(), email, email_verified: false, name: 'Eve' }
    const { browser, callback } = await comeBack()
    const place = await placeOf(browser.fetch(callback.href))
    expect(place.searchParams.get('refreshToken')).toBeNull()
    expect((await world.core.users.find(id))?.identities.map(({ provider }) => provider)).not.toContain('google')
  })
})
