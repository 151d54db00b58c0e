import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { altogicClient, refusedWith } from '../conformance/altogic/clients.ts'
import { type NativeWorld, speakNative } from '../conformance/native/native-world.ts'
import { nhostClient } from '../conformance/nhost/clients.ts'
import { anAddress, authClient, goodPassword, landing, worked } from '../conformance/supabase/clients.ts'
import { authenticator } from '../world/authenticator.ts'
import { type Issuer, startIssuer } from '../world/issuer.ts'
import { ethereumWallet, walletMessage } from '../world/wallet.ts'
import { startWorld } from '../world/world.ts'

// S87: every way in, through every dialect, for somebody whom a second factor protects.
const siteUrl = 'https://app.example.test/login'
let issuer: Issuer
let world: NativeWorld
let me: Awaited<ReturnType<typeof aProtectedOne>>
beforeAll(async () => {
  issuer = await startIssuer('an-app')
  const google = { clientId: 'an-app', clientSecret: 'secret', url: issuer.issuer }
  const outbound = { allow: ['127.0.0.1'] }
  const wallets = { ethereum: true }
  world = speakNative(await startWorld({ config: { siteUrl, outbound, wallets, providers: { google } } }))
  me = await aProtectedOne()
})
afterAll(async () => {
  await world.close()
  await issuer.close()
})

const native = (line: string, body: object, token?: string) =>
  world.ask(`POST ${line}`, { body, ...(token === undefined ? {} : { token }) })

/** Somebody with every way in that there is, and an authenticator app. */
async function aProtectedOne() {
  const email = anAddress()
  const made = await world.admin('POST /admin/users', { email, password: goodPassword, emailConfirmed: true })
  const complete = (await native('/sign-in/password', { email, password: goodPassword })).body
  const token = complete.tokens.accessToken as string
  const person = { sub: `there-${email}`, email, email_verified: true }
  const idToken = () => issuer.token(person)
  await native('/me/identities', { provider: 'google', idToken: await idToken() }, token)
  const wallet = ethereumWallet()
  const linking = (await native('/me/identities', { chain: 'ethereum', address: wallet.address }, token)).body.attempt
  const linked = { attempt: linking.token, signature: wallet.sign(linking.step.message) }
  expect((await native('/attempts/answer', linked, token)).status).toBe(200)
  const expiresAt = new Date(Date.now() + 86_400_000).toISOString()
  const key = await native('/me/access-keys', { name: 'mine', scopes: ['me:read'], expiresAt }, token)
  const { attempt } = (await native('/me/factors', { type: 'totp' }, token)).body
  const code = authenticator(attempt.step.secret).codeAt(world.core.runtime.now())
  const done = await native('/attempts/answer', { attempt: attempt.token, code }, token)
  expect(done.body).toMatchObject({ status: 'complete', session: { aal: 'aal2' } })
  const id = made.body.id as string
  return { id, email, idToken, wallet, key: key.body.key as string }
}

async function newestMail(template?: string) {
  return world.inbox.waitFor(me.email, template)
}

/** The code of a mail that an act causes. */
async function codeAfter(act: () => Promise<unknown>): Promise<string> {
  const before = new Set((await world.inbox.list(me.email)).map(({ id }) => id))
  world.clock.move(61)
  await act()
  await expect
    .poll(async () => (await world.inbox.list(me.email)).some(({ id, code }) => code !== null && !before.has(id)))
    .toBe(true)
  const [mail] = (await world.inbox.list(me.email)).filter(({ id, code }) => code !== null && !before.has(id))
  return mail?.code ?? ''
}

