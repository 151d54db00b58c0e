import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authenticator } from '../../world/authenticator.ts'
import { ethereumWallet, solanaWallet } from '../../world/wallet.ts'
import { anAddress, aPerson, type Body, codeOf, type NativeWorld, startNative } from './native-world.ts'

const siteUrl = 'https://app.example.test'
let world: NativeWorld
beforeAll(async () => {
  world = await startNative({
    siteUrl,
    redirectUrls: ['https://other.example.test/**'],
    wallets: { ethereum: true, solana: true },
  })
})
afterAll(() => world.close())

const post = (path: string, body: object, token?: string) =>
  world.ask(`POST ${path}`, { body, ...(token === undefined ? {} : { token }) })

/** Signs whatever the server has asked for. */
async function answer(begun: Body, sign: (message: string) => string, token?: string) {
  const { token: attempt, step } = begun.attempt
  return post('/attempts/answer', { attempt, signature: sign(step.message) }, token)
}

async function signIn(wallet = ethereumWallet(), more: object = {}) {
  const begun = await post('/sign-in/wallet', { chain: 'ethereum', address: wallet.address, ...more })
  return answer(begun.body, wallet.sign)
}

const bySolana = (wallet: ReturnType<typeof solanaWallet>) => (message: string) =>
  Buffer.from(wallet.sign(Buffer.from(message))).toString('base64url')

describe('POST /sign-in/wallet', () => {
  it('writes a message with a nonce of ours, for the site or the page that is named', async () => {
    const { address } = ethereumWallet()
    const { body } = await post('/sign-in/wallet', { chain: 'ethereum', address: address.toLowerCase() })
    expect(body).toMatchObject({ status: 'pending', attempt: { purpose: 'sign_in' } })
    const { type, chain, message, expiresAt } = body.attempt.step
    expect([type, chain, expiresAt]).toEqual(['wallet', 'ethereum', body.attempt.expiresAt])
    expect(message.split('\n')).toEqual([
      'app.example.test wants you to sign in with your Ethereum account:',
      address,
      '',
      'Sign in.',
      '',
      `URI: ${siteUrl}`,
      'Version: 1',
      'Chain ID: 1',
      expect.stringMatching(/^Nonce: [\da-f]{32}$/),
      expect.stringMatching(/^Issued At: \S+Z$/),
      expect.stringMatching(/^Expiration Time: \S+Z$/),
    ])
    const uri = 'https://other.example.test/sign-in'
    const other = await post('/sign-in/wallet', { chain: 'solana', address: solanaWallet().address, uri })
    expect(other.body.attempt.step.message).toMatch(/^other\.example\.test wants you to sign in with your Solana /)
  })

  it('makes an account of a wallet, and finds it again', async () => {
    const wallet = solanaWallet()
    const ask = { chain: 'solana', address: wallet.address }
    const about = { displayName: 'Ada', metadata: { plan: 'free' } }
    const first = await answer((await post('/sign-in/wallet', { ...ask, ...about })).body, bySolana(wallet))
    expect(first.body).toMatchObject({
      status: 'complete',
      isNewUser: true,
      user: { email: null, isAnonymous: false, displayName: 'Ada', waysIn: ['wallet'], metadata: { plan: 'free' } },
      identity: { provider: 'wallet:solana', subject: wallet.address },
      session: { aal: 'aal1', amr: [{ method: 'wallet', provider: null }], dialect: 'native' },
    })
    const again = await answer((await post('/sign-in/wallet', ask)).body, bySolana(wallet))
    expect(again.body).toMatchObject({ isNewUser: false, user: { id: first.body.user.id } })
    const seen = await world.admin(`GET /admin/users/${first.body.user.id}`)
    expect(seen.body.createdBy).toEqual({ dialect: 'native', way: 'wallet' })
  })

  it('makes none where that is not wanted', async () => {
    const refused = await signIn(ethereumWallet(), { createUser: false })
    expect([refused.status, codeOf(refused)]).toEqual([403, 'signup_disabled'])
  })

  it('is told by GET /settings', async () => {
    const { body } = await world.ask('GET /settings')
    expect(body.wallets).toEqual(['ethereum', 'solana'])
    expect(body.waysIn).toContain('wallet')
  })

  it('asks for the second factor before it lets anybody in', async () => {
    const wallet = ethereumWallet()
    const { complete } = await aPerson(world)
    const token = complete.tokens.accessToken
    const begun = await post('/me/identities', { chain: 'ethereum', address: wallet.address }, token)
    const linked = await answer(begun.body, wallet.sign, token)
    const renewed = linked.body.tokens.accessToken
    const app = await post('/me/factors', { type: 'totp' }, renewed)
    const { secret } = app.body.attempt.step
    const code = () => authenticator(secret).codeAt(world.core.runtime.now())
    await post('/attempts/answer', { attempt: app.body.attempt.token, code: code() }, renewed)
    const half = await signIn(wallet)
    expect(half.body).toMatchObject({
      status: 'pending',
      attempt: { step: { type: 'choose', options: [{ type: 'totp' }] } },
    })
    world.clock.move(30)
    const whole = await post('/attempts/answer', { attempt: half.body.attempt.token, code: code() })
    expect(whole.body.session).toMatchObject({ aal: 'aal2', amr: [{ method: 'totp' }, { method: 'wallet' }] })
  })
})

