import { randomInt } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { altogicClient, refusedWith } from '../conformance/altogic/clients.ts'
import { type Body, type NativeWorld, speakNative } from '../conformance/native/native-world.ts'
import { anAddress, authClient, goodPassword, worked } from '../conformance/supabase/clients.ts'
import { type Issuer, startIssuer } from '../world/issuer.ts'
import { securityKey } from '../world/security-key.ts'
import { exchange, nativeStart, type SocialWorld, startSocial } from '../world/social.ts'
import { introduce, post, type SsoWorld, startSso } from '../world/sso.ts'
import { createTraveller } from '../world/traveller.ts'
import { ethereumWallet, walletMessage } from '../world/wallet.ts'
import { startWorld } from '../world/world.ts'

// S98: where new accounts wait for an administrator, no way of making one gets anybody in.
const site = 'http://localhost:3000'
const signUp = { approval: true, anonymous: true }
const wallets = { ethereum: true }
const phone = { enabled: true, countries: ['US' as const] }
let issuer: Issuer
let world: NativeWorld
let open: NativeWorld
let social: NativeWorld & SocialWorld
let company: SsoWorld
beforeAll(async () => {
  issuer = await startIssuer('an-app')
  const google = { clientId: 'an-app', clientSecret: 'secret', url: issuer.issuer }
  const redirectUrls = ['https://app.example.test/**']
  const common = { siteUrl: site, redirectUrls, wallets, phone, outbound: { allow: ['127.0.0.1'] } }
  const passkeys = { withoutAddress: true }
  world = speakNative(await startWorld({ config: { ...common, signUp, passkeys, providers: { google } } }))
  open = speakNative(
    await startWorld({
      config: { ...common, signUp: { ...signUp, emailConfirmation: false, phoneConfirmation: false }, passkeys },
    }),
  )
  social = speakNative(await startSocial({ signUp }))
  company = await startSso({ signUp })
  await introduce(company)
})
afterAll(async () => {
  await Promise.all([world.close(), open.close(), social.close(), company.close()])
  await issuer.close()
})

const aNumber = () => `+1202555${randomInt(10_000).toString().padStart(4, '0')}`
/** What an administrator sees of whoever has an address. */
async function seen(at: NativeWorld, address: string): Promise<Body> {
  const { body } = await at.admin(`GET /admin/users?q=${encodeURIComponent(address)}`)
  return body.items[0]
}

const letIn = (at: NativeWorld, id: string) => at.admin(`PATCH /admin/users/${id}`, { bannedUntil: null })

const waits = {
  status: 403,
  body: { code: 'user_banned', message: expect.stringContaining('wait'), details: { reason: 'approval' } },
}

/** The account is there, closed, and no message has left. */
async function isHeld(at: NativeWorld, address: string, more: object = {}) {
  expect(await seen(at, address)).toMatchObject({ bannedUntil: '9999-12-31T23:59:59.000Z', ...more })
  expect(await at.inbox.staysEmpty(address)).toBe(true)
  const id = (await seen(at, address)).id
  expect((await at.admin(`GET /admin/users/${id}/sessions`)).body.items).toEqual([])
}

async function aPasskey(at: NativeWorld, about: object) {
  const { attempt } = (await at.ask('POST /sign-up/passkey', { body: about })).body
  const key = securityKey(site)
  const options = attempt.step.publicKey
  const credential = key.create(options, { verified: true })
  const answer = await at.ask('POST /attempts/answer', { body: { attempt: attempt.token, credential } })
  return { key, answer, userId: Buffer.from(options.user.id, 'base64url').toString() }
}

