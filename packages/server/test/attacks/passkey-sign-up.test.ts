import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '#src/storage/sql.ts'
import { securityKey } from '../world/security-key.ts'
import { startWorld, type World } from '../world/world.ts'

const site = 'http://localhost:3000'
const password = 'seven quiet otters'
let world: World
let open: World
beforeAll(async () => {
  world = await startWorld({ config: { siteUrl: site } })
  open = await startWorld({
    config: { siteUrl: site, signUp: { emailConfirmation: false }, passkeys: { withoutAddress: true } },
  })
})
afterAll(async () => {
  await world.close()
  await open.close()
})

type Json = Record<string, unknown>

async function ask(path: string, body: object, at: World = world): Promise<{ status: number; body: Json }> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${at.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status: response.status, body: (await response.json()) as Json }
}

const anAddress = () => `ada-${crypto.randomUUID()}@example.test`
const attemptOf = ({ body }: { body: Json }) => body['attempt'] as { token: string; step: Json; purpose: string }

/** Begins a sign-up and makes its passkey; the answer waits. */
async function aWish(about: Json, at: World = world) {
  const begun = await ask('/v1/sign-up/passkey', about, at)
  expect(begun.status).toBe(200)
  const { token, step, purpose } = attemptOf(begun)
  expect([purpose, step]).toMatchObject(['sign_up', { type: 'passkey', mode: 'create' }])
  const options = step['publicKey'] as Json & { user: { id: string; name: string } }
  const key = securityKey(site)
  const credential = key.create(options, { verified: true })
  return { key, options, credential, token, userId: Buffer.from(options.user.id, 'base64url').toString() }
}

type Wish = Awaited<ReturnType<typeof aWish>>
const answer = ({ token, credential }: Wish, at: World = world) =>
  ask('/v1/attempts/answer', { attempt: token, credential }, at)

async function signsIn({ key, userId }: Wish, at: World = world) {
  const begun = attemptOf(await ask('/v1/sign-in/passkey', {}, at))
  const credential = key.get(begun.step['publicKey'] as Json, { verified: true, userHandle: userId })
  return ask('/v1/attempts/answer', { attempt: begun.token, credential }, at)
}

const codeTo = async (email: string, at: World = world) => (await at.inbox.waitFor(email)).code ?? ''

