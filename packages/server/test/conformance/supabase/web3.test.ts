import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ethereumWallet, offChainMessage, solanaWallet, walletMessage, walletThatSignsIn } from '../../world/wallet.ts'
import { startWorld, type World } from '../../world/world.ts'
import { adminApi, authClient, raw, worked } from './clients.ts'

const url = 'https://app.example.test/login'
let world: World
beforeAll(async () => {
  world = await startWorld({
    config: { siteUrl: 'https://app.example.test', wallets: { ethereum: true, solana: true } },
  })
})
afterAll(() => world.close())

const claimsOf = (token: string | undefined) =>
  JSON.parse(Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString())
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

describe('signInWithWeb3 on Ethereum', () => {
  it('lets the wallet sign by personal_sign and makes an account of it', async () => {
    const wallet = ethereumWallet()
    const client = authClient(world)
    const { user, session } = worked(
      await client.signInWithWeb3({
        chain: 'ethereum',
        wallet: wallet as never,
        statement: 'I agree.',
        options: { url },
      }),
    )
    const address = wallet.address.toLowerCase()
    const subject = `web3:ethereum:${address}`
    const custom_claims = {
      address,
      chain: 'ethereum',
      network: '1',
      domain: 'app.example.test',
      statement: 'I agree.',
    }
    const data = { sub: subject, email_verified: false, phone_verified: false, custom_claims }
    expect(user).toMatchObject({
      email: '',
      phone: '',
      is_anonymous: false,
      app_metadata: { provider: 'web3', providers: ['web3'] },
      user_metadata: data,
    })
    expect(user?.identities).toEqual([
      {
        identity_id: expect.any(String),
        id: subject,
        user_id: user?.id,
        identity_data: data,
        provider: 'web3',
        last_sign_in_at: expect.any(String),
        created_at: expect.any(String),
        updated_at: expect.any(String),
      },
    ])
    expect(claimsOf(session?.access_token).amr).toEqual([{ method: 'web3', timestamp: expect.any(Number) }])
    expect(claimsOf(session?.access_token).aal).toBe('aal1')
    expect(worked(await client.getUser()).user?.id).toBe(user?.id)
  })

  it('finds the account again, however the address is written, and whether or not there is a statement', async () => {
    const wallet = ethereumWallet()
    const first = worked(
      await authClient(world).signInWithWeb3({ chain: 'ethereum', wallet: wallet as never, options: { url } }),
    )
    for (const address of [wallet.address, wallet.address.toLowerCase()]) {
      const message = walletMessage('ethereum', address, { Nonce: 'abcdefgh1' })
      const signature = wallet.sign(message) as `0x${string}`
      const again = worked(await authClient(world).signInWithWeb3({ chain: 'ethereum', message, signature }))
      expect(again.user?.id).toBe(first.user?.id)
    }
    const { user } = worked(await adminApi(world).getUserById(first.user?.id ?? ''))
    expect(user?.identities?.length).toBe(1)
    expect(user?.user_metadata).toMatchObject({ custom_claims: { statement: 'Welcome back.' } })
  })

  it('takes a recovery bit that counts from nought', async () => {
    const wallet = ethereumWallet()
    const message = walletMessage('ethereum', wallet.address)
    const signature = wallet.sign(message).replace(/1b$/, '00').replace(/1c$/, '01') as `0x${string}`
    worked(await authClient(world).signInWithWeb3({ chain: 'ethereum', message, signature }))
  })
})

describe('signInWithWeb3 on Solana', () => {
  it('works with a wallet that signs in by itself, and with one that signs messages, and finds one account', async () => {
    const wallet = solanaWallet()
    const own = worked(
      await authClient(world).signInWithWeb3({
        chain: 'solana',
        wallet: walletThatSignsIn(wallet) as never,
        statement: 'I agree.',
        options: { url },
      }),
    )
    expect(own.user?.identities?.[0]).toMatchObject({
      id: `web3:solana:${wallet.address}`,
      identity_data: {
        custom_claims: {
          address: wallet.address,
          chain: 'solana',
          network: 'solana:mainnet',
          domain: 'app.example.test',
          statement: 'I agree.',
        },
      },
    })
    const bare = worked(
      await authClient(world).signInWithWeb3({
        chain: 'solana',
        wallet: wallet as never,
        options: { url, signInWithSolana: { resources: ['https://app.example.test/terms'] } } as never,
      }),
    )
    expect(bare.user?.id).toBe(own.user?.id)
    expect(bare.user?.user_metadata).toMatchObject({ custom_claims: { statement: '', network: '' } })
  })

  it('takes message and signature of whoever signed elsewhere', async () => {
    const wallet = solanaWallet()
    const message = walletMessage('solana', wallet.address)
    const signature = wallet.sign(Buffer.from(message))
    worked(await authClient(world).signInWithWeb3({ chain: 'solana', message, signature }))
  })

  it('takes what a hardware wallet signs in its envelope, and plain base64', async () => {
    const wallet = solanaWallet()
    const message = walletMessage('solana', wallet.address)
    const signature = base64(wallet.sign(offChainMessage(message, wallet.address)))
    const answer = await raw(world, '/token?grant_type=web3', { json: { chain: 'solana', message, signature } })
    expect(answer.status).toBe(200)
  })
})