describe('S98 natively', () => {
  it('a password makes an account that waits, unproved, without a mail', async () => {
    const email = anAddress()
    expect(await world.ask('POST /sign-up/password', { body: { email, password: goodPassword } })).toMatchObject(waits)
    await isHeld(world, email, { emailConfirmedAt: null })
    const again = await world.ask('POST /sign-in/password', { body: { email, password: goodPassword } })
    expect(again).toMatchObject(waits)
  })

  it('a password where nothing is to be proved', async () => {
    const email = anAddress()
    expect(await open.ask('POST /sign-up/password', { body: { email, password: goodPassword } })).toMatchObject(waits)
    await isHeld(open, email)
    await letIn(open, (await seen(open, email)).id)
    const { body } = await open.ask('POST /sign-in/password', { body: { email, password: goodPassword } })
    expect(body).toMatchObject({ status: 'complete', user: { email } })
  })

  it.each(['email', 'phone'] as const)('a code to an %s, which is never sent', async (kind) => {
    const address = kind === 'email' ? anAddress() : aNumber()
    const { status, body } = await world.ask('POST /sign-in/code', { body: { [kind]: address } })
    expect([status, body.status]).toEqual([200, 'pending'])
    await isHeld(world, address)
    world.clock.move(61)
    await world.ask('POST /attempts/challenge', { body: { attempt: body.attempt.token } })
    await world.ask('POST /recovery', { body: { [kind]: address } })
    await isHeld(world, address)
  })

  it('a passkey, with an address and without', async () => {
    const email = anAddress()
    expect((await aPasskey(world, { email })).answer).toMatchObject(waits)
    await isHeld(world, email, { emailConfirmedAt: null })
    const { key, answer, userId } = await aPasskey(open, {})
    expect(answer).toMatchObject(waits)
    const signIn = async () => {
      const { attempt } = (await open.ask('POST /sign-in/passkey', { body: {} })).body
      const credential = key.get(attempt.step.publicKey, { verified: true, userHandle: userId })
      return open.ask('POST /attempts/answer', { body: { attempt: attempt.token, credential } })
    }
    expect(await signIn()).toMatchObject(waits)
    await letIn(open, userId)
    expect((await signIn()).body).toMatchObject({ status: 'complete' })
  })

  it('an ID token', async () => {
    const email = anAddress()
    const idToken = await issuer.token({ sub: email, email, email_verified: true })
    expect(await world.ask('POST /sign-in/id-token', { body: { provider: 'google', idToken } })).toMatchObject(waits)
    await isHeld(world, email, { emailConfirmedAt: expect.any(String) })
    await letIn(world, (await seen(world, email)).id)
    const next = await issuer.token({ sub: email, email, email_verified: true })
    const { body } = await world.ask('POST /sign-in/id-token', { body: { provider: 'google', idToken: next } })
    expect(body).toMatchObject({ status: 'complete', user: { email } })
  })

  it('a wallet', async () => {
    const wallet = ethereumWallet()
    const comes = async () => {
      const { attempt } = (
        await world.ask('POST /sign-in/wallet', { body: { chain: 'ethereum', address: wallet.address } })
      ).body
      const signature = wallet.sign(attempt.step.message)
      return world.ask('POST /attempts/answer', { body: { attempt: attempt.token, signature } })
    }
    expect(await comes()).toMatchObject(waits)
    expect(await comes()).toMatchObject(waits)
  })

  it('a provider, which leads back with the refusal and no code', async () => {
    const email = anAddress()
    social.openId.person = { sub: email, email, email_verified: true }
    const { url } = await createTraveller().go(nativeStart(social), social.app)
    expect([url.searchParams.get('error'), url.searchParams.get('code')]).toEqual(['user_banned', null])
    await isHeld(social, email)
    await letIn(social, (await seen(social, email)).id)
    const again = await createTraveller().go(nativeStart(social), social.app)
    const { body } = await exchange(social, again.url.searchParams.get('code') ?? '')
    expect(body).toMatchObject({ status: 'complete' })
  })

  it('a provider whose word for the address does not count', async () => {
    const email = anAddress()
    social.openId.person = { sub: email, email, email_verified: false }
    const { url } = await createTraveller().go(nativeStart(social), social.app)
    expect(url.searchParams.get('error')).toBe('user_banned')
    await isHeld(social, email, { emailConfirmedAt: null })
  })
})

describe('S98 through the other dialects', () => {
  it('Supabase’s password, code, token and wallet', async () => {
    const client = authClient(world)
    const email = anAddress()
    const { error } = await client.signUp({ email, password: goodPassword })
    expect([error?.status, error?.code]).toEqual([403, 'user_banned'])
    await isHeld(world, email)
    const other = anAddress()
    worked(await client.signInWithOtp({ email: other }))
    await isHeld(world, other)
    const third = anAddress()
    const token = await issuer.token({ sub: third, email: third, email_verified: true })
    expect((await client.signInWithIdToken({ provider: 'google', token })).error?.code).toBe('user_banned')
    await isHeld(world, third)
    const wallet = ethereumWallet()
    const message = walletMessage('ethereum', wallet.address, { 'Issued At': world.core.runtime.now().toISOString() })
    const signature = wallet.sign(message) as `0x${string}`
    expect((await client.signInWithWeb3({ chain: 'ethereum', message, signature })).error?.code).toBe('user_banned')
  })

  it('Altogic’s password', async () => {
    const email = anAddress()
    const answer = await altogicClient(world).auth.signUpWithEmail(email, goodPassword)
    expect([answer.session ?? null, ...refusedWith(answer)]).toEqual([null, 401, 'not_allowed'])
    await isHeld(world, email)
  })

  it('an organisation’s word', async () => {
    const at = speakNative(company)
    const email = `ada-${crypto.randomUUID()}@acme.test`
    company.idp.person = { nameId: email, attributes: { mail: [email] } }
    for (const flowType of ['pkce', 'implicit'] as const) {
      const options = { redirectTo: company.app }
      const { url } = worked(await authClient(company, { flowType }).signInWithSSO({ domain: 'acme.test', options }))
      const { action, fields } = await company.idp.visit(url)
      const place = new URL((await post(action, fields)).headers.get('location') ?? '')
      expect([place.searchParams.get('error_code'), place.searchParams.get('code')]).toEqual(['user_banned', null])
      expect(place.hash).not.toContain('access_token')
      await isHeld(at, email)
    }
  })
})