describe('POST /me/identities with a wallet', () => {
  it('connects it with whoever is signed in, tells them, and is undone by DELETE', async () => {
    const { email, complete } = await aPerson(world)
    const token = complete.tokens.accessToken
    const wallet = ethereumWallet()
    const begun = await post('/me/identities', { chain: 'ethereum', address: wallet.address }, token)
    expect(begun.body.attempt).toMatchObject({ purpose: 'link', step: { type: 'wallet' } })
    expect(begun.body.attempt.step.message).toContain('Connect this wallet with my account.')
    const done = await answer(begun.body, wallet.sign, token)
    expect(done.body).toMatchObject({
      status: 'complete',
      user: { id: complete.user.id, email, waysIn: ['password', 'code', 'wallet'] },
      session: { id: complete.session.id },
      identity: { provider: 'wallet:ethereum', subject: wallet.address.toLowerCase() },
    })
    await world.inbox.waitFor(email, 'identity_linked')
    expect((await signIn(wallet)).body.user.id).toBe(complete.user.id)
    const renewed = done.body.tokens.accessToken
    const gone = await world.ask(`DELETE /me/identities/${done.body.identity.id}`, { token: renewed })
    expect(gone.status).toBe(204)
    await world.inbox.waitFor(email, 'identity_unlinked')
    expect((await signIn(wallet)).body.user.id).not.toBe(complete.user.id)
  })

  it('makes a full user of a guest, who keeps the id', async () => {
    const guest = (await post('/sign-up/anonymous', {})).body
    const wallet = solanaWallet()
    const token = guest.tokens.accessToken
    const begun = await post('/me/identities', { chain: 'solana', address: wallet.address }, token)
    const done = await answer(begun.body, bySolana(wallet), token)
    expect(done.body.user).toMatchObject({ id: guest.user.id, isAnonymous: false, waysIn: ['wallet'] })
  })

  it('keeps the last way in', async () => {
    const { body } = await signIn()
    const token = body.tokens.accessToken
    const refused = await world.ask(`DELETE /me/identities/${body.identity.id}`, { token })
    expect(codeOf(refused)).toBe('single_identity_not_deletable')
  })

  it('needs a provider or a chain, and an address with the chain', async () => {
    const { complete } = await aPerson(world, anAddress('eve'))
    const token = complete.tokens.accessToken
    for (const body of [{}, { chain: 'solana' }, { chain: 'solana', provider: 'google', address: 'x'.repeat(40) }])
      expect(codeOf(await post('/me/identities', body, token))).toBe('validation_failed')
  })
})

