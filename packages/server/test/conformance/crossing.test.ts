import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authenticator } from '../world/authenticator.ts'
import { type Issuer, startIssuer } from '../world/issuer.ts'
import { securityKey } from '../world/security-key.ts'
import { startWorld } from '../world/world.ts'
import { altogicClient, refusedWith, aSignedIn as signedInThroughAltogic, worked as told } from './altogic/clients.ts'
import { type NativeWorld, speakNative } from './native/native-world.ts'
import { nhostClient, refused } from './nhost/clients.ts'
import { adminApi, anAddress, authClient, goodPassword, landing, worked } from './supabase/clients.ts'

// One core behind four wires: whatever is done through one of them is so for all.
const site = 'http://localhost:3000'
let issuer: Issuer
let world: NativeWorld
beforeAll(async () => {
  issuer = await startIssuer('an-app')
  const google = { clientId: 'an-app', clientSecret: 'secret', url: issuer.issuer }
  const outbound = { allow: ['127.0.0.1'] }
  world = speakNative(await startWorld({ config: { siteUrl: site, outbound, providers: { google } } }))
})
afterAll(async () => {
  await world.close()
  await issuer.close()
})

/** Signs up through Supabase's client, and proves the address by the link of its mail. */
async function newcomer() {
  const email = anAddress()
  const client = authClient(world)
  const { user } = worked(await client.signUp({ email, password: goodPassword, options: { data: { name: 'Jo' } } }))
  const { link } = await world.inbox.waitFor(email)
  const { fragment } = landing(await fetch(link ?? '', { redirect: 'manual' }))
  worked(
    await client.setSession({
      access_token: fragment.get('access_token') ?? '',
      refresh_token: fragment.get('refresh_token') ?? '',
    }),
  )
  return { email, id: user?.id ?? '', client }
}

async function everywhere(email: string, password = goodPassword) {
  const supabase = authClient(world)
  const opened = worked(await supabase.signInWithPassword({ email, password }))
  const nhost = nhostClient(world)
  const { body } = await nhost.auth.signInEmailPassword({ email, password })
  const altogic = altogicClient(world)
  const there = told(await altogic.auth.signInWithEmail(email, password))
  const native = await world.ask('POST /sign-in/password', { body: { email, password } })
  return { supabase, nhost, altogic, opened, nhostSession: body.session, there, native: native.body }
}

describe('one account', () => {
  it('that signed up through one client signs in through all of them, with the same id', async () => {
    const { email, id } = await newcomer()
    const { opened, nhostSession, there, native } = await everywhere(email)
    expect([opened.user?.id, nhostSession?.user?.id, there.user?._id, native.user.id]).toEqual([id, id, id, id])
    expect(nhostSession?.user?.metadata).toMatchObject({ name: 'Jo' })
  })

  it('has one list of sessions; one that ends anywhere has ended everywhere', async () => {
    const { email, client } = await newcomer()
    const { supabase, nhost, altogic, nhostSession, there, native } = await everywhere(email)
    const token = native.tokens.accessToken
    const { body } = await world.ask('GET /me/sessions', { token })
    expect(body.items).toHaveLength(5)
    expect(told(await altogic.auth.getAllSessions()).sessions).toHaveLength(5)

    for (const { id, current } of body.items)
      if (!current) expect((await world.ask(`DELETE /me/sessions/${id}`, { token })).status).toBe(204)
    for (const one of [supabase, client]) expect((await one.getUser()).error?.name).toBe('AuthSessionMissingError')
    const refreshToken = nhostSession?.refreshToken ?? ''
    expect(await refused(nhost.auth.refreshToken({ refreshToken }))).toMatchObject({
      body: { error: 'invalid-refresh-token' },
    })
    expect(refusedWith(await altogic.auth.getUserFromDB())[0]).toBe(401)
    expect(there.session?.token).toBeTruthy()
    expect((await world.ask('GET /me', { token })).status).toBe(200)
  })

  it('has one password', async () => {
    const { client, email } = await signedInThroughAltogic(world)
    const next = `${goodPassword} and more`
    told(await client.auth.changePassword(next, goodPassword))
    const old = await authClient(world).signInWithPassword({ email, password: goodPassword })
    expect(old.error?.code).toBe('invalid_credentials')
    await everywhere(email, next)
  })

  it('is banned, or gone, for all clients at once', async () => {
    const { email, id } = await newcomer()
    const { supabase, nhost, altogic, native } = await everywhere(email)
    worked(await adminApi(world).updateUserById(id, { ban_duration: '1h' }))
    expect((await supabase.getUser()).error).not.toBeNull()
    expect((await refused(nhost.auth.getUser())).status).toBe(401)
    expect(refusedWith(await altogic.auth.getUserFromDB())[0]).toBeGreaterThanOrEqual(401)
    expect((await world.ask('GET /me', { token: native.tokens.accessToken })).status).toBe(403)
    worked(await adminApi(world).updateUserById(id, { ban_duration: 'none' }))
    expect((await world.admin(`DELETE /admin/users/${id}`)).status).toBe(204)
    const gone = await authClient(world).signInWithPassword({ email, password: goodPassword })
    expect(gone.error?.code).toBe('invalid_credentials')
  })
})