describe('S98 around it', () => {
  it('guests come and go; one who becomes somebody waits like anybody', async () => {
    const guest = (await world.ask('POST /sign-up/anonymous', { body: {} })).body
    const token = guest.tokens.accessToken
    const email = anAddress()
    const begun = (await world.ask('POST /me/email', { token, body: { email } })).body
    const { code } = await world.inbox.waitFor(email)
    const answer = { attempt: begun.attempt.token, code }
    expect(await world.ask('POST /attempts/answer', { token, body: answer })).toMatchObject(waits)
    expect(await seen(world, email)).toMatchObject({
      id: guest.user.id,
      isAnonymous: false,
      emailConfirmedAt: expect.any(String),
    })
    expect((await world.ask('GET /me', { token })).status).toBeGreaterThanOrEqual(401)
    const again = await world.ask('POST /sessions/refresh', { body: { refreshToken: guest.tokens.refreshToken } })
    expect(again.status).toBeGreaterThanOrEqual(400)
  })

  it('nor does a guest get in by connecting an account elsewhere', async () => {
    const guest = (await world.ask('POST /sign-up/anonymous', { body: {} })).body
    const email = anAddress()
    const idToken = await issuer.token({ sub: email, email, email_verified: true })
    const body = { provider: 'google', idToken }
    expect(await world.ask('POST /me/identities', { token: guest.tokens.accessToken, body })).toMatchObject(waits)
    expect(await seen(world, email)).toMatchObject({ id: guest.user.id, bannedUntil: expect.any(String) })
  })

  it('S12 a taken address is told apart by nothing, and its owner alone gets a mail', async () => {
    const email = anAddress()
    await world.admin('POST /admin/users', { email, password: goodPassword, emailConfirmed: true })
    const other = anAddress()
    const [taken, fresh] = [
      await world.ask('POST /sign-up/password', { body: { email, password: goodPassword } }),
      await world.ask('POST /sign-up/password', { body: { email: other, password: goodPassword } }),
    ]
    const withoutId = ({ body }: Body) => ({ ...body, requestId: '' })
    expect(withoutId(taken)).toEqual(withoutId(fresh))
    expect((await world.inbox.waitFor(email)).template).toBe('already_registered')
    await isHeld(world, other)
  })

  it('S13 a code is asked for in the same words by whoever waits and whoever is in', async () => {
    const email = anAddress()
    await world.admin('POST /admin/users', { email, password: goodPassword, emailConfirmed: true })
    const shape = async (to: string) => {
      const { status, body } = await world.ask('POST /sign-in/code', { body: { email: to } })
      return [status, Object.keys(body), Object.keys(body.attempt), Object.keys(body.attempt.step)]
    }
    expect(await shape(anAddress())).toEqual(await shape(email))
  })

  it('an account that was let in proves its address as ever, and nobody else’s password comes along', async () => {
    const email = anAddress()
    const stranger = { email, password: 'quiet otters swim 7' }
    await world.ask('POST /sign-up/password', { body: stranger })
    await world.ask('POST /sign-up/password', { body: { email, password: goodPassword } })
    const { id } = await seen(world, email)
    await letIn(world, id)
    expect((await world.ask('POST /sign-in/password', { body: stranger })).body.status).not.toBe('complete')
    world.clock.move(61)
    const { attempt } = (await world.ask('POST /sign-in/code', { body: { email } })).body
    const { code } = await world.inbox.waitFor(email)
    const { body } = await world.ask('POST /attempts/answer', { body: { attempt: attempt.token, code } })
    expect(body).toMatchObject({ status: 'complete', user: { id } })
    expect((await world.ask('POST /sign-in/password', { body: stranger })).body).toMatchObject({
      code: 'invalid_credentials',
    })
  })

  it('what an administrator makes or invites does not wait', async () => {
    const email = anAddress()
    await world.admin('POST /admin/users', { email, password: goodPassword, emailConfirmed: true })
    const { body } = await world.ask('POST /sign-in/password', { body: { email, password: goodPassword } })
    expect(body).toMatchObject({ status: 'complete' })
    const invited = anAddress()
    await world.admin('POST /admin/invites', { email: invited })
    expect(await seen(world, invited)).toMatchObject({ bannedUntil: null })
  })
})
