import { AuthError } from '../base/auth-error.ts'
import { isObject, toBase64url } from '../base/encoding.ts'

/** Whatever signs: an account of a wallet. */
export interface Wallet {
  readonly chain: 'ethereum' | 'solana'
  readonly address: string
  /** The signature of a text: hexadecimal for Ethereum, base64 or base64url for Solana. */
  sign(message: string): Promise<string>
}

/** A wallet of Ethereum as pages find it, such as `window.ethereum` (EIP-1193). */
export interface EthereumProvider {
  request(call: { readonly method: string; readonly params?: readonly unknown[] }): Promise<unknown>
}

/** A wallet of Solana as pages find it, such as `window.solana`, or as wallet adapters hand it out. */
export interface SolanaProvider {
  readonly publicKey?: { toBase58(): string } | null
  connect?(): Promise<unknown>
  signMessage(message: Uint8Array, display?: 'utf8'): Promise<Uint8Array | { readonly signature: Uint8Array }>
}

/** 4001: the person said no (EIP-1193). */
const isNo = (error: unknown): boolean => isObject(error) && error['code'] === 4001

/** What a wallet answers. @throws AuthError `wallet_cancelled` where its owner said no, `wallet_failed` for all else */
async function asked<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (isNo(cause)) throw new AuthError('wallet_cancelled', { message: 'The wallet did not sign.', cause })
    throw fault(cause)
  }
}

const fault = (cause?: unknown) =>
  new AuthError('wallet_failed', { message: 'The wallet could not be used. Please unlock it and try again.', cause })

/**
 * The first account of a wallet of Ethereum; asks its owner to connect.
 * @throws AuthError `wallet_cancelled`, `wallet_failed`
 * @example
 * const { data } = await wallets.signIn(await ethereumWallet(window.ethereum))
 */
export async function ethereumWallet(provider: EthereumProvider): Promise<Wallet> {
  const accounts = await asked(() => provider.request({ method: 'eth_requestAccounts' }))
  const [address] = Array.isArray(accounts) ? accounts : []
  if (typeof address !== 'string') throw fault()
  return {
    chain: 'ethereum',
    address,
    async sign(message) {
      const hex = Array.from(new TextEncoder().encode(message), (byte) => byte.toString(16).padStart(2, '0')).join('')
      const signed = await asked(() => provider.request({ method: 'personal_sign', params: [`0x${hex}`, address] }))
      if (typeof signed !== 'string') throw fault()
      return signed
    },
  }
}

/**
 * The account of a wallet of Solana; asks its owner to connect where that is due.
 * @throws AuthError `wallet_cancelled`, `wallet_failed`
 * @example
 * const { data } = await wallets.signIn(await solanaWallet(window.solana))
 */
export async function solanaWallet(provider: SolanaProvider): Promise<Wallet> {
  if (provider.publicKey == null) await asked(async () => provider.connect?.())
  const address = provider.publicKey?.toBase58()
  if (address === undefined) throw fault()
  return {
    chain: 'solana',
    address,
    async sign(message) {
      const signed = await asked(() => provider.signMessage(new TextEncoder().encode(message), 'utf8'))
      return toBase64url(signed instanceof Uint8Array ? signed : signed.signature)
    },
  }
}