describe('one session', () => {
  it('whose tokens one client holds is known to the others', async () => {
    const { email } = await newcomer()
    const { opened, nhostSession } = await everywhere(email)
    const nhost = nhostClient(world)
    const renewed = await nhost.auth.refreshToken({ refreshToken: opened.session?.refresh_token ?? '' })
    expect(renewed.body.user?.email).toBe(email)
    const supabase = authClient(world)
    const taken = worked(
      await supabase.setSession({
        access_token: nhostSession?.accessToken ?? '',
        refresh_token: nhostSession?.refreshToken ?? '',
      }),
    )
    expect(taken.user?.email).toBe(email)
    expect((await world.ask('GET /me', { token: renewed.body.accessToken })).body).toMatchObject({ email })
  })
})

describe('one passkey', () => {
  it('made with one client opens the account through the others', async () => {
    const { email, client } = await newcomer()
    const key = securityKey(site)
    const begun = worked(await client.passkey.startRegistration())
    const made = begun.options as unknown as { user: { id: string } } & Record<string, unknown>
    const credential = key.create(made, { verified: true }) as never
    worked(await client.passkey.verifyRegistration({ challengeId: begun.challenge_id, credential }))
    const userHandle = Buffer.from(made.user.id, 'base64url').toString()
    const prove = (asked: unknown) => key.get(asked as Record<string, unknown>, { verified: true, userHandle })

    const nhost = nhostClient(world)
    const asked = (await nhost.auth.signInWebauthn()).body
    const { body } = await nhost.auth.verifySignInWebauthn({ credential: prove(asked) as never })
    expect(body.session?.user?.email).toBe(email)

    const { attempt } = (await world.ask('POST /sign-in/passkey', { body: {} })).body
    const answer = { attempt: attempt.token, credential: prove(attempt.step.publicKey) }
    const done = await world.ask('POST /attempts/answer', { body: answer })
    expect(done.body).toMatchObject({ status: 'complete', user: { email }, session: { aal: 'aal2' } })
  })
})

describe('one second factor', () => {
  it('set up through one client is asked for by all of them', async () => {
    const { email } = await newcomer()
    const { nhost } = await everywhere(email)
    const { totpSecret } = (await nhost.auth.changeUserMfa()).body
    const code = () => {
      world.clock.move(30)
      return authenticator(totpSecret).codeAt(world.core.runtime.now())
    }
    await nhost.auth.verifyChangeUserMfa({ code: code(), activeMfaType: 'totp' })

    const supabase = authClient(world)
    worked(await supabase.signInWithPassword({ email, password: goodPassword }))
    expect(worked(await supabase.mfa.getAuthenticatorAssuranceLevel())).toMatchObject({ nextLevel: 'aal2' })
    const [factor] = worked(await supabase.mfa.listFactors()).totp
    worked(await supabase.mfa.challengeAndVerify({ factorId: factor?.id ?? '', code: code() }))
    expect(worked(await supabase.mfa.getAuthenticatorAssuranceLevel())).toMatchObject({ currentLevel: 'aal2' })

    const { body } = await world.ask('POST /sign-in/password', { body: { email, password: goodPassword } })
    expect(body).toMatchObject({ status: 'pending', attempt: { step: { type: 'choose' } } })
    const answer = { attempt: body.attempt.token, code: code() }
    expect((await world.ask('POST /attempts/answer', { body: answer })).body).toMatchObject({ status: 'complete' })

    const there = await altogicClient(world).auth.signInWithEmail(email, goodPassword)
    expect(there.session ?? null).toBeNull()
  })
})

describe('one identity', () => {
  it('that signed in through one client signs in through the others', async () => {
    const person = { sub: `there-${anAddress()}`, email: anAddress(), email_verified: true, name: 'Grace' }
    const token = () => issuer.token(person)
    const first = worked(await authClient(world).signInWithIdToken({ provider: 'google', token: await token() }))
    const nhost = nhostClient(world)
    const { body } = await nhost.auth.signInIdToken({ provider: 'google', idToken: await token() })
    const native = await world.ask('POST /sign-in/id-token', { body: { provider: 'google', idToken: await token() } })
    expect([body.session?.user?.id, native.body.user.id]).toEqual([first.user.id, first.user.id])
    expect(native.body).toMatchObject({ isNewUser: false, user: { email: person.email } })
  })
})