describe('S87 natively every way in stops before any session', () => {
  const typed = async (line: string, more: object = {}) => {
    const held = { token: '' }
    const code = await codeAfter(async () => {
      held.token = (await native(line, { email: me.email })).body.attempt.token
    })
    return native('/attempts/answer', { attempt: held.token, code, ...more })
  }
  const ways: Readonly<Record<string, () => Promise<{ body: { status?: string; tokens?: unknown } }>>> = {
    'a password': () => native('/sign-in/password', { email: me.email, password: goodPassword }),
    'a mailed code': () => typed('/sign-in/code'),
    'a recovery': () => typed('/recovery', { newPassword: goodPassword }),
    'an ID token': async () => native('/sign-in/id-token', { provider: 'google', idToken: await me.idToken() }),
    'a wallet': async () => {
      const { attempt } = (await native('/sign-in/wallet', { chain: 'ethereum', address: me.wallet.address })).body
      return native('/attempts/answer', { attempt: attempt.token, signature: me.wallet.sign(attempt.step.message) })
    },
    'an administrator’s link': async () => {
      const made = await world.admin(`POST /admin/users/${me.id}/links`, { purpose: 'sign_in', redirectTo: siteUrl })
      const token = new URL(made.body.url).searchParams.get('token')
      const opened = (await native('/links', { token })).body
      return opened.attempt?.step.type === 'accept'
        ? native('/attempts/answer', { attempt: opened.attempt.token, accept: true })
        : { body: opened }
    },
  }

  it.each(Object.keys(ways))('%s', async (way) => {
    const reply = await ways[way]?.()
    expect(reply?.body).toMatchObject({ status: 'pending', attempt: { step: { type: 'choose' } } })
    expect(reply?.body.tokens).toBeUndefined()
  })

  it('a personal access token reaches as far as it says, and never aal2', async () => {
    const { body } = await native('/sign-in/access-key', { key: me.key })
    expect(body).toMatchObject({ status: 'complete', session: { aal: 'aal1' } })
    expect((await native('/me/email', { email: anAddress() }, body.tokens.accessToken)).status).toBe(403)
  })
})

describe('S87 through Supabase’s client every way in is worth aal1', () => {
  type Client = ReturnType<typeof authClient>
  const ways: Readonly<Record<string, (client: Client) => Promise<unknown>>> = {
    'a password': async (client) =>
      worked(await client.signInWithPassword({ email: me.email, password: goodPassword })),
    'a mailed code': async (client) => {
      const token = await codeAfter(() => client.signInWithOtp({ email: me.email }))
      worked(await client.verifyOtp({ email: me.email, token, type: 'email' }))
    },
    'a recovery': async (client) => {
      const token = await codeAfter(() => client.resetPasswordForEmail(me.email))
      worked(await client.verifyOtp({ email: me.email, token, type: 'recovery' }))
    },
    'a mailed link': async (client) => {
      await codeAfter(() => client.signInWithOtp({ email: me.email }))
      const { link } = await newestMail()
      const { fragment } = landing(await fetch(link ?? '', { redirect: 'manual' }))
      const tokens = { access_token: fragment.get('access_token'), refresh_token: fragment.get('refresh_token') }
      worked(await client.setSession(tokens as { access_token: string; refresh_token: string }))
    },
    'an ID token': async (client) =>
      worked(await client.signInWithIdToken({ provider: 'google', token: await me.idToken() })),
    'a wallet': async (client) => {
      const issued = world.core.runtime.now().toISOString()
      const message = walletMessage('ethereum', me.wallet.address, { 'Issued At': issued })
      const signature = me.wallet.sign(message) as `0x${string}`
      worked(await client.signInWithWeb3({ chain: 'ethereum', message, signature }))
    },
  }

  it.each(Object.keys(ways))('%s', async (way) => {
    const client = authClient(world)
    await ways[way]?.(client)
    const levels = worked(await client.mfa.getAuthenticatorAssuranceLevel())
    expect(levels).toMatchObject({ currentLevel: 'aal1', nextLevel: 'aal2' })
    expect((await client.updateUser({ data: { a: 1 } })).error?.code).toBe('insufficient_aal')
  })
})

describe('S87 the other clients', () => {
  it('Nhost’s is handed a ticket, whatever the way', async () => {
    const bySecret = nhostClient(world).auth.signInEmailPassword({ email: me.email, password: goodPassword })
    const byToken = nhostClient(world).auth.signInIdToken({ provider: 'google', idToken: await me.idToken() })
    for (const { body } of [await bySecret, await byToken]) {
      expect(body.session ?? null).toBeNull()
      expect((body as { mfa?: { ticket: string } }).mfa?.ticket).toMatch(/^mfaTotp:/)
    }
    const nhost = nhostClient(world)
    const otp = await codeAfter(() => nhost.auth.signInOTPEmail({ email: me.email }))
    const { body } = await nhost.auth.verifySignInOTPEmail({ email: me.email, otp })
    expect(body.session ?? null).toBeNull()
  })

  it('Altogic’s is refused, since it has no word for a second step', async () => {
    const answer = await altogicClient(world).auth.signInWithEmail(me.email, goodPassword)
    expect([answer.session ?? null, ...refusedWith(answer)]).toEqual([null, 401, 'second_factor_required'])
  })
})
