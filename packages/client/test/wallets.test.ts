import { describe, expect, it } from 'vitest'
import { createAccount } from '../src/account/index.ts'
import { createWallets, ethereumWallet, solanaWallet, type Wallet } from '../src/wallets/index.ts'
import { aClient, aSignedIn, aWorld, codeOf, ok } from './world.ts'

const world = aWorld({
  config: { wallets: { ethereum: true, solana: true }, siteUrl: 'https://app.example.test' },
})

interface Keys {
  ethereumWallet(): { address: string; request(call: object): Promise<unknown> }
  solanaWallet(): { publicKey: { toBase58(): string }; signMessage(bytes: Uint8Array): Promise<Uint8Array> }
}
const place = '../../server/test/world/wallet.ts'
const keys = (await import(/* @vite-ignore */ place)) as Keys

describe('wallets', () => {
  it('sign in, by a provider of Ethereum and by one of Solana, and find their accounts again', async () => {
    const kinds: (() => Promise<Wallet>)[] = []
    const ethereum = keys.ethereumWallet()
    const solana = keys.solanaWallet()
    kinds.push(
      () => ethereumWallet(ethereum),
      () => solanaWallet(solana),
    )
    for (const connect of kinds) {
      const auth = aClient(world())
      const first = await ok(createWallets(auth).signIn(await connect(), { displayName: 'Ada' }))
      if (first.status !== 'complete') throw new Error('a further step was asked for')
      expect(first).toMatchObject({ isNewUser: true, user: { displayName: 'Ada', waysIn: ['wallet'] } })
      expect(auth.state.status).toBe('signed_in')
      const again = await ok(createWallets(aClient(world())).signIn(await connect()))
      expect(again).toMatchObject({ isNewUser: false, user: { id: first.user.id } })
    }
  })

  it('take what adapters answer with, and connect where that is due', async () => {
    const { publicKey, signMessage } = keys.solanaWallet()
    const held: { publicKey: { toBase58(): string } | null } = { publicKey: null }
    const provider = {
      get publicKey() {
        return held.publicKey
      },
      async connect() {
        held.publicKey = publicKey
      },
      signMessage: async (bytes: Uint8Array) => ({ signature: await signMessage(bytes) }),
    }
    expect(await ok(createWallets(aClient(world())).signIn(await solanaWallet(provider)))).toMatchObject({
      status: 'complete',
    })
  })

  it('are connected with an account, and taken away again', async () => {
    const { auth } = await aSignedIn(world())
    const wallet = await ethereumWallet(keys.ethereumWallet())
    const linked = await ok(createWallets(auth).link(wallet))
    if (linked.status !== 'complete') throw new Error('a further step was asked for')
    expect(linked.identity).toMatchObject({ provider: 'wallet:ethereum', subject: wallet.address.toLowerCase() })
    expect(auth.state).toMatchObject({ status: 'signed_in', user: { identities: [{ provider: 'wallet:ethereum' }] } })
    await ok(createAccount(auth).identities.unlink(linked.identity?.id ?? ''))
    expect(auth.state).toMatchObject({ status: 'signed_in', user: { identities: [] } })
  })

  it('prove once more who it is, where nothing else can', async () => {
    const auth = aClient(world())
    const wallets = createWallets(auth)
    const wallet = await solanaWallet(keys.solanaWallet())
    await ok(wallets.signIn(wallet))
    const begun = await ok(auth.elevate())
    if (begun.status !== 'pending') throw new Error('nothing was asked for')
    const done = await ok(wallets.answer(begun.attempt, wallet))
    expect(done).toMatchObject({ status: 'complete', session: { amr: [{ method: 'wallet' }, { method: 'wallet' }] } })
    expect(auth.attempt).toBe(null)
  })

  it('say that their owner said no, that they failed, and that the server does not believe them', async () => {
    const { request } = keys.ethereumWallet()
    const wallets = createWallets(aClient(world()))
    const says = (error: object) => async (call: { readonly method: string }) => {
      if (call.method === 'personal_sign') throw error
      return request(call)
    }
    const no = await ethereumWallet({ request: says({ code: 4001, message: 'User rejected the request.' }) })
    expect(await codeOf(wallets.signIn(no))).toBe('wallet_cancelled')
    const broken = await ethereumWallet({ request: says(new Error('locked')) })
    expect(await codeOf(wallets.signIn(broken))).toBe('wallet_failed')
    await expect(ethereumWallet({ request: async () => [] })).rejects.toMatchObject({ code: 'wallet_failed' })
    const other = await ethereumWallet(keys.ethereumWallet())
    const { address } = await ethereumWallet({ request })
    expect(await codeOf(wallets.signIn({ ...other, address }))).toBe('wallet_signature_invalid')
    expect(await codeOf(wallets.signIn(other, { uri: 'https://evil.test/' }))).toBe('redirect_not_allowed')
  })
})
