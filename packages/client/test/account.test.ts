import { Secret, TOTP } from 'otpauth'
import { describe, expect, it } from 'vitest'
import { createAccount } from '../src/account/index.ts'
import { createAdmin } from '../src/admin/create-admin.ts'
import { createPasskeys } from '../src/passkeys/index.ts'
import { aSignedIn, aWorld, codeOf, ok, password } from './world.ts'

const world = aWorld({ config: { providers: { github: { enabled: true } }, siteUrl: 'https://app.example.test' } })

const codeAfter = (secret: string, seconds: number) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + seconds * 1000 })

/** Somebody whose account an app protects. */
async function protectedOne() {
  const { auth, email } = await aSignedIn(world())
  const account = createAccount(auth)
  const begun = await ok(account.factors.add({ type: 'totp', name: 'Phone' }))
  if (begun.status !== 'pending' || begun.attempt.step.type !== 'totp_setup') throw new Error('no set-up came')
  const { secret, qr } = begun.attempt.step
  expect(qr).toMatch(/^data:image\/svg\+xml/)
  const done = await ok(begun.attempt.answer({ code: codeAfter(secret ?? '', 0) }))
  expect(done).toMatchObject({ status: 'complete', session: { aal: 'aal2' } })
  return { auth, email, account, secret: secret ?? '' }
}

describe('factors', () => {
  it('are set up, listed, renamed and removed', async () => {
    const { auth, account } = await protectedOne()
    const [factor] = await ok(account.factors.list())
    expect(factor).toMatchObject({ type: 'totp', name: 'Phone', status: 'verified' })
    const id = factor?.id ?? ''
    expect(await ok(account.factors.rename(id, 'Old phone'))).toMatchObject({ id, name: 'Old phone' })
    const { codes } = await ok(account.factors.newRecoveryCodes())
    expect(codes).toHaveLength(10)
    await ok(account.factors.remove(id))
    expect(await ok(account.factors.list())).toEqual([])
    expect(auth.state.status).toBe('signed_in')
  })

  it('are asked for at the next sign-in, one attempt to the end', async () => {
    const { auth, email, secret } = await protectedOne()
    await auth.signOut()
    const asked = await ok(auth.signInWithPassword({ email, password }))
    if (asked.status !== 'pending') throw new Error('no factor was asked for')
    expect(asked.attempt.step).toMatchObject({ type: 'choose', options: [{ type: 'totp' }] })
    expect(auth.state.status).toBe('signed_out')
    world().clock.move(31)
    const done = await ok(asked.attempt.answer({ code: codeAfter(secret, 31) }))
    expect(done).toMatchObject({ status: 'complete', session: { aal: 'aal2' } })
    world().clock.move(-31)
  })
})

describe('accounts elsewhere', () => {
  it('are gone to by an address of the server', async () => {
    const { auth } = await aSignedIn(world())
    const account = createAccount(auth)
    const { url } = await ok(
      account.identities.link('github', { mode: 'url', redirectTo: 'https://app.example.test/' }),
    )
    expect(new URL(url).origin).toBe(new URL(world().url.replace('127.0.0.1', 'localhost')).origin)
    expect(
      await codeOf(account.identities.link('nobody', { mode: 'url', redirectTo: 'https://app.example.test/' })),
    ).toBe('provider_disabled')
  })

  it('are not unlinked where there is none, and tokens are told where some are kept', async () => {
    const account = createAccount((await aSignedIn(world())).auth)
    expect(await codeOf(account.identities.unlink(crypto.randomUUID()))).toBe('not_found')
    expect(await codeOf(account.providerTokens.get('github'))).toBeDefined()
    await expect(account.identities.unlink('..')).rejects.toThrow(TypeError)
  })
})

describe('an address that is given up', () => {
  it('goes where another way in remains, and stays where none does', async () => {
    const { auth } = await aSignedIn(world())
    const account = createAccount(auth)
    const user = await ok(auth.getUser({ fresh: true }))
    expect(await codeOf(account.removeEmail())).toBeDefined()
    const admin = createAdmin({ url: world().url, secretKey: world().secretKey })
    const id = user?.user.id ?? ''
    await ok(admin.users.attachIdentity(id, { provider: 'google', subject: crypto.randomUUID() }))
    expect((await ok(account.removeEmail())).email).toBeNull()
    expect((await ok(auth.getUser({ fresh: true })))?.user.email).toBeNull()
  })
})

describe('entry points', () => {
  it('take a client of this package, and nothing else', () => {
    expect(() => createAccount({} as never)).toThrow(TypeError)
    expect(() => createPasskeys({} as never)).toThrow(TypeError)
  })

  it('say that there are no passkeys outside of browsers', async () => {
    const passkeys = createPasskeys((await aSignedIn(world())).auth)
    expect(passkeys.isSupported()).toBe(false)
    expect(await passkeys.isAutofillSupported()).toBe(false)
    expect(await codeOf(passkeys.signIn())).toBe('passkey_unsupported')
    expect(await codeOf(passkeys.add())).toBe('passkey_unsupported')
  })
})

describe('what is kept about somebody', () => {
  it('is taken out as one document, after a recent proof', async () => {
    const { auth, email } = await aSignedIn(world())
    const account = createAccount(auth)
    const kept = await ok(account.export())
    expect(kept).toMatchObject({ user: { email }, hasPassword: true, sessions: [{ current: true }], accessKeys: [] })
    expect(kept.activity.map(({ action }) => action)).toContain('session.opened')
    world().clock.move(700)
    const refused = await codeOf(account.export())
    world().clock.move(-700)
    expect(refused).toBe('reauthentication_needed')
  })
})
