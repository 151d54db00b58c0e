import { randomBytes } from 'node:crypto'
import { ed25519 } from '@noble/curves/ed25519.js'
import { base58 } from '@scure/base'
import { addr, eip191Signer } from 'micro-eth-signer'

/** An Ethereum wallet over a key of its own, as pages meet it (EIP-1193). */
export interface EthereumWallet {
  readonly address: string
  sign(text: string): string
  request(call: { readonly method: string; readonly params?: readonly unknown[] }): Promise<unknown>
}

export function ethereumWallet(): EthereumWallet {
  const { privateKey, address } = addr.random()
  const sign = (text: string) => eip191Signer.sign(text, privateKey)
  return {
    address,
    sign,
    async request({ method, params = [] }) {
      if (method === 'eth_requestAccounts') return [address]
      if (method === 'eth_chainId') return '0x1'
      if (method === 'personal_sign') return sign(Buffer.from(String(params[0]).slice(2), 'hex').toString())
      throw new Error(`the wallet has no ${method}`)
    },
  }
}

/** A Solana wallet over a key of its own. */
export interface SolanaWallet {
  readonly address: string
  readonly publicKey: { toBase58(): string }
  sign(bytes: Uint8Array): Uint8Array
  signMessage(bytes: Uint8Array): Promise<Uint8Array>
}

export function solanaWallet(): SolanaWallet {
  const secret = randomBytes(32)
  const address = base58.encode(ed25519.getPublicKey(secret))
  const sign = (bytes: Uint8Array) => ed25519.sign(bytes, secret)
  return { address, publicKey: { toBase58: () => address }, sign, signMessage: async (bytes) => sign(bytes) }
}

/** What a hardware wallet signs in place of a bare message. */
export function offChainMessage(text: string, address: string): Uint8Array {
  const body = Buffer.from(text)
  const length = Buffer.from([body.length & 0xff, body.length >> 8])
  const start = Buffer.from('\u00ffsolana offchain\0', 'latin1')
  return Buffer.concat([start, Buffer.alloc(32), Buffer.from([1, 1]), base58.decode(address), length, body])
}

/** The same wallet with the newer `signIn`, which writes the message by itself. */
export function walletThatSignsIn(wallet: SolanaWallet) {
  return {
    async signIn(asked: Record<string, string>) {
      const lines = [
        `${asked['domain']} wants you to sign in with your Solana account:`,
        wallet.address,
        '',
        ...(asked['statement'] === undefined ? [] : [asked['statement'], '']),
        `URI: ${asked['uri']}`,
        `Version: ${asked['version']}`,
        'Chain ID: solana:mainnet',
        `Issued At: ${asked['issuedAt']}`,
      ]
      const signedMessage = Buffer.from(lines.join('\n'))
      return { signedMessage: new Uint8Array(signedMessage), signature: wallet.sign(signedMessage) }
    },
  }
}

/** The lines of a message (EIP-4361), each of which a test may leave out or say otherwise. */
export function walletMessage(
  chain: 'ethereum' | 'solana',
  address: string,
  more: Readonly<Record<string, string | undefined>> = {},
): string {
  const { domain = 'app.example.test', chainName, statement = 'Welcome back.', ...fields } = more
  const name = chainName ?? (chain === 'ethereum' ? 'Ethereum' : 'Solana')
  const all = {
    URI: 'https://app.example.test/login',
    Version: '1',
    'Chain ID': chain === 'ethereum' ? '1' : 'solana:mainnet',
    'Issued At': new Date().toISOString(),
    ...fields,
  }
  const lines = Object.entries(all).flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${value}`]))
  return [`${domain} wants you to sign in with your ${name} account:`, address, '', statement, '', ...lines].join('\n')
}