describe('POST /token?grant_type=web3', () => {
  const post = async (body: object, at = world) => {
    const answer = await raw(at, '/token?grant_type=web3', { json: body })
    return [answer.status, (await answer.json()) as { error_code?: string }] as const
  }
  const coded = (code: number, error_code: string, msg: string) => [code, { code, error_code, msg }]
  const oauth = (text: string) => [400, { error: 'invalid_grant', error_description: text }]
  const wallet = ethereumWallet()
  const signed = (more: Record<string, string | undefined>) => {
    const message = walletMessage('ethereum', wallet.address, more)
    return { chain: 'ethereum', message, signature: wallet.sign(message) }
  }

  it('says in upstream’s words what is wrong with the request', async () => {
    const long = 'x'.repeat(64)
    expect(await post({ chain: 'kaspa' })).toEqual(coded(400, 'web3_unsupported_chain', 'Unsupported chain'))
    expect(await post({})).toEqual(coded(400, 'web3_unsupported_chain', 'Unsupported chain'))
    expect(await post({ chain: 'solana', message: 'x'.repeat(63) })).toEqual(
      coded(400, 'validation_failed', 'message is too short'),
    )
    expect(await post({ chain: 'solana', message: 'x'.repeat(20 * 1024 + 1) })).toEqual(
      coded(400, 'validation_failed', 'message must not exceed 20KB'),
    )
    expect(await post({ chain: 'solana', message: long, signature: 'short' })).toEqual(
      coded(400, 'validation_failed', 'signature must be 64 bytes encoded as base64 with or without padding'),
    )
    expect(await post({ chain: 'ethereum', message: long, signature: '0x00' })).toEqual(
      coded(
        400,
        'validation_failed',
        'signature must be 65 bytes long, encoded as a 130 character-long hexadecimal string',
      ),
    )
    const [status, body] = await post({ chain: 'ethereum', message: long, signature: '0'.repeat(130) })
    expect([status, body.error_code]).toEqual([400, 'validation_failed'])
  })

  it('says in upstream’s words what is wrong with the message', async () => {
    const at = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString()
    const { message } = signed({})
    expect(await post({ chain: 'ethereum', message, signature: ethereumWallet().sign(message) })).toEqual(
      oauth('Signature does not match address in message'),
    )
    const told: [Record<string, string>, string][] = [
      [{ URI: 'http://app.example.test/' }, 'Signed Ethereum message is using URI which does not use HTTPS'],
      [
        { URI: 'https://evil.test/' },
        'Signed Ethereum message is using URI which is not allowed on this server, message was signed for another app',
      ],
      [
        { domain: 'evil.test' },
        'Signed Ethereum message is using a Domain that does not match the one in URI which is not allowed on this server',
      ],
      [{ 'Not Before': at(1) }, 'Signed Ethereum message becomes valid in the future'],
      [{ 'Issued At': at(-2), 'Expiration Time': at(-1) }, 'Signed Ethereum message is expired'],
      [{ 'Issued At': at(-11) }, 'Ethereum message was issued too long ago'],
      [{ 'Issued At': at(11) }, 'Ethereum message was issued too far in the future'],
    ]
    for (const [more, text] of told) expect(await post(signed(more))).toEqual(oauth(text))
  })

  it('says which chain is off, and whether sign-ups are closed', async () => {
    const other = await startWorld({
      config: { siteUrl: 'https://app.example.test', signUp: { enabled: false }, wallets: { ethereum: true } },
    })
    expect(await post({ chain: 'solana' }, other)).toEqual(
      coded(422, 'web3_provider_disabled', 'Solana Web3 provider is disabled'),
    )
    expect(await post(signed({}), other)).toEqual(
      coded(422, 'signup_disabled', 'Signups not allowed for this instance'),
    )
    await other.close()
  })
})