describe('signing up with a passkey', () => {
  it('asks for the code of the mail next, and makes the account with its passkey then', async () => {
    const email = anAddress()
    const wish = await aWish({ email, displayName: 'Ada', metadata: { plan: 'free' } })
    expect(wish.options.user).toMatchObject({ name: email, displayName: 'Ada' })
    expect(wish.options).toMatchObject({ authenticatorSelection: { residentKey: 'required' } })
    const waiting = await answer(wish)
    const next = attemptOf(waiting)
    expect([waiting.status, next.purpose, next.step['type']]).toEqual([200, 'sign_up', 'code'])
    expect((await signsIn(wish)).body).toMatchObject({ code: 'webauthn_verification_failed' })
    const done = await ask('/v1/attempts/answer', { attempt: next.token, code: await codeTo(email) })
    expect(done.body).toMatchObject({
      status: 'complete',
      isNewUser: true,
      user: { id: wish.userId, email, displayName: 'Ada', metadata: { plan: 'free' } },
    })
    expect((await signsIn(wish)).body).toMatchObject({ status: 'complete', user: { id: wish.userId } })
  })

  it('is done at once where addresses are not confirmed, at aal2 for a verified person', async () => {
    const email = anAddress()
    const wish = await aWish({ email }, open)
    const done = await answer(wish, open)
    expect(done.body).toMatchObject({
      status: 'complete',
      user: { id: wish.userId, email },
      session: { aal: 'aal2', amr: [{ method: 'passkey' }] },
    })
    expect((await signsIn(wish, open)).status).toBe(200)
    const taken = await aWish({ email }, open)
    expect(await answer(taken, open)).toMatchObject({ status: 422, body: { code: 'user_already_exists' } })
  })

  it('needs no address where that is allowed, and makes no guest', async () => {
    const wish = await aWish({ displayName: 'Nameless' }, open)
    const done = await answer(wish, open)
    expect(done.body).toMatchObject({ status: 'complete', user: { id: wish.userId, email: null, isAnonymous: false } })
    expect((await signsIn(wish, open)).status).toBe(200)
    expect(await ask('/v1/sign-up/passkey', {})).toMatchObject({ status: 400, body: { code: 'validation_failed' } })
  })

  it('S40 is not undone by removing the only passkey of somebody without an address', async () => {
    const wish = await aWish({ displayName: 'Nameless' }, open)
    await answer(wish, open)
    const { tokens } = (await signsIn(wish, open)).body as { tokens: { accessToken: string } }
    const [factor] = (await open.core.users.find(wish.userId))?.factors ?? []
    const headers = { authorization: `Bearer ${tokens.accessToken}` }
    for (const path of [`/v1/me/factors/${factor?.id}`, `/auth/v1/passkeys/${factor?.id}`]) {
      const response = await fetch(open.url + path, { method: 'DELETE', headers })
      expect([response.status, await response.text()]).toEqual([422, expect.stringContaining('single_identity')])
    }
    expect((await signsIn(wish, open)).status).toBe(200)
  })

  /** Somebody who has nothing but a passkey. */
  async function aNameless() {
    const wish = await aWish({ displayName: 'Nameless' }, open)
    await answer(wish, open)
    const { tokens } = (await signsIn(wish, open)).body as { tokens: { accessToken: string } }
    const headers = { authorization: `Bearer ${tokens.accessToken}` }
    const remove = (path: string) => fetch(`${open.url}/v1/me/${path}`, { method: 'DELETE', headers })
    const user = async () => open.core.users.find(wish.userId)
    return { wish, headers, remove, user }
  }

  it('S40 is not undone where the address that is left was never proved', async () => {
    const { wish, remove, user } = await aNameless()
    await open.core.users.update(wish.userId, { email: anAddress(), emailConfirmedAt: null })
    const [factor] = (await user())?.factors ?? []
    const refused = await remove(`factors/${factor?.id}`)
    expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining('single_identity')])
    await open.core.users.update(wish.userId, { emailConfirmedAt: open.core.runtime.now() })
    expect((await remove(`factors/${factor?.id}`)).status).toBe(204)
  })

  it('S40 the last passkey and the last account elsewhere, taken away at once, leave one', async () => {
    for (let round = 0; round < 4; round += 1) {
      const { wish, remove, user } = await aNameless()
      const attached = await fetch(`${open.url}/v1/admin/users/${wish.userId}/identities`, {
        method: 'POST',
        headers: { authorization: `Bearer ${open.secretKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ provider: 'google', subject: crypto.randomUUID() }),
      })
      const { id } = (await attached.json()) as { id: string }
      const [factor] = (await user())?.factors ?? []
      const replies = await Promise.all([remove(`factors/${factor?.id}`), remove(`identities/${id}`)])
      expect(replies.map(({ status }) => status).sort()).toEqual([204, 422])
      const left = await user()
      expect((left?.factors.length ?? 0) + (left?.identities.length ?? 0)).toBe(1)
    }
  })

  it('S40 two passkeys that are taken away at once leave one', async () => {
    const { wish, headers, remove, user } = await aNameless()
    // Whoever adds one has an address; it goes again before the passkeys do.
    await open.core.users.update(wish.userId, { email: anAddress(), emailConfirmedAt: open.core.runtime.now() })
    const asked = (path: string, body: object) =>
      fetch(`${open.url}/v1${path}`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    const begun = attemptOf({
      body: (await (await asked('/me/factors', { type: 'passkey', name: 'two' })).json()) as Json,
    })
    const credential = securityKey(site).create(begun.step['publicKey'] as Json, { verified: true })
    expect((await asked('/attempts/answer', { attempt: begun.token, credential })).status).toBe(200)
    await open.core.users.update(wish.userId, { email: null, emailConfirmedAt: null })
    const factors = (await user())?.factors ?? []
    expect(factors).toHaveLength(2)
    const replies = await Promise.all(factors.map(({ id }) => remove(`factors/${id}`)))
    expect(replies.map(({ status }) => status).sort()).toEqual([204, 422])
    expect((await open.core.users.find(wish.userId))?.factors).toHaveLength(1)
  })

  it('S22 S95 counts once, for its own challenge and on its own page', async () => {
    const email = anAddress()
    const wish = await aWish({ email })
    const other = await aWish({ email: anAddress() })
    expect((await answer({ ...wish, credential: other.credential })).body).toMatchObject({
      code: 'webauthn_verification_failed',
    })
    expect((await answer(wish)).body).toMatchObject({ code: 'attempt_expired' })
    const elsewhere = await aWish({ email: anAddress() })
    const credential = elsewhere.key.create(elsewhere.options, { origin: 'https://evil.test' })
    expect((await answer({ ...elsewhere, credential })).body).toMatchObject({ code: 'webauthn_verification_failed' })
    expect((await world.inbox.list(email)).length).toBe(0)
  })

  it('S23 of twenty answers at once one is taken', async () => {
    const wish = await aWish({ email: anAddress() }, open)
    const answers = await Promise.all(Array.from({ length: 20 }, () => answer(wish, open)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.every(({ status }) => status === 200 || status === 410)).toBe(true)
  })

  it('S13 S14 says the same for an address that somebody has, and tells its owner', async () => {
    const email = anAddress()
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${world.secretKey}` }
    const body = JSON.stringify({ email, password, emailConfirmed: true })
    expect((await fetch(`${world.url}/v1/admin/users`, { method: 'POST', headers, body })).status).toBe(201)
    const wish = await aWish({ email })
    const told = attemptOf(await answer(wish))
    expect(told.step).toMatchObject({ type: 'code' })
    const mail = await world.inbox.waitFor(email)
    expect([mail.template, mail.code, mail.link]).toEqual(['already_registered', null, null])
    expect((await ask('/v1/attempts/answer', { attempt: told.token, code: '000000' })).body).toMatchObject({
      code: 'otp_expired',
    })
    expect((await signsIn(wish)).body).toMatchObject({ code: 'webauthn_verification_failed' })
  })

  it('S34 leaves no passkey on an account whose owner typed the code somewhere else', async () => {
    const email = anAddress()
    const attacker = await aWish({ email, displayName: 'Mallory' })
    await answer(attacker)
    const code = await codeTo(email)
    const verified = await fetch(`${world.url}/auth/v1/verify`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', apikey: world.publishableKey },
      body: JSON.stringify({ type: 'signup', email, token: code }),
    })
    expect(verified.status).toBe(200)
    expect((await signsIn(attacker)).body).toMatchObject({ code: 'webauthn_verification_failed' })
  })

  it('S34 leaves no passkey on an account that somebody began with a password meanwhile', async () => {
    const email = anAddress()
    const attacker = await aWish({ email })
    const waiting = attemptOf(await answer(attacker))
    const code = await codeTo(email)
    const own = attemptOf(await ask('/v1/sign-up/password', { email, password }))
    await ask('/v1/attempts/answer', { attempt: waiting.token, code })
    expect((await signsIn(attacker)).body).toMatchObject({ code: 'webauthn_verification_failed' })
    expect(own.purpose).toBe('sign_up')
  })

  it('S43 a credential that somebody has is not taken for another account', async () => {
    const first = await aWish({ email: anAddress() }, open)
    expect((await answer(first, open)).status).toBe(200)
    const second = await aWish({ email: anAddress() }, open)
    const credential = first.key.create(second.options, { verified: true })
    expect(await answer({ ...second, credential }, open)).toMatchObject({ status: 409, body: { code: 'conflict' } })
  })

  it('S6 keeps nothing of the person readable while it waits', async () => {
    const plan = `secret-${crypto.randomUUID()}`
    const email = anAddress()
    await answer(await aWish({ email, metadata: { plan } }))
    const rows = await world.database.query(sql`select payload::text as text from auth.tickets`)
    expect(JSON.stringify(rows)).not.toContain(plan)
  })
})