describe('POST /me/elevation of an account that a wallet opens', () => {
  const begin = async (token: string) => (await post('/me/elevation', {}, token)).body.attempt

  it('is answered by the wallet', async () => {
    const wallet = ethereumWallet()
    const { body } = await signIn(wallet)
    world.clock.move(601)
    const token = (await post('/sessions/refresh', { refreshToken: body.tokens.refreshToken })).body.tokens.accessToken
    expect(codeOf(await post('/me/email', { email: anAddress() }, token))).toBe('reauthentication_needed')
    const begun = await begin(token)
    const option = { id: 'wallet', type: 'wallet', name: wallet.address.toLowerCase(), sentTo: null, enroll: false }
    expect(begun.step).toEqual({ type: 'choose', options: [option] })
    const asked = await post('/attempts/challenge', { attempt: begun.token, option: 'wallet' }, token)
    expect(asked.body.attempt).toMatchObject({ token: begun.token, purpose: 'elevation', step: { type: 'wallet' } })
    expect(asked.body.attempt.step.message).toContain('It is me, still.')
    const done = await answer(asked.body, wallet.sign, token)
    expect(done.body).toMatchObject({ status: 'complete', session: { id: body.session.id } })
    const renewed = done.body.tokens.accessToken
    expect((await post('/me/email', { email: anAddress() }, renewed)).body.status).toBe('pending')
    world.clock.move(-601)
  })

  it('S94 is answered in that session, by that wallet, and once', async () => {
    const [wallet, other] = [ethereumWallet(), ethereumWallet()]
    const token = (await signIn(wallet)).body.tokens.accessToken
    const others = (await signIn(other)).body.tokens.accessToken
    const ask = async () => {
      const begun = await begin(token)
      return (await post('/attempts/challenge', { attempt: begun.token, option: 'wallet' }, token)).body
    }
    expect(codeOf(await answer(await ask(), other.sign, token))).toBe('wallet_signature_invalid')
    expect(codeOf(await answer(await ask(), wallet.sign, others))).toBe('attempt_expired')
    const asked = await ask()
    const answers = await Promise.all(Array.from({ length: 8 }, () => answer(asked, wallet.sign, token)))
    expect(answers.filter(({ status }) => status === 200).length).toBe(1)
  })

  it('S86 asks for the second factor, and no wallet, where there is one', async () => {
    const wallet = ethereumWallet()
    const { complete } = await aPerson(world)
    const token = complete.tokens.accessToken
    const linking = await post('/me/identities', { chain: 'ethereum', address: wallet.address }, token)
    const linked = (await answer(linking.body, wallet.sign, token)).body.tokens.accessToken
    const begun = await begin(linked)
    expect(begun.step.options.map(({ type }: Body) => type)).toEqual(['password', 'email', 'wallet'])
    const asked = await post('/attempts/challenge', { attempt: begun.token, option: 'wallet' }, linked)
    const app = await post('/me/factors', { type: 'totp' }, linked)
    const { token: attempt, step } = app.body.attempt
    const code = authenticator(step.secret).codeAt(world.core.runtime.now())
    const done = await post('/attempts/answer', { attempt, code }, linked)
    const risen = done.body.tokens.accessToken
    expect(codeOf(await answer(asked.body, wallet.sign, risen))).toBe('attempt_expired')
    expect((await begin(risen)).step.options.map(({ type }: Body) => type)).toEqual(['totp'])
  })
})

describe('POST /admin/users/:id/identities with a wallet', () => {
  it('connects it by its address, however that is written; then it opens the account', async () => {
    const { complete } = await aPerson(world)
    const wallet = ethereumWallet()
    const attach = (subject: string) =>
      world.admin(`POST /admin/users/${complete.user.id}/identities`, { provider: 'wallet:ethereum', subject })
    expect(codeOf(await attach('vitalik.eth'))).toBe('validation_failed')
    const attached = await attach(wallet.address)
    expect(attached.body).toMatchObject({ provider: 'wallet:ethereum', subject: wallet.address.toLowerCase() })
    expect(codeOf(await attach(wallet.address.toLowerCase()))).toBe('identity_already_exists')
    expect((await signIn(wallet)).body.user.id).toBe(complete.user.id)
  })
})
