import { type Chain, chains, type WalletMessage } from './wallet-message.ts'

/** The provider of every wallet's identity, as deployed policies and imported accounts have it. */
export const walletProvider = 'web3'

/** The subject of a wallet's identity. @param address in its canonical form */
export const walletSubject = (chain: Chain, address: string): string => `${walletProvider}:${chain}:${address}`

/** The wallet that an identity is, if it is one. */
export function walletOf(identity: {
  readonly provider: string
  readonly subject: string
}): { readonly chain: Chain; readonly address: string } | undefined {
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
