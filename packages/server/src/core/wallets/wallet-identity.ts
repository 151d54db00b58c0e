import type { Settings } from '../settings/settings.ts'
import type { User } from '../users/user.ts'
import { type Chain, chains, type WalletMessage } from './wallet-message.ts'

/** The provider of every wallet's identity, as deployed policies and imported accounts have it. */
export const walletProvider = 'web3'

/** The subject of a wallet's identity. @param address in its canonical form */
export const walletSubject = (chain: Chain, address: string): string => `${walletProvider}:${chain}:${address}`

/** A wallet that opens an account. */
export interface KnownWallet {
  readonly chain: Chain
  /** In its canonical form. */
  readonly address: string
}

/** The wallet that an identity is, if it is one. */
export function walletOf(identity: { readonly provider: string; readonly subject: string }): KnownWallet | undefined {
  const [provider, named, address, ...rest] = identity.subject.split(':')
  const chain = chains.find((one) => one === named)
  if (identity.provider !== walletProvider || provider !== walletProvider) return undefined
  return chain === undefined || address === undefined || rest.length > 0 ? undefined : { chain, address }
}

/** What is kept of a wallet with its identity, and shown to its owner. @param address in its canonical form */
export function walletFacts(message: WalletMessage, address: string) {
  const { chain, network, domain, statement } = message
  return {
    sub: walletSubject(chain, address),
    email_verified: false,
    phone_verified: false,
    custom_claims: { address, chain, network, domain, statement: statement ?? (chain === 'solana' ? '' : null) },
  }
}

/** The wallet that somebody could sign with once more: of those whose chain is on, the one that was used last. */
export function usableWallet(
  { identities }: Pick<User, 'identities'>,
  { wallets }: Pick<Settings, 'wallets'>,
): KnownWallet | undefined {
  const usedLast = identities.toSorted((a, b) => Number(b.lastSignInAt ?? 0) - Number(a.lastSignInAt ?? 0))
  return usedLast.map(walletOf).find((wallet) => wallet !== undefined && wallets[wallet.chain])
}
